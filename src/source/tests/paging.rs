//! Sweeps: paging by key, pieces of ids, references asked for again, and every way to break the contract.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::server::{Reply, Server, honest, id, launch, ok, page};
use crate::model::document::{Field, LaunchDocument};
use crate::model::settings::SourceKind;
use crate::model::source_filter::SourceFilter;
use crate::source::error::SourceError;
use crate::source::{Page, Source};

fn recent(ids: Vec<String>) -> SourceFilter {
    SourceFilter::Recent { flown_since: "2022-01-01T00:00:00Z".parse().unwrap(), ids }
}

fn pages(source: &Source, filter: SourceFilter) -> Vec<Page> {
    source.sweep(filter).collect::<Result<_, _>>().unwrap()
}

fn ids(pages: &[Page]) -> Vec<String> {
    let documents = pages.iter().flat_map(|page| &page.documents);
    documents.filter_map(|document| document.id.clone()).collect()
}

/// The name of the contract's breach with which a sweep over these pages ends, and how many calls it took.
fn breach(filter: SourceFilter, page_size: u32, sent: &[Value]) -> (&'static str, usize) {
    let server = Server::script(sent.iter().map(ok).collect());
    let source = server.source(page_size);
    let error = source.sweep(filter).find_map(Result::err).expect("the contract was broken");
    assert_eq!(error.kind(), "api_contract");
    match error {
        SourceError::Contract { breach, .. } => (breach.name(), server.requests().len()),
        other => panic!("{other}"),
    }
}

#[test]
fn a_sweep_pages_by_key_until_nothing_is_left() {
    for (launches, calls) in [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)] {
        let server = Server::start(move |_, query| Reply::Bytes(honest(query, launches)));
        let source = server.source(3);
        let pages = pages(&source, SourceFilter::Everything { after: None });
        assert_eq!(ids(&pages), (1..=launches).map(id).collect::<Vec<_>>());
        assert_eq!(server.requests().len(), calls, "{launches} launches");
        assert_eq!(source.usage().calls, calls as u64);
        assert_eq!(source.usage().retries, 0);
        assert_eq!(pages[0].total_reported, launches as u64);
    }
}

#[test]
fn a_call_says_what_it_is_and_what_it_wants() {
    let server = Server::start(|_, query| Reply::Bytes(honest(query, 1)));
    pages(&server.source(1000), SourceFilter::Everything { after: None });
    let request = &server.requests()[0];
    let head = request.to_lowercase();
    assert!(head.starts_with("post /v4/launches/query http/1.1\r\n"));
    assert!(head.contains("\r\ncontent-type: application/json\r\n"));
    assert!(head.contains(concat!("\r\nuser-agent: etl/", env!("CARGO_PKG_VERSION"), "\r\n")));
    assert!(head.contains("\r\naccept-encoding: gzip\r\n"));
}

#[test]
fn pieces_of_ids_are_each_one_call_and_nothing_comes_twice() {
    let server = Server::start(|_, query| Reply::Bytes(honest(query, 9)));
    let source = server.source(3);
    let wanted: Vec<String> = [9, 1, 5, 5, 2, 40, 7].map(id).into();
    let found = pages(&source, SourceFilter::Ids(wanted));
    assert_eq!(ids(&found), [1, 2, 5, 7, 9].map(id));
    assert_eq!(server.requests().len(), 2);
    assert!(pages(&source, SourceFilter::Ids(vec!["no id".to_owned()])).is_empty());
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn ids_beyond_one_body_are_asked_for_afterwards_but_for_those_already_seen() {
    let most = 20_000;
    let server = Server::start(move |n, query| {
        // The first piece brings a launch of the second, as one that flew lately does.
        let first = ok(&page(&[launch(most + 1)], 1, 1000));
        Reply::Bytes(if n == 0 { first } else { honest(query, most + 2) })
    });
    let wanted = (1..=most + 2).map(id).collect();
    let found = pages(&server.source(1000), recent(wanted));
    assert_eq!(ids(&found), [most + 1, most + 2].map(id));
    let queries = server.queries();
    assert_eq!(queries[0]["query"]["$or"][2]["_id"]["$in"].as_array().unwrap().len(), most);
    assert_eq!(queries[1]["query"], json!({ "_id": { "$in": [id(most + 2)] } }));
    assert!(server.requests().iter().all(|request| request.len() < 1024 * 1024));
}

#[test]
fn the_sandbox_is_known_by_its_header() {
    let plain = Server::script(vec![ok(&page(&[], 0, 5))]);
    let source = plain.source(5);
    assert_eq!(source.kind(), None);
    pages(&source, SourceFilter::Everything { after: None });
    assert_eq!(source.kind(), Some(SourceKind::Api));
    let body = page(&[], 0, 5).to_string();
    let sandbox =
        Server::script(vec![super::server::answer("200 OK", "x-etl-sandbox: 1\r\n", body)]);
    let source = sandbox.source(5);
    pages(&source, SourceFilter::Everything { after: None });
    assert_eq!(source.kind(), Some(SourceKind::Sandbox));
}

#[test]
fn a_recent_answer_may_hold_what_flew_lately_is_to_come_or_was_named() {
    let old = |n: usize, upcoming: bool| {
        let mut launch = launch(n);
        launch["date_utc"] = json!("2021-12-31T23:59:59.999Z");
        launch["upcoming"] = json!(upcoming);
        launch
    };
    let mut zoned = launch(4);
    zoned["date_utc"] = json!("2021-12-31T23:00:00.000-02:00");
    let mut unreadable = old(5, false);
    unreadable["date_utc"] = json!("2021");
    let sent = [launch(1), old(2, true), old(3, false), zoned, unreadable];
    let server = Server::script(vec![ok(&page(&sent, 5, 9))]);
    assert_eq!(ids(&pages(&server.source(9), recent(vec![id(3)]))).len(), 5);
    let stranger = page(&[launch(1), old(3, false)], 2, 9);
    assert_eq!(breach(recent(vec![id(4)]), 9, &[stranger]), ("filter_ignored", 2));
    let stranger = page(&[launch(1)], 1, 9);
    assert_eq!(breach(SourceFilter::Ids(vec![id(2)]), 9, &[stranger]), ("filter_ignored", 2));
}

#[test]
fn a_limit_that_is_not_honoured_is_named() {
    let three: Vec<Value> = (1..=3).map(launch).collect();
    let everything = || SourceFilter::Everything { after: None };
    assert_eq!(breach(everything(), 9, &[page(&three, 3, 10)]), ("limit_not_honoured", 2));
    assert_eq!(breach(everything(), 2, &[page(&three, 3, 2)]), ("limit_not_honoured", 2));
}

#[test]
fn totals_must_add_up() {
    let two: Vec<Value> = (1..=2).map(launch).collect();
    let everything = || SourceFilter::Everything { after: None };
    for (limit, total) in [(9, 3), (9, 1), (2, 1), (9, 0)] {
        let sent = vec![page(&two, total, limit)];
        assert_eq!(breach(everything(), limit, &sent), ("total_mismatch", 2));
    }
    for total in [json!(-1), json!("2"), json!(2.5), json!(null)] {
        let mut sent = page(&two, 2, 9);
        sent["totalDocs"] = total;
        assert_eq!(breach(everything(), 9, &[sent]), ("total_unreadable", 2));
    }
    let healed = vec![ok(&page(&two, 3, 9)), ok(&page(&two, 2, 9))];
    let server = Server::script(healed);
    assert_eq!(ids(&pages(&server.source(9), SourceFilter::Everything { after: None })).len(), 2);
}

#[test]
fn ids_must_rise() {
    let sent = |numbers: &[usize], total| {
        page(&numbers.iter().map(|n| launch(*n)).collect::<Vec<_>>(), total, 2)
    };
    let everything = || SourceFilter::Everything { after: None };
    assert_eq!(breach(everything(), 2, &[sent(&[2, 1], 2)]), ("ids_not_ascending", 2));
    assert_eq!(breach(everything(), 2, &[sent(&[1, 1], 2)]), ("id_repeated", 2));
    let again = vec![sent(&[1, 2], 4), sent(&[2, 3], 2)];
    assert_eq!(breach(everything(), 2, &again), ("id_repeated", 3));
    let stuck = vec![sent(&[1, 2], 4), sent(&[1, 2], 4)];
    assert_eq!(breach(everything(), 2, &stuck), ("cursor_stuck", 3));
}

#[test]
fn a_sweep_that_never_ends_is_ended() {
    let server = Server::start(|n, _| {
        Reply::Bytes(ok(&page(&[launch(2 * n + 1), launch(2 * n + 2)], 100, 2)))
    });
    let source = server.source(2);
    let mut seen = 0;
    let error = source
        .sweep(SourceFilter::Everything { after: None })
        .inspect(|_| seen += 1)
        .find_map(Result::err);
    assert!(error.unwrap().to_string().contains("too_many_pages"));
    assert_eq!(seen, 100 / 2 + 10 + 1);
}

#[test]
fn documents_without_an_id_are_left_out_of_the_order() {
    let mut strange = [json!(7), json!(""), json!("zz"), json!(null)].map(|id| {
        let mut launch = launch(1);
        launch["id"] = id;
        launch
    });
    strange[3].as_object_mut().unwrap().remove("id");
    let sent: Vec<Value> =
        [launch(2)].into_iter().chain(strange.clone()).chain([launch(3), json!(null)]).collect();
    let server = Server::script(vec![ok(&page(&sent, 7, 9))]);
    let pages = pages(&server.source(9), SourceFilter::Everything { after: None });
    assert_eq!(ids(&pages), [id(2), id(3)]);
    assert_eq!(pages[0].without_id, 5);
    let hashes: BTreeSet<_> = pages[0].documents.iter().map(|d| &d.content_sha256).collect();
    assert_eq!(hashes.len(), 7);
    let full = vec![page(&strange, 9, 4)];
    assert_eq!(breach(SourceFilter::Everything { after: None }, 4, &full), ("no_valid_id", 2));
}

#[test]
fn a_key_missing_from_every_document_is_named_and_from_some_is_not() {
    let without = |n: usize, key: &str| {
        let mut launch = launch(n);
        launch.as_object_mut().unwrap().remove(key);
        launch
    };
    for key in ["name", "date_utc", "success", "upcoming", "payloads", "launchpad", "rocket"] {
        let sent = vec![page(&[without(1, key), without(2, key)], 2, 9)];
        let (name, calls) = breach(SourceFilter::Everything { after: None }, 9, &sent);
        assert_eq!((name, calls), ("selected_key_missing", 2), "{key}");
        let server = Server::script(vec![ok(&page(&[without(1, key), launch(2)], 2, 9))]);
        assert_eq!(
            ids(&pages(&server.source(9), SourceFilter::Everything { after: None })).len(),
            2
        );
    }
    let mut massless = launch(1);
    massless["payloads"][0].as_object_mut().unwrap().remove("mass_kg");
    let sent = vec![page(&[massless], 1, 9)];
    assert_eq!(
        breach(SourceFilter::Everything { after: None }, 9, &sent),
        ("selected_key_missing", 2)
    );
}

#[test]
fn references_that_were_not_populated_are_named() {
    let bare = |path: &str, value: Value| {
        let mut launch = launch(1);
        launch[path] = value;
        vec![page(&[launch], 1, 9)]
    };
    for sent in [bare("launchpad", json!(id(1))), bare("payloads", json!([id(1), id(2)]))] {
        assert_eq!(
            breach(SourceFilter::Everything { after: None }, 9, &sent),
            ("populate_ignored", 2)
        );
    }
}

#[test]
fn what_is_no_page_is_named() {
    for body in [json!(null), json!([]), json!({}), json!({ "docs": 1 }), json!("x")] {
        assert_eq!(breach(SourceFilter::Everything { after: None }, 9, &[body]), ("not_a_page", 2));
    }
}

/// The only document of a sweep whose page has an unresolved reference; then the answer to the second question.
fn resolved(first: Value, second: &[Value]) -> (LaunchDocument, Vec<Value>) {
    let count = second.len();
    let server = Server::script(vec![ok(&page(&[first], 1, 9)), ok(&page(second, count, 9))]);
    let mut pages = pages(&server.source(9), SourceFilter::Everything { after: None });
    (pages.remove(0).documents.remove(0), server.queries())
}

#[test]
fn references_that_did_not_resolve_are_asked_for_once_more_and_keep_their_ids() {
    let mut lost = launch(1);
    lost["payloads"] = json!([{ "id": id(3), "name": "Cargo", "mass_kg": 7.5 }, null, null]);
    lost["rocket"] = json!(null);
    lost["launchpad"] = json!(null);
    let bare = json!({ "id": id(1), "payloads": [id(3), id(4), id(5)], "rocket": id(6), "launchpad": null });
    let (document, queries) = resolved(lost, &[bare]);
    assert_eq!(queries.len(), 2);
    assert_eq!(queries[1]["query"], json!({ "_id": { "$in": [id(1)] } }));
    assert_eq!(queries[1]["options"]["populate"], Value::Null);
    let fields = document.fields.unwrap();
    let Field::Value(payloads) = fields.payloads else { panic!("no list") };
    let ids: Vec<_> = payloads
        .iter()
        .map(|payload| match payload {
            Field::Value(payload) => (payload.id.clone(), payload.mass_kg.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let known = |n| Field::Value(id(n));
    assert_eq!(ids[0], (known(3), Field::Value("7.5".to_owned())));
    assert_eq!(ids[1..], [(known(4), Field::Missing), (known(5), Field::Missing)]);
    let Field::Value(rocket) = fields.rocket else { panic!("no rocket") };
    assert_eq!((rocket.id, rocket.name), (known(6), Field::Missing));
    assert_eq!(fields.launchpad, Field::Null);
}

#[test]
fn a_launch_that_changed_before_it_was_asked_for_again_keeps_its_nulls() {
    let mut lost = launch(1);
    lost["payloads"] = json!([{ "id": id(3), "name": "Cargo", "mass_kg": 7.5 }, null]);
    let bare = |payloads: Value| json!({ "id": id(1), "payloads": payloads, "rocket": id(2), "launchpad": id(1) });
    for second in [vec![], vec![bare(json!([id(3)]))], vec![bare(json!([id(4), id(5)]))]] {
        let (document, _) = resolved(lost.clone(), &second);
        let Field::Value(payloads) = document.fields.unwrap().payloads else { panic!("no list") };
        assert_eq!(payloads[1], Field::Null);
    }
}

#[test]
fn a_launch_to_come_may_have_no_pad() {
    let mut to_come = launch(1);
    to_come["upcoming"] = json!(true);
    to_come["launchpad"] = json!(null);
    let server = Server::script(vec![ok(&page(&[to_come], 1, 9))]);
    pages(&server.source(9), SourceFilter::Everything { after: None });
    assert_eq!(server.requests().len(), 1);
}

//! Pages that are good HTTP and good JSON, and still not the truth, or not what was asked for.

use serde_json::{Value, json};

use super::{Ends, On, ROW, Row, Scene, Start, try_rows};
use crate::support::sandbox::{always, once};
use crate::support::{Answer, Output, Whole};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const QUERY: &str = "/v4/launches/query";

/// A reconcile in which every answer to a query is edited.
pub(super) fn edited(scene: &Scene<'_>, edit: &Value) -> Output {
    let mut fault = json!({ "fault": "edit_answer" });
    fault.as_object_mut().expect("an object").extend(edit.as_object().expect("one too").clone());
    scene.run_with("--reconcile", &always(fault, QUERY))
}

/// The same with the total of the answer made into this.
fn total(scene: &Scene<'_>, total: &Value) -> Output {
    edited(scene, &json!({ "merge": { "totalDocs": total } }))
}

/// Pages of 20; those after the first are changed.
fn later_pages(scene: &Scene<'_>, how: fn(Whole) -> Vec<u8>) -> Output {
    scene.run_meeting("--reconcile --page-size 20", vec![scene.forward(), scene.altered(how)])
}

/// Something happens at the source just before the second page of a reconcile is answered.
fn between_pages(scene: &Scene<'_>, method: &str, path: &str, body: &Value) -> Output {
    let path = format!("/sandbox/{path}");
    let change = json!({ "at_request": 2, "method": method, "path": path, "body": body });
    let source = scene.source();
    let before = source.served();
    source.tell("POST", "schedule", &change.to_string());
    let output = scene.run("--reconcile --page-size 20");
    assert_ne!(source.served(), before, "the change was made");
    output
}

/// A page of good launches above the last id that was asked for, and always one more to come.
fn one_more_page(request: &str) -> Vec<u8> {
    let body = request.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let question: Value = serde_json::from_str(body).unwrap_or_default();
    let last = question["query"]["_id"]["$gt"].as_str().unwrap_or("0");
    let next = u128::from_str_radix(last, 16).unwrap_or_default() + 1;
    let launch = |id: u128| {
        json!({
            "id": format!("{id:024x}"), "name": "Endless", "date_utc": "2010-01-01T00:00:00.000Z",
            "date_precision": "hour", "static_fire_date_utc": null, "success": true,
            "upcoming": false, "flight_number": 1, "payloads": [],
            "launchpad": { "name": "A pad", "id": "5e9e4501f509094ba4566f84" },
            "rocket": { "name": "A rocket", "id": "5e9d0d95eda69973a809d1ec" }
        })
    };
    let docs: Vec<Value> = (next..next + 20).map(launch).collect();
    let page = json!({ "docs": docs, "limit": 20, "totalDocs": 60, "hasNextPage": true });
    let whole = Whole {
        head: "HTTP/1.1 200 OK\r\nX-Etl-Sandbox: fault\r\n".into(),
        body: page.to_string().into_bytes(),
    };
    whole.bytes()
}

pub(super) fn documents(page: &mut Value) -> &mut Vec<Value> {
    page["docs"].as_array_mut().expect("documents")
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "28a",
        name: "a total that is too high",
        how: "totalDocs 500 over a page of all, for ever",
        ends: Ends::Failing(3, "api_contract"),
        says: &["total_mismatch", "500"],
        meet: |scene| total(scene, &json!(500)),
        ..ROW
    },
    Row {
        number: "28b",
        name: "a total that is too low",
        how: "totalDocs 5 over a page of all, for ever",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_contract"),
        says: &["total_mismatch", "gives 5 as the total"],
        meet: |scene| total(scene, &json!(5)),
        ..ROW
    },
    Row {
        number: "28c",
        name: "a total below zero",
        how: "totalDocs -1, for ever",
        on: On::Sqlite,
        start: Start::Empty,
        ends: Ends::Failing(3, "api_contract"),
        says: &["`-1`, which is no count"],
        meet: |scene| total(scene, &json!(-1)),
        ..ROW
    },
    Row {
        number: "28d",
        name: "a total that is text",
        how: "totalDocs \"60\", for ever",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_contract"),
        says: &["`\"60\"`, which is no count"],
        meet: |scene| total(scene, &json!("60")),
        ..ROW
    },
    Row {
        number: "28e",
        name: "a total that is too high, once",
        how: "totalDocs 500 in the first answer",
        says: &["gives 500 as the total", "asking once more"],
        meet: |scene| {
            let fault = json!({ "fault": "edit_answer", "merge": { "totalDocs": 500 } });
            scene.run_with("--reconcile", &once(fault, QUERY))
        },
        ..ROW
    },
    Row {
        number: "28f",
        name: "another page than was asked for",
        how: "a limit of 10 in every answer",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_contract"),
        says: &["limit_not_honoured", "10 as its limit"],
        meet: |scene| edited(scene, &json!({ "merge": { "limit": 10 } })),
        ..ROW
    },
    Row {
        number: "29",
        name: "the same page for ever",
        how: "the second page and all others are the first one",
        ends: Ends::Failing(3, "api_contract"),
        says: &["the cursor did not advance"],
        meet: |scene| {
            let fault = json!({ "fault": "edit_answer", "ignore_filter": true, "times": "always" });
            scene.run_with("--reconcile --page-size 20", &fault)
        },
        ..ROW
    },
    Row {
        number: "30",
        name: "new pages for ever",
        how: "invented launches above every cursor, totalDocs always 60",
        ends: Ends::Failing(3, "api_contract"),
        says: &["too_many_pages", "the first one gave 60"],
        meet: |scene| {
            scene.run_meeting("--reconcile --page-size 20", vec![Answer::Made(one_more_page)])
        },
        ..ROW
    },
    Row {
        number: "31a",
        name: "a launch comes between two pages",
        how: "added at the second page of a reconcile",
        meet: |scene| between_pages(scene, "POST", "launches", &json!({ "flown": true })),
        ..ROW
    },
    Row {
        number: "31b",
        name: "a launch of a page already read vanishes",
        how: "the first one by id, at the second page of a reconcile",
        meet: |scene| {
            let first = scene.source().ids().into_iter().min().expect("a launch");
            between_pages(scene, "DELETE", &format!("launches/{first}"), &json!({}))
        },
        ..ROW
    },
    Row {
        number: "31c",
        name: "a launch of a page still to come changes",
        how: "the last one by id is renamed at the second page of a reconcile",
        meet: |scene| {
            let last = scene.source().ids().into_iter().max().expect("a launch");
            let name = json!({ "name": "Renamed meanwhile" });
            between_pages(scene, "PATCH", &format!("launches/{last}"), &name)
        },
        ..ROW
    },
    Row {
        number: "32",
        name: "a document on two pages",
        how: "later pages begin with an id from below the cursor",
        ends: Ends::Failing(3, "api_contract"),
        says: &["the source repeated id 000000000000000000000001"],
        meet: |scene| {
            later_pages(scene, |answer| {
                let changed = answer.page(|page| {
                    let documents = documents(page);
                    documents[0]["id"] = json!("000000000000000000000001");
                });
                changed.bytes()
            })
        },
        ..ROW
    },
    Row {
        number: "33",
        name: "an id twice on a page",
        how: "the second document has the id of the first and another name",
        ends: Ends::Failing(3, "api_contract"),
        says: &["the source repeated id"],
        meet: |scene| {
            scene.meets_altered(|answer| {
                let changed = answer.page(|page| {
                    let documents = documents(page);
                    documents[1]["id"] = documents[0]["id"].clone();
                });
                changed.bytes()
            })
        },
        ..ROW
    },
    Row {
        number: "34",
        name: "documents out of order",
        how: "each page backwards",
        ends: Ends::Failing(3, "api_contract"),
        says: &["ids are not ascending"],
        meet: |scene| edited(scene, &json!({ "reverse_docs": true })),
        ..ROW
    },
    Row {
        number: "35a",
        name: "nothing at a first load",
        how: "no documents, totalDocs 0",
        start: Start::Empty,
        ends: Ends::Failing(3, "nothing_served"),
        says: &["no launch at all", "SPACEX_API_URL"],
        meet: |scene| edited(scene, &json!({ "merge": { "docs": [], "totalDocs": 0 } })),
        ..ROW
    },
    Row {
        number: "35b",
        name: "nothing over a full database",
        how: "no documents, totalDocs 0, at a reconcile",
        ends: Ends::Failing(1, "mass_deletion"),
        says: &["too many to believe", "--allow-mass-deletion"],
        meet: |scene| edited(scene, &json!({ "merge": { "docs": [], "totalDocs": 0 } })),
        ..ROW
    },
    Row {
        number: "35c",
        name: "half of the documents",
        how: "30 launches deleted at the source before a reconcile, back after it",
        ends: Ends::Failing(1, "mass_deletion"),
        says: &["30 of our", "--allow-mass-deletion"],
        meet: |scene| {
            let source = scene.source();
            let half = source.flown().split_off(source.flown().len() - 30);
            for id in &half {
                source.delete(id);
            }
            let output = scene.run("--reconcile");
            for id in &half {
                source.restore(id, false);
            }
            output
        },
        ..ROW
    },
];

//! An API that refuses, is in trouble, or is not the API.

use std::thread;
use std::time::Duration;

use super::{Expected, another, faults, json_run, nothing_wrong};
use crate::support::{Answer, Database, Etl, FaultServer};

struct Trouble {
    what: &'static str,
    answer: Answer,
    expected: Expected<'static>,
}

fn trouble(
    what: &'static str,
    answer: Answer,
    code: i32,
    kind: &'static str,
    says: &'static [&'static str],
) -> Trouble {
    Trouble { what, answer, expected: Expected { code, kind, says } }
}

const PAGE: &str = r#"{"docs":[],"totalDocs":0,"limit":1000,"totalPages":1,"page":1,"pagingCounter":1,"hasPrevPage":false,"hasNextPage":false,"prevPage":null,"nextPage":null}"#;

fn refusals() -> Vec<Trouble> {
    let status = |status: &str, headers: &[&str]| Answer::http(status, headers, "no");
    vec![
        trouble(
            "429 for ever",
            status("429 Too Many Requests", &[]),
            75,
            "api_rate_limited",
            &["status 429", "4 tries"],
        ),
        trouble(
            "429, come back in a second, for ever",
            status("429 Too Many Requests", &["Retry-After: 1"]),
            75,
            "api_rate_limited",
            &["4 tries", "run again after that time"],
        ),
        trouble(
            "429, come back tomorrow",
            status("429 Too Many Requests", &["Retry-After: 86400"]),
            75,
            "api_rate_limited",
            &["86400 s", "longer than"],
        ),
        trouble(
            "500 for ever",
            status("500 Internal Server Error", &[]),
            3,
            "api_status",
            &["status 500", "4 tries", "run again later"],
        ),
        trouble(
            "404",
            status("404 Not Found", &[]),
            3,
            "api_status",
            &["status 404", "the version is part of it"],
        ),
        trouble("400", status("400 Bad Request", &[]), 3, "api_status", &["status 400"]),
        trouble(
            "a redirect",
            status("302 Found", &["Location: https://elsewhere.invalid/v4/launches/query"]),
            3,
            "api_redirect",
            &["elsewhere.invalid", "not followed", "SPACEX_API_URL"],
        ),
    ]
}

fn wrong_bodies() -> Vec<Trouble> {
    let html = "<html><body>Please log in</body></html>";
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"docs\":[".to_vec();
    let untold = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"docs\":[".to_vec();
    let json = Answer::json;
    vec![
        trouble(
            "HTML with 200",
            Answer::http("200 OK", &["Content-Type: text/html"], html),
            3,
            "api_not_json",
            &["text/html", "Please log in", "portal or proxy"],
        ),
        trouble("HTML that says it is JSON", json(html), 3, "api_not_json", &["is not JSON"]),
        trouble(
            "a body cut short",
            Answer::Bytes(cut),
            3,
            "api_cut_short",
            &["cut short", "4 tries"],
        ),
        trouble(
            "a body cut short that told no length",
            Answer::Bytes(untold),
            3,
            "api_cut_short",
            &["cut short"],
        ),
        trouble("an empty body", json(""), 3, "api_not_json", &["it is empty"]),
        trouble(
            "JSON of another kind",
            json(r#"{"hello":"world"}"#),
            3,
            "api_contract",
            &["breaks the contract"],
        ),
        trouble("a bare list", json("[]"), 3, "api_contract", &["breaks the contract"]),
        trouble(
            "another page than was asked for",
            json(&PAGE.replace("1000", "10")),
            3,
            "api_contract",
            &["limit"],
        ),
        trouble("no launch at all", json(PAGE), 3, "nothing_served", &["no launch at all"]),
    ]
}

fn broken_wires() -> Vec<Trouble> {
    vec![
        trouble(
            "another protocol",
            Answer::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
            3,
            "api_not_http",
            &["not valid HTTP"],
        ),
        trouble(
            "a reset",
            Answer::Reset { after: b"HTTP/1.1 200 OK\r\n".to_vec() },
            3,
            "api_disconnected",
            &["lost", "4 tries"],
        ),
        trouble(
            "an answer that never ends",
            Answer::Stall { after: b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec() },
            3,
            "api_timeout",
            &["within 1 s", "SPACEX_API_TIMEOUT"],
        ),
    ]
}

on_both! {
    fn an_api_in_trouble_ends_the_run_clearly_and_nothing_is_written(database: Database) {
        let meet = |trouble: Trouble| {
            let database = another(&database);
            let server = FaultServer::start(vec![trouble.answer]);
            let output = json_run(&database).env("SPACEX_API_URL", server.url()).env("SPACEX_API_TIMEOUT", "1").run();
            let mut wrong = faults(&output, &trouble.expected);
            wrong.extend(traces(&database));
            let elsewhere = |request: &String| !request.starts_with("POST /v4/launches/query ");
            if server.requests().iter().any(elsewhere) {
                wrong.push("asked for something else".into());
            }
            (trouble.what.to_owned(), wrong, output)
        };
        let troubles = [refusals(), wrong_bodies(), broken_wires()].into_iter().flatten();
        let found = thread::scope(|scope| {
            let threads: Vec<_> = troubles.map(|trouble| scope.spawn(|| meet(trouble))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        nothing_wrong(found);
    }

    fn an_api_that_is_not_there(database: Database) {
        let expected = Expected { code: 3, kind: "api_unreachable", says: &["127.0.0.1:1", "4 tries", "`etl run --sandbox`"] };
        let output = json_run(&database).env("SPACEX_API_URL", "http://127.0.0.1:1/v4").run();
        let mut wrong = faults(&output, &expected);
        wrong.extend(traces(&database));
        nothing_wrong(vec![("no API".into(), wrong, output)]);
    }

    fn a_second_run_meanwhile_is_told_who_is_at_work(database: Database) {
        let server = FaultServer::start(vec![Answer::Stall { after: vec![] }]);
        let database = database.migrated();
        let first = Etl::new().args("run").database(&database).env("SPACEX_API_URL", server.url()).spawn();
        while server.requests().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        let pid = format!("process {}", first.pid());
        let expected = Expected { code: 75, kind: "run_locked", says: &["another run", "initial_", &pid, "since", "`etl status`"] };
        let output = json_run(&database).env("SPACEX_API_URL", server.url()).run();
        let wrong = faults(&output, &expected);
        nothing_wrong(vec![("locked".into(), wrong, output)]);
        let shown = Etl::new().args("status").database(&database).run().succeeds();
        assert!(shown.stdout.contains("running") && shown.stdout.contains(&pid), "{}", shown.stdout);
        first.kill();
        assert_eq!(database.value("SELECT count(*) FROM pipeline_runs"), "1", "a locked run has no row");
    }
}

/// What a failed run may not leave, and the row that it must.
fn traces(database: &Database) -> Vec<String> {
    let mut wrong = vec![];
    for table in [
        "raw_launches",
        "raw_launch_revisions",
        "launch_aggregations",
        "payloads",
        "ingestion_state",
    ] {
        let rows = database.value(&format!("SELECT count(*) FROM {table}"));
        if rows != "0" {
            wrong.push(format!("{rows} rows in {table}"));
        }
    }
    let runs = database.rows("SELECT status || ' ' || (error IS NOT NULL AND finished_at IS NOT NULL) FROM pipeline_runs");
    if !matches!(runs.as_slice(), [run] if run == "failed true" || run == "failed 1") {
        wrong.push(format!("runs: {runs:?}"));
    }
    wrong
}

//! Answers of the API that refuse, send elsewhere, or ask for patience.

use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use super::{Ends, On, ROW, Row, Scene, Start, try_rows};
use crate::support::sandbox::{always, once};
use crate::support::{Answer, FaultServer, Output, Whole};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const QUERY: &str = "/v4/launches/query";
const LATEST: &str = "/v4/launches/latest";

fn status(status: &str, headers: &[&str]) -> Answer {
    Answer::http(status, headers, "no")
}

/// A redirect of every answer; none may be followed, so that it is asked exactly once.
fn redirected(scene: &Scene<'_>, code: &str, location: &str) -> Output {
    let header = format!("Location: {location}");
    let server = FaultServer::start(vec![status(code, &[&header])]);
    let output = scene.run_at(&server.url(), "--reconcile");
    assert_eq!(server.requests().len(), 1, "asked once");
    output
}

/// 429 with this header, then what the source answers; how long the run took.
fn asked_to_wait(scene: &Scene<'_>, header: &str) -> (Output, Duration) {
    let refusal = status("429 Too Many Requests", &[header]);
    let begun = Instant::now();
    let output = scene.run_meeting("--reconcile", vec![refusal, scene.forward()]);
    (output, begun.elapsed())
}

/// 429 with this header for ever: nobody waits for it.
fn refused(scene: &Scene<'_>, header: &str) -> Output {
    let server = FaultServer::start(vec![status("429 Too Many Requests", &[header])]);
    let output = scene.run_at(&server.url(), "--reconcile");
    assert_eq!(server.requests().len(), 1, "asked once");
    output
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "17a",
        name: "redirected to another host",
        how: "301 on POST, to a second server that counts",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_redirect"),
        says: &["redirected to http://127.0.0.1:", "not followed", "SPACEX_API_URL"],
        meet: |scene| {
            let other = FaultServer::start(vec![scene.forward()]);
            let output = redirected(scene, "301 Moved", &other.url());
            assert!(other.requests().is_empty(), "the other server was asked");
            output
        },
        ..ROW
    },
    Row {
        number: "17b",
        name: "redirected to a file",
        how: "302 on POST, to file:///etc/passwd",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_redirect"),
        says: &["redirected to file:///etc/passwd", "not followed"],
        meet: |scene| redirected(scene, "302 Found", "file:///etc/passwd"),
        ..ROW
    },
    Row {
        number: "17c",
        name: "redirected to a metadata service",
        how: "307 on POST, to 169.254.169.254, with a login and a query that are nobody's business",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_redirect"),
        says: &["redirected to http://169.254.169.254/latest;"],
        meet: |scene| {
            let place = "http://u:p@169.254.169.254/latest?key=k";
            redirected(scene, "307 Temporary Redirect", place)
        },
        ..ROW
    },
    Row {
        number: "17d",
        name: "redirected for ever",
        how: "303 and 308 on GET and POST, each to itself",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_redirect"),
        says: &["status 308", "redirected to /v4", "not followed"],
        meet: |scene| {
            let answers = ["303 See Other", "308 Permanent Redirect"];
            let server =
                FaultServer::start(answers.map(|code| status(code, &["Location: /v4"])).to_vec());
            let output = scene.run_at(&server.url(), "");
            assert_eq!(server.requests().len(), 2, "GET, and POST in its place");
            output
        },
        ..ROW
    },
    Row {
        number: "18a",
        name: "304 that nobody asked for, once",
        how: "304 for the first POST",
        meet: |scene| scene.meets_once(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        ..ROW
    },
    Row {
        number: "18b",
        name: "304 for an empty database",
        how: "304 for ever",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_status"),
        says: &["status 304", "2 tries"],
        meet: |scene| scene.meets_always(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        ..ROW
    },
    Row {
        number: "19a",
        name: "401",
        how: "401 for ever",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_status"),
        says: &["POST /v4/launches/query", "status 401"],
        meet: |scene| scene.run_meeting("--reconcile", vec![status("401 Unauthorized", &[])]),
        ..ROW
    },
    Row {
        number: "19b",
        name: "403",
        how: "403 for ever",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_status"),
        says: &["POST /v4/launches/query", "status 403"],
        meet: |scene| scene.run_meeting("--reconcile", vec![status("403 Forbidden", &[])]),
        ..ROW
    },
    Row {
        number: "19c",
        name: "404",
        how: "404 for ever, of both paths",
        ends: Ends::Failing(3, "api_status"),
        says: &["POST /v4/launches/query", "status 404", "the version is part of it"],
        meet: |scene| {
            let server = FaultServer::start(vec![status("404 Not Found", &[])]);
            let output = scene.run_at(&server.url(), "");
            assert_eq!(server.requests().len(), 2, "no retry");
            output
        },
        ..ROW
    },
    Row {
        number: "19d",
        name: "404 of /launches/latest alone",
        how: "404 for that path",
        says: &["/launches/latest is of no use", "status 404"],
        meet: |scene| {
            let fault = json!({ "fault": "status", "status": 404, "body": "Not Found" });
            let output = scene.run_with("", &once(fault, LATEST));
            assert_eq!(output.json()["optimization"], "full_sweep");
            output
        },
        ..ROW
    },
    Row {
        number: "19e",
        name: "400",
        how: "a 400 that says what is wrong with the question",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_status"),
        says: &["status 400: `Cast to ObjectId failed`"],
        meet: |scene| {
            let answer = Answer::http("400 Bad Request", &[], "Cast to ObjectId failed");
            scene.run_meeting("--reconcile", vec![answer])
        },
        ..ROW
    },
    Row {
        number: "20a",
        name: "429, in two seconds",
        how: "Retry-After: 2, once",
        says: &["next try in 2.0 s"],
        meet: |scene| {
            let (output, took) = asked_to_wait(scene, "Retry-After: 2");
            assert!(took >= Duration::from_secs(2), "{took:?}");
            output
        },
        ..ROW
    },
    Row {
        number: "20b",
        name: "429, at a date",
        how: "Retry-After with the HTTP date in four seconds, once",
        on: On::Sqlite,
        says: &["status 429", "next try in"],
        meet: |scene| {
            let date = SystemTime::now() + Duration::from_secs(4);
            let date = format!("Retry-After: {}", httpdate::fmt_http_date(date));
            let (output, took) = asked_to_wait(scene, &date);
            // The form has no fractions of a second.
            assert!(took >= Duration::from_millis(2_500), "{took:?}");
            output
        },
        ..ROW
    },
    Row {
        number: "20c",
        name: "429, at a date that has passed",
        how: "Retry-After with an HTTP date of 2022, once",
        on: On::Sqlite,
        says: &["next try in 0.0 s"],
        meet: |scene| asked_to_wait(scene, "Retry-After: Fri, 06 May 2022 12:00:00 GMT").0,
        ..ROW
    },
    Row {
        number: "21a",
        name: "429, tomorrow",
        how: "Retry-After: 86400",
        ends: Ends::Failing(75, "api_rate_limited"),
        says: &["86400 s, at 20", "longer than the 60 s we wait", "run again after that time"],
        meet: |scene| refused(scene, "Retry-After: 86400"),
        ..ROW
    },
    Row {
        number: "21b",
        name: "429, a second ago",
        how: "Retry-After: -1",
        on: On::Sqlite,
        ends: Ends::Failing(75, "api_rate_limited"),
        says: &["`-1`, which is no time"],
        meet: |scene| refused(scene, "Retry-After: -1"),
        ..ROW
    },
    Row {
        number: "21c",
        name: "429, in 1e30 seconds",
        how: "Retry-After: 1e30",
        on: On::Sqlite,
        ends: Ends::Failing(75, "api_rate_limited"),
        says: &["`1e30`, which is no time"],
        meet: |scene| refused(scene, "Retry-After: 1e30"),
        ..ROW
    },
    Row {
        number: "21d",
        name: "429, soon",
        how: "Retry-After: soon",
        on: On::Sqlite,
        start: Start::Empty,
        ends: Ends::Failing(75, "api_rate_limited"),
        says: &["`soon`, which is no time"],
        meet: |scene| refused(scene, "Retry-After: soon"),
        ..ROW
    },
    Row {
        number: "21e",
        name: "429, at no time",
        how: "an empty Retry-After",
        on: On::Sqlite,
        ends: Ends::Failing(75, "api_rate_limited"),
        says: &["``, which is no time"],
        meet: |scene| refused(scene, "Retry-After:"),
        ..ROW
    },
    Row {
        number: "21f",
        name: "429 for ever",
        how: "429 without Retry-After, for ever",
        on: On::Sqlite,
        ends: Ends::Failing(75, "api_rate_limited"),
        says: &["status 429", "4 tries", "run again after that time"],
        meet: |scene| scene.run_meeting("--reconcile", vec![status("429 Too Many Requests", &[])]),
        ..ROW
    },
    Row {
        number: "22a",
        name: "500 and 502",
        how: "one of each, then answers",
        says: &["status 500", "status 502"],
        meet: |scene| {
            let broken = ["500 Internal Server Error", "502 Bad Gateway"];
            let mut answers = broken.map(|code| status(code, &[])).to_vec();
            answers.push(scene.forward());
            let output = scene.run_meeting("--reconcile", answers);
            assert_eq!(output.json()["api_retries"], 2, "counted");
            output
        },
        ..ROW
    },
    Row {
        number: "22b",
        name: "503 in the middle of a load",
        how: "503 for the third page of the first load, once",
        start: Start::Empty,
        meet: |scene| {
            let fault = json!({ "fault": "status", "status": 503, "skip": 2 });
            scene.run_with("--page-size 20", &once(fault, QUERY))
        },
        ..ROW
    },
    Row {
        number: "23a",
        name: "500 for ever",
        how: "500 with a body, for ever",
        ends: Ends::Failing(3, "api_status"),
        says: &["status 500: `no`", "4 tries", "run again later"],
        meet: |scene| {
            scene.run_meeting("--reconcile", vec![status("500 Internal Server Error", &[])])
        },
        ..ROW
    },
    Row {
        number: "23b",
        name: "503 for ever, in a second",
        how: "503 with Retry-After: 1, for ever",
        on: On::Sqlite,
        ends: Ends::Failing(75, "api_rate_limited"),
        says: &["status 503", "after 1 s", "4 tries"],
        meet: |scene| {
            let answer = status("503 Service Unavailable", &["Retry-After: 1"]);
            scene.run_meeting("--reconcile", vec![answer])
        },
        ..ROW
    },
    Row {
        number: "23c",
        name: "500 from the third page on",
        how: "500 in the middle of the first load, for ever",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_status"),
        says: &["status 500", "4 tries"],
        meet: |scene| {
            let fault = json!({ "fault": "status", "status": 500, "skip": 2 });
            scene.run_with("--page-size 20", &always(fault, QUERY))
        },
        ..ROW
    },
    Row {
        number: "24",
        name: "a kept connection is closed between calls",
        how: "closed after each page, without having said so",
        meet: |scene| {
            let silent = scene.altered(Whole::bytes);
            scene.run_meeting("--reconcile --page-size 20", vec![silent])
        },
        ..ROW
    },
    Row {
        number: "27",
        name: "a server whose clock is a year off",
        how: "Date: in 2019, in every answer",
        meet: |scene| {
            scene.meets_altered(|mut answer| {
                answer.head.push_str("Date: Tue, 01 Jan 2019 00:00:00 GMT\r\n");
                answer.bytes()
            })
        },
        ..ROW
    },
];

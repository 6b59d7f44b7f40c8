//! What can go wrong on the wire between us and the API.

use super::{Ends, On, Row, Start, Then, try_rows};
use crate::support::Answer;

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

/// Whoever cannot be reached is asked four times; nothing is written but the row of the run.
pub(super) const ROWS: &[Row] = &[
    Row {
        number: "1",
        name: "the host name does not resolve",
        how: "the API address names no-such-host.invalid",
        on: On::Sqlite,
        start: Start::Empty,
        ends: Ends::Failing(3, "api_unreachable"),
        says: &["no-such-host.invalid", "cannot be resolved", "4 tries"],
        then: Then::Converges,
        meet: |scene| {
            let run = scene.etl("run --migrate").env("HTTPS_PROXY", "");
            run.env("SPACEX_API_URL", "https://no-such-host.invalid/v4").run()
        },
    },
    Row {
        number: "2",
        name: "connection refused",
        how: "a port that was free a moment ago",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Failing(3, "api_unreachable"),
        says: &["127.0.0.1:1:", "connection refused", "4 tries", "of waiting"],
        then: Then::Converges,
        meet: |scene| scene.run_at("http://127.0.0.1:1/v4", ""),
    },
    Row {
        number: "19a",
        name: "404 for ever",
        how: "every answer is a 404",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Failing(3, "api_status"),
        says: &["POST /v4/launches/query", "status 404"],
        then: Then::Converges,
        meet: |scene| {
            let answer = Answer::http("404 Not Found", &[], "Not Found");
            scene.run_meeting("--reconcile", vec![answer])
        },
    },
];

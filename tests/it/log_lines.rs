//! `--log-format json`: every line on standard error is an object, and carries the id of its run.

use serde_json::{Value, json};

use crate::support::{Database, Etl, Output, Sandbox};

fn objects(output: &Output) -> Vec<Value> {
    let object = |line: &str| -> Value {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    };
    let objects: Vec<Value> = output.stderr.lines().map(object).collect();
    for line in &objects {
        let timestamp = line["timestamp"].as_str().expect("a timestamp");
        assert!(timestamp.len() == 27 && timestamp.ends_with('Z'), "{line}");
        for key in ["level", "target", "message"] {
            assert!(line[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {line}");
        }
    }
    objects
}

on_both! {
    fn every_line_of_a_run_carries_its_id(database: Database) {
        let database = database.migrated();
        let sandbox = Sandbox::start();
        let trouble = json!({ "fault": "status", "status": 500, "path": "/v4/launches/query" });
        sandbox.faults(&trouble);
        let output = sandbox
            .etl(&database, "run --format json")
            .env("ETL_LOG_FORMAT", "json")
            .run()
            .succeeds();
        let id = output.json()["aggregations"]["pipeline_run_id"].clone();
        let lines = objects(&output);
        assert!(!lines.is_empty() && lines.iter().all(|line| line["run_id"] == id), "{lines:?}");
        assert!(lines.iter().all(|line| line["level"] == "info"), "{lines:?}");
    }

    fn the_failure_of_a_run_is_a_line_too(database: Database) {
        let database = database.migrated();
        let sandbox = Sandbox::start();
        sandbox.faults(&json!({ "fault": "status", "status": 404, "path": "/v4/launches/query" }));
        let output = sandbox.etl(&database, "run --log-format json").run().exits(3);
        let id = database.value("SELECT pipeline_run_id FROM pipeline_runs");
        let lines = objects(&output);
        let last = lines.last().expect("a line");
        assert_eq!((&last["level"], &last["kind"]), (&json!("error"), &json!("api_status")), "{last}");
        assert_eq!(last["run_id"], json!(id), "{last}");
        assert!(last["message"].as_str().is_some_and(|text| text.contains("404")), "{last}");
    }
}

#[test]
fn what_fails_before_there_is_a_run_has_no_id() {
    let mistyped = Etl::new().args("run --log-format json --no-such-flag").run().exits(2);
    let refused = Etl::new().args("status --log-format json").run().exits(2);
    for (output, words) in [(mistyped, "--no-such-flag"), (refused, "etl.db")] {
        let lines = objects(&output);
        let last = lines.last().expect("a line");
        assert_eq!(last["level"], "error");
        assert!(last.get("run_id").is_none(), "{last}");
        assert!(last["message"].as_str().is_some_and(|text| text.contains(words)), "{last}");
    }
}

#[test]
fn whatever_a_stranger_sends_stays_in_its_line() {
    let sandbox = Sandbox::start();
    let body = "\"\u{1b}[2J\r\n{\"level\": \"error\"}\u{202e}";
    sandbox.faults(&json!({ "fault": "status", "status": 400, "body": body }));
    let database = Database::sqlite();
    let output = sandbox.etl(&database, "run --log-format json").run().exits(3);
    assert_eq!(objects(&output).len(), 1, "{}", output.stderr);
}

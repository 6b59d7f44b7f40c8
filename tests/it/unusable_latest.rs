//! `/launches/latest` that cannot be used, or that is newer than the list beside it.

use serde_json::{Value, json};

use crate::support::sandbox::{always, once};
use crate::support::{Database, Sandbox};

const LATEST: &str = "/v4/launches/latest";
const QUERY: &str = "/v4/launches/query";

#[track_caller]
fn falls_back(database: &Database, sandbox: &Sandbox, reason: &str) {
    let answer = sandbox.run(database, "");
    assert_eq!(
        (&answer["kind"], &answer["optimization"]),
        (&json!("pipeline"), &json!("full_sweep")),
        "{answer}"
    );
    let warning = answer["warnings"][0].as_str().unwrap_or_default();
    assert!(
        warning.starts_with("/launches/latest is of no use (") && warning.contains(reason),
        "{answer}"
    );
}

on_both! {
    fn an_unusable_latest_leads_to_a_full_sweep_with_a_warning(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let faults = [
            (json!({ "fault": "status", "status": 404, "body": "Not Found" }), "404"),
            (json!({ "fault": "garbage", "body": "[]" }), "no launch document"),
            (json!({ "fault": "edit_answer", "unset": "name" }), "is missing"),
            (
                json!({ "fault": "edit_answer", "merge": { "date_utc": "yesterday" } }),
                "`yesterday`",
            ),
        ];
        for (fault, reason) in faults {
            sandbox.faults(&once(fault, LATEST));
            let old = sandbox.flown().pop().unwrap();
            sandbox.edit(&old, &json!({ "name": format!("Renamed: {reason}") }));
            let gone = sandbox.flown().remove(30);
            sandbox.delete(&gone);
            let before = database.value("SELECT last_reconciled_at FROM ingestion_state");
            falls_back(&database, &sandbox, reason);
            assert_eq!(
                database.value(&format!(
                    "SELECT mission_name FROM raw_launches WHERE launch_id = '{old}'"
                )),
                format!("Renamed: {reason}")
            );
            assert!(database.tombstones().contains(&gone));
            assert!(before < database.value("SELECT last_reconciled_at FROM ingestion_state"));
        }
    }

    fn a_latest_that_is_no_json_after_the_retries_leads_there_too(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let page = json!({ "fault": "garbage", "body": "<html>", "content_type": "text/html" });
        sandbox.faults(&always(page, LATEST));
        falls_back(&database, &sandbox, "text/html");
    }

    fn a_latest_that_is_newer_than_the_list_is_asked_for_again(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let newest = sandbox.add(&json!({ "flown": true }));
        sandbox.edit(&sandbox.flown()[2], &json!({ "name": "Renamed" }));
        let served = 17;
        let total = json!({ "totalDocs": served - 1 });
        let lacking = json!({ "fault": "edit_answer", "drop_docs": 1, "merge": total });
        sandbox.faults(&once(lacking, QUERY));
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["launches_inserted"], &answer["launches_updated"]),
            (&json!(0), &json!(1)),
            "{answer}"
        );
        let warning = answer["warnings"][0].as_str().unwrap();
        assert!(
            warning.contains(&newest) && warning.contains("the next run asks again"),
            "{warning}"
        );
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["launches_inserted"], &answer["warnings"]),
            (&json!(1), &json!([])),
            "{answer}"
        );
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
    }
}

/// A script of everything that can happen to launches, once on each database.
fn live(database: &Database) -> Vec<String> {
    let sandbox = Sandbox::start();
    let mut answers = vec![];
    let mut run = |words: &str| {
        let mut answer = sandbox.run(database, words);
        for key in ["pipeline_run_id", "pipeline_duration_seconds", "bytes_received"] {
            answer[key] = Value::Null;
        }
        answer["aggregations"]["pipeline_run_id"] = Value::Null;
        answers.push(answer.to_string());
    };
    run("--page-size 40");
    sandbox.advance("9d");
    sandbox.edit(
        &sandbox.flown()[1],
        &json!({ "name": "Zoë \u{1F680}", "static_fire_date_utc": null }),
    );
    sandbox.edit(&sandbox.flown()[2], &json!({ "flight_number": "none" }));
    run("");
    let gone = sandbox.flown().remove(40);
    sandbox.delete(&gone);
    sandbox.edit(&sandbox.flown()[60], &json!({ "success": null, "payloads": [] }));
    run("--reconcile --page-size 70");
    sandbox.restore(&gone, false);
    sandbox.advance("8w");
    run("");
    run("--full");
    run("--recompute");
    let mut all = answers;
    all.extend(database.truth());
    all.extend(database.snapshots());
    all.extend(database.dump(
        "pipeline_runs",
        &[
            "kind",
            "status",
            "optimization",
            "api_calls",
            "launches_fetched",
            "launches_inserted",
            "launches_updated",
            "launches_unchanged",
            "launches_deleted",
            "launches_restored",
            "launches_quarantined",
            "watermark_before",
            "watermark_after",
        ],
    ));
    all
}

#[test]
fn the_same_life_ends_in_the_same_state_on_both_databases() {
    let Some(postgres) = Database::postgres() else { return };
    let (there, here) = (live(&postgres), live(&Database::sqlite()));
    for (postgres, sqlite) in there.iter().zip(&here) {
        assert_eq!(postgres, sqlite);
    }
    assert_eq!(there.len(), here.len());
}

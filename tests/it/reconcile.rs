//! A reconcile: when it is due, what it marks as vanished, and what it does not believe.

use serde_json::{Value, json};

use crate::support::sandbox::{always, once};
use crate::support::{Database, Sandbox};

const QUERY: &str = "/v4/launches/query";

fn last_reconciled(database: &Database) -> String {
    database.value("SELECT last_reconciled_at FROM ingestion_state")
}

/// Deletes that many launches at the source, the oldest first; their ids.
fn delete_oldest(sandbox: &Sandbox, count: usize) -> Vec<String> {
    let mut gone = sandbox.flown();
    gone.reverse();
    gone.truncate(count);
    for id in &gone {
        sandbox.delete(id);
    }
    gone.sort();
    gone
}

on_both! {
    fn it_is_due_by_age_and_finds_what_an_early_exit_would_miss(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let gone = delete_oldest(&sandbox, 1);
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
        let before = last_reconciled(&database);
        let answer = sandbox.run(&database, "--reconcile-after 0s");
        assert_eq!(
            (&answer["kind"], &answer["launches_deleted"]),
            (&json!("reconcile"), &json!(1))
        );
        assert_eq!(database.tombstones(), gone);
        assert!(before < last_reconciled(&database));
        let marked = "SELECT pipeline_run_id FROM raw_launches WHERE deleted_at = updated_at";
        assert_eq!(database.value(marked), answer["pipeline_run_id"].as_str().unwrap());
        let instants = "SELECT count(*) FROM raw_launches l JOIN launch_aggregations a
            ON a.pipeline_run_id = l.pipeline_run_id AND a.updated_at = l.deleted_at";
        assert_eq!(database.value(instants), "1", "all that a run writes carries one instant");
    }

    fn one_that_lies_in_the_future_counts_as_long_ago(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        database
            .execute(
                "UPDATE ingestion_state SET last_reconciled_at = '2090-01-01T00:00:00.000000Z'",
            )
            .unwrap();
        assert_eq!(sandbox.run(&database, "")["kind"], "reconcile");
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
    }

    fn an_empty_answer_is_not_believed(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let before = (database.truth(), last_reconciled(&database));
        let empty = json!({ "docs": [], "totalDocs": 0 });
        sandbox.faults(&always(json!({ "fault": "edit_answer", "merge": empty }), QUERY));
        let answer = sandbox.run_to(&database, "--reconcile", 1);
        assert_eq!(
            (&answer["status"], &answer["error"]["kind"]),
            (&json!("failed"), &json!("mass_deletion"))
        );
        assert_eq!((database.truth(), last_reconciled(&database)), before);
        let row = "SELECT status || ' ' || error FROM pipeline_runs ORDER BY id DESC LIMIT 1";
        let row = database.value(row);
        assert!(row.starts_with("failed 205 of our 205 launches are missing"), "{row}");
        sandbox.no_more_faults();
        assert_eq!(sandbox.run(&database, "--reconcile")["aggregations"]["status"], "skipped");
    }

    fn more_than_a_tenth_is_not_believed_but_everything_else_is_committed(database: Database) {
        let sandbox = Sandbox::of(100);
        sandbox.run(&database, "");
        let gone = delete_oldest(&sandbox, 11);
        let renamed = sandbox.flown().remove(40);
        sandbox.edit(&renamed, &json!({ "name": "Renamed" }));
        let before = last_reconciled(&database);
        let output = sandbox.etl(&database, "run --reconcile").run().exits(1);
        freeze!("reconcile__mass_deletion", output.everything());
        assert_eq!(database.tombstones(), Vec::<String>::new());
        assert_eq!(database.changes(&renamed, 2).len(), 1);
        assert_eq!(last_reconciled(&database), before);
        assert_eq!(database.snapshots().len(), 2, "the correction has its figures");
        let answer = sandbox.run(&database, "--reconcile --allow-mass-deletion");
        assert_eq!(answer["launches_deleted"], 11);
        assert_eq!(database.tombstones(), gone);
        assert!(before < last_reconciled(&database));
    }

    fn a_tenth_is_believed(database: Database) {
        let sandbox = Sandbox::of(100);
        sandbox.run(&database, "");
        let gone = delete_oldest(&sandbox, 10);
        assert_eq!(sandbox.run(&database, "--reconcile")["launches_deleted"], 10);
        assert_eq!(database.tombstones(), gone);
    }

    fn five_of_a_few_are_believed_and_six_are_not(database: Database) {
        let sandbox = Sandbox::of(20);
        sandbox.run(&database, "");
        delete_oldest(&sandbox, 5);
        assert_eq!(sandbox.run(&database, "--reconcile")["launches_deleted"], 5);
        delete_oldest(&sandbox, 6);
        assert_eq!(sandbox.run_to(&database, "--reconcile", 1)["error"]["kind"], "mass_deletion");
        assert_eq!(database.tombstones().len(), 5);
    }

    fn launches_that_came_new_do_not_hide_how_many_are_missing(database: Database) {
        let sandbox = Sandbox::of(100);
        sandbox.run(&database, "");
        delete_oldest(&sandbox, 11);
        for _ in 0..40 {
            sandbox.add(&json!({ "flown": true }));
        }
        let answer = sandbox.run_to(&database, "--reconcile", 1);
        assert_eq!(
            (&answer["launches_inserted"], &answer["launches_deleted"]),
            (&json!(40), &json!(0))
        );
    }

    fn a_sweep_that_met_a_document_without_an_id_marks_nothing(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let broken = sandbox.flown().remove(7);
        delete_oldest(&sandbox, 2);
        sandbox.edit(&broken, &json!({ "raw": "{\"name\": \"Without an id\"}" }));
        let answer = sandbox.run(&database, "--reconcile");
        assert_eq!(
            (&answer["launches_quarantined"], &answer["launches_deleted"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(database.tombstones(), Vec::<String>::new());
        sandbox.edit(&broken, &json!({ "raw": null }));
        assert_eq!(sandbox.run(&database, "--reconcile")["launches_deleted"], 2);
        assert_eq!(database.open_quarantine(), Vec::<String>::new());
    }

    fn what_is_missing_is_asked_for_once_more_before_it_is_marked(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let gone = delete_oldest(&sandbox, 1);
        // The sweep lacks three documents more than are gone.
        let total = json!({ "totalDocs": 201 });
        let lacking = json!({ "fault": "edit_answer", "drop_docs": 3, "merge": total });
        sandbox.faults(&once(lacking, QUERY));
        let calls = sandbox.requests().len();
        let answer = sandbox.run(&database, "--reconcile");
        assert_eq!(
            (&answer["launches_deleted"], &answer["launches_unchanged"]),
            (&json!(1), &json!(204))
        );
        assert_eq!(database.tombstones(), gone);
        let asked: Vec<Value> = sandbox.requests().split_off(calls);
        assert_eq!(asked.len(), 2);
        let body: Value = serde_json::from_str(asked[1]["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["query"]["_id"]["$in"].as_array().unwrap().len(), 4);
    }

    fn a_launch_that_moves_between_pages_is_neither_lost_nor_marked(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let gone = sandbox.flown().pop().unwrap();
        // Added and deleted while the sweep is at its third page.
        for (method, path) in [
            ("POST", "/sandbox/launches".to_owned()),
            ("DELETE", format!("/sandbox/launches/{gone}")),
        ] {
            let body = json!({ "flown": true });
            let change = json!({ "at_request": 3, "method": method, "path": path, "body": body });
            sandbox.tell("POST", "schedule", &change.to_string());
        }
        let answer = sandbox.run(&database, "--reconcile --page-size 40");
        assert_eq!(
            (&answer["launches_inserted"], &answer["launches_deleted"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(sandbox.run(&database, "--reconcile")["launches_deleted"], 1);
    }
}

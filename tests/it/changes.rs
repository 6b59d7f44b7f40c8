//! `etl changes`: what a run created, changed, found vanished or found back, in words and for scripts.

use serde_json::{Value, json};

use crate::support::{Database, Etl, Sandbox};

/// Three runs that changed something, then one that did not.
fn with_changes(database: &Database) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::seeded(6, 11);
    sandbox.run(database, "");
    let ids = sandbox.ids();
    sandbox.edit(&ids[0], &json!({ "name": "Renamed \u{1b}[31m", "success": null }));
    sandbox.edit(&ids[1], &json!({ "date_utc": "2010-01-02T03:04:05.000Z" }));
    sandbox.delete(&ids[2]);
    sandbox.run(database, "--reconcile");
    sandbox.restore(&ids[2], false);
    sandbox.edit(&ids[2], &json!({ "name": "Back again" }));
    sandbox.run(database, "--reconcile");
    sandbox.run(database, "--reconcile");
    (sandbox, ids)
}

fn changes(database: &Database, words: &str) -> Etl {
    Etl::new().args("changes").args(words).database(database)
}

/// The id of the n-th run.
fn run(database: &Database, number: u32) -> String {
    database.value(&format!("SELECT pipeline_run_id FROM pipeline_runs WHERE id = {number}"))
}

on_both! {
    fn the_last_run_that_changed_something_is_shown(database: Database) {
        let _source = with_changes(&database);
        freeze!("changes__last", changes(&database, "").run().succeeds().everything());
    }

    fn a_run_is_shown_by_its_id_and_a_launch_with_all_that_became_of_it(database: Database) {
        let (_sandbox, ids) = with_changes(&database);
        let words = format!("--run {}", run(&database, 2));
        freeze!("changes__run", changes(&database, &words).run().succeeds().everything());
        let words = format!("--launch {}", ids[2]);
        freeze!("changes__launch", changes(&database, &words).run().succeeds().everything());
    }

    fn scripts_get_every_event_since_an_instant(database: Database) {
        let (_sandbox, ids) = with_changes(&database);
        let answer = changes(&database, "--since 2020-01-01 --format json").run().succeeds().json();
        assert_eq!(answer["launch_changes"], 10);
        let runs = answer["runs"].as_array().unwrap();
        let summary = |run: &Value| {
            ["created", "changed", "vanished", "restored"].map(|word| run[word].as_i64().unwrap())
        };
        let summaries: Vec<_> = runs.iter().map(summary).collect();
        assert_eq!(summaries, [[6, 0, 0, 0], [0, 2, 1, 0], [0, 0, 0, 1]]);
        assert_eq!(runs[1]["pipeline_run_id"], run(&database, 2));
        let moved = &runs[1]["launches"][1];
        assert_eq!((&moved["launch_id"], &moved["event"]), (&json!(ids[1]), &json!("changed")));
        assert_eq!(moved["fields"][0]["field"], "date_utc");
        assert_eq!(moved["fields"][0]["new_value"], "2010-01-02T03:04:05.000000Z");
        assert_eq!(runs[1]["launches"][2]["event"], "vanished");
        assert_eq!(runs[2]["launches"][0]["event"], "restored");
        let instant = runs[2]["changed_at"].as_str().unwrap();
        let later = changes(&database, &format!("--format json --since {instant}")).run().json();
        assert_eq!(later["launch_changes"], 1);
    }

    fn no_more_is_shown_than_was_asked_for(database: Database) {
        let _source = with_changes(&database);
        let words = format!("--limit 2 --run {}", run(&database, 1));
        let ended = changes(&database, &words).run().succeeds();
        assert!(ended.stdout.contains("created 6"), "{}", ended.stdout);
        assert!(ended.stdout.ends_with("and 4 more: `--limit` shows up to 10000 at once, `--since` later ones\n"), "{}", ended.stdout);
        assert_eq!(ended.stdout.lines().count(), 4);
    }

    fn what_a_hand_changed_is_told_from_what_a_run_did(database: Database) {
        let _source = with_changes(&database);
        database.execute("UPDATE raw_launches SET mission_name = 'By hand' WHERE mission_name = 'Back again'").unwrap();
        let ended = changes(&database, "--run manual").run().succeeds();
        assert!(ended.stdout.contains("  by hand\n"), "{}", ended.stdout);
        assert!(ended.stdout.contains("mission_name: Back again → By hand"), "{}", ended.stdout);
    }

    fn what_is_not_there_is_said(database: Database) {
        Etl::new().args("migrate").database(&database).run().succeeds();
        let nothing = changes(&database, "").run().succeeds();
        assert_eq!(nothing.stdout, "nothing changed\n");
        changes(&database, "--run pipeline_x").run().exits(1).says("there is no run pipeline_x");
        changes(&database, "--launch x").run().exits(1).says("there is no launch x");
        changes(&database, "--since yesterday").run().exits(2).says("a date is written 2022-10-05");
        let failed = changes(&database, "--run x --format json").run().exits(1).json();
        assert_eq!(failed["error"]["kind"], "not_found");
    }
}

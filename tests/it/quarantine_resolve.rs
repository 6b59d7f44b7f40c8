//! `etl quarantine replay` and `discard`, and `etl status --check`, which calls for them.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Database, Sandbox};

fn says(sandbox: &Sandbox, database: &Database, words: &str, code: i32) -> Value {
    sandbox.etl(database, &format!("{words} --format json")).run().exits(code).json()
}

/// Puts a text into the open entry, as if it had been served so and the rules had been stricter then.
fn serve_as(database: &Database, text: &str) {
    let mut sha = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        write!(sha, "{byte:02x}").unwrap();
    }
    let quoted = text.replace('\'', "''");
    database
        .execute(&format!(
            "UPDATE quarantined_launches SET document = '{quoted}', content_sha256 = '{sha}' WHERE resolved_at IS NULL"
        ))
        .unwrap();
}

/// A loaded database with one document in quarantine: the id of its launch, and the text as it was served.
fn one_bad(sandbox: &Sandbox, database: &Database) -> (String, String) {
    sandbox.run(database, "");
    let id = sandbox.upcoming().remove(0);
    sandbox.edit(&id, &json!({ "name": "  " }));
    sandbox.run(database, "--reconcile");
    (id, database.value("SELECT document FROM quarantined_launches"))
}

on_both! {
    fn what_keeps_the_rules_by_now_is_loaded_by_a_replay_and_nothing_else(database: Database) {
        let sandbox = Sandbox::start();
        let (id, text) = one_bad(&sandbox, &database);
        let still = says(&sandbox, &database, "quarantine replay", 0);
        assert_eq!(still["kind"], "replay");
        assert_eq!(still["launches_quarantined"], 1);
        assert_eq!(still["api_calls_made"], 0);
        assert_eq!(database.open_quarantine().len(), 1);

        serve_as(&database, &text.replace("\"name\":\"  \",\"date", "\"name\":\"Named at last\",\"date"));
        let name = format!("SELECT mission_name FROM raw_launches WHERE launch_id = '{id}'");
        if database.value("SELECT document FROM quarantined_launches").contains("Named at last") {
            let replayed = says(&sandbox, &database, "quarantine replay", 0);
            assert_eq!(replayed["launches_updated"], 1, "{replayed}");
            assert_eq!(replayed["aggregations"]["status"], "success");
            assert_eq!(database.value(&name), "Named at last");
            assert!(database.open_quarantine().is_empty());
            let kind = "SELECT snapshot_type FROM launch_aggregations ORDER BY id DESC LIMIT 1";
            assert_eq!(database.value(kind), "manual");
        } else {
            panic!("the served text has another form: {text}");
        }
    }

    fn a_text_that_is_not_what_was_served_and_a_newer_row_are_left_alone(database: Database) {
        let sandbox = Sandbox::start();
        let (id, text) = one_bad(&sandbox, &database);
        let good = text.replace("\"name\":\"  \",\"date", "\"name\":\"Named at last\",\"date");
        assert_ne!(good, text);
        let quoted = good.replace('\'', "''");
        database.execute(&format!("UPDATE quarantined_launches SET document = '{quoted}'")).unwrap();
        assert_eq!(says(&sandbox, &database, "quarantine replay", 0)["launches_updated"], 0);

        serve_as(&database, &good);
        database
            .execute(&format!("UPDATE raw_launches SET mission_name = 'By hand, later' WHERE launch_id = '{id}'"))
            .unwrap();
        assert_eq!(says(&sandbox, &database, "quarantine replay", 0)["launches_updated"], 0);
        assert_eq!(database.open_quarantine().len(), 1);
    }

    fn a_discarded_document_stays_so_until_the_source_serves_something_else(database: Database) {
        let sandbox = Sandbox::start();
        let (id, _) = one_bad(&sandbox, &database);
        let number = database.value("SELECT id FROM quarantined_launches");
        assert_eq!(says(&sandbox, &database, &format!("quarantine discard {number}"), 0)["discarded"], 1);
        let again = says(&sandbox, &database, &format!("quarantine discard {number}"), 1);
        assert_eq!(again["error"]["kind"], "not_found");
        sandbox.run(&database, "--reconcile");
        assert!(database.open_quarantine().is_empty());
        sandbox.edit(&id, &json!({ "name": " " }));
        sandbox.run(&database, "--reconcile");
        assert_eq!(database.open_quarantine().len(), 1);
    }

    fn a_monitor_is_called_for_what_a_person_should_see(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        assert_eq!(says(&sandbox, &database, "status --check", 0)["findings"], json!([]));
        let late = says(&sandbox, &database, "status --check --max-age 0s", 1);
        assert!(late["findings"][0].as_str().unwrap().contains("checked last"), "{late}");
        sandbox.edit(&sandbox.upcoming()[0], &json!({ "name": null }));
        sandbox.run(&database, "--reconcile");
        let bad = says(&sandbox, &database, "status --check", 1);
        assert!(bad["findings"][0].as_str().unwrap().contains("quarantine"), "{bad}");
        sandbox.faults(&json!({ "fault": "status", "status": 404, "times": "always" }));
        sandbox.run_to(&database, "", 3);
        let failed = says(&sandbox, &database, "status --check", 1);
        assert_eq!(failed["findings"].as_array().unwrap().len(), 2);
        assert!(failed["findings"][1].as_str().unwrap().contains("failed"), "{failed}");
    }
}

//! What vanishes at the source and what comes back: noticed by a run, settled by a reconcile.

use serde_json::json;

use crate::support::{Database, Sandbox};

fn changed_fields(database: &Database, id: &str) -> Vec<String> {
    let changes = database.changes(id, database.revision(id));
    changes.iter().map(|change| change.split(": ").next().unwrap().to_owned()).collect()
}

on_both! {
    fn a_launch_that_the_filter_should_have_brought_makes_a_reconcile_due(database: Database) {
        for gone in [|s: &Sandbox| s.flown().remove(3), |s: &Sandbox| s.upcoming().remove(3)] {
            let database = database.another();
            let sandbox = Sandbox::start();
            sandbox.run(&database, "");
            let gone = gone(&sandbox);
            sandbox.delete(&gone);
            assert_eq!(sandbox.run(&database, "")["early_exit"], true);
            sandbox.add(&json!({ "flown": true }));
            let answer = sandbox.run(&database, "--lookback 90d");
            assert_eq!(answer["launches_deleted"], 0);
            assert_eq!(
                database.value("SELECT CAST(reconcile_due AS int) FROM ingestion_state"),
                "1"
            );
            let answer = sandbox.run(&database, "");
            assert_eq!(
                (&answer["kind"], &answer["launches_deleted"]),
                (&json!("reconcile"), &json!(1))
            );
            assert_eq!(database.tombstones(), [gone]);
            assert_eq!(sandbox.run(&database, "")["early_exit"], true);
        }
    }

    fn a_latest_launch_that_vanished_is_seen_by_the_number_that_is_missing(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let gone = sandbox.latest();
        sandbox.delete(&gone);
        let answer = sandbox.run(&database, "");
        assert_eq!(answer["api_calls_made"], 2);
        assert_eq!(answer["launches_deleted"], 0);
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["kind"], &answer["launches_deleted"]),
            (&json!("reconcile"), &json!(1))
        );
        assert_eq!(database.tombstones(), [gone]);
    }

    fn what_vanished_comes_back_under_its_own_id_or_another(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let (same, moved) = (sandbox.flown().remove(20), sandbox.flown().remove(21));
        let before = database.latest_figures();
        for id in [&same, &moved] {
            sandbox.delete(id);
        }
        let mut gone = vec![same.clone(), moved.clone()];
        gone.sort();
        assert_eq!(sandbox.run(&database, "--reconcile")["launches_deleted"], 2);
        assert_eq!(database.tombstones(), gone);
        assert_eq!(changed_fields(&database, &same), ["deleted_at"]);
        sandbox.restore(&same, false);
        let new = sandbox.restore(&moved, true);
        let answer = sandbox.run(&database, "--reconcile");
        assert_eq!(
            (&answer["launches_restored"], &answer["launches_inserted"]),
            (&json!(1), &json!(1))
        );
        assert_eq!(database.tombstones(), [moved]);
        assert_eq!(changed_fields(&database, &same), ["deleted_at"]);
        assert_eq!((database.revision(&same), database.revision(&new)), (3, 1));
        assert_eq!(database.latest_figures(), before);
        assert!(database.snapshots()[2].starts_with("3 | reconcile | 2 | "));
        database.assert_gapless();
    }

    fn a_recent_launch_that_comes_back_is_restored_by_an_ordinary_run(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let id = sandbox.latest();
        sandbox.delete(&id);
        sandbox.run(&database, "--reconcile");
        sandbox.restore(&id, false);
        let answer = sandbox.run(&database, "");
        assert_eq!(answer["api_calls_made"], 2);
        assert_eq!(answer["launches_restored"], 1);
        assert_eq!(database.tombstones(), Vec::<String>::new());
    }
}

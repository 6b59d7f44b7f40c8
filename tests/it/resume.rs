//! An initial load of more than a page: committed page by page, cut, and gone on with.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Database, Sandbox};

/// Kills a load while it waits for the page with this number; those before it are committed.
fn cut_before(sandbox: &Sandbox, database: &Database, page: usize) {
    let asked = sandbox.requests().len();
    sandbox.faults(&json!({ "fault": "stall", "skip": page - 1, "times": "always" }));
    drop(sandbox.etl(database, "migrate").run().exits(0));
    let running = sandbox.etl(database, "run --page-size 50").spawn();
    sandbox.wait_for_requests(asked + page);
    let committed = (50 * (page - 1)).to_string();
    let give_up = Instant::now() + Duration::from_secs(20);
    while database.value("SELECT COALESCE(max(launches_fetched), 0) FROM pipeline_runs")
        != committed
    {
        assert!(Instant::now() < give_up, "page {} was never committed", page - 1);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(running.kill().signal, Some(9));
    sandbox.no_more_faults();
    database.wait_until_left();
}

on_both! {
    fn a_cut_load_goes_on_under_its_own_id_and_ends_as_if_nothing_had_happened(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.edit(&sandbox.flown()[5], &json!({ "name": null }));
        let whole = Database::sqlite();
        sandbox.run(&whole, "--page-size 50");
        for page in 2..=5 {
            let database = database.another();
            cut_before(&sandbox, &database, page);
            let cut = database.value("SELECT pipeline_run_id FROM pipeline_runs");
            let status = sandbox.etl(&database, "status --format json").run().exits(0).json();
            assert_eq!(status["source"]["load_under_way"], cut.as_str(), "page {page}");
            assert_eq!(database.value("SELECT count(*) FROM launch_aggregations"), "0");
            let before = sandbox.requests().len();
            let answer = sandbox.run(&database, "--page-size 50");
            assert_eq!(sandbox.requests().len() - before, 6 - page, "page {page}");
            assert_eq!(answer["pipeline_run_id"], cut.as_str());
            assert_eq!(answer["launches_fetched"], 205);
            assert_eq!(answer["launches_quarantined"], 1);
            // Those before the cut, too; the one that was under way may have been counted already.
            let calls = answer["api_calls_made"].as_u64().unwrap();
            assert!((5..=6).contains(&calls), "{calls} calls");
            assert_eq!(database.truth(), whole.truth(), "page {page}");
            assert_eq!(database.snapshots(), whole.snapshots(), "page {page}");
            let runs = "SELECT pipeline_run_id || ' ' || status FROM pipeline_runs";
            assert_eq!(database.rows(runs), [format!("{cut} success")]);
        }
    }

    fn a_load_that_goes_on_began_where_it_began_the_first_time(database: Database) {
        let sandbox = Sandbox::start();
        for killed in [true, false] {
            let database = database.another();
            if killed {
                cut_before(&sandbox, &database, 3);
            } else {
                sandbox.faults(&json!({ "fault": "status", "status": 404, "skip": 2, "times": "always" }));
                sandbox.run_to(&database, "--page-size 50", 3);
                sandbox.no_more_faults();
            }
            assert_eq!(sandbox.run(&database, "--page-size 50")["watermark_before"], json!(null));
            sandbox.etl(&database, "verify --all").run().exits(0);
        }
    }

    fn what_vanished_while_a_load_was_cut_is_found_by_the_reconcile_that_is_due(database: Database) {
        let sandbox = Sandbox::start();
        cut_before(&sandbox, &database, 3);
        let loaded = database.value("SELECT min(launch_id) FROM raw_launches");
        sandbox.delete(&loaded);
        assert_eq!(sandbox.run(&database, "--page-size 50")["kind"], "initial");
        assert!(database.tombstones().is_empty());
        assert_eq!(sandbox.run(&database, "")["kind"], "reconcile");
        assert_eq!(database.tombstones(), [loaded]);
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
    }

    fn a_load_that_was_cut_long_ago_starts_over_and_keeps_its_rows(database: Database) {
        let sandbox = Sandbox::start();
        cut_before(&sandbox, &database, 3);
        let cut = database.value("SELECT pipeline_run_id FROM pipeline_runs");
        let renamed = database.value("SELECT min(launch_id) FROM raw_launches");
        sandbox.edit(&renamed, &json!({ "name": "Renamed meanwhile" }));
        database.execute("UPDATE ingestion_state SET last_checked_at = '2020-01-01T00:00:00.000000Z'").unwrap();
        let answer = sandbox.run(&database, "--page-size 50");
        assert_eq!(answer["kind"], "initial");
        assert_ne!(answer["pipeline_run_id"], cut.as_str());
        assert_eq!(answer["launches_fetched"], 205);
        assert_eq!(answer["launches_inserted"], 105);
        assert_eq!(answer["launches_updated"], 1);
        assert_eq!(answer["aggregations"]["total_launches"], 205);
        let status = format!("SELECT status FROM pipeline_runs WHERE pipeline_run_id = '{cut}'");
        assert_eq!(database.value(&status), "crashed");
        assert_eq!(database.value("SELECT launches_added_in_batch FROM launch_aggregations"), "205");
        database.assert_gapless();
    }

    fn a_load_that_failed_half_way_keeps_its_counts_and_goes_on(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.faults(&json!({ "fault": "status", "status": 404, "skip": 2, "times": "always" }));
        let failed = sandbox.run_to(&database, "--page-size 50", 3);
        assert_eq!(failed["error"]["kind"], "api_status");
        assert_eq!(failed["launches_fetched"], 100, "what is committed is told");
        sandbox.no_more_faults();
        let answer = sandbox.run(&database, "--page-size 50");
        assert_eq!(answer["pipeline_run_id"], failed["pipeline_run_id"]);
        assert_eq!(answer["launches_inserted"], 205);
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "205");
    }

    fn a_dry_run_of_many_pages_commits_none_of_them(database: Database) {
        let sandbox = Sandbox::start();
        let answer = sandbox.run(&database, "--page-size 50 --dry-run");
        assert_eq!(answer["launches_inserted"], 205);
        assert_eq!(answer["aggregations"]["total_launches"], 205);
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "0");
        assert_eq!(database.value("SELECT count(*) FROM ingestion_state"), "0");
    }
}

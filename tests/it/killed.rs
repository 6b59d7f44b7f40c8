//! `kill -9` in the middle of a run, then run again: as if nothing had happened. Signals, too.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::etl::Running;
use crate::support::{Database, Sandbox};

/// A run that is held at the request with this number, counted from now.
fn held_at(sandbox: &Sandbox, database: &Database, words: &str, request: usize) -> Running {
    let asked = sandbox.requests().len();
    sandbox.faults(&json!({ "fault": "stall", "skip": request - 1, "times": "always" }));
    let running = sandbox.etl(database, &format!("run --migrate {words}")).spawn();
    sandbox.wait_for_requests(asked + request);
    running
}

/// Kills a run at that request; then nothing stands in the way any more.
fn kill_at(sandbox: &Sandbox, database: &Database, words: &str, request: usize) {
    let running = held_at(sandbox, database, words, request);
    assert_eq!(running.kill().signal, Some(9), "{words} ended before request {request}");
    sandbox.no_more_faults();
    database.wait_until_left();
}

fn last_run(database: &Database) -> String {
    database.value("SELECT pipeline_run_id FROM pipeline_runs ORDER BY id DESC LIMIT 1")
}

/// Runs until there is nothing more to do, as a timer would; the first answer.
fn runs_again(sandbox: &Sandbox, database: &Database, words: &str) -> Value {
    let killed = last_run(database);
    let first = sandbox.run(database, words);
    let status = format!("SELECT status FROM pipeline_runs WHERE pipeline_run_id = '{killed}'");
    assert_eq!(database.value(&status), "crashed");
    let warning = first["warnings"][0].as_str().unwrap_or_default();
    assert!(warning.contains(&killed) && warning.contains("killed"), "{first}");
    for _ in 0..3 {
        if sandbox.run(database, "")["early_exit"] == true {
            return first;
        }
    }
    panic!("there is always something more to do");
}

/// Something of everything happens at the source.
fn live(sandbox: &Sandbox) {
    sandbox.advance("12d");
    let flown = sandbox.flown();
    sandbox.edit(&flown[0], &json!({ "name": "Renamed" }));
    sandbox.edit(&flown[1], &json!({ "date_precision": "eon" }));
    sandbox.edit(&flown[90], &json!({ "name": "Renamed long ago" }));
    sandbox.delete(&flown[70]);
    sandbox.add(&json!({ "flown": true }));
}

/// What must be the same: truth, but for how many versions led there.
fn held(database: &Database) -> Vec<String> {
    [
        database.current(),
        database.tombstones(),
        database.open_quarantine(),
        vec![database.latest_figures()],
    ]
    .concat()
}

on_both! {
    fn an_initial_load_that_was_killed_at_any_page_is_made_again(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.edit(&sandbox.flown()[5], &json!({ "name": null }));
        let whole = Database::sqlite();
        sandbox.run(&whole, "");
        for request in 1..=5 {
            let database = database.another();
            kill_at(&sandbox, &database, "--page-size 50", request);
            assert_eq!(database.value("SELECT count(*) FROM launch_aggregations"), "0");
            let answer = sandbox.run(&database, "--page-size 50");
            assert_eq!(answer["kind"], "initial");
            let warning = answer["warnings"][0].as_str().unwrap_or_default();
            assert!(warning.contains("killed") || warning.contains("was cut"), "{answer}");
            assert_eq!(held(&database), held(&whole), "request {request}");
            assert_eq!(database.snapshots().len(), 1);
        }
    }

    fn an_ordinary_run_that_was_killed_at_any_call_is_made_again(database: Database) {
        for request in 1..=4 {
            let sandbox = Sandbox::start();
            let (database, whole) = (database.another(), Database::sqlite());
            sandbox.run(&database, "");
            sandbox.run(&whole, "");
            live(&sandbox);
            let before = database.all_but(&["pipeline_runs"]);
            kill_at(&sandbox, &database, "--lookback 90d --page-size 6", request);
            assert_eq!(database.all_but(&["pipeline_runs"]), before, "request {request}");
            runs_again(&sandbox, &database, "--lookback 90d");
            sandbox.run(&whole, "--lookback 90d");
            for database in [&database, &whole] {
                sandbox.run(database, "--reconcile");
                database.assert_gapless();
            }
            assert_eq!(held(&database), held(&whole), "request {request}");
        }
    }

    fn a_reconcile_that_was_killed_at_any_call_is_made_again(database: Database) {
        // Three pages, then the missing ones once more.
        for request in 1..=4 {
            let sandbox = Sandbox::start();
            let (database, whole) = (database.another(), Database::sqlite());
            sandbox.run(&database, "");
            sandbox.run(&whole, "");
            live(&sandbox);
            let before = database.all_but(&["pipeline_runs"]);
            kill_at(&sandbox, &database, "--reconcile --page-size 80", request);
            assert_eq!(database.all_but(&["pipeline_runs"]), before, "request {request}");
            runs_again(&sandbox, &database, "--reconcile");
            sandbox.run(&whole, "--reconcile");
            assert_eq!(held(&database), held(&whole), "request {request}");
            assert_eq!(database.tombstones().len(), 1);
            database.assert_gapless();
        }
    }

    fn a_run_that_was_killed_at_any_moment_leaves_all_or_nothing(database: Database) {
        let sandbox = Sandbox::of(600);
        let whole = Database::sqlite();
        sandbox.run(&database, "");
        sandbox.run(&whole, "");
        let mut killed = 0;
        for moment in 0..8 {
            for id in sandbox.flown().iter().skip(moment).step_by(10) {
                sandbox.edit(id, &json!({ "name": format!("Renamed at moment {moment}") }));
            }
            let running = sandbox.etl(&database, "run --reconcile").spawn();
            std::thread::sleep(Duration::from_millis(40 * u64::try_from(moment).unwrap()));
            killed += u32::from(running.kill().signal == Some(9));
            let renamed = format!(
                "SELECT count(*) FROM raw_launches
                 WHERE mission_name = 'Renamed at moment {moment}'"
            );
            let renamed: u32 = database.value(&renamed).parse().unwrap();
            assert!(renamed == 0 || renamed > 40, "{renamed} at moment {moment}");
            database.wait_until_left();
            sandbox.run(&database, "--reconcile");
            sandbox.run(&whole, "--reconcile");
            assert_eq!(held(&database), held(&whole), "moment {moment}");
        }
        assert!(killed > 0, "none was killed");
        assert_eq!(
            database.value("SELECT count(*) FROM pipeline_runs WHERE status = 'running'"),
            "0"
        );
        database.assert_gapless();
    }

    fn a_signal_ends_a_run_at_once_and_in_order(database: Database) {
        for (signal, code) in [("TERM", 143), ("INT", 130)] {
            let sandbox = Sandbox::start();
            let database = database.another();
            let running = held_at(&sandbox, &database, "--format json --page-size 50", 3);
            let began = Instant::now();
            running.signal(signal);
            let output = running.wait().exits(code);
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            let answer = output.json();
            assert_eq!(
                (&answer["status"], &answer["error"]["kind"]),
                (&json!("failed"), &json!("interrupted"))
            );
            assert_eq!(database.value("SELECT status FROM pipeline_runs"), "interrupted");
            // Whole pages, and the run goes on behind them.
            let loaded: u32 = database.value("SELECT count(*) FROM raw_launches").parse().unwrap();
            assert!(loaded.is_multiple_of(50) && loaded <= 100, "{loaded}");
            sandbox.no_more_faults();
            let goes_on = sandbox.run(&database, "");
            assert_eq!(goes_on["kind"], "initial");
            assert_eq!(goes_on["pipeline_run_id"] == answer["pipeline_run_id"], loaded > 0);
            assert_eq!(goes_on["launches_inserted"], 205);
        }
    }

    fn a_signal_is_heard_between_two_tries_too(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.faults(&json!({ "fault": "status", "status": 500, "times": "always" }));
        let running = sandbox.etl(&database, "run --migrate").spawn();
        sandbox.wait_for_requests(1);
        let began = Instant::now();
        running.signal("TERM");
        running.wait().exits(143);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        assert_eq!(database.value("SELECT status FROM pipeline_runs"), "interrupted");
    }
}

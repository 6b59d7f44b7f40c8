//! Behind a pooler that hands out transactions: no session stays with us from one to the next.

use serde_json::json;

use crate::support::pooler::Pooler;
use crate::support::{Database, Etl, Sandbox};

/// The test server with a pooler in front, if both are here.
fn pooled() -> Option<(Database, Pooler)> {
    let database = Database::postgres()?;
    let pooler = Pooler::start(&database)?;
    Some((database, pooler))
}

/// A call that reaches the database through the pooler alone.
fn etl(pooler: &Pooler, words: &str) -> Etl {
    Etl::new().args(words).env("DATABASE_URL", pooler.url())
}

fn run(sandbox: &Sandbox, pooler: &Pooler, words: &str) -> Etl {
    etl(pooler, &format!("run --format json {words}")).env("SPACEX_API_URL", sandbox.url())
}

#[test]
fn every_command_works_as_without_one() {
    let Some((database, pooler)) = pooled() else { return };
    let sandbox = Sandbox::start();
    etl(&pooler, "migrate").run().succeeds();
    assert_eq!(
        run(&sandbox, &pooler, "--page-size 50").run().succeeds().json()["launches_inserted"],
        205
    );
    assert_eq!(run(&sandbox, &pooler, "").run().succeeds().json()["early_exit"], true);
    let flown = sandbox.flown();
    sandbox.edit(&flown[0], &json!({ "name": "Renamed" }));
    sandbox.edit(&flown[1], &json!({ "name": null }));
    sandbox.delete(&flown[90]);
    let answer = run(&sandbox, &pooler, "--reconcile").run().succeeds().json();
    assert_eq!((&answer["launches_updated"], &answer["launches_deleted"]), (&json!(1), &json!(1)));
    for words in [
        "verify --all",
        "status",
        "trends",
        "changes",
        "query",
        "query launches_by_year",
        "query launches_by_year --as-of 2100-01-01",
        "quarantine list",
        "quarantine replay",
        "export raw_launches",
        "snapshot",
        "run --recompute --sandbox",
        "migrate status",
        "migrate verify",
        "migrate dump",
        "migrate revert --to 0 --yes",
        "migrate",
    ] {
        let output = etl(&pooler, words).env("SPACEX_API_URL", sandbox.url()).run();
        assert!(output.code == Some(0), "{words}\n{}", output.everything());
    }
    assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "0");
}

#[test]
fn one_run_at_a_time_and_a_killed_one_leaves_no_lock() {
    let Some((database, pooler)) = pooled() else { return };
    let sandbox = Sandbox::start();
    run(&sandbox, &pooler, "--migrate").run().succeeds();
    let asked = sandbox.requests().len();
    sandbox.faults(&json!({ "fault": "stall", "times": "always" }));
    let first = run(&sandbox, &pooler, "").spawn();
    sandbox.wait_for_requests(asked + 1);
    let holder = format!("process {}", first.pid());
    run(&sandbox, &pooler, "").run().exits(75).says(&holder);
    etl(&pooler, "migrate --lock-timeout 0s").run().exits(75).says("was not free");
    assert_eq!(first.kill().signal, Some(9));
    let locks = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND d.datname = current_database()";
    database.wait_until(locks, "0");
    sandbox.no_more_faults();
    let answer = run(&sandbox, &pooler, "").run().succeeds().json();
    assert_eq!(answer["early_exit"], true);
    etl(&pooler, "verify").run().succeeds();
}

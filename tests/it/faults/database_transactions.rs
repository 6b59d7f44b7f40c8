//! A transaction that others stand in the way of, that the server breaks off, or whose end is not heard.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use super::database::with_setting;
use super::{Ends, On, Row, Scene, Start, Then, try_rows};
use crate::support::etl::Running;
use crate::support::{Deed, Etl, Moment, Output, PostgresProxy, Session};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "64a",
        name: "a stranger holds a table",
        how: "LOCK TABLE raw_launches in a session that stays",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(75, "database_locked"),
        says: &["lock timeout", "held by user", "(a stranger, backend", "for 1"],
        then: Then::Converges,
        meet: |scene| meanwhile(scene, "BEGIN; LOCK TABLE raw_launches"),
    },
    Row {
        number: "64b",
        name: "a stranger holds the file",
        how: "BEGIN IMMEDIATE in a session that stays",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: Ends::Failing(75, "database_locked"),
        says: &["database is locked", "held by process", "try again"],
        then: Then::NothingWritten,
        meet: |scene| meanwhile(scene, "BEGIN IMMEDIATE"),
    },
    Row {
        number: "65",
        name: "a statement that takes too long",
        how: "statement_timeout, and a trigger that sleeps",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(3, "database_failed"),
        says: &["writing ingestion_state", "statement timeout"],
        then: Then::Converges,
        meet: |scene| {
            with_trigger(scene, "PERFORM pg_sleep(6);", |_| {
                with_setting(scene, "statement_timeout = '2s'")
            })
        },
    },
    Row {
        number: "66a",
        name: "a deadlock with a stranger",
        how: "a second session takes two rows in the opposite order",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &["deadlock detected", "done again"],
        then: Then::Converges,
        meet: meet_in_a_deadlock,
    },
    Row {
        number: "66b",
        name: "serialization failures that end",
        how: "a trigger that raises 40001 three times",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &["could not serialize access", "done again"],
        then: Then::Converges,
        meet: |scene| {
            let body = raising("40001", "could not serialize access", 3);
            with_trigger(scene, &body, Etl::run)
        },
    },
    Row {
        number: "66c",
        name: "deadlocks without an end",
        how: "a trigger that always raises 40P01",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(75, "database_contended"),
        says: &["writing ingestion_state", "deadlock detected", "try again"],
        then: Then::Converges,
        meet: |scene| with_trigger(scene, &raising("40P01", "deadlock detected", 99), Etl::run),
    },
    Row {
        number: "67a",
        name: "the sessions of a run are ended in its transaction",
        how: "pg_terminate_backend on both, while the source is slow",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Well,
        // Which words depends on when the end of the session is noticed.
        says: &["done again"],
        then: Then::Converges,
        meet: |scene| {
            let run = slow_run(scene, 1_500);
            end_sessions(scene);
            run.wait()
        },
    },
    Row {
        number: "67b",
        name: "every session of a run is ended, again and again",
        how: "pg_terminate_backend, every few milliseconds",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(75, "database_unavailable"),
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            let mut run = slow_run(scene, 500);
            while !run.has_ended() {
                end_sessions(scene);
                sleep(Duration::from_millis(5));
            }
            run.wait()
        },
    },
    Row {
        number: "67c",
        name: "a connection is lost at a page of a load",
        how: "the proxy drops it at the COMMIT of the second page",
        on: On::Postgres,
        start: Start::Empty,
        ends: Ends::Well,
        says: &["committing", "done again"],
        then: Then::Converges,
        meet: |scene| load_by_pages(scene, Moment::Commit(4)),
    },
    Row {
        number: "68a",
        name: "lost before the COMMIT",
        how: "the proxy drops the connection instead of handing the last COMMIT on",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &["committing", "done again"],
        then: Then::Converges,
        meet: |scene| break_off(scene, Moment::Commit(3)),
    },
    Row {
        number: "68b",
        name: "lost after the COMMIT",
        how: "the proxy drops the connection when the last COMMIT is done",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &["committing", "it was committed all the same"],
        then: Then::Converges,
        meet: |scene| break_off(scene, Moment::Committed(3)),
    },
    Row {
        number: "68c",
        name: "lost after the COMMIT of a page",
        how: "the proxy drops the connection when the second page of a load is committed",
        on: On::Postgres,
        start: Start::Empty,
        ends: Ends::Well,
        says: &["committing", "done again"],
        then: Then::Converges,
        meet: |scene| load_by_pages(scene, Moment::Committed(4)),
    },
    Row {
        number: "68d",
        name: "lost after the COMMIT of the last page",
        how: "the proxy drops the connection when the third page of a load is committed",
        on: On::Postgres,
        start: Start::Empty,
        ends: Ends::Well,
        says: &["committing", "it was committed all the same"],
        then: Then::Converges,
        meet: |scene| load_by_pages(scene, Moment::Committed(5)),
    },
    Row {
        number: "70",
        name: "a transaction that idles for too long",
        how: "idle_in_transaction_session_timeout, and etl stopped and continued",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            let name = scene.database.value("SELECT current_database()");
            let alter =
                |what: &str| scene.database.execute(&format!("ALTER DATABASE {name} {what}"));
            alter("SET idle_in_transaction_session_timeout = '500ms'").unwrap();
            let run = slow_run(scene, 100);
            run.signal("STOP");
            sleep(Duration::from_secs(2));
            run.signal("CONT");
            let output = run.wait();
            alter("RESET ALL").unwrap();
            output
        },
    },
];

/// A run while a stranger has done this and has not ended it.
fn meanwhile(scene: &Scene<'_>, script: &str) -> Output {
    let mut stranger = Session::open(&scene.database);
    stranger.script(script).unwrap();
    scene.etl("run --reconcile").run()
}

/// A reconcile that is in its transaction, and waits for a source that takes its time.
pub(super) fn slow_run(scene: &Scene<'_>, ms: u32) -> Running {
    let source = scene.source();
    let slow = json!({ "fault": "latency", "ms": ms, "path": "/v4/launches/query" });
    source.faults(&slow);
    let run = scene.etl("run --reconcile").spawn();
    source.wait_for_requests(1);
    run
}

/// Ends every session of the program on this database, its lock's too.
pub(super) fn end_sessions(scene: &Scene<'_>) {
    scene.database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'etl%'",
    );
}

/// A reconcile while a trigger does this before the state is written.
pub(super) fn with_trigger(
    scene: &Scene<'_>,
    body: &str,
    call: impl FnOnce(Etl) -> Output,
) -> Output {
    let made = format!(
        "CREATE SEQUENCE strikes;
         CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN {body} RETURN NEW; END $$;
         CREATE TRIGGER strike BEFORE UPDATE ON ingestion_state
             FOR EACH ROW EXECUTE FUNCTION strike();"
    );
    scene.database.script(&made).unwrap();
    let output = call(scene.etl("run --reconcile"));
    scene.database.wait_until_left();
    let gone =
        "DROP TRIGGER strike ON ingestion_state; DROP FUNCTION strike(); DROP SEQUENCE strikes;";
    scene.database.script(gone).unwrap();
    output
}

/// What a server says to a transaction that must be done again, so many times. A sequence counts on when it is
/// rolled back.
pub(super) fn raising(code: &str, message: &str, times: u32) -> String {
    format!(
        "IF nextval('strikes') <= {times} THEN
             RAISE EXCEPTION '{message}' USING ERRCODE = '{code}';
         END IF;"
    )
}

/// The stranger holds the state and then wants the run's row, which the run holds while it wants the state. The
/// stranger would wait for ever: so it is the run that finds out and gives way.
fn meet_in_a_deadlock(scene: &Scene<'_>) -> Output {
    let mut stranger = Session::open(&scene.database);
    let state = "UPDATE ingestion_state SET reconcile_due = reconcile_due";
    stranger.script(&format!("SET deadlock_timeout = '1min'; BEGIN; {state}")).unwrap();
    let run = scene.etl("run --reconcile").spawn();
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE NOT l.granted AND a.datname = current_database()";
    let deadline = Instant::now() + Duration::from_mins(1);
    while scene.database.value(waiting) == "0" {
        assert!(Instant::now() < deadline, "the run does not wait");
    }
    let row = "UPDATE pipeline_runs SET host = host WHERE status = 'running'; ROLLBACK";
    stranger.script(row).unwrap();
    run.wait()
}

fn break_off(scene: &Scene<'_>, moment: Moment) -> Output {
    through_proxy(scene, "run --reconcile", moment)
}

fn load_by_pages(scene: &Scene<'_>, moment: Moment) -> Output {
    scene.etl("migrate").run().succeeds();
    through_proxy(scene, "run --page-size 25", moment)
}

fn through_proxy(scene: &Scene<'_>, words: &str, moment: Moment) -> Output {
    let proxy = PostgresProxy::start(&scene.database);
    proxy.at(moment, Deed::Drop);
    let output = scene.etl(words).env("DATABASE_URL", proxy.url()).run();
    assert!(proxy.has_reached(), "{moment:?} never came: {:?}", proxy.messages());
    output
}

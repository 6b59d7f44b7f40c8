//! Signals, stopped and killed runs, and whoever comes after them.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::database_transactions::{end_sessions, raising, slow_run, with_trigger};
use super::{Ends, On, Row, Scene, Start, Then, try_rows};
use crate::support::etl::Running;
use crate::support::{Database, Deed, Moment, Output, PostgresProxy};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "81a",
        name: "SIGHUP while the source is asked",
        how: "the signal while an answer takes its time",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Failing(129, "interrupted"),
        says: &["interrupted by signal 1"],
        then: Then::Converges,
        meet: |scene| signalled(scene, "HUP"),
    },
    Row {
        number: "81b",
        name: "SIGINT while the source is asked",
        how: "the signal while an answer takes its time",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Failing(130, "interrupted"),
        says: &["interrupted by signal 2"],
        then: Then::Converges,
        meet: |scene| signalled(scene, "INT"),
    },
    Row {
        number: "81c",
        name: "SIGTERM before a transaction is done again",
        how: "the signal in the pause after a serialization failure",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(143, "interrupted"),
        says: &["interrupted by signal 15"],
        then: Then::Converges,
        meet: |scene| {
            let body = raising("40001", "could not serialize access", 99);
            with_trigger(scene, &body, |run| {
                let mut run = run.spawn();
                run.wait_for_stderr("done again");
                run.signal("TERM");
                run.wait()
            })
        },
    },
    Row {
        number: "82",
        name: "a second signal",
        how: "SIGTERM twice while the server does not answer",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Silent(143),
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            let proxy = PostgresProxy::start(&scene.database);
            proxy.at(Moment::Commit(3), Deed::Hold);
            let mut run = scene.etl("run --reconcile").env("DATABASE_URL", proxy.url()).spawn();
            assert!(proxy.reaches(&mut run));
            run.signal("TERM");
            sleep(Duration::from_millis(100));
            let began = Instant::now();
            run.signal("TERM");
            let output = run.wait();
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            output
        },
    },
    Row {
        number: "83",
        name: "stopped for a while and continued",
        how: "SIGSTOP in the transaction, 3 s, SIGCONT",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            let run = slow_run(scene, 200);
            run.signal("STOP");
            sleep(Duration::from_secs(3));
            run.signal("CONT");
            run.wait()
        },
    },
    Row {
        number: "88a",
        name: "a stopped run loses its sessions, another one goes on, it wakes up",
        how: "SIGSTOP, pg_terminate_backend, a whole run of another, SIGCONT",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(75, "run_taken_over"),
        says: &["was given up for dead", "the latest is run reconcile_"],
        then: Then::Converges,
        meet: |scene| {
            overtaken(scene, slow_run(scene, 200), || {
                end_sessions(scene);
                scene.database.wait_until_left();
            })
        },
    },
    Row {
        number: "88b",
        name: "a stopped load loses its sessions, another one goes on with it, it wakes up",
        how: "the same between two pages of a load",
        on: On::Postgres,
        start: Start::Empty,
        ends: Ends::Failing(75, "run_taken_over"),
        says: &["was given up for dead"],
        then: Then::Converges,
        meet: |scene| {
            scene.etl("migrate").run().succeeds();
            let run = load_between_pages(scene);
            overtaken(scene, run, || {
                end_sessions(scene);
                scene.database.wait_until_left();
            })
        },
    },
    Row {
        number: "88c",
        name: "a stopped load loses its lock file, another one goes on with it, it wakes up",
        how: "SIGSTOP between two pages, rm of the lock, a whole run of another, SIGCONT",
        on: On::Sqlite,
        start: Start::Empty,
        ends: Ends::Failing(75, "run_taken_over"),
        says: &["was given up for dead"],
        then: Then::Converges,
        meet: |scene| {
            let run = load_between_pages(scene);
            overtaken(scene, run, || {
                let lock = format!("{}.lock", scene.database.sqlite_path());
                std::fs::remove_file(lock).unwrap();
            })
        },
    },
    Row {
        number: "89",
        name: "killed in the middle of a long statement",
        how: "SIGKILL while a trigger sleeps; the lock is free within 2 s",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Silent(137),
        says: &[],
        then: Then::Converges,
        meet: killed_in_a_long_statement,
    },
];

/// A reconcile that gets this signal while it waits for the source.
fn signalled(scene: &Scene<'_>, signal: &str) -> Output {
    let run = slow_run(scene, 1_000);
    let began = Instant::now();
    run.signal(signal);
    let output = run.wait();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    output
}

/// A load with its first page committed, which waits for the second.
fn load_between_pages(scene: &Scene<'_>) -> Running {
    let source = scene.source();
    let slow = serde_json::json!({ "fault": "latency", "ms": 2_000, "path": "/v4/launches/query", "skip": 1 });
    source.faults(&slow);
    let run = scene.etl("run --page-size 25").spawn();
    source.wait_for_requests(2);
    let deadline = Instant::now() + Duration::from_mins(1);
    while !scene.has_tables() || scene.database.value("SELECT count(*) FROM ingestion_state") == "0"
    {
        assert!(Instant::now() < deadline, "the first page is not committed");
        sleep(Duration::from_millis(5));
    }
    // So that the transaction of that page has let go of the file, too.
    sleep(Duration::from_millis(200));
    run
}

/// Stops a run, takes away what keeps others out, lets another run do everything, and wakes it up.
fn overtaken(scene: &Scene<'_>, run: Running, unlock: impl FnOnce()) -> Output {
    run.signal("STOP");
    unlock();
    scene.source().no_more_faults();
    scene.etl("run --reconcile").run().succeeds();
    let before = scene.database.all_but(&[]);
    run.signal("CONT");
    let output = run.wait();
    assert_eq!(scene.database.all_but(&[]), before, "what woke up wrote something");
    output
}

fn killed_in_a_long_statement(scene: &Scene<'_>) -> Output {
    with_trigger(scene, "PERFORM pg_sleep(60);", |run| {
        let mut run = run.spawn();
        let asleep = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event = 'PgSleep'";
        wait_for(&scene.database, asleep, "1", Duration::from_mins(1), &mut run);
        let output = run.kill();
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database())";
        let deadline = Instant::now() + Duration::from_secs(2);
        while scene.database.value(locks) != "0" {
            assert!(Instant::now() < deadline, "the lock of a killed run stays");
            sleep(Duration::from_millis(10));
        }
        output
    })
}

fn wait_for(database: &Database, sql: &str, value: &str, patience: Duration, run: &mut Running) {
    let deadline = Instant::now() + patience;
    while database.value(sql) != value {
        assert!(!run.has_ended(), "the run has ended");
        assert!(Instant::now() < deadline, "{sql} is never {value}");
        sleep(Duration::from_millis(5));
    }
}

//! `etl migrate` beside others: one at a time, waiting for its turn, and gone without a trace when it is killed.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::migrate::{empty, etl, made, names};
use crate::support::{Answer, Database, Etl, FaultServer, Output, variable};

/// So many times, or in the long form of the tests (`ETL_TEST_LONG=1`) so many.
fn times(usually: u32, long: u32) -> u32 {
    if variable("ETL_TEST_LONG").is_some() { long } else { usually }
}

/// Another database of the same kind.
fn another(like: &Database) -> Database {
    if like.is_postgres() { Database::postgres().unwrap() } else { Database::sqlite() }
}

/// On PostgreSQL, until the server has noticed that every client is gone.
fn wait_for_the_end_of_all_sessions(database: &Database) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let others = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while database.is_postgres() && database.value(others) != "0" {
        assert!(Instant::now() < deadline, "a session does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A run that has the lock and waits for a source that never answers.
fn held_by_a_run(database: &Database, source: &FaultServer) -> crate::support::etl::Running {
    let run = Etl::new()
        .args("run --migrate --api-timeout 60")
        .env("SPACEX_API_URL", source.url())
        .database(database)
        .spawn();
    let deadline = Instant::now() + Duration::from_mins(1);
    while source.requests().is_empty() {
        assert!(Instant::now() < deadline, "the run asked for nothing");
        std::thread::sleep(Duration::from_millis(10));
    }
    run
}

on_both! {
    fn ten_at_once_all_succeed_and_one_of_them_does_it(database: Database) {
        for round in 0..times(5, 100) {
            let database = another(&database);
            let start = |_| Etl::new().args("migrate").database(&database).spawn();
            let running: Vec<_> = (0..10).map(start).collect();
            let ended: Vec<Output> = running.into_iter().map(|one| one.wait().succeeds()).collect();
            let applied = ended.iter().filter(|output| output.stdout.contains("applied 2")).count();
            let waited = ended.iter().filter(|output| output.stdout.starts_with("nothing to migrate")).count();
            assert_eq!((applied, waited), (1, 9), "round {round}");
            let ledger = database.value("SELECT count(*) FROM __diesel_schema_migrations");
            assert_eq!(ledger, names().len().to_string());
        }
    }

    fn who_waits_says_for_whom_and_gives_up_in_time(database: Database) {
        let source = FaultServer::start(vec![Answer::Stall { after: vec![] }]);
        let run = held_by_a_run(&database, &source);
        let began = Instant::now();
        let refused = etl(&database, "migrate --lock-timeout 1s").exits(75);
        assert!(began.elapsed() >= Duration::from_secs(1));
        let holder = if database.is_postgres() {
            "user etl_test at 127.0.0.1 (etl/".to_owned()
        } else {
            format!("process {} on host ", run.pid())
        };
        let refused = refused.says("waiting for the lock of ").says(&holder).says(", for ").says("--lock-timeout");
        assert!(refused.stdout.is_empty());
        assert_eq!(etl(&database, "migrate --lock-timeout 0s --format json").exits(75).json()["error"]["kind"], "database_locked");
        // A killed holder leaves no lock.
        run.kill();
        wait_for_the_end_of_all_sessions(&database);
        etl(&database, "migrate --lock-timeout 0s").succeeds();
    }

    fn who_waits_goes_on_when_the_lock_is_free(database: Database) {
        let source = FaultServer::start(vec![Answer::Stall { after: vec![] }]);
        let run = held_by_a_run(&database, &source);
        let mut migrator = Etl::new().args("migrate").database(&database).spawn();
        migrator.wait_for_stderr("waiting for the lock of ");
        run.kill();
        migrator.wait().succeeds();
    }

    fn a_waiting_migrator_can_be_interrupted(database: Database) {
        let source = FaultServer::start(vec![Answer::Stall { after: vec![] }]);
        let _run = held_by_a_run(&database, &source);
        let mut migrator = Etl::new().args("migrate").database(&database).spawn();
        migrator.wait_for_stderr("waiting for the lock of ");
        migrator.signal("TERM");
        migrator.wait().exits(143);
    }

    fn a_killed_migrator_leaves_all_or_nothing(database: Database) {
        empty(&database);
        let before = made(&database);
        let began = Instant::now();
        let whole = another(&database);
        etl(&whole, "migrate").succeeds();
        let usual = began.elapsed();
        let after = made(&whole);
        for round in 0..times(10, 50) {
            let database = another(&database);
            empty(&database);
            let migrator = Etl::new().args("migrate").database(&database).spawn();
            std::thread::sleep(usual.mul_f64(fastrand::f64() * 1.2));
            migrator.kill_if_running();
            wait_for_the_end_of_all_sessions(&database);
            let left = made(&database);
            assert!(left == before || left == after, "round {round}: in between: {left:?}");
            let applied = if left == before { "applied 2" } else { "nothing to migrate" };
            let next = etl(&database, "migrate --lock-timeout 10s").succeeds();
            assert!(next.stdout.starts_with(applied), "{}", next.everything());
            assert_eq!(made(&database), after);
        }
    }
}

#[test]
fn a_stranger_who_writes_to_the_file_is_waited_for() {
    let database = Database::sqlite();
    let mut stranger = SqliteConnection::establish(&database.sqlite_path()).unwrap();
    stranger.batch_execute("CREATE TABLE a (b int); DROP TABLE a; BEGIN IMMEDIATE").unwrap();
    etl(&database, "migrate --lock-timeout 1s").exits(75).says("another program that is writing");
    let mut migrator = Etl::new().args("migrate").database(&database).spawn();
    migrator.wait_for_stderr("another program that is writing");
    stranger.batch_execute("ROLLBACK").unwrap();
    migrator.wait().succeeds();
}

//! What a system call can do to a run besides killing it: fail, once or from there on, or be the moment at which a
//! signal comes. At such calls in turn: the run says what it did, and the next one makes the database whole.
//!
//! One call in eight is taken, and one message to PostgreSQL in thirty; `ETL_TEST_EVERY=1` takes them all.

use std::fs;
use std::time::{Duration, Instant};

use super::job::Job;
use super::{Point, at_each};
use crate::support::{
    Database, Deed, Moment, Output, PostgresProxy, folder, not_at_hand, say, variable,
};

/// Writes to the file, its log and its index.
const WRITES: &str = "pwrite64";
/// The calls around every step of a run: it asks and hears the source, writes to the file.
const STEPS: &str = "recvfrom,sendto,pwrite64,fdatasync,fsync";

#[test]
fn a_disk_that_is_full_from_any_write_on_loses_nothing() {
    at_every(&Database::sqlite(), WRITES, "error=ENOSPC", "+", fails_in_words);
}

#[test]
fn a_disk_that_fails_at_any_write_or_flush_loses_nothing() {
    at_every(&Database::sqlite(), WRITES, "error=EIO", "", fails_in_words);
    at_every(&Database::sqlite(), "fdatasync,fsync", "error=EIO", "", fails_in_words);
}

#[test]
fn a_signal_at_any_step_ends_a_run_with_the_truth() {
    at_every(&Database::sqlite(), STEPS, "signal=TERM", "", ends_with_the_truth);
}

/// At messages, since a run here makes many kinds of calls, of which a second signal could come from each.
#[test]
fn a_signal_at_any_message_to_the_server_ends_a_run_with_the_truth() {
    let Some(kind) = Database::postgres() else { return };
    for job in loads_and_reconciles(&kind) {
        let points = at_each(&job, |number| {
            let (number, database) = ((number - 1) * every(30) + 1, job.database());
            let proxy = PostgresProxy::start(&database);
            proxy.at(Moment::Message(number), Deed::Pause);
            let etl = job.sandbox.etl(&database, job.words).env("ETL_FORMAT", "json");
            let mut running = etl.without("DATABASE_URL").env("DATABASE_URL", proxy.url()).spawn();
            let is_reached = proxy.reaches(&mut running);
            if is_reached {
                running.signal("TERM");
                proxy.go_on();
            }
            let output = running.wait();
            let judged = ends_with_the_truth(&output, &database);
            let all = output.everything();
            assert!(judged.is_ok(), "{}, SIGTERM at {number}: {judged:?}\n{all}", job.name);
            is_reached.then_some(Point { database, happened: true })
        });
        say(&format!("INJECTED: SIGTERM into {} at {points} messages, nothing lost\n", job.name));
    }
}

fn every(otherwise: usize) -> usize {
    variable("ETL_TEST_EVERY").map_or(otherwise, |every| every.parse().expect("a number"))
}

/// The kinds of work in which pages come.
fn loads_and_reconciles(kind: &Database) -> impl Iterator<Item = Job> {
    Job::all(kind).into_iter().filter(|job| job.words.contains("page-size"))
}

/// A load and a reconcile, each met by this at one such call after the other until there is no more.
#[track_caller]
fn at_every(
    kind: &Database,
    calls: &str,
    what: &str,
    lasts: &str,
    judge: fn(&Output, &Database) -> Result<(), String>,
) {
    if !std::path::Path::new("/usr/bin/strace").exists() {
        return not_at_hand(what, "strace is not installed");
    }
    for job in loads_and_reconciles(kind) {
        let points = at_each(&job, |number| {
            let number = (number - 1) * every(8) + 1;
            let (database, folder) = (job.database(), folder());
            let log = folder.path().join("calls");
            let words = format!(
                "strace -f -qq -e trace={calls} -e inject={calls}:{what}:when={number}{lasts} -o"
            );
            let run = job.sandbox.etl(&database, job.words).env("ETL_FORMAT", "json");
            let began = Instant::now();
            let output = run.under(&words).under(log.to_str().expect("UTF-8")).run();
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
            let traced = fs::read_to_string(&log).expect("strace wrote it");
            let met = traced.contains("(INJECTED)") || traced.contains("--- SIGTERM");
            let judged = judge(&output, &database);
            assert!(
                judged.is_ok(),
                "{}, {what} at {number}: {judged:?}\n{}",
                job.name,
                output.everything()
            );
            met.then_some(Point { database, happened: true })
        });
        let (name, calls) = (job.name, calls.replace(',', ", "));
        say(&format!("INJECTED: {what} into {name} at {points} calls of {calls}, nothing lost\n"));
    }
}

/// Where the failure did not matter the run went well; else it is told in one line.
fn fails_in_words(output: &Output, _database: &Database) -> Result<(), String> {
    let told = ["disk is full", "disk I/O error"].iter().any(|words| output.stderr.contains(words));
    match output.code {
        Some(0) => Ok(()),
        Some(3)
            if told
                && output.stderr.lines().filter(|line| line.starts_with("etl: ")).count() == 1 =>
        {
            Ok(())
        }
        _ => Err("it ends otherwise".to_owned()),
    }
}

/// What the exit code says is what the row of the run says. A signal before the program listens ends it at once.
fn ends_with_the_truth(output: &Output, database: &Database) -> Result<(), String> {
    let status = match (output.code, output.signal) {
        (Some(0), _) => "success",
        (Some(143), _) => "interrupted",
        (None, Some(15)) => return Ok(()),
        _ => return Err("it ends otherwise".to_owned()),
    };
    let last = "SELECT status FROM pipeline_runs ORDER BY id DESC LIMIT 1";
    let found = database.rows(last);
    let before_a_run = status == "interrupted" && !output.stdout.contains("pipeline_run_id\":\"");
    let agrees = found.first().is_some_and(|found| found == status);
    if agrees || before_a_run {
        Ok(())
    } else {
        Err(format!("{status}, and the row says {found:?}"))
    }
}

//! `kill -9` at every system call that writes, every request, every tenth of an answer and every message to the
//! server: the next run makes the database what it would have been.
//!
//! Of the messages to PostgreSQL one in six is taken, beginning at another one in each kind of work;
//! `ETL_TEST_EVERY=1` takes them all.

mod injected;
mod job;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use job::Job;

use crate::histories::killer;
use crate::support::{
    Answer, Database, Deed, FaultServer, Moment, PostgresProxy, Sandbox, not_at_hand, say, variable,
};

const WRITES: &str = "pwrite64,write,writev,fdatasync,fsync,ftruncate,unlink";

#[test]
fn at_every_call_that_writes() {
    if killer(WRITES, 1).is_none() {
        return not_at_hand("kills at system calls", "strace is not installed");
    }
    for job in Job::all(&Database::sqlite()) {
        let kills = at_each(&job, |number| {
            let database = job.database();
            let words = killer(WRITES, number).expect("strace is there");
            let output = job.sandbox.etl(&database, job.words).under(&words).run();
            let killed = output.signal == Some(9);
            if !killed {
                assert_eq!(output.code, Some(0), "{}", output.everything());
            }
            killed.then_some(Point { database, happened: killed })
        });
        told(&job, "sqlite", "write", kills);
    }
}

#[test]
fn at_every_message_to_the_server() {
    let Some(kind) = Database::postgres() else { return };
    let every = variable("ETL_TEST_EVERY").map_or(6, |every| every.parse().expect("a number"));
    for (place, job) in Job::all(&kind).iter().enumerate() {
        let kills = at_each(job, |number| {
            let (number, database) = ((number - 1) * every + 1 + place % every, job.database());
            let proxy = PostgresProxy::start(&database);
            // In turns before the server hears it, and when it has done what it says.
            let hears = (number / every).is_multiple_of(2);
            let moment = if hears { Moment::Answer(number) } else { Moment::Message(number) };
            proxy.at(moment, Deed::Hold);
            let etl = job.sandbox.etl(&database, job.words).without("DATABASE_URL");
            let mut running = etl.env("DATABASE_URL", proxy.url()).spawn();
            let is_reached = proxy.reaches(&mut running);
            let output = if is_reached { running.kill_if_running() } else { running.wait() };
            let killed = output.signal == Some(9);
            // With its last words said it may be gone before the kill comes.
            assert!(killed || output.code == Some(0), "{}", output.everything());
            is_reached.then_some(Point { database, happened: killed })
        });
        told(job, "postgres", "message", kills);
    }
}

on_both! {
    fn at_every_request_and_every_tenth_of_an_answer(kind: Database) {
        let name = if kind.is_postgres() { "postgres" } else { "sqlite" };
        for job in Job::all(&kind).into_iter().skip(1) {
            let asked = job.sandbox.requests().len();
            drop(job.sandbox.etl(&job.database(), job.words).run().succeeds());
            let requests = job.sandbox.requests();
            let answers: Vec<String> = requests[asked..].iter().map(|r| answer(&job.sandbox, r)).collect();
            let tenths = if answers.len() > 2 { [0, 5, 9].to_vec() } else { (0..10).collect() };
            let mut kills = 0;
            for (place, answer) in answers.iter().enumerate() {
                for tenth in &tenths {
                    let to = job.sandbox.address().to_owned();
                    let mut faults = vec![Answer::Forward { to }; place];
                    // The first tenth ends before the first byte.
                    let after = answer.as_bytes()[..answer.len() * tenth / 10].to_vec();
                    faults.push(Answer::Stall { after });
                    let server = FaultServer::start(faults);
                    let database = job.database();
                    let etl = job.sandbox.etl(&database, job.words).without("SPACEX_API_URL");
                    let running = etl.env("SPACEX_API_URL", server.url()).spawn();
                    while server.requests().len() <= place {
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    std::thread::sleep(Duration::from_millis(10));
                    assert_eq!(running.kill().signal, Some(9));
                    if let Err(wrong) = job.heals(&database) {
                        panic!("{}, killed at {tenth} tenths of answer {place}:\n{wrong}", job.name);
                    }
                    kills += 1;
                }
            }
            told(&job, name, "tenth of an answer", kills);
        }
    }
}

/// The answer to a request of the log, as it came over the wire.
fn answer(sandbox: &Sandbox, request: &serde_json::Value) -> String {
    let word = |key: &str| request[key].as_str().expect("a text").to_owned();
    let url = format!("http://{}{}", sandbox.address(), word("path"));
    let answer = match word("method").as_str() {
        "POST" => ureq::post(url).content_type("application/json").send(word("body")),
        _ => ureq::get(url).call(),
    };
    let body = answer.expect("an answer").body_mut().read_to_string().expect("a text");
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nx-etl-sandbox: yes\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// A point that was reached.
struct Point {
    database: Database,
    /// What was to happen there did: it is counted.
    happened: bool,
}

/// Does harm at one point after the other until one comes that is never reached; how often it was done.
fn at_each(job: &Job, kill: impl Fn(usize) -> Option<Point> + Sync) -> usize {
    let (next, reached) = (AtomicUsize::new(1), AtomicUsize::new(usize::MAX));
    let (kills, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= reached.load(Ordering::Relaxed) {
            break;
        }
        let Some(Point { database, happened }) = kill(number) else {
            reached.fetch_min(number, Ordering::Relaxed);
            break;
        };
        kills.fetch_add(usize::from(happened), Ordering::Relaxed);
        if let Err(error) = job.heals(&database) {
            wrong.lock().expect("no worker panics").push(format!("at point {number}: {error}"));
        }
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let wrong = wrong.into_inner().expect("no worker panics");
    assert!(wrong.is_empty(), "{}, killed:\n{}", job.name, wrong.join("\n"));
    kills.into_inner()
}

fn told(job: &Job, kind: &str, point: &str, kills: usize) {
    assert!(kills > 0, "{} was never killed at a {point}", job.name);
    say(&format!(
        "KILLS: {kills} of {} on {kind}, each at another {point}, 0 lost, 0 doubled, 0 divergent\n",
        job.name
    ));
}

//! What a person sees of a run that takes its time: a bar on a terminal, lines where there can be none, and nothing
//! in a pipe.

use std::thread::scope;

use serde_json::{Value, json};

use crate::support::screen::Screen;
use crate::support::{Database, Etl, Output, Sandbox};

/// 205 launches in pages of 25, each of which takes its time: longer than a moment, and more than one picture.
const SLOW: &str = "run --migrate --page-size 25";

fn slow_sandbox(ms: u32) -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.faults(&slowness(ms));
    sandbox
}

fn slowness(ms: u32) -> Value {
    json!({ "fault": "latency", "ms": ms, "path": "/v4/launches/query", "times": "always" })
}

/// Runs that wait more than they work.
fn at_once<T: Send, const N: usize>(runs: [impl FnOnce() -> T + Send; N]) -> [T; N] {
    scope(|scope| runs.map(|run| scope.spawn(run)).map(|run| run.join().expect("no run panics")))
}

fn on_a_terminal(etl: Etl, columns: usize) -> Etl {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/terminal.py");
    etl.under(&format!("/usr/bin/env python3 {script} {columns}")).env("TERM", "xterm-256color")
}

fn run(etl: Etl, columns: usize) -> (Output, Screen) {
    let output = on_a_terminal(etl, columns).run().succeeds();
    let screen = Screen::showing(&output.stdout, columns);
    (output, screen)
}

#[test]
fn a_bar_fits_the_terminal_and_is_gone_at_the_end() {
    for columns in [80, 200] {
        let (sandbox, database) = (slow_sandbox(200), Database::sqlite());
        let etl = sandbox.etl(&database, SLOW).env("NO_COLOR", "1");
        let (output, screen) = run(etl, columns);
        let bars: Vec<&String> =
            screen.pictures().iter().filter(|line| line.contains(" of 205 launches [")).collect();
        assert!(bars.len() > 2, "{:?}", screen.pictures());
        for bar in bars {
            assert!(bar.starts_with("loading "), "{bar}");
            assert!(bar.contains(" launches/s"), "{bar}");
            assert!(bar.contains("] ") && bar.contains("%, "), "{bar}");
        }
        let seen = screen.pictures().iter().any(|line| line.ends_with("s left"));
        assert!(seen, "{:?}", screen.pictures());
        // Where they end, the lines are those of a run that showed nothing.
        let left = screen.lines().join("\n");
        assert!(left.starts_with("Initial load: fetched 205 launches"), "{left}");
        assert!(!left.contains("loading"), "{left}");
        assert!(!output.stdout.contains('\x1b'), "{}", output.stdout);
    }
}

#[test]
fn a_line_of_the_log_stands_alone() {
    let (sandbox, database) = (Sandbox::start(), Database::sqlite());
    let trouble = json!({ "fault": "status", "status": 500, "path": "/v4/launches/query" });
    let mut slow_at_first = slowness(200);
    slow_at_first["times"] = 5.into();
    sandbox.faults(&json!([slow_at_first, trouble, slowness(200)]));
    let etl = sandbox.etl(&database, SLOW).env("NO_COLOR", "1");
    let (_, screen) = run(etl, 200);
    let lines = screen.lines();
    let retried = lines.iter().find(|line| line.contains("next try in")).expect("it is told");
    assert!(retried.starts_with("info: POST /v4/launches/query"), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("loading")), "{lines:?}");
}

#[test]
fn whoever_wants_none_sees_none() {
    let sandbox = slow_sandbox(100);
    let quiet = |words: &str| {
        let database = Database::sqlite();
        let etl = sandbox.etl(&database, &format!("{SLOW} {words}")).env("NO_COLOR", "1");
        run(etl, 80).1
    };
    for words in ["--no-progress", "-q", "--log-level warn"] {
        let pictures = quiet(words).pictures().to_vec();
        assert!(pictures.iter().all(|line| !line.contains("loading")), "{words}: {pictures:?}");
    }
}

#[test]
fn a_pipe_gets_nothing_but_what_was_asked_for() {
    let sandbox = slow_sandbox(700);
    let words = &|words: &str| {
        let database = Database::sqlite();
        sandbox.etl(&database, &format!("{SLOW} {words}")).run().succeeds()
    };
    let [piped, told, silent] =
        at_once(["", "-v", "-v --no-progress"].map(|given| move || words(given)));
    assert_eq!(piped.stderr, "", "{}", piped.everything());
    let line = "info: loading ";
    assert!(told.stderr.contains(line) && told.stderr.contains(" launches/s"), "{}", told.stderr);
    assert!(!silent.stderr.contains(line), "{}", silent.stderr);
}

#[test]
fn a_dumb_terminal_and_a_collector_get_lines() {
    let sandbox = slow_sandbox(700);
    let lines = &|words: &str, term: &str| {
        let database = Database::sqlite();
        let etl = sandbox.etl(&database, &format!("{SLOW} {words}"));
        let output = on_a_terminal(etl, 80).env("TERM", term).run().succeeds();
        output.stdout.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    };
    let runs = [("", "dumb"), ("--log-format json", "xterm")];
    let [dumb, collected] = at_once(runs.map(|(words, term)| move || lines(words, term)));
    let told = dumb.iter().find(|line| line.starts_with("info: loading ")).expect("a line");
    assert!(told.contains(" of 205 launches: "), "{told}");
    let told = collected.iter().find(|line| line.contains("loading ")).expect("a line");
    let object: Value = serde_json::from_str(told).expect("an object");
    assert!(object["run_id"].as_str().is_some_and(|id| id.starts_with("initial_")), "{told}");
}

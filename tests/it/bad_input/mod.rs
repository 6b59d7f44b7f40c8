//! What goes wrong around a command: the exit code, one clear line, an answer for scripts, no secret.

mod api;
mod databases;
mod streams;
mod usage;

use serde_json::Value;

use crate::support::{Database, Etl, Output};

/// Stands in passwords and must never be seen.
const CANARY: &str = "c4n4ry-s3cr3t";

/// What a failing call must look like; what is wrong with it otherwise.
struct Expected<'a> {
    code: i32,
    kind: &'a str,
    says: &'a [&'a str],
}

/// Everything that is wrong with how a `run --format json` failed.
fn faults(output: &Output, expected: &Expected<'_>) -> Vec<String> {
    let mut faults = vec![];
    if output.code != Some(expected.code) {
        faults.push(format!("exit code {:?} instead of {}", output.code, expected.code));
    }
    faults.extend(
        expected
            .says
            .iter()
            .filter(|text| !output.stderr.contains(**text))
            .map(|text| format!("does not say {text:?}")),
    );
    let told = output.stderr.lines().filter(|line| line.starts_with("etl: ")).count();
    if told != 1 {
        faults.push(format!("{told} lines tell the failure"));
    }
    let known = |line: &str| {
        ["etl: ", "info: ", "warn: ", "error: "].iter().any(|start| line.starts_with(start))
    };
    faults.extend(
        output
            .stderr
            .lines()
            .filter(|line| !known(line))
            .map(|line| format!("a stray line: {line}")),
    );
    faults.extend(secrets(output));
    faults.extend(answer_faults(&output.stdout, expected.kind));
    faults
}

fn answer_faults(stdout: &str, kind: &str) -> Vec<String> {
    let Ok(answer) = serde_json::from_str::<Value>(stdout) else {
        return vec!["the answer is not JSON".into()];
    };
    let mut faults = vec![];
    if stdout.lines().count() != 1 {
        faults.push("the answer is not one line".into());
    }
    let error = &answer["error"];
    let message = error["message"].as_str().unwrap_or_default();
    if answer["status"] != "failed" || answer["aggregations"]["status"] != "skipped" {
        faults.push(format!("status {}", answer["status"]));
    }
    if error["kind"] != kind {
        faults.push(format!("kind {} instead of {kind}", error["kind"]));
    }
    if message.is_empty() || message.contains(char::is_control) {
        faults.push(format!("message {message:?}"));
    }
    if error["hint"].as_str().is_none_or(str::is_empty) {
        faults.push("no next thing to do".into());
    }
    faults
}

fn secrets(output: &Output) -> Option<String> {
    (output.stdout.contains(CANARY) || output.stderr.contains(CANARY))
        .then(|| "shows a secret".into())
}

/// Fails with all that was found, each with everything that was written.
#[track_caller]
fn nothing_wrong(found: Vec<(String, Vec<String>, Output)>) {
    let wrong: Vec<String> = found
        .into_iter()
        .filter(|(_, faults, _)| !faults.is_empty())
        .map(|(what, faults, output)| {
            format!("### {what}: {}\n{}", faults.join("; "), output.everything())
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn json_run(database: &Database) -> Etl {
    Etl::new().args("run --migrate --format json").database(database)
}

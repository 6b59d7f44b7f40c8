//! What must hold of a call that met a fault, and of the database after it, whatever the fault was.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;

use super::{Ends, Row, Scene};
use crate::support::{Database, Output};

const LEVELS: [&str; 5] = ["error: ", "warn: ", "info: ", "debug: ", "trace: "];

/// Parts of a text that a program wrote for programmers.
const DUMPS: [&str; 6] = ["panicked", "backtrace", "Some(", "Err(", "Error {", "Os {"];

/// Everything that is wrong with how a call ended: its code, its one line, its answer, and secrets shown.
pub(super) fn of_call(row: &Row, output: &Output, secrets: &[String]) -> Vec<String> {
    let mut wrong = vec![];
    let code = output.code.or(output.signal.map(|signal| 128 + signal));
    if code != Some(row.ends.code()) {
        wrong.push(format!("exit code {code:?} instead of {}", row.ends.code()));
    }
    if !matches!(row.ends, Ends::Failing(_, "usage")) {
        wrong.extend(of_lines(row, output));
    }
    match row.ends {
        Ends::Silent(_) => {}
        Ends::Well => wrong.extend(of_success(&output.stdout)),
        Ends::Failing(_, kind) => wrong.extend(of_failure(&output.stdout, kind)),
    }
    let unsaid = row.says.iter().filter(|words| !told(row.ends, output).contains(**words));
    wrong.extend(unsaid.map(|words| format!("does not say {words:?}")));
    for (place, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        wrong.extend(shown_secrets(place, text, secrets));
    }
    wrong
}

/// Where the words are looked for that must be said.
fn told(ends: Ends, output: &Output) -> String {
    let loud = |line: &&str| match ends {
        Ends::Well => ["warn: ", "info: "].iter().any(|level| line.starts_with(level)),
        Ends::Failing(_, "usage") => true,
        Ends::Failing(..) | Ends::Silent(_) => line.starts_with("etl: "),
    };
    output.stderr.lines().filter(loud).collect::<Vec<_>>().join("\n")
}

/// One line tells a failure; every other line is a line of the log.
fn of_lines(row: &Row, output: &Output) -> Vec<String> {
    let mut wrong = vec![];
    let lines: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("etl: ")).collect();
    let expected = usize::from(matches!(row.ends, Ends::Failing(..)));
    if lines.len() != expected && !matches!(row.ends, Ends::Silent(_)) {
        wrong.push(format!("{} lines tell the failure instead of {expected}", lines.len()));
    }
    // libpq itself writes what a server says while it connects, before anybody can ask it not to.
    let of_libpq =
        |line: &str| line == "FATAL:  terminating connection due to administrator command";
    let of_the_log =
        |line: &str| LEVELS.iter().any(|level| line.starts_with(level)) || of_libpq(line);
    let stray =
        output.stderr.lines().filter(|line| !line.starts_with("etl: ") && !of_the_log(line));
    wrong.extend(stray.map(|line| format!("a stray line: {line}")));
    let dumped = DUMPS.iter().filter(|dump| lines.iter().any(|line| line.contains(**dump)));
    wrong.extend(dumped.map(|dump| format!("the message holds {dump:?}")));
    wrong
}

fn of_success(stdout: &str) -> Option<String> {
    let answer = one_object(stdout)?;
    (answer["status"].is_string() && answer["status"] != "success")
        .then(|| format!("status {}", answer["status"]))
}

fn of_failure(stdout: &str, kind: &str) -> Vec<String> {
    let Some(answer) = one_object(stdout) else {
        return vec!["the answer is not one line of JSON".to_owned()];
    };
    let mut wrong = vec![];
    let error = &answer["error"];
    if answer["status"] != "failed" || error["kind"] != kind {
        let (status, found) = (&answer["status"], &error["kind"]);
        wrong.push(format!("status {status}, kind {found} instead of failed, {kind}"));
    }
    let message = error["message"].as_str().unwrap_or_default();
    if message.is_empty() || error["hint"].as_str().is_none_or(str::is_empty) {
        wrong.push(format!("message {message:?}, hint {}", error["hint"]));
    }
    wrong
}

fn one_object(stdout: &str) -> Option<Value> {
    let one = stdout.ends_with('\n') && stdout.lines().count() == 1;
    let clean = !stdout.trim_end().contains(char::is_control);
    (one && clean).then(|| serde_json::from_str(stdout).ok()).flatten()
}

fn shown_secrets(place: &str, text: &str, secrets: &[String]) -> Option<String> {
    let shown = secrets.iter().any(|secret| text.contains(secret));
    shown.then(|| format!("{place} shows a secret"))
}

/// The row of the run agrees with the answer, and a run that has none in its answer has none at all.
pub(super) fn of_its_run(scene: &Scene<'_>, before: &[String], output: &Output) -> Vec<String> {
    let Some(answer) = one_object(&output.stdout).filter(|answer| answer["dry_run"] == false)
    else {
        return vec![];
    };
    let runs = scene.runs();
    let Some(id) = answer["pipeline_run_id"].as_str() else {
        let more = runs.len() != before.len();
        return more
            .then(|| format!("a row of a run that is not named: {runs:?}"))
            .into_iter()
            .collect();
    };
    let status = match output.code {
        Some(0) => "success",
        Some(129 | 130 | 143) => "interrupted",
        _ => "failed",
    };
    // Its row is another run's by now: that one has closed it, or goes on under the same id.
    if answer["error"]["kind"] == "run_taken_over" {
        return vec![];
    }
    // A run that lost its database could not close its row: the next one does.
    let lost = answer["error"]["kind"].as_str().is_some_and(|kind| kind.starts_with("database_"));
    let expected = [format!("{id} {status} closed"), format!("{id} running open")];
    let there = runs.contains(&expected[0]) || (lost && runs.contains(&expected[1]));
    (!there).then(|| format!("no row {}: {runs:?}", expected[0])).into_iter().collect()
}

/// The database is as it was, or was never made.
pub(super) fn nothing_written(scene: &Scene<'_>) -> Option<String> {
    let changed = match scene.at_the_start() {
        None => scene.has_tables(),
        Some(before) => scene.database.all_but(&[]) != before,
    };
    changed.then(|| "something was written".to_owned())
}

/// The fault is gone: one healthy run ends well, and everything holds.
pub(super) fn after_a_healthy_run(scene: &Scene<'_>) -> Vec<String> {
    const RUN: &str = "--reconcile";
    let source = scene.healed();
    let database = &scene.database;
    database.wait_until_left();
    scene.healthy_run(RUN);
    let mut wrong = failed_checks(scene);
    wrong.extend(lost_documents(database, &source.served()));
    let (truth, undisturbed) = (database.truth(), scene.undisturbed_truth(RUN));
    wrong.extend(difference("an undisturbed database", &undisturbed, &truth));
    wrong.extend(unlike_after_one_more(scene));
    let open = "SELECT count(*) FROM pipeline_runs WHERE status = 'running' OR finished_at IS NULL";
    if database.value(open) != "0" {
        wrong.push("a run was never closed".to_owned());
    }
    wrong.extend(traces(scene));
    let secrets = scene.secrets();
    for (table, rows) in database.all_but(&[]) {
        wrong.extend(rows.iter().find_map(|row| shown_secrets(table, row, &secrets)));
    }
    wrong
}

/// What `etl verify` finds, as any user would ask it.
fn failed_checks(scene: &Scene<'_>) -> Vec<String> {
    let answer = scene.etl("verify --all").env("RUST_LOG", "info").run();
    let found: Value = serde_json::from_str(&answer.stdout).unwrap_or_default();
    let checks = found["checks"].as_array().cloned().unwrap_or_default();
    let failed = checks.iter().filter(|check| check["result"] != "passed");
    let mut wrong: Vec<String> =
        failed.map(|check| format!("verify: {}: {}", check["name"], check["rows"])).collect();
    if wrong.is_empty() && (answer.code != Some(0) || checks.is_empty()) {
        wrong.push(format!("verify ended with {:?}: {}", answer.code, answer.stdout));
    }
    wrong
}

/// Documents of the source that are neither among the launches nor in quarantine.
fn lost_documents(database: &Database, served: &str) -> Vec<String> {
    let documents: Vec<&RawValue> = serde_json::from_str(served).expect("a list of documents");
    let rows = |sql: &str| BTreeSet::from_iter(database.rows(sql));
    let living = rows("SELECT launch_id FROM raw_launches WHERE deleted_at IS NULL");
    let open = "FROM quarantined_launches WHERE resolved_at IS NULL";
    let refused = rows(&format!("SELECT launch_id {open} AND launch_id IS NOT NULL"));
    let texts = rows(&format!("SELECT document {open}"));
    let kept = |document: &RawValue| {
        let id = serde_json::from_str::<Value>(document.get());
        let id = id.ok().and_then(|document| document["id"].as_str().map(String::from));
        id.is_some_and(|id| living.contains(&id) || refused.contains(&id))
            || texts.contains(document.get())
    };
    let lost = documents.iter().filter(|document| !kept(document));
    let start = |document: &&RawValue| document.get().chars().take(80).collect::<String>();
    lost.map(|document| format!("lost: {}", start(document))).collect()
}

fn difference(from: &str, expected: &[String], found: &[String]) -> Option<String> {
    if expected == found {
        return None;
    }
    let lacks = expected.iter().filter(|row| !found.contains(row)).take(3);
    let has = found.iter().filter(|row| !expected.contains(row)).take(3);
    let lines: Vec<String> =
        lacks.map(|row| format!("- {row}")).chain(has.map(|row| format!("+ {row}"))).collect();
    Some(format!("not equal to {from}:\n{}", lines.join("\n")))
}

/// One more run changes nothing but what a run may always change.
fn unlike_after_one_more(scene: &Scene<'_>) -> Option<String> {
    const OWN: [&str; 3] = ["pipeline_runs", "ingestion_state", "quarantined_launches"];
    let content = || {
        let rows = scene.database.all_but(&OWN).into_iter().flat_map(|(_, rows)| rows);
        rows.chain(scene.database.truth()).collect::<Vec<_>>()
    };
    let before = content();
    scene.healthy_run("");
    difference("what one run more left", &content(), &before)
}

/// Sessions and files that a call left behind.
fn traces(scene: &Scene<'_>) -> Vec<String> {
    let mut wrong = vec![];
    scene.database.wait_until_left();
    if !scene.database.is_postgres() {
        let file = scene.database.sqlite_path();
        let beside = Path::new(&file).parent().expect("a folder");
        let known = ["etl.db", "etl.db.lock"];
        wrong.extend(files(beside).into_iter().filter(|name| !known.contains(&name.as_str())));
    }
    wrong.extend(files(scene.folder()));
    wrong.into_iter().map(|name| format!("left behind: {name}")).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect()
}

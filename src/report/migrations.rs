//! What was migrated, what is still to be, and what differs.

use std::io::{self, Write};

use serde_json::json;

use super::{SCHEMA_VERSION, line};
use crate::model::catalog::Thing;
use crate::model::migration::{Done, Finding, Listing, State};

/// Writes what was done to the migrations just now.
pub(crate) fn done(out: &mut dyn Write, done: &Done, place: &str) -> io::Result<()> {
    let all = [
        ("reverted", "from", &done.reverted),
        ("applied", "to", &done.applied),
        ("adopted", "in", &done.adopted),
        ("accepted", "in", &done.accepted),
    ];
    for (verb, preposition, names) in all.iter().filter(|(_, _, names)| !names.is_empty()) {
        for name in *names {
            writeln!(out, "{verb} {name}")?;
        }
        match names.len() {
            1 => writeln!(out, "1 migration {verb} {preposition} {place}")?,
            count => writeln!(out, "{count} migrations {verb} {preposition} {place}")?,
        }
    }
    out.flush()
}

/// Writes that there was nothing to do.
pub(crate) fn nothing(out: &mut dyn Write, place: &str, reverting: bool) -> io::Result<()> {
    if reverting {
        writeln!(out, "nothing to revert: no such migration is applied to {place}")?;
    } else {
        writeln!(out, "nothing to migrate: {place} is up to date")?;
    }
    out.flush()
}

/// What was done, for scripts.
pub(crate) fn done_json(out: &mut dyn Write, done: &Done) -> io::Result<()> {
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "status": "success",
            "reverted": done.reverted,
            "applied": done.applied,
            "adopted": done.adopted,
            "accepted": done.accepted,
        }),
    )
}

/// Writes the SQL that would run, as it is.
pub(crate) fn script(out: &mut dyn Write, sql: &str) -> io::Result<()> {
    out.write_all(sql.as_bytes())?;
    out.flush()
}

/// The same for scripts.
pub(crate) fn script_json(out: &mut dyn Write, sql: &str) -> io::Result<()> {
    line(
        out,
        &json!({ "schema_version": SCHEMA_VERSION, "status": "success", "dry_run": true, "sql": sql }),
    )
}

/// Writes the migrations and how each stands.
pub(crate) fn standing(out: &mut dyn Write, listing: &Listing) -> io::Result<()> {
    for (version, title, state) in &listing.steps {
        writeln!(out, "{:7}  {}  {}", word(*state), version, title)?;
    }
    for version in &listing.unknown {
        writeln!(out, "unknown  {version}  (of another etl)")?;
    }
    out.flush()
}

/// The same for scripts.
pub(crate) fn standing_json(out: &mut dyn Write, listing: &Listing) -> io::Result<()> {
    let steps = listing.steps.iter().map(|(version, title, state)| {
        json!({ "version": version, "title": title, "status": word(*state) })
    });
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "migrations": steps.collect::<Vec<_>>(),
            "unknown": listing.unknown,
        }),
    )
}

fn word(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::Edited => "edited",
        State::Pending => "pending",
    }
}

/// Writes what differs, a line for each.
pub(crate) fn findings(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        writeln!(out, "{finding}")?;
    }
    match findings.len() {
        0 => writeln!(out, "nothing differs: the tables are what the migrations make")?,
        1 => writeln!(out, "1 finding")?,
        count => writeln!(out, "{count} findings")?,
    }
    out.flush()
}

/// The same for scripts.
pub(crate) fn findings_json(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    let found = findings.iter().map(|finding| {
        json!({ "kind": finding.kind.word(), "subject": finding.subject, "detail": finding.detail })
    });
    line(out, &json!({ "schema_version": SCHEMA_VERSION, "findings": found.collect::<Vec<_>>() }))
}

/// Writes what the database is made of, a line for each thing.
pub(crate) fn things(out: &mut dyn Write, things: &[Thing]) -> io::Result<()> {
    for thing in things {
        writeln!(out, "{thing}")?;
    }
    out.flush()
}

/// The same for scripts.
pub(crate) fn things_json(out: &mut dyn Write, things: &[Thing]) -> io::Result<()> {
    let made = things.iter().map(|thing| {
        json!({ "kind": thing.kind.word(), "of": thing.table, "name": thing.name, "definition": thing.definition })
    });
    line(out, &json!({ "schema_version": SCHEMA_VERSION, "things": made.collect::<Vec<_>>() }))
}

//! The entries of the quarantine.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{SCHEMA_VERSION, instant, line, rfc3339};
use crate::model::rejection::Entry;
use crate::model::shown::shown;

/// The longest value of a stranger in a line, in characters.
const LONGEST: usize = 200;

/// Writes the entries, each with the rules it broke.
pub(crate) fn list(out: &mut dyn Write, entries: &[Entry]) -> io::Result<()> {
    if entries.is_empty() {
        writeln!(out, "nothing is in quarantine")?;
    }
    for entry in entries {
        writeln!(out, "{}", headline(entry))?;
        breaches(out, entry)?;
    }
    out.flush()
}

/// Writes one entry whole, with its document as it was served, but for what would act on a terminal.
pub(crate) fn show(out: &mut dyn Write, entries: &[Entry]) -> io::Result<()> {
    for entry in entries {
        writeln!(out, "{}", headline(entry))?;
        breaches(out, entry)?;
        writeln!(out, "  first seen   {}", instant(entry.first_seen_at))?;
        writeln!(
            out,
            "  last seen    {}, run {}",
            instant(entry.last_seen_at),
            entry.pipeline_run_id
        )?;
        writeln!(out, "  SHA-256      {}", entry.content_sha256)?;
        writeln!(out, "  document     {}", shown(&entry.document, usize::MAX))?;
    }
    out.flush()
}

/// Writes how many entries were closed.
pub(crate) fn discarded(out: &mut dyn Write, entries: usize) -> io::Result<()> {
    let entries = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
    writeln!(out, "{entries} discarded")?;
    out.flush()
}

/// The same for scripts.
pub(crate) fn discarded_json(out: &mut dyn Write, entries: usize) -> io::Result<()> {
    let answer =
        json!({ "schema_version": SCHEMA_VERSION, "status": "success", "discarded": entries });
    line(out, &answer)
}

/// Writes the entries for scripts; `whole` adds the documents.
pub(crate) fn json(out: &mut dyn Write, entries: &[Entry], whole: bool) -> io::Result<()> {
    let object = |entry: &Entry| {
        let mut object = json!({
            "id": entry.id,
            "launch_id": entry.launch_id,
            "content_sha256": entry.content_sha256,
            "breaches": entry.breaches,
            "pipeline_run_id": entry.pipeline_run_id,
            "attempts": entry.attempts,
            "first_seen_at": rfc3339(entry.first_seen_at),
            "last_seen_at": rfc3339(entry.last_seen_at),
            "resolved_at": entry.resolved_at.map(rfc3339),
            "resolution": entry.resolution,
        });
        if whole && let Value::Object(keys) = &mut object {
            keys.insert("document".to_owned(), json!(entry.document));
        }
        object
    };
    let entries: Vec<_> = entries.iter().map(object).collect();
    line(out, &json!({ "schema_version": SCHEMA_VERSION, "entries": entries }))
}

fn headline(entry: &Entry) -> String {
    let launch = entry.launch_id.as_ref().map_or_else(
        || "document without a valid id".to_owned(),
        |launch_id| format!("launch {launch_id}"),
    );
    let state = match &entry.resolution {
        Some(resolution) => format!("resolved ({resolution})"),
        None => "open".to_owned(),
    };
    let times =
        if entry.attempts == 1 { "once".to_owned() } else { format!("{} times", entry.attempts) };
    format!("entry {}: {launch}, {state}, seen {times}", entry.id)
}

fn breaches(out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
    for breach in &entry.breaches {
        let message = shown(&breach.message, LONGEST);
        writeln!(out, "  {} [{}]: {message}", shown(&breach.field, LONGEST), breach.code)?;
    }
    Ok(())
}

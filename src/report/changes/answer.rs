//! The answer of `etl changes`, for people and for scripts.

use std::io::{self, Write};

use chrono::DateTime;
use serde_json::{Value, json};

use super::{BY_HAND, Changes, Event, FieldChange, LaunchChange, RunChanges, TOMBSTONE};
use crate::model::shown::shown;
use crate::report::{SCHEMA_VERSION, instant, line, rfc3339};

/// The longest value that is printed, in characters.
const LONGEST: usize = 120;

/// Writes the changes for people.
pub(crate) fn text(out: &mut dyn Write, changes: &Changes) -> io::Result<()> {
    if changes.runs.is_empty() {
        writeln!(out, "nothing changed")?;
    }
    for run in &changes.runs {
        writeln!(out, "{}", headline(run, changes.of_one_launch))?;
        for launch in &run.launches {
            write_launch(out, launch)?;
        }
    }
    let shown = i64::try_from(changes.shown()).unwrap_or(i64::MAX);
    if changes.total > shown {
        let more = changes.total - shown;
        writeln!(
            out,
            "and {more} more: `--limit` shows up to 10000 at once, `--since` later ones"
        )?;
    }
    out.flush()
}

/// "2022-10-05 16:00:00  RUN: created 3, changed 1".
pub(crate) fn headline(changes: &RunChanges, of_one_launch: bool) -> String {
    let at = instant(changes.at);
    match (&changes.run_id, &changes.run) {
        (Some(run_id), Some(_)) if of_one_launch => format!("{at}  {run_id}"),
        (Some(run_id), Some(run)) => {
            let counts = [
                (run.created, "created"),
                (run.changed, "changed"),
                (run.vanished, "vanished"),
                (run.restored, "restored"),
            ];
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            let counts: Vec<String> =
                counts.map(|(count, word)| format!("{word} {count}")).collect();
            format!("{at}  {run_id}: {}", counts.join(", "))
        }
        (Some(run_id), None) if run_id == BY_HAND => format!("{at}  by hand"),
        (Some(run_id), None) => {
            format!("{at}  {}, of which no run is known", shown(run_id, LONGEST))
        }
        (None, _) => format!("{at}  before the first run"),
    }
}

fn write_launch(out: &mut dyn Write, launch: &LaunchChange) -> io::Result<()> {
    let name = shown(launch.mission_name.as_deref().unwrap_or("without a name"), LONGEST);
    let what = match launch.event {
        Event::Created => ": created",
        Event::Changed => "",
        Event::Vanished => ": vanished at the source",
        Event::Restored => ": came back at the source",
    };
    writeln!(out, "  {name} ({}){what}", shown(&launch.launch_id, LONGEST))?;
    for FieldChange { field, old, new } in &launch.fields {
        if field != TOMBSTONE {
            writeln!(out, "      {field}: {} → {}", value(old.as_deref()), value(new.as_deref()))?;
        }
    }
    Ok(())
}

/// A value for people: an instant as everywhere else, a fraction of a second only where there is one.
pub(crate) fn value(text: Option<&str>) -> String {
    let Some(text) = text else { return "nothing".to_owned() };
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) if at.timestamp_subsec_micros() == 0 => instant(at.to_utc()),
        _ => shown(text, LONGEST),
    }
}

/// Writes the changes for scripts.
pub(crate) fn json(out: &mut dyn Write, changes: &Changes) -> io::Result<()> {
    let runs: Vec<Value> = changes.runs.iter().map(run_object).collect();
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "status": "success",
            "launch_changes": changes.total,
            "launch_changes_shown": changes.shown(),
            "runs": runs,
        }),
    )
}

fn run_object(changes: &RunChanges) -> Value {
    let launches: Vec<Value> = changes.launches.iter().map(launch_object).collect();
    json!({
        "pipeline_run_id": changes.run_id,
        "kind": changes.run.as_ref().map(|run| &run.kind),
        "changed_at": rfc3339(changes.at),
        "created": changes.run.as_ref().map(|run| run.created),
        "changed": changes.run.as_ref().map(|run| run.changed),
        "vanished": changes.run.as_ref().map(|run| run.vanished),
        "restored": changes.run.as_ref().map(|run| run.restored),
        "launches": launches,
    })
}

fn launch_object(launch: &LaunchChange) -> Value {
    let event = match launch.event {
        Event::Created => "created",
        Event::Changed => "changed",
        Event::Vanished => "vanished",
        Event::Restored => "restored",
    };
    let fields = launch.fields.iter().map(|FieldChange { field, old, new }| {
        json!({ "field": field, "old_value": old, "new_value": new })
    });
    json!({
        "launch_id": launch.launch_id,
        "mission_name": launch.mission_name,
        "revision": launch.revision,
        "changed_at": rfc3339(launch.at),
        "event": event,
        "fields": fields.collect::<Vec<_>>(),
    })
}

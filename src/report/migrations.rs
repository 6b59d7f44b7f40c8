//! What was migrated, and what is still to be.

use std::io::{self, Write};

use serde_json::json;

use super::{SCHEMA_VERSION, line};
use crate::model::standing::Standing;

/// Writes which migrations were applied just now.
pub(crate) fn applied(out: &mut dyn Write, names: &[String], place: &str) -> io::Result<()> {
    for name in names {
        writeln!(out, "applied {name}")?;
    }
    match names.len() {
        0 => writeln!(out, "nothing to migrate: {place} is up to date")?,
        1 => writeln!(out, "1 migration applied to {place}")?,
        count => writeln!(out, "{count} migrations applied to {place}")?,
    }
    out.flush()
}

/// The same for scripts.
pub(crate) fn applied_json(out: &mut dyn Write, names: &[String]) -> io::Result<()> {
    line(out, &json!({ "schema_version": SCHEMA_VERSION, "status": "success", "applied": names }))
}

/// Writes the migrations, each applied or pending.
pub(crate) fn standing(out: &mut dyn Write, standing: &Standing) -> io::Result<()> {
    for (version, title, applied) in &standing.steps {
        writeln!(out, "{}  {version}  {title}", word(*applied))?;
    }
    for version in &standing.unknown {
        writeln!(out, "unknown  {version}  (of a newer etl)")?;
    }
    out.flush()
}

/// The same for scripts.
pub(crate) fn standing_json(out: &mut dyn Write, standing: &Standing) -> io::Result<()> {
    let step = |(version, title, applied): &(String, String, bool)| json!({ "version": version, "title": title, "status": word(*applied) });
    let steps: Vec<_> = standing.steps.iter().map(step).collect();
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "migrations": steps,
            "unknown": standing.unknown,
        }),
    )
}

fn word(applied: bool) -> &'static str {
    if applied { "applied" } else { "pending" }
}

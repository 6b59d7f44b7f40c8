//! What a publication did: a few lines, one line of JSON, or the SQL of what it would do.

use std::io::{self, Write};

use serde_json::json;

use super::{SCHEMA_VERSION, line, rfc3339};
use crate::model::publication::{Publication, PublishSummary};

/// Writes it for people.
pub(crate) fn text(out: &mut dyn Write, summary: &PublishSummary) -> io::Result<()> {
    let PublishSummary { lake, publication, is_new, repaired, tables, statements, .. } = summary;
    for statement in statements {
        writeln!(out, "{statement};\n")?;
    }
    if *repaired > 0 && statements.is_empty() {
        writeln!(out, "Entered {repaired} publications that were cut before their end")?;
    }
    match publication {
        _ if !statements.is_empty() => {}
        Some(Publication { number, pipeline_run_id, .. }) if !is_new => {
            writeln!(
                out,
                "Nothing new since publication {number} to {lake}, which ends with run {pipeline_run_id}"
            )?;
        }
        Some(Publication { number, kind, pipeline_run_id, .. }) => {
            writeln!(
                out,
                "Publication {number} to {lake}, {}, ends with run {pipeline_run_id}",
                kind.as_str()
            )?;
            for table in tables.iter().filter(|table| table.written > 0) {
                writeln!(out, "  {}: {} rows written", table.name, table.written)?;
            }
        }
        None => writeln!(out, "Nothing to publish")?,
    }
    if summary.optimized {
        writeln!(out, "The tables are compacted, former states forgotten")?;
    }
    out.flush()
}

/// Writes it for scripts.
pub(crate) fn json(out: &mut dyn Write, summary: &PublishSummary) -> io::Result<()> {
    let table = |table: &crate::model::publication::TableSummary| json!({ "name": table.name, "rows_written": table.written, "rows_read": table.read });
    let publication = summary.publication.as_ref();
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "status": "success",
            "lake": summary.lake,
            "is_new": summary.is_new,
            "publication": publication.map(|publication| publication.number),
            "kind": publication.map(|publication| publication.kind.as_str()),
            "pipeline_run_id": publication.map(|publication| &publication.pipeline_run_id),
            "published_at": publication.map(|publication| rfc3339(publication.published_at)),
            "launches_snapshot_id": publication.map(|publication| publication.launches_snapshot_id),
            "repaired": summary.repaired,
            "tables": summary.tables.iter().map(table).collect::<Vec<_>>(),
            "statements": summary.statements,
            "optimized": summary.optimized,
        }),
    )
}

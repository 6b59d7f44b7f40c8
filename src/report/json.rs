//! The answers for scripts: one line of JSON, also on failure.

use std::io::{self, Write};
use std::time::Duration;

use bigdecimal::{BigDecimal, ToPrimitive};
use serde_json::{Value, json};

use super::{SCHEMA_VERSION, line, rfc3339};
use crate::model::failure::Failure;
use crate::model::run::{Optimization, RunSummary, SnapshotSummary};

/// The answer of a run.
pub(crate) fn run(
    out: &mut dyn Write,
    summary: &RunSummary,
    failure: Option<&Failure>,
) -> io::Result<()> {
    line(out, &run_object(Some(summary), failure))
}

/// The answer of a command that failed before it did anything; a run's has all its keys.
pub(crate) fn failure(out: &mut dyn Write, failure: &Failure, is_run: bool) -> io::Result<()> {
    let answer = if is_run {
        run_object(None, Some(failure))
    } else {
        json!({ "schema_version": SCHEMA_VERSION, "status": "failed", "error": error_object(failure) })
    };
    line(out, &answer)
}

fn run_object(summary: Option<&RunSummary>, failure: Option<&Failure>) -> Value {
    let usage = summary.map(|summary| summary.usage).unwrap_or_default();
    let counts = summary.map(|summary| summary.counts).unwrap_or_default();
    let seconds = summary.map_or(0.0, |s| Duration::from_millis(millis(s)).as_secs_f64());
    let optimization = summary.map_or_else(|| "none".to_owned(), |s| s.optimization.to_string());
    let watermark = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(rfc3339);
    json!({
        "schema_version": SCHEMA_VERSION,
        "status": if failure.is_none() { "success" } else { "failed" },
        "pipeline_run_id": summary.and_then(|s| s.run_id.as_ref()).map(ToString::to_string),
        "kind": summary.map(|s| s.kind.prefix()),
        "dry_run": summary.is_some_and(|s| s.dry_run),
        "pipeline_duration_seconds": seconds,
        "api_calls_made": usage.calls,
        "api_retries": usage.retries,
        "bytes_received": usage.bytes,
        "early_exit": optimization == "change_detection_early_exit",
        "optimization": optimization,
        "launches_fetched": counts.fetched,
        "launches_inserted": counts.inserted,
        "launches_updated": counts.updated,
        "launches_unchanged": counts.unchanged,
        "launches_deleted": counts.deleted,
        "launches_restored": counts.restored,
        "launches_quarantined": counts.quarantined,
        "unresolved_references": counts.unresolved_references,
        "watermark_before": watermark(summary.and_then(|s| s.watermark_before)),
        "watermark_after": watermark(summary.and_then(|s| s.watermark_after)),
        "aggregations": aggregations(summary, failure.is_some()),
        "warnings": summary.map(|s| s.warnings.as_slice()).unwrap_or_default(),
        "error": failure.map(error_object),
    })
}

/// No finer than a millisecond, so that the number is short.
fn millis(summary: &RunSummary) -> u64 {
    u64::try_from(summary.duration.as_millis()).unwrap_or(u64::MAX)
}

fn aggregations(summary: Option<&RunSummary>, failed: bool) -> Value {
    let written = summary.and_then(|summary| summary.snapshot.as_ref());
    let latest: Option<&SnapshotSummary> = summary.and_then(|s| s.latest_snapshot.as_ref());
    let reason = match (written, failed) {
        (Some(_), _) => None,
        (None, true) => Some("run_failed"),
        (None, false) => Some("no_changes"),
    };
    json!({
        "status": if written.is_some() { "success" } else { "skipped" },
        "reason": reason,
        "launches_processed": summary.map_or(0, |summary| summary.counts.changed()),
        "total_launches": latest.map(|latest| latest.total_launches),
        "success_rate": latest.and_then(|latest| number(latest.success_rate.as_ref())),
        "completed_success_rate":
            latest.and_then(|latest| number(latest.completed_success_rate.as_ref())),
        "method": summary
            .filter(|summary| summary.optimization != Optimization::EarlyExit)
            .map(|summary| summary.kind.method()),
        "pipeline_run_id":
            written.and(summary).and_then(|s| s.run_id.as_ref()).map(ToString::to_string),
        "aggregation_id": written.map(|written| written.aggregation_id),
    })
}

pub(crate) fn error_object(failure: &Failure) -> Value {
    json!({ "kind": failure.kind, "message": failure.message, "hint": failure.hint })
}

/// A number of two decimals, which a JSON number holds exactly as written.
pub(super) fn number(figure: Option<&BigDecimal>) -> Option<f64> {
    figure.and_then(ToPrimitive::to_f64)
}

//! What a run did, in a few calm lines.

use std::io::{self, Write};

use super::percent;
use crate::model::run::{Optimization, RunCounts, RunKind, RunSummary};

/// Writes the summary of a run that did its work.
pub(crate) fn summary(out: &mut dyn Write, summary: &RunSummary) -> io::Result<()> {
    writeln!(out, "{}", headline(summary))?;
    let counts = what_changed(&summary.counts);
    if !counts.is_empty() {
        writeln!(out, "  {}", counts.join(", "))?;
    }
    if summary.counts.quarantined > 0 {
        let bad = summary.counts.quarantined;
        let went = if summary.kind == RunKind::Replay { "stay in" } else { "went into" };
        writeln!(out, "  {bad} broke a rule and {went} quarantine: `etl quarantine list`")?;
    }
    match (&summary.snapshot, &summary.latest_snapshot) {
        (Some(written), _) => writeln!(
            out,
            "  aggregations updated: {} launches, success rate {} ({} of those with a known outcome)",
            written.total_launches,
            percent(written.success_rate.as_ref()),
            percent(written.completed_success_rate.as_ref()),
        )?,
        (None, Some(latest)) => {
            writeln!(out, "  aggregations unchanged: {} launches", latest.total_launches)?;
        }
        (None, None) => writeln!(out, "  no aggregations yet")?,
    }
    let calls = match summary.usage.calls {
        1 => "1 API call".to_owned(),
        calls => format!("{calls} API calls"),
    };
    let undone = if summary.dry_run { "; a dry run: nothing was committed" } else { "" };
    let run_id = summary.run_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let seconds = summary.duration.as_secs_f64();
    writeln!(out, "completed in {seconds:.1}s, {calls}, run {run_id}{undone}")?;
    out.flush()
}

fn headline(summary: &RunSummary) -> String {
    let fetched = launches(summary.counts.fetched);
    match (summary.kind, summary.optimization) {
        (RunKind::Initial, _) => format!("Initial load: fetched {fetched}"),
        (RunKind::Recompute, _) => "Recompute: figures from the rows as they are".to_owned(),
        (RunKind::Replay, _) => format!("Replay: asked the rules again about {fetched}"),
        (RunKind::Reconcile, _) => format!("Reconcile: compared {fetched}"),
        (RunKind::Full, _) => format!("Full reconcile: compared {fetched}"),
        (RunKind::Backfill(_), _) => {
            format!("Backfill: fetched {fetched}; the watermark is left alone")
        }
        (RunKind::Ordinary, Optimization::EarlyExit) => "Nothing new at the source".to_owned(),
        (RunKind::Ordinary, _) => format!("Incremental run: fetched {fetched}"),
    }
}

fn launches(count: u64) -> String {
    if count == 1 { "1 launch".to_owned() } else { format!("{count} launches") }
}

fn what_changed(counts: &RunCounts) -> Vec<String> {
    [
        (counts.inserted, "inserted"),
        (counts.updated, "updated"),
        (counts.restored, "restored"),
        (counts.deleted, "vanished"),
        (counts.unchanged, "unchanged"),
        (counts.unresolved_references, "references without a document"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect()
}

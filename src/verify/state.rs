//! `ingestion_state` and the watermark against the runs, the snapshots and the launches.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::figures::instant;
use super::runs::Runs;
use super::snapshots::Snapshots;
use crate::db::{AnyConnection, DbError, Timestamp};
use crate::model::verification::{CheckResult, Findings};
use crate::schema::ingestion_state;

#[derive(Queryable, Selectable)]
#[diesel(table_name = ingestion_state, check_for_backend(crate::db::MultiBackend))]
struct StateRow {
    watermark: Option<Timestamp>,
    initial_load_completed_at: Option<Timestamp>,
    last_changed_at: Option<Timestamp>,
}

/// What is known about the source; nothing before the first load.
pub(super) struct State(Option<StateRow>);

impl State {
    pub(super) fn read(connection: &mut AnyConnection) -> Result<Self, DbError> {
        let row = ingestion_state::table
            .select(StateRow::as_select())
            .first(connection)
            .optional()
            .map_err(|error| DbError::from(error).while_doing("reading ingestion_state"))?;
        Ok(Self(row))
    }

    /// Whether the initial load came to its end: before that there are no figures.
    pub(super) fn is_loaded(&self) -> bool {
        self.0.as_ref().is_some_and(|row| row.initial_load_completed_at.is_some())
    }

    fn watermark(&self) -> Option<DateTime<Utc>> {
        self.0.as_ref().and_then(|row| row.watermark).map(|at| at.0)
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let unfinished =
            "no initial load is complete: there are no figures yet, `etl run` makes them";
        if self.is_loaded() { Vec::new() } else { vec![unfinished.to_owned()] }
    }

    /// The watermark never runs ahead of what was loaded, and moves only as the runs say.
    pub(super) fn watermark_check(
        &self,
        runs: &Runs,
        snapshots: &Snapshots,
        latest_flown: Option<DateTime<Utc>>,
    ) -> CheckResult {
        let mut findings = Findings::default();
        if self.watermark() > latest_flown {
            findings.add(format!(
                "the watermark is {}, but the latest launch that flew, in any version, is of {}",
                words(self.watermark()),
                words(latest_flown)
            ));
        }
        if let Left::At(left) = moves(runs, &mut findings)
            && self.watermark() != left
        {
            findings.add(format!(
                "the watermark is {}, the last run ended with {}",
                words(self.watermark()),
                words(left)
            ));
        }
        for (run_id, id, watermark) in snapshots.watermarks() {
            if runs
                .get(run_id)
                .is_some_and(|run| run.is_closed() && run.watermark_after != watermark)
            {
                findings.add(format!(
                    "snapshot {id} has the watermark {}, its run {run_id} another",
                    words(watermark)
                ));
            }
        }
        findings.named(
            "watermark",
            "the watermark is where the runs left it, and not ahead of the launches",
        )
    }

    /// The state speaks of the same past as the runs and the snapshots.
    pub(super) fn state_check(
        &self,
        runs: &Runs,
        snapshots: &Snapshots,
        launches: i64,
    ) -> CheckResult {
        let mut findings = Findings::default();
        let loaded_by_a_run =
            runs.iter().any(|(id, run)| run.kind == "initial" && snapshots.is_of(id));
        if self.is_loaded() && launches > 0 && !loaded_by_a_run {
            findings
                .add("the state says that the initial load is complete, no run and snapshot do");
        }
        if !self.is_loaded() && loaded_by_a_run {
            findings.add("a run completed the initial load, the state does not say so");
        }
        let changed = self.0.as_ref().and_then(|row| row.last_changed_at).map(|at| at.0);
        // A load under way changes rows page by page, and has no figures before its end.
        if self.is_loaded() && changed > snapshots.last() {
            findings.add(format!(
                "the state says that something changed at {}, the latest snapshot is of {}",
                words(changed),
                words(snapshots.last())
            ));
        }
        findings.named("state", "the state agrees with the runs and the snapshots")
    }
}

/// Where the runs so far left the watermark.
#[derive(Clone, Copy)]
enum Left {
    At(Option<DateTime<Utc>>),
    /// An initial load that was cut short may have moved it and not said so.
    Unknown,
}

/// Follows the watermark from run to run.
fn moves(runs: &Runs, findings: &mut Findings) -> Left {
    let mut left = Left::At(None);
    for (run_id, run) in runs.iter() {
        if !run.is_closed() {
            if run.kind == "initial" {
                left = Left::Unknown;
            }
            continue;
        }
        // One that stood before a load that goes on, and moved nothing, comes after it in time.
        if run.watermark_after == run.watermark_before {
            continue;
        }
        if let Left::At(before) = left
            && run.watermark_before != before
        {
            findings.add(format!(
                "run {run_id} began with the watermark {}, the run before it ended with {}",
                words(run.watermark_before),
                words(before)
            ));
        }
        if run.watermark_after < run.watermark_before && run.kind != "full" {
            findings.add(format!(
                "run {run_id} moved the watermark back from {} to {}",
                words(run.watermark_before),
                words(run.watermark_after)
            ));
        }
        left = Left::At(run.watermark_after);
    }
    left
}

fn words(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "nothing".to_owned(), instant)
}

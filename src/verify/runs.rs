//! The rows of `pipeline_runs` against the versions that their runs made.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::history::{History, Made};
use super::{PAGE, VerifyError};
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Timestamp};
use crate::model::verification::{CheckResult, Findings};
use crate::schema::pipeline_runs;

#[derive(Queryable, Selectable)]
#[diesel(table_name = pipeline_runs, check_for_backend(crate::db::MultiBackend))]
struct RunRow {
    id: i64,
    pipeline_run_id: String,
    kind: String,
    status: String,
    launches_inserted: i64,
    launches_updated: i64,
    launches_deleted: i64,
    launches_restored: i64,
    unresolved_references: i64,
    watermark_before: Option<Timestamp>,
    watermark_after: Option<Timestamp>,
}

/// A run, as its row says.
pub(super) struct Run {
    pub(super) id: i64,
    pub(super) kind: String,
    status: String,
    counts: [i64; 4],
    pub(super) unresolved_references: i64,
    pub(super) watermark_before: Option<DateTime<Utc>>,
    pub(super) watermark_after: Option<DateTime<Utc>>,
}

impl Run {
    pub(super) fn changed(&self) -> i64 {
        self.counts.iter().sum()
    }

    /// An initial load may commit page by page, and have no figures before its end.
    pub(super) fn committed_whole(&self) -> bool {
        self.kind != "initial" || self.status == "success"
    }

    pub(super) fn is_recompute(&self) -> bool {
        self.kind == "recompute" && self.status == "success"
    }

    /// Whether the run itself closed its row, and so wrote what it says of the watermark.
    pub(super) fn is_closed(&self) -> bool {
        !matches!(self.status.as_str(), "running" | "crashed")
    }
}

/// Every run, in order.
pub(super) struct Runs {
    order: Vec<String>,
    by_id: HashMap<String, Run>,
}

impl Runs {
    pub(super) fn read(connection: &mut AnyConnection, clock: &Clock) -> Result<Self, VerifyError> {
        let mut runs = Self { order: Vec::new(), by_id: HashMap::new() };
        let mut after = i64::MIN;
        loop {
            clock.interrupted()?;
            let page = page(connection, after)?;
            let is_last = i64::try_from(page.len()).unwrap_or_default() < PAGE;
            for row in page {
                after = row.id;
                runs.add(row);
            }
            if is_last {
                return Ok(runs);
            }
        }
    }

    fn add(&mut self, row: RunRow) {
        self.order.push(row.pipeline_run_id.clone());
        let run = Run {
            id: row.id,
            kind: row.kind,
            status: row.status,
            counts: [
                row.launches_inserted,
                row.launches_updated,
                row.launches_deleted,
                row.launches_restored,
            ],
            unresolved_references: row.unresolved_references,
            watermark_before: row.watermark_before.map(|at| at.0),
            watermark_after: row.watermark_after.map(|at| at.0),
        };
        self.by_id.insert(row.pipeline_run_id, run);
    }

    pub(super) fn get(&self, run_id: &str) -> Option<&Run> {
        self.by_id.get(run_id)
    }

    /// In the order in which they began.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Run)> {
        self.order.iter().filter_map(|id| Some((id.as_str(), self.by_id.get(id)?)))
    }

    pub(super) fn counts(&self, history: &History) -> CheckResult {
        let mut findings = Findings::default();
        let nothing = Made::default();
        for (run_id, run) in self.iter() {
            let made = history.made.get(run_id).unwrap_or(&nothing);
            let rows = [made.inserted, made.updated, made.deleted, made.restored];
            for ((word, row), says) in
                ["inserted", "updated", "deleted", "restored"].iter().zip(rows).zip(run.counts)
            {
                if row != says {
                    findings.add(format!(
                        "run {run_id} says {says} launches {word}, the rows say {row}"
                    ));
                }
            }
            if made.first != made.last {
                findings.add(format!("run {run_id} made versions at more than one instant"));
            }
        }
        let mut strangers: Vec<&String> =
            history.made.keys().filter(|run| !self.by_id.contains_key(*run)).collect();
        strangers.sort();
        for run in strangers {
            findings.add(format!("versions name run {run}, which pipeline_runs lacks"));
        }
        findings.named("run_counts", "each run made as many versions as it says")
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let open = self.iter().filter(|(_, run)| run.status == "running");
        open.map(|(run_id, _)| {
            format!(
                "run {run_id} is at work, or was killed: the next run finds out and closes its row"
            )
        })
        .collect()
    }
}

fn page(connection: &mut AnyConnection, after: i64) -> Result<Vec<RunRow>, DbError> {
    pipeline_runs::table
        .filter(pipeline_runs::id.gt(after))
        .select(RunRow::as_select())
        .order(pipeline_runs::id)
        .limit(PAGE)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading pipeline_runs"))
}

//! The rows of `launch_aggregations` against the launches: now, as of their time, and run by run.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::figures::{discrepancies, instant, wrong_sums};
use super::history::History;
use super::runs::{Run, Runs};
use super::state::State;
use super::{PAGE, VerifyError};
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Decimal, Timestamp};
use crate::model::figures::Figures;
use crate::model::verification::{CheckResult, Findings};
use crate::schema::launch_aggregations;

#[derive(Queryable, Selectable)]
#[diesel(table_name = launch_aggregations, check_for_backend(crate::db::MultiBackend))]
struct SnapshotRow {
    id: i32,
    total_launches: i64,
    total_successful_launches: i64,
    total_failed_launches: i64,
    success_rate: Option<Decimal>,
    earliest_launch_date: Option<Timestamp>,
    latest_launch_date: Option<Timestamp>,
    total_launch_sites: Option<i64>,
    updated_at: Option<Timestamp>,
    last_processed_launch_date: Option<Timestamp>,
    average_payload_mass_kg: Option<Decimal>,
    average_delay_hours: Option<Decimal>,
    snapshot_type: Option<String>,
    launches_added_in_batch: Option<i64>,
    pipeline_run_id: Option<String>,
    total_upcoming_launches: Option<i64>,
    completed_success_rate: Option<Decimal>,
    #[diesel(embed)]
    sums: StoredSums,
}

/// The sums that its means were divided from, as far as it kept them.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = launch_aggregations, check_for_backend(crate::db::MultiBackend))]
pub(super) struct StoredSums {
    pub(super) launches_with_mass: Option<i64>,
    pub(super) total_mass_hundredths: Option<i64>,
    pub(super) launches_with_delay: Option<i64>,
    pub(super) total_delay_whole_seconds: Option<i64>,
    pub(super) total_delay_rest_micros: Option<i64>,
}

/// A snapshot with its figures.
struct Snapshot {
    id: i32,
    run_id: String,
    instant: DateTime<Utc>,
    sums: StoredSums,
    figures: Figures,
}

/// What a snapshot says beside its figures.
struct Entry {
    id: i32,
    snapshot_type: Option<String>,
    added: i64,
    watermark: Option<DateTime<Utc>>,
}

/// The snapshots that runs wrote.
pub(super) struct Snapshots {
    count: usize,
    /// From before the first run: an older schema made them, and their rows are not kept.
    adopted: usize,
    order: Findings,
    /// The latest ones, the oldest first: these are recomputed.
    latest: VecDeque<Snapshot>,
    by_run: BTreeMap<String, Vec<Entry>>,
    /// Instant of the latest one.
    last: Option<DateTime<Utc>>,
}

impl Snapshots {
    pub(super) fn read(
        connection: &mut AnyConnection,
        most: usize,
        clock: &Clock,
    ) -> Result<Self, VerifyError> {
        let mut snapshots = Self {
            count: 0,
            adopted: 0,
            order: Findings::default(),
            latest: VecDeque::new(),
            by_run: BTreeMap::new(),
            last: None,
        };
        let mut after = i32::MIN;
        loop {
            clock.interrupted()?;
            let page = page(connection, after)?;
            let is_last = i64::try_from(page.len()).unwrap_or_default() < PAGE;
            for row in page {
                after = row.id;
                snapshots.add(row, most);
            }
            if is_last {
                return Ok(snapshots);
            }
        }
    }

    fn add(&mut self, row: SnapshotRow, most: usize) {
        self.count += 1;
        let id = row.id;
        let Some(at) = row.updated_at.map(|at| at.0) else {
            self.order.add(format!("snapshot {id} has no instant"));
            return;
        };
        if let Some(last) = self.last.filter(|last| *last >= at) {
            self.order.add(format!(
                "snapshot {id} is of {}, not later than the one before it, {}",
                instant(at),
                instant(last)
            ));
        }
        self.last = self.last.max(Some(at));
        let Some(run_id) = row.pipeline_run_id.clone() else {
            self.adopted += 1;
            return;
        };
        self.by_run.entry(run_id.clone()).or_default().push(Entry {
            id,
            snapshot_type: row.snapshot_type.clone(),
            added: row.launches_added_in_batch.unwrap_or_default(),
            watermark: row.last_processed_launch_date.map(|at| at.0),
        });
        let sums = row.sums;
        self.latest.push_back(Snapshot { id, run_id, instant: at, sums, figures: figures(row) });
        if self.latest.len() > most {
            self.latest.pop_front();
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn is_of(&self, run_id: &str) -> bool {
        self.by_run.contains_key(run_id)
    }

    /// The watermark that the snapshot of a run names.
    pub(super) fn watermarks(&self) -> impl Iterator<Item = (&str, i32, Option<DateTime<Utc>>)> {
        self.by_run.iter().flat_map(|(run, entries)| {
            entries.iter().map(move |entry| (run.as_str(), entry.id, entry.watermark))
        })
    }

    /// Instant of the latest snapshot.
    pub(super) fn last(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    /// The instants as of which the figures are to be recomputed.
    pub(super) fn instants(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.latest.iter().map(|snapshot| snapshot.instant)
    }

    pub(super) fn notes(&self) -> Option<String> {
        (self.adopted > 0).then(|| {
            format!(
                "{} snapshots are from before the first run, and were not recomputed",
                self.adopted
            )
        })
    }

    pub(super) fn data_consistent(&self, now: &Figures, state: &State) -> CheckResult {
        let mut findings = Findings::default();
        match self.latest.back() {
            Some(latest) => {
                for discrepancy in discrepancies(&latest.figures, now) {
                    findings.add(format!("snapshot {} (the latest): {discrepancy}", latest.id));
                }
            }
            None if state.is_loaded() && now.total_launches > 0 => {
                findings.add("there is no snapshot");
            }
            None => {}
        }
        findings.named("data_consistent", "data consistent")
    }

    pub(super) fn count_equals(&self, now: &Figures, state: &State) -> CheckResult {
        let mut findings = Findings::default();
        let stored = self.latest.back().map(|latest| latest.figures.total_launches);
        let expected = stored.unwrap_or_default();
        if now.total_launches != expected && (stored.is_some() || state.is_loaded()) {
            findings.add(format!(
                "the database holds {} launches, the latest snapshot says {expected}",
                now.total_launches
            ));
        }
        findings.named("count_equals_aggregation", "database count equals aggregation")
    }

    pub(super) fn in_order(&mut self) -> CheckResult {
        std::mem::take(&mut self.order).named("snapshots_in_order", "snapshots in order of time")
    }

    pub(super) fn recomputed(&self, history: &History) -> CheckResult {
        let mut findings = Findings::default();
        for (snapshot, as_of) in self.latest.iter().zip(&history.as_of) {
            let figures = discrepancies(&snapshot.figures, &as_of.sums.figures());
            let sums = wrong_sums(&snapshot.sums, &as_of.sums);
            for discrepancy in figures.into_iter().chain(sums) {
                let Snapshot { id, run_id, .. } = snapshot;
                findings.add(format!("snapshot {id} of run {run_id}: {discrepancy}"));
            }
        }
        let title = format!(
            "figures recomputed from the rows of their time ({} of {} snapshots)",
            self.latest.len(),
            self.count
        );
        findings.named("snapshots_recomputed", title)
    }

    pub(super) fn one_per_run(&self, runs: &Runs, history: &History) -> CheckResult {
        let mut findings = Findings::default();
        for (run_id, entries) in &self.by_run {
            if entries.len() > 1 {
                findings.add(format!("run {run_id} has {} snapshots", entries.len()));
            }
            if runs.get(run_id).is_none() {
                findings.add(format!("a snapshot names run {run_id}, which pipeline_runs lacks"));
            }
        }
        for (run_id, run) in runs.iter() {
            let wrote = history.made.contains_key(run_id) || run.changed() > 0;
            let needs = (wrote && run.committed_whole()) || run.is_recompute();
            match (needs, wrote || needs, self.by_run.contains_key(run_id)) {
                (true, _, false) => {
                    findings.add(format!("run {run_id} changed launches and has no snapshot"));
                }
                (false, false, true) => {
                    findings.add(format!("run {run_id} changed nothing and has a snapshot"));
                }
                _ => {}
            }
        }
        findings.named(
            "snapshot_per_run",
            "one snapshot for each run that changed something, for no other",
        )
    }

    /// The launches that a snapshot says were added. A load that was resumed counts whole.
    pub(super) fn added(&self, runs: &Runs, history: &History) -> CheckResult {
        let mut findings = Findings::default();
        let added =
            |run: &str| history.made.get(run).map_or(0, |made| made.inserted + made.restored);
        for (run_id, entries) in &self.by_run {
            for Entry { id, snapshot_type, added: stored, .. } in entries {
                let until = |run: &Run| runs.get(run_id).is_some_and(|own| run.id <= own.id);
                let expected: i64 = match snapshot_type.as_deref() {
                    Some("initial") => {
                        runs.iter().filter(|(_, run)| until(run)).map(|(run, _)| added(run)).sum()
                    }
                    _ => added(run_id),
                };
                if *stored != expected {
                    findings.add(format!(
                        "snapshot {id} of run {run_id} says {stored} launches were added, the rows say {expected}"
                    ));
                }
            }
        }
        findings.named("launches_added", "launches added as the snapshots say")
    }
}

fn page(connection: &mut AnyConnection, after: i32) -> Result<Vec<SnapshotRow>, DbError> {
    launch_aggregations::table
        .filter(launch_aggregations::id.gt(after))
        .select(SnapshotRow::as_select())
        .order(launch_aggregations::id)
        .limit(PAGE)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading launch_aggregations"))
}

fn figures(row: SnapshotRow) -> Figures {
    let number = |figure: Option<Decimal>| figure.map(|figure| figure.with_scale(2));
    let at = |at: Option<Timestamp>| at.map(|at| at.0);
    Figures {
        total_launches: row.total_launches,
        total_successful_launches: row.total_successful_launches,
        total_failed_launches: row.total_failed_launches,
        total_upcoming_launches: row.total_upcoming_launches.unwrap_or_default(),
        success_rate: number(row.success_rate),
        completed_success_rate: number(row.completed_success_rate),
        earliest_launch_date: at(row.earliest_launch_date),
        latest_launch_date: at(row.latest_launch_date),
        total_launch_sites: row.total_launch_sites.unwrap_or_default(),
        average_payload_mass_kg: number(row.average_payload_mass_kg),
        average_delay_hours: number(row.average_delay_hours),
    }
}

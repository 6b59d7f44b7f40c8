//! How a run ends: what it did, the closed row, and what is kept of one that failed.

use std::time::Instant;

use chrono::{DateTime, Utc};

use super::ledger::{self, Closing, Ending};
use super::{Run, RunError};
use crate::db::{AnyConnection, DbError};
use crate::load::Loader;
use crate::model::rejection::Rejection;
use crate::model::run::{Optimization, RunCounts, RunSummary, SnapshotSummary};

/// What a run did.
#[derive(Debug, Clone, Default)]
pub(super) struct Done {
    pub(super) optimization: Option<Optimization>,
    pub(super) counts: RunCounts,
    pub(super) snapshot: Option<SnapshotSummary>,
    pub(super) watermark: Option<DateTime<Utc>>,
    /// Launches that are missing at the source, of so many of ours, and were not believed.
    pub(super) implausible: Option<(u64, u64)>,
    /// Everything was asked for, not only what is recent.
    pub(super) everything: bool,
    /// Something that only a reconcile can settle was seen.
    pub(super) reconcile_due: bool,
    /// Latest `date_utc` of a launch that had flown by the start of the run.
    pub(super) latest_flown: Option<DateTime<Utc>>,
}

impl Done {
    /// The run did its work and still has something to report as a failure.
    pub(super) fn finding(&self) -> Option<RunError> {
        self.implausible.map(|(missing, living)| RunError::MassDeletion { missing, living })
    }
}

/// Why a run wrote nothing, and what it keeps in quarantine all the same.
pub(super) struct Failed {
    pub(super) error: RunError,
    pub(super) rejections: Vec<Rejection>,
}

impl<E: Into<RunError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), rejections: Vec::new() }
    }
}

impl Run<'_> {
    /// Closes the run's row with what was done, in the transaction that did it.
    pub(super) fn close(
        &mut self,
        connection: &mut AnyConnection,
        done: &Done,
    ) -> Result<(), DbError> {
        self.closed_with = Some(done.clone());
        let finding = done.finding().map(|error| error.to_string());
        let ending = if finding.is_some() { Ending::Failed } else { Ending::Success };
        self.close_row(connection, ending, done, finding.as_deref())
    }

    fn close_row(
        &self,
        connection: &mut AnyConnection,
        ending: Ending,
        done: &Done,
        error: Option<&str>,
    ) -> Result<(), DbError> {
        if self.request.dry_run {
            return Ok(());
        }
        let closing = Closing {
            ending,
            optimization: done.optimization.unwrap_or(Optimization::None),
            usage: self.usage(),
            counts: done.counts,
            watermark_before: self.watermark_before,
            watermark_after: done.watermark,
            error,
        };
        // A clock that went back makes no run shorter than nothing.
        let finished = self.clock.now().max(self.started);
        ledger::close(connection, &self.run_id, finished, &closing)
    }

    /// Closes the row of a run that wrote nothing, with the rejections that made it fail. What stands in the way
    /// of that is said, and left to the next run, which finds the row open.
    pub(super) fn fail(
        &mut self,
        connection: Option<&mut AnyConnection>,
        error: &RunError,
        rejections: &[Rejection],
    ) -> Done {
        let ending = match error.interrupted() {
            Some(_) => Ending::Interrupted,
            None => Ending::Failed,
        };
        let mut done =
            Done { watermark: self.watermark(), counts: self.committed, ..Done::default() };
        let Some(connection) = connection else {
            log::error!("the run's row could not be closed, the next run will");
            return done;
        };
        if matches!(error, RunError::TakenOver { .. }) {
            return done;
        }
        let message = error.to_string();
        let closed = self.commit(connection, |run, connection| {
            if !rejections.is_empty() {
                let stamp = run.stamp(connection)?;
                let mut loader = Loader::begin(connection, stamp, run.request.batch_size)?;
                loader.load(connection, Vec::new(), rejections)?;
                done.counts.fetched += loader.counts.fetched;
                done.counts.quarantined += loader.counts.quarantined;
            }
            run.close_row(connection, ending, &done, Some(&message))?;
            Ok(())
        });
        if let Err(Failed { error, .. }) = closed {
            log::error!("the run's row could not be closed, the next run will: {error}");
        }
        done
    }

    pub(super) fn summary(
        self,
        done: Done,
        latest_snapshot: Option<SnapshotSummary>,
        began: Instant,
    ) -> RunSummary {
        RunSummary {
            watermark_before: self.watermark_before,
            watermark_after: done.watermark,
            usage: self.usage(),
            run_id: Some(self.run_id),
            kind: self.kind,
            dry_run: self.request.dry_run,
            optimization: done.optimization.unwrap_or(Optimization::None),
            duration: began.elapsed(),
            counts: done.counts,
            latest_snapshot: done.snapshot.clone().or(latest_snapshot),
            snapshot: done.snapshot,
            warnings: self.warnings,
        }
    }
}

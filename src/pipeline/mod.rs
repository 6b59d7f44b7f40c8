//! THE order of a run: lock, plan, fetch, validate, load, aggregate, close. No other file knows it.

mod detect;
mod error;
mod fetch;
mod ledger;
mod plan;
mod sweep;

use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::aggregate::{latest_snapshot, write_snapshot};
use crate::clock::Clock;
use crate::db::{AnyConnection, Database, DbError, ExclusiveLock, rehearse, transaction};
use crate::load::Loader;
use crate::load::launches::{next_instant, table_is_empty, upcoming_ids};
use crate::load::quarantine::open_launch_ids;
use crate::load::state::{self, State};
use crate::model::fingerprint::FINGERPRINT_VERSION;
use crate::model::rejection::Rejection;
use crate::model::run::{
    Optimization, RunCounts, RunId, RunKind, RunRequest, RunSummary, SnapshotSummary, Stamp,
};
use crate::model::settings::SourceKind;
use crate::model::source_filter::SourceFilter;
use crate::source::Source;
use detect::{Detection, detect};
pub(crate) use error::RunError;
use ledger::{Closing, Ending};

/// A run that ended: what it did, and why it failed if it did.
pub(crate) struct RunReport {
    pub(crate) summary: RunSummary,
    pub(crate) error: Option<RunError>,
}

/// Takes the lock that a run needs, or says who has it.
pub(crate) fn lock(database: &Database) -> Result<ExclusiveLock, RunError> {
    match database.try_lock()? {
        Some(lock) => Ok(lock),
        None => Err(RunError::Locked { holder: holder(database) }),
    }
}

/// Who has the lock; a holder that has written nothing yet, or no table to write to, is not known by name.
pub(crate) fn holder(database: &Database) -> String {
    let holder = database.connection().and_then(|mut connection| ledger::holder(&mut connection));
    holder.ok().flatten().unwrap_or_else(|| "it has only just begun, or is migrating".to_owned())
}

/// One run, from the plan to the closed row. The caller holds the lock.
pub(crate) fn run(
    database: &Database,
    source: &Source,
    request: &RunRequest,
    clock: &Clock,
) -> Result<RunReport, RunError> {
    let began = Instant::now();
    let mut connection = database.connection()?;
    let started = clock.now();
    let mut warnings = Vec::new();
    if !request.dry_run {
        for crashed in ledger::close_crashed(&mut connection, started)? {
            warnings.push(format!("run {crashed} was killed; it is marked as crashed"));
        }
    }
    let state = state::read(&mut connection)?;
    let kind = plan::plan(state.as_ref(), request, started);
    let run_id = RunId::new(kind, started, fastrand::u32(..));
    if !request.dry_run {
        ledger::open(&mut connection, &run_id, kind, started)?;
    }
    let mut run = Run { source, request, clock, started, kind, run_id, state, warnings };
    let outcome = run.execute(&mut connection);
    let error = match &outcome {
        Ok(done) => done.finding(),
        Err(_) => None,
    };
    let (done, error) = match outcome {
        Ok(done) => (done, error),
        Err(Failed { error, rejections }) => {
            let done = run.fail(&mut connection, &error, &rejections);
            (done, Some(error))
        }
    };
    let latest = latest_snapshot(&mut connection).ok().flatten();
    Ok(RunReport { summary: run.summary(done, latest, began), error })
}

/// What is fixed for the length of a run.
struct Run<'a> {
    source: &'a Source,
    request: &'a RunRequest,
    clock: &'a Clock,
    started: DateTime<Utc>,
    kind: RunKind,
    run_id: RunId,
    /// As the run before left it.
    state: Option<State>,
    warnings: Vec<String>,
}

/// What a run did.
#[derive(Debug, Default)]
struct Done {
    optimization: Option<Optimization>,
    counts: RunCounts,
    snapshot: Option<SnapshotSummary>,
    watermark: Option<DateTime<Utc>>,
    /// Launches that are missing at the source, of so many of ours, and were not believed.
    implausible: Option<(u64, u64)>,
    /// Everything was asked for, not only what is recent.
    everything: bool,
    /// Something that only a reconcile can settle was seen.
    reconcile_due: bool,
    /// Latest `date_utc` of a launch that had flown by the start of the run.
    latest_flown: Option<DateTime<Utc>>,
}

impl Done {
    /// The run did its work and still has something to report as a failure.
    fn finding(&self) -> Option<RunError> {
        self.implausible.map(|(missing, living)| RunError::MassDeletion { missing, living })
    }
}

/// Why a run wrote nothing, and what it keeps in quarantine all the same.
struct Failed {
    error: RunError,
    rejections: Vec<Rejection>,
}

impl<E: Into<RunError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), rejections: Vec::new() }
    }
}

impl Run<'_> {
    /// Decides how much to ask for, and does it.
    fn execute(&mut self, connection: &mut AnyConnection) -> Result<Done, Failed> {
        match self.kind {
            RunKind::Recompute => self.recompute(connection),
            RunKind::Initial => self.sweep(
                connection,
                SourceFilter::Everything,
                Optimization::SkippedDetection,
                None,
            ),
            RunKind::Reconcile | RunKind::Full => {
                self.sweep(connection, SourceFilter::Everything, Optimization::FullSweep, None)
            }
            RunKind::Ordinary => match detect(self.source, connection)? {
                Detection::NothingNew => self.exit_early(connection),
                Detection::Different { launch_id } => {
                    let filter = self.recent(connection)?;
                    let optimization = match filter {
                        SourceFilter::Everything => Optimization::FullSweep,
                        _ => Optimization::ServerSideFiltering,
                    };
                    self.sweep(connection, filter, optimization, Some(launch_id))
                }
                Detection::Unusable { reason } => {
                    self.warn(format!(
                        "/launches/latest is of no use ({reason}): everything is asked for"
                    ));
                    self.sweep(connection, SourceFilter::Everything, Optimization::FullSweep, None)
                }
            },
        }
    }

    /// What an ordinary run asks for; without a watermark no launch has flown yet, and everything is recent.
    fn recent(&self, connection: &mut AnyConnection) -> Result<SourceFilter, DbError> {
        let watermark = self.state.as_ref().and_then(|state| state.watermark);
        let lookback = chrono::Duration::from_std(self.request.lookback).ok();
        let since = watermark.zip(lookback).and_then(|(mark, back)| mark.checked_sub_signed(back));
        let Some(flown_since) = since else { return Ok(SourceFilter::Everything) };
        let mut ids = upcoming_ids(connection)?;
        ids.extend(open_launch_ids(connection)?);
        Ok(SourceFilter::Recent { flown_since, ids })
    }

    /// Nothing new: only the instants and the run's row are written.
    fn exit_early(&mut self, connection: &mut AnyConnection) -> Result<Done, Failed> {
        let done = Done {
            optimization: Some(Optimization::EarlyExit),
            watermark: self.watermark_before(),
            ..Done::default()
        };
        self.check_source_kind()?;
        self.commit(connection, |run, connection| {
            let mut state = run.next_state();
            state.last_checked_at = Some(run.clock.now());
            state::write(connection, &state)?;
            run.close(connection, &done)?;
            Ok(done)
        })
    }

    /// New figures from the rows as they are.
    fn recompute(&mut self, connection: &mut AnyConnection) -> Result<Done, Failed> {
        if table_is_empty(connection)? {
            return Err(RunError::NothingLoaded.into());
        }
        self.commit(connection, |run, connection| {
            let stamp = run.stamp(connection)?;
            let watermark = run.watermark_before();
            let snapshot = write_snapshot(connection, run.kind, &stamp, 0, watermark)?;
            let done = Done {
                optimization: Some(Optimization::None),
                snapshot: Some(snapshot),
                watermark,
                ..Done::default()
            };
            run.close(connection, &done)?;
            Ok(done)
        })
    }

    /// One transaction, which a dry run does not commit.
    fn commit<T>(
        &mut self,
        connection: &mut AnyConnection,
        body: impl FnOnce(&mut Self, &mut AnyConnection) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let dry_run = self.request.dry_run;
        let body = |connection: &mut AnyConnection| body(self, connection);
        if dry_run { rehearse(connection, body) } else { transaction(connection, body) }
    }

    fn stamp(&self, connection: &mut AnyConnection) -> Result<Stamp, DbError> {
        let instant = next_instant(connection, self.clock.now())?;
        Ok(Stamp { run_id: self.run_id.clone(), instant })
    }

    /// Nobody's production is filled with invented launches.
    fn check_source_kind(&self) -> Result<(), RunError> {
        match (&self.state, self.source.kind()) {
            (Some(state), Some(answered)) if state.source_kind != answered => {
                Err(RunError::WrongSource { loaded: state.source_kind, answered })
            }
            _ => Ok(()),
        }
    }

    fn watermark_before(&self) -> Option<DateTime<Utc>> {
        self.state.as_ref().and_then(|state| state.watermark)
    }

    /// The state as it was, to be moved on.
    fn next_state(&self) -> State {
        self.state.clone().unwrap_or(State {
            source_kind: self.source.kind().unwrap_or(SourceKind::Api),
            fingerprint_version: FINGERPRINT_VERSION,
            watermark: None,
            initial_load_completed_at: None,
            last_checked_at: None,
            last_changed_at: None,
            last_reconciled_at: None,
            reconcile_due: false,
        })
    }

    fn warn(&mut self, warning: String) {
        log::warn!("{warning}");
        self.warnings.push(warning);
    }

    /// Closes the run's row with what was done, in the transaction that did it.
    fn close(&self, connection: &mut AnyConnection, done: &Done) -> Result<(), DbError> {
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
            usage: self.source.usage(),
            counts: done.counts,
            watermark_before: self.watermark_before(),
            watermark_after: done.watermark,
            error,
        };
        // A clock that went back makes no run shorter than nothing.
        let finished = self.clock.now().max(self.started);
        ledger::close(connection, &self.run_id, finished, &closing)
    }

    /// Closes the row of a run that wrote nothing, with the rejections that made it fail. What stands in the way
    /// of that is said, and left to the next run, which finds the row open.
    fn fail(
        &mut self,
        connection: &mut AnyConnection,
        error: &RunError,
        rejections: &[Rejection],
    ) -> Done {
        let ending = match error.interrupted() {
            Some(_) => Ending::Interrupted,
            None => Ending::Failed,
        };
        let mut done = Done { watermark: self.watermark_before(), ..Done::default() };
        let message = error.to_string();
        let closed = self.commit(connection, |run, connection| {
            if !rejections.is_empty() {
                let stamp = run.stamp(connection)?;
                let mut loader = Loader::begin(connection, stamp, run.request.batch_size)?;
                loader.load(connection, Vec::new(), rejections)?;
                done.counts = loader.counts;
            }
            run.close_row(connection, ending, &done, Some(&message))?;
            Ok(())
        });
        if let Err(Failed { error, .. }) = closed {
            log::error!("the run's row could not be closed, the next run will: {error}");
        }
        done
    }

    fn summary(
        self,
        done: Done,
        latest_snapshot: Option<SnapshotSummary>,
        began: Instant,
    ) -> RunSummary {
        RunSummary {
            watermark_before: self.watermark_before(),
            watermark_after: done.watermark,
            run_id: Some(self.run_id),
            kind: self.kind,
            dry_run: self.request.dry_run,
            optimization: done.optimization.unwrap_or(Optimization::None),
            duration: began.elapsed(),
            usage: self.source.usage(),
            counts: done.counts,
            latest_snapshot: done.snapshot.clone().or(latest_snapshot),
            snapshot: done.snapshot,
            warnings: self.warnings,
        }
    }
}

//! THE order of a run: lock, plan, fetch, validate, load, aggregate, close. No other file knows it.

mod detect;
mod ending;
mod error;
mod fetch;
mod initial;
mod ledger;
mod plan;
mod replay;
mod setbacks;
mod sweep;

use std::time::Instant;

use chrono::{DateTime, Utc};

use crate::aggregate::{NewSnapshot, latest_snapshot, write_snapshot};
use crate::clock::Clock;
use crate::console::{self, Progress};
use crate::db::{AnyConnection, Database, DbError, ExclusiveLock, reading, rehearse, transaction};
use crate::load::launches::{next_instant, table_is_empty, upcoming_ids};
use crate::load::quarantine::open_launch_ids;
use crate::load::state::{self, State};
use crate::model::fingerprint::FINGERPRINT_VERSION;
use crate::model::run::{
    Optimization, RunCounts, RunId, RunKind, RunRequest, RunSummary, Stamp, Usage,
};
use crate::model::settings::SourceKind;
use crate::model::source_filter::SourceFilter;
use crate::source::Source;
use detect::{Detection, detect};
use ending::{Done, Failed};
pub(crate) use error::RunError;
use initial::Resumed;
use setbacks::Writer;

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
    let holder =
        database.connection().and_then(|mut connection| reading(&mut connection, ledger::holder));
    holder.ok().flatten().unwrap_or_else(|| "it has only just begun, or is migrating".to_owned())
}

/// One run, from the plan to the closed row. The caller holds the lock.
pub(crate) fn run(
    database: &Database,
    source: &Source,
    request: &RunRequest,
    clock: &Clock,
) -> Result<RunReport, RunError> {
    run_through(database, source, request, clock)
        .map_err(|error| error.naming_who(database, database.connection().ok().as_deref_mut()))
}

fn run_through(
    database: &Database,
    source: &Source,
    request: &RunRequest,
    clock: &Clock,
) -> Result<RunReport, RunError> {
    let began = Instant::now();
    let mut connection = database.connection()?;
    let started = clock.now();
    // From here on none of them can write, whatever wakes up: what is read now stays true.
    let killed =
        if request.dry_run { Vec::new() } else { ledger::close_crashed(&mut connection, started)? };
    let state = reading(&mut connection, state::read)?;
    let kind = plan::plan(state.as_ref(), request, started);
    let resumed = Resumed::find(state.as_ref(), started)
        .filter(|_| kind == RunKind::Initial && !request.dry_run);
    let run_id = match &resumed {
        Some(resumed) => resumed.run_id.clone(),
        None => RunId::new(kind, started, fastrand::u32(..)),
    };
    let mut run = Run {
        source,
        request,
        clock,
        started,
        kind,
        run_id,
        resumed,
        watermark_before: state.as_ref().and_then(|state| state.watermark),
        state,
        committed: RunCounts::default(),
        closed_with: None,
        warnings: Vec::new(),
        progress: Progress::begin("asking the source"),
    };
    console::name_run(&run.run_id);
    if !request.dry_run {
        run.open(&mut connection, &killed)?;
    }
    let mut writer = Writer::new(database, connection);
    let outcome = run.persevere(&mut writer);
    let error = match &outcome {
        Ok(done) => done.finding(),
        Err(_) => None,
    };
    let (done, error) = match outcome {
        Ok(done) => (done, error),
        Err(Failed { error, rejections }) => {
            let error = error.naming_who(database, writer.current());
            let done = run.fail(writer.last_words(&error), &error, &rejections);
            (done, Some(error))
        }
    };
    let latest = writer.current().and_then(|c| reading(c, latest_snapshot).ok()).flatten();
    Ok(RunReport { summary: run.summary(done, latest, began), error })
}

const EVERYTHING: SourceFilter = SourceFilter::Everything { after: None };

/// What is fixed for the length of a run.
struct Run<'a> {
    source: &'a Source,
    request: &'a RunRequest,
    clock: &'a Clock,
    started: DateTime<Utc>,
    kind: RunKind,
    run_id: RunId,
    /// The load that this run goes on with.
    resumed: Option<Resumed>,
    /// As the run before left it, or the last page.
    state: Option<State>,
    watermark_before: Option<DateTime<Utc>>,
    /// What is committed already, page by page, while the run goes on.
    committed: RunCounts,
    /// What the row was closed with in the last transaction, whether or not that was committed.
    closed_with: Option<Done>,
    warnings: Vec<String>,
    progress: Progress,
}

impl Run<'_> {
    /// Opens the run's row, and names the runs that were killed.
    fn open(&mut self, connection: &mut AnyConnection, killed: &[String]) -> Result<(), DbError> {
        for killed in killed {
            if killed != self.run_id.as_str() {
                self.warn(format!("run {killed} was killed; it is marked as crashed"));
            }
        }
        let Some(resumed) = &mut self.resumed else {
            let before = self.watermark_before;
            return ledger::open(connection, &self.run_id, self.kind, self.started, before);
        };
        let past = ledger::reopen(connection, &self.run_id)?;
        (resumed.usage, resumed.counts) = (past.usage, past.counts);
        self.watermark_before = past.watermark_before;
        self.committed = past.counts;
        let loaded = self.committed.fetched;
        self.warn(format!("the load {} was cut after {loaded} launches; it goes on", self.run_id));
        Ok(())
    }

    /// Decides how much to ask for, and does it.
    fn execute(&mut self, connection: &mut AnyConnection) -> Result<Done, Failed> {
        match self.kind {
            RunKind::Recompute => self.recompute(connection),
            RunKind::Replay => self.replay(connection),
            RunKind::Initial if !self.request.dry_run => self.load_initially(connection),
            RunKind::Initial => {
                self.sweep(connection, EVERYTHING, Optimization::SkippedDetection, None)
            }
            RunKind::Reconcile | RunKind::Full => {
                self.sweep(connection, EVERYTHING, Optimization::FullSweep, None)
            }
            RunKind::Backfill(window) => self.sweep(
                connection,
                SourceFilter::Window(window),
                Optimization::ServerSideFiltering,
                None,
            ),
            RunKind::Ordinary => match detect(self.source, connection)? {
                Detection::NothingNew => self.exit_early(connection),
                Detection::Different { launch_id } => {
                    let filter = self.recent(connection)?;
                    let optimization = match filter {
                        SourceFilter::Everything { .. } => Optimization::FullSweep,
                        _ => Optimization::ServerSideFiltering,
                    };
                    self.sweep(connection, filter, optimization, Some(launch_id))
                }
                Detection::Unusable { reason } => {
                    self.warn(format!(
                        "/launches/latest is of no use ({reason}): everything is asked for"
                    ));
                    self.sweep(connection, EVERYTHING, Optimization::FullSweep, None)
                }
            },
        }
    }

    /// What an ordinary run asks for; without a watermark no launch has flown yet, and everything is recent.
    fn recent(&self, connection: &mut AnyConnection) -> Result<SourceFilter, DbError> {
        let watermark = self.state.as_ref().and_then(|state| state.watermark);
        let lookback = chrono::Duration::from_std(self.request.lookback).ok();
        let since = watermark.zip(lookback).and_then(|(mark, back)| mark.checked_sub_signed(back));
        let Some(flown_since) = since else { return Ok(EVERYTHING) };
        let ids = reading(connection, |connection| {
            let mut ids = upcoming_ids(connection)?;
            ids.extend(open_launch_ids(connection)?);
            Ok::<_, DbError>(ids)
        });
        Ok(SourceFilter::Recent { flown_since, ids: ids? })
    }

    /// Nothing new: only the instants and the run's row are written.
    fn exit_early(&mut self, connection: &mut AnyConnection) -> Result<Done, Failed> {
        let done = Done {
            optimization: Some(Optimization::EarlyExit),
            watermark: self.watermark(),
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
        self.commit(connection, |run, connection| {
            let load_under_way = run.state.as_ref().is_some_and(|state| state.load.is_some());
            if load_under_way || table_is_empty(connection)? {
                return Err(RunError::NothingLoaded.into());
            }
            let stamp = run.stamp(connection)?;
            let watermark = run.watermark();
            let new = NewSnapshot {
                kind: run.kind,
                stamp: &stamp,
                swept_everything: false,
                last_reconciled_at: run.last_reconciled_at(),
                added: 0,
                watermark,
            };
            let done = Done {
                optimization: Some(Optimization::None),
                snapshot: Some(write_snapshot(connection, &new)?),
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
        let body = |connection: &mut AnyConnection| {
            self.hold(connection)?;
            body(self, connection)
        };
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

    fn watermark(&self) -> Option<DateTime<Utc>> {
        self.state.as_ref().and_then(|state| state.watermark)
    }

    fn last_reconciled_at(&self) -> Option<DateTime<Utc>> {
        self.state.as_ref().and_then(|state| state.last_reconciled_at)
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
            load: None,
        })
    }

    /// What the run asked of the API, in this process and before.
    fn usage(&self) -> Usage {
        let before = self.resumed.as_ref().map(|resumed| resumed.usage).unwrap_or_default();
        before + self.source.usage()
    }

    fn warn(&mut self, warning: String) {
        log::warn!("{warning}");
        self.warnings.push(warning);
    }
}

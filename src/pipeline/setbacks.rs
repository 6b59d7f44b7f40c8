//! What a run does when its transaction comes to nothing through no fault of its own: find out what became of it, and
//! do it again, or end so that a later run can.

use std::time::Duration;

use super::initial::Resumed;
use super::{Done, Failed, Run, RunError, ledger};
use crate::db::{AnyConnection, Connection, Database, DbError, Fault, hold_run, transaction};
use crate::defect::caught;
use crate::load::state;
use crate::model::run::{RunCounts, RunKind};

/// So many times a transaction that got in the way of another one is done again.
const REPEATS: u32 = 3;

/// The middle of the pause before the first repetition; each later one is four times as long.
const PAUSE: Duration = Duration::from_millis(100);

/// The run's connection, which can be lost and opened anew.
pub(super) struct Writer<'a> {
    database: &'a Database,
    connection: Option<Connection>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(database: &'a Database, connection: Connection) -> Self {
        Self { database, connection: Some(connection) }
    }

    /// The connection, another one if it was given up; none is kept when there is none to be had.
    fn connection(&mut self) -> Result<&mut AnyConnection, DbError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.connection()?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Gives the connection up: the pool closes one that is broken, and the server rolls back.
    fn give_up(&mut self) {
        self.connection = None;
    }

    /// The connection for what is left to do at the end of a run.
    pub(super) fn last_words(&mut self, error: &RunError) -> Option<&mut AnyConnection> {
        // In the midst of a transaction, for all that is known of it.
        if matches!(error, RunError::Defect(_)) {
            self.give_up();
        }
        if is_lost(error) && self.connection.is_none() {
            // What could not be reached a moment ago is not waited for again.
            return None;
        }
        self.connection().ok()
    }

    pub(super) fn current(&mut self) -> Option<&mut AnyConnection> {
        self.connection.as_deref_mut()
    }
}

/// What has gone wrong so far with the transaction at hand.
#[derive(Default)]
struct Setbacks {
    contentions: u32,
    losses: u32,
    /// What was committed then: a page that went through begins the count anew.
    committed: RunCounts,
}

impl Setbacks {
    /// How long to wait before doing it again, if that is any use.
    fn pause_after(&mut self, error: &RunError, committed: RunCounts) -> Option<Duration> {
        if self.committed != committed {
            *self = Self { committed, ..Self::default() };
        }
        let RunError::Database(database) = error else { return None };
        match database.fault {
            Fault::Contended if self.contentions < REPEATS => {
                let pause = PAUSE * 4_u32.pow(self.contentions);
                self.contentions += 1;
                // So that two that met do not meet again.
                Some(pause.mul_f64(0.5 + fastrand::f64()))
            }
            Fault::Unavailable if self.losses == 0 => {
                self.losses += 1;
                Some(Duration::ZERO)
            }
            _ => None,
        }
    }
}

impl Run<'_> {
    /// Does the run's work, and does it again where the database broke it off.
    pub(super) fn persevere(&mut self, writer: &mut Writer<'_>) -> Result<Done, Failed> {
        let mut setbacks = Setbacks::default();
        let warned = self.warnings.len();
        let mut again = false;
        loop {
            let failed = match self.attempt(writer, again) {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            if is_lost(&failed.error) {
                writer.give_up();
            }
            let Some(pause) = setbacks.pause_after(&failed.error, self.committed) else {
                return self.committed_all_the_same(writer, failed);
            };
            log::warn!("{}: what was not committed is done again", failed.error);
            self.clock.sleep(pause)?;
            self.warnings.truncate(warned);
            again = true;
        }
    }

    fn attempt(&mut self, writer: &mut Writer<'_>, again: bool) -> Result<Done, Failed> {
        let connection = writer.connection()?;
        if again && let Some(done) = self.look_back(connection)? {
            return Ok(done);
        }
        caught(|| self.execute(connection)).unwrap_or_else(|defect| Err(defect.into()))
    }

    /// Nothing is called failed that was committed, if that can be found out.
    fn committed_all_the_same(
        &mut self,
        writer: &mut Writer<'_>,
        failed: Failed,
    ) -> Result<Done, Failed> {
        if !is_lost(&failed.error) || self.closed_with.is_none() {
            return Err(failed);
        }
        match writer.connection() {
            Ok(connection) => self.look_back(connection).ok().flatten().ok_or(failed),
            Err(_) => Err(failed),
        }
    }

    /// What became of the transaction whose end was not heard: what it did if it was committed.
    fn look_back(&mut self, connection: &mut AnyConnection) -> Result<Option<Done>, Failed> {
        if self.request.dry_run {
            return Ok(None);
        }
        let row = transaction(connection, |connection| hold_run(connection, self.run_id.as_str()))?;
        if row.is_some_and(|row| ledger::is_closed_by_me(&row))
            && let Some(done) = self.closed_with.take()
        {
            log::info!("it was committed all the same");
            return Ok(Some(done));
        }
        if self.kind == RunKind::Initial {
            self.state = state::read(connection)?;
            self.committed = ledger::committed(connection, &self.run_id)?;
            let usage = self.resumed.as_ref().map(|resumed| resumed.usage).unwrap_or_default();
            let state = self.state.as_ref();
            self.resumed = Resumed::own(state, &self.run_id, self.committed, usage);
        }
        Ok(None)
    }

    /// Makes sure, for the length of the transaction, that this run is still the one that may write: another one
    /// that found it gone has closed its row, or goes on with its load.
    pub(super) fn hold(&self, connection: &mut AnyConnection) -> Result<(), RunError> {
        if self.request.dry_run {
            return Ok(());
        }
        let row = hold_run(connection, self.run_id.as_str())?;
        if row.is_some_and(|row| ledger::is_still_mine(&row)) {
            return Ok(());
        }
        let by = ledger::latest(connection)?.unwrap_or_else(|| "nobody".to_owned());
        Err(RunError::TakenOver { run_id: self.run_id.clone(), by })
    }
}

fn is_lost(error: &RunError) -> bool {
    matches!(error, RunError::Database(error) if error.fault == Fault::Unavailable)
}

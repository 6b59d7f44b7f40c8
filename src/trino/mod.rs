//! A Trino server, asked over its own HTTP protocol: rows as they come, what is worth retrying tried again, what
//! nobody waits for any more ended on the server.
//!
//! It knows nothing of launches but the texts of the analytic answers in Trino's SQL.

mod address;
pub(crate) mod analytics;
mod error;
mod page;
mod retry;
mod statement;
mod trouble;
mod value;
mod wire;

use crate::clock::Clock;
use crate::model::query::Cell;
use crate::model::settings::TrinoSettings;
pub(crate) use error::{Fault, TrinoError};
use retry::Patience;
use statement::{EachRow, Statement, Stopped};
use wire::Wire;

/// How a statement ended, as the server counted it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) query_id: String,
    /// The names of the columns, also where no row came.
    pub(crate) columns: Vec<String>,
    /// Rows that a statement wrote, where it is one that writes.
    pub(crate) written: Option<u64>,
    /// Rows that the server read for it.
    pub(crate) read: u64,
}

/// A server that can be asked.
pub(crate) struct Trino {
    wire: Wire,
    clock: Clock,
    patience: Patience,
}

impl Trino {
    pub(crate) fn open(settings: &TrinoSettings, clock: &Clock) -> Result<Self, TrinoError> {
        Ok(Self {
            wire: Wire::open(settings)?,
            clock: clock.clone(),
            patience: Patience::of(settings.patience),
        })
    }

    /// Hands each row of the answer to `each`, with the names of its columns. A statement that failed before its first
    /// row, for a reason that passes, is sent anew.
    pub(crate) fn ask<E: From<TrinoError>>(
        &self,
        sql: &str,
        mut each: impl FnMut(&[String], Vec<Cell>) -> Result<(), E>,
    ) -> Result<Ending, E> {
        self.until_ready(|| self.ask_once(sql, None, &mut each))
    }

    /// The same for a statement of the user's own, in a transaction that cannot write.
    pub(crate) fn ask_own<E: From<TrinoError>>(
        &self,
        sql: &str,
        mut each: impl FnMut(&[String], Vec<Cell>) -> Result<(), E>,
    ) -> Result<Ending, E> {
        self.until_ready(|| {
            let started = self.begin_reading()?;
            let outcome = self.ask_once(sql, Some(&started), &mut each);
            self.end_reading(&started);
            outcome
        })
    }

    /// The rows of a short answer.
    pub(crate) fn rows(&self, sql: &str) -> Result<Vec<Vec<Cell>>, TrinoError> {
        let mut rows = Vec::new();
        self.ask::<TrinoError>(sql, |_, row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Runs a statement that has no answer but how it ended.
    pub(crate) fn execute(&self, sql: &str) -> Result<Ending, TrinoError> {
        self.ask::<TrinoError>(sql, |_, _| Ok(()))
    }

    fn begin_reading(&self) -> Result<String, TrinoError> {
        let mut statement = self.begin("START TRANSACTION READ ONLY", Some("NONE"))?;
        while statement.next_page(&mut |_, _| Ok::<_, TrinoError>(()))? {}
        statement.transaction().ok_or_else(TrinoError::no_transaction)
    }

    /// Nothing was written: a server that does not hear of the end forgets the transaction by itself.
    fn end_reading(&self, transaction: &str) {
        let nothing = &mut |_: &[String], _| Ok::<_, TrinoError>(());
        if let Err(Stopped::Server(error) | Stopped::Reader(error)) =
            self.ask_once("ROLLBACK", Some(transaction), nothing)
        {
            log::debug!("ending a transaction: {error}");
        }
    }

    /// Again and again while the server is only starting.
    fn until_ready<E: From<TrinoError>>(
        &self,
        mut ask: impl FnMut() -> Result<Ending, Stopped<E>>,
    ) -> Result<Ending, E> {
        let mut tries = self.patience.begin();
        loop {
            match ask() {
                Ok(ending) => return Ok(ending),
                Err(Stopped::Server(error)) if error.will_pass() => {
                    tries.wait(error, &self.clock)?;
                }
                Err(Stopped::Server(error)) => return Err(error.into()),
                Err(Stopped::Reader(error)) => return Err(error),
            }
        }
    }

    fn ask_once<E>(
        &self,
        sql: &str,
        transaction: Option<&str>,
        each: &mut EachRow<'_, E>,
    ) -> Result<Ending, Stopped<E>> {
        let mut statement = self.begin(sql, transaction)?;
        while statement.next_page(each)? {}
        Ok(statement.ending())
    }

    fn begin(&self, sql: &str, transaction: Option<&str>) -> Result<Statement<'_>, TrinoError> {
        Statement::begin(&self.wire, &self.clock, self.patience, sql, transaction)
    }
}

//! One step in the form in which Diesel's harness takes a migration, so that its ledger stays its own.

use std::error::Error;
use std::fmt;

use diesel::connection::BoxableConnection;
use diesel::migration::{self, Migration, MigrationMetadata, MigrationName, MigrationVersion};
use diesel::result::Error as QueryError;
use diesel_migrations::MigrationHarness;

use super::script::{Statement, statements};
use super::steps::{Backend, Step};
use crate::db::{AnyConnection, DbError, Fault, MultiBackend};

/// Runs what makes the step, and writes it into the ledger.
pub(super) fn apply(connection: &mut AnyConnection, step: &'static Step) -> Result<(), DbError> {
    let backend = Backend::of(connection);
    connection.run_migration(&Embedded { name: StepName(step), backend }).map_err(in_words)?;
    Ok(())
}

/// Runs what takes the step back, and takes it out of the ledger.
pub(super) fn revert(connection: &mut AnyConnection, step: &'static Step) -> Result<(), DbError> {
    let backend = Backend::of(connection);
    connection.revert_migration(&Embedded { name: StepName(step), backend }).map_err(in_words)?;
    Ok(())
}

struct Embedded {
    name: StepName,
    backend: Backend,
}

struct StepName(&'static Step);

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl MigrationName for StepName {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.0.version())
    }
}

/// The part of the plan that a step belongs to has begun a transaction, if there is to be one.
struct NoneOfItsOwn;

impl MigrationMetadata for NoneOfItsOwn {
    fn run_in_transaction(&self) -> bool {
        false
    }
}

impl Migration<MultiBackend> for Embedded {
    fn run(&self, connection: &mut dyn BoxableConnection<MultiBackend>) -> migration::Result<()> {
        execute(connection, self.name.0.scripts(self.backend).up, self.backend)
    }

    fn revert(
        &self,
        connection: &mut dyn BoxableConnection<MultiBackend>,
    ) -> migration::Result<()> {
        execute(connection, self.name.0.scripts(self.backend).down, self.backend)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &NoneOfItsOwn
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

fn execute(
    connection: &mut dyn BoxableConnection<MultiBackend>,
    script: &str,
    backend: Backend,
) -> migration::Result<()> {
    for (statement, number) in statements(script, backend).iter().zip(1..) {
        connection
            .batch_execute(statement.text)
            .map_err(|error| Refusal::of(statement, number, error))?;
    }
    Ok(())
}

/// A statement that the database refused, with its place in the script.
#[derive(Debug)]
struct Refusal {
    place: String,
    error: DbError,
}

impl Refusal {
    fn of(statement: &Statement<'_>, number: usize, error: QueryError) -> Self {
        let mut words = vec![];
        let mut place = format!("statement {number}, line {}", statement.line);
        if let QueryError::DatabaseError(_, answer) = &error {
            words.extend(answer.details().map(ToOwned::to_owned));
            words.extend(answer.hint().map(ToOwned::to_owned));
            if let Some((line, column)) =
                answer.statement_position().and_then(|position| place_in(statement, position))
            {
                place = format!("statement {number}, line {line}, column {column}");
            }
        }
        let mut error = DbError::from(error);
        for word in words {
            error.message = format!("{} ({word})", error.message);
        }
        Self { place, error }
    }
}

/// Line and column in the script of a position that the database counts in characters from 1.
fn place_in(statement: &Statement<'_>, position: i32) -> Option<(usize, usize)> {
    let before = usize::try_from(position).ok()?.checked_sub(1)?;
    let read: String = statement.text.chars().take(before).collect();
    let column = read.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((statement.line + read.matches('\n').count(), column))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.error)
    }
}

impl Error for Refusal {}

fn in_words(error: Box<dyn Error + Send + Sync>) -> DbError {
    match error.downcast::<Refusal>() {
        Ok(refusal) => refusal.error.while_doing(&refusal.place),
        Err(error) => match error.downcast::<QueryError>() {
            Ok(error) => DbError::from(*error),
            Err(error) => DbError::new(Fault::Failed, error.to_string()),
        },
    }
}

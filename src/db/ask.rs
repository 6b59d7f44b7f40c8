//! Reading without a thought of writing: row by row in flat memory, and statements of the user's own.

use chrono::{DateTime, Utc};
use diesel::connection::TransactionManager;
use diesel::result::Error as QueryError;

use super::{AnyConnection, DbError, Fault, postgres, sqlite};
use crate::model::query::NamedCells;
use crate::model::settings::DatabaseUrl;

/// The first instant that both databases hold in the same form.
pub(crate) const EARLIEST: DateTime<Utc> = year(1);
/// The first instant that they do not.
pub(crate) const LATEST: DateTime<Utc> = year(9999);

const fn year(year: i32) -> DateTime<Utc> {
    match chrono::NaiveDate::from_ymd_opt(year, 1, 1) {
        Some(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
        None => DateTime::<Utc>::UNIX_EPOCH,
    }
}

/// Runs the body in one transaction that cannot write and sees one state of the database throughout.
pub(crate) fn reading<T, E: From<DbError>>(
    connection: &mut AnyConnection,
    body: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::begin_reading(connection),
        AnyConnection::Sqlite(connection) => sqlite::begin_reading(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("beginning a transaction"))?;
    let outcome = body(connection);
    // Nothing was written; a connection that cannot roll back is closed, which ends the transaction too.
    if let Err(error) = AnyConnection::rollback_transaction(connection) {
        log::debug!("ending a transaction: {error}");
    }
    outcome
}

/// A connection of its own for what a user asks: on SQLite it cannot write, whatever it is told.
pub(crate) fn open_to_ask(url: &DatabaseUrl) -> Result<AnyConnection, DbError> {
    match url {
        DatabaseUrl::Postgres(secret) => {
            postgres::open_to_ask(secret, &url.place()).map(AnyConnection::Postgres)
        }
        DatabaseUrl::Sqlite(path) => sqlite::open_to_ask(path).map(AnyConnection::Sqlite),
    }
}

/// Gives the rows of a user's own statement to the body. The database refuses whatever is not one query.
pub(crate) fn ask<E: From<DbError>>(
    connection: &mut AnyConnection,
    statement: &str,
    limit: Option<u32>,
    mut each: impl FnMut(NamedCells) -> Result<(), E>,
) -> Result<(), E> {
    let statement = statement.trim_end().trim_end_matches(';');
    match connection {
        AnyConnection::Postgres(connection) => {
            postgres::ask(connection, statement, limit, &mut each)
        }
        AnyConnection::Sqlite(connection) => sqlite::ask(connection, statement, limit, &mut each),
    }
}

/// What the database said to a statement that it will not answer.
pub(super) fn refused(error: QueryError) -> DbError {
    let mut error = DbError::from(error);
    if matches!(error.fault, Fault::Failed | Fault::ReadOnly) {
        error.fault = Fault::Refused;
    }
    error.while_doing("the statement was refused").with_hint("give one query, which only reads")
}

/// A database in memory, gone with the connection.
pub(crate) fn scratch() -> Result<AnyConnection, DbError> {
    sqlite::in_memory().map(AnyConnection::Sqlite)
}

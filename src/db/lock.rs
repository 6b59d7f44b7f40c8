//! One run at a time: a lock that the system frees when its holder dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use diesel::connection::TransactionManager;
use diesel::prelude::*;

use super::{AnyConnection, Connection, Database, DbError, Fault, begin};
use crate::model::settings::DatabaseUrl;

/// "etl run" in ASCII: the number by which every `etl` asks for the same lock of a database.
const KEY: i64 = 0x65_746c_2072_756e;

diesel::define_sql_function! {
    /// Free at the end of the transaction, also behind a pooler that hands out transactions.
    fn pg_try_advisory_xact_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}

/// Holds the lock until it is dropped.
pub(crate) enum ExclusiveLock {
    /// A transaction that is kept open for nothing else.
    Transaction(Connection),
    /// An operating-system lock on a file beside the database.
    File(#[expect(dead_code, reason = "held, never read")] File),
}

impl Drop for ExclusiveLock {
    fn drop(&mut self) {
        if let Self::Transaction(connection) = self {
            // A connection that cannot roll back is lost, and the lock with it.
            if let Err(error) = AnyConnection::rollback_transaction(connection) {
                log::debug!("freeing the lock: {error}");
            }
        }
    }
}

pub(super) fn try_lock(database: &Database) -> Result<Option<ExclusiveLock>, DbError> {
    match database.url() {
        DatabaseUrl::Postgres(_) => try_advisory_lock(database.connection()?),
        DatabaseUrl::Sqlite(path) => try_file_lock(path),
    }
    .map_err(|error| error.while_doing("taking the lock of the database"))
}

fn try_advisory_lock(mut connection: Connection) -> Result<Option<ExclusiveLock>, DbError> {
    begin(&mut connection)?;
    let locked: bool =
        diesel::select(pg_try_advisory_xact_lock(KEY)).get_result(&mut *connection)?;
    let lock = ExclusiveLock::Transaction(connection);
    Ok(locked.then_some(lock))
}

fn try_file_lock(database: &Path) -> Result<Option<ExclusiveLock>, DbError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error: std::io::Error| {
        DbError::new(Fault::Failed, format!("{}: {error}", Path::new(&path).display()))
    };
    let file = options.open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(ExclusiveLock::File(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

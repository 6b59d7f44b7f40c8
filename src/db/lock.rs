//! One run at a time: a lock that the system frees when its holder dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::TransactionManager;
use diesel::prelude::*;

use super::{AnyConnection, Connection, Database, DbError, Fault, begin, postgres};
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

impl ExclusiveLock {
    /// Keeps out also whoever writes to the raw tables without asking for the lock, until it is dropped. Readers are
    /// not disturbed.
    pub(crate) fn keep_writers_out(&mut self) -> Result<(), DbError> {
        match self {
            Self::Transaction(connection) => match &mut **connection {
                AnyConnection::Postgres(connection) => postgres::keep_writers_out(connection),
                AnyConnection::Sqlite(_) => Ok(()),
            },
            Self::File(_) => Ok(()),
        }
        .map_err(|error| DbError::from(error).while_doing("waiting for others to finish writing"))
    }
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
    let path = lock_file(database);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed =
        |error: std::io::Error| DbError::new(Fault::Failed, format!("{}: {error}", path.display()));
    let mut file = options.open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            // For whoever waits; the lock holds without it.
            if let Err(error) = sign(&mut file) {
                log::debug!("{}: {error}", path.display());
            }
            Ok(Some(ExclusiveLock::File(file)))
        }
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn lock_file(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

fn sign(file: &mut File) -> std::io::Result<()> {
    let host = gethostname::gethostname();
    file.set_len(0)?;
    writeln!(file, "process {} on host {}", std::process::id(), host.to_string_lossy())
}

/// Who has the lock and for how long, as far as the system tells.
pub(super) fn holder(database: &Database) -> Result<String, DbError> {
    let known = match database.url() {
        DatabaseUrl::Postgres(_) => match &mut *database.connection()? {
            AnyConnection::Postgres(connection) => postgres::lock_holder(connection, KEY)?,
            AnyConnection::Sqlite(_) => None,
        },
        DatabaseUrl::Sqlite(path) => signed(&lock_file(path)),
    };
    Ok(known.map_or_else(|| "another etl".to_owned(), |(who, how_long)| in_words(&who, how_long)))
}

fn in_words(who: &str, how_long: Duration) -> String {
    let how_long = humantime::format_duration(Duration::from_secs(how_long.as_secs()));
    format!("{who}, for {how_long},")
}

/// Who has the lock, seen from beside it. On SQLite others are kept from it for no longer than a look takes.
pub(super) fn is_locked_by(
    database: &Database,
    connection: &mut AnyConnection,
) -> Result<Option<String>, DbError> {
    let known = match (connection, database.url()) {
        (AnyConnection::Postgres(connection), _) => postgres::lock_holder(connection, KEY)
            .map_err(|error| DbError::from(error).while_doing("looking for the lock"))?,
        (AnyConnection::Sqlite(_), DatabaseUrl::Sqlite(path)) => {
            let path = lock_file(path);
            let is_held = File::open(&path)
                .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)));
            if is_held { signed(&path) } else { None }
        }
        (AnyConnection::Sqlite(_), DatabaseUrl::Postgres(_)) => None,
    };
    Ok(known.map(|(who, how_long)| in_words(&who, how_long)))
}

/// Whoever else holds something of ours, longest of all.
pub(super) fn blocker(database: &Database, connection: &mut AnyConnection) -> Option<String> {
    match connection {
        AnyConnection::Postgres(connection) => {
            let (who, how_long) = postgres::blocker(connection).ok().flatten()?;
            let how_long = humantime::format_duration(Duration::from_secs(how_long.as_secs()));
            Some(format!("by {who} for {how_long}"))
        }
        AnyConnection::Sqlite(_) => match database.url() {
            DatabaseUrl::Sqlite(path) => writer(path),
            DatabaseUrl::Postgres(_) => None,
        },
    }
}

/// The process that holds the lock by which one writer of a write-ahead log keeps out the others: Linux tells.
fn writer(database: &Path) -> Option<String> {
    const WRITER: &str = "120";
    let mut index = database.as_os_str().to_owned();
    index.push("-shm");
    let inode = inode(Path::new(&index))?;
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let holder = |line: &str| {
        let [_, "POSIX", _, "WRITE", process, file, first, ..] =
            line.split_whitespace().collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let ours = file.ends_with(&format!(":{inode}")) && first == WRITER;
        ours.then(|| process.to_owned())
    };
    let process = locks.lines().find_map(holder)?;
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    Some(format!("by process {process} ({})", name.trim()))
}

#[cfg(unix)]
fn inode(file: &Path) -> Option<u64> {
    std::fs::metadata(file).ok().map(|file| std::os::unix::fs::MetadataExt::ino(&file))
}

#[cfg(not(unix))]
fn inode(_file: &Path) -> Option<u64> {
    None
}

fn signed(file: &Path) -> Option<(String, Duration)> {
    let who = std::fs::read_to_string(file).ok()?;
    let since = std::fs::metadata(file).and_then(|file| file.modified()).ok()?;
    let how_long = since.elapsed().unwrap_or_default();
    (!who.is_empty()).then(|| (who.trim().to_owned(), how_long))
}

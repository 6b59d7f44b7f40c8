//! The front door of the database: connect, pool, transactions, locks. It knows no launch but as a row.

mod ask;
mod condition;
mod connection;
mod error;
mod json_row;
mod lock;
mod postgres;
mod rows;
mod sqlite;
mod staging;
mod streaming;
mod types;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::TransactionManager;
use diesel::result::Error as QueryError;

pub(crate) use ask::{EARLIEST, LATEST, ask, open_to_ask, reading, scratch};
pub(crate) use condition::{Condition, condition};
pub(crate) use connection::{AnyConnection, MultiBackend};
pub(crate) use error::{DbError, Fault};
pub(crate) use lock::ExclusiveLock;
pub(crate) use rows::{LaunchRow, PayloadRow, RunRow};
pub(crate) use staging::swept_launches;
pub(crate) use streaming::for_each_row;
pub(crate) use types::{Decimal, Json, Timestamp};

use crate::clock::Clock;
use crate::model::settings::{DatabaseUrl, Patience};

/// A connection on loan from the pool.
pub(crate) type Connection = r2d2::PooledConnection<Connector>;

/// Two connections at most: the writer, and the one that holds the run's lock.
const CONNECTIONS: u32 = 2;

/// What to do where the SQLite file is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Create,
    Refuse,
    /// Look at an empty database in its place, and leave also one that is there as it is.
    Pretend,
}

/// A database that was reached.
pub(crate) struct Database {
    url: DatabaseUrl,
    pool: r2d2::Pool<Connector>,
    /// Connections that come back are closed, no longer kept.
    closing: Arc<AtomicBool>,
}

impl Database {
    /// Connects, and with patience goes on trying while the database is not up.
    pub(crate) fn connect(
        url: &DatabaseUrl,
        missing: Missing,
        patience: Patience,
        clock: &Clock,
    ) -> Result<Self, DbError> {
        let first = connect_patiently(url, missing, patience, clock)?;
        let closing = Arc::new(AtomicBool::new(false));
        let connector = Connector {
            url: url.clone(),
            spare: Mutex::new(Some(first)),
            closing: Arc::clone(&closing),
        };
        let pool = r2d2::Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(0))
            // One that was lost between two transactions looks like any other.
            .test_on_check_out(true)
            .connection_timeout(Duration::from_secs(10))
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(connector);
        Ok(Self { url: url.clone(), pool, closing })
    }

    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    pub(crate) fn connection(&self) -> Result<Connection, DbError> {
        self.pool.get().map_err(|error| {
            DbError::new(Fault::Unavailable, error::one_line(&error.to_string()))
                .while_doing(&format!("connecting to {}", self.url.place()))
        })
    }

    /// The one lock of this database, if nobody holds it: runs and migrations take it.
    pub(crate) fn try_lock(&self) -> Result<Option<ExclusiveLock>, DbError> {
        lock::try_lock(self)
    }

    /// Who has the lock and for how long, in words.
    pub(crate) fn lock_holder(&self) -> Result<String, DbError> {
        lock::holder(self)
    }

    /// Who has the lock and for how long, in words, without asking for the lock; nothing if nobody has it.
    pub(crate) fn is_locked_by(
        &self,
        connection: &mut AnyConnection,
    ) -> Result<Option<String>, DbError> {
        lock::is_locked_by(self, connection)
    }

    /// Who else holds something of ours and for how long, in words; nothing if the system does not tell. Asked on
    /// this connection, since there may be no other to be had.
    pub(crate) fn blocker(&self, connection: &mut AnyConnection) -> Option<String> {
        lock::blocker(self, connection)
    }

    /// Says whether a transaction that writes could begin at this moment, with nobody else writing.
    pub(crate) fn is_writable_now(&self) -> Result<bool, DbError> {
        match &mut *self.connection()? {
            // Writers of PostgreSQL do not keep each other out.
            AnyConnection::Postgres(_) => Ok(true),
            AnyConnection::Sqlite(connection) => Ok(sqlite::is_writable_now(connection)?),
        }
    }
}

/// The pool has threads of its own, which may outlive us: connections are closed here, so that SQLite can put its
/// write-ahead log away.
impl Drop for Database {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        while let Some(connection) = self.pool.try_get() {
            drop(connection);
        }
    }
}

/// Opens connections for the pool.
pub(crate) struct Connector {
    url: DatabaseUrl,
    closing: Arc<AtomicBool>,
    /// The connection that showed the database to be reachable is the pool's first.
    spare: Mutex<Option<AnyConnection>>,
}

impl r2d2::ManageConnection for Connector {
    type Connection = AnyConnection;
    type Error = DbError;

    fn connect(&self) -> Result<AnyConnection, DbError> {
        let spare = self.spare.lock().ok().and_then(|mut spare| spare.take());
        spare.map_or_else(|| open(&self.url, Missing::Refuse), Ok)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), DbError> {
        Ok(diesel::r2d2::R2D2Connection::ping(connection)?)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        self.closing.load(Ordering::Relaxed) || diesel::r2d2::R2D2Connection::is_broken(connection)
    }
}

fn connect_patiently(
    url: &DatabaseUrl,
    missing: Missing,
    patience: Patience,
    clock: &Clock,
) -> Result<AnyConnection, DbError> {
    let give_up = match patience {
        Patience::None => Instant::now(),
        Patience::Wait(duration) => Instant::now() + duration,
    };
    loop {
        match open(url, missing) {
            Err(error) if error.fault == Fault::Unavailable && Instant::now() < give_up => {
                log::info!("{error}; trying again");
                clock.sleep(Duration::from_millis(500)).map_err(|interrupted| {
                    DbError::new(Fault::Unavailable, format!("{error}; {interrupted}"))
                })?;
            }
            outcome => return outcome,
        }
    }
}

fn open(url: &DatabaseUrl, missing: Missing) -> Result<AnyConnection, DbError> {
    match url {
        DatabaseUrl::Postgres(secret) => {
            postgres::connect(secret, &url.place()).map(AnyConnection::Postgres)
        }
        DatabaseUrl::Sqlite(path) => sqlite::connect(path, missing).map(AnyConnection::Sqlite),
    }
}

/// Runs the body in one transaction that may write: all of it is committed, or nothing.
pub(crate) fn transaction<T, E: From<DbError>>(
    connection: &mut AnyConnection,
    body: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    begin(connection)?;
    match body(connection) {
        Ok(value) => {
            AnyConnection::commit_transaction(connection).map_err(uncommitted)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to tell; a connection that cannot roll back is closed, which does.
            if let Err(second) = AnyConnection::rollback_transaction(connection) {
                log::debug!("rolling back: {second}");
            }
            Err(error)
        }
    }
}

fn uncommitted(error: QueryError) -> DbError {
    let error = DbError::from(error).while_doing("committing");
    match error.fault {
        Fault::Unavailable => {
            error.with_hint("`etl status` says whether it was committed, once the database is back")
        }
        _ => error,
    }
}

/// Runs the body as `transaction` does, and takes everything back.
pub(crate) fn rehearse<T, E: From<DbError>>(
    connection: &mut AnyConnection,
    body: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    begin(connection)?;
    let outcome = body(connection);
    AnyConnection::rollback_transaction(connection)
        .map_err(|error| DbError::from(error).while_doing("rolling back"))?;
    outcome
}

fn begin(connection: &mut AnyConnection) -> Result<(), DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::begin(connection),
        AnyConnection::Sqlite(connection) => sqlite::begin(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("beginning a transaction"))
}

/// The triggers that keep the history and are not there, or do nothing.
pub(crate) fn missing_guards(connection: &mut AnyConnection) -> Result<Vec<String>, DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::missing_guards(connection),
        AnyConnection::Sqlite(connection) => sqlite::missing_guards(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("looking for the triggers"))
}

/// What the database says is damaged in its own files.
pub(crate) fn damage(connection: &mut AnyConnection) -> Result<Vec<String>, DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::damage(connection),
        AnyConnection::Sqlite(connection) => sqlite::damage(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("asking the database for damage"))
}

/// A row of one name, as the catalogs answer.
#[derive(diesel::QueryableByName)]
struct NameRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

fn names(rows: Vec<NameRow>) -> Vec<String> {
    rows.into_iter().map(|row| row.name).collect()
}

/// Those of the expected names that were not found.
fn lacking(expected: &[&str], found: &[NameRow]) -> Vec<String> {
    let is_missing = |name: &&&str| found.iter().all(|row| row.name != **name);
    expected.iter().filter(is_missing).map(|name| (*name).to_owned()).collect()
}

/// The row of a run, which nobody else can change until the caller's transaction ends. On PostgreSQL it is waited
/// for a transaction that is changing it.
pub(crate) fn hold_run(
    connection: &mut AnyConnection,
    run_id: &str,
) -> Result<Option<RunRow>, DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::hold_run(connection, run_id),
        AnyConnection::Sqlite(connection) => sqlite::hold_run(connection, run_id),
    }
    .map_err(|error| DbError::from(error).while_doing("reading the run's row"))
}

/// Makes the temporary tables of a run; they go with its transaction.
pub(crate) fn create_staging(connection: &mut AnyConnection) -> Result<(), DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::create_staging(connection),
        AnyConnection::Sqlite(connection) => sqlite::create_staging(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("making the staging tables"))
}

/// Inserts launches that are not there yet, in bulk.
pub(crate) fn insert_launches(
    connection: &mut AnyConnection,
    rows: &[LaunchRow],
    batch: usize,
) -> Result<(), DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::insert_launches(connection, rows, batch),
        AnyConnection::Sqlite(connection) => sqlite::insert_launches(connection, rows, batch),
    }
    .map_err(|error| DbError::from(error).while_doing("inserting into raw_launches"))
}

/// Updates launches that are there, in bulk; the database keeps the former versions.
pub(crate) fn update_launches(
    connection: &mut AnyConnection,
    rows: &[LaunchRow],
    batch: usize,
) -> Result<(), DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::update_launches(connection, rows, batch),
        AnyConnection::Sqlite(connection) => sqlite::update_launches(connection, rows, batch),
    }
    .map_err(|error| DbError::from(error).while_doing("updating raw_launches"))
}

/// Inserts payloads that are not there yet, in bulk.
pub(crate) fn insert_payloads(
    connection: &mut AnyConnection,
    rows: &[PayloadRow],
    batch: usize,
) -> Result<(), DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::insert_payloads(connection, rows, batch),
        AnyConnection::Sqlite(connection) => sqlite::insert_payloads(connection, rows, batch),
    }
    .map_err(|error| DbError::from(error).while_doing("inserting into payloads"))
}

/// Notes which launches the source served in this run.
pub(crate) fn note_swept(connection: &mut AnyConnection, ids: &[String]) -> Result<(), DbError> {
    let rows: Vec<_> = ids.iter().map(|id| staging::SweptRow { launch_id: id }).collect();
    match connection {
        AnyConnection::Postgres(connection) => postgres::note_swept(connection, &rows),
        AnyConnection::Sqlite(connection) => sqlite::note_swept(connection, &rows),
    }
    .map_err(|error| DbError::from(error).while_doing("noting what was served"))
}

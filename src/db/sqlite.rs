//! What only SQLite does, or does its own way. `postgres.rs` has the same functions in the same order.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel::upsert::excluded;

use super::Missing;
use super::error::{DbError, Fault, fault_of, one_line};
use super::rows::{LaunchRow, PayloadRow, StagedRow};
use super::staging::{SweptRow, excluded_values, launch_columns, staged_launches, swept_launches};
use super::types::Timestamp;
use crate::schema::{payloads, raw_launches};

/// `recursive_triggers` is what keeps an INSERT OR REPLACE from passing the history by.
const SESSION_SETTINGS: &str = "PRAGMA busy_timeout = 5000; \
     PRAGMA foreign_keys = ON; \
     PRAGMA recursive_triggers = ON; \
     PRAGMA trusted_schema = OFF; \
     PRAGMA synchronous = FULL;";

/// Stays in the file.
const FILE_SETTINGS: &str = "PRAGMA journal_mode = WAL";

const STAGING_TABLES: &str = "\
    CREATE TEMPORARY TABLE staged_launches AS \
        SELECT launch_id, mission_name, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc, \
            ingested_at, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id, \
            date_precision, fingerprint, pipeline_run_id, updated_at \
        FROM raw_launches WHERE false; \
    CREATE TEMPORARY TABLE swept_launches (launch_id varchar PRIMARY KEY NOT NULL) WITHOUT ROWID;";

/// Rows in one INSERT: a statement holds 32,766 values, a launch has 17.
const MOST_ROWS: usize = 500;

/// Opens the file, or creates it for its owner alone.
pub(super) fn connect(path: &Path, missing: Missing) -> Result<SqliteConnection, DbError> {
    let place = path.display();
    if missing == Missing::Refuse && !path.exists() {
        return Err(DbError::new(Fault::Unusable, format!("there is no database at {place}"))
            .with_hint("make one with `etl migrate`, or load it at once with `etl run`"));
    }
    if missing == Missing::Create {
        create(path)?;
    }
    let open = || -> Result<SqliteConnection, String> {
        let looks_only = missing == Missing::Pretend;
        let address =
            if looks_only && !path.exists() { ":memory:".to_owned() } else { address(path) };
        let mut connection = SqliteConnection::establish(&address).map_err(|e| e.to_string())?;
        if !looks_only {
            set_for_the_file(&mut connection).map_err(|e| e.to_string())?;
        }
        connection.batch_execute(SESSION_SETTINGS).map_err(|e| e.to_string())?;
        Ok(connection)
    };
    open().map_err(|message| {
        DbError::new(fault_of(&message), format!("cannot open {place}: {}", one_line(&message)))
            .with_hint("check the file and its folder, or name another with --database-url")
    })
}

/// Whoever writes at this moment need not be waited for: the next one to come sets it.
fn set_for_the_file(connection: &mut SqliteConnection) -> QueryResult<()> {
    match connection.batch_execute(FILE_SETTINGS) {
        Err(error) if fault_of(&error.to_string()) == Fault::Locked => Ok(()),
        outcome => outcome,
    }
}

/// A path that begins like an option of SQLite's (`file:`, `:memory:`) is a path all the same.
fn address(path: &Path) -> String {
    let text = path.to_string_lossy();
    if path.is_absolute() { text.into_owned() } else { format!("./{text}") }
}

fn create(path: &Path) -> Result<(), DbError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(DbError::new(
            Fault::Failed,
            format!("cannot create the database {}: {error}", path.display()),
        )
        .with_hint("name another file with --database-url, or make its folder writable")),
    }
}

/// Begins a transaction that may write: at once, since one that begins by reading cannot wait for its turn.
pub(super) fn begin(connection: &mut SqliteConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
}

/// Says whether nobody else is writing. It does not wait to find out.
pub(super) fn is_writable_now(connection: &mut SqliteConnection) -> QueryResult<bool> {
    connection.batch_execute("PRAGMA busy_timeout = 0")?;
    let begun = connection.batch_execute("BEGIN IMMEDIATE; ROLLBACK;");
    connection.batch_execute("PRAGMA busy_timeout = 5000")?;
    match begun {
        Ok(()) => Ok(true),
        Err(error) if fault_of(&error.to_string()) == Fault::Locked => Ok(false),
        Err(error) => Err(error),
    }
}

/// The temporary tables of a run.
pub(super) fn create_staging(connection: &mut SqliteConnection) -> QueryResult<()> {
    connection.batch_execute("DROP TABLE IF EXISTS temp.staged_launches")?;
    connection.batch_execute("DROP TABLE IF EXISTS temp.swept_launches")?;
    connection.batch_execute(STAGING_TABLES)
}

/// By INSERTs of many rows.
pub(super) fn insert_launches(
    connection: &mut SqliteConnection,
    rows: &[LaunchRow],
    batch: usize,
) -> QueryResult<()> {
    for rows in rows.chunks(batch.min(MOST_ROWS)) {
        diesel::insert_into(raw_launches::table).values(rows).execute(connection)?;
    }
    Ok(())
}

/// By INSERTs of many rows into the staging table, and from there in one statement.
pub(super) fn update_launches(
    connection: &mut SqliteConnection,
    rows: &[LaunchRow],
    batch: usize,
) -> QueryResult<()> {
    for rows in rows.chunks(batch.min(MOST_ROWS)) {
        let rows: Vec<StagedRow> = rows.iter().map(StagedRow::from).collect();
        diesel::insert_into(staged_launches::table).values(&rows).execute(connection)?;
    }
    // Without a WHERE, SQLite would take ON CONFLICT for the condition of a join.
    staged_launches::table
        .select(launch_columns!(staged_launches))
        .filter(staged_launches::launch_id.ne(""))
        .insert_into(raw_launches::table)
        .into_columns(launch_columns!(raw_launches))
        .on_conflict(raw_launches::launch_id)
        .do_update()
        .set(excluded_values!())
        .execute(connection)?;
    diesel::delete(staged_launches::table).execute(connection)?;
    Ok(())
}

/// By INSERTs of many rows.
pub(super) fn insert_payloads(
    connection: &mut SqliteConnection,
    rows: &[PayloadRow],
    batch: usize,
) -> QueryResult<()> {
    for rows in rows.chunks(batch.min(MOST_ROWS)) {
        diesel::insert_into(payloads::table).values(rows).execute(connection)?;
    }
    Ok(())
}

/// By INSERTs of many rows into a temporary table; a launch that two sweeps met is noted once.
pub(super) fn note_swept(
    connection: &mut SqliteConnection,
    rows: &[SweptRow<'_>],
) -> QueryResult<()> {
    for rows in rows.chunks(MOST_ROWS) {
        diesel::insert_or_ignore_into(swept_launches::table).values(rows).execute(connection)?;
    }
    Ok(())
}

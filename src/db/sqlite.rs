//! What only SQLite does, or does its own way. `postgres.rs` has the same functions in the same order.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use diesel::connection::{AnsiTransactionManager, DefaultLoadingMode, SimpleConnection};
use diesel::deserialize::{self, FromSql};
use diesel::prelude::*;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteConnection, SqliteType, SqliteValue};
use diesel::upsert::excluded;

use super::ask::refused;
use super::condition::Condition;
use super::error::{DbError, Fault, fault_of, one_line};
use super::rows::{LaunchRow, PayloadRow, RunRow, StagedRow};
use super::staging::{SweptRow, excluded_values, launch_columns, staged_launches, swept_launches};
use super::types::Timestamp;
use super::{Missing, NameRow, names};
use crate::model::query::{Cell, NamedCells};
use crate::schema::{payloads, pipeline_runs, raw_launches};

/// `recursive_triggers` is what keeps an INSERT OR REPLACE from passing the history by.
const SESSION_SETTINGS: &str = "PRAGMA busy_timeout = 5000; \
     PRAGMA foreign_keys = ON; \
     PRAGMA recursive_triggers = ON; \
     PRAGMA trusted_schema = OFF; \
     PRAGMA synchronous = FULL;";

/// Stays in the file.
const FILE_SETTINGS: &str = "PRAGMA journal_mode = WAL";

/// For a connection that is opened to read: `query_only` stands behind the mode of the file.
const READING_SETTINGS: &str = "PRAGMA busy_timeout = 5000; \
     PRAGMA trusted_schema = OFF; \
     PRAGMA query_only = ON;";

const STAGING_TABLES: &str = "\
    CREATE TEMPORARY TABLE staged_launches AS \
        SELECT launch_id, mission_name, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc, \
            ingested_at, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id, \
            date_precision, fingerprint, pipeline_run_id, updated_at \
        FROM raw_launches WHERE false; \
    CREATE TEMPORARY TABLE swept_launches (launch_id varchar PRIMARY KEY NOT NULL) WITHOUT ROWID;";

/// The triggers that keep the history and refuse what would lose it.
const GUARDS: [&str; 7] = [
    "raw_launches_refuse_key_change",
    "raw_launches_keep_revision",
    "raw_launches_refuse_delete",
    "raw_launch_revisions_refuse_update",
    "raw_launch_revisions_refuse_delete",
    "launch_aggregations_refuse_update",
    "launch_aggregations_refuse_delete",
];

const GUARDS_IN_FORCE: &str = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";

/// Reads the whole file; ten findings are enough to know what to do.
const DAMAGE: &str = "\
    SELECT integrity_check AS name FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 10";

const CONDITION: &str = "\
    SELECT 'SQLite ' || sqlite_version() AS version, journal_mode FROM pragma_journal_mode";

#[derive(QueryableByName)]
struct ConditionRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

/// Rows in one INSERT: a statement holds 32,766 values, a launch has 17.
const MOST_ROWS: usize = 500;

/// Opens the file, or creates it for its owner alone.
pub(super) fn connect(path: &Path, missing: Missing) -> Result<SqliteConnection, DbError> {
    match missing {
        Missing::Refuse => refuse_missing(path)?,
        Missing::Create => create(path)?,
        Missing::Pretend if !path.exists() => return in_memory(),
        Missing::Pretend => {}
    }
    let mut connection =
        open(&address(path), SESSION_SETTINGS).map_err(|message| unopened(path, &message))?;
    if missing != Missing::Pretend {
        set_for_the_file(&mut connection).map_err(|error| unopened(path, &error.to_string()))?;
    }
    Ok(connection)
}

/// Whoever writes at this moment need not be waited for: the next one to come sets it.
fn set_for_the_file(connection: &mut SqliteConnection) -> QueryResult<()> {
    connection.batch_execute("PRAGMA busy_timeout = 0")?;
    let outcome = connection.batch_execute(FILE_SETTINGS);
    connection.batch_execute("PRAGMA busy_timeout = 5000")?;
    match outcome {
        Err(error) if fault_of(&error.to_string()) == Fault::Locked => Ok(()),
        outcome => outcome,
    }
}

fn refuse_missing(path: &Path) -> Result<(), DbError> {
    if path.exists() {
        return Ok(());
    }
    let missing = format!("there is no database at {}", path.display());
    Err(DbError::new(Fault::Unusable, missing)
        .with_hint("make one with `etl migrate`, or load it at once with `etl run`"))
}

fn open(address: &str, settings: &str) -> Result<SqliteConnection, String> {
    let mut connection = SqliteConnection::establish(address).map_err(|e| e.to_string())?;
    connection.batch_execute(settings).map_err(|e| e.to_string())?;
    Ok(connection)
}

fn unopened(path: &Path, message: &str) -> DbError {
    let what = format!("cannot open {}: {}{}", path.display(), one_line(message), owners(path));
    DbError::new(fault_of(message), what)
        .with_hint("check the file and its folder, or name another with --database-url")
}

/// Whose the file and its folder are, and what others may do there.
#[cfg(unix)]
fn owners(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    let of = |what: &str, path: Option<&Path>| {
        let found =
            std::fs::metadata(path.filter(|path| *path != Path::new("")).unwrap_or(Path::new(".")))
                .ok()?;
        Some(format!("{what} is owned by user {}, mode {:o}", found.uid(), found.mode() & 0o7777))
    };
    let known: Vec<String> =
        [of("it", Some(path)), of("its folder", path.parent())].into_iter().flatten().collect();
    format!(" ({})", known.join("; "))
}

#[cfg(not(unix))]
fn owners(_path: &Path) -> String {
    String::new()
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

/// Begins a transaction that sees one instant of the database: that of its first read.
pub(super) fn begin_reading(connection: &mut SqliteConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN DEFERRED")
}

/// The guards that were dropped.
pub(super) fn missing_guards(connection: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let found: Vec<NameRow> = diesel::sql_query(GUARDS_IN_FORCE).load(connection)?;
    Ok(super::lacking(&GUARDS, &found))
}

/// What the database itself says is damaged.
pub(super) fn damage(connection: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    Ok(names(diesel::sql_query(DAMAGE).load(connection)?))
}

/// How the file is; whoever may open it may do everything.
pub(super) fn condition(connection: &mut SqliteConnection) -> QueryResult<Condition> {
    let found: ConditionRow = diesel::sql_query(CONDITION).get_result(connection)?;
    Ok(Condition {
        version: found.version,
        is_old: false,
        clock: None,
        lacking_to_run: vec![],
        lacking_to_migrate: vec![],
        is_superuser: false,
        journal_mode: Some(found.journal_mode),
    })
}

/// Opens the file so that no statement can write it.
pub(super) fn open_to_ask(path: &Path) -> Result<SqliteConnection, DbError> {
    refuse_missing(path)?;
    let literal = |byte: &u8| byte.is_ascii_alphanumeric() || b"/.-_".contains(byte);
    let written = |byte: u8| {
        if literal(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let path_in_uri: Vec<String> = address(path).bytes().map(written).collect();
    let uri = format!("file:{}?mode=ro", path_in_uri.concat());
    open(&uri, READING_SETTINGS).map_err(|message| unopened(path, &message))
}

/// A database in memory, with the session of any other.
pub(super) fn in_memory() -> Result<SqliteConnection, DbError> {
    open(":memory:", SESSION_SETTINGS).map_err(|message| unopened(Path::new("memory"), &message))
}

/// As a part of a query, in which nothing but a query is understood. A statement that ended before its end would
/// leave the limit without a place, which the database refuses: so it is one statement.
pub(super) fn ask<E: From<DbError>>(
    connection: &mut SqliteConnection,
    statement: &str,
    limit: Option<u32>,
    each: &mut dyn FnMut(NamedCells) -> Result<(), E>,
) -> Result<(), E> {
    let rows = diesel::sql_query(format!("SELECT * FROM (\n{statement}\n) LIMIT ?"))
        .bind::<diesel::sql_types::BigInt, _>(limit.map_or(-1, i64::from))
        .load_iter::<NamedCells, DefaultLoadingMode>(connection)
        .map_err(refused)?;
    for row in rows {
        each(row.map_err(DbError::from)?)?;
    }
    Ok(())
}

impl QueryableByName<Sqlite> for NamedCells {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let mut cells = Vec::new();
        for at in 0..row.field_count() {
            let Some(field) = Row::get(row, at) else { continue };
            let name = field.field_name().unwrap_or_default().to_owned();
            cells.push((name, field.value().map_or(Ok(Cell::Null), cell)?));
        }
        Ok(Self(cells))
    }
}

fn cell(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Cell> {
    let kind = value.value_type();
    if kind == Some(SqliteType::Binary) {
        let bytes = <Vec<u8> as FromSql<diesel::sql_types::Binary, Sqlite>>::from_sql(value)?;
        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        return Ok(Cell::Text(format!("\\x{}", hex.concat())));
    }
    let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
    Ok(match kind {
        Some(SqliteType::Text) => Cell::Text(text),
        None => Cell::Null,
        // What JSON cannot write as a number is `Inf`.
        Some(_) if text.ends_with("Inf") => Cell::Text(text),
        Some(_) => Cell::Number(text),
    })
}

/// Reads the row of a run; a transaction that may write keeps everyone else from changing it.
pub(super) fn hold_run(
    connection: &mut SqliteConnection,
    run_id: &str,
) -> QueryResult<Option<RunRow>> {
    pipeline_runs::table
        .filter(pipeline_runs::pipeline_run_id.eq(run_id))
        .select(RunRow::as_select())
        .first(connection)
        .optional()
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

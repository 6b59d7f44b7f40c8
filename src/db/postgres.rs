//! What only PostgreSQL does, or does its own way. `sqlite.rs` has the same functions in the same order.

use std::time::Duration;

use chrono::DateTime;
use diesel::connection::{AnsiTransactionManager, CacheSize, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel::upsert::excluded;

use super::ask::refused;
use super::condition::{Condition, OUR_TABLES};
use super::error::{DbError, Fault, fault_of, one_line};
use super::json_row::named_cells;
use super::rows::{LaunchRow, PayloadRow, RunRow, StagedRow};
use super::staging::{SweptRow, excluded_values, launch_columns, staged_launches, swept_launches};
use super::types::Timestamp;
use super::{NameRow, names};
use crate::model::query::NamedCells;
use crate::schema::{payloads, pipeline_runs, raw_launches};
use crate::secret::Secret;

/// Parameters for `libpq` that the address may overrule: no wait without an end, and a name to be recognized by. A
/// peer that is gone without a word is noticed within 25 s: by unanswered data, or by probes while we wait for it.
const PARAMETERS: [(&str, &str); 6] = [
    ("connect_timeout", "5"),
    ("fallback_application_name", concat!("etl%2F", env!("CARGO_PKG_VERSION"))),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// For one transaction, since a pooler may give the next one another session: a killed run must not hold its
/// locks for as long as its last statement takes (which only a server on Linux can be asked for).
const TRANSACTION_SETTINGS: &str = "SET LOCAL TimeZone = 'UTC'; \
     SET LOCAL lock_timeout = '10s'; \
     SET LOCAL idle_in_transaction_session_timeout = 0; \
     SELECT set_config('client_connection_check_interval', '500ms', true) WHERE version() LIKE '%linux%';";

/// Dates are written in one way, whatever the session's settings are.
const READING_SETTINGS: &str = "SET LOCAL TimeZone = 'UTC'; \
     SET LOCAL DateStyle = 'ISO'; \
     SET LOCAL lock_timeout = '10s'; \
     SET LOCAL idle_in_transaction_session_timeout = 0; \
     SELECT set_config('client_connection_check_interval', '500ms', true) WHERE version() LIKE '%linux%';";

/// The oldest major version that is looked after.
const OLDEST: i64 = 14;

/// A stranger's statement must not keep the server busy for ever.
const ASKING_SETTINGS: &str = "SET LOCAL statement_timeout = '5min'";

/// Rows that are fetched at once from the answer of a user's statement.
const PAGE: usize = 1_000;

const STAGING_TABLES: &str = "\
    CREATE TEMPORARY TABLE staged_launches ON COMMIT DROP AS \
        SELECT launch_id, mission_name, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc, \
            ingested_at, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id, \
            date_precision, fingerprint, pipeline_run_id, updated_at \
        FROM raw_launches WITH NO DATA; \
    CREATE TEMPORARY TABLE swept_launches (launch_id varchar NOT NULL) ON COMMIT DROP;";

/// A key of 64 bits stands in `pg_locks` as two halves.
const LOCK_HOLDER: &str = "\
    SELECT concat('user ', a.usename, ' at ' || host(a.client_addr), ' (', nullif(a.application_name, '') || ', ', \
            'backend ', l.pid, ')') AS who, \
        coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, 0) AS seconds \
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
        AND l.classid::bigint = $1 >> 32 AND l.objid::bigint = $1 & 4294967295";

const KEEP_WRITERS_OUT: &str = "\
    LOCK TABLE raw_launches, raw_launch_revisions, launch_aggregations, payloads, launchpads, rockets IN SHARE MODE";

/// Whoever else keeps more than a glance at a table of ours.
const BLOCKER: &str = "\
    SELECT concat('user ', a.usename, ' at ' || host(a.client_addr), ' (', nullif(a.application_name, '') || ', ', \
            'backend ', a.pid, ')') AS who, \
        coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, 0) AS seconds \
    FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND EXISTS ( \
        SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation \
        WHERE l.pid = a.pid AND l.granted AND l.mode <> 'AccessShareLock' \
            AND c.relnamespace = current_schema()::regnamespace) \
    ORDER BY a.xact_start LIMIT 1";

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Text)]
    who: String,
    #[diesel(sql_type = BigInt)]
    seconds: i64,
}

impl Holder {
    fn since(self) -> (String, Duration) {
        (self.who, Duration::from_secs(u64::try_from(self.seconds).unwrap_or_default()))
    }
}

/// The triggers that keep the history and refuse what would lose it.
const GUARDS: [&str; 4] = [
    "raw_launches_keep_revision",
    "raw_launches_refuse_delete",
    "raw_launch_revisions_refuse_change",
    "launch_aggregations_refuse_change",
];

const GUARDS_IN_FORCE: &str = "\
    SELECT t.tgname::text AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
    WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled IN ('O', 'A')";

/// A server does not read its files through when asked; what it knows of is an index that it could not make.
const DAMAGE: &str = "\
    SELECT format('index %s is invalid', c.relname) AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisvalid ORDER BY c.relname";

const CONDITION: &str = "\
    SELECT concat('PostgreSQL ', current_setting('server_version')) AS version, \
        current_setting('server_version_num')::bigint / 10000 AS major, \
        (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS clock, \
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser";

/// What a run does with our tables, as far as they are there. The two that only grow are never updated.
const LACKING_TO_RUN: &str = "\
    SELECT concat(p.privilege, ' on ', c.relname) AS name \
    FROM pg_class c CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS p (privilege) \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1) \
        AND NOT (p.privilege = 'UPDATE' AND c.relname IN ('raw_launch_revisions', 'launch_aggregations')) \
        AND NOT has_table_privilege(c.oid, p.privilege) \
    UNION ALL SELECT 'USAGE on the sequence ' || c.relname FROM pg_class c \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'launch_aggregations_id_seq' \
        AND NOT has_sequence_privilege(c.oid, 'USAGE') \
    UNION ALL SELECT 'TEMPORARY on the database' \
    WHERE NOT has_database_privilege(current_database(), 'TEMPORARY') \
    UNION ALL SELECT 'USAGE on a schema of the search_path' WHERE current_schema() IS NULL";

/// A migration makes tables, and changes those that are there.
const LACKING_TO_MIGRATE: &str = "\
    SELECT concat('CREATE on the schema ', current_schema()) AS name \
    WHERE NOT has_schema_privilege(current_schema(), 'CREATE') \
    UNION ALL SELECT concat('ownership of ', c.relname) FROM pg_class c \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1) \
        AND NOT pg_has_role(c.relowner, 'USAGE')";

#[derive(QueryableByName)]
struct ConditionRow {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = BigInt)]
    major: i64,
    #[diesel(sql_type = BigInt)]
    clock: i64,
    #[diesel(sql_type = Bool)]
    is_superuser: bool,
}

/// Connects; the error names the place, never the password.
pub(super) fn connect(url: &Secret, place: &str) -> Result<PgConnection, DbError> {
    let mut connection = establish(url, place)?;
    // A prepared statement with a name belongs to a session, and a pooler may give each transaction another one.
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok(connection)
}

fn establish(url: &Secret, place: &str) -> Result<PgConnection, DbError> {
    PgConnection::establish(&with_parameters(url.expose())).map_err(|error| {
        let message = without_password(&one_line(&error.to_string()), url.expose());
        let fault = match fault_of(&message) {
            Fault::Failed => Fault::Unavailable,
            fault => fault,
        };
        let error =
            DbError::new(fault, format!("no connection to PostgreSQL at {place}: {message}"));
        error.with_hint(match fault {
            Fault::Rejected => {
                "check user, password and database name in DATABASE_URL or POSTGRES_*"
            }
            Fault::Unusable => "correct DATABASE_URL or POSTGRES_*",
            Fault::Untrusted => {
                "check that the certificate is valid today, names this host, and is signed by an authority in sslrootcert"
            }
            _ => "check that the server is up, or wait for it with --wait",
        })
    })
}

fn with_parameters(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in PARAMETERS {
        if !url.contains(&format!("{name}=")) {
            let separator = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{separator}{name}={value}");
        }
    }
    url
}

/// `libpq` quotes parts of the address in some of its errors.
fn without_password(message: &str, url: &str) -> String {
    let login = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    let in_login = login.and_then(|(login, _)| login.split_once(':')).map(|(_, password)| password);
    let options = url.split_once('?').map(|(_, options)| options).unwrap_or_default();
    let in_options = options
        .split('&')
        .filter_map(|option| option.split_once("password=").map(|(_, password)| password));
    let secrets = in_login.into_iter().chain(in_options).filter(|secret| !secret.is_empty());
    secrets.fold(message.to_owned(), |message, secret| message.replace(secret, "***"))
}

/// Begins a transaction that may write.
pub(super) fn begin(connection: &mut PgConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction(connection)?;
    connection.batch_execute(TRANSACTION_SETTINGS)
}

/// Who has the advisory lock and for how long, as far as the server shows it to this user.
pub(super) fn lock_holder(
    connection: &mut PgConnection,
    key: i64,
) -> QueryResult<Option<(String, Duration)>> {
    let holder: Option<Holder> =
        diesel::sql_query(LOCK_HOLDER).bind::<BigInt, _>(key).get_result(connection).optional()?;
    Ok(holder.map(Holder::since))
}

/// Who else holds something of ours and for how long, as far as the server shows it to this user.
pub(super) fn blocker(connection: &mut PgConnection) -> QueryResult<Option<(String, Duration)>> {
    let holder: Option<Holder> = diesel::sql_query(BLOCKER).get_result(connection).optional()?;
    Ok(holder.map(Holder::since))
}

/// Waits until nobody writes to what is published, and lets nobody begin before the transaction ends.
pub(super) fn keep_writers_out(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(KEEP_WRITERS_OUT)
}

/// Begins a transaction that sees one instant of the database and cannot write.
pub(super) fn begin_reading(connection: &mut PgConnection) -> QueryResult<()> {
    let begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
    AnsiTransactionManager::begin_transaction_sql(connection, begin)?;
    connection.batch_execute(READING_SETTINGS)
}

/// The guards that were dropped or disabled.
pub(super) fn missing_guards(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    let found: Vec<NameRow> = diesel::sql_query(GUARDS_IN_FORCE).load(connection)?;
    Ok(super::lacking(&GUARDS, &found))
}

/// What the database itself says is damaged.
pub(super) fn damage(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    Ok(names(diesel::sql_query(DAMAGE).load(connection)?))
}

/// How the server is, and what this user may do there.
pub(super) fn condition(connection: &mut PgConnection) -> QueryResult<Condition> {
    let found: ConditionRow = diesel::sql_query(CONDITION).get_result(connection)?;
    let mut lacking = |sql: &str| -> QueryResult<Vec<String>> {
        let asked = diesel::sql_query(sql).bind::<Array<Text>, _>(OUR_TABLES.as_slice());
        Ok(names(asked.load(connection)?))
    };
    Ok(Condition {
        version: found.version,
        is_old: found.major < OLDEST,
        clock: DateTime::from_timestamp_micros(found.clock),
        lacking_to_run: lacking(LACKING_TO_RUN)?,
        lacking_to_migrate: lacking(LACKING_TO_MIGRATE)?,
        is_superuser: found.is_superuser,
        journal_mode: None,
    })
}

/// Connects for a user's own statement; its transaction is what keeps it from writing.
pub(super) fn open_to_ask(url: &Secret, place: &str) -> Result<PgConnection, DbError> {
    connect(url, place)
}

/// As the query of a cursor, in which nothing but a query is understood: not even a superuser's `COPY`.
/// Rows come as JSON, which keeps the order of the columns and every digit.
pub(super) fn ask<E: From<DbError>>(
    connection: &mut PgConnection,
    statement: &str,
    limit: Option<u32>,
    each: &mut dyn FnMut(NamedCells) -> Result<(), E>,
) -> Result<(), E> {
    connection.batch_execute(ASKING_SETTINGS).map_err(DbError::from)?;
    let limit = limit.map_or_else(|| "ALL".to_owned(), |limit| limit.to_string());
    let query = format!(
        "DECLARE asked NO SCROLL CURSOR FOR \
         SELECT CAST(row_to_json(\"asked row\") AS text) AS line FROM (\n{statement}\n) AS \"asked row\" LIMIT {limit}"
    );
    diesel::sql_query(query).execute(connection).map_err(refused)?;
    loop {
        let page: Vec<JsonLine> = diesel::sql_query(format!("FETCH FORWARD {PAGE} FROM asked"))
            .load(connection)
            .map_err(DbError::from)?;
        let is_last = page.len() < PAGE;
        for row in page {
            each(named_cells(&row.line)?)?;
        }
        if is_last {
            return Ok(());
        }
    }
}

#[derive(QueryableByName)]
struct JsonLine {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Reads the row of a run as it is once nobody else changes it, and keeps it so until the transaction ends.
pub(super) fn hold_run(connection: &mut PgConnection, run_id: &str) -> QueryResult<Option<RunRow>> {
    pipeline_runs::table
        .filter(pipeline_runs::pipeline_run_id.eq(run_id))
        .select(RunRow::as_select())
        .for_update()
        .first(connection)
        .optional()
}

/// The temporary tables of a run.
pub(super) fn create_staging(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(STAGING_TABLES)
}

/// By COPY, straight into the table.
pub(super) fn insert_launches(
    connection: &mut PgConnection,
    rows: &[LaunchRow],
    batch: usize,
) -> QueryResult<()> {
    for rows in rows.chunks(batch) {
        diesel::copy_from(raw_launches::table).from_insertable(rows).execute(connection)?;
    }
    Ok(())
}

/// By COPY into the staging table, and from there in one statement.
pub(super) fn update_launches(
    connection: &mut PgConnection,
    rows: &[LaunchRow],
    batch: usize,
) -> QueryResult<()> {
    for rows in rows.chunks(batch) {
        let rows: Vec<StagedRow> = rows.iter().map(StagedRow::from).collect();
        diesel::copy_from(staged_launches::table).from_insertable(&rows).execute(connection)?;
    }
    staged_launches::table
        .select(launch_columns!(staged_launches))
        .insert_into(raw_launches::table)
        .into_columns(launch_columns!(raw_launches))
        .on_conflict(raw_launches::launch_id)
        .do_update()
        .set(excluded_values!())
        .execute(connection)?;
    diesel::delete(staged_launches::table).execute(connection)?;
    Ok(())
}

/// By COPY, straight into the table.
pub(super) fn insert_payloads(
    connection: &mut PgConnection,
    rows: &[PayloadRow],
    batch: usize,
) -> QueryResult<()> {
    for rows in rows.chunks(batch) {
        diesel::copy_from(payloads::table).from_insertable(rows).execute(connection)?;
    }
    Ok(())
}

/// By COPY into a temporary table.
pub(super) fn note_swept(connection: &mut PgConnection, rows: &[SweptRow<'_>]) -> QueryResult<()> {
    diesel::copy_from(swept_launches::table).from_insertable(rows).execute(connection)?;
    Ok(())
}

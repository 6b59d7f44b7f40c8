//! What only PostgreSQL does, or does its own way. `sqlite.rs` has the same functions in the same order.

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::upsert::excluded;

use super::error::{DbError, Fault, fault_of, one_line};
use super::rows::{LaunchRow, PayloadRow, StagedRow};
use super::staging::{SweptRow, excluded_values, launch_columns, staged_launches, swept_launches};
use super::types::Timestamp;
use crate::schema::{payloads, raw_launches};
use crate::secret::Secret;

/// Parameters for `libpq` that the address may overrule: no wait without an end, and a name to be recognized by.
const PARAMETERS: [(&str, &str); 6] = [
    ("connect_timeout", "5"),
    ("fallback_application_name", concat!("etl%2F", env!("CARGO_PKG_VERSION"))),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// For one transaction, since a pooler may give the next one another session: a killed run must not hold its
/// locks for as long as its last statement takes (which only a server on Linux can be asked for).
const TRANSACTION_SETTINGS: &str = "SET LOCAL TimeZone = 'UTC'; \
     SET LOCAL lock_timeout = '10s'; \
     SET LOCAL idle_in_transaction_session_timeout = 0; \
     SELECT set_config('client_connection_check_interval', '500ms', true) WHERE version() LIKE '%linux%';";

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

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Text)]
    who: String,
    #[diesel(sql_type = BigInt)]
    seconds: i64,
}

/// Connects; the error names the place, never the password.
pub(super) fn connect(url: &Secret, place: &str) -> Result<PgConnection, DbError> {
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
    let seconds = |holder: &Holder| u64::try_from(holder.seconds).unwrap_or_default();
    Ok(holder.map(|holder| (holder.who.clone(), Duration::from_secs(seconds(&holder)))))
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

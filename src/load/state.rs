//! `ingestion_state`: how far the source is accounted for, written with the rows it speaks of.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Timestamp};
use crate::model::settings::SourceKind;
use crate::schema::ingestion_state;

/// The one source so far.
const SOURCE: &str = "launches";

/// What is known about the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) source_kind: SourceKind,
    /// Version of the rule that made the stored fingerprints.
    pub(crate) fingerprint_version: i32,
    /// Latest `date_utc` of a launch that had flown when it was loaded.
    pub(crate) watermark: Option<DateTime<Utc>>,
    pub(crate) initial_load_completed_at: Option<DateTime<Utc>>,
    pub(crate) last_checked_at: Option<DateTime<Utc>>,
    pub(crate) last_changed_at: Option<DateTime<Utc>>,
    pub(crate) last_reconciled_at: Option<DateTime<Utc>>,
    /// Something that only a reconcile can settle was seen.
    pub(crate) reconcile_due: bool,
    /// An initial load under way: how far it came, and which run it is.
    pub(crate) load: Option<LoadUnderWay>,
}

/// Where a load that commits page by page stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoadUnderWay {
    /// Id of the last launch that was committed.
    pub(crate) cursor: String,
    pub(crate) run_id: String,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = ingestion_state,
    treat_none_as_null = true,
    treat_none_as_default_value = false,
    check_for_backend(crate::db::MultiBackend)
)]
struct StateRow {
    source: String,
    source_kind: String,
    fingerprint_version: i32,
    watermark: Option<Timestamp>,
    initial_load_completed_at: Option<Timestamp>,
    last_checked_at: Option<Timestamp>,
    last_changed_at: Option<Timestamp>,
    last_reconciled_at: Option<Timestamp>,
    reconcile_due: bool,
    load_cursor: Option<String>,
    load_run_id: Option<String>,
}

impl From<StateRow> for State {
    fn from(row: StateRow) -> Self {
        let instant = |at: Option<Timestamp>| at.map(|at| at.0);
        Self {
            source_kind: SourceKind::from_name(&row.source_kind),
            fingerprint_version: row.fingerprint_version,
            watermark: instant(row.watermark),
            initial_load_completed_at: instant(row.initial_load_completed_at),
            last_checked_at: instant(row.last_checked_at),
            last_changed_at: instant(row.last_changed_at),
            last_reconciled_at: instant(row.last_reconciled_at),
            reconcile_due: row.reconcile_due,
            load: row
                .load_cursor
                .zip(row.load_run_id)
                .map(|(cursor, run_id)| LoadUnderWay { cursor, run_id }),
        }
    }
}

impl From<&State> for StateRow {
    fn from(state: &State) -> Self {
        let instant = |at: Option<DateTime<Utc>>| at.map(Timestamp);
        Self {
            source: SOURCE.to_owned(),
            source_kind: state.source_kind.as_str().to_owned(),
            fingerprint_version: state.fingerprint_version,
            watermark: instant(state.watermark),
            initial_load_completed_at: instant(state.initial_load_completed_at),
            last_checked_at: instant(state.last_checked_at),
            last_changed_at: instant(state.last_changed_at),
            last_reconciled_at: instant(state.last_reconciled_at),
            reconcile_due: state.reconcile_due,
            load_cursor: state.load.as_ref().map(|load| load.cursor.clone()),
            load_run_id: state.load.as_ref().map(|load| load.run_id.clone()),
        }
    }
}

/// The state, unless nothing was ever loaded.
pub(crate) fn read(connection: &mut AnyConnection) -> Result<Option<State>, DbError> {
    let row: Option<StateRow> = ingestion_state::table
        .filter(ingestion_state::source.eq(SOURCE))
        .select(StateRow::as_select())
        .first(connection)
        .optional()
        .map_err(|error| DbError::from(error).while_doing("reading ingestion_state"))?;
    Ok(row.map(State::from))
}

/// Writes the state.
pub(crate) fn write(connection: &mut AnyConnection, state: &State) -> Result<(), DbError> {
    let row = StateRow::from(state);
    write_row(connection, &row)
        .map_err(|error| DbError::from(error).while_doing("writing ingestion_state"))
}

fn write_row(connection: &mut AnyConnection, row: &StateRow) -> QueryResult<()> {
    let updated = diesel::update(ingestion_state::table.filter(ingestion_state::source.eq(SOURCE)))
        .set(row)
        .execute(connection)?;
    if updated == 0 {
        diesel::insert_into(ingestion_state::table).values(row).execute(connection)?;
    }
    Ok(())
}

//! What the database said after a past run: the rows that were true then, in a database of their own.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{max, min};
use diesel::prelude::*;

use super::rows::QueryError;
use crate::db::{self, AnyConnection, DbError, Decimal, Timestamp};
use crate::model::query::instant;
use crate::schema::{launch_aggregations, launchpads, pipeline_runs, raw_launches, rockets};
use crate::views::launch_versions;

diesel::allow_tables_to_appear_in_same_query!(launch_versions, pipeline_runs);

/// A moment in the life of the database: when a run had finished.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    run: i64,
    instant: DateTime<Utc>,
}

/// The moment that `when` names: a run, or an instant, which means the last run finished by then.
pub(crate) fn moment(connection: &mut AnyConnection, when: &str) -> Result<Moment, QueryError> {
    let runs = pipeline_runs::table
        .select((pipeline_runs::id, pipeline_runs::pipeline_run_id, pipeline_runs::finished_at))
        .order(pipeline_runs::id.desc());
    let found: Option<(i64, String, Option<Timestamp>)> = match instant(when) {
        Some(instant) => {
            runs.filter(pipeline_runs::finished_at.le(Timestamp(instant))).first(connection)
        }
        None => runs.filter(pipeline_runs::pipeline_run_id.eq(when)).first(connection),
    }
    .optional()
    .map_err(DbError::from)?;
    match found {
        Some((run, run_id, Some(finished))) => {
            log::info!("as of the end of run {run_id}");
            let instant = end_of(connection, run, finished)?;
            Ok(Moment { run, instant })
        }
        Some((_, run_id, None)) => Err(QueryError::usage(
            format!("the run {run_id} has not finished"),
            "wait for its end, or name an earlier one: `etl trends` lists them",
        )),
        None if instant(when).is_some() => Err(QueryError::usage(
            format!("no run had finished by {when}"),
            "`etl trends` and `etl query pipeline_growth` list the runs and their times",
        )),
        None => Err(QueryError::usage(
            format!("there is no run {when:?}"),
            "give the id of a run, which `etl trends` lists, or an instant as in 2022-10-05T16:00:00Z",
        )),
    }
}

/// An instant after all that the run and those before it wrote, and before all that later ones wrote: clocks go back,
/// but what is written never does.
fn end_of(
    connection: &mut AnyConnection,
    run: i64,
    finished: Timestamp,
) -> Result<DateTime<Utc>, DbError> {
    let ids = || pipeline_runs::table.select(pipeline_runs::pipeline_run_id.nullable());
    let last: Option<Timestamp> = launch_versions::table
        .filter(launch_versions::pipeline_run_id.eq_any(ids().filter(pipeline_runs::id.le(run))))
        .select(max(launch_versions::valid_from))
        .first(connection)?;
    let next: Option<Timestamp> = launch_versions::table
        .filter(launch_versions::pipeline_run_id.eq_any(ids().filter(pipeline_runs::id.gt(run))))
        .select(min(launch_versions::valid_from))
        .first(connection)?;
    let end = last.map_or(finished.0, |last| last.0.max(finished.0));
    Ok(next.map_or(end, |next| end.min(next.0 - TimeDelta::microseconds(1))))
}

/// A launch as it was; the columns that the views read.
#[derive(Queryable, Insertable)]
#[diesel(table_name = raw_launches, treat_none_as_default_value = false)]
struct Version {
    launch_id: String,
    mission_name: Option<String>,
    date_utc: Timestamp,
    success: Option<bool>,
    launchpad_id: Option<String>,
    static_fire_date_utc: Option<Timestamp>,
    total_payload_mass_kg: Option<Decimal>,
    payloads_without_mass: Option<i32>,
    upcoming: Option<bool>,
    rocket_id: Option<String>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = launch_aggregations, treat_none_as_default_value = false)]
struct PastSnapshot {
    id: i32,
    total_launches: i64,
    updated_at: Option<Timestamp>,
    pipeline_run_id: Option<String>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = pipeline_runs, treat_none_as_default_value = false)]
struct PastRun {
    id: i64,
    pipeline_run_id: String,
    kind: String,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
    status: String,
    host: String,
    process_id: i64,
    launches_inserted: i64,
    launches_deleted: i64,
    launches_restored: i64,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = launchpads, treat_none_as_default_value = false)]
struct Pad {
    launchpad_id: String,
    name: Option<String>,
    pipeline_run_id: String,
    updated_at: Timestamp,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = rockets, treat_none_as_default_value = false)]
struct Rocket {
    rocket_id: String,
    name: Option<String>,
    pipeline_run_id: String,
    updated_at: Timestamp,
}

/// Copies what the views read, as it was at that moment, into an empty database of the same schema.
pub(crate) fn copy(
    from: &mut AnyConnection,
    to: &mut AnyConnection,
    moment: &Moment,
) -> Result<(), DbError> {
    db::transaction(to, |to| {
        copy_launches(from, to, moment)?;
        copy_runs(from, to, moment)?;
        copy_names(from, to)
    })
    .map_err(|error: DbError| error.while_doing("copying what was true then"))
}

macro_rules! copy_rows {
    ($query:expr, $row:ty, $table:ident, $from:ident, $to:ident) => {
        db::for_each_row($from, $query, |row: $row| {
            diesel::insert_into($table::table).values(row).execute($to)?;
            Ok::<_, DbError>(())
        })
    };
}

fn copy_launches(
    from: &mut AnyConnection,
    to: &mut AnyConnection,
    moment: &Moment,
) -> Result<(), DbError> {
    let at = Timestamp(moment.instant);
    let true_then = launch_versions::table
        .filter(launch_versions::valid_from.le(at))
        .filter(launch_versions::valid_to.is_null().or(launch_versions::valid_to.gt(at)))
        .filter(launch_versions::deleted_at.is_null())
        .select((
            launch_versions::launch_id,
            launch_versions::mission_name,
            launch_versions::date_utc,
            launch_versions::success,
            launch_versions::launchpad_id,
            launch_versions::static_fire_date_utc,
            launch_versions::total_payload_mass_kg,
            launch_versions::payloads_without_mass,
            launch_versions::upcoming,
            launch_versions::rocket_id,
        ));
    copy_rows!(true_then, Version, raw_launches, from, to)
}

fn copy_runs(
    from: &mut AnyConnection,
    to: &mut AnyConnection,
    moment: &Moment,
) -> Result<(), DbError> {
    let snapshots = launch_aggregations::table
        .filter(launch_aggregations::updated_at.le(Timestamp(moment.instant)))
        .select((
            launch_aggregations::id,
            launch_aggregations::total_launches,
            launch_aggregations::updated_at,
            launch_aggregations::pipeline_run_id,
        ));
    copy_rows!(snapshots, PastSnapshot, launch_aggregations, from, to)?;
    let runs = pipeline_runs::table.filter(pipeline_runs::id.le(moment.run)).select((
        pipeline_runs::id,
        pipeline_runs::pipeline_run_id,
        pipeline_runs::kind,
        pipeline_runs::started_at,
        pipeline_runs::finished_at,
        pipeline_runs::status,
        pipeline_runs::host,
        pipeline_runs::process_id,
        pipeline_runs::launches_inserted,
        pipeline_runs::launches_deleted,
        pipeline_runs::launches_restored,
    ));
    copy_rows!(runs, PastRun, pipeline_runs, from, to)
}

/// Names have no history: they are today's.
fn copy_names(from: &mut AnyConnection, to: &mut AnyConnection) -> Result<(), DbError> {
    copy_rows!(launchpads::table.select(launchpads::all_columns), Pad, launchpads, from, to)?;
    copy_rows!(rockets::table.select(rockets::all_columns), Rocket, rockets, from, to)
}

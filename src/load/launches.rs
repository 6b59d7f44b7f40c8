//! `raw_launches`: one row per launch, written only where its fingerprint says that it changed.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use diesel::dsl::{exists, max, select};
use diesel::prelude::*;
use serde_json::Value;

use super::{Upserted, count};
use crate::db::{
    AnyConnection, DbError, Decimal, Json, LaunchRow, Timestamp, insert_launches, update_launches,
};
use crate::model::fingerprint::fingerprint;
use crate::model::launch::{Launch, Tracked};
use crate::model::run::Stamp;
use crate::schema::{launch_aggregations, raw_launches};

/// What is known of a row before a page is loaded.
#[derive(Queryable)]
struct Known {
    launch_id: String,
    fingerprint: Option<String>,
    payloads_without_mass: Option<i32>,
    deleted_at: Option<Timestamp>,
}

/// A row as it is stored, in the tracked columns.
#[derive(Queryable, Selectable)]
#[diesel(table_name = raw_launches, check_for_backend(crate::db::MultiBackend))]
struct StoredLaunch {
    mission_name: Option<String>,
    date_utc: Timestamp,
    success: Option<bool>,
    payload_ids: Option<Json>,
    launchpad_id: Option<String>,
    static_fire_date_utc: Option<Timestamp>,
    total_payload_mass_kg: Option<Decimal>,
    upcoming: Option<bool>,
    flight_number: Option<i32>,
    rocket_id: Option<String>,
    date_precision: Option<String>,
}

impl StoredLaunch {
    /// The tracked fields, unless the row is one that an older schema left incomplete.
    fn tracked(self) -> Option<Tracked> {
        let Value::Array(ids) = self.payload_ids?.0 else { return None };
        let ids = ids.into_iter().map(|id| id.as_str().map(str::to_owned));
        Some(Tracked {
            mission_name: self.mission_name?,
            date_utc: self.date_utc.0,
            success: self.success,
            payload_ids: ids.collect::<Option<_>>()?,
            launchpad_id: self.launchpad_id,
            static_fire_date_utc: self.static_fire_date_utc.map(|date| date.0),
            total_payload_mass_kg: self.total_payload_mass_kg.map(|mass| mass.with_scale(2)),
            upcoming: self.upcoming?,
            flight_number: self.flight_number?,
            rocket_id: self.rocket_id,
            date_precision: self.date_precision?,
        })
    }
}

pub(crate) fn table_is_empty(connection: &mut AnyConnection) -> Result<bool, DbError> {
    let found: bool = select(exists(raw_launches::table.select(raw_launches::launch_id)))
        .get_result(connection)
        .map_err(|error| DbError::from(error).while_doing("reading raw_launches"))?;
    Ok(!found)
}

/// The living row of a launch, in its tracked fields.
pub(crate) fn living(
    connection: &mut AnyConnection,
    launch_id: &str,
) -> Result<Option<Tracked>, DbError> {
    let row: Option<StoredLaunch> = raw_launches::table
        .filter(raw_launches::launch_id.eq(launch_id))
        .filter(raw_launches::deleted_at.is_null())
        .select(StoredLaunch::as_select())
        .first(connection)
        .optional()
        .map_err(|error| DbError::from(error).while_doing("reading raw_launches"))?;
    Ok(row.and_then(StoredLaunch::tracked))
}

/// Whether our row of a launch was written after the instant.
pub(crate) fn is_newer_than(
    connection: &mut AnyConnection,
    launch_id: &str,
    instant: DateTime<Utc>,
) -> Result<bool, DbError> {
    let newer = raw_launches::table
        .filter(raw_launches::launch_id.eq(launch_id))
        .filter(raw_launches::updated_at.gt(Timestamp(instant)));
    Ok(select(exists(newer)).get_result(connection)?)
}

/// The highest `flight_number` of a living launch that has flown.
pub(crate) fn highest_flown(connection: &mut AnyConnection) -> Result<Option<i32>, DbError> {
    Ok(raw_launches::table
        .filter(raw_launches::deleted_at.is_null())
        .filter(raw_launches::upcoming.eq(false))
        .select(max(raw_launches::flight_number))
        .first(connection)?)
}

/// The living launches that are upcoming in our table.
pub(crate) fn upcoming_ids(connection: &mut AnyConnection) -> Result<Vec<String>, DbError> {
    Ok(raw_launches::table
        .filter(raw_launches::deleted_at.is_null())
        .filter(raw_launches::upcoming.eq(true))
        .select(raw_launches::launch_id)
        .load(connection)?)
}

/// The instant for all that a run writes: now, but later than any in the raw tables and than the latest snapshot.
pub(crate) fn next_instant(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, DbError> {
    let latest = latest_instant(connection)
        .map_err(|error| DbError::from(error).while_doing("reading raw_launches"))?;
    Ok(latest.map_or(now, |latest| now.max(latest.0 + Duration::microseconds(1))))
}

fn latest_instant(connection: &mut AnyConnection) -> QueryResult<Option<Timestamp>> {
    let updated: Option<Timestamp> =
        raw_launches::table.select(max(raw_launches::updated_at)).first(connection)?;
    let deleted: Option<Timestamp> = raw_launches::table
        .filter(raw_launches::deleted_at.is_not_null())
        .select(max(raw_launches::deleted_at))
        .first(connection)?;
    // Rows that no run has written yet; a former version ended no later than the current one began.
    let ingested: Option<Timestamp> = raw_launches::table
        .filter(raw_launches::updated_at.is_null())
        .select(max(raw_launches::ingested_at))
        .first(connection)?;
    // It may be of a run that changed no row.
    let snapshot: Option<Option<Timestamp>> = launch_aggregations::table
        .select(launch_aggregations::updated_at)
        .order(launch_aggregations::id.desc())
        .first(connection)
        .optional()?;
    Ok([updated, deleted, ingested, snapshot.flatten()].into_iter().flatten().max())
}

/// Inserts launches into a table that has none of them.
pub(super) fn insert(
    connection: &mut AnyConnection,
    launches: Vec<Launch>,
    stamp: &Stamp,
    batch: usize,
) -> Result<Upserted, DbError> {
    let rows: Vec<LaunchRow> = launches.into_iter().map(|launch| row(launch, stamp)).collect();
    insert_launches(connection, &rows, batch)?;
    Ok(Upserted { inserted: count(rows.len()), ..Upserted::default() })
}

/// Compares with what is there, then inserts what is new and updates what changed: nothing else is touched.
pub(super) fn upsert(
    connection: &mut AnyConnection,
    launches: Vec<Launch>,
    stamp: &Stamp,
    batch: usize,
) -> Result<Upserted, DbError> {
    let known = known(connection, &launches)?;
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    let mut done = Upserted::default();
    for launch in launches {
        match known.get(&launch.launch_id) {
            None => {
                done.inserted += 1;
                new.push(row(launch, stamp));
            }
            Some(known) if known.deleted_at.is_some() => {
                done.restored += 1;
                changed.push(row(launch, stamp));
            }
            Some(known) if is_changed(connection, known, &launch)? => {
                done.updated += 1;
                changed.push(row(launch, stamp));
            }
            Some(known) => {
                done.unchanged += 1;
                keep_up(connection, known, &launch, stamp)?;
            }
        }
    }
    if !new.is_empty() {
        insert_launches(connection, &new, batch)?;
    }
    if !changed.is_empty() {
        update_launches(connection, &changed, batch)?;
    }
    Ok(done)
}

fn known(
    connection: &mut AnyConnection,
    launches: &[Launch],
) -> Result<HashMap<String, Known>, DbError> {
    let ids: Vec<&str> = launches.iter().map(|launch| launch.launch_id.as_str()).collect();
    let rows: Vec<Known> = raw_launches::table
        .filter(raw_launches::launch_id.eq_any(ids))
        .select((
            raw_launches::launch_id,
            raw_launches::fingerprint,
            raw_launches::payloads_without_mass,
            raw_launches::deleted_at,
        ))
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading raw_launches"))?;
    Ok(rows.into_iter().map(|row| (row.launch_id.clone(), row)).collect())
}

/// Fingerprints of one rule are compared; one that is unknown, or of another rule, is first made from the columns.
fn is_changed(
    connection: &mut AnyConnection,
    known: &Known,
    launch: &Launch,
) -> Result<bool, DbError> {
    let rule = |fingerprint: &str| fingerprint.split(':').next().map(str::to_owned);
    match &known.fingerprint {
        Some(stored) if *stored == launch.fingerprint => Ok(false),
        Some(stored) if rule(stored) == rule(&launch.fingerprint) => Ok(true),
        _ => {
            let stored = living(connection, &known.launch_id)?;
            Ok(stored.is_none_or(|stored| fingerprint(&stored) != launch.fingerprint))
        }
    }
}

/// Keeps the columns that no revision is made for; who reads the figures must be able to tell.
fn keep_up(
    connection: &mut AnyConnection,
    known: &Known,
    launch: &Launch,
    stamp: &Stamp,
) -> Result<(), DbError> {
    let is_other = known.payloads_without_mass != Some(launch.payloads_without_mass);
    if known.fingerprint.as_ref() == Some(&launch.fingerprint) && !is_other {
        return Ok(());
    }
    diesel::update(raw_launches::table.filter(raw_launches::launch_id.eq(&known.launch_id)))
        .set((
            raw_launches::fingerprint.eq(&launch.fingerprint),
            raw_launches::payloads_without_mass.eq(launch.payloads_without_mass),
            is_other.then(|| raw_launches::kept_up_by_run_id.eq(stamp.run_id.as_str())),
        ))
        .execute(connection)?;
    Ok(())
}

fn row(launch: Launch, stamp: &Stamp) -> LaunchRow {
    let Launch { launch_id, tracked, fingerprint, payloads_without_mass, .. } = launch;
    let ids = tracked.payload_ids.into_iter().map(Value::String).collect();
    LaunchRow {
        launch_id,
        mission_name: tracked.mission_name,
        date_utc: Timestamp(tracked.date_utc),
        success: tracked.success,
        payload_ids: Json(Value::Array(ids)),
        launchpad_id: tracked.launchpad_id,
        static_fire_date_utc: tracked.static_fire_date_utc.map(Timestamp),
        ingested_at: Timestamp(stamp.instant),
        total_payload_mass_kg: tracked.total_payload_mass_kg.map(Decimal),
        payloads_without_mass,
        upcoming: tracked.upcoming,
        flight_number: tracked.flight_number,
        rocket_id: tracked.rocket_id,
        date_precision: tracked.date_precision,
        fingerprint,
        pipeline_run_id: stamp.run_id.as_str().to_owned(),
        updated_at: Timestamp(stamp.instant),
    }
}

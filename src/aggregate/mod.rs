//! The living launches become one row of `launch_aggregations`: a snapshot, never rewritten.

mod figures;
mod sums;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Decimal, Timestamp};
use crate::model::figures::{Figures, MeanSums};
use crate::model::run::{RunKind, SnapshotSummary, Stamp};
use crate::schema::launch_aggregations;
pub(crate) use figures::figures;
use sums::Sums;

#[derive(Insertable)]
#[diesel(table_name = launch_aggregations, treat_none_as_default_value = false)]
struct SnapshotRow<'a> {
    total_launches: i64,
    total_successful_launches: i64,
    total_failed_launches: i64,
    success_rate: Option<Decimal>,
    earliest_launch_date: Option<Timestamp>,
    latest_launch_date: Option<Timestamp>,
    total_launch_sites: i64,
    updated_at: Timestamp,
    last_processed_launch_date: Option<Timestamp>,
    average_payload_mass_kg: Option<Decimal>,
    average_delay_hours: Option<Decimal>,
    snapshot_type: &'static str,
    launches_added_in_batch: i64,
    pipeline_run_id: &'a str,
    total_upcoming_launches: i64,
    completed_success_rate: Option<Decimal>,
    launches_with_mass: Option<i64>,
    total_mass_hundredths: Option<i64>,
    launches_with_delay: Option<i64>,
    total_delay_whole_seconds: Option<i64>,
    total_delay_rest_micros: Option<i64>,
}

/// What a run says of the snapshot that it leaves.
pub(crate) struct NewSnapshot<'a> {
    pub(crate) kind: RunKind,
    pub(crate) stamp: &'a Stamp,
    /// The run compared all launches, not only those that are likely to have changed.
    pub(crate) swept_everything: bool,
    /// When a run before it last did so.
    pub(crate) last_reconciled_at: Option<DateTime<Utc>>,
    /// Launches that it inserted or restored.
    pub(crate) added: u64,
    pub(crate) watermark: Option<DateTime<Utc>>,
}

/// Writes the figures as the run leaves them.
pub(crate) fn write_snapshot(
    connection: &mut AnyConnection,
    new: &NewSnapshot<'_>,
) -> Result<SnapshotSummary, DbError> {
    let sums = Sums::for_snapshot(connection, new)?;
    let figures = figures::from_sums(connection, &sums)?;
    let row = row(new, figures, sums.of_means());
    let (total_launches, stored) = (row.total_launches, insert(connection, row)?);
    let (aggregation_id, rate, completed) = stored;
    Ok(SnapshotSummary {
        aggregation_id,
        total_launches,
        success_rate: percent(rate),
        completed_success_rate: percent(completed),
    })
}

fn row<'a>(new: &NewSnapshot<'a>, figures: Figures, means: Option<MeanSums>) -> SnapshotRow<'a> {
    let Figures {
        total_launches,
        total_successful_launches,
        total_failed_launches,
        total_upcoming_launches,
        success_rate,
        completed_success_rate,
        earliest_launch_date,
        latest_launch_date,
        total_launch_sites,
        average_payload_mass_kg,
        average_delay_hours,
    } = figures;
    SnapshotRow {
        total_launches,
        total_successful_launches,
        total_failed_launches,
        success_rate: success_rate.map(Decimal),
        earliest_launch_date: earliest_launch_date.map(Timestamp),
        latest_launch_date: latest_launch_date.map(Timestamp),
        total_launch_sites,
        updated_at: Timestamp(new.stamp.instant),
        last_processed_launch_date: new.watermark.map(Timestamp),
        average_payload_mass_kg: average_payload_mass_kg.map(Decimal),
        average_delay_hours: average_delay_hours.map(Decimal),
        snapshot_type: new.kind.snapshot_type(),
        launches_added_in_batch: i64::try_from(new.added).unwrap_or(i64::MAX),
        pipeline_run_id: new.stamp.run_id.as_str(),
        total_upcoming_launches,
        completed_success_rate: completed_success_rate.map(Decimal),
        launches_with_mass: means.map(|sums| sums.launches_with_mass),
        total_mass_hundredths: means.map(|sums| sums.total_mass_hundredths),
        launches_with_delay: means.map(|sums| sums.launches_with_delay),
        total_delay_whole_seconds: means.map(|sums| sums.total_delay_whole_seconds),
        total_delay_rest_micros: means.map(|sums| sums.total_delay_rest_micros),
    }
}

/// Its number, and the rates as they were stored.
type Stored = (i32, Option<Decimal>, Option<Decimal>);

fn insert(connection: &mut AnyConnection, row: SnapshotRow<'_>) -> Result<Stored, DbError> {
    diesel::insert_into(launch_aggregations::table)
        .values(row)
        .returning((
            launch_aggregations::id,
            launch_aggregations::success_rate,
            launch_aggregations::completed_success_rate,
        ))
        .get_result(connection)
        .map_err(|error| DbError::from(error).while_doing("writing the snapshot"))
}

/// The latest snapshot, if there is one.
pub(crate) fn latest_snapshot(
    connection: &mut AnyConnection,
) -> Result<Option<SnapshotSummary>, DbError> {
    let row: Option<(i32, i64, Option<Decimal>, Option<Decimal>)> = launch_aggregations::table
        .select((
            launch_aggregations::id,
            launch_aggregations::total_launches,
            launch_aggregations::success_rate,
            launch_aggregations::completed_success_rate,
        ))
        .order(launch_aggregations::id.desc())
        .first(connection)
        .optional()?;
    Ok(row.map(|(aggregation_id, total_launches, rate, completed)| SnapshotSummary {
        aggregation_id,
        total_launches,
        success_rate: percent(rate),
        completed_success_rate: percent(completed),
    }))
}

fn percent(rate: Option<Decimal>) -> Option<BigDecimal> {
    rate.map(|rate| rate.with_scale(2))
}

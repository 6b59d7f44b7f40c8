//! The living launches become one row of `launch_aggregations`: a snapshot, never rewritten.

mod figures;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Decimal, Timestamp};
use crate::model::figures::Figures;
use crate::model::run::{RunKind, SnapshotSummary, Stamp};
use crate::schema::launch_aggregations;
pub(crate) use figures::figures;

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
}

/// Writes the figures as this run leaves them; `added` counts the launches it inserted or restored.
pub(crate) fn write_snapshot(
    connection: &mut AnyConnection,
    kind: RunKind,
    stamp: &Stamp,
    added: u64,
    watermark: Option<DateTime<Utc>>,
) -> Result<SnapshotSummary, DbError> {
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
    } = figures(connection)?;
    let row = SnapshotRow {
        total_launches,
        total_successful_launches,
        total_failed_launches,
        success_rate: success_rate.map(Decimal),
        earliest_launch_date: earliest_launch_date.map(Timestamp),
        latest_launch_date: latest_launch_date.map(Timestamp),
        total_launch_sites,
        updated_at: Timestamp(stamp.instant),
        last_processed_launch_date: watermark.map(Timestamp),
        average_payload_mass_kg: average_payload_mass_kg.map(Decimal),
        average_delay_hours: average_delay_hours.map(Decimal),
        snapshot_type: kind.snapshot_type(),
        launches_added_in_batch: i64::try_from(added).unwrap_or(i64::MAX),
        pipeline_run_id: stamp.run_id.as_str(),
        total_upcoming_launches,
        completed_success_rate: completed_success_rate.map(Decimal),
    };
    let (aggregation_id, rate, completed): (i32, Option<Decimal>, Option<Decimal>) =
        diesel::insert_into(launch_aggregations::table)
            .values(row)
            .returning((
                launch_aggregations::id,
                launch_aggregations::success_rate,
                launch_aggregations::completed_success_rate,
            ))
            .get_result(connection)
            .map_err(|error| DbError::from(error).while_doing("writing the snapshot"))?;
    Ok(SnapshotSummary {
        aggregation_id,
        total_launches,
        success_rate: percent(rate),
        completed_success_rate: percent(completed),
    })
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

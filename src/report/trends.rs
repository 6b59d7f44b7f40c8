//! The snapshots of the figures, newest first.

use std::io::{self, Write};

use diesel::prelude::*;
use serde_json::json;

use super::{SCHEMA_VERSION, instant, json::number, line, rfc3339};
use crate::db::{AnyConnection, DbError, Decimal, Timestamp};
use crate::schema::launch_aggregations;

/// A snapshot, whole.
#[derive(Queryable, Selectable)]
#[diesel(table_name = launch_aggregations, check_for_backend(crate::db::MultiBackend))]
pub(crate) struct Snapshot {
    id: i32,
    total_launches: i64,
    total_successful_launches: i64,
    total_failed_launches: i64,
    success_rate: Option<Decimal>,
    earliest_launch_date: Option<Timestamp>,
    latest_launch_date: Option<Timestamp>,
    total_launch_sites: Option<i64>,
    updated_at: Option<Timestamp>,
    last_processed_launch_date: Option<Timestamp>,
    average_payload_mass_kg: Option<Decimal>,
    average_delay_hours: Option<Decimal>,
    snapshot_type: Option<String>,
    launches_added_in_batch: Option<i64>,
    pipeline_run_id: Option<String>,
    total_upcoming_launches: Option<i64>,
    completed_success_rate: Option<Decimal>,
}

/// The latest snapshots, newest first.
pub(crate) fn read(connection: &mut AnyConnection, limit: u32) -> Result<Vec<Snapshot>, DbError> {
    launch_aggregations::table
        .select(Snapshot::as_select())
        .order(launch_aggregations::id.desc())
        .limit(i64::from(limit))
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading launch_aggregations"))
}

/// Writes the table.
pub(crate) fn text(out: &mut dyn Write, snapshots: &[Snapshot]) -> io::Result<()> {
    if snapshots.is_empty() {
        writeln!(out, "no snapshot yet: `etl run` makes the first")?;
        return out.flush();
    }
    writeln!(
        out,
        "Date/Time               | Launches | Success Rate | Type       | Batch Size | Run ID"
    )?;
    writeln!(out, "{}", "-".repeat(87))?;
    for snapshot in snapshots {
        let rate = snapshot.success_rate.as_ref().map(|rate| format!("{}%", rate.with_scale(2)));
        let words = |word: &Option<String>| word.clone().unwrap_or_default();
        writeln!(
            out,
            "{:<24}| {:>8} | {:>12} | {:<11}| {:>10} | {}",
            snapshot.updated_at.map(|at| instant(at.0)).unwrap_or_default(),
            snapshot.total_launches,
            rate.unwrap_or_default(),
            words(&snapshot.snapshot_type),
            snapshot.launches_added_in_batch.unwrap_or_default(),
            words(&snapshot.pipeline_run_id),
        )?;
    }
    out.flush()
}

/// Writes the snapshots with every figure.
pub(crate) fn json(out: &mut dyn Write, snapshots: &[Snapshot]) -> io::Result<()> {
    let at = |at: Option<Timestamp>| at.map(|at| rfc3339(at.0));
    let figure =
        |figure: &Option<Decimal>| number(figure.as_ref().map(|f| f.with_scale(2)).as_ref());
    let object = |snapshot: &Snapshot| {
        json!({
            "aggregation_id": snapshot.id,
            "updated_at": at(snapshot.updated_at),
            "snapshot_type": snapshot.snapshot_type,
            "pipeline_run_id": snapshot.pipeline_run_id,
            "launches_added_in_batch": snapshot.launches_added_in_batch,
            "total_launches": snapshot.total_launches,
            "total_successful_launches": snapshot.total_successful_launches,
            "total_failed_launches": snapshot.total_failed_launches,
            "total_upcoming_launches": snapshot.total_upcoming_launches,
            "success_rate": figure(&snapshot.success_rate),
            "completed_success_rate": figure(&snapshot.completed_success_rate),
            "earliest_launch_date": at(snapshot.earliest_launch_date),
            "latest_launch_date": at(snapshot.latest_launch_date),
            "total_launch_sites": snapshot.total_launch_sites,
            "average_payload_mass_kg": figure(&snapshot.average_payload_mass_kg),
            "average_delay_hours": figure(&snapshot.average_delay_hours),
            "last_processed_launch_date": at(snapshot.last_processed_launch_date),
        })
    };
    let snapshots: Vec<_> = snapshots.iter().map(object).collect();
    line(out, &json!({ "schema_version": SCHEMA_VERSION, "snapshots": snapshots }))
}

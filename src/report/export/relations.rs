//! Every table and view that can be exported: its columns in their order, checked against `schema.rs` and `views.rs`.

use super::cell::Cell;
use super::{ExportError, Writer};
use crate::db::{AnyConnection, Decimal, Json, Timestamp, for_each_row};
use crate::schema::{
    ingestion_state, launch_aggregations, launchpads, payloads, pipeline_runs,
    quarantined_launches, raw_launch_revisions, raw_launches, rockets,
};
use crate::views::{launch_changes, launch_figure_inputs, launch_versions};

/// `name [key] { column: type, ... }`: the rows come in the order of the key.
macro_rules! relations {
    ($($name:ident [$($key:ident),*] { $($column:ident: $type:ty,)* })*) => {
        /// What can be exported.
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Hands every row of a table or view to the writer.
        pub(super) fn stream(
            connection: &mut AnyConnection,
            name: &str,
            writer: &mut Writer<'_>,
        ) -> Result<(), ExportError> {
            match name {
                $(stringify!($name) => $name(connection, writer),)*
                _ => Ok(()),
            }
        }

        $(fn $name(
            connection: &mut AnyConnection,
            writer: &mut Writer<'_>,
        ) -> Result<(), ExportError> {
            use diesel::QueryDsl;

            const COLUMNS: &[&str] = &[$(stringify!($column)),*];
            let query =
                $name::table.select(($($name::$column,)*)).order(($($name::$key,)*));
            writer.begin(COLUMNS)?;
            for_each_row(connection, query, |row: ($($type,)*)| {
                let ($($column,)*) = row;
                let cells: &[Cell] = &[$($column.into()),*];
                writer.row(COLUMNS, cells)
            })
        })*
    };
}

relations! {
    ingestion_state [source] {
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
    launch_aggregations [id] {
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
    launch_changes [launch_id, revision, field] {
        launch_id: String,
        revision: i32,
        field: String,
        old_value: Option<String>,
        new_value: Option<String>,
        changed_at: Timestamp,
        pipeline_run_id: String,
    }
    launch_figure_inputs [launch_id] {
        launch_id: String,
        date_utc: Timestamp,
        launchpad_id: Option<String>,
        succeeded: i64,
        failed: i64,
        upcoming: i64,
        mass_hundredths: Option<i64>,
        delay_whole_seconds: Option<i64>,
        delay_rest_micros: Option<i64>,
    }
    launch_versions [launch_id, revision] {
        launch_id: String,
        revision: i32,
        mission_name: Option<String>,
        date_utc: Timestamp,
        success: Option<bool>,
        payload_ids: Option<Json>,
        launchpad_id: Option<String>,
        static_fire_date_utc: Option<Timestamp>,
        ingested_at: Option<Timestamp>,
        total_payload_mass_kg: Option<Decimal>,
        payloads_without_mass: Option<i32>,
        upcoming: Option<bool>,
        flight_number: Option<i32>,
        rocket_id: Option<String>,
        date_precision: Option<String>,
        fingerprint: Option<String>,
        pipeline_run_id: Option<String>,
        deleted_at: Option<Timestamp>,
        valid_from: Timestamp,
        valid_to: Option<Timestamp>,
        ended_by_run_id: Option<String>,
    }
    launchpads [launchpad_id] {
        launchpad_id: String,
        name: Option<String>,
        pipeline_run_id: String,
        updated_at: Timestamp,
    }
    payloads [payload_id] {
        payload_id: String,
        name: Option<String>,
        mass_kg: Option<Decimal>,
        pipeline_run_id: String,
        updated_at: Timestamp,
    }
    pipeline_runs [id] {
        id: i64,
        pipeline_run_id: String,
        kind: String,
        started_at: Timestamp,
        finished_at: Option<Timestamp>,
        status: String,
        host: String,
        process_id: i64,
        optimization: Option<String>,
        api_calls: i64,
        api_retries: i64,
        bytes_received: i64,
        launches_fetched: i64,
        launches_inserted: i64,
        launches_updated: i64,
        launches_unchanged: i64,
        launches_deleted: i64,
        launches_restored: i64,
        launches_quarantined: i64,
        unresolved_references: i64,
        watermark_before: Option<Timestamp>,
        watermark_after: Option<Timestamp>,
        error: Option<String>,
    }
    quarantined_launches [id] {
        id: i64,
        launch_id: Option<String>,
        content_sha256: String,
        document: String,
        breaches: Json,
        pipeline_run_id: String,
        attempts: i32,
        first_seen_at: Timestamp,
        last_seen_at: Timestamp,
        resolved_at: Option<Timestamp>,
        resolution: Option<String>,
    }
    raw_launch_revisions [launch_id, revision] {
        launch_id: String,
        revision: i32,
        mission_name: Option<String>,
        date_utc: Timestamp,
        success: Option<bool>,
        payload_ids: Option<Json>,
        launchpad_id: Option<String>,
        static_fire_date_utc: Option<Timestamp>,
        ingested_at: Option<Timestamp>,
        total_payload_mass_kg: Option<Decimal>,
        payloads_without_mass: Option<i32>,
        upcoming: Option<bool>,
        flight_number: Option<i32>,
        rocket_id: Option<String>,
        date_precision: Option<String>,
        fingerprint: Option<String>,
        pipeline_run_id: Option<String>,
        deleted_at: Option<Timestamp>,
        valid_from: Timestamp,
        valid_to: Timestamp,
        ended_by_run_id: String,
    }
    raw_launches [launch_id] {
        launch_id: String,
        mission_name: Option<String>,
        date_utc: Timestamp,
        success: Option<bool>,
        payload_ids: Option<Json>,
        launchpad_id: Option<String>,
        static_fire_date_utc: Option<Timestamp>,
        ingested_at: Option<Timestamp>,
        total_payload_mass_kg: Option<Decimal>,
        payloads_without_mass: Option<i32>,
        upcoming: Option<bool>,
        flight_number: Option<i32>,
        rocket_id: Option<String>,
        date_precision: Option<String>,
        fingerprint: Option<String>,
        revision: i32,
        pipeline_run_id: Option<String>,
        updated_at: Option<Timestamp>,
        deleted_at: Option<Timestamp>,
    }
    rockets [rocket_id] {
        rocket_id: String,
        name: Option<String>,
        pipeline_run_id: String,
        updated_at: Timestamp,
    }
}

/// The name that is most like this one.
pub(crate) fn nearest(name: &str) -> &'static str {
    let by_distance = |known: &&&str| distance(known, name);
    NAMES.iter().min_by_key(by_distance).copied().unwrap_or_default()
}

/// How many letters must be added, left out or replaced to come from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (place, a) in one.chars().enumerate() {
        let mut diagonal = place;
        let mut left = place + 1;
        let mut next = vec![left];
        for (b, above) in other.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(a != b)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_that_was_meant() {
        assert_eq!(nearest("raw_launchs"), "raw_launches");
        assert_eq!(nearest("payload"), "payloads");
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}

//! Every table and view that can be exported: its columns in their order, checked against `schema.rs` and `views.rs`.

use crate::db::{AnyConnection, Decimal, Json, Timestamp, for_each_row};
use crate::model::query::Cell;
use crate::report::rows::{EachRow, QueryError};
use crate::schema::{
    ingestion_state, launch_aggregations, launchpads, payloads, pipeline_runs, publications,
    quarantined_launches, raw_launch_revisions, raw_launches, rockets,
};
use crate::views::{
    launch_changes, launch_figure_inputs, launch_versions, living_launches, version_figure_inputs,
};

/// A table, or a view that is no mart.
pub(crate) struct Relation {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// Gives every row in the order of the key.
    pub(super) read: fn(&mut AnyConnection, &mut EachRow<'_>) -> Result<(), QueryError>,
}

/// `name [key] { column: type, ... }`: the rows come in the order of the key.
macro_rules! relations {
    ($($name:ident [$($key:ident),*] { $($column:ident: $type:ty,)* })*) => {
        /// All of them.
        pub(super) const RELATIONS: &[Relation] = &[$(Relation {
            name: stringify!($name),
            columns: &[$(stringify!($column)),*],
            read: $name,
        }),*];

        $(fn $name(
            connection: &mut AnyConnection,
            each: &mut EachRow<'_>,
        ) -> Result<(), QueryError> {
            use diesel::QueryDsl;

            let query =
                $name::table.select(($($name::$column,)*)).order(($($name::$key,)*));
            for_each_row(connection, query, |($($column,)*): ($($type,)*)| {
                each(vec![$(Cell::from($column)),*])
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
        launches_with_mass: Option<i64>,
        total_mass_hundredths: Option<i64>,
        launches_with_delay: Option<i64>,
        total_delay_whole_seconds: Option<i64>,
        total_delay_rest_micros: Option<i64>,
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
    living_launches [launch_id] {
        launch_id: String,
        mission_name: Option<String>,
        date_utc: Timestamp,
        year: i64,
        month: i64,
        launchpad_id: Option<String>,
        rocket_id: Option<String>,
        upcoming: i64,
        flown: i64,
        succeeded: i64,
        failed: i64,
        unknown: i64,
        mass_hundredths: Option<i64>,
        payloads_without_mass: Option<i64>,
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
    publications [lake, publication] {
        lake: String,
        publication: i64,
        kind: String,
        pipeline_run_id: String,
        published_at: Timestamp,
        launches_written: i64,
        launches_snapshot_id: i64,
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
        kept_up_by_run_id: Option<String>,
    }
    rockets [rocket_id] {
        rocket_id: String,
        name: Option<String>,
        pipeline_run_id: String,
        updated_at: Timestamp,
    }
    version_figure_inputs [launch_id, revision] {
        launch_id: String,
        revision: i32,
        updated_at: Option<Timestamp>,
        valid_to: Option<Timestamp>,
        succeeded: i64,
        failed: i64,
        upcoming: i64,
        mass_hundredths: Option<i64>,
        delay_whole_seconds: Option<i64>,
        delay_rest_micros: Option<i64>,
    }
}

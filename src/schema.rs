// @generated automatically by Diesel CLI.

diesel::table! {
    use crate::sql_types::*;

    ingestion_state (source) {
        source -> Varchar,
        source_kind -> Varchar,
        fingerprint_version -> Int4,
        watermark -> Nullable<Timestamptz>,
        initial_load_completed_at -> Nullable<Timestamptz>,
        last_checked_at -> Nullable<Timestamptz>,
        last_changed_at -> Nullable<Timestamptz>,
        last_reconciled_at -> Nullable<Timestamptz>,
        reconcile_due -> Bool,
        load_cursor -> Nullable<Varchar>,
        load_run_id -> Nullable<Varchar>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launch_aggregations (id) {
        id -> Int4,
        total_launches -> Int8,
        total_successful_launches -> Int8,
        total_failed_launches -> Int8,
        success_rate -> Nullable<Numeric>,
        earliest_launch_date -> Nullable<Timestamptz>,
        latest_launch_date -> Nullable<Timestamptz>,
        total_launch_sites -> Nullable<Int8>,
        updated_at -> Nullable<Timestamptz>,
        last_processed_launch_date -> Nullable<Timestamptz>,
        average_payload_mass_kg -> Nullable<Numeric>,
        average_delay_hours -> Nullable<Numeric>,
        snapshot_type -> Nullable<Varchar>,
        launches_added_in_batch -> Nullable<Int8>,
        pipeline_run_id -> Nullable<Varchar>,
        total_upcoming_launches -> Nullable<Int8>,
        completed_success_rate -> Nullable<Numeric>,
        launches_with_mass -> Nullable<Int8>,
        total_mass_hundredths -> Nullable<Int8>,
        launches_with_delay -> Nullable<Int8>,
        total_delay_whole_seconds -> Nullable<Int8>,
        total_delay_rest_micros -> Nullable<Int8>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launchpads (launchpad_id) {
        launchpad_id -> Varchar,
        name -> Nullable<Varchar>,
        pipeline_run_id -> Varchar,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::sql_types::*;

    payloads (payload_id) {
        payload_id -> Varchar,
        name -> Nullable<Varchar>,
        mass_kg -> Nullable<Numeric>,
        pipeline_run_id -> Varchar,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use crate::sql_types::*;

    pipeline_runs (id) {
        id -> Int8,
        pipeline_run_id -> Varchar,
        kind -> Varchar,
        started_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        status -> Varchar,
        host -> Varchar,
        process_id -> Int8,
        optimization -> Nullable<Varchar>,
        api_calls -> Int8,
        api_retries -> Int8,
        bytes_received -> Int8,
        launches_fetched -> Int8,
        launches_inserted -> Int8,
        launches_updated -> Int8,
        launches_unchanged -> Int8,
        launches_deleted -> Int8,
        launches_restored -> Int8,
        launches_quarantined -> Int8,
        unresolved_references -> Int8,
        watermark_before -> Nullable<Timestamptz>,
        watermark_after -> Nullable<Timestamptz>,
        error -> Nullable<Varchar>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    publications (lake, publication) {
        lake -> Varchar,
        publication -> Int8,
        kind -> Varchar,
        pipeline_run_id -> Varchar,
        published_at -> Timestamptz,
        launches_written -> Int8,
        launches_snapshot_id -> Int8,
    }
}

diesel::table! {
    use crate::sql_types::*;

    quarantined_launches (id) {
        id -> Int8,
        launch_id -> Nullable<Varchar>,
        content_sha256 -> Varchar,
        document -> Text,
        breaches -> Jsonb,
        pipeline_run_id -> Varchar,
        attempts -> Int4,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        resolved_at -> Nullable<Timestamptz>,
        resolution -> Nullable<Varchar>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    raw_launch_revisions (launch_id, revision) {
        launch_id -> Varchar,
        revision -> Int4,
        mission_name -> Nullable<Varchar>,
        date_utc -> Timestamptz,
        success -> Nullable<Bool>,
        payload_ids -> Nullable<Jsonb>,
        launchpad_id -> Nullable<Varchar>,
        static_fire_date_utc -> Nullable<Timestamptz>,
        ingested_at -> Nullable<Timestamptz>,
        total_payload_mass_kg -> Nullable<Numeric>,
        payloads_without_mass -> Nullable<Int4>,
        upcoming -> Nullable<Bool>,
        flight_number -> Nullable<Int4>,
        rocket_id -> Nullable<Varchar>,
        date_precision -> Nullable<Varchar>,
        fingerprint -> Nullable<Varchar>,
        pipeline_run_id -> Nullable<Varchar>,
        deleted_at -> Nullable<Timestamptz>,
        valid_from -> Timestamptz,
        valid_to -> Timestamptz,
        ended_by_run_id -> Varchar,
    }
}

diesel::table! {
    use crate::sql_types::*;

    raw_launches (launch_id) {
        launch_id -> Varchar,
        mission_name -> Nullable<Varchar>,
        date_utc -> Timestamptz,
        success -> Nullable<Bool>,
        payload_ids -> Nullable<Jsonb>,
        launchpad_id -> Nullable<Varchar>,
        static_fire_date_utc -> Nullable<Timestamptz>,
        ingested_at -> Nullable<Timestamptz>,
        total_payload_mass_kg -> Nullable<Numeric>,
        payloads_without_mass -> Nullable<Int4>,
        upcoming -> Nullable<Bool>,
        flight_number -> Nullable<Int4>,
        rocket_id -> Nullable<Varchar>,
        date_precision -> Nullable<Varchar>,
        fingerprint -> Nullable<Varchar>,
        revision -> Int4,
        pipeline_run_id -> Nullable<Varchar>,
        updated_at -> Nullable<Timestamptz>,
        deleted_at -> Nullable<Timestamptz>,
        kept_up_by_run_id -> Nullable<Varchar>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    rockets (rocket_id) {
        rocket_id -> Varchar,
        name -> Nullable<Varchar>,
        pipeline_run_id -> Varchar,
        updated_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    ingestion_state,
    launch_aggregations,
    launchpads,
    payloads,
    pipeline_runs,
    publications,
    quarantined_launches,
    raw_launch_revisions,
    raw_launches,
    rockets,
);

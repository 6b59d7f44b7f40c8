//! The views of the migrations; the generator of `schema.rs` passes them by.

diesel::table! {
    use crate::sql_types::*;

    launch_figure_inputs (launch_id) {
        launch_id -> Varchar,
        date_utc -> Timestamptz,
        launchpad_id -> Nullable<Varchar>,
        succeeded -> Int8,
        failed -> Int8,
        upcoming -> Int8,
        mass_hundredths -> Nullable<Int8>,
        delay_whole_seconds -> Nullable<Int8>,
        delay_rest_micros -> Nullable<Int8>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launch_versions (launch_id, revision) {
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
        valid_to -> Nullable<Timestamptz>,
        ended_by_run_id -> Nullable<Varchar>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launch_changes (launch_id, revision, field) {
        launch_id -> Varchar,
        revision -> Int4,
        field -> Text,
        old_value -> Nullable<Text>,
        new_value -> Nullable<Text>,
        changed_at -> Timestamptz,
        pipeline_run_id -> Varchar,
    }
}

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

    version_figure_inputs (launch_id, revision) {
        launch_id -> Varchar,
        revision -> Int4,
        updated_at -> Nullable<Timestamptz>,
        valid_to -> Nullable<Timestamptz>,
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

diesel::table! {
    use crate::sql_types::*;

    living_launches (launch_id) {
        launch_id -> Varchar,
        mission_name -> Nullable<Varchar>,
        date_utc -> Timestamptz,
        year -> Int8,
        month -> Int8,
        launchpad_id -> Nullable<Varchar>,
        rocket_id -> Nullable<Varchar>,
        upcoming -> Int8,
        flown -> Int8,
        succeeded -> Int8,
        failed -> Int8,
        unknown -> Int8,
        mass_hundredths -> Nullable<Int8>,
        payloads_without_mass -> Nullable<Int8>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launches_by_year (year) {
        year -> Int8,
        launches -> Int8,
        flown -> Int8,
        upcoming -> Int8,
        successes -> Int8,
        failures -> Int8,
        unknown -> Int8,
        success_rate -> Nullable<Numeric>,
        completed_success_rate -> Nullable<Numeric>,
        known_mass_kg -> Numeric,
        cumulative_launches -> Int8,
        period_start -> Timestamptz,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launches_by_month (year, month) {
        year -> Int8,
        month -> Int8,
        launches -> Int8,
        flown -> Int8,
        upcoming -> Int8,
        successes -> Int8,
        failures -> Int8,
        unknown -> Int8,
        success_rate -> Nullable<Numeric>,
        completed_success_rate -> Nullable<Numeric>,
        known_mass_kg -> Numeric,
        cumulative_launches -> Int8,
        period_start -> Timestamptz,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launches_per_month (scope) {
        scope -> Varchar,
        year -> Nullable<Int8>,
        flown -> Int8,
        months -> Int8,
        average_per_month -> Numeric,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launch_sites (launchpad_id) {
        launchpad_id -> Varchar,
        name -> Nullable<Varchar>,
        launches -> Int8,
        flown -> Int8,
        upcoming -> Int8,
        successes -> Int8,
        failures -> Int8,
        success_rate -> Nullable<Numeric>,
        completed_success_rate -> Nullable<Numeric>,
        mean_known_mass_kg -> Nullable<Numeric>,
        first_launch -> Timestamptz,
        last_launch -> Timestamptz,
    }
}

diesel::table! {
    use crate::sql_types::*;

    static_fire_delays (year) {
        year -> Int8,
        launches -> Int8,
        mean_delay_whole_hours -> Numeric,
        max_delay_whole_hours -> Int8,
        mean_delay_hours -> Numeric,
        max_delay_hours -> Numeric,
        period_start -> Timestamptz,
    }
}

diesel::table! {
    use crate::sql_types::*;

    heaviest_launches (position) {
        position -> Int8,
        launch_id -> Varchar,
        mission_name -> Nullable<Varchar>,
        date_utc -> Timestamptz,
        rocket_name -> Nullable<Varchar>,
        launchpad_name -> Nullable<Varchar>,
        total_payload_mass_kg -> Nullable<Numeric>,
        payloads_without_mass -> Nullable<Int8>,
        upcoming -> Bool,
    }
}

diesel::table! {
    use crate::sql_types::*;

    launch_milestones (counted, milestone) {
        counted -> Varchar,
        milestone -> Int8,
        date_utc -> Timestamptz,
        launch_id -> Varchar,
        mission_name -> Nullable<Varchar>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    total_launches_milestones (milestone) {
        milestone -> Int8,
        total_launches -> Int8,
        reached_at -> Nullable<Timestamptz>,
        pipeline_run_id -> Nullable<Varchar>,
        aggregation_id -> Int8,
    }
}

diesel::table! {
    use crate::sql_types::*;

    success_rate_over_time (launch_id) {
        date_utc -> Timestamptz,
        launch_id -> Varchar,
        mission_name -> Nullable<Varchar>,
        success -> Nullable<Bool>,
        flown -> Int8,
        successes -> Int8,
        failures -> Int8,
        success_rate -> Numeric,
        completed_success_rate -> Nullable<Numeric>,
    }
}

diesel::table! {
    use crate::sql_types::*;

    success_rate_by_year (year) {
        year -> Int8,
        flown -> Int8,
        successes -> Int8,
        failures -> Int8,
        unknown -> Int8,
        success_rate -> Numeric,
        completed_success_rate -> Nullable<Numeric>,
        running_success_rate -> Numeric,
        running_completed_success_rate -> Nullable<Numeric>,
        period_start -> Timestamptz,
    }
}

diesel::table! {
    use crate::sql_types::*;

    pipeline_growth (run) {
        run -> Int8,
        pipeline_run_id -> Varchar,
        kind -> Varchar,
        status -> Varchar,
        started_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        added -> Int8,
        removed -> Int8,
        net -> Int8,
        total_launches -> Nullable<Int8>,
    }
}

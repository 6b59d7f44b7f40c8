//! The temporary tables of a run. They are made by hand on each database, so their `table!`s stand here.

use diesel::prelude::Insertable;

use crate::schema::raw_launches;

diesel::table! {
    use crate::sql_types::*;

    staged_launches (launch_id) {
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
        pipeline_run_id -> Nullable<Varchar>,
        updated_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    swept_launches (launch_id) {
        launch_id -> Varchar,
    }
}

diesel::allow_tables_to_appear_in_same_query!(swept_launches, raw_launches);
diesel::allow_tables_to_appear_in_same_query!(staged_launches, raw_launches);

/// A launch that the source served in this run.
#[derive(Debug, Insertable)]
#[diesel(table_name = swept_launches, treat_none_as_default_value = false)]
pub(super) struct SweptRow<'a> {
    pub(super) launch_id: &'a str,
}

/// The columns of a launch that a run writes, in one order.
macro_rules! launch_columns {
    ($table:ident) => {
        (
            $table::launch_id,
            $table::mission_name,
            $table::date_utc,
            $table::success,
            $table::payload_ids,
            $table::launchpad_id,
            $table::static_fire_date_utc,
            $table::ingested_at,
            $table::total_payload_mass_kg,
            $table::payloads_without_mass,
            $table::upcoming,
            $table::flight_number,
            $table::rocket_id,
            $table::date_precision,
            $table::fingerprint,
            $table::pipeline_run_id,
            $table::updated_at,
        )
    };
}

/// What an update sets: all but the key and the instant of the first load; a launch that is served has no tombstone.
macro_rules! excluded_values {
    () => {
        (
            raw_launches::mission_name.eq(excluded(raw_launches::mission_name)),
            raw_launches::date_utc.eq(excluded(raw_launches::date_utc)),
            raw_launches::success.eq(excluded(raw_launches::success)),
            raw_launches::payload_ids.eq(excluded(raw_launches::payload_ids)),
            raw_launches::launchpad_id.eq(excluded(raw_launches::launchpad_id)),
            raw_launches::static_fire_date_utc.eq(excluded(raw_launches::static_fire_date_utc)),
            raw_launches::total_payload_mass_kg.eq(excluded(raw_launches::total_payload_mass_kg)),
            raw_launches::payloads_without_mass.eq(excluded(raw_launches::payloads_without_mass)),
            raw_launches::upcoming.eq(excluded(raw_launches::upcoming)),
            raw_launches::flight_number.eq(excluded(raw_launches::flight_number)),
            raw_launches::rocket_id.eq(excluded(raw_launches::rocket_id)),
            raw_launches::date_precision.eq(excluded(raw_launches::date_precision)),
            raw_launches::fingerprint.eq(excluded(raw_launches::fingerprint)),
            raw_launches::pipeline_run_id.eq(excluded(raw_launches::pipeline_run_id)),
            raw_launches::updated_at.eq(excluded(raw_launches::updated_at)),
            raw_launches::deleted_at.eq(None::<Timestamp>),
        )
    };
}

pub(super) use {excluded_values, launch_columns};

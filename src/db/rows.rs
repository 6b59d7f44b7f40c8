//! The rows that both files of differences know: those that are written in bulk, once for the table itself and once
//! for the staging table beside it, and the one that a run holds.

use diesel::prelude::{Insertable, Queryable, Selectable};

use super::staging::staged_launches;
use super::types::{Decimal, Json, Timestamp};
use crate::schema::{payloads, pipeline_runs, raw_launches};

/// Who has a run, as its row says.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = pipeline_runs)]
pub(crate) struct RunRow {
    pub(crate) status: String,
    pub(crate) host: String,
    pub(crate) process_id: i64,
}

macro_rules! launch_rows {
    ($($column:ident: $type:ty,)*) => {
        /// A launch as it is written. A new row begins with the column's default, revision 1.
        #[derive(Debug, Clone, Insertable)]
        #[diesel(table_name = raw_launches, treat_none_as_default_value = false)]
        pub(crate) struct LaunchRow {
            $(pub(crate) $column: $type,)*
        }

        /// The same row on its way through the staging table.
        #[derive(Debug, Insertable)]
        #[diesel(table_name = staged_launches, treat_none_as_default_value = false)]
        pub(super) struct StagedRow {
            $($column: $type,)*
        }

        impl From<&LaunchRow> for StagedRow {
            fn from(row: &LaunchRow) -> Self {
                Self { $($column: row.$column.clone(),)* }
            }
        }
    };
}

launch_rows! {
    launch_id: String,
    mission_name: String,
    date_utc: Timestamp,
    success: Option<bool>,
    payload_ids: Json,
    launchpad_id: Option<String>,
    static_fire_date_utc: Option<Timestamp>,
    ingested_at: Timestamp,
    total_payload_mass_kg: Option<Decimal>,
    payloads_without_mass: i32,
    upcoming: bool,
    flight_number: i32,
    rocket_id: Option<String>,
    date_precision: String,
    fingerprint: String,
    pipeline_run_id: String,
    updated_at: Timestamp,
}

/// A payload as it is written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payloads, treat_none_as_default_value = false)]
pub(crate) struct PayloadRow {
    pub(crate) payload_id: String,
    pub(crate) name: Option<String>,
    pub(crate) mass_kg: Option<Decimal>,
    pub(crate) pipeline_run_id: String,
    pub(crate) updated_at: Timestamp,
}

//! What the database holds after a run, and since when.

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Timestamp};
use crate::schema::{ingestion_state, pipeline_runs, quarantined_launches, raw_launches};

/// The figures that a monitor watches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(super) flown: i64,
    pub(super) upcoming: i64,
    pub(super) vanished: i64,
    pub(super) open_quarantine: i64,
    pub(super) last_success: Option<DateTime<Utc>>,
    pub(super) last_check: Option<DateTime<Utc>>,
    pub(super) last_change: Option<DateTime<Utc>>,
    pub(super) last_reconcile: Option<DateTime<Utc>>,
    pub(super) watermark: Option<DateTime<Utc>>,
}

type Instants = (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>, Option<Timestamp>);

impl Standing {
    pub(crate) fn read(connection: &mut AnyConnection) -> Result<Self, DbError> {
        let living = || raw_launches::table.filter(raw_launches::deleted_at.is_null());
        let last_success: Option<Timestamp> = pipeline_runs::table
            .filter(pipeline_runs::status.eq("success"))
            .select(max(pipeline_runs::finished_at))
            .first(connection)?;
        let instants: Option<Instants> = ingestion_state::table
            .select((
                ingestion_state::last_checked_at,
                ingestion_state::last_changed_at,
                ingestion_state::last_reconciled_at,
                ingestion_state::watermark,
            ))
            .first(connection)
            .optional()?;
        let (last_check, last_change, last_reconcile, watermark) = instants.unwrap_or_default();
        let at = |instant: Option<Timestamp>| instant.map(|at| at.0);
        let open = quarantined_launches::table.filter(quarantined_launches::resolved_at.is_null());
        let gone = raw_launches::table.filter(raw_launches::deleted_at.is_not_null());
        Ok(Self {
            flown: living()
                .filter(raw_launches::upcoming.eq(false))
                .count()
                .get_result(connection)?,
            upcoming: living()
                .filter(raw_launches::upcoming.eq(true))
                .count()
                .get_result(connection)?,
            vanished: gone.count().get_result(connection)?,
            open_quarantine: open.count().get_result(connection)?,
            last_success: at(last_success),
            last_check: at(last_check),
            last_change: at(last_change),
            last_reconcile: at(last_reconcile),
            watermark: at(watermark),
        })
    }
}

//! The exact sums behind the figures: added up over all launches, or carried on from the snapshot before.

use bigdecimal::ToPrimitive;
use chrono::{DateTime, Utc};
use diesel::dsl::{count, count_star, max, select};
use diesel::prelude::*;

use super::NewSnapshot;
use crate::db::{AnyConnection, DbError, Decimal, Timestamp};
use crate::model::figures::MeanSums;
use crate::model::run::RunKind;
use crate::schema::{launch_aggregations, raw_launch_revisions, raw_launches};
use crate::views::{launch_figure_inputs, version_figure_inputs};

#[diesel::declare_sql_function]
extern "SQL" {
    /// The sum of whole numbers without a bound: PostgreSQL answers it as a numeric.
    #[sql_name = "sum"]
    #[aggregate]
    fn sum_exact(
        x: diesel::sql_types::Nullable<diesel::sql_types::BigInt>,
    ) -> diesel::sql_types::Nullable<crate::sql_types::Numeric>;
}

/// Sums over some launches: all that are living, or those by which two snapshots differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) launches: i128,
    pub(super) succeeded: i128,
    pub(super) failed: i128,
    pub(super) upcoming: i128,
    pub(super) with_mass: i128,
    pub(super) mass_hundredths: i128,
    pub(super) with_delay: i128,
    pub(super) delay_whole_seconds: i128,
    pub(super) delay_rest_micros: i128,
}

#[derive(Queryable)]
struct SumsRow {
    launches: i64,
    succeeded: Option<Decimal>,
    failed: Option<Decimal>,
    upcoming: Option<Decimal>,
    with_mass: i64,
    mass_hundredths: Option<Decimal>,
    with_delay: i64,
    delay_whole_seconds: Option<Decimal>,
    delay_rest_micros: Option<Decimal>,
}

impl From<SumsRow> for Sums {
    fn from(row: SumsRow) -> Self {
        // A sum of 64-bit numbers over the rows of a table fits, and over nothing it is zero.
        let whole = |sum: Option<Decimal>| sum.and_then(|sum| sum.0.to_i128()).unwrap_or_default();
        Self {
            launches: row.launches.into(),
            succeeded: whole(row.succeeded),
            failed: whole(row.failed),
            upcoming: whole(row.upcoming),
            with_mass: row.with_mass.into(),
            mass_hundredths: whole(row.mass_hundredths),
            with_delay: row.with_delay.into(),
            delay_whole_seconds: whole(row.delay_whole_seconds),
            delay_rest_micros: whole(row.delay_rest_micros),
        }
    }
}

/// The same expressions over either view of inputs.
macro_rules! sums_of {
    ($inputs:ident) => {
        (
            count_star(),
            sum_exact($inputs::succeeded.nullable()),
            sum_exact($inputs::failed.nullable()),
            sum_exact($inputs::upcoming.nullable()),
            count($inputs::mass_hundredths),
            sum_exact($inputs::mass_hundredths),
            count($inputs::delay_whole_seconds),
            sum_exact($inputs::delay_whole_seconds),
            sum_exact($inputs::delay_rest_micros),
        )
    };
}

impl Sums {
    /// Added up over all living launches.
    pub(super) fn of_all(connection: &mut AnyConnection) -> Result<Self, DbError> {
        launch_figure_inputs::table
            .select(sums_of!(launch_figure_inputs))
            .first::<SumsRow>(connection)
            .map(Self::from)
            .map_err(|error| DbError::from(error).while_doing("computing the figures"))
    }

    /// THE rule which of the two ways it is. What changed little goes on from the snapshot before, so that it costs no
    /// more with a million launches; whoever looks at everything anyway adds up everything anew, and so heals what may
    /// have gone wrong. So does the first after a reconcile that had nothing to write, and whoever finds that something
    /// else than this run has changed the rows since.
    pub(super) fn for_snapshot(
        connection: &mut AnyConnection,
        new: &NewSnapshot<'_>,
    ) -> Result<Self, DbError> {
        let changed_little =
            matches!(new.kind, RunKind::Ordinary | RunKind::Backfill(_)) && !new.swept_everything;
        if changed_little
            && let Some(before) = Before::read(connection)?
            && before.is_since_the_last_reconcile(new.last_reconciled_at)
            && before.is_all_but_this_run(connection, new.stamp.instant)?
        {
            log::debug!("the sums go on from those of snapshot {}", before.id);
            let ended = Self::of_versions_ended(connection, new.stamp.instant)?;
            let begun = Self::of_versions_begun(connection, new.stamp.instant)?;
            return Ok(before.sums.zip(ended, |sum, gone| sum - gone).zip(begun, |a, b| a + b));
        }
        Self::of_all(connection)
    }

    /// What the run took away: versions that were living until then.
    fn of_versions_ended(
        connection: &mut AnyConnection,
        instant: DateTime<Utc>,
    ) -> Result<Self, DbError> {
        version_figure_inputs::table
            .filter(version_figure_inputs::valid_to.eq(Timestamp(instant)))
            .select(sums_of!(version_figure_inputs))
            .first::<SumsRow>(connection)
            .map(Self::from)
            .map_err(|error| DbError::from(error).while_doing("adding up what was replaced"))
    }

    /// What the run brought: versions that are living since then.
    fn of_versions_begun(
        connection: &mut AnyConnection,
        instant: DateTime<Utc>,
    ) -> Result<Self, DbError> {
        version_figure_inputs::table
            .filter(version_figure_inputs::updated_at.eq(Timestamp(instant)))
            .filter(version_figure_inputs::valid_to.is_null())
            .select(sums_of!(version_figure_inputs))
            .first::<SumsRow>(connection)
            .map(Self::from)
            .map_err(|error| DbError::from(error).while_doing("adding up what is new"))
    }

    fn zip(self, other: Self, each: impl Fn(i128, i128) -> i128) -> Self {
        Self {
            launches: each(self.launches, other.launches),
            succeeded: each(self.succeeded, other.succeeded),
            failed: each(self.failed, other.failed),
            upcoming: each(self.upcoming, other.upcoming),
            with_mass: each(self.with_mass, other.with_mass),
            mass_hundredths: each(self.mass_hundredths, other.mass_hundredths),
            with_delay: each(self.with_delay, other.with_delay),
            delay_whole_seconds: each(self.delay_whole_seconds, other.delay_whole_seconds),
            delay_rest_micros: each(self.delay_rest_micros, other.delay_rest_micros),
        }
    }

    /// As a snapshot keeps them; sums that do not fit are not kept, and the next snapshot adds up everything.
    pub(super) fn of_means(&self) -> Option<MeanSums> {
        let fits = |sum: i128| i64::try_from(sum).ok();
        Some(MeanSums {
            launches_with_mass: fits(self.with_mass)?,
            total_mass_hundredths: fits(self.mass_hundredths)?,
            launches_with_delay: fits(self.with_delay)?,
            total_delay_whole_seconds: fits(self.delay_whole_seconds)?,
            total_delay_rest_micros: fits(self.delay_rest_micros)?,
        })
    }
}

/// The latest snapshot, if it kept all of its sums.
struct Before {
    id: i32,
    instant: DateTime<Utc>,
    /// It may itself have gone on from the one before it.
    is_incremental: bool,
    sums: Sums,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = launch_aggregations, check_for_backend(crate::db::MultiBackend))]
struct BeforeRow {
    id: i32,
    updated_at: Option<Timestamp>,
    snapshot_type: Option<String>,
    total_launches: i64,
    total_successful_launches: i64,
    total_failed_launches: i64,
    total_upcoming_launches: Option<i64>,
    launches_with_mass: Option<i64>,
    total_mass_hundredths: Option<i64>,
    launches_with_delay: Option<i64>,
    total_delay_whole_seconds: Option<i64>,
    total_delay_rest_micros: Option<i64>,
}

impl Before {
    fn read(connection: &mut AnyConnection) -> Result<Option<Self>, DbError> {
        let row: Option<BeforeRow> = launch_aggregations::table
            .select(BeforeRow::as_select())
            .order(launch_aggregations::id.desc())
            .first(connection)
            .optional()
            .map_err(|error| DbError::from(error).while_doing("reading the latest snapshot"))?;
        Ok(row.and_then(Self::complete))
    }

    fn complete(row: BeforeRow) -> Option<Self> {
        Some(Self {
            id: row.id,
            instant: row.updated_at?.0,
            is_incremental: row.snapshot_type? == RunKind::Ordinary.snapshot_type(),
            sums: Sums {
                launches: row.total_launches.into(),
                succeeded: row.total_successful_launches.into(),
                failed: row.total_failed_launches.into(),
                upcoming: row.total_upcoming_launches?.into(),
                with_mass: row.launches_with_mass?.into(),
                mass_hundredths: row.total_mass_hundredths?.into(),
                with_delay: row.launches_with_delay?.into(),
                delay_whole_seconds: row.total_delay_whole_seconds?.into(),
                delay_rest_micros: row.total_delay_rest_micros?.into(),
            },
        })
    }

    fn is_since_the_last_reconcile(&self, reconciled: Option<DateTime<Utc>>) -> bool {
        !self.is_incremental || reconciled.is_some_and(|reconciled| reconciled < self.instant)
    }

    /// Whether nothing but the run of that instant has changed the rows since: no change by hand. Each question is for
    /// an end of an index, whatever a planner believes of the table.
    fn is_all_but_this_run(
        &self,
        connection: &mut AnyConnection,
        run: DateTime<Utc>,
    ) -> Result<bool, DbError> {
        let run = Timestamp(run);
        let rows = raw_launches::table;
        let written = rows.filter(raw_launches::updated_at.lt(run));
        let never_written = rows.filter(raw_launches::updated_at.is_null());
        let ended = raw_launch_revisions::table.filter(raw_launch_revisions::valid_to.lt(run));
        let ended_by_run =
            raw_launch_revisions::table.filter(raw_launch_revisions::valid_to.eq(run));
        let latest: (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>, Option<Timestamp>) =
            select((
                written.select(max(raw_launches::updated_at)).single_value(),
                never_written.select(max(raw_launches::ingested_at)).single_value(),
                ended.select(max(raw_launch_revisions::valid_to)).single_value(),
                ended_by_run.select(max(raw_launch_revisions::valid_from)).single_value(),
            ))
            .first(connection)
            .map_err(|error| DbError::from(error).while_doing("looking for changes by hand"))?;
        let latest_row: Option<Timestamp> =
            rows.select(max(raw_launches::updated_at)).first(connection)?;
        let others = [latest.0, latest.1, latest.2, latest.3].into_iter().flatten().max();
        Ok(self.instant < run.0
            && others.is_none_or(|other| other.0 <= self.instant)
            && latest_row.is_none_or(|latest| latest <= run))
    }
}

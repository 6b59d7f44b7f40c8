//! What stands on the page, read at once: a few rows of each mart, however many launches there are.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::answer::{Answer, Keep};
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Json, Timestamp};
use crate::model::figures::Figures;
use crate::report::changes::{self, Changes, Scope};
use crate::report::rows::QueryError;
use crate::report::status::Status;
use crate::schema::quarantined_launches;

/// Years, months, pads and runs that are drawn.
const YEARS: usize = 60;
const MONTHS: usize = 240;
const PADS: usize = 30;
const RUNS: usize = 40;
/// Points of the line, and milestones of both kinds.
const POINTS: usize = 400;
const MILESTONES: usize = 40;
/// Runs whose changes are listed, launches of each, and entries of the quarantine.
const CHANGED_RUNS: i64 = 5;
const LAUNCHES: u32 = 12;
const ENTRIES: i64 = 20;

/// All that a page shows.
pub(crate) struct Contents {
    pub(super) made_at: DateTime<Utc>,
    pub(super) figures: Figures,
    pub(super) status: Status,
    pub(super) years: Answer,
    pub(super) months: Answer,
    pub(super) rates: Answer,
    pub(super) rates_by_year: Answer,
    pub(super) pads: Answer,
    pub(super) milestones: Answer,
    pub(super) changes: Vec<Changes>,
    pub(super) growth: Answer,
    pub(super) entries: Vec<Entry>,
}

/// An open entry of the quarantine.
#[derive(Queryable)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) launch_id: Option<String>,
    pub(super) breaches: Json,
    pub(super) attempts: i32,
    pub(super) last_seen_at: Timestamp,
}

/// Reads it, within the transaction in which the figures and the status were read.
pub(crate) fn read(
    connection: &mut AnyConnection,
    clock: &Clock,
    figures: Figures,
    status: Status,
) -> Result<Contents, QueryError> {
    let mut ask = |name, keep| Answer::read(connection, clock, name, &keep);
    Ok(Contents {
        made_at: clock.now(),
        figures,
        status,
        years: ask("launches_by_year", Keep::Last(YEARS))?,
        months: ask("launches_by_month", Keep::Last(MONTHS))?,
        rates: ask("success_rate_over_time", every("flown", 1, 0, POINTS))?,
        rates_by_year: ask("success_rate_by_year", Keep::Last(YEARS))?,
        pads: ask("launch_sites", Keep::First(PADS))?,
        milestones: ask("launch_milestones", every("milestone", 100, 50, MILESTONES))?,
        growth: ask("pipeline_growth", Keep::LastWith("total_launches", RUNS))?,
        changes: last_changes(connection)?,
        entries: open_entries(connection)?,
    })
}

fn every(column: &'static str, unit: i64, all_up_to: i64, most: usize) -> Keep {
    Keep::Thinned { column, unit, all_up_to, most, and_the_last: unit == 1 }
}

/// The latest first.
fn last_changes(connection: &mut AnyConnection) -> Result<Vec<Changes>, DbError> {
    let runs = changes::last_runs(connection, CHANGED_RUNS)?;
    let changes = runs.into_iter().map(|run| {
        let scope = Scope { run: Some(run), since: None, launch: None, limit: LAUNCHES };
        changes::read(connection, &scope)
    });
    changes.collect()
}

fn open_entries(connection: &mut AnyConnection) -> Result<Vec<Entry>, DbError> {
    quarantined_launches::table
        .filter(quarantined_launches::resolved_at.is_null())
        .select((
            quarantined_launches::id,
            quarantined_launches::launch_id,
            quarantined_launches::breaches,
            quarantined_launches::attempts,
            quarantined_launches::last_seen_at,
        ))
        .order(quarantined_launches::id.desc())
        .limit(ENTRIES)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading the quarantine"))
}

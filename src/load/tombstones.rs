//! What vanished at the source gets a tombstone; nothing is ever deleted.

use chrono::{DateTime, Duration, Utc};
use diesel::dsl::{exists, not, select};
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Timestamp, swept_launches};
use crate::model::run::Stamp;
use crate::model::source_filter::Window;
use crate::schema::raw_launches;

/// Ids in one statement, well below what either database can hold.
const IDS: usize = 5_000;

/// How many launches are living.
pub(crate) fn living_count(connection: &mut AnyConnection) -> Result<i64, DbError> {
    Ok(raw_launches::table
        .filter(raw_launches::deleted_at.is_null())
        .count()
        .get_result(connection)?)
}

/// The living launches that the source did not serve in this run.
pub(crate) fn not_served(connection: &mut AnyConnection) -> Result<Vec<String>, DbError> {
    let served =
        swept_launches::table.filter(swept_launches::launch_id.eq(raw_launches::launch_id));
    raw_launches::table
        .filter(raw_launches::deleted_at.is_null())
        .filter(not(exists(served)))
        .select(raw_launches::launch_id)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("looking for what vanished"))
}

/// Whether a living launch of ours that the source was asked for was not served.
pub(crate) fn recent_not_served(
    connection: &mut AnyConnection,
    flown_since: DateTime<Utc>,
) -> Result<bool, DbError> {
    let served =
        swept_launches::table.filter(swept_launches::launch_id.eq(raw_launches::launch_id));
    let lacking = raw_launches::table
        .filter(raw_launches::deleted_at.is_null())
        .filter(not(exists(served)))
        .select(raw_launches::launch_id);
    let upcoming = lacking.filter(raw_launches::upcoming.eq(true));
    // Not "is false": SQLite would go through all that have flown, by the index of that column, for the few late dates.
    let flown = lacking
        .filter(raw_launches::upcoming.ne(true))
        .filter(raw_launches::date_utc.ge(Timestamp(flown_since)));
    // Asked one by one, so that each has an index of its own.
    let lacks = |error| DbError::from(error).while_doing("looking for what was not served");
    Ok(select(exists(upcoming)).get_result(connection).map_err(lacks)?
        || select(exists(flown)).get_result(connection).map_err(lacks)?)
}

/// Whether a living launch of ours within the window was not served.
pub(crate) fn window_not_served(
    connection: &mut AnyConnection,
    window: Window,
) -> Result<bool, DbError> {
    let served =
        swept_launches::table.filter(swept_launches::launch_id.eq(raw_launches::launch_id));
    // Launch dates lie between 1950 and 2100, so that an open end is one of these.
    let since = Timestamp(window.since.unwrap_or(DateTime::UNIX_EPOCH - Duration::days(36_525)));
    let until = Timestamp(window.until.unwrap_or(DateTime::UNIX_EPOCH + Duration::days(73_050)));
    let lacking = raw_launches::table
        .filter(raw_launches::deleted_at.is_null())
        .filter(raw_launches::date_utc.ge(since).and(raw_launches::date_utc.lt(until)))
        .filter(not(exists(served)));
    select(exists(lacking.select(raw_launches::launch_id)))
        .get_result(connection)
        .map_err(|error| DbError::from(error).while_doing("looking for what was not served"))
}

/// Whether the source served this launch in this run.
pub(crate) fn was_served(connection: &mut AnyConnection, launch_id: &str) -> Result<bool, DbError> {
    let served = swept_launches::table.filter(swept_launches::launch_id.eq(launch_id));
    Ok(select(exists(served)).get_result(connection)?)
}

/// Marks launches as vanished, and counts them.
pub(crate) fn mark(
    connection: &mut AnyConnection,
    launch_ids: &[String],
    stamp: &Stamp,
) -> Result<u64, DbError> {
    let now = Timestamp(stamp.instant);
    let mut marked = 0;
    for ids in launch_ids.chunks(IDS) {
        let rows = diesel::update(raw_launches::table.filter(raw_launches::launch_id.eq_any(ids)))
            .set((
                raw_launches::deleted_at.eq(now),
                raw_launches::updated_at.eq(now),
                raw_launches::pipeline_run_id.eq(stamp.run_id.as_str()),
            ))
            .execute(connection)
            .map_err(|error| DbError::from(error).while_doing("marking what vanished"))?;
        marked += super::count(rows);
    }
    Ok(marked)
}

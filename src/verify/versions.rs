//! Every version of every launch, in pages: the former ones of a launch in order, then the current one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::{PAGE, VerifyError};
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Decimal, Json, Timestamp};
use crate::model::launch::Tracked;
use crate::schema::{raw_launch_revisions, raw_launches};

/// What a version says of the launch: two that follow each other differ in it.
#[derive(Debug, PartialEq, Queryable)]
pub(super) struct Content {
    mission_name: Option<String>,
    pub(super) date_utc: Timestamp,
    pub(super) success: Option<bool>,
    payload_ids: Option<Json>,
    pub(super) launchpad_id: Option<String>,
    pub(super) static_fire_date_utc: Option<Timestamp>,
    pub(super) total_payload_mass_kg: Option<Decimal>,
    pub(super) upcoming: Option<bool>,
    flight_number: Option<i32>,
    rocket_id: Option<String>,
    date_precision: Option<String>,
    pub(super) deleted_at: Option<Timestamp>,
}

impl Content {
    /// The tracked fields, unless the row is one that an older schema left incomplete.
    pub(super) fn tracked(&self) -> Option<Tracked> {
        let Value::Array(ids) = &self.payload_ids.as_ref()?.0 else { return None };
        let ids = ids.iter().map(|id| id.as_str().map(str::to_owned));
        Some(Tracked {
            mission_name: self.mission_name.clone()?,
            date_utc: self.date_utc.0,
            success: self.success,
            payload_ids: ids.collect::<Option<_>>()?,
            launchpad_id: self.launchpad_id.clone(),
            static_fire_date_utc: self.static_fire_date_utc.map(|date| date.0),
            total_payload_mass_kg: self.total_payload_mass_kg.as_ref().map(|m| m.with_scale(2)),
            upcoming: self.upcoming?,
            flight_number: self.flight_number?,
            rocket_id: self.rocket_id.clone(),
            date_precision: self.date_precision.clone()?,
        })
    }

    pub(super) fn is_tombstone(&self) -> bool {
        self.deleted_at.is_some()
    }
}

/// A version of a launch with the interval in which it was the truth.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) launch_id: String,
    pub(super) revision: i32,
    pub(super) content: Content,
    pub(super) fingerprint: Option<String>,
    pub(super) pipeline_run_id: Option<String>,
    pub(super) valid_from: DateTime<Utc>,
    /// The current version has no end.
    pub(super) valid_to: Option<DateTime<Utc>>,
    pub(super) ended_by_run_id: Option<String>,
}

#[derive(Queryable)]
struct Former {
    launch_id: String,
    revision: i32,
    content: Content,
    fingerprint: Option<String>,
    pipeline_run_id: Option<String>,
    valid_from: Timestamp,
    valid_to: Timestamp,
    ended_by_run_id: String,
}

#[derive(Queryable)]
struct Current {
    launch_id: String,
    revision: i32,
    content: Content,
    fingerprint: Option<String>,
    pipeline_run_id: Option<String>,
    ingested_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

impl From<Former> for Version {
    fn from(row: Former) -> Self {
        Self {
            launch_id: row.launch_id,
            revision: row.revision,
            content: row.content,
            fingerprint: row.fingerprint,
            pipeline_run_id: row.pipeline_run_id,
            valid_from: row.valid_from.0,
            valid_to: Some(row.valid_to.0),
            ended_by_run_id: Some(row.ended_by_run_id),
        }
    }
}

impl From<Current> for Version {
    fn from(row: Current) -> Self {
        let since = row.updated_at.or(row.ingested_at).map(|at| at.0);
        Self {
            launch_id: row.launch_id,
            revision: row.revision,
            content: row.content,
            fingerprint: row.fingerprint,
            pipeline_run_id: row.pipeline_run_id,
            valid_from: since.unwrap_or(DateTime::UNIX_EPOCH),
            valid_to: None,
            ended_by_run_id: None,
        }
    }
}

/// One step of the walk.
pub(super) enum Seen<'a> {
    /// A version and the one before it.
    Version { before: Option<&'a Version>, version: &'a Version },
    /// The last kept version of a launch that has no row any more.
    Orphan(&'a Version),
}

macro_rules! content {
    ($table:ident) => {
        (
            $table::mission_name,
            $table::date_utc,
            $table::success,
            $table::payload_ids,
            $table::launchpad_id,
            $table::static_fire_date_utc,
            $table::total_payload_mass_kg,
            $table::upcoming,
            $table::flight_number,
            $table::rocket_id,
            $table::date_precision,
            $table::deleted_at,
        )
    };
}

/// Shows every version once. Only the database compares ids, so its collation does not matter.
pub(super) fn walk(
    connection: &mut AnyConnection,
    clock: &Clock,
    see: &mut dyn FnMut(&Seen<'_>),
) -> Result<(), VerifyError> {
    let mut after = String::new();
    loop {
        let page = current_page(connection, &after)?;
        let is_last = i64::try_from(page.len()).unwrap_or_default() < PAGE;
        let last = page.last().map(|current| current.launch_id.clone());
        let up_to = if is_last { None } else { last };
        let mut current: BTreeMap<String, Version> =
            page.into_iter().map(|current| (current.launch_id.clone(), current.into())).collect();
        walk_former(connection, clock, (&after, up_to.as_deref()), &mut current, see)?;
        for version in current.values() {
            see(&Seen::Version { before: None, version });
        }
        match up_to {
            Some(id) => after = id,
            None => return Ok(()),
        }
    }
}

/// The former versions of a range of launches, each launch's followed by its current one.
fn walk_former(
    connection: &mut AnyConnection,
    clock: &Clock,
    range: (&str, Option<&str>),
    current: &mut BTreeMap<String, Version>,
    see: &mut dyn FnMut(&Seen<'_>),
) -> Result<(), VerifyError> {
    let mut before: Option<Version> = None;
    let mut at = (range.0.to_owned(), i32::MAX);
    loop {
        clock.interrupted()?;
        let page = former_page(connection, &at, range.1)?;
        let is_last = i64::try_from(page.len()).unwrap_or_default() < PAGE;
        for version in page.into_iter().map(Version::from) {
            at = (version.launch_id.clone(), version.revision);
            if let Some(last) = before.take_if(|last| last.launch_id != version.launch_id) {
                finish(&last, current, see);
            }
            see(&Seen::Version { before: before.as_ref(), version: &version });
            before = Some(version);
        }
        if is_last {
            break;
        }
    }
    if let Some(last) = before {
        finish(&last, current, see);
    }
    Ok(())
}

fn finish(last: &Version, current: &mut BTreeMap<String, Version>, see: &mut dyn FnMut(&Seen<'_>)) {
    match current.remove(&last.launch_id) {
        Some(version) => see(&Seen::Version { before: Some(last), version: &version }),
        None => see(&Seen::Orphan(last)),
    }
}

fn current_page(connection: &mut AnyConnection, after: &str) -> Result<Vec<Current>, DbError> {
    raw_launches::table
        .filter(raw_launches::launch_id.gt(after))
        .select((
            raw_launches::launch_id,
            raw_launches::revision,
            content!(raw_launches),
            raw_launches::fingerprint,
            raw_launches::pipeline_run_id,
            raw_launches::ingested_at,
            raw_launches::updated_at,
        ))
        .order(raw_launches::launch_id)
        .limit(PAGE)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading raw_launches"))
}

fn former_page(
    connection: &mut AnyConnection,
    (launch_id, revision): &(String, i32),
    up_to: Option<&str>,
) -> Result<Vec<Former>, DbError> {
    use raw_launch_revisions as former;
    let further = former::launch_id.gt(launch_id).or(former::revision.gt(*revision));
    let mut query = former::table
        .filter(former::launch_id.ge(launch_id).and(further))
        .select((
            former::launch_id,
            former::revision,
            content!(former),
            former::fingerprint,
            former::pipeline_run_id,
            former::valid_from,
            former::valid_to,
            former::ended_by_run_id,
        ))
        .order((former::launch_id, former::revision))
        .limit(PAGE)
        .into_boxed();
    if let Some(last) = up_to {
        query = query.filter(former::launch_id.le(last));
    }
    query
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading raw_launch_revisions"))
}

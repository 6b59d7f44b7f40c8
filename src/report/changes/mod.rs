//! What changed, by run: the launches that a run created, changed, found vanished or found back, field by field.

mod answer;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

pub(super) use answer::{headline, value};
pub(crate) use answer::{json, text};

use crate::db::{AnyConnection, DbError, Timestamp};
use crate::schema::{pipeline_runs, raw_launches};
use crate::views::{launch_changes, launch_versions};

/// The run that the database names where an UPDATE by hand named none.
const BY_HAND: &str = "manual";

/// A tombstone comes and goes with this field.
pub(super) const TOMBSTONE: &str = "deleted_at";

/// Ids in one statement, well below what either database can hold.
const IDS: usize = 1_000;

/// Which changes are asked for.
pub(crate) struct Scope {
    pub(crate) run: Option<String>,
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) launch: Option<String>,
    pub(crate) limit: u32,
}

/// What changed, the earliest first.
pub(crate) struct Changes {
    pub(super) runs: Vec<RunChanges>,
    /// Changes of launches within the scope; no more than the limit are shown.
    pub(super) total: i64,
    /// One launch was asked for: what a run did to others is no part of the answer.
    of_one_launch: bool,
}

impl Changes {
    pub(super) fn shown(&self) -> usize {
        self.runs.iter().map(|run| run.launches.len()).sum()
    }
}

/// What one run did, or a hand.
pub(super) struct RunChanges {
    pub(super) run_id: Option<String>,
    at: DateTime<Utc>,
    /// Nothing where no run is known by the id.
    run: Option<RunRow>,
    pub(super) launches: Vec<LaunchChange>,
}

#[derive(Queryable)]
struct RunRow {
    kind: String,
    created: i64,
    changed: i64,
    vanished: i64,
    restored: i64,
}

/// What became of a launch.
pub(super) struct LaunchChange {
    pub(super) launch_id: String,
    pub(super) mission_name: Option<String>,
    revision: i32,
    at: DateTime<Utc>,
    pub(super) event: Event,
    pub(super) fields: Vec<FieldChange>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Created,
    Changed,
    Vanished,
    Restored,
}

/// A field with its old and its new value, as text.
pub(super) struct FieldChange {
    pub(super) field: String,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

#[derive(Queryable)]
struct VersionRow {
    launch_id: String,
    revision: i32,
    mission_name: Option<String>,
    pipeline_run_id: Option<String>,
    valid_from: Timestamp,
}

#[derive(Queryable)]
struct FieldRow {
    launch_id: String,
    revision: i32,
    field: String,
    old: Option<String>,
    new: Option<String>,
}

/// The fields that made a revision, by launch and revision.
type Fields = BTreeMap<(String, i32), Vec<FieldChange>>;

/// Whether there is such a run; what is done by hand counts as one.
pub(crate) fn knows_run(connection: &mut AnyConnection, run_id: &str) -> Result<bool, DbError> {
    let found = pipeline_runs::table.filter(pipeline_runs::pipeline_run_id.eq(run_id));
    Ok(run_id == BY_HAND || select(exists(found)).get_result(connection)?)
}

/// Whether there is, or was, such a launch.
pub(crate) fn knows_launch(connection: &mut AnyConnection, id: &str) -> Result<bool, DbError> {
    let found = raw_launches::table.filter(raw_launches::launch_id.eq(id));
    Ok(select(exists(found)).get_result(connection)?)
}

/// The last run that changed something.
pub(crate) fn last_change(connection: &mut AnyConnection) -> Result<Option<String>, DbError> {
    Ok(last_runs(connection, 1)?.pop())
}

/// The last runs that changed something, the latest first.
pub(super) fn last_runs(connection: &mut AnyConnection, most: i64) -> Result<Vec<String>, DbError> {
    pipeline_runs::table
        .filter(
            pipeline_runs::launches_inserted
                .gt(0)
                .or(pipeline_runs::launches_updated.gt(0))
                .or(pipeline_runs::launches_deleted.gt(0))
                .or(pipeline_runs::launches_restored.gt(0)),
        )
        .select(pipeline_runs::pipeline_run_id)
        .order(pipeline_runs::id.desc())
        .limit(most)
        .load(connection)
        .map_err(reading)
}

/// The versions that the scope speaks of.
macro_rules! within {
    ($scope:expr) => {{
        let mut query = launch_versions::table.into_boxed();
        if let Some(run) = &$scope.run {
            query = query.filter(launch_versions::pipeline_run_id.eq(run));
        }
        if let Some(since) = $scope.since {
            query = query.filter(launch_versions::valid_from.ge(Timestamp(since)));
        }
        if let Some(launch) = &$scope.launch {
            query = query.filter(launch_versions::launch_id.eq(launch));
        }
        query
    }};
}
/// Reads the changes within the scope.
pub(crate) fn read(connection: &mut AnyConnection, scope: &Scope) -> Result<Changes, DbError> {
    let total = within!(scope).count().get_result(connection).map_err(reading)?;
    let versions: Vec<VersionRow> = within!(scope)
        .select((
            launch_versions::launch_id,
            launch_versions::revision,
            launch_versions::mission_name,
            launch_versions::pipeline_run_id,
            launch_versions::valid_from,
        ))
        .order((launch_versions::valid_from, launch_versions::launch_id, launch_versions::revision))
        .limit(i64::from(scope.limit))
        .load(connection)
        .map_err(reading)?;
    let mut fields = fields(connection, &versions)?;
    let mut runs: Vec<RunChanges> = Vec::new();
    for version in versions {
        let is_same = |last: &RunChanges| last.run_id == version.pipeline_run_id;
        if !runs.last().is_some_and(is_same) {
            let run_id = version.pipeline_run_id.clone();
            let run = run_row(connection, run_id.as_deref())?;
            runs.push(RunChanges { run_id, at: version.valid_from.0, run, launches: Vec::new() });
        }
        if let Some(run) = runs.last_mut() {
            run.launches.push(launch_change(version, &mut fields));
        }
    }
    Ok(Changes { runs, total, of_one_launch: scope.launch.is_some() })
}

fn fields(connection: &mut AnyConnection, versions: &[VersionRow]) -> Result<Fields, DbError> {
    let mut ids: Vec<&str> = versions
        .iter()
        .filter(|version| version.revision > 1)
        .map(|version| version.launch_id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let first = versions.first().map_or(DateTime::UNIX_EPOCH, |version| version.valid_from.0);
    let mut fields = Fields::new();
    for ids in ids.chunks(IDS) {
        let rows: Vec<FieldRow> = launch_changes::table
            .filter(launch_changes::launch_id.eq_any(ids.to_vec()))
            .filter(launch_changes::changed_at.ge(Timestamp(first)))
            .select((
                launch_changes::launch_id,
                launch_changes::revision,
                launch_changes::field,
                launch_changes::old_value,
                launch_changes::new_value,
            ))
            .load(connection)
            .map_err(reading)?;
        for FieldRow { launch_id, revision, field, old, new } in rows {
            fields.entry((launch_id, revision)).or_default().push(FieldChange { field, old, new });
        }
    }
    Ok(fields)
}

fn launch_change(version: VersionRow, fields: &mut Fields) -> LaunchChange {
    let VersionRow { launch_id, revision, mission_name, valid_from, .. } = version;
    let key = (launch_id, revision);
    let mut fields = fields.remove(&key).unwrap_or_default();
    fields.sort_by(|a, b| a.field.cmp(&b.field));
    let tombstone = fields.iter().find(|change| change.field == TOMBSTONE);
    let event = match tombstone {
        _ if revision == 1 => Event::Created,
        Some(FieldChange { old: None, .. }) => Event::Vanished,
        Some(FieldChange { new: None, .. }) => Event::Restored,
        _ => Event::Changed,
    };
    LaunchChange { launch_id: key.0, mission_name, revision, at: valid_from.0, event, fields }
}

fn run_row(
    connection: &mut AnyConnection,
    run_id: Option<&str>,
) -> Result<Option<RunRow>, DbError> {
    let Some(run_id) = run_id else { return Ok(None) };
    Ok(pipeline_runs::table
        .filter(pipeline_runs::pipeline_run_id.eq(run_id))
        .select((
            pipeline_runs::kind,
            pipeline_runs::launches_inserted,
            pipeline_runs::launches_updated,
            pipeline_runs::launches_deleted,
            pipeline_runs::launches_restored,
        ))
        .first(connection)
        .optional()?)
}

fn reading(error: diesel::result::Error) -> DbError {
    DbError::from(error).while_doing("reading the changes")
}

//! What the database has, and what of it changed since a publication: told by runs, never by clocks, which go back.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{max, min};
use diesel::prelude::*;

use super::tables::one_of;
use crate::db::{AnyConnection, DbError, Timestamp};
use crate::model::publication::Publication;
use crate::schema::{
    ingestion_state, launch_aggregations, launchpads, payloads, pipeline_runs,
    raw_launch_revisions, raw_launches, rockets,
};

/// By whom the database says that a version was written by hand.
const BY_HAND: &str = "manual";

/// What there is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The last run.
    pub(super) run: i64,
    pub(super) pipeline_run_id: String,
    pub(super) runs_through: i64,
    pub(super) aggregations_through: i64,
    pub(super) unnamed_versions: i64,
    pub(super) changed_at: Option<Timestamp>,
    /// Living launches, and tombstones.
    pub(super) living: i64,
    pub(super) tombstones: i64,
}

/// What changed since a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changes {
    /// The runs that wrote versions.
    launch_runs: BTreeSet<String>,
    /// The runs that wrote current versions again, without an end to them.
    kept_up_runs: BTreeSet<String>,
    /// Whether somebody else wrote versions too.
    by_others: bool,
    /// The runs that wrote payloads, launch pads or rockets.
    name_runs: BTreeMap<&'static str, BTreeSet<String>>,
    /// The launch years of the versions that began, ended, or were written again.
    pub(super) years: Vec<i32>,
    /// The first and the last id of the payloads that were written, in each part of the ids.
    pub(super) payload_ids: Vec<(String, String)>,
    pub(super) has_aggregations: bool,
    pub(super) aggregations_after: i64,
    pub(super) has_runs: bool,
    pub(super) runs_after: i64,
}

impl Standing {
    /// Nothing, where nothing was loaded, or not yet all of it.
    pub(crate) fn read(connection: &mut AnyConnection) -> Result<Option<Self>, DbError> {
        let loaded: Option<Option<Timestamp>> = ingestion_state::table
            .select(ingestion_state::initial_load_completed_at)
            .first(connection)
            .optional()?;
        let last: Option<(i64, String)> = pipeline_runs::table
            .select((pipeline_runs::id, pipeline_runs::pipeline_run_id))
            .order(pipeline_runs::id.desc())
            .first(connection)
            .optional()?;
        let (Some(Some(_)), Some((run, pipeline_run_id))) = (loaded, last) else { return Ok(None) };
        let unended: Option<i64> = pipeline_runs::table
            .filter(pipeline_runs::finished_at.is_null())
            .select(min(pipeline_runs::id))
            .first(connection)?;
        let aggregations: Option<i32> =
            launch_aggregations::table.select(max(launch_aggregations::id)).first(connection)?;
        let launches: i64 = raw_launches::table.count().get_result(connection)?;
        let living: i64 = raw_launches::table
            .filter(raw_launches::deleted_at.is_null())
            .count()
            .get_result(connection)?;
        Ok(Some(Self {
            run,
            pipeline_run_id,
            runs_through: unended.map_or(run, |unended| unended - 1),
            aggregations_through: aggregations.unwrap_or_default().into(),
            unnamed_versions: unnamed_versions(connection)?,
            changed_at: raw_launches::table
                .select(max(raw_launches::updated_at))
                .first(connection)?,
            living,
            tombstones: launches - living,
        }))
    }

    /// Whether the publication has all of it.
    pub(super) fn is_in(&self, publication: &Publication) -> bool {
        self.run == publication.run
            && self.runs_through == publication.runs_through
            && self.aggregations_through == publication.aggregations_through
            && self.unnamed_versions == publication.unnamed_versions
    }
}

/// Whether that publication was made from this database.
pub(super) fn is_of(
    publication: &Publication,
    connection: &mut AnyConnection,
) -> Result<bool, DbError> {
    let run = pipeline_runs::table
        .filter(pipeline_runs::id.eq(publication.run))
        .filter(pipeline_runs::pipeline_run_id.eq(&publication.pipeline_run_id));
    Ok(diesel::select(diesel::dsl::exists(run)).get_result(connection)?)
}

impl Changes {
    /// All but the years and the ids, which the server that reads the rows tells.
    pub(super) fn since(
        publication: &Publication,
        standing: &Standing,
        connection: &mut AnyConnection,
    ) -> Result<Self, DbError> {
        Ok(Self {
            launch_runs: launch_runs(connection, publication.run)?,
            kept_up_runs: kept_up_runs(connection, publication.run)?,
            name_runs: name_runs(connection, publication.run)?,
            by_others: standing.unnamed_versions != publication.unnamed_versions,
            years: Vec::new(),
            payload_ids: Vec::new(),
            has_aggregations: standing.aggregations_through > publication.aggregations_through,
            aggregations_after: publication.aggregations_through,
            has_runs: standing.run > publication.runs_through
                || standing.runs_through > publication.runs_through,
            runs_after: publication.runs_through,
        })
    }

    /// The condition that a current version began in one of them, or was written again.
    pub(super) fn of_current(&self) -> String {
        let began = self.of_versions("pipeline_run_id");
        if self.kept_up_runs.is_empty() {
            return began;
        }
        format!("({began} OR {})", one_of("kept_up_by_run_id", &self.kept_up_runs))
    }

    /// The condition that a former version ended in one of them.
    pub(super) fn of_former(&self) -> String {
        self.of_versions("ended_by_run_id")
    }

    /// The column names the run that did it.
    fn of_versions(&self, column: &str) -> String {
        let by_hand = self.by_others.then_some(BY_HAND);
        let named: Vec<&str> = self.launch_runs.iter().map(String::as_str).chain(by_hand).collect();
        let unnamed = if self.by_others { format!(" OR {column} IS NULL") } else { String::new() };
        if named.is_empty() { "false".to_owned() } else { one_of(column, named) + &unnamed }
    }

    /// The condition that a row of this table was written by one of them; nothing where none was.
    pub(super) fn of_names(&self, table: &str) -> Option<String> {
        let runs = self.name_runs.get(table).filter(|runs| !runs.is_empty())?;
        Some(one_of("pipeline_run_id", runs))
    }
}

fn unnamed_versions(connection: &mut AnyConnection) -> Result<i64, DbError> {
    let current: i64 = raw_launches::table
        .filter(
            raw_launches::pipeline_run_id.is_null().or(raw_launches::pipeline_run_id.eq(BY_HAND)),
        )
        .count()
        .get_result(connection)?;
    let former: i64 = raw_launch_revisions::table
        .filter(
            raw_launch_revisions::pipeline_run_id
                .is_null()
                .or(raw_launch_revisions::pipeline_run_id.eq(BY_HAND)),
        )
        .count()
        .get_result(connection)?;
    Ok(current + former)
}

/// The runs after that one.
macro_rules! later {
    ($after:ident) => {
        pipeline_runs::table.filter(pipeline_runs::id.gt($after))
    };
}

/// The runs after that one which began or ended a version.
fn launch_runs(connection: &mut AnyConnection, after: i64) -> Result<BTreeSet<String>, DbError> {
    let began: Vec<Option<String>> = raw_launches::table
        .filter(
            raw_launches::pipeline_run_id
                .eq_any(later!(after).select(pipeline_runs::pipeline_run_id.nullable())),
        )
        .select(raw_launches::pipeline_run_id)
        .distinct()
        .load(connection)?;
    let ended: Vec<String> = raw_launch_revisions::table
        .filter(
            raw_launch_revisions::ended_by_run_id
                .eq_any(later!(after).select(pipeline_runs::pipeline_run_id)),
        )
        .select(raw_launch_revisions::ended_by_run_id)
        .distinct()
        .load(connection)?;
    Ok(began.into_iter().flatten().chain(ended).collect())
}

/// The runs after that one which wrote current versions again.
fn kept_up_runs(connection: &mut AnyConnection, after: i64) -> Result<BTreeSet<String>, DbError> {
    let wrote: Vec<Option<String>> = raw_launches::table
        .filter(
            raw_launches::kept_up_by_run_id
                .eq_any(later!(after).select(pipeline_runs::pipeline_run_id.nullable())),
        )
        .select(raw_launches::kept_up_by_run_id)
        .distinct()
        .load(connection)?;
    Ok(wrote.into_iter().flatten().collect())
}

/// The runs after that one which wrote a row of these tables.
fn name_runs(
    connection: &mut AnyConnection,
    after: i64,
) -> Result<BTreeMap<&'static str, BTreeSet<String>>, DbError> {
    let mut runs = BTreeMap::new();
    macro_rules! wrote {
        ($($table:ident)*) => {$(
            let wrote: Vec<String> = $table::table
                .filter($table::pipeline_run_id.eq_any(later!(after).select(pipeline_runs::pipeline_run_id)))
                .select($table::pipeline_run_id)
                .distinct()
                .load(connection)?;
            runs.insert(stringify!($table), wrote.into_iter().collect());
        )*};
    }
    wrote!(payloads launchpads rockets);
    Ok(runs)
}

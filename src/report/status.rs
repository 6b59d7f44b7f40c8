//! What the database holds, how fresh it is, and how the last run went.

use std::io::{self, Write};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{SCHEMA_VERSION, instant, line, rfc3339};
use crate::db::{AnyConnection, DbError, Timestamp};
use crate::model::publication::{Publication, TrinoStatus};
use crate::schema::{ingestion_state, pipeline_runs, quarantined_launches, raw_launches};

/// The read model of `etl status`.
pub(crate) struct Status {
    place: String,
    migrations: usize,
    pub(super) living: i64,
    pub(super) upcoming: i64,
    pub(super) tombstones: i64,
    pub(super) open_quarantine: i64,
    /// Launches of which a bad version is in quarantine, so that ours may be old.
    pub(super) stale: i64,
    pub(super) source: Option<SourceState>,
    pub(super) last_run: Option<LastRun>,
    /// What Trino says, where it was asked.
    pub(crate) trino: Option<TrinoStatus>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = ingestion_state, check_for_backend(crate::db::MultiBackend))]
pub(super) struct SourceState {
    pub(super) source_kind: String,
    pub(super) watermark: Option<Timestamp>,
    initial_load_completed_at: Option<Timestamp>,
    pub(super) last_checked_at: Option<Timestamp>,
    pub(super) last_changed_at: Option<Timestamp>,
    pub(super) last_reconciled_at: Option<Timestamp>,
    pub(super) reconcile_due: bool,
    load_run_id: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = pipeline_runs, check_for_backend(crate::db::MultiBackend))]
pub(super) struct LastRun {
    pub(super) pipeline_run_id: String,
    pub(super) status: String,
    started_at: Timestamp,
    pub(super) finished_at: Option<Timestamp>,
    host: String,
    process_id: i64,
    api_calls: i64,
    launches_inserted: i64,
    launches_updated: i64,
    launches_deleted: i64,
    launches_restored: i64,
    error: Option<String>,
}

/// Reads the status of a migrated database.
pub(crate) fn read(
    connection: &mut AnyConnection,
    place: String,
    migrations: usize,
) -> Result<Status, DbError> {
    let living = || raw_launches::table.filter(raw_launches::deleted_at.is_null());
    let open = || quarantined_launches::table.filter(quarantined_launches::resolved_at.is_null());
    let in_quarantine =
        open().filter(quarantined_launches::launch_id.eq(raw_launches::launch_id.nullable()));
    Ok(Status {
        place,
        migrations,
        living: living().count().get_result(connection)?,
        upcoming: living()
            .filter(raw_launches::upcoming.eq(true))
            .count()
            .get_result(connection)?,
        tombstones: raw_launches::table
            .filter(raw_launches::deleted_at.is_not_null())
            .count()
            .get_result(connection)?,
        open_quarantine: open().count().get_result(connection)?,
        stale: living().filter(exists(in_quarantine)).count().get_result(connection)?,
        source: ingestion_state::table
            .select(SourceState::as_select())
            .first(connection)
            .optional()?,
        last_run: pipeline_runs::table
            .select(LastRun::as_select())
            .order(pipeline_runs::id.desc())
            .first(connection)
            .optional()?,
        trino: None,
    })
}

/// What a monitor should call somebody for.
pub(crate) fn findings(status: &Status, now: DateTime<Utc>, max_age: Duration) -> Vec<String> {
    let mut findings = Vec::new();
    let checked = status.source.as_ref().and_then(|source| source.last_checked_at);
    let age = checked.map(|at| now - at.0);
    match age {
        None => findings.push("the source was never checked".to_owned()),
        // A check that lies in the future is one that nobody can date.
        Some(age) if age.to_std().map_or(true, |age| age > max_age) => {
            findings.push(format!(
                "the source was checked last {}",
                checked.map(|at| instant(at.0)).unwrap_or_default()
            ));
        }
        Some(_) => {}
    }
    if status.open_quarantine > 0 {
        findings.push(format!(
            "the quarantine is not empty ({} open): `etl quarantine list`",
            status.open_quarantine
        ));
    }
    if let Some(run) = &status.last_run
        && !matches!(run.status.as_str(), "success" | "running")
    {
        findings.push(format!("the last run, {}, is {}", run.pipeline_run_id, run.status));
    }
    findings
}

/// Writes the status for people.
pub(crate) fn text(out: &mut dyn Write, status: &Status, findings: &[String]) -> io::Result<()> {
    let Status { place, migrations, living, upcoming, tombstones, .. } = status;
    writeln!(out, "Database         {place}, {migrations} migrations applied, none pending")?;
    let ever = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| instant(at.0));
    match &status.source {
        Some(source) if source.initial_load_completed_at.is_some() => {
            writeln!(out, "Loaded from      {}", place_of(source))?;
        }
        Some(SourceState { load_run_id: Some(load), .. }) => writeln!(
            out,
            "Loaded from      not yet: the load {load} is under way, or was cut; `etl run` goes on with it"
        )?,
        _ => writeln!(out, "Loaded from      nothing yet: `etl run` makes the initial load")?,
    }
    writeln!(out, "Launches         {living} ({upcoming} upcoming), {tombstones} vanished")?;
    writeln!(
        out,
        "Quarantine       {} open, {} launches stale because of it",
        status.open_quarantine, status.stale
    )?;
    if let Some(source) = &status.source {
        writeln!(out, "Watermark        {}", ever(source.watermark))?;
        writeln!(out, "Last checked     {}", ever(source.last_checked_at))?;
        writeln!(out, "Last changed     {}", ever(source.last_changed_at))?;
        let due = if source.reconcile_due { ", due at the next run" } else { "" };
        writeln!(out, "Last reconciled  {}{due}", ever(source.last_reconciled_at))?;
    }
    if let Some(run) = &status.last_run {
        let LastRun { pipeline_run_id, status, host, process_id, .. } = run;
        let when = match (run.finished_at, status.as_str()) {
            (Some(finished), _) => format!("finished {}", instant(finished.0)),
            (None, _) => {
                format!("since {}, process {process_id} on host {host}", instant(run.started_at.0))
            }
        };
        writeln!(out, "Last run         {pipeline_run_id}: {status}, {when}")?;
        if let Some(error) = &run.error {
            writeln!(out, "                 {error}")?;
        }
    }
    if let Some(seen) = &status.trino {
        trino_text(out, seen)?;
    }
    for finding in findings {
        writeln!(out, "Finding          {finding}")?;
    }
    writeln!(out, "All times are UTC.")?;
    out.flush()
}

fn trino_text(out: &mut dyn Write, seen: &TrinoStatus) -> io::Result<()> {
    let TrinoStatus { server, tables, living, tombstones, lake, .. } = seen;
    let same = if seen.differences.is_empty() { "the same" } else { "not the same" };
    writeln!(
        out,
        "Trino            {server} sees {same} in {tables}: {living} launches, {tombstones} vanished"
    )?;
    match &seen.publication {
        None => writeln!(out, "Lake             {lake} is empty: `etl publish` fills it"),
        Some(Publication { number, pipeline_run_id, published_at, .. }) => writeln!(
            out,
            "Lake             {lake} has publication {number} of {}, up to run {pipeline_run_id}",
            instant(*published_at)
        ),
    }
}

fn trino_object(seen: &TrinoStatus) -> Value {
    let publication = seen.publication.as_ref();
    json!({
        "server": seen.server,
        "tables": seen.tables,
        "living": seen.living,
        "tombstones": seen.tombstones,
        "last_run": seen.last_run,
        "differences": seen.differences,
        "lake": seen.lake,
        "publication": publication.map(|publication| publication.number),
        "published_at": publication.map(|publication| rfc3339(publication.published_at)),
        "published_run": publication.map(|publication| &publication.pipeline_run_id),
    })
}

fn place_of(source: &SourceState) -> &'static str {
    if source.source_kind == "sandbox" { "the sandbox (invented launches)" } else { "the API" }
}

/// Writes the status for scripts.
pub(crate) fn json(out: &mut dyn Write, status: &Status, findings: &[String]) -> io::Result<()> {
    let at = |at: Option<Timestamp>| at.map(|at| rfc3339(at.0));
    let source = status.source.as_ref().map(|source| {
        json!({
            "kind": source.source_kind,
            "watermark": at(source.watermark),
            "initial_load_completed_at": at(source.initial_load_completed_at),
            "last_checked_at": at(source.last_checked_at),
            "last_changed_at": at(source.last_changed_at),
            "last_reconciled_at": at(source.last_reconciled_at),
            "reconcile_due": source.reconcile_due,
            "load_under_way": source.load_run_id,
        })
    });
    let answer = json!({
        "schema_version": SCHEMA_VERSION,
        "status": "success",
        "database": status.place,
        "migrations_applied": status.migrations,
        "launches": {
            "living": status.living,
            "upcoming": status.upcoming,
            "tombstones": status.tombstones,
            "stale": status.stale,
        },
        "quarantine": { "open": status.open_quarantine },
        "source": source,
        "findings": findings,
        "last_run": status.last_run.as_ref().map(last_run_object),
        "trino": status.trino.as_ref().map(trino_object),
    });
    line(out, &answer)
}

fn last_run_object(run: &LastRun) -> Value {
    json!({
        "pipeline_run_id": run.pipeline_run_id,
        "status": run.status,
        "started_at": rfc3339(run.started_at.0),
        "finished_at": run.finished_at.map(|at| rfc3339(at.0)),
        "host": run.host,
        "process_id": run.process_id,
        "api_calls": run.api_calls,
        "launches_inserted": run.launches_inserted,
        "launches_updated": run.launches_updated,
        "launches_deleted": run.launches_deleted,
        "launches_restored": run.launches_restored,
        "error": run.error,
    })
}

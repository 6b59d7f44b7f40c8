//! `pipeline_runs`: one row for every run that got the lock, opened on its own so that a killed run leaves it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, MultiBackend, RunRow, Timestamp, transaction};
use crate::model::run::{Optimization, RunCounts, RunId, RunKind, Usage};
use crate::schema::pipeline_runs;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Success,
    Failed,
    Interrupted,
}

/// What the row of a run says in the end.
pub(super) struct Closing<'a> {
    pub(super) ending: Ending,
    pub(super) optimization: Optimization,
    pub(super) usage: Usage,
    pub(super) counts: RunCounts,
    pub(super) watermark_before: Option<DateTime<Utc>>,
    pub(super) watermark_after: Option<DateTime<Utc>>,
    pub(super) error: Option<&'a str>,
}

/// Opens the row of a run.
pub(super) fn open(
    connection: &mut AnyConnection,
    run_id: &RunId,
    kind: RunKind,
    now: DateTime<Utc>,
    watermark: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let row = (
        pipeline_runs::pipeline_run_id.eq(run_id.as_str()),
        pipeline_runs::kind.eq(kind.prefix()),
        pipeline_runs::started_at.eq(Timestamp(now)),
        pipeline_runs::status.eq("running"),
        pipeline_runs::host.eq(this_host()),
        pipeline_runs::process_id.eq(this_process()),
        pipeline_runs::watermark_before.eq(watermark.map(Timestamp)),
    );
    transaction(connection, |connection| {
        diesel::insert_into(pipeline_runs::table).values(row).execute(connection)?;
        Ok::<_, DbError>(())
    })
    .map_err(|error| error.while_doing("opening the run's row"))
}

/// What a load that goes on did until it was cut, and where the watermark was when it began.
pub(super) struct Past {
    pub(super) usage: Usage,
    pub(super) counts: RunCounts,
    pub(super) watermark_before: Option<DateTime<Utc>>,
}

/// Opens the row of a load that goes on.
pub(super) fn reopen(connection: &mut AnyConnection, run_id: &RunId) -> Result<Past, DbError> {
    transaction(connection, |connection| {
        let row = pipeline_runs::table.filter(pipeline_runs::pipeline_run_id.eq(run_id.as_str()));
        diesel::update(row)
            .set((
                pipeline_runs::status.eq("running"),
                pipeline_runs::finished_at.eq(None::<Timestamp>),
                pipeline_runs::error.eq(None::<String>),
                pipeline_runs::host.eq(this_host()),
                pipeline_runs::process_id.eq(this_process()),
            ))
            .execute(connection)?;
        let did: Did = row.select(Did::as_select()).first(connection)?;
        Ok::<_, DbError>(did.into())
    })
    .map_err(|error| error.while_doing("opening the run's row again"))
}

fn this_host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

fn this_process() -> i64 {
    i64::from(std::process::id())
}

/// Nobody has closed the run, or goes on with its load.
pub(super) fn is_still_mine(row: &RunRow) -> bool {
    row.status == "running" && opened_here(row)
}

/// This run has closed its row.
pub(super) fn is_closed_by_me(row: &RunRow) -> bool {
    row.status != "running" && row.status != "crashed" && opened_here(row)
}

fn opened_here(row: &RunRow) -> bool {
    row.host == this_host() && row.process_id == this_process()
}

/// What a load has committed so far.
pub(super) fn committed(
    connection: &mut AnyConnection,
    run_id: &RunId,
) -> Result<RunCounts, DbError> {
    let row = pipeline_runs::table.filter(pipeline_runs::pipeline_run_id.eq(run_id.as_str()));
    let did: Did = row.select(Did::as_select()).first(connection)?;
    Ok(Past::from(did).counts)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = pipeline_runs, check_for_backend(MultiBackend))]
struct Did {
    api_calls: i64,
    api_retries: i64,
    bytes_received: i64,
    launches_fetched: i64,
    launches_inserted: i64,
    launches_updated: i64,
    launches_unchanged: i64,
    launches_deleted: i64,
    launches_restored: i64,
    launches_quarantined: i64,
    unresolved_references: i64,
    watermark_before: Option<Timestamp>,
}

impl From<Did> for Past {
    fn from(did: Did) -> Self {
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        let usage = Usage {
            calls: number(did.api_calls),
            bytes: number(did.bytes_received),
            retries: number(did.api_retries),
        };
        let counts = RunCounts {
            fetched: number(did.launches_fetched),
            inserted: number(did.launches_inserted),
            updated: number(did.launches_updated),
            unchanged: number(did.launches_unchanged),
            deleted: number(did.launches_deleted),
            restored: number(did.launches_restored),
            quarantined: number(did.launches_quarantined),
            unresolved_references: number(did.unresolved_references),
        };
        Self { usage, counts, watermark_before: did.watermark_before.map(|at| at.0) }
    }
}

/// Keeps what a load did so far, in the transaction of the page.
pub(super) fn checkpoint(
    connection: &mut AnyConnection,
    run_id: &RunId,
    usage: Usage,
    counts: RunCounts,
) -> Result<(), DbError> {
    set_counts(connection, run_id, usage, counts)
        .map_err(|error| DbError::from(error).while_doing("keeping the run's counts"))
}

fn set_counts(
    connection: &mut AnyConnection,
    run_id: &RunId,
    usage: Usage,
    counts: RunCounts,
) -> QueryResult<()> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    diesel::update(pipeline_runs::table.filter(pipeline_runs::pipeline_run_id.eq(run_id.as_str())))
        .set((
            pipeline_runs::api_calls.eq(number(usage.calls)),
            pipeline_runs::api_retries.eq(number(usage.retries)),
            pipeline_runs::bytes_received.eq(number(usage.bytes)),
            pipeline_runs::launches_fetched.eq(number(counts.fetched)),
            pipeline_runs::launches_inserted.eq(number(counts.inserted)),
            pipeline_runs::launches_updated.eq(number(counts.updated)),
            pipeline_runs::launches_unchanged.eq(number(counts.unchanged)),
            pipeline_runs::launches_deleted.eq(number(counts.deleted)),
            pipeline_runs::launches_restored.eq(number(counts.restored)),
            pipeline_runs::launches_quarantined.eq(number(counts.quarantined)),
            pipeline_runs::unresolved_references.eq(number(counts.unresolved_references)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Closes the row of a run, in the caller's transaction.
pub(super) fn close(
    connection: &mut AnyConnection,
    run_id: &RunId,
    now: DateTime<Utc>,
    closing: &Closing<'_>,
) -> Result<(), DbError> {
    let status = match closing.ending {
        Ending::Success => "success",
        Ending::Failed => "failed",
        Ending::Interrupted => "interrupted",
    };
    set_counts(connection, run_id, closing.usage, closing.counts)?;
    diesel::update(pipeline_runs::table.filter(pipeline_runs::pipeline_run_id.eq(run_id.as_str())))
        .set((
            pipeline_runs::finished_at.eq(Timestamp(now)),
            pipeline_runs::status.eq(status),
            pipeline_runs::optimization.eq(closing.optimization.to_string()),
            pipeline_runs::watermark_before.eq(closing.watermark_before.map(Timestamp)),
            pipeline_runs::watermark_after.eq(closing.watermark_after.map(Timestamp)),
            pipeline_runs::error.eq(closing.error),
        ))
        .execute(connection)
        .map_err(|error| DbError::from(error).while_doing("closing the run's row"))?;
    Ok(())
}

/// Closes the rows of runs that were killed; whoever holds the lock knows that they are gone.
pub(super) fn close_crashed(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
) -> Result<Vec<String>, DbError> {
    let running = pipeline_runs::table.filter(pipeline_runs::status.eq("running"));
    let closed = transaction(connection, |connection| {
        let closed = diesel::update(running)
            .set((
                pipeline_runs::status.eq("crashed"),
                pipeline_runs::finished_at.eq(Timestamp(now)),
                pipeline_runs::error.eq("ended without closing its row; closed by the next run"),
            ))
            .returning((pipeline_runs::id, pipeline_runs::pipeline_run_id))
            .get_results(connection)?;
        Ok::<_, DbError>(closed)
    });
    let mut closed: Vec<(i64, String)> =
        closed.map_err(|error| error.while_doing("closing the rows of runs that were killed"))?;
    closed.sort_unstable();
    Ok(closed.into_iter().map(|(_, run_id)| run_id).collect())
}

/// The latest run, in words.
pub(super) fn latest(connection: &mut AnyConnection) -> Result<Option<String>, DbError> {
    described(connection, pipeline_runs::table.into_boxed())
}

/// Who has the lock, as far as the open rows tell: run, host, process, since when.
pub(crate) fn holder(connection: &mut AnyConnection) -> Result<Option<String>, DbError> {
    let running = pipeline_runs::table.filter(pipeline_runs::status.eq("running"));
    described(connection, running.into_boxed())
}

fn described(
    connection: &mut AnyConnection,
    runs: pipeline_runs::BoxedQuery<'_, MultiBackend>,
) -> Result<Option<String>, DbError> {
    let row: Option<(String, String, i64, Timestamp)> = runs
        .select((
            pipeline_runs::pipeline_run_id,
            pipeline_runs::host,
            pipeline_runs::process_id,
            pipeline_runs::started_at,
        ))
        .order(pipeline_runs::id.desc())
        .first(connection)
        .optional()?;
    Ok(row.map(|(run, host, process, since)| {
        let since = since.0.format("%Y-%m-%d %H:%M:%S UTC");
        format!("run {run} on host {host}, process {process}, since {since}")
    }))
}

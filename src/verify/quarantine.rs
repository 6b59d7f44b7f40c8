//! `quarantined_launches`: one open entry per launch, each whole, none behind a good version.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::VerifyError;
use super::figures::instant;
use super::history::BY_HAND;
use super::runs::Runs;
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Json, Timestamp};
use crate::model::digest::sha256_hex;
use crate::model::verification::{CheckResult, Findings};
use crate::schema::quarantined_launches::{self as quarantine, dsl};
use crate::schema::raw_launches;

/// Entries in one page: a document may be megabytes.
const ENTRIES: i64 = 20;

/// Stands for what was no UTF-8 when the document was served.
const REPLACED: char = '\u{fffd}';

#[derive(Queryable, Selectable)]
#[diesel(table_name = quarantine, check_for_backend(crate::db::MultiBackend))]
struct Entry {
    id: i64,
    launch_id: Option<String>,
    content_sha256: String,
    document: String,
    breaches: Json,
    pipeline_run_id: String,
    attempts: i32,
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
    resolved_at: Option<Timestamp>,
}

pub(super) fn check(
    connection: &mut AnyConnection,
    runs: &Runs,
    clock: &Clock,
) -> Result<CheckResult, VerifyError> {
    let mut findings = Findings::default();
    for (name, count) in doubly_open(connection)? {
        findings.add(format!("{name} has {count} open entries"));
    }
    let mut after = i64::MIN;
    loop {
        clock.interrupted()?;
        let page = page(connection, after)?;
        let is_last = i64::try_from(page.len()).unwrap_or_default() < ENTRIES;
        for entry in page {
            after = entry.id;
            see(connection, &entry, runs, &mut findings)?;
        }
        if is_last {
            return Ok(findings.named(
                "quarantine",
                "one open entry per launch in quarantine, each as it was served",
            ));
        }
    }
}

fn see(
    connection: &mut AnyConnection,
    entry: &Entry,
    runs: &Runs,
    findings: &mut Findings,
) -> Result<(), DbError> {
    let Entry { id, document, .. } = entry;
    if !document.contains(REPLACED) && sha256_hex(document.as_bytes()) != entry.content_sha256 {
        findings.add(format!("entry {id}: its document is not the one that was served"));
    }
    if entry.breaches.0.as_array().is_none_or(Vec::is_empty) {
        findings.add(format!("entry {id}: no broken rule is named"));
    }
    if runs.get(&entry.pipeline_run_id).is_none() {
        findings.add(format!(
            "entry {id}: names run {}, which pipeline_runs lacks",
            entry.pipeline_run_id
        ));
    }
    let ended = entry.resolved_at.is_some_and(|at| at < entry.first_seen_at);
    if entry.attempts < 1 || entry.last_seen_at < entry.first_seen_at || ended {
        findings.add(format!("entry {id}: its instants and attempts cannot be"));
    }
    if entry.resolved_at.is_none()
        && let Some(launch_id) = &entry.launch_id
        && let Some(since) =
            good_version(connection, launch_id)?.filter(|at| *at > entry.last_seen_at)
    {
        findings.add(format!(
            "entry {id}: is open, though a good version of launch {launch_id} came at {}",
            instant(since.0)
        ));
    }
    Ok(())
}

fn page(connection: &mut AnyConnection, after: i64) -> Result<Vec<Entry>, DbError> {
    dsl::quarantined_launches
        .filter(quarantine::id.gt(after))
        .select(Entry::as_select())
        .order(quarantine::id)
        .limit(ENTRIES)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading quarantined_launches"))
}

/// Launches, or documents without an id, that have more than one open entry.
fn doubly_open(connection: &mut AnyConnection) -> Result<Vec<(String, i64)>, DbError> {
    let open = || dsl::quarantined_launches.filter(quarantine::resolved_at.is_null());
    let by_launch: Vec<(String, i64)> = open()
        .filter(quarantine::launch_id.is_not_null())
        .group_by(quarantine::launch_id)
        .having(count_star().gt(1))
        .select((quarantine::launch_id.assume_not_null(), count_star()))
        .load(connection)?;
    let by_content: Vec<(String, i64)> = open()
        .filter(quarantine::launch_id.is_null())
        .group_by(quarantine::content_sha256)
        .having(count_star().gt(1))
        .select((quarantine::content_sha256, count_star()))
        .load(connection)?;
    let mut found: Vec<(String, i64)> = by_launch
        .into_iter()
        .map(|(id, count)| (format!("launch {id}"), count))
        .chain(by_content.into_iter().map(|(hash, count)| (format!("document {hash}"), count)))
        .collect();
    found.sort();
    Ok(found)
}

/// Since when a run's good version of the launch is the truth.
fn good_version(
    connection: &mut AnyConnection,
    launch_id: &str,
) -> Result<Option<Timestamp>, DbError> {
    let row: Option<Option<Timestamp>> = raw_launches::table
        .filter(raw_launches::launch_id.eq(launch_id))
        .filter(raw_launches::deleted_at.is_null())
        .filter(raw_launches::pipeline_run_id.ne(BY_HAND))
        .select(raw_launches::updated_at)
        .first(connection)
        .optional()?;
    Ok(row.flatten())
}

//! `quarantined_launches`: what broke a rule, kept as it was served until something better or nothing comes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Json, Timestamp};
use crate::model::rejection::{Entry, Rejection};
use crate::model::run::Stamp;
use crate::schema::quarantined_launches::{self as quarantine, dsl};

#[derive(Queryable, Selectable)]
#[diesel(table_name = quarantine, check_for_backend(crate::db::MultiBackend))]
struct EntryRow {
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
    resolution: Option<String>,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            launch_id: row.launch_id,
            content_sha256: row.content_sha256,
            document: row.document,
            // Written by this program; whatever a stranger made of it shows as no breach.
            breaches: serde_json::from_value(row.breaches.0).unwrap_or_default(),
            pipeline_run_id: row.pipeline_run_id,
            attempts: row.attempts,
            first_seen_at: row.first_seen_at.0,
            last_seen_at: row.last_seen_at.0,
            resolved_at: row.resolved_at.map(|at| at.0),
            resolution: row.resolution,
        }
    }
}

/// The open entries, or every one, the oldest first.
pub(crate) fn list(
    connection: &mut AnyConnection,
    closed_too: bool,
) -> Result<Vec<Entry>, DbError> {
    let mut query =
        dsl::quarantined_launches.select(EntryRow::as_select()).order(quarantine::id).into_boxed();
    if !closed_too {
        query = query.filter(quarantine::resolved_at.is_null());
    }
    Ok(query.load(connection)?.into_iter().map(Entry::from).collect())
}

/// The entries of a launch, or the one with this number or content, the latest first.
pub(crate) fn find(connection: &mut AnyConnection, name: &str) -> Result<Vec<Entry>, DbError> {
    let mut query = dsl::quarantined_launches
        .select(EntryRow::as_select())
        .filter(quarantine::launch_id.eq(name).or(quarantine::content_sha256.nullable().eq(name)))
        .order(quarantine::id.desc())
        .into_boxed();
    if let Ok(id) = name.parse::<i64>() {
        query = query.or_filter(quarantine::id.eq(id));
    }
    Ok(query.load(connection)?.into_iter().map(Entry::from).collect())
}

/// The launches with an open entry.
pub(crate) fn open_launch_ids(connection: &mut AnyConnection) -> Result<Vec<String>, DbError> {
    Ok(dsl::quarantined_launches
        .filter(quarantine::resolved_at.is_null())
        .filter(quarantine::launch_id.is_not_null())
        .select(quarantine::launch_id.assume_not_null())
        .load(connection)?)
}

/// Keeps a rejection: one open entry per launch, else per content, always the latest document.
pub(crate) fn keep(
    connection: &mut AnyConnection,
    rejection: &Rejection,
    stamp: &Stamp,
) -> Result<(), DbError> {
    let document = &rejection.document;
    let breaches = Json(serde_json::json!(rejection.breaches));
    let now = Timestamp(stamp.instant);
    let served = (
        quarantine::content_sha256.eq(&document.content_sha256),
        quarantine::document.eq(&document.text),
        quarantine::breaches.eq(&breaches),
        quarantine::pipeline_run_id.eq(stamp.run_id.as_str()),
        quarantine::last_seen_at.eq(now),
    );
    // What a person has discarded stays so until the source serves something else.
    let seen_again = (
        quarantine::pipeline_run_id.eq(stamp.run_id.as_str()),
        quarantine::last_seen_at.eq(now),
        quarantine::attempts.eq(quarantine::attempts + 1),
    );
    let discarded = dsl::quarantined_launches
        .filter(quarantine::resolution.eq("discarded"))
        .filter(quarantine::content_sha256.eq(&document.content_sha256));
    if diesel::update(discarded).set(seen_again).execute(connection)? > 0 {
        return Ok(());
    }
    let open = dsl::quarantined_launches.filter(quarantine::resolved_at.is_null());
    let found: Option<i64> = match &document.id {
        Some(id) => {
            open.filter(quarantine::launch_id.eq(id)).select(quarantine::id).first(connection)
        }
        None => open
            .filter(quarantine::launch_id.is_null())
            .filter(quarantine::content_sha256.eq(&document.content_sha256))
            .select(quarantine::id)
            .first(connection),
    }
    .optional()?;
    match found {
        Some(id) => diesel::update(dsl::quarantined_launches.filter(quarantine::id.eq(id)))
            .set((served, quarantine::attempts.eq(quarantine::attempts + 1)))
            .execute(connection),
        None => diesel::insert_into(dsl::quarantined_launches)
            .values((
                served,
                quarantine::launch_id.eq(&document.id),
                quarantine::first_seen_at.eq(now),
            ))
            .execute(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("keeping a rejection in quarantine"))?;
    Ok(())
}

/// Closes the entries of launches of which a good version came.
pub(super) fn resolve_good(
    connection: &mut AnyConnection,
    launch_ids: &[&str],
    stamp: &Stamp,
) -> Result<(), DbError> {
    if launch_ids.is_empty() {
        return Ok(());
    }
    diesel::update(
        dsl::quarantined_launches
            .filter(quarantine::resolved_at.is_null())
            .filter(quarantine::launch_id.eq_any(launch_ids.to_vec())),
    )
    .set((quarantine::resolved_at.eq(Timestamp(stamp.instant)), quarantine::resolution.eq("good")))
    .execute(connection)?;
    Ok(())
}

/// Closes open entries that a person has looked at, and says how many.
pub(crate) fn discard(
    connection: &mut AnyConnection,
    ids: &[i64],
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let discarded = diesel::update(
        dsl::quarantined_launches
            .filter(quarantine::resolved_at.is_null())
            .filter(quarantine::id.eq_any(ids)),
    )
    .set((quarantine::resolved_at.eq(Timestamp(now)), quarantine::resolution.eq("discarded")))
    .execute(connection)
    .map_err(|error| DbError::from(error).while_doing("discarding entries"))?;
    Ok(discarded)
}

/// Closes what a sweep of everything did not meet again.
pub(crate) fn close_vanished(connection: &mut AnyConnection, stamp: &Stamp) -> Result<(), DbError> {
    diesel::update(
        dsl::quarantined_launches
            .filter(quarantine::resolved_at.is_null())
            .filter(quarantine::pipeline_run_id.ne(stamp.run_id.as_str())),
    )
    .set((
        quarantine::resolved_at.eq(Timestamp(stamp.instant)),
        quarantine::resolution.eq("vanished"),
    ))
    .execute(connection)?;
    Ok(())
}

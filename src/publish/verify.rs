//! The lake against the database, row by row: both sides in the order of their keys, a page of ours at a time beside
//! the rows of Trino as they come.

use std::collections::VecDeque;

use diesel::prelude::*;

use super::lake::{incomplete_tables, publications_above};
use super::tables::{TABLES, Table};
use super::{PublishError, Standing};
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Decimal, Json, Timestamp, reading};
use crate::model::query::Cell;
use crate::model::settings::{Schema, TrinoSettings};
use crate::model::verification::{CheckResult, Findings};
use crate::schema::{
    launch_aggregations, launchpads, payloads, raw_launch_revisions, raw_launches, rockets,
};
use crate::trino::Trino;

/// Rows of ours that are held at once.
const PAGE: i64 = 1_000;

/// What a row is known by: an id, and a number where one id has several.
type Key = (String, i64);

/// Gives the rows after a key, in order.
type ReadPage = fn(&mut AnyConnection, &Key) -> Result<Vec<Vec<Cell>>, DbError>;

/// Every check, on one instant of the database.
pub(crate) fn check(
    connection: &mut AnyConnection,
    settings: &TrinoSettings,
    clock: &Clock,
) -> Result<Vec<CheckResult>, PublishError> {
    let trino = Trino::open(settings, clock)?;
    reading(connection, |connection| {
        let lake = &settings.lake;
        let mut checks = vec![is_up_to_date(connection, &trino, lake)?];
        if let Some(name) = incomplete_tables(&trino, lake)?.first() {
            return Err(PublishError::refused(
                format!(
                    "the lake's table {name} is not there, or lacks columns that are published by now"
                ),
                "`etl publish` writes it anew",
            ));
        }
        let current = "launch_versions WHERE valid_to IS NULL";
        let former = "launch_versions WHERE valid_to IS NOT NULL";
        for (name, from, title, read) in [
            (
                "lake_launches",
                "launches",
                "every launch is in the lake as it is",
                launches as ReadPage,
            ),
            (
                "lake_current_versions",
                current,
                "every current version is in the lake",
                current_versions,
            ),
            (
                "lake_former_versions",
                former,
                "every former version is in the lake",
                former_versions,
            ),
            ("lake_payloads", "payloads", "every payload is in the lake", all_payloads),
            ("lake_launchpads", "launchpads", "every launch pad is in the lake", all_launchpads),
            ("lake_rockets", "rockets", "every rocket is in the lake", all_rockets),
            (
                "lake_figures",
                "launch_aggregations",
                "every snapshot of the figures is in the lake",
                figures,
            ),
        ] {
            let findings = compare(connection, &trino, lake, from, read)?;
            checks.push(findings.named(name, title));
        }
        Ok(checks)
    })
}

fn is_up_to_date(
    connection: &mut AnyConnection,
    trino: &Trino,
    lake: &Schema,
) -> Result<CheckResult, PublishError> {
    let mut findings = Findings::default();
    let last = publications_above(trino, lake, 0)?.into_iter().next();
    match (Standing::read(connection)?, last) {
        (_, None) => {
            return Err(PublishError::refused(
                format!("nothing was published to the lake {}", lake.name()),
                "`etl publish` does it",
            ));
        }
        (Some(standing), Some(last)) if !standing.is_in(&last) => {
            findings.add(format!(
                "the last publication, {}, ends with run {}, the database with run {}: `etl publish`",
                last.number, last.pipeline_run_id, standing.pipeline_run_id
            ));
        }
        _ => {}
    }
    Ok(findings.named("lake_is_up_to_date", "the lake has everything up to the last run"))
}

fn compare(
    connection: &mut AnyConnection,
    trino: &Trino,
    lake: &Schema,
    from: &str,
    read: ReadPage,
) -> Result<Findings, PublishError> {
    let table_name = from.split(' ').next().unwrap_or_default();
    let Some(table) = TABLES.iter().find(|table| table.name == table_name) else {
        return Ok(Findings::default());
    };
    let sql = format!(
        "SELECT {} FROM {}.{from} ORDER BY {}",
        table.columns.join(", "),
        lake.quoted(),
        table.key.join(", ")
    );
    let mut findings = Findings::default();
    let mut ours =
        Ours { connection, read, table, page: VecDeque::new(), last: None, is_over: false };
    trino.ask::<PublishError>(&sql, |_, theirs| {
        let key = key(&theirs, table);
        while let Some(missing) = ours.take_if(|ours| *ours < key)? {
            findings.add(format!("{} is not in the lake", named(&missing.0)));
        }
        match ours.take_if(|ours| *ours == key)? {
            None => findings.add(format!("{} is in the lake and not in the database", named(&key))),
            Some((_, row)) => {
                for (column, (ours, theirs)) in
                    table.columns.iter().zip(row.into_iter().zip(theirs))
                {
                    // JSON is text in the lake.
                    let ours = match ours {
                        Cell::Json(json) => Cell::Text(json),
                        ours => ours,
                    };
                    if ours != theirs {
                        findings.add(format!(
                            "{}: {column} is {theirs:?} in the lake and {ours:?} in the database",
                            named(&key)
                        ));
                    }
                }
            }
        }
        Ok(())
    })?;
    while let Some((missing, _)) = ours.take_if(|_| true)? {
        findings.add(format!("{} is not in the lake", named(&missing)));
    }
    Ok(findings)
}

fn named((id, number): &Key) -> String {
    match (id.as_str(), number) {
        ("", number) => number.to_string(),
        (id, 0) => id.to_owned(),
        (id, number) => format!("{id} revision {number}"),
    }
}

fn key(row: &[Cell], table: &Table) -> Key {
    let mut key = Key::default();
    for cell in row.iter().take(table.key.len()) {
        match cell {
            Cell::Text(id) => key.0.clone_from(id),
            Cell::Count(number) => key.1 = *number,
            _ => {}
        }
    }
    key
}

/// Our rows in their order.
struct Ours<'a> {
    connection: &'a mut AnyConnection,
    read: ReadPage,
    table: &'static Table,
    page: VecDeque<(Key, Vec<Cell>)>,
    last: Option<Key>,
    is_over: bool,
}

impl Ours<'_> {
    /// The next row, if there is one and it is wanted now.
    fn take_if(
        &mut self,
        wanted: impl Fn(&Key) -> bool,
    ) -> Result<Option<(Key, Vec<Cell>)>, DbError> {
        if self.page.is_empty() && !self.is_over {
            let after = self.last.clone().unwrap_or((String::new(), i64::MIN));
            let rows = (self.read)(self.connection, &after)?;
            self.is_over = rows.is_empty();
            let table = self.table;
            self.page = rows.into_iter().map(|row| (key(&row, table), row)).collect();
            self.last = self.page.back().map(|(key, _)| key.clone());
        }
        let is_wanted = self.page.front().is_some_and(|(key, _)| wanted(key));
        Ok(if is_wanted { self.page.pop_front() } else { None })
    }
}

/// Loads these columns of a query as cells.
macro_rules! load_cells {
    ($connection:ident, $query:expr, $table:ident, { $($column:ident: $type:ty),* $(,)? }) => {{
        let rows: Vec<($($type,)*)> =
            $query.limit(PAGE).select(($($table::$column,)*)).load($connection)?;
        rows.into_iter().map(|($($column,)*)| vec![$(Cell::from($column)),*]).collect::<Vec<_>>()
    }};
}

fn launches(connection: &mut AnyConnection, after: &Key) -> Result<Vec<Vec<Cell>>, DbError> {
    let living = raw_launches::table
        .filter(raw_launches::deleted_at.is_null())
        .filter(raw_launches::launch_id.gt(&after.0))
        .order(raw_launches::launch_id);
    Ok(load_cells!(connection, living, raw_launches, {
        launch_id: String, mission_name: Option<String>, date_utc: Timestamp, success: Option<bool>,
        payload_ids: Option<Json>, launchpad_id: Option<String>,
        static_fire_date_utc: Option<Timestamp>, ingested_at: Option<Timestamp>,
        total_payload_mass_kg: Option<Decimal>, payloads_without_mass: Option<i32>,
        upcoming: Option<bool>, flight_number: Option<i32>, rocket_id: Option<String>,
        date_precision: Option<String>, revision: i32, pipeline_run_id: Option<String>,
        updated_at: Option<Timestamp>, deleted_at: Option<Timestamp>,
    }))
}

fn current_versions(
    connection: &mut AnyConnection,
    after: &Key,
) -> Result<Vec<Vec<Cell>>, DbError> {
    let current = raw_launches::table
        .filter(raw_launches::launch_id.gt(&after.0))
        .order(raw_launches::launch_id);
    let rows = load_cells!(connection, current, raw_launches, {
        launch_id: String, revision: i32, mission_name: Option<String>, date_utc: Timestamp,
        success: Option<bool>, payload_ids: Option<Json>, launchpad_id: Option<String>,
        static_fire_date_utc: Option<Timestamp>, ingested_at: Option<Timestamp>,
        total_payload_mass_kg: Option<Decimal>, payloads_without_mass: Option<i32>,
        upcoming: Option<bool>, flight_number: Option<i32>, rocket_id: Option<String>,
        date_precision: Option<String>, pipeline_run_id: Option<String>,
        deleted_at: Option<Timestamp>, updated_at: Option<Timestamp>,
    });
    // A row that no run has written yet is valid since it came.
    let with_interval = |mut row: Vec<Cell>| {
        let ingested = row.get(8).cloned();
        if let Some(since @ Cell::Null) = row.last_mut() {
            *since = match ingested {
                Some(ingested @ Cell::Instant(_)) => ingested,
                _ => Cell::Instant(chrono::DateTime::UNIX_EPOCH),
            };
        }
        row.extend([Cell::Null, Cell::Null]);
        row
    };
    Ok(rows.into_iter().map(with_interval).collect())
}

fn former_versions(connection: &mut AnyConnection, after: &Key) -> Result<Vec<Vec<Cell>>, DbError> {
    let revision = i32::try_from(after.1).unwrap_or(i32::MIN);
    let same = raw_launch_revisions::launch_id
        .eq(&after.0)
        .and(raw_launch_revisions::revision.gt(revision));
    let former = raw_launch_revisions::table
        .filter(raw_launch_revisions::launch_id.gt(&after.0).or(same))
        .order((raw_launch_revisions::launch_id, raw_launch_revisions::revision));
    Ok(load_cells!(connection, former, raw_launch_revisions, {
        launch_id: String, revision: i32, mission_name: Option<String>, date_utc: Timestamp,
        success: Option<bool>, payload_ids: Option<Json>, launchpad_id: Option<String>,
        static_fire_date_utc: Option<Timestamp>, ingested_at: Option<Timestamp>,
        total_payload_mass_kg: Option<Decimal>, payloads_without_mass: Option<i32>,
        upcoming: Option<bool>, flight_number: Option<i32>, rocket_id: Option<String>,
        date_precision: Option<String>, pipeline_run_id: Option<String>,
        deleted_at: Option<Timestamp>, valid_from: Timestamp, valid_to: Timestamp,
        ended_by_run_id: String,
    }))
}

fn all_payloads(connection: &mut AnyConnection, after: &Key) -> Result<Vec<Vec<Cell>>, DbError> {
    let all = payloads::table.filter(payloads::payload_id.gt(&after.0)).order(payloads::payload_id);
    Ok(load_cells!(connection, all, payloads, {
        payload_id: String, name: Option<String>, mass_kg: Option<Decimal>,
        pipeline_run_id: String, updated_at: Timestamp,
    }))
}

fn all_launchpads(connection: &mut AnyConnection, after: &Key) -> Result<Vec<Vec<Cell>>, DbError> {
    let all = launchpads::table
        .filter(launchpads::launchpad_id.gt(&after.0))
        .order(launchpads::launchpad_id);
    Ok(load_cells!(connection, all, launchpads, {
        launchpad_id: String, name: Option<String>, pipeline_run_id: String, updated_at: Timestamp,
    }))
}

fn all_rockets(connection: &mut AnyConnection, after: &Key) -> Result<Vec<Vec<Cell>>, DbError> {
    let all = rockets::table.filter(rockets::rocket_id.gt(&after.0)).order(rockets::rocket_id);
    Ok(load_cells!(connection, all, rockets, {
        rocket_id: String, name: Option<String>, pipeline_run_id: String, updated_at: Timestamp,
    }))
}

fn figures(connection: &mut AnyConnection, after: &Key) -> Result<Vec<Vec<Cell>>, DbError> {
    let id = i32::try_from(after.1).unwrap_or(i32::MIN);
    let all = launch_aggregations::table
        .filter(launch_aggregations::id.gt(id))
        .order(launch_aggregations::id);
    Ok(load_cells!(connection, all, launch_aggregations, {
        id: i32, total_launches: i64, total_successful_launches: i64, total_failed_launches: i64,
        success_rate: Option<Decimal>, earliest_launch_date: Option<Timestamp>,
        latest_launch_date: Option<Timestamp>, total_launch_sites: Option<i64>,
        updated_at: Option<Timestamp>, last_processed_launch_date: Option<Timestamp>,
        average_payload_mass_kg: Option<Decimal>, average_delay_hours: Option<Decimal>,
        snapshot_type: Option<String>, launches_added_in_batch: Option<i64>,
        pipeline_run_id: Option<String>, total_upcoming_launches: Option<i64>,
        completed_success_rate: Option<Decimal>, launches_with_mass: Option<i64>,
        total_mass_hundredths: Option<i64>, launches_with_delay: Option<i64>,
        total_delay_whole_seconds: Option<i64>, total_delay_rest_micros: Option<i64>,
    }))
}

//! What the lake remembers of its publications, and the row of each in the database.

use diesel::prelude::*;

use super::PublishError;
use super::tables::TABLES;
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Timestamp};
use crate::model::publication::{Publication, PublicationKind};
use crate::model::query::Cell;
use crate::model::settings::Schema;
use crate::schema::publications;
use crate::trino::analytics::{literal, quoted};
use crate::trino::{Trino, TrinoError};
use std::collections::BTreeSet;
use std::time::Duration;

const COLUMNS: &str = "publication, kind, run, pipeline_run_id, published_at, changed_at, unnamed_versions, \
     runs_through, aggregations_through, launches_written, launches_snapshot_id";

/// The tables that hold it, which stay whatever is published anew.
pub(super) fn creations(lake: &Schema) -> [String; 2] {
    let lake = lake.quoted();
    [
        format!("CREATE SCHEMA IF NOT EXISTS {lake}"),
        format!(
            "CREATE TABLE IF NOT EXISTS {lake}.publications (\n    \
             publication bigint, kind varchar, run bigint, pipeline_run_id varchar,\n    \
             published_at timestamp(6) with time zone, changed_at timestamp(6) with time zone,\n    \
             unnamed_versions bigint, runs_through bigint, aggregations_through bigint,\n    \
             launches_written bigint, launches_snapshot_id bigint)"
        ),
    ]
}

/// Every publication that the lake knows of and that is numbered above, the latest first.
pub(crate) fn publications_above(
    trino: &Trino,
    lake: &Schema,
    number: i64,
) -> Result<Vec<Publication>, TrinoError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {}.publications WHERE publication > {number} ORDER BY publication DESC",
        lake.quoted()
    );
    match trino.rows(&sql) {
        Ok(rows) => rows.into_iter().map(publication).collect(),
        Err(error) if error.is("TABLE_NOT_FOUND") || error.is("SCHEMA_NOT_FOUND") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn publication(row: Vec<Cell>) -> Result<Publication, TrinoError> {
    let read = |row: Vec<Cell>| -> Option<Publication> {
        let mut cells = row.into_iter();
        let mut whole = || match cells.next()? {
            Cell::Count(count) => Some(count),
            _ => None,
        };
        let number = whole()?;
        let Cell::Text(kind) = cells.next()? else { return None };
        let Cell::Count(run) = cells.next()? else { return None };
        let Cell::Text(pipeline_run_id) = cells.next()? else { return None };
        let Cell::Instant(published_at) = cells.next()? else { return None };
        let changed_at = match cells.next()? {
            Cell::Instant(at) => Some(at),
            _ => None,
        };
        let mut whole = || match cells.next()? {
            Cell::Count(count) => Some(count),
            _ => None,
        };
        Some(Publication {
            number,
            kind: PublicationKind::from_name(&kind),
            run,
            pipeline_run_id,
            published_at,
            changed_at,
            unnamed_versions: whole()?,
            runs_through: whole()?,
            aggregations_through: whole()?,
            launches_written: whole()?,
            launches_snapshot_id: whole()?,
        })
    };
    read(row).ok_or_else(|| {
        TrinoError::new(
            crate::trino::Fault::Refused,
            "the lake's table publications holds a row that no `etl publish` wrote",
        )
        .with_hint("name another schema for the lake (--lake-schema)")
    })
}

/// Writes the publication into the lake, unless it is there.
pub(super) fn remember(lake: &Schema, publication: &Publication) -> String {
    let Publication { number, kind, run, pipeline_run_id, published_at, changed_at, .. } =
        publication;
    let changed_at =
        changed_at.map_or_else(|| "CAST(NULL AS timestamp(6) with time zone)".to_owned(), literal);
    let values = [
        number.to_string(),
        quoted(kind.as_str()),
        run.to_string(),
        quoted(pipeline_run_id),
        literal(*published_at),
        changed_at,
        publication.unnamed_versions.to_string(),
        publication.runs_through.to_string(),
        publication.aggregations_through.to_string(),
        publication.launches_written.to_string(),
        publication.launches_snapshot_id.to_string(),
    ]
    .join(", ");
    let from_s: Vec<_> = COLUMNS.split(", ").map(|column| format!("s.{}", column.trim())).collect();
    format!(
        "MERGE INTO {}.publications AS t USING (VALUES ({values})) AS s ({COLUMNS})\nON t.publication = s.publication\nWHEN NOT MATCHED THEN INSERT ({COLUMNS}) VALUES ({})",
        lake.quoted(),
        from_s.join(", ")
    )
}

/// The tables that are not there, or that lack a column since an older `etl` published them.
pub(super) fn incomplete_tables(
    trino: &Trino,
    lake: &Schema,
) -> Result<Vec<&'static str>, TrinoError> {
    let described =
        Schema { catalog: lake.catalog.clone(), schema: "information_schema".to_owned() };
    let sql = format!(
        "SELECT table_name, column_name FROM {}.columns WHERE table_schema = {}",
        described.quoted(),
        quoted(&lake.schema.to_lowercase())
    );
    let mut found = BTreeSet::new();
    for row in trino.rows(&sql)? {
        if let Ok([Cell::Text(table), Cell::Text(column)]) = <[Cell; 2]>::try_from(row) {
            found.insert((table, column));
        }
    }
    let is_there =
        |table: &str, column: &str| found.contains(&(table.to_owned(), column.to_owned()));
    let incomplete = TABLES
        .iter()
        .filter(|table| !table.columns.iter().all(|column| is_there(table.name, column)));
    Ok(incomplete.map(|table| table.name).collect())
}

/// The state in which a table of the lake is.
pub(super) fn snapshot_id(trino: &Trino, lake: &Schema, table: &str) -> Result<i64, TrinoError> {
    let sql =
        format!("SELECT snapshot_id FROM {}.\"{table}$refs\" WHERE name = 'main'", lake.quoted());
    match trino.rows(&sql)?.first().and_then(|row| row.first()) {
        Some(Cell::Count(id)) => Ok(*id),
        _ => Err(TrinoError::new(
            crate::trino::Fault::Failed,
            format!("the lake's table {table} names no state of its own"),
        )),
    }
}

/// Ends what an earlier publication, which is no more, left running on the server: the caller has the lock, so that
/// no other is under way.
pub(super) fn end_leftovers(
    trino: &Trino,
    source: &str,
    clock: &Clock,
) -> Result<(), PublishError> {
    let running = format!(
        "SELECT query_id FROM system.runtime.queries WHERE source = {} AND state NOT IN ('FINISHED', 'FAILED') AND query NOT LIKE '%system.runtime.queries%'",
        quoted(source)
    );
    loop {
        let rows = trino.rows(&running)?;
        if rows.is_empty() {
            return Ok(());
        }
        for id in rows.iter().flatten() {
            let Cell::Text(id) = id else { continue };
            log::info!("ending query {id} of an earlier publication that was cut");
            let kill = format!(
                "CALL system.runtime.kill_query(query_id => {}, message => 'its publication was cut')",
                quoted(id)
            );
            // It may have ended by itself in between.
            if let Err(error) = trino.execute(&kill) {
                log::debug!("{error}");
            }
        }
        clock.sleep(Duration::from_millis(200)).map_err(TrinoError::from)?;
    }
}

/// A row of the database's own ledger.
#[derive(Queryable, Insertable)]
#[diesel(table_name = publications, treat_none_as_default_value = false)]
struct LedgerRow {
    lake: String,
    publication: i64,
    kind: String,
    pipeline_run_id: String,
    published_at: Timestamp,
    launches_written: i64,
    launches_snapshot_id: i64,
}

/// The last publication to that lake that the database knows of.
pub(crate) fn last_in_ledger(
    connection: &mut AnyConnection,
    lake: &Schema,
) -> Result<i64, DbError> {
    let last: Option<i64> = publications::table
        .filter(publications::lake.eq(lake.name()))
        .select(diesel::dsl::max(publications::publication))
        .first(connection)?;
    Ok(last.unwrap_or_default())
}

/// Writes the publication into the database's ledger.
pub(super) fn enter(
    connection: &mut AnyConnection,
    lake: &Schema,
    publication: &Publication,
) -> Result<(), DbError> {
    diesel::insert_into(publications::table)
        .values(LedgerRow {
            lake: lake.name(),
            publication: publication.number,
            kind: publication.kind.as_str().to_owned(),
            pipeline_run_id: publication.pipeline_run_id.clone(),
            published_at: Timestamp(publication.published_at),
            launches_written: publication.launches_written,
            launches_snapshot_id: publication.launches_snapshot_id,
        })
        .execute(connection)
        .map_err(|error| DbError::from(error).while_doing("writing the row of the publication"))?;
    Ok(())
}

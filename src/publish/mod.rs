//! What changed since the last publication, from PostgreSQL into Iceberg tables, by Trino: one `MERGE` per table.
//!
//! The order makes it whole: first the tables, each of them in a way that gives the same when it is done twice; then
//! the publication's row in the lake, which says that they are all written; then its twin in the database. Whatever
//! is cut in between, the next publication finds, and does the rest.

mod changes;
pub(crate) mod lake;
mod optimize;
pub(crate) mod past;
pub(crate) mod sight;
mod tables;
pub(crate) mod verify;

use crate::clock::{Clock, Interrupted};
use crate::db::{AnyConnection, DbError};
use crate::model::publication::{
    Publication, PublicationKind, PublishRequest, PublishSummary, TableSummary,
};
use crate::model::query::Cell;
use crate::model::settings::TrinoSettings;
use crate::trino::{Trino, TrinoError};
pub(crate) use changes::Standing;
use changes::{Changes, is_of};
pub(crate) use optimize::optimize;
use tables::{TABLES, Table};

/// Why nothing was published, or not all of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Trino(#[from] TrinoError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// It would not be what was asked for.
    #[error("{message}")]
    Refused { message: String, hint: String },
}

impl PublishError {
    pub(crate) fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), hint: hint.into() }
    }
}

/// By which the server knows the queries of publications to this lake.
pub(crate) fn source_name(settings: &TrinoSettings) -> String {
    format!("etl publish to {}", settings.lake.name())
}

/// One publication. The caller holds the lock of the database, and keeps other writers out.
pub(crate) fn publish(
    connection: &mut AnyConnection,
    settings: &TrinoSettings,
    request: PublishRequest,
    clock: &Clock,
) -> Result<PublishSummary, PublishError> {
    let trino = Trino::open(settings, clock)?;
    let Some(standing) = Standing::read(connection)? else {
        return Err(PublishError::refused(
            "there is nothing to publish: the initial load is not complete",
            "load first: `etl run`",
        ));
    };
    refuse_another_database(&trino, settings, &standing)?;
    if !request.dry_run {
        lake::end_leftovers(&trino, &source_name(settings), clock)?;
    }
    let mut publisher = Publisher { trino: &trino, settings, connection, clock };
    let (last, repaired) = publisher.repair(request)?;
    let plan = publisher.plan(&standing, last.as_ref(), request)?;
    let mut summary = PublishSummary {
        lake: settings.lake.name(),
        publication: last.clone(),
        is_new: !plan.steps.is_empty(),
        repaired,
        tables: Vec::new(),
        statements: Vec::new(),
        optimized: false,
    };
    if plan.steps.is_empty() {
        return Ok(summary);
    }
    if request.dry_run {
        summary.statements = lake::creations(&settings.lake).into();
        summary.statements.extend(plan.steps.into_iter().map(|(_, sql)| sql));
        return Ok(summary);
    }
    let number = last.map_or(0, |last| last.number).max(publisher.last_in_ledger()?) + 1;
    summary.tables = publisher.write(&plan)?;
    summary.publication =
        Some(publisher.remember(number, plan.kind, &standing, &summary.tables)?);
    Ok(summary)
}

/// What is to be done, in its order.
struct Plan {
    kind: PublicationKind,
    steps: Vec<(&'static str, String)>,
}

struct Publisher<'a> {
    trino: &'a Trino,
    settings: &'a TrinoSettings,
    connection: &'a mut AnyConnection,
    clock: &'a Clock,
}

impl Publisher<'_> {
    /// The last publication that the lake knows of; those that only it knows of are entered in the database.
    fn repair(
        &mut self,
        request: PublishRequest,
    ) -> Result<(Option<Publication>, usize), PublishError> {
        let lake = &self.settings.lake;
        let entered = lake::last_in_ledger(self.connection, lake)?;
        let known = lake::publications_above(self.trino, lake, entered - 1)?;
        if entered > 0 && known.is_empty() {
            // Its tables are another's, or gone: all is written anew.
            log::warn!(
                "the lake {} has lost publication {entered}: it is written anew",
                lake.name()
            );
            return Ok((None, 0));
        }
        if let Some(last) = known.first()
            && !is_of(last, self.connection)?
        {
            if !request.full {
                return Err(PublishError::refused(
                    format!(
                        "the lake {} was published from another database, whose last run was {}",
                        lake.name(),
                        last.pipeline_run_id
                    ),
                    "name another schema (--lake-schema), or put this database in its place with --full",
                ));
            }
            return Ok((known.into_iter().next(), 0));
        }
        let unknown: Vec<_> =
            known.iter().filter(|publication| publication.number > entered).collect();
        if !request.dry_run {
            for publication in unknown.iter().rev() {
                log::info!(
                    "entering publication {}, which was cut before its end",
                    publication.number
                );
                lake::enter(self.connection, lake, publication)?;
            }
        }
        let repaired = unknown.len();
        Ok((known.into_iter().next(), repaired))
    }

    fn last_in_ledger(&mut self) -> Result<i64, PublishError> {
        Ok(lake::last_in_ledger(self.connection, &self.settings.lake)?)
    }

    fn plan(
        &mut self,
        standing: &Standing,
        last: Option<&Publication>,
        request: PublishRequest,
    ) -> Result<Plan, PublishError> {
        let TrinoSettings { tables, lake, .. } = self.settings;
        let Some(last) = last.filter(|_| !request.full) else {
            let step = |table: &Table| (table.name, table.create(lake, tables));
            return Ok(Plan {
                kind: PublicationKind::Full,
                steps: TABLES.iter().map(step).collect(),
            });
        };
        let anew = lake::incomplete_tables(self.trino, lake)?;
        let changes = if standing.is_in(last) { None } else { Some(self.changes(standing, last)?) };
        let step = |table: &Table| {
            let sql = if anew.contains(&table.name) {
                table.create(lake, tables)
            } else {
                table.merge(lake, tables, changes.as_ref()?)?
            };
            Some((table.name, sql))
        };
        Ok(Plan {
            kind: PublicationKind::Incremental,
            steps: TABLES.iter().filter_map(step).collect(),
        })
    }

    fn changes(
        &mut self,
        standing: &Standing,
        last: &Publication,
    ) -> Result<Changes, PublishError> {
        let mut changes = Changes::since(last, standing, self.connection)?;
        changes.years = self.years(&changes)?;
        changes.payload_ids = self.payload_ids(&changes)?;
        Ok(changes)
    }

    /// The launch years of the versions that began, ended, or were written again.
    fn years(&self, changes: &Changes) -> Result<Vec<i32>, PublishError> {
        let sql = tables::changed_years(&self.settings.tables, changes);
        let rows = self.trino.rows(&sql)?;
        let year = |cell: &Cell| match cell {
            Cell::Count(year) => i32::try_from(*year).ok(),
            _ => None,
        };
        Ok(rows.iter().flatten().filter_map(year).collect())
    }

    /// Where the payloads lie that were written.
    fn payload_ids(&self, changes: &Changes) -> Result<Vec<(String, String)>, PublishError> {
        let Some(sql) = tables::changed_payloads(&self.settings.tables, changes) else {
            return Ok(Vec::new());
        };
        let span = |row: Vec<Cell>| match <[Cell; 2]>::try_from(row) {
            Ok([Cell::Text(first), Cell::Text(last)]) => Some((first, last)),
            _ => None,
        };
        Ok(self.trino.rows(&sql)?.into_iter().filter_map(span).collect())
    }

    fn write(&self, plan: &Plan) -> Result<Vec<TableSummary>, PublishError> {
        for sql in lake::creations(&self.settings.lake) {
            self.trino.execute(&sql)?;
        }
        let mut written = Vec::new();
        for (name, sql) in &plan.steps {
            let ending = self
                .trino
                .execute(sql)
                .map_err(|error| error.while_doing(&format!("writing {name}")))?;
            log::debug!(
                "{name}: {} rows, query {}",
                ending.written.unwrap_or_default(),
                ending.query_id
            );
            written.push(TableSummary {
                name,
                written: ending.written.unwrap_or_default(),
                read: ending.read,
            });
        }
        Ok(written)
    }

    /// From here on the publication counts.
    fn remember(
        &mut self,
        number: i64,
        kind: PublicationKind,
        standing: &Standing,
        tables: &[TableSummary],
    ) -> Result<Publication, PublishError> {
        let lake = &self.settings.lake;
        let launches = tables.iter().find(|table| table.name == "launches");
        let publication = Publication {
            number,
            kind,
            run: standing.run,
            pipeline_run_id: standing.pipeline_run_id.clone(),
            published_at: self.clock.now(),
            changed_at: standing.changed_at.map(|at| at.0),
            unnamed_versions: standing.unnamed_versions,
            runs_through: standing.runs_through,
            aggregations_through: standing.aggregations_through,
            launches_written: launches
                .map_or(0, |table| i64::try_from(table.written).unwrap_or(i64::MAX)),
            launches_snapshot_id: lake::snapshot_id(self.trino, lake, "launches")?,
        };
        self.trino.execute(&lake::remember(lake, &publication))?;
        lake::enter(self.connection, lake, &publication)?;
        Ok(publication)
    }
}

/// What Trino reads must be what we look at.
fn refuse_another_database(
    trino: &Trino,
    settings: &TrinoSettings,
    standing: &Standing,
) -> Result<(), PublishError> {
    match sight::look(trino, &settings.tables)?.differences(Some(standing)).first() {
        None => Ok(()),
        Some(difference) => Err(PublishError::refused(
            format!(
                "Trino's {} is not the database of this call: {difference}",
                settings.tables.name()
            ),
            "check DATABASE_URL, --trino-catalog and --trino-schema: both must name the same tables",
        )),
    }
}

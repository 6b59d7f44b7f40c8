//! Whether Trino's catalog looks at the database that we look at.

use super::PublishError;
use super::changes::Standing;
use super::lake::publications_above;
use crate::clock::Clock;
use crate::db::AnyConnection;
use crate::model::publication::TrinoStatus;
use crate::model::query::Cell;
use crate::model::settings::{Schema, TrinoSettings};
use crate::trino::{Trino, TrinoError};

/// What Trino sees of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    living: i64,
    tombstones: i64,
    last_run: Option<String>,
}

/// What Trino says of the database and of the lake.
pub(crate) fn status(
    connection: &mut AnyConnection,
    settings: &TrinoSettings,
    clock: &Clock,
) -> Result<TrinoStatus, PublishError> {
    let trino = Trino::open(settings, clock)?;
    let seen = look(&trino, &settings.tables)?;
    let differences = seen.differences(Standing::read(connection)?.as_ref());
    Ok(TrinoStatus {
        server: settings.base_url.clone(),
        tables: settings.tables.name(),
        living: seen.living,
        tombstones: seen.tombstones,
        last_run: seen.last_run,
        differences,
        lake: settings.lake.name(),
        publication: publications_above(&trino, &settings.lake, 0)?.into_iter().next(),
    })
}

/// What Trino sees of the database otherwise than we do.
pub(crate) fn differences(
    connection: &mut AnyConnection,
    settings: &TrinoSettings,
    clock: &Clock,
) -> Result<Vec<String>, PublishError> {
    let seen = look(&Trino::open(settings, clock)?, &settings.tables)?;
    Ok(seen.differences(Standing::read(connection)?.as_ref()))
}

/// Looks through Trino.
pub(super) fn look(trino: &Trino, tables: &Schema) -> Result<Sight, TrinoError> {
    let from = tables.quoted();
    let counted =
        trino.rows(&format!("SELECT count(*), count(deleted_at) FROM {from}.raw_launches"))?;
    let (all, tombstones) = match counted.first().map(Vec::as_slice) {
        Some([Cell::Count(all), Cell::Count(tombstones)]) => (*all, *tombstones),
        _ => (0, 0),
    };
    let last = format!("SELECT pipeline_run_id FROM {from}.pipeline_runs ORDER BY id DESC LIMIT 1");
    let last_run = match trino.rows(&last)?.pop().and_then(|mut row| row.pop()) {
        Some(Cell::Text(id)) => Some(id),
        _ => None,
    };
    Ok(Sight { living: all - tombstones, tombstones, last_run })
}

impl Sight {
    /// What differs from what we see ourselves.
    pub(super) fn differences(&self, standing: Option<&Standing>) -> Vec<String> {
        let ours = Self {
            living: standing.map_or(0, |standing| standing.living),
            tombstones: standing.map_or(0, |standing| standing.tombstones),
            last_run: standing.map(|standing| standing.pipeline_run_id.clone()),
        };
        let mut differences = Vec::new();
        let mut count = |what: &str, theirs: i64, ours: i64| {
            if theirs != ours {
                differences.push(format!("Trino sees {theirs} {what}, the database has {ours}"));
            }
        };
        count("launches", self.living, ours.living);
        count("vanished launches", self.tombstones, ours.tombstones);
        if standing.is_some() && self.last_run != ours.last_run {
            let name = |run: Option<&String>| run.map_or_else(|| "none".to_owned(), Clone::clone);
            differences.push(format!(
                "the last run that Trino sees is {}, that of the database {}",
                name(self.last_run.as_ref()),
                name(ours.last_run.as_ref())
            ));
        }
        differences
    }
}

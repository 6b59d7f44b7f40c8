//! Trino: it answers, and sees what the database has.

use super::failed;
use crate::clock::Clock;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::model::diagnosis::Diagnosis;
use crate::model::query::Cell;
use crate::model::settings::TrinoSettings;
use crate::publish::sight;
use crate::trino::{Trino, TrinoError};

const SUBJECT: &str = "trino";

pub(super) fn examine(
    settings: Result<TrinoSettings, Error>,
    connection: Option<&mut AnyConnection>,
    clock: &Clock,
) -> Diagnosis {
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return failed(SUBJECT, error),
    };
    let version = match version(&settings, clock) {
        Ok(version) => version,
        Err(error) => return failed(SUBJECT, error),
    };
    let reached = format!("Trino {version} at {}", settings.base_url);
    match connection {
        Some(connection @ AnyConnection::Postgres(_)) => {
            sees(connection, &settings, &reached, clock)
        }
        Some(AnyConnection::Sqlite(_)) => Diagnosis::warning(
            SUBJECT,
            format!("{reached} answers, and cannot read SQLite"),
            "set DATABASE_URL to the PostgreSQL that Trino looks at, or unset ETL_TRINO_*",
        ),
        None => Diagnosis::warning(
            SUBJECT,
            format!("{reached} answers; there are no tables of ours to compare"),
            "mend the database first",
        ),
    }
}

fn sees(
    connection: &mut AnyConnection,
    settings: &TrinoSettings,
    reached: &str,
    clock: &Clock,
) -> Diagnosis {
    match sight::differences(connection, settings, clock) {
        Err(error) => failed(SUBJECT, error),
        Ok(differences) if differences.is_empty() => Diagnosis::well(
            SUBJECT,
            format!("{reached} sees in {} what the database has", settings.tables.name()),
        ),
        Ok(differences) => Diagnosis::failure(
            SUBJECT,
            format!("{reached} looks at another database: {}", differences.join("; ")),
            "compare the catalog's connection-url with DATABASE_URL; `etl status --trino` shows both",
        ),
    }
}

fn version(settings: &TrinoSettings, clock: &Clock) -> Result<String, TrinoError> {
    let rows = Trino::open(settings, clock)?.rows("SELECT version()")?;
    Ok(match rows.into_iter().next().and_then(|mut row| row.pop()) {
        Some(Cell::Text(version)) => version,
        _ => String::new(),
    })
}

//! The way to the database, the same for every command.

use crate::cli::Global;
use crate::clock::Clock;
use crate::config::{patience, place};
use crate::db::{Connection, Database, Missing, reading};
use crate::error::Error;
use crate::migrate as migrator;
use crate::model::settings::DatabaseUrl;

/// Connects to the database that is meant, and says which it is where nobody named it.
pub(super) fn connect(global: &Global, missing: Missing, clock: &Clock) -> Result<Database, Error> {
    Ok(Database::connect(&database_url(global)?, missing, patience(global), clock)?)
}

pub(super) fn database_url(global: &Global) -> Result<DatabaseUrl, Error> {
    let place = place(global)?;
    if place.is_default {
        log::info!("using the SQLite file {} (DATABASE_URL is not set)", place.url.place());
    }
    Ok(place.url)
}

/// Connects to a database that must be at the schema of this program.
pub(super) fn connect_migrated(
    global: &Global,
    clock: &Clock,
) -> Result<(Database, Connection), Error> {
    let database = connect(global, Missing::Refuse, clock)?;
    let mut connection = database.connection()?;
    reading(&mut connection, |connection| migrator::require_current(connection, migrator::STEPS))?;
    Ok((database, connection))
}

/// Trino does not read SQLite: what goes by Trino needs PostgreSQL.
pub(super) fn refuse_sqlite(database: &Database) -> Result<(), Error> {
    match database.url() {
        DatabaseUrl::Postgres(_) => Ok(()),
        DatabaseUrl::Sqlite(_) => Err(Error::Question {
            message: format!(
                "Trino cannot read SQLite, and {} is such a file",
                database.url().place()
            ),
            hint: "load into PostgreSQL: set DATABASE_URL, then `etl run --migrate`".to_owned(),
        }),
    }
}

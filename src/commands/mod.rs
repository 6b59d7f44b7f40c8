//! One file per command: its arguments in, one call down, the answer to `report`.

mod changes;
mod export;
mod migrate;
mod publish;
mod quarantine;
mod query;
mod report;
mod run;
mod sandbox;
mod snapshot;
mod status;
mod trends;
mod verify;

use crate::cli::{Cli, Command, Global};
use crate::clock::Clock;
use crate::config;
use crate::db::{Connection, Database, Missing, reading};
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate as migrator;
use crate::model::settings::DatabaseUrl;

/// Does what the command line says.
pub(crate) fn dispatch(cli: &Cli) -> Result<Outcome, Error> {
    let clock = Clock::until_signalled()?;
    let global = &cli.global;
    match &cli.command {
        Command::Migrate(args) => migrate::run(global, args, &clock),
        Command::Run(args) => run::run(global, args, &clock),
        Command::Status(args) => status::run(global, args, &clock),
        Command::Trends(args) => trends::run(global, args, &clock),
        Command::Query(args) => query::run(global, args, &clock),
        Command::Report(args) => report::run(global, args, &clock),
        Command::Publish(args) => publish::run(global, args, &clock),
        Command::Verify(args) => verify::run(global, args, &clock),
        Command::Snapshot(args) => snapshot::run(global, args, &clock),
        Command::Changes(args) => changes::run(global, args, &clock),
        Command::Export(args) => export::run(global, args, &clock),
        Command::Quarantine(args) => quarantine::run(global, args, &clock),
        Command::Sandbox(args) => sandbox::run(args, &clock),
    }
}

/// Connects to the database that is meant, and says which it is where nobody named it.
fn connect(global: &Global, missing: Missing, clock: &Clock) -> Result<Database, Error> {
    Ok(Database::connect(&database_url(global)?, missing, config::patience(global), clock)?)
}

fn database_url(global: &Global) -> Result<DatabaseUrl, Error> {
    let place = config::place(global.database_url.as_deref())?;
    if place.is_default {
        log::info!("using the SQLite file {} (DATABASE_URL is not set)", place.url.place());
    }
    Ok(place.url)
}

/// Connects to a database that must be at the schema of this program.
fn connect_migrated(global: &Global, clock: &Clock) -> Result<(Database, Connection), Error> {
    let database = connect(global, Missing::Refuse, clock)?;
    let mut connection = database.connection()?;
    reading(&mut connection, |connection| migrator::require_current(connection, migrator::STEPS))?;
    Ok((database, connection))
}

/// Trino does not read SQLite: what goes by Trino needs PostgreSQL.
fn refuse_sqlite(database: &Database) -> Result<(), Error> {
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

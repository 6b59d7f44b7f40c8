//! `etl run`: load what is new, make new figures if anything changed.

use std::io;

use super::connect::connect;
use crate::cli::{Format, Global, run::RunArgs};
use crate::clock::Clock;
use crate::config::{run_request, source_settings};
use crate::db::{Database, Missing, reading};
use crate::error::Error;
use crate::exit::{self, Outcome};
use crate::migrate::{STEPS, is_new_file, refuse_strangers, standing, up};
use crate::model::run::RunRequest;
use crate::pipeline::{self, RunReport};
use crate::report;
use crate::sandbox::{Options, Sandbox};
use crate::source::Source;

pub(super) fn run(global: &Global, args: &RunArgs, clock: &Clock) -> Result<Outcome, Error> {
    let request = run_request(args)?;
    let sandbox = args.sandbox.then(|| Sandbox::start(Options::default())).transpose()?;
    let address = sandbox.as_ref().map(Sandbox::url);
    let settings = source_settings(&args.api, args.page_size, address)?;
    let source = Source::open(&settings, clock.clone())?;
    let database = connect(global, Missing::Create, clock)?;
    prepare(&database, args)?;
    let _lock = pipeline::lock(&database)?;
    migrate_if_asked(&database, args)?;
    execute(global, &database, &source, &request, clock)
}

/// Runs the pipeline, whose lock the caller holds, and gives the answer.
pub(super) fn execute(
    global: &Global,
    database: &Database,
    source: &Source,
    request: &RunRequest,
    clock: &Clock,
) -> Result<Outcome, Error> {
    let RunReport { summary, error } = pipeline::run(database, source, request, clock)?;
    let error = error.map(Error::Run);
    if let Some(error) = &error {
        exit::tell(error);
    }
    let out = &mut io::stdout();
    match (global.format, &error) {
        (Format::Json, _) => {
            let failure = error.as_ref().map(Error::failure);
            report::json::run(out, &summary, failure.as_ref())?;
        }
        (_, None) => report::run::summary(out, &summary)?,
        (_, Some(_)) => {}
    }
    Ok(error.map_or(Outcome::Done, |error| Outcome::Told(exit::of(&error))))
}

/// Refuses, before the lock is asked for, a database that this run may not migrate.
fn prepare(database: &Database, args: &RunArgs) -> Result<(), Error> {
    let connection = &mut *database.connection()?;
    let standing = reading(connection, |connection| standing(connection, STEPS))?;
    let is_new = is_new_file(connection)?;
    if !is_new && standing.is_current().is_ok() {
        reading(connection, |connection| refuse_strangers(connection, STEPS))?;
    }
    if args.migrate || is_new {
        return Ok(standing.not_newer()?);
    }
    Ok(standing.is_current()?)
}

/// Migrates where that was asked for, and a new file unasked. Whoever lost the race for a new file finds it made.
fn migrate_if_asked(database: &Database, args: &RunArgs) -> Result<(), Error> {
    let connection = &mut *database.connection()?;
    if args.migrate || is_new_file(connection)? {
        let applied = up(connection, STEPS)?;
        log::debug!("applied {} migrations to {}", applied.len(), database.url().place());
    }
    let standing = reading(connection, |connection| standing(connection, STEPS))?;
    Ok(standing.is_current()?)
}

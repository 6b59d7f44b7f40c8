//! `etl run`: load what is new, make new figures if anything changed.

mod schema;

use std::io;

use super::connect;
use crate::cli::run::RunArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::config::{run_request, source_settings};
use crate::console;
use crate::db::{Database, Missing};
use crate::error::Error;
use crate::exit::{self, Outcome};
use crate::model::run::RunRequest;
use crate::pipeline::{self, RunReport};
use crate::report;
use crate::sandbox::{Options, Sandbox};
use crate::source::Source;

pub(super) fn run(global: &Global, args: &RunArgs, clock: &Clock) -> Result<Outcome, Error> {
    let request = run_request(args)?;
    let sandbox = args.sandbox.then(|| Sandbox::start(Options::default())).transpose()?;
    let address = sandbox.as_ref().map(Sandbox::url);
    let source = Source::open(&source_settings(args, address)?, clock.clone())?;
    let database = connect(global, Missing::Create, clock)?;
    schema::prepare(&database, args)?;
    let _lock = pipeline::lock(&database)?;
    schema::migrate_if_asked(&database, args)?;
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
        console::tell(&error.failure());
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

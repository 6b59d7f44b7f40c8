//! `etl run`: load what is new, make new figures if anything changed.

mod schema;
mod told;

use std::io;

use super::connect::connect;
use crate::cli::run::RunArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::config::{run_request, source_settings};
use crate::console;
use crate::db::{Database, Missing};
use crate::error::Error;
use crate::exit::{self, Outcome};
use crate::model::run::{RunRequest, RunSummary};
use crate::pipeline::{self, RunReport};
use crate::report;
use crate::sandbox::{Options, Sandbox};
use crate::source::Source;
pub(super) use told::run;

/// How far a run came.
#[derive(Default)]
pub(super) struct Course {
    database: Option<Database>,
    summary: Option<RunSummary>,
    error: Option<Error>,
}

fn run_its_course(
    global: &Global,
    args: &RunArgs,
    clock: &Clock,
    course: &mut Course,
) -> Result<Outcome, Error> {
    let request = run_request(args)?;
    let sandbox = args.sandbox.then(|| Sandbox::start(Options::default())).transpose()?;
    let address = sandbox.as_ref().map(Sandbox::url);
    let source =
        Source::open(&source_settings(&args.api, args.page_size, address)?, clock.clone())?;
    let database = &*course.database.insert(connect(global, Missing::Create, clock)?);
    schema::prepare(database, args)?;
    let _lock = pipeline::lock(database)?;
    schema::migrate_if_asked(database, args)?;
    let RunReport { summary, error } = pipeline::run(database, &source, &request, clock)?;
    course.error = error.map(Error::Run);
    answer(global, course.summary.insert(summary), course.error.as_ref())
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
    answer(global, &summary, error.map(Error::Run).as_ref())
}

fn answer(global: &Global, summary: &RunSummary, error: Option<&Error>) -> Result<Outcome, Error> {
    let failure = error.map(Error::failure);
    if let Some(failure) = &failure {
        console::tell(failure);
    }
    let out = &mut io::stdout();
    match (global.format, error) {
        (Format::Json, _) => report::json::run(out, summary, failure.as_ref())?,
        (_, None) => report::run::summary(out, summary)?,
        (_, Some(_)) => {}
    }
    Ok(error.map_or(Outcome::Done, |error| Outcome::Told(exit::of(error))))
}

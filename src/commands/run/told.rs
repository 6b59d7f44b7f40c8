//! A run from its beginning to its end as the outside is told of it, however it ends.

use super::{Course, run_its_course};
use crate::cli::Global;
use crate::cli::run::RunArgs;
use crate::clock::Clock;
use crate::config::telemetry_settings;
use crate::db::{Database, DbError, reading};
use crate::defect;
use crate::error::Error;
use crate::exit::{self, Outcome};
use crate::telemetry::{Ended, Standing, Telemetry};

pub(crate) fn run(global: &Global, args: &RunArgs, clock: &Clock) -> Result<Outcome, Error> {
    let mut telemetry = Telemetry::open(telemetry_settings(global, args)?)?;
    telemetry.begin(clock);
    let mut course = Course::default();
    let outcome = defect::caught(|| run_its_course(global, args, clock, &mut course));
    let outcome = outcome.unwrap_or_else(|defect| Err(defect.into()));
    let database = course.database.as_ref().filter(|_| telemetry.wants_standing());
    let exit_code = exit::of_outcome(&outcome);
    let error = outcome.as_ref().err().or(course.error.as_ref()).filter(|_| exit_code != 0);
    let ended = Ended {
        exit_code,
        summary: course.summary,
        failure: error.map(Error::failure),
        standing: database.and_then(standing),
    };
    telemetry.end(&ended, clock);
    outcome
}

/// Nothing where the database cannot say: that was the run's own trouble, and is told as such.
fn standing(database: &Database) -> Option<Standing> {
    let read =
        || -> Result<Standing, DbError> { reading(&mut *database.connection()?, Standing::read) };
    read().inspect_err(|error| log::debug!("the metrics keep what they said: {error}")).ok()
}

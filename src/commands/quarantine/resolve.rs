//! `etl quarantine replay` and `discard`: what closes entries. Both take the lock that a run takes.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::commands::run::execute;
use crate::db::{AnyConnection, Database, transaction};
use crate::error::Error;
use crate::exit::Outcome;
use crate::load::quarantine;
use crate::model::run::{RunMode, RunRequest};
use crate::model::settings::SourceSettings;
use crate::pipeline;
use crate::report::quarantine as report;
use crate::source::Source;

/// A run that asks no API: its source is opened, and never called.
pub(super) fn replay(
    global: &Global,
    database: &Database,
    clock: &Clock,
) -> Result<Outcome, Error> {
    let source = Source::open(&SourceSettings::default(), clock.clone())?;
    let _lock = pipeline::lock(database)?;
    let request = RunRequest {
        mode: RunMode::Replay,
        dry_run: false,
        allow_mass_deletion: false,
        lookback: Duration::ZERO,
        reconcile_after: Duration::ZERO,
        batch_size: 100,
    };
    execute(global, database, &source, &request, clock)
}

/// Closes what a person has looked at; all of it or, where one is not open, none.
pub(super) fn discard(
    global: &Global,
    database: &Database,
    connection: &mut AnyConnection,
    (entries, now): (&[i64], DateTime<Utc>),
) -> Result<Outcome, Error> {
    let _lock = pipeline::lock(database)?;
    let discarded = transaction(connection, |connection| {
        let discarded = quarantine::discard(connection, entries, now)?;
        if discarded == entries.len() {
            return Ok(discarded);
        }
        let missing = "not all of these are open entries; `etl quarantine list` names them";
        Err(Error::NotFound(missing.to_owned()))
    })?;
    match global.format {
        Format::Json => report::discarded_json(&mut io::stdout(), discarded)?,
        _ => report::discarded(&mut io::stdout(), discarded)?,
    }
    Ok(Outcome::Done)
}

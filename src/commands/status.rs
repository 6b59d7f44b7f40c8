//! `etl status`: what the database holds and how fresh it is.

use std::io;

use super::connect_migrated;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::STEPS;
use crate::report::status::{json, read, text};

pub(super) fn run(global: &Global, clock: &Clock) -> Result<Outcome, Error> {
    let (database, mut connection) = connect_migrated(global, clock)?;
    let status = read(&mut connection, database.url().place(), STEPS.len())?;
    match global.format {
        Format::Json => json(&mut io::stdout(), &status)?,
        _ => text(&mut io::stdout(), &status)?,
    }
    Ok(Outcome::Done)
}

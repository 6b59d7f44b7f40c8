//! `etl trends`: the snapshots of the figures.

use std::io;

use super::connect_migrated;
use crate::cli::{Format, Global, TrendsArgs};
use crate::clock::Clock;
use crate::error::Error;
use crate::exit::Outcome;
use crate::report::trends::{json, read, text};

pub(super) fn run(global: &Global, args: &TrendsArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let snapshots = read(&mut connection, args.limit)?;
    match global.format {
        Format::Text => text(&mut io::stdout(), &snapshots)?,
        Format::Json => json(&mut io::stdout(), &snapshots)?,
    }
    Ok(Outcome::Done)
}

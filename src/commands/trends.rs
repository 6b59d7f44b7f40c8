//! `etl trends`: the snapshots of the figures.

use std::io::{self, IsTerminal};

use super::connect::connect_migrated;
use crate::cli::{Format, Global, TrendsArgs};
use crate::clock::Clock;
use crate::db::reading;
use crate::error::Error;
use crate::exit::Outcome;
use crate::report::trends::{json, read, text};

pub(super) fn run(global: &Global, args: &TrendsArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let trends = reading(&mut connection, |connection| read(connection, args.limit))?;
    let out = &mut io::stdout();
    let on_terminal = out.is_terminal();
    match global.format {
        Format::Json => json(out, &trends)?,
        _ => text(out, &trends, on_terminal)?,
    }
    Ok(Outcome::Done)
}

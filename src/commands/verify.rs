//! `etl verify`: are the figures those of the rows, and the rows those of the runs?

use std::io;

use super::connect_migrated;
use crate::cli::verify::VerifyArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::error::Error;
use crate::exit::Outcome;
use crate::report::verify::{json, text};
use crate::verify::{Extent, check};

pub(super) fn run(global: &Global, args: &VerifyArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let extent = if args.all { Extent::All } else { Extent::Latest };
    let verification = check(&mut connection, extent, clock)?;
    match global.format {
        Format::Json => json(&mut io::stdout(), &verification)?,
        _ => text(&mut io::stdout(), &verification)?,
    }
    Ok(if verification.failed() == 0 { Outcome::Done } else { Outcome::Found })
}

//! `etl verify`: are the figures those of the rows, and the rows those of the runs?

use std::io;

use super::connect::{connect_migrated, refuse_sqlite};
use crate::cli::trino::Engine;
use crate::cli::verify::VerifyArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::config;
use crate::db::AnyConnection;
use crate::error::Error;
use crate::exit::Outcome;
use crate::model::verification::CheckResult;
use crate::publish;
use crate::report::verify::{json, lake_json, lake_text, text};
use crate::verify::{Extent, check};

pub(super) fn run(global: &Global, args: &VerifyArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (database, mut connection) = connect_migrated(global, clock)?;
    if args.engine != Engine::Database {
        refuse_sqlite(&database)?;
        return verify_lake(global, args, &mut connection, clock);
    }
    let extent = if args.all { Extent::All } else { Extent::Latest };
    let verification = check(&mut connection, extent, clock)?;
    match global.format {
        Format::Json => json(&mut io::stdout(), &verification)?,
        _ => text(&mut io::stdout(), &verification)?,
    }
    Ok(if verification.failed() == 0 { Outcome::Done } else { Outcome::Found })
}

fn verify_lake(
    global: &Global,
    args: &VerifyArgs,
    connection: &mut AnyConnection,
    clock: &Clock,
) -> Result<Outcome, Error> {
    let settings = config::trino_settings(global, &args.server)?;
    let checks = publish::verify::check(connection, &settings, clock)?;
    match global.format {
        Format::Json => lake_json(&mut io::stdout(), &checks)?,
        _ => lake_text(&mut io::stdout(), &checks)?,
    }
    let passed = checks.iter().all(CheckResult::passed);
    Ok(if passed { Outcome::Done } else { Outcome::Found })
}

//! `etl status`: what the database holds and how fresh it is.

use std::io;

use super::connect::{connect_migrated, refuse_sqlite};
use crate::cli::{Format, Global, StatusArgs};
use crate::clock::Clock;
use crate::config;
use crate::db::reading;
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::STEPS;
use crate::publish;
use crate::report::status::{findings, json, read, text};

pub(super) fn run(global: &Global, args: &StatusArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (database, mut connection) = connect_migrated(global, clock)?;
    let mut status = reading(&mut connection, |connection| {
        read(connection, database.url().place(), STEPS.len())
    })?;
    let mut findings =
        if args.check { findings(&status, clock.now(), args.max_age) } else { Vec::new() };
    if args.trino {
        refuse_sqlite(&database)?;
        let settings = config::trino_settings(global, &args.server)?;
        let seen = publish::sight::status(&mut connection, &settings, clock)?;
        findings.extend(seen.differences.iter().cloned());
        status.trino = Some(seen);
    }
    match global.format {
        Format::Json => json(&mut io::stdout(), &status, &findings)?,
        _ => text(&mut io::stdout(), &status, &findings)?,
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Found })
}

//! `etl publish`: what changed, into the lake.

use std::io;

use super::connect::{connect_migrated, refuse_sqlite};
use crate::cli::publish::PublishArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::config;
use crate::error::Error;
use crate::exit::Outcome;
use crate::model::publication::PublishRequest;
use crate::report::publish::{json, text};
use crate::trino::Trino;
use crate::{pipeline, publish as publisher};

pub(super) fn run(global: &Global, args: &PublishArgs, clock: &Clock) -> Result<Outcome, Error> {
    let mut settings = config::trino_settings(global, &args.server)?;
    settings.source = publisher::source_name(&settings);
    let (database, mut connection) = connect_migrated(global, clock)?;
    refuse_sqlite(&database)?;
    let mut lock = pipeline::lock(&database)?;
    lock.keep_writers_out()?;
    let request = PublishRequest { full: args.full, dry_run: args.dry_run };
    let mut summary = publisher::publish(&mut connection, &settings, request, clock)?;
    if args.optimize {
        publisher::optimize(&Trino::open(&settings, clock)?, &settings, args.keep)?;
        summary.optimized = true;
    }
    match global.format {
        Format::Json => json(&mut io::stdout(), &summary)?,
        _ => text(&mut io::stdout(), &summary)?,
    }
    Ok(Outcome::Done)
}

//! `etl migrate`: bring the database to the schema of this program, or list the migrations.

use std::io;
use std::time::{Duration, Instant};

use super::connect;
use crate::cli::{Format, Global, MigrateAction, MigrateArgs};
use crate::clock::Clock;
use crate::db::{Database, ExclusiveLock, Missing};
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::{STEPS, standing, up};
use crate::pipeline::{RunError, holder};
use crate::report::migrations as report;

/// How long to wait for a run, or for another migrator.
const LOCK_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) fn run(global: &Global, args: &MigrateArgs, clock: &Clock) -> Result<Outcome, Error> {
    match args.action {
        None | Some(MigrateAction::Up) => apply(global, clock),
        Some(MigrateAction::Status) => status(global, clock),
    }
}

fn apply(global: &Global, clock: &Clock) -> Result<Outcome, Error> {
    let database = connect(global, Missing::Create, clock)?;
    let _lock = lock(&database, clock)?;
    let applied = up(&mut *database.connection()?, STEPS)?;
    let out = &mut io::stdout();
    match global.format {
        Format::Json => report::applied_json(out, &applied)?,
        _ => report::applied(out, &applied, &database.url().place())?,
    }
    Ok(Outcome::Done)
}

fn lock(database: &Database, clock: &Clock) -> Result<ExclusiveLock, Error> {
    let give_up = Instant::now() + LOCK_TIMEOUT;
    loop {
        if let Some(lock) = database.try_lock()? {
            return Ok(lock);
        }
        if Instant::now() >= give_up {
            return Err(RunError::Locked { holder: holder(database) }.into());
        }
        log::info!("waiting for the lock of the database: {}", holder(database));
        clock.sleep(Duration::from_millis(500))?;
    }
}

fn status(global: &Global, clock: &Clock) -> Result<Outcome, Error> {
    let database = connect(global, Missing::Refuse, clock)?;
    let standing = standing(&mut *database.connection()?, STEPS)?;
    let out = &mut io::stdout();
    match global.format {
        Format::Json => report::standing_json(out, &standing)?,
        _ => report::standing(out, &standing)?,
    }
    Ok(Outcome::Done)
}

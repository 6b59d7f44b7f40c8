//! `etl migrate`: bring the database to the schema of this program, or list the migrations.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::json;

use super::connect;
use crate::cli::{Format, Global, MigrateAction, MigrateArgs};
use crate::clock::Clock;
use crate::db::{Database, ExclusiveLock, Missing};
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::{STEPS, standing, up};
use crate::pipeline::{RunError, holder};
use crate::report::{SCHEMA_VERSION, line};

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
    if global.format == Format::Json {
        let answer =
            json!({ "schema_version": SCHEMA_VERSION, "status": "success", "applied": applied });
        line(out, &answer)?;
        return Ok(Outcome::Done);
    }
    for name in &applied {
        writeln!(out, "applied {name}")?;
    }
    match applied.len() {
        0 => writeln!(out, "nothing to migrate: all {} migrations are applied", STEPS.len())?,
        count => writeln!(out, "{count} migrations applied to {}", database.url().place())?,
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
    let word = |applied: &bool| if *applied { "applied" } else { "pending" };
    if global.format == Format::Json {
        let steps: Vec<_> = standing.steps.iter()
            .map(|(version, title, applied)| json!({ "version": version, "title": title, "status": word(applied) }))
            .collect();
        let answer = json!({ "schema_version": SCHEMA_VERSION, "migrations": steps, "unknown": standing.unknown });
        line(out, &answer)?;
        return Ok(Outcome::Done);
    }
    for (version, title, applied) in &standing.steps {
        writeln!(out, "{}  {version}  {title}", word(applied))?;
    }
    for version in &standing.unknown {
        writeln!(out, "unknown  {version}  (of a newer etl)")?;
    }
    Ok(Outcome::Done)
}

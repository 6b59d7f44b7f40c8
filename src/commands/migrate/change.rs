//! Changes to a database: planned, agreed to, and done under the lock; or only printed.

use std::io;

use super::agree::agree;
use crate::cli::migrate::{BackArgs, MigrateArgs};
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::commands::connect;
use crate::db::{AnyConnection, Missing};
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::{
    MigrateError, Plan, Reach, STEPS, execute, lock, plan_baseline, plan_redo, plan_repair,
    plan_revert, plan_up,
};
use crate::report::migrations as report;

pub(super) enum Change<'a> {
    Up,
    Revert(&'a BackArgs),
    Redo(&'a BackArgs),
    Baseline(&'a str),
    Repair(&'a [String]),
}

pub(super) fn change(
    global: &Global,
    args: &MigrateArgs,
    what: &Change<'_>,
    clock: &Clock,
) -> Result<Outcome, Error> {
    let out = &mut io::stdout();
    if args.dry_run {
        let database = connect(global, Missing::Pretend, clock)?;
        let plan = plan(&mut *database.connection()?, what)?;
        match global.format {
            Format::Text => report::script(out, &plan.to_sql())?,
            Format::Json => report::script_json(out, &plan.to_sql())?,
        }
        return Ok(Outcome::Done);
    }
    let missing = if matches!(what, Change::Up) { Missing::Create } else { Missing::Refuse };
    let database = connect(global, missing, clock)?;
    let agreed = match what {
        Change::Revert(BackArgs { yes, .. }) | Change::Redo(BackArgs { yes, .. }) => {
            let plan = plan(&mut *database.connection()?, what)?;
            agree(&plan, &database.url().place(), *yes)?;
            Some(plan.steps())
        }
        _ => None,
    };
    let _lock = lock(&database, args.lock_timeout, clock)?;
    let connection = &mut *database.connection()?;
    let plan = plan(connection, what)?;
    if agreed.as_ref().is_some_and(|agreed| *agreed != plan.steps()) {
        let message = "somebody else migrated this database meanwhile; nothing was reverted";
        return Err(MigrateError::refused(message, "look at it with `etl migrate status`").into());
    }
    let done = execute(connection, &plan)?;
    let place = database.url().place();
    match global.format {
        Format::Json => report::done_json(out, &done)?,
        Format::Text if done.is_nothing() => report::nothing(out, &place, agreed.is_some())?,
        Format::Text => report::done(out, &done, &place)?,
    }
    Ok(Outcome::Done)
}

fn plan(connection: &mut AnyConnection, what: &Change<'_>) -> Result<Plan, MigrateError> {
    match what {
        Change::Up => plan_up(connection, STEPS),
        Change::Revert(back) => plan_revert(connection, STEPS, &reach(back)),
        Change::Redo(back) => plan_redo(connection, STEPS, &reach(back)),
        Change::Baseline(version) => plan_baseline(connection, STEPS, version),
        Change::Repair(versions) => plan_repair(connection, STEPS, versions),
    }
}

fn reach(back: &BackArgs) -> Reach {
    let newest = Reach::Newest(usize::try_from(back.steps).unwrap_or(usize::MAX));
    back.to.clone().map_or(newest, Reach::DownTo)
}

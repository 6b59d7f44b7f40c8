//! Changes to a database: planned, agreed to, and done under the lock; or only printed.

use std::io;

use super::agree::agree;
use super::wish::Wish;
use crate::cli::migrate::MigrateArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::commands::connect::connect;
use crate::db::Missing;
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::{MigrateError, execute, lock};
use crate::report::migrations as report;

pub(super) fn change(
    global: &Global,
    args: &MigrateArgs,
    wish: &Wish<'_>,
    clock: &Clock,
) -> Result<Outcome, Error> {
    let out = &mut io::stdout();
    if args.dry_run {
        let database = connect(global, Missing::Pretend, clock)?;
        let plan = wish.plan(&mut *database.connection()?)?;
        match global.format {
            Format::Json => report::script_json(out, &plan.to_sql())?,
            _ => report::script(out, &plan.to_sql())?,
        }
        return Ok(Outcome::Done);
    }
    let missing = if matches!(wish, Wish::Up) { Missing::Create } else { Missing::Refuse };
    let database = connect(global, missing, clock)?;
    let agreed = match wish {
        Wish::Revert(back) | Wish::Redo(back) => {
            let plan = wish.plan(&mut *database.connection()?)?;
            agree(&plan, &database.url().place(), back.yes)?;
            Some(plan.steps())
        }
        _ => None,
    };
    let _lock = lock(&database, args.lock_timeout, clock)?;
    let connection = &mut *database.connection()?;
    let plan = wish.plan(connection)?;
    if agreed.as_ref().is_some_and(|agreed| *agreed != plan.steps()) {
        let message = "somebody else migrated this database meanwhile; nothing was reverted";
        return Err(MigrateError::refused(message, "look at it with `etl migrate status`").into());
    }
    let done = execute(connection, &plan)?;
    let place = database.url().place();
    match global.format {
        Format::Json => report::done_json(out, &done)?,
        _ if done.is_nothing() => report::nothing(out, &place, agreed.is_some())?,
        _ => report::done(out, &done, &place)?,
    }
    Ok(Outcome::Done)
}

//! `etl quarantine`: the documents that broke a rule.

mod resolve;

use std::io;

use super::connect::connect_migrated;
use crate::cli::{Format, Global, QuarantineAction, QuarantineArgs};
use crate::clock::Clock;
use crate::db::{AnyConnection, reading};
use crate::error::Error;
use crate::exit::Outcome;
use crate::load::quarantine;
use crate::report::quarantine as report;

pub(super) fn run(global: &Global, args: &QuarantineArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (database, mut connection) = connect_migrated(global, clock)?;
    match &args.action {
        QuarantineAction::List { all } => list(global, &mut connection, *all),
        QuarantineAction::Show { entry } => show(global, &mut connection, entry),
        QuarantineAction::Discard { entries } => {
            resolve::discard(global, &database, &mut connection, (entries, clock.now()))
        }
        QuarantineAction::Replay => {
            drop(connection);
            resolve::replay(global, &database, clock)
        }
    }
}

fn list(global: &Global, connection: &mut AnyConnection, all: bool) -> Result<Outcome, Error> {
    let entries = reading(connection, |connection| quarantine::list(connection, all))?;
    match global.format {
        Format::Json => report::json(&mut io::stdout(), &entries, false)?,
        _ => report::list(&mut io::stdout(), &entries)?,
    }
    Ok(Outcome::Done)
}

fn show(global: &Global, connection: &mut AnyConnection, entry: &str) -> Result<Outcome, Error> {
    let entries = reading(connection, |connection| quarantine::find(connection, entry))?;
    if entries.is_empty() {
        let missing = format!(
            "nothing in quarantine is called {entry}; `etl quarantine list --all` names the entries"
        );
        return Err(Error::NotFound(missing));
    }
    match global.format {
        Format::Json => report::json(&mut io::stdout(), &entries, true)?,
        _ => report::show(&mut io::stdout(), &entries)?,
    }
    Ok(Outcome::Done)
}

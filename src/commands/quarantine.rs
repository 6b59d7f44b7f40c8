//! `etl quarantine`: the documents that broke a rule.

use std::io;

use super::connect_migrated;
use crate::cli::{Format, Global, QuarantineAction, QuarantineArgs};
use crate::clock::Clock;
use crate::error::Error;
use crate::exit::Outcome;
use crate::load::quarantine;
use crate::report::quarantine as report;

pub(super) fn run(global: &Global, args: &QuarantineArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let out = &mut io::stdout();
    match (&args.action, global.format) {
        (QuarantineAction::List { all }, format) => {
            let entries = quarantine::list(&mut connection, *all)?;
            match format {
                Format::Json => report::json(out, &entries, false)?,
                _ => report::list(out, &entries)?,
            }
        }
        (QuarantineAction::Show { entry }, format) => {
            let entries = quarantine::find(&mut connection, entry)?;
            if entries.is_empty() {
                let missing = format!(
                    "nothing in quarantine is called {entry}; `etl quarantine list --all` names the entries"
                );
                return Err(Error::NotFound(missing));
            }
            match format {
                Format::Json => report::json(out, &entries, true)?,
                _ => report::show(out, &entries)?,
            }
        }
    }
    Ok(Outcome::Done)
}

//! `etl changes`: what the runs changed, field by field.

use std::io;

use super::connect::connect_migrated;
use crate::cli::changes::ChangesArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::db::reading;
use crate::error::Error;
use crate::exit::Outcome;
use crate::report::changes::{Scope, json, knows_launch, knows_run, last_change, read, text};

pub(super) fn run(global: &Global, args: &ChangesArgs, clock: &Clock) -> Result<Outcome, Error> {
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let changes = reading(&mut connection, |connection| {
        if let Some(run) = &args.run
            && !knows_run(connection, run)?
        {
            let missing =
                format!("there is no run {run}; `etl trends` names those that made figures");
            return Err(Error::NotFound(missing));
        }
        if let Some(launch) = &args.launch
            && !knows_launch(connection, launch)?
        {
            let missing = format!("there is no launch {launch}; an id has 24 hex digits");
            return Err(Error::NotFound(missing));
        }
        let is_open = args.since.is_none() && args.launch.is_none();
        let run = match &args.run {
            None if is_open => last_change(connection)?,
            run => run.clone(),
        };
        let launch = args.launch.clone();
        let scope = Scope { run, since: args.since, launch, limit: args.limit };
        Ok(read(connection, &scope)?)
    })?;
    match global.format {
        Format::Json => json(&mut io::stdout(), &changes)?,
        _ => text(&mut io::stdout(), &changes)?,
    }
    Ok(Outcome::Done)
}

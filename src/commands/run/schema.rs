//! The schema that a run needs: checked before the lock is asked for, and made under it where that was asked for.

use crate::cli::run::RunArgs;
use crate::db::{Database, reading};
use crate::error::Error;
use crate::migrate::{STEPS, is_new_file, refuse_strangers, standing, up};

/// Refuses, before the lock is asked for, a database that this run may not migrate.
pub(super) fn prepare(database: &Database, args: &RunArgs) -> Result<(), Error> {
    let connection = &mut *database.connection()?;
    let standing = reading(connection, |connection| standing(connection, STEPS))?;
    let is_new = is_new_file(connection)?;
    if !is_new && standing.is_current().is_ok() {
        reading(connection, |connection| refuse_strangers(connection, STEPS))?;
    }
    if args.migrate || is_new {
        return Ok(standing.not_newer()?);
    }
    Ok(standing.is_current()?)
}

/// Migrates where that was asked for, and a new file unasked. Whoever lost the race for a new file finds it made.
pub(super) fn migrate_if_asked(database: &Database, args: &RunArgs) -> Result<(), Error> {
    let connection = &mut *database.connection()?;
    if args.migrate || is_new_file(connection)? {
        let applied = up(connection, STEPS)?;
        log::debug!("applied {} migrations to {}", applied.len(), database.url().place());
    }
    let standing = reading(connection, |connection| standing(connection, STEPS))?;
    Ok(standing.is_current()?)
}

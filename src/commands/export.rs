//! `etl export`: the rows of a table or view, for whoever has no database.

use std::io::{self, BufWriter, Write};

use super::connect_migrated;
use crate::cli::export::ExportArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::db::reading;
use crate::error::Error;
use crate::exit::Outcome;
use crate::report::atomic_file::AtomicFile;
use crate::report::export::{ExportError, Layout, NAMES, export, nearest};

pub(super) fn run(global: &Global, args: &ExportArgs, clock: &Clock) -> Result<Outcome, Error> {
    let name = args.relation.as_str();
    if !NAMES.contains(&name) {
        let message =
            format!("there is no table or view {name:?}; did you mean {}?", nearest(name));
        return Err(
            ConfigError { message, hint: "`etl export --help` shows how it is used" }.into()
        );
    }
    // A variable that asks every command for JSON means lines of it here.
    let layout = match args.format {
        Format::Text | Format::Csv | Format::Markdown => Layout::Csv,
        Format::Json | Format::Ndjson => Layout::Ndjson,
    };
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let mut write = |out: &mut dyn Write| {
        reading(&mut connection, |connection| export(connection, name, layout, out, clock))
    };
    let Some(place) = &args.out else {
        write(&mut BufWriter::new(io::stdout())).map_err(|error| named(error, Error::Output))?;
        return Ok(Outcome::Done);
    };
    let mut file = AtomicFile::create(place)?;
    let rows = write(&mut file).map_err(|error| named(error, |error| file.failed(error).into()))?;
    file.put_in_place()?;
    log::info!("wrote {rows} rows of {name} to {}", place.display());
    Ok(Outcome::Done)
}

/// An error with the place that could not be written.
fn named(error: ExportError, place: impl FnOnce(io::Error) -> Error) -> Error {
    match error {
        ExportError::Database(error) => error.into(),
        ExportError::Interrupted(interrupted) => interrupted.into(),
        ExportError::Write(error) => place(error),
    }
}

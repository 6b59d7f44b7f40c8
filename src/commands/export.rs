//! `etl export`: the rows of a table or view, for whoever has no database.

use std::io::{self, BufWriter, Write};

use super::connect::connect_migrated;
use crate::cli::export::ExportArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::db::reading;
use crate::error::Error;
use crate::exit::Outcome;
use crate::model::query::RowFormat;
use crate::report::atomic_file::AtomicFile;
use crate::report::export::find;
use crate::report::rows::{QueryError, RowWriter};

pub(super) fn run(global: &Global, args: &ExportArgs, clock: &Clock) -> Result<Outcome, Error> {
    let relation = find(&args.relation)?;
    // A variable that asks every command for JSON means lines of it here.
    let format = match args.format {
        Format::Text | Format::Csv | Format::Markdown => RowFormat::Csv,
        Format::Json | Format::Ndjson => RowFormat::Ndjson,
    };
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let mut write = |out: &mut dyn Write| -> Result<u64, QueryError> {
        let mut writer = RowWriter::new(out, format);
        reading(&mut connection, |connection| relation.export(connection, &mut writer, clock))?;
        Ok(writer.finish()?)
    };
    let Some(place) = &args.out else {
        write(&mut BufWriter::new(io::stdout()))?;
        return Ok(Outcome::Done);
    };
    let mut file = AtomicFile::create(place)?;
    let rows = write(&mut file).map_err(|error| match error {
        QueryError::Output(error) => file.failed(error).into(),
        error => Error::from(error),
    })?;
    file.put_in_place()?;
    log::info!("wrote {rows} rows of {} to {}", args.relation, place.display());
    Ok(Outcome::Done)
}

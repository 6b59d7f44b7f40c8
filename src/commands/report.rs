//! `etl report`: the history as one page.

use std::io::{self, BufWriter};

use super::connect::connect_migrated;
use crate::aggregate::figures;
use crate::cli::Global;
use crate::cli::report::ReportArgs;
use crate::clock::Clock;
use crate::db::reading;
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::STEPS;
use crate::report::atomic_file::AtomicFile;
use crate::report::{marts, page, status};

pub(super) fn run(global: &Global, args: &ReportArgs, clock: &Clock) -> Result<Outcome, Error> {
    // Where it cannot be written, nobody should wait for it.
    let file = args.out.as_deref().map(AtomicFile::create).transpose()?;
    let (database, mut connection) = connect_migrated(global, clock)?;
    let contents = reading(&mut connection, |connection| {
        marts::refuse_unfinished(connection)?;
        let figures = figures(connection)?;
        let status = status::read(connection, database.url().place(), STEPS.len())?;
        Ok::<_, Error>(page::read(connection, clock, figures, status)?)
    })?;
    let Some(mut file) = file else {
        page::write(&mut BufWriter::new(io::stdout()), &contents)?;
        return Ok(Outcome::Done);
    };
    page::write(&mut file, &contents).map_err(|error| file.failed(error))?;
    file.put_in_place()?;
    if let Some(place) = &args.out {
        log::info!("wrote the report to {}", place.display());
    }
    Ok(Outcome::Done)
}

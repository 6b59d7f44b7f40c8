//! `etl snapshot`: the figures as they are, written down or compared with what was written down.

use std::io;
use std::path::Path;

use super::connect::connect_migrated;
use crate::aggregate::figures;
use crate::cli::snapshot::SnapshotArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::db::{Connection, reading};
use crate::error::Error;
use crate::exit::Outcome;
use crate::load::state;
use crate::model::figures::Figures;
use crate::pipeline::RunError;
use crate::report::atomic_file::AtomicFile;
use crate::report::snapshot::{difference_json, difference_text, differences, json, text};

pub(super) fn run(global: &Global, args: &SnapshotArgs, clock: &Clock) -> Result<Outcome, Error> {
    let kept = args.check.as_deref().map(read).transpose()?;
    let (_database, mut connection) = connect_migrated(global, clock)?;
    let figures = living(&mut connection)?;
    let out = &mut io::stdout();
    match (&args.check, kept, &args.out) {
        (Some(place), Some(kept), _) => {
            let found = differences(&kept, &figures);
            match global.format {
                Format::Json => difference_json(out, &found)?,
                _ => difference_text(out, &place.display().to_string(), &found)?,
            }
            return Ok(if found.is_empty() { Outcome::Done } else { Outcome::Found });
        }
        (_, _, Some(place)) => {
            let mut file = AtomicFile::create(place)?;
            text(&mut file, &figures).map_err(|error| file.failed(error))?;
            file.put_in_place()?;
            log::info!("wrote the figures to {}", place.display());
        }
        _ if global.format == Format::Json => json(out, &figures)?,
        _ => text(out, &figures)?,
    }
    Ok(Outcome::Done)
}

/// The figures of the living launches; there are none before the initial load is complete.
fn living(connection: &mut Connection) -> Result<Figures, Error> {
    reading(connection, |connection| {
        let state = state::read(connection)?;
        match state.and_then(|state| state.initial_load_completed_at) {
            Some(_) => Ok(figures(connection)?),
            None => Err(RunError::NothingLoaded.into()),
        }
    })
}

fn read(place: &Path) -> Result<String, Error> {
    std::fs::read_to_string(place).map_err(|error| {
        let message = format!("{}: {error}", place.display());
        ConfigError { message, hint: "write the file first: `etl snapshot --out FILE`" }.into()
    })
}

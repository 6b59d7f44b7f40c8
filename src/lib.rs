//! `etl` carries the SpaceX launch history into a database that analysts can trust, and keeps it true.
//!
//! The data flows one way: `source` (the API) to `validate` (the rules) to `load` (the raw tables) to `aggregate`
//! (the figures) to `report` (people). `pipeline` alone knows that order; nothing downstream reaches back up.

mod aggregate;
mod cli;
mod clock;
mod commands;
mod config;
mod db;
mod defect;
mod doctor;
mod error;
mod exit;
mod load;
mod migrate;
mod model;
mod network;
mod pipeline;
mod publish;
mod report;
pub mod sandbox;
mod schema;
mod secret;
mod source;
mod sql_types;
mod trino;
mod validate;
mod verify;
mod views;

use std::process::ExitCode;

use config::{Unread, Why};

/// Does what the command line says, and returns the exit code.
pub fn run() -> ExitCode {
    defect::keep_panics_quiet();
    let read = match defect::caught(config::read) {
        Ok(read) => read,
        Err(defect) => return exit::failed(&defect.into(), cli::Caller::default()),
    };
    let cli = match read {
        Ok(cli) => cli,
        Err(Unread { why: Why::Typed(error), caller }) => return exit::usage(&error, caller),
        Err(Unread { why: Why::Given(error), caller }) => {
            return exit::failed(&error.into(), caller);
        }
    };
    config::logging::start(&cli);
    config::warn();
    let outcome = defect::caught(|| commands::dispatch(&cli));
    let outcome = outcome.unwrap_or_else(|defect| Err(defect.into()));
    exit::code(&cli, outcome)
}

//! One file per command: its arguments in, one call down, the answer to `report`.

mod changes;
mod completions;
mod config;
mod connect;
mod doctor;
mod export;
mod man;
mod migrate;
mod publish;
mod quarantine;
mod query;
mod report;
mod run;
mod sandbox;
mod snapshot;
mod status;
mod trends;
mod verify;

use crate::cli::{Cli, Command};
use crate::clock::Clock;
use crate::error::Error;
use crate::exit::Outcome;

/// Does what the command line says.
pub(crate) fn dispatch(cli: &Cli) -> Result<Outcome, Error> {
    let clock = Clock::until_signalled()?;
    let global = &cli.global;
    match &cli.command {
        Command::Migrate(args) => migrate::run(global, args, &clock),
        Command::Run(args) => run::run(global, args, &clock),
        Command::Status(args) => status::run(global, args, &clock),
        Command::Trends(args) => trends::run(global, args, &clock),
        Command::Query(args) => query::run(global, args, &clock),
        Command::Report(args) => report::run(global, args, &clock),
        Command::Publish(args) => publish::run(global, args, &clock),
        Command::Verify(args) => verify::run(global, args, &clock),
        Command::Snapshot(args) => snapshot::run(global, args, &clock),
        Command::Changes(args) => changes::run(global, args, &clock),
        Command::Export(args) => export::run(global, args, &clock),
        Command::Quarantine(args) => quarantine::run(global, args, &clock),
        Command::Doctor(args) => doctor::run(global, args, &clock),
        Command::Config(args) => config::run(global, args),
        Command::Sandbox(args) => sandbox::run(args, &clock),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

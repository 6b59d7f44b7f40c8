//! `etl completions`: the command line, for a shell that completes it.

use std::io::{self, Write};

use crate::cli;
use crate::cli::manual::CompletionsArgs;
use crate::error::Error;
use crate::exit::Outcome;

pub(super) fn run(args: &CompletionsArgs) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "etl", &mut script);
    io::stdout().write_all(&script)?;
    Ok(Outcome::Done)
}

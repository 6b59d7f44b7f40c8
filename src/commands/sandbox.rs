//! `etl sandbox`: serve until the process is ended.

use std::io::{self, Write};
use std::time::Duration;

use crate::cli::sandbox::SandboxArgs;
use crate::clock::Clock;
use crate::error::Error;
use crate::exit::Outcome;
use crate::sandbox::{Options, Sandbox};

/// Prints the address as the first line of standard output, and serves.
pub(super) fn run(args: &SandboxArgs, clock: &Clock) -> Result<Outcome, Error> {
    let SandboxArgs { launches, seed, port, cache, data } = args.clone();
    let sandbox =
        Sandbox::start(Options { launches, seed, port, cache, data, ..Options::default() })?;
    let out = &mut io::stdout();
    writeln!(out, "{}", sandbox.url()).and_then(|()| out.flush())?;
    loop {
        clock.sleep(Duration::from_hours(1))?;
    }
}

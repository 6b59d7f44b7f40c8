//! `etl sandbox`: serve until the process is ended.

use std::io::{self, Write};

use crate::cli::sandbox::SandboxArgs;
use crate::sandbox::{Options, Sandbox, StartError};

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SandboxError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("cannot write the sandbox's address to standard output: {0}")]
    Output(#[source] io::Error),
}

/// Starts the sandbox, prints its address as the first line of `output`, and serves.
pub(crate) fn run(args: SandboxArgs, output: &mut dyn Write) -> Result<(), SandboxError> {
    let SandboxArgs { launches, seed, port, cache, data } = args;
    let sandbox =
        Sandbox::start(Options { launches, seed, port, cache, data, ..Options::default() })?;
    writeln!(output, "{}", sandbox.url())
        .and_then(|()| output.flush())
        .map_err(SandboxError::Output)?;
    sandbox.wait();
    Ok(())
}

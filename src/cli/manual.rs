//! `etl completions` and `etl man`: what can be typed.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print what completes the command line in a shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print the manual page of etl, or of one of its commands.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command, as in `run` or `migrate up`
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR", env = "ETL_OUT", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}

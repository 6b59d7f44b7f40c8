//! `etl config`: what can be typed.

use clap::{Args, Subcommand};

/// Look at the settings: each value, and where it comes from.
///
/// What is typed is stronger than a variable of the environment, that than one of `.env` in the working directory, that
/// than etl.toml, and that than the default. In etl.toml a setting has the long name of its flag; a section
/// such as `[run]` is for one command.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
}

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// List every setting with its value and origin; secrets are left out
    Show,
    /// Find what cannot be used: exit code 2, and the first line that is wrong
    Check,
}

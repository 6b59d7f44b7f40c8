//! `etl verify`: what can be typed.

use clap::Args;
use clap::builder::BoolishValueParser;

use super::trino::{Engine, TrinoArgs};

/// Check figures, history and runs against the rows; exit code 1 on any finding.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Recompute every snapshot, not only the last ten
    #[arg(long, env = "ETL_ALL", value_parser = BoolishValueParser::new())]
    pub(crate) all: bool,
    /// What is checked: the database itself, or with `trino` what was published from it
    #[arg(long, env = "ETL_ENGINE", value_enum, default_value_t)]
    pub(crate) engine: Engine,
    #[command(flatten)]
    pub(crate) server: TrinoArgs,
}

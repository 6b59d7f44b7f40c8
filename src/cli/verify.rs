//! `etl verify`: what can be typed.

use clap::Args;
use clap::builder::BoolishValueParser;

/// Recompute from the rows what the tables say of each other, and compare; exit code 1 on any finding.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Recompute every snapshot, not only the last ten
    #[arg(long, env = "ETL_ALL", value_parser = BoolishValueParser::new())]
    pub(crate) all: bool,
}

//! `etl verify`: what can be typed.

use clap::Args;
use clap::builder::BoolishValueParser;

/// Check figures, history and runs against the rows; exit code 1 on any finding.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Recompute every snapshot, not only the last ten
    #[arg(long, env = "ETL_ALL", value_parser = BoolishValueParser::new())]
    pub(crate) all: bool,
}

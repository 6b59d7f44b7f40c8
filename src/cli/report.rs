//! `etl report`: what can be typed.

use std::path::PathBuf;

use clap::Args;

/// Write the history as one page to look at: an HTML file that needs nothing else.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Write to this file instead of standard output, whole or not at all
    #[arg(long, value_name = "FILE", env = "ETL_OUT")]
    pub(crate) out: Option<PathBuf>,
}

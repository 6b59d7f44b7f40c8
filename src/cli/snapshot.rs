//! `etl snapshot`: what can be typed.

use std::path::PathBuf;

use clap::Args;

/// Write the figures as a text to review, or compare with one that was kept.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// Write to this file instead of standard output, whole or not at all
    #[arg(long, value_name = "FILE", env = "ETL_OUT")]
    pub(crate) out: Option<PathBuf>,
    /// Compare with this file; exit code 1 when a figure differs
    #[arg(long, value_name = "FILE", env = "ETL_CHECK", conflicts_with = "out")]
    pub(crate) check: Option<PathBuf>,
}

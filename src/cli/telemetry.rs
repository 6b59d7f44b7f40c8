//! Whom a run tells how it went: what can be typed.

use std::path::PathBuf;

use clap::Args;

/// Where a run leaves word of itself. None of it makes a run fail.
#[derive(Debug, Args)]
#[command(next_help_heading = "For operations")]
pub(crate) struct TelemetryArgs {
    /// Write the run's counts and the database's freshness here for Prometheus, as its node exporter reads them
    #[arg(long, value_name = "FILE", env = "ETL_METRICS_FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Tell a dead-man's switch: URL/start, then URL after a success or URL/fail; a secret, best given by the variable
    #[arg(long, value_name = "URL", env = "ETL_PING_URL")]
    pub(crate) ping_url: Option<String>,
    /// Append `OpenLineage` events to this file, or post them to this URL; `OPENLINEAGE_URL` serves as well
    #[arg(long, value_name = "FILE|URL", env = "ETL_LINEAGE")]
    pub(crate) lineage: Option<String>,
}

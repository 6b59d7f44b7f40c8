//! `etl publish`: what can be typed.

use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::trino::TrinoArgs;

/// Publish what changed since the last time as Iceberg tables, by Trino; needs PostgreSQL.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// Say what would be done, in SQL, and do nothing
    #[arg(long, env = "ETL_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub(crate) dry_run: bool,
    /// Write every table anew beside the old one, and put it in its place
    #[arg(long, env = "ETL_FULL", value_parser = BoolishValueParser::new())]
    pub(crate) full: bool,
    /// Then make few files of many, and forget states that are older than --keep
    #[arg(long, env = "ETL_OPTIMIZE", conflicts_with = "dry_run", value_parser = BoolishValueParser::new())]
    pub(crate) optimize: bool,
    /// How long former states are kept; the server may set a least time of its own
    #[arg(long, value_name = "TIME", env = "ETL_KEEP", default_value = "7d", value_parser = super::duration)]
    pub(crate) keep: Duration,
    #[command(flatten)]
    pub(crate) server: TrinoArgs,
}

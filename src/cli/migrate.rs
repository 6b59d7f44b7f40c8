//! `etl migrate`: what can be typed.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand};

/// Bring the database to the schema of this program, or see how it stands.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Print the SQL that would run, and touch nothing
    #[arg(long, global = true, env = "ETL_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub(crate) dry_run: bool,
    /// How long to wait for a run, or for another migrator
    #[arg(long, global = true, value_name = "TIME", env = "ETL_LOCK_TIMEOUT", default_value = "60s", value_parser = super::duration)]
    pub(crate) lock_timeout: Duration,
    #[command(subcommand)]
    pub(crate) action: Option<MigrateAction>,
}

/// What to do with the migrations.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateAction {
    /// Apply what is pending, all of it or nothing (the default)
    Up,
    /// List the migrations: applied, pending, edited or unknown
    Status {
        /// Exit with 1 when anything is pending
        #[arg(long, env = "ETL_EXIT_CODE", value_parser = BoolishValueParser::new())]
        exit_code: bool,
    },
    /// Find edited migrations, and tables that are not as they make them
    Verify,
    /// Take the newest migrations back, data and all
    Revert(BackArgs),
    /// Take the newest migrations back, data and all, and apply them again
    Redo(BackArgs),
    /// Adopt a database whose tables others made
    Baseline {
        /// The newest migration whose tables are there
        version: String,
    },
    /// Accept edited migrations that still make the same tables
    Repair {
        /// The migrations, by version
        #[arg(required = true, value_name = "VERSION")]
        versions: Vec<String>,
    },
    /// Print what the database is made of, a line for each thing
    Dump,
}

/// How far to go back.
#[derive(Debug, Args)]
pub(crate) struct BackArgs {
    /// How many migrations
    #[arg(long, value_name = "N", env = "ETL_STEPS", default_value_t = 1, conflicts_with = "to",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) steps: u32,
    /// All that are newer than this one; 0 for all there are
    #[arg(long, value_name = "VERSION", env = "ETL_TO")]
    pub(crate) to: Option<String>,
    /// Do not ask
    #[arg(short, long, env = "ETL_YES", value_parser = BoolishValueParser::new())]
    pub(crate) yes: bool,
}

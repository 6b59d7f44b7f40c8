//! `etl run`: what can be typed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::BoolishValueParser;

/// Load what is new at the source, and make new figures if anything changed.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that can be typed")]
pub(crate) struct RunArgs {
    /// Migrate first, under the same lock
    #[arg(long, env = "ETL_MIGRATE", value_parser = BoolishValueParser::new())]
    pub(crate) migrate: bool,
    /// Compare everything with the source: finds every correction, and marks what vanished
    #[arg(long, env = "ETL_RECONCILE", value_parser = BoolishValueParser::new(), conflicts_with_all = ["full", "recompute"])]
    pub(crate) reconcile: bool,
    /// Reconcile, set the watermark anew and recompute every fingerprint
    #[arg(long, env = "ETL_FULL", value_parser = BoolishValueParser::new(), conflicts_with = "recompute")]
    pub(crate) full: bool,
    /// Write a snapshot of the figures from the rows as they are, without asking the source
    #[arg(long, env = "ETL_RECOMPUTE", value_parser = BoolishValueParser::new())]
    pub(crate) recompute: bool,
    /// Load launches from this date on again, leaving the watermark alone (2022-10-05, or with a time and a zone)
    #[arg(long, value_name = "DATE", env = "ETL_SINCE", value_parser = super::instant, conflicts_with_all = ["reconcile", "full", "recompute"])]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Load launches before this date again, leaving the watermark alone
    #[arg(long, value_name = "DATE", env = "ETL_UNTIL", value_parser = super::instant, conflicts_with_all = ["reconcile", "full", "recompute"])]
    pub(crate) until: Option<DateTime<Utc>>,
    /// Do everything but commit
    #[arg(long, env = "ETL_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub(crate) dry_run: bool,
    /// Run against invented launches, served by this very process over HTTP
    #[arg(long, env = "ETL_SANDBOX", value_parser = BoolishValueParser::new())]
    pub(crate) sandbox: bool,
    /// How far behind the watermark to read again
    #[arg(long, value_name = "TIME", env = "ETL_LOOKBACK", default_value = "30d", value_parser = super::duration)]
    pub(crate) lookback: Duration,
    /// Reconcile when the last reconcile is older than this
    #[arg(long, value_name = "TIME", env = "ETL_RECONCILE_AFTER", default_value = "20h", value_parser = super::duration)]
    pub(crate) reconcile_after: Duration,
    /// Believe a sweep that lacks more launches than can have vanished
    #[arg(long, env = "ETL_ALLOW_MASS_DELETION", value_parser = BoolishValueParser::new())]
    pub(crate) allow_mass_deletion: bool,
    #[command(flatten)]
    pub(crate) api: ApiArgs,
    /// Launches asked for in one call
    #[arg(long, value_name = "N", env = "ETL_PAGE_SIZE", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) page_size: u32,
    /// Rows in one INSERT or COPY; loads of more than a page choose their own
    #[arg(long, value_name = "N", env = "BATCH_SIZE", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) batch_size: u32,
}

/// Where the API is, and how long to wait for it.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApiArgs {
    /// Address of the API, the version being part of it
    #[arg(
        long,
        value_name = "URL",
        env = "SPACEX_API_URL",
        hide_env_values = true,
        default_value = "https://api.spacexdata.com/v4"
    )]
    pub(crate) api_url: String,
    /// Seconds for one try of a call, the body included
    #[arg(long, value_name = "SECONDS", env = "SPACEX_API_TIMEOUT", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) api_timeout: u64,
}

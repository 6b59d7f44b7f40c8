//! `etl changes`: what can be typed.

use chrono::{DateTime, Utc};
use clap::Args;

/// Show what changed: launch, field, old value, new value, when, by which run.
///
/// Without a choice: what the last run changed that changed anything.
#[derive(Debug, Args)]
pub(crate) struct ChangesArgs {
    /// What this run changed; `manual` for what was changed by hand
    #[arg(long, value_name = "ID", env = "ETL_RUN", conflicts_with = "since")]
    pub(crate) run: Option<String>,
    /// What changed since then: a date (00:00 UTC) or an instant as in 2022-10-05T16:00:00Z
    #[arg(long, value_name = "INSTANT", env = "ETL_SINCE", value_parser = super::instant)]
    pub(crate) since: Option<DateTime<Utc>>,
    /// What changed of this launch, ever if no run and no instant is named
    #[arg(long, value_name = "ID", env = "ETL_LAUNCH")]
    pub(crate) launch: Option<String>,
    /// How many changes of launches to show, the earliest first
    #[arg(long, value_name = "N", env = "ETL_LIMIT", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

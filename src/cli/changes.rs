//! `etl changes`: what can be typed.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
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
    #[arg(long, value_name = "INSTANT", env = "ETL_SINCE", value_parser = instant)]
    pub(crate) since: Option<DateTime<Utc>>,
    /// What changed of this launch, ever if no run and no instant is named
    #[arg(long, value_name = "ID", env = "ETL_LAUNCH")]
    pub(crate) launch: Option<String>,
    /// How many changes of launches to show, the earliest first
    #[arg(long, value_name = "N", env = "ETL_LIMIT", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

/// A bare date is its first instant in UTC.
fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let date = text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    date.or_else(|_| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()))
        .map_err(|_| "a date is written 2022-10-05, an instant 2022-10-05T16:00:00Z".to_owned())
}

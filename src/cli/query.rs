//! `etl query`: what can be typed.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::Args;
use clap::builder::BoolishValueParser;

/// Ask for an analytic answer by name; without a name, list them all.
///
/// `--format` knows table, csv, json, ndjson and markdown here.
#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// Which answer; `etl query` lists them
    pub(crate) name: Option<String>,
    /// Ask with your own statement instead: one query, in a file, which cannot write
    #[arg(long, value_name = "FILE", env = "ETL_FILE", conflicts_with_all = ["name", "since", "until", "explain", "as_of"])]
    pub(crate) file: Option<PathBuf>,
    /// Launch dates from here on: 2020-06-01 (00:00 UTC) or 2020-06-01T12:00:00Z
    #[arg(long, value_name = "DATE", env = "ETL_SINCE", value_parser = launch_date, requires = "name")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Launch dates before this
    #[arg(long, value_name = "DATE", env = "ETL_UNTIL", value_parser = launch_date, requires = "name")]
    pub(crate) until: Option<DateTime<Utc>>,
    /// Rows at most
    #[arg(long, value_name = "N", env = "ETL_LIMIT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Say what the answer means instead: definitions, units, what is left out
    #[arg(long, env = "ETL_EXPLAIN", value_parser = BoolishValueParser::new(), requires = "name")]
    pub(crate) explain: bool,
    /// What this database said after that run, or after the last run finished by then
    #[arg(
        long,
        value_name = "RUN_ID|INSTANT",
        env = "ETL_AS_OF",
        requires = "name",
        conflicts_with = "explain"
    )]
    pub(crate) as_of: Option<String>,
}

/// A date is its first instant in UTC.
fn launch_date(text: &str) -> Result<DateTime<Utc>, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    let instant = match day {
        Ok(day) => Ok(day.and_time(NaiveTime::MIN).and_utc()),
        Err(_) => DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()),
    };
    let in_range = |at: &DateTime<Utc>| (1..=9999).contains(&chrono::Datelike::year(at));
    instant.ok().filter(in_range).ok_or_else(|| {
        "a date is 2020-06-01 (00:00 UTC), or with a time and a zone 2020-06-01T12:00:00Z"
            .to_owned()
    })
}

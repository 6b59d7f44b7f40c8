//! `etl query`: what can be typed.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};

use super::Format;
use super::trino::{Engine, TrinoArgs};

/// Ask for an analytic answer by name; without a name, list them all.
#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// Which answer; `etl query` lists them
    pub(crate) name: Option<String>,
    /// Ask with your own statement instead: one query, in a file, which cannot write
    #[arg(long, value_name = "FILE", env = "ETL_FILE", conflicts_with_all = ["name", "since", "until", "explain", "as_of"])]
    pub(crate) file: Option<PathBuf>,
    /// Launch dates from here on: 2020-06-01 (00:00 UTC) or 2020-06-01T12:00:00Z
    #[arg(long, value_name = "DATE", env = "ETL_SINCE", value_parser = super::instant, requires = "name")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Launch dates before this
    #[arg(long, value_name = "DATE", env = "ETL_UNTIL", value_parser = super::instant, requires = "name")]
    pub(crate) until: Option<DateTime<Utc>>,
    /// Rows at most
    #[arg(long, value_name = "N", env = "ETL_LIMIT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// How to write the rows
    #[arg(id = "format", long, value_name = "FORMAT", env = "ETL_FORMAT", default_value = "table",
          value_parser = PossibleValuesParser::new(["table", "text", "csv", "json", "ndjson", "markdown"]).map(|name| layout(&name)))]
    pub(crate) format: Format,
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
    /// Who answers: the database itself, or Trino over it
    #[arg(long, env = "ETL_ENGINE", value_enum, default_value_t)]
    pub(crate) engine: Engine,
    #[command(flatten)]
    pub(crate) server: TrinoArgs,
}

fn layout(name: &str) -> Format {
    match name {
        "csv" => Format::Csv,
        "json" => Format::Json,
        "ndjson" => Format::Ndjson,
        "markdown" => Format::Markdown,
        _ => Format::Text,
    }
}

//! `etl export`: what can be typed.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Format;

/// Write a table or view as CSV or NDJSON, in the order of its key.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The table or view, as in `raw_launches` or `launch_changes`
    #[arg(value_name = "TABLE_OR_VIEW")]
    pub(crate) relation: String,
    /// Write to this file instead of standard output, whole or not at all
    #[arg(long, value_name = "FILE", env = "ETL_OUT")]
    pub(crate) out: Option<PathBuf>,
    /// How to write the rows; a variable `ETL_FORMAT=json` means ndjson here
    #[arg(id = "format", long, value_name = "FORMAT", env = "ETL_FORMAT", default_value = "csv",
          value_parser = PossibleValuesParser::new([PossibleValue::new("csv"), PossibleValue::new("ndjson").alias("json")]).map(|name| layout(&name)))]
    pub(crate) format: Format,
}

fn layout(name: &str) -> Format {
    match name {
        "csv" => Format::Csv,
        // Who asks every command for JSON reads it of a failure too.
        "json" => Format::Json,
        _ => Format::Ndjson,
    }
}

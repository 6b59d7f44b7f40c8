//! `etl doctor`: what can be typed.

use clap::Args;
use clap::builder::BoolishValueParser;

use super::run::ApiArgs;
use super::trino::TrinoArgs;

/// Look at everything that a run needs, and say what to do next; exit code 1 on a failure.
///
/// Settings, database, privileges, migrations, lock, files, API, clocks, and Trino where it is configured. Nothing is
/// written.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Leave out the API and Trino
    #[arg(long, env = "ETL_OFFLINE", value_parser = BoolishValueParser::new())]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) api: ApiArgs,
    #[command(flatten)]
    pub(crate) server: TrinoArgs,
}

//! What was typed and what the environment says become values. The only room that reads the environment.

mod database_url;
mod dot_env;
mod env;
mod given;
mod listing;
pub(crate) mod logging;
mod network;
mod own_file;
mod settings_file;
mod slots;
mod system_certificates;

use std::time::Duration;

use crate::cli::query::QueryArgs;
use crate::cli::run::{ApiArgs, RunArgs};
use crate::cli::trino::TrinoArgs;
use crate::cli::{Format, Global};
use crate::model::query::RowFormat;
use crate::model::run::{RunMode, RunRequest};
use crate::model::settings::{Patience, Schema, SourceSettings, TrinoSettings};
use crate::model::source_filter::Window;
use crate::secret::Secret;
pub(crate) use database_url::place;
use env::variable;
pub(crate) use given::{Unread, Why, read};
pub(crate) use listing::{check, listing, warn};

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ConfigError {
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

/// How long to wait for a database that is still starting.
pub(crate) fn patience(global: &Global) -> Patience {
    global.wait.map_or(Patience::None, Patience::Wait)
}

/// The statement in the user's file.
pub(crate) fn statement(args: &QueryArgs) -> Result<String, ConfigError> {
    let file = args.file.clone().unwrap_or_default();
    std::fs::read_to_string(&file).map_err(|error| ConfigError {
        message: format!("{}: {error}", file.display()),
        hint: "give a file with one query in it",
    })
}

/// How rows are to be written.
pub(crate) fn row_format(format: Format) -> RowFormat {
    match format {
        Format::Text => RowFormat::Table,
        Format::Json => RowFormat::Json,
        Format::Csv => RowFormat::Csv,
        Format::Ndjson => RowFormat::Ndjson,
        Format::Markdown => RowFormat::Markdown,
    }
}

/// What the run is asked to do.
pub(crate) fn run_request(args: &RunArgs) -> Result<RunRequest, ConfigError> {
    let mode = match args {
        RunArgs { since: Some(since), until: Some(until), .. } if since >= until => {
            return Err(ConfigError {
                message: format!(
                    "the window is empty: --since {since} is not before --until {until}"
                ),
                hint: "the window begins with --since and ends before --until",
            });
        }
        RunArgs { since, until, .. } if since.is_some() || until.is_some() => {
            RunMode::Backfill(Window { since: *since, until: *until })
        }
        RunArgs { full: true, .. } => RunMode::Full,
        RunArgs { reconcile: true, .. } => RunMode::Reconcile,
        RunArgs { recompute: true, .. } => RunMode::Recompute,
        _ => RunMode::Ordinary,
    };
    Ok(RunRequest {
        mode,
        dry_run: args.dry_run,
        allow_mass_deletion: args.allow_mass_deletion,
        lookback: args.lookback,
        reconcile_after: args.reconcile_after,
        batch_size: usize::try_from(args.batch_size).unwrap_or(usize::MAX),
    })
}

/// How to talk to the API; a sandbox in this process has an address of its own.
pub(crate) fn source_settings(
    args: &ApiArgs,
    page_size: u32,
    sandbox: Option<String>,
) -> Result<SourceSettings, ConfigError> {
    let base_url = sandbox.unwrap_or_else(|| args.api_url.trim_end_matches('/').to_owned());
    Ok(SourceSettings {
        base_url,
        timeout: Duration::from_secs(args.api_timeout),
        page_size,
        network: network::network()?,
    })
}

/// How to talk to Trino. The password is no flag: a command line can be read by everybody on the machine.
pub(crate) fn trino_settings(
    global: &Global,
    args: &TrinoArgs,
) -> Result<TrinoSettings, ConfigError> {
    let schema = |catalog: &str, schema: &str| Schema {
        catalog: catalog.to_owned(),
        schema: schema.to_owned(),
    };
    Ok(TrinoSettings {
        base_url: args.trino_url.trim_end_matches('/').to_owned(),
        user: args.trino_user.clone(),
        password: variable("ETL_TRINO_PASSWORD")?.map(Secret::new),
        source: "etl".to_owned(),
        tables: schema(&args.trino_catalog, &args.trino_schema),
        lake: schema(&args.lake_catalog, &args.lake_schema),
        patience: global.wait.unwrap_or_default(),
        network: network::network()?,
    })
}

//! Every command, flag and help text. Nothing is decided here.

pub(crate) mod changes;
pub(crate) mod config;
pub(crate) mod doctor;
mod examples;
pub(crate) mod export;
pub(crate) mod manual;
pub(crate) mod migrate;
pub(crate) mod publish;
pub(crate) mod query;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod snapshot;
pub(crate) mod trino;
pub(crate) mod verify;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::builder::BoolishValueParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

/// Carries the SpaceX launch history from the public API into a database that analysts can trust, and keeps it true.
///
/// With nothing configured it works on an embedded SQLite file, etl.db in the working directory.
/// PostgreSQL is given by `DATABASE_URL` or by `POSTGRES_HOST`, `POSTGRES_DB` and the others of that family.
#[derive(Debug, Parser)]
#[command(name = "etl", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, also when nothing was new; 1 a finding; 2 usage or configuration; \
3 the work failed; 75 try again later; 130/143 interrupted";

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The database: `postgres://USER@HOST/NAME`, `sqlite:PATH` or the path of a SQLite file
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL")]
    pub(crate) database_url: Option<String>,
    /// A file that holds the address of the database, as secrets are mounted into a container
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ETL_DATABASE_URL_FILE",
        conflicts_with = "database_url"
    )]
    pub(crate) database_url_file: Option<PathBuf>,
    /// Read the settings from this file instead of etl.toml in the working directory
    #[arg(long, global = true, value_name = "FILE", env = "ETL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Go on trying for so long while the database is not up
    #[arg(long, global = true, value_name = "TIME", env = "ETL_WAIT", value_parser = duration,
          num_args = 0..=1, require_equals = true, default_missing_value = "60s")]
    pub(crate) wait: Option<Duration>,
    /// How to answer on standard output
    #[arg(long, global = true, env = "ETL_FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Color on standard error
    #[arg(long, global = true, env = "ETL_COLOR", value_enum, default_value_t)]
    pub(crate) color: Color,
    /// Say more on standard error
    #[arg(short, long, global = true, env = "ETL_VERBOSE", value_parser = BoolishValueParser::new())]
    pub(crate) verbose: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true, env = "ETL_QUIET", conflicts_with = "verbose", value_parser = BoolishValueParser::new())]
    pub(crate) quiet: bool,
    /// What to log: error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL", env = "LOG_LEVEL", default_value = "info")]
    pub(crate) log_level: log::LevelFilter,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One line of JSON, also on failure
    Json,
    /// Rows alone, with a header: only where rows are asked for
    #[value(skip)]
    Csv,
    /// Rows alone, an object a line: only where rows are asked for
    #[value(skip)]
    Ndjson,
    /// Rows alone, as a Markdown table: only where rows are asked for
    #[value(skip)]
    Markdown,
}

/// When to use color.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Migrate(migrate::MigrateArgs),
    Run(run::RunArgs),
    Status(StatusArgs),
    Trends(TrendsArgs),
    Changes(changes::ChangesArgs),
    Verify(verify::VerifyArgs),
    Snapshot(snapshot::SnapshotArgs),
    Export(export::ExportArgs),
    Query(query::QueryArgs),
    Report(report::ReportArgs),
    Publish(publish::PublishArgs),
    Quarantine(QuarantineArgs),
    Doctor(doctor::DoctorArgs),
    Config(config::ConfigArgs),
    Sandbox(sandbox::SandboxArgs),
    Completions(manual::CompletionsArgs),
    Man(manual::ManArgs),
}

/// Show what the database holds, how fresh it is, and how the last run went.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// For a monitor: exit with 1 when the source was not checked lately, the quarantine is not empty or the last run failed
    #[arg(long, env = "ETL_CHECK", value_parser = BoolishValueParser::new())]
    pub(crate) check: bool,
    /// How long ago the source may have been checked last
    #[arg(long, value_name = "TIME", env = "ETL_MAX_AGE", default_value = "26h", value_parser = duration, requires = "check")]
    pub(crate) max_age: Duration,
    /// Say too whether Trino sees what this database has, and what of it is published; exit with 1 where it does not
    #[arg(long, env = "ETL_TRINO", value_parser = BoolishValueParser::new())]
    pub(crate) trino: bool,
    #[command(flatten)]
    pub(crate) server: trino::TrinoArgs,
}

/// Show the snapshots of the figures, newest first.
#[derive(Debug, Args)]
pub(crate) struct TrendsArgs {
    /// How many snapshots to show
    #[arg(long, value_name = "N", env = "ETL_LIMIT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

/// Look at the documents that broke a rule.
#[derive(Debug, Args)]
pub(crate) struct QuarantineArgs {
    #[command(subcommand)]
    pub(crate) action: QuarantineAction,
}

/// What to do with the quarantine.
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineAction {
    /// List the open entries with the rules they broke
    List {
        /// Those that were resolved too
        #[arg(long, env = "ETL_ALL", value_parser = BoolishValueParser::new())]
        all: bool,
    },
    /// Ask the rules again, and load what keeps them by now
    Replay,
    /// Close entries that were looked at and are not worth another look
    Discard {
        /// Numbers of the entries, as `etl quarantine list` has them
        #[arg(required = true, value_name = "NUMBER")]
        entries: Vec<i64>,
    },
    /// Show an entry whole, with its document as it was served
    Show {
        /// Number of the entry, id of the launch, or SHA-256 of the document
        entry: String,
    },
}

/// Whoever waits for the answer, as far as can be seen from the words that were typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Reads JSON.
    pub(crate) wants_json: bool,
    /// Wants a run.
    pub(crate) is_run: bool,
}

/// Every command with its flags. What the environment holds is no part of the help.
pub(crate) fn command() -> clap::Command {
    fn hide_values(command: clap::Command) -> clap::Command {
        command.mut_args(|arg| arg.hide_env_values(true)).mut_subcommands(hide_values)
    }
    hide_values(examples::with_examples(Cli::command()))
}

/// An instant: a date alone is its first moment in UTC.
fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let date = text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    date.or_else(|_| DateTime::parse_from_rfc3339(text).map(|instant| instant.to_utc()))
        .map_err(|_| "a date is written 2022-10-05, an instant 2022-10-05T16:00:00Z".to_owned())
}

/// A time in words: 90s, 20h, 30d.
fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text.trim())
        .map_err(|_| "a time is a number and a unit, as in 90s, 15m, 20h or 30d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The flags of a command and of those below it that no variable sets.
    fn without_variable(command: &clap::Command) -> Vec<String> {
        let own = command.get_arguments().filter(|arg| arg.get_env().is_none());
        let own =
            own.filter_map(|arg| Some(format!("{} --{}", command.get_name(), arg.get_long()?)));
        own.chain(command.get_subcommands().flat_map(without_variable)).collect()
    }

    #[test]
    fn every_flag_has_a_variable() {
        assert_eq!(without_variable(&Cli::command()), [""; 0]);
    }
}

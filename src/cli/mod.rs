//! Every command, flag and help text. Nothing is decided here.

pub(crate) mod query;
pub(crate) mod run;
pub(crate) mod sandbox;

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

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
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Go on trying for so long while the database is not up
    #[arg(long, global = true, value_name = "TIME", env = "ETL_WAIT", value_parser = duration,
          num_args = 0..=1, require_equals = true, default_missing_value = "60s")]
    pub(crate) wait: Option<Duration>,
    /// How to answer on standard output
    #[arg(
        id = "format",
        value_name = "FORMAT",
        long,
        global = true,
        env = "ETL_FORMAT",
        value_enum,
        default_value_t
    )]
    pub(crate) row_format: RowFormat,
    /// The same, for the commands whose answer is more than rows.
    #[arg(skip)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// How rows are written; what every command knows is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// For people
    #[default]
    #[value(alias = "table")]
    Text,
    /// One line of JSON, also on failure
    Json,
    #[value(hide = true)]
    Csv,
    #[value(hide = true)]
    Ndjson,
    #[value(hide = true)]
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
    Migrate(MigrateArgs),
    Run(run::RunArgs),
    Status(StatusArgs),
    Trends(TrendsArgs),
    Query(query::QueryArgs),
    Quarantine(QuarantineArgs),
    Sandbox(sandbox::SandboxArgs),
}

/// Bring the database to the schema of this program.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    pub(crate) action: Option<MigrateAction>,
}

/// What to do with the migrations.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateAction {
    /// Apply what is pending, all of it or nothing (the default)
    Up,
    /// List the migrations: applied or pending
    Status,
}

/// Show what the database holds, how fresh it is, and how the last run went.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {}

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
    /// Show an entry whole, with its document as it was served
    Show {
        /// Number of the entry, id of the launch, or SHA-256 of the document
        entry: String,
    },
}

/// Reads the command line. An empty variable is an unset one.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let matches = without_empty_variables(Cli::command()).try_get_matches()?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.global.format = match (cli.global.row_format, &cli.command) {
        (RowFormat::Json, _) => Format::Json,
        (RowFormat::Text, _) | (_, Command::Query(_)) => Format::Text,
        _ => {
            let why = "this command answers with --format text or json\n";
            return Err(Cli::command().error(ErrorKind::InvalidValue, why));
        }
    };
    Ok(cli)
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let unset = |arg: clap::Arg| {
        let is_empty =
            arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if is_empty {
            arg.env(clap::builder::Resettable::<clap::builder::OsStr>::Reset)
        } else {
            arg
        }
    };
    command.mut_args(unset).mut_subcommands(without_empty_variables)
}

/// A time in words: 90s, 20h, 30d.
fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text.trim())
        .map_err(|_| "a time is a number and a unit, as in 90s, 15m, 20h or 30d".to_owned())
}

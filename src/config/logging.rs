//! The log on standard error: `RUST_LOG` if it is set, else `--log-level` (`LOG_LEVEL`), `-v` and `-q`.

use std::io::Write;

use env_logger::{Builder, WriteStyle};
use log::LevelFilter;

use super::env::variable;
use crate::cli::{Cli, Color};
use crate::model::shown::shown;

/// The longest line of a log, in characters: what a stranger sent does not fill the screen.
const LONGEST: usize = 2_000;

/// Starts the logger; a second start changes nothing.
pub(crate) fn start(cli: &Cli) {
    let level = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => LevelFilter::Error,
        (_, true) => LevelFilter::Debug,
        _ => cli.global.log_level,
    };
    let mut builder = Builder::new();
    if let Ok(Some(filters)) = variable("RUST_LOG") {
        builder.parse_filters(&filters);
    } else {
        // Libraries speak only when they are asked to: of ours, everything at the level.
        builder.filter_level(level.min(LevelFilter::Warn)).filter_module("etl", level);
    }
    builder.write_style(match cli.global.color {
        Color::Always => WriteStyle::Always,
        Color::Never => WriteStyle::Never,
        Color::Auto => WriteStyle::Auto,
    });
    builder.format(|out, record| {
        let style = out.default_level_style(record.level());
        let level = record.level().as_str().to_lowercase();
        let message = shown(&record.args().to_string(), LONGEST);
        writeln!(out, "{style}{level}{style:#}: {message}")
    });
    builder.try_init().unwrap_or_default();
}

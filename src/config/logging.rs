//! Standard error: the log by `RUST_LOG` if it is set, else by `--log-level` (`LOG_LEVEL`), `-v` and `-q`; and how
//! progress is shown.

use std::io::{self, IsTerminal, Write};

use env_logger::{Builder, WriteStyle};
use log::LevelFilter;

use super::env::variable;
use crate::cli::{Cli, Color, Global, LogFormat};
use crate::console::{self, Form, Manner};

/// Starts the logger; a second start changes nothing.
pub(crate) fn start(cli: &Cli) {
    let form = match cli.global.log_format {
        LogFormat::Text => Form::Text,
        LogFormat::Json => Form::Json,
    };
    let level = level(&cli.global);
    console::set(manner(&cli.global, level, form), form);
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
        let line = console::logged(record, &format!("{style}{level}{style:#}"));
        writeln!(out, "{line}")
    });
    let logger = builder.build();
    let most = logger.filter();
    if log::set_boxed_logger(Box::new(console::Aside(logger))).is_ok() {
        log::set_max_level(most);
    }
}

fn level(global: &Global) -> LevelFilter {
    match (global.quiet, global.verbose) {
        (true, _) => LevelFilter::Error,
        (_, true) => LevelFilter::Debug,
        _ => global.log_level,
    }
}

/// A bar where there is a terminal that can write a line over. In a pipe nothing but for whoever asked for more.
fn manner(global: &Global, level: LevelFilter, form: Form) -> Manner {
    if global.no_progress || level < LevelFilter::Info {
        return Manner::Silent;
    }
    let is_terminal = io::stderr().is_terminal();
    let is_dumb = variable("TERM").is_ok_and(|term| term.as_deref() == Some("dumb"));
    match form {
        Form::Text if is_terminal && !is_dumb => Manner::Bar,
        _ if is_terminal || global.verbose => Manner::Lines,
        _ => Manner::Silent,
    }
}

//! `etl config`: the settings and where they come from.

use std::io;

use crate::cli::config::{ConfigAction, ConfigArgs};
use crate::cli::{Format, Global};
use crate::config;
use crate::error::Error;
use crate::exit::Outcome;
use crate::report::configuration as report;

pub(super) fn run(global: &Global, args: &ConfigArgs) -> Result<Outcome, Error> {
    let is_json = global.format == Format::Json;
    let out = &mut io::stdout();
    match args.action {
        ConfigAction::Show if is_json => report::json(out, &config::listing(global)?)?,
        ConfigAction::Show => report::text(out, &config::listing(global)?)?,
        ConfigAction::Check => {
            let warnings = config::check(global)?;
            if is_json {
                report::check_json(out, &warnings)?;
            } else {
                report::check_text(out, &warnings)?;
            }
        }
    }
    Ok(Outcome::Done)
}

//! `etl man`: the help as manual pages.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

use crate::cli;
use crate::cli::manual::ManArgs;
use crate::config::ConfigError;
use crate::error::Error;
use crate::exit::Outcome;

pub(super) fn run(args: &ManArgs) -> Result<Outcome, Error> {
    let mut root = cli::command().disable_help_subcommand(true);
    // Each command is told of the flags that hold everywhere.
    root.build();
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        Man::new(named(&root, &args.command)?.clone()).render(&mut page)?;
        io::stdout().write_all(&page)?;
        return Ok(Outcome::Done);
    };
    clap_mangen::generate_to(root, folder).map_err(|error| ConfigError {
        message: format!("{}: {error}", folder.display()),
        hint: "give a folder that is there and may be written to",
    })?;
    log::info!("wrote the manual pages to {}", folder.display());
    Ok(Outcome::Done)
}

fn named<'a>(root: &'a Command, path: &[String]) -> Result<&'a Command, Error> {
    path.iter().try_fold(root, |command, name| {
        command.find_subcommand(name).ok_or_else(|| Error::Question {
            message: format!("there is no command {:?}", path.join(" ")),
            hint: "`etl --help` lists them".to_owned(),
        })
    })
}

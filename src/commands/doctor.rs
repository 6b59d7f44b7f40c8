//! `etl doctor`: is everything there that a run needs?

use std::io;

use crate::cli::doctor::DoctorArgs;
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::config;
use crate::doctor::{Subjects, TrinoSubject, examine};
use crate::error::Error;
use crate::exit::Outcome;
use crate::model::configuration::Origin;
use crate::model::diagnosis::{Examination, Health};
use crate::report::doctor::{json, text};

pub(super) fn run(global: &Global, args: &DoctorArgs, clock: &Clock) -> Result<Outcome, Error> {
    let mut settings = config::listing(global)?;
    settings.retain(|setting| setting.origin != Origin::Default);
    let speaks_of_trino = |name: &str| name.starts_with("trino") || name.starts_with("ETL_TRINO");
    let has_trino = settings.iter().any(|setting| speaks_of_trino(&setting.name));
    let subjects = Subjects {
        settings: config::check(global).map_err(Error::from),
        database: config::place(global).map(|place| place.url).map_err(Error::from),
        patience: config::patience(global),
        api: (!args.offline)
            .then(|| config::source_settings(&args.api, 1, None).map_err(Error::from)),
        trino: match (has_trino, args.offline) {
            (false, _) => TrinoSubject::NotConfigured,
            (true, true) => TrinoSubject::Offline,
            (true, false) => TrinoSubject::Ask(Box::new(
                config::trino_settings(global, &args.server).map_err(Error::from),
            )),
        },
    };
    let examination = Examination { settings, diagnoses: examine(subjects, clock)? };
    match global.format {
        Format::Json => json(&mut io::stdout(), &examination)?,
        _ => text(&mut io::stdout(), &examination)?,
    }
    let is_well = examination.count(Health::Failure) == 0;
    Ok(if is_well { Outcome::Done } else { Outcome::Found })
}

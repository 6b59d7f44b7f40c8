//! A look at everything that a run needs, each thing though another is unwell. It writes nothing.

mod api;
mod database;
mod trino;

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::error::Error;
use crate::model::diagnosis::Diagnosis;
use crate::model::settings::{DatabaseUrl, Patience, SourceSettings, TrinoSettings};

/// What is looked at; a setting that cannot be used is a finding like any other.
pub(crate) struct Subjects {
    /// What is most likely a mistake in the settings.
    pub(crate) settings: Result<Vec<String>, Error>,
    pub(crate) database: Result<DatabaseUrl, Error>,
    pub(crate) patience: Patience,
    /// Nothing where only what is at hand is looked at.
    pub(crate) api: Option<Result<SourceSettings, Error>>,
    pub(crate) trino: TrinoSubject,
}

/// Whether Trino is looked at.
pub(crate) enum TrinoSubject {
    NotConfigured,
    Offline,
    Ask(Box<Result<TrinoSettings, Error>>),
}

/// Clocks further apart than this are a finding, in seconds.
const APART: i64 = 60;

/// Looks at everything.
pub(crate) fn examine(subjects: Subjects, clock: &Clock) -> Result<Vec<Diagnosis>, Error> {
    let mut found = settings(subjects.settings);
    let mut open = database::examine(subjects.database, subjects.patience, clock, &mut found);
    clock.interrupted()?;
    match subjects.api {
        Some(settings) => found.extend(api::examine(settings, clock)),
        None => found.extend(["api", "api_clock"].map(|api| Diagnosis::skipped(api, "--offline"))),
    }
    clock.interrupted()?;
    found.push(match subjects.trino {
        TrinoSubject::NotConfigured => Diagnosis::skipped("trino", "not configured"),
        TrinoSubject::Offline => Diagnosis::skipped("trino", "--offline"),
        TrinoSubject::Ask(settings) => {
            let connection = open.as_mut().filter(|open| open.is_current);
            trino::examine(*settings, connection.map(|open| &mut *open.connection), clock)
        }
    });
    clock.interrupted()?;
    Ok(found)
}

fn settings(checked: Result<Vec<String>, Error>) -> Vec<Diagnosis> {
    const SUBJECT: &str = "settings";
    match checked {
        Err(error) => vec![failed(SUBJECT, error)],
        Ok(warnings) if warnings.is_empty() => {
            vec![Diagnosis::well(SUBJECT, "every setting can be used")]
        }
        Ok(warnings) => {
            let next = "`etl config show` lists every setting with its origin";
            warnings.into_iter().map(|seen| Diagnosis::warning(SUBJECT, seen, next)).collect()
        }
    }
}

/// An error as a finding.
fn failed(subject: &'static str, error: impl Into<Error>) -> Diagnosis {
    let failure = error.into().failure();
    let next = failure.hint.unwrap_or_else(|| "run it again with -v to see more".to_owned());
    Diagnosis::failure(subject, failure.message, next)
}

/// Whether a clock elsewhere shows what ours does.
fn compare(
    subject: &'static str,
    whose: &str,
    theirs: DateTime<Utc>,
    ours: DateTime<Utc>,
) -> Diagnosis {
    let apart = (theirs - ours).num_seconds();
    let direction = if apart < 0 { "behind" } else { "ahead of" };
    let seen = format!("the clock of {whose} is {} s {direction} ours", apart.abs());
    if apart.abs() > APART {
        let next = "set the clock that is wrong (`timedatectl` shows ours)";
        return Diagnosis::warning(subject, seen, next);
    }
    Diagnosis::well(subject, seen)
}

//! Why a run failed.

use crate::clock::Interrupted;
use crate::db::{AnyConnection, Database, DbError, Fault};
use crate::defect::Defect;
use crate::model::run::RunId;
use crate::model::settings::SourceKind;
use crate::source::SourceError;

/// A run that did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// Another run has the lock.
    #[error("another run has this database: {holder}")]
    Locked { holder: String },
    /// Another run found this one gone, and closed its row or goes on with its load.
    #[error("run {run_id} was given up for dead while it stood still; the latest is {by}")]
    TakenOver { run_id: RunId, by: String },
    /// The program broke one of its own promises.
    #[error(transparent)]
    Defect(#[from] Defect),
    /// The database was loaded from the other kind of source.
    #[error("this database was loaded from {}, and {} answered", place(*loaded), place(*answered))]
    WrongSource { loaded: SourceKind, answered: SourceKind },
    /// Too many documents break the rules for it to be their fault.
    #[error(
        "the source has changed its shape: {rejected} of {fetched} documents break the rules, first {example}"
    )]
    ChangedShape { rejected: u64, fetched: u64, example: String },
    /// A first load that found nothing to load.
    #[error("the source served no launch at all")]
    NothingServed,
    /// A sweep that lacks more launches than can have vanished; everything else is committed.
    #[error(
        "{missing} of our {living} launches are missing at the source, too many to believe: none was marked as vanished, everything else is committed"
    )]
    MassDeletion { missing: u64, living: u64 },
    /// There is nothing to compute figures from.
    #[error("nothing was loaded yet")]
    NothingLoaded,
}

fn place(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Api => "the API",
        SourceKind::Sandbox => "the sandbox",
    }
}

impl RunError {
    /// The stable name of the error for scripts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Source(error) => error.kind(),
            Self::Database(error) => error.kind(),
            Self::Interrupted(_) => "interrupted",
            Self::Locked { .. } => "run_locked",
            Self::TakenOver { .. } => "run_taken_over",
            Self::Defect(_) => "defect",
            Self::WrongSource { .. } => "wrong_source",
            Self::ChangedShape { .. } => "source_changed_shape",
            Self::NothingServed => "nothing_served",
            Self::MassDeletion { .. } => "mass_deletion",
            Self::NothingLoaded => "nothing_loaded",
        }
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Source(error) => error.hint(),
            Self::Database(error) => {
                return error.hint.clone().or_else(|| Some(error.fault.hint().to_owned()));
            }
            Self::Interrupted(_) => "run `etl run` again: nothing was half written",
            Self::Locked { .. } => "try again when it has ended; `etl status` shows it",
            Self::TakenOver { .. } => "nothing more of it was written; run `etl run` again",
            Self::Defect(_) => Defect::HINT,
            Self::WrongSource { loaded: SourceKind::Sandbox, .. } => {
                "go on with `etl run --sandbox`, or load the API into another database: `etl run --migrate --database-url spacex.db`"
            }
            Self::WrongSource { .. } => {
                "go on with `etl run` and the API's address, or give the sandbox a database of its own: `etl run --sandbox --database-url sandbox.db`"
            }
            Self::ChangedShape { .. } => "look at them with `etl quarantine list`",
            Self::NothingServed => "check the address in SPACEX_API_URL (`--api-url`)",
            Self::MassDeletion { .. } => {
                "if they are really gone: `etl run --reconcile --allow-mass-deletion`"
            }
            Self::NothingLoaded => "load first: `etl run`",
        };
        Some(hint.to_owned())
    }

    /// Says who holds what the run waited for in vain, as far as the system tells.
    pub(super) fn naming_who(
        self,
        database: &Database,
        connection: Option<&mut AnyConnection>,
    ) -> Self {
        match self {
            Self::Database(mut error) if error.fault == Fault::Locked => {
                let who = connection.and_then(|connection| database.blocker(connection));
                let who = who.unwrap_or_else(|| "by another program".to_owned());
                error.message = format!("{}; held {who}", error.message);
                error.hint.get_or_insert_with(|| "try again when it has ended".to_owned());
                error.into()
            }
            error => error,
        }
    }

    /// The signal that ended the run, if one did.
    pub(crate) fn interrupted(&self) -> Option<Interrupted> {
        match self {
            Self::Interrupted(interrupted)
            | Self::Source(SourceError::Interrupted(interrupted)) => Some(*interrupted),
            _ => None,
        }
    }
}

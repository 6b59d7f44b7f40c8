//! Why a command failed: what failed, on what, and what to do next.

use std::io;

use crate::clock::Interrupted;
use crate::config::ConfigError;
use crate::db::DbError;
use crate::migrate::MigrateError;
use crate::pipeline::RunError;
use crate::sandbox::StartError;
use crate::source::SourceError;

/// Any failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line cannot be understood.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Migrate(MigrateError),
    #[error(transparent)]
    Sandbox(#[from] StartError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A thing that was asked for by name is not there.
    #[error("{0}")]
    NotFound(String),
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Run(error.into())
    }
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Database(error) => error.into(),
            MigrateError::Interrupted(interrupted) => interrupted.into(),
            error => Self::Migrate(error),
        }
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::Run(error.into())
    }
}

impl Error {
    /// The stable name of the error for scripts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Config(_) => "configuration",
            Self::Run(error) => error.kind(),
            Self::Migrate(error) => error.kind(),
            Self::Sandbox(_) => "sandbox",
            Self::Interrupted(_) => "interrupted",
            Self::NotFound(_) => "not_found",
            Self::Output(_) => "output",
        }
    }

    /// What to do next, if it can be said.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Usage(_) => Some("see `etl --help`, or --help behind the command".to_owned()),
            Self::Config(error) => Some(error.hint.to_owned()),
            Self::Run(error) => error.hint(),
            Self::Migrate(error) => error.hint(),
            Self::Sandbox(_) | Self::Interrupted(_) | Self::NotFound(_) | Self::Output(_) => None,
        }
    }

    /// The signal that ended the work, if one did.
    pub(crate) fn interrupted(&self) -> Option<Interrupted> {
        match self {
            Self::Interrupted(interrupted) => Some(*interrupted),
            Self::Run(error) => error.interrupted(),
            _ => None,
        }
    }
}

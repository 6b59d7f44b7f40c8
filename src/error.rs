//! Why a command failed: what failed, on what, and what to do next.

use std::io;

use crate::clock::Interrupted;
use crate::config::ConfigError;
use crate::db::DbError;
use crate::defect::Defect;
use crate::migrate::MigrateError;
use crate::model::failure::Failure;
use crate::pipeline::RunError;
use crate::publish::PublishError;
use crate::report::atomic_file::FileError;
use crate::report::rows::QueryError;
use crate::sandbox::StartError;
use crate::source::SourceError;
use crate::telemetry::Unusable;
use crate::trino::TrinoError;
use crate::verify::VerifyError;

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
    Trino(#[from] TrinoError),
    #[error(transparent)]
    Sandbox(#[from] StartError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    #[error(transparent)]
    Defect(#[from] Defect),
    /// A question that cannot be answered as it was asked.
    #[error("{message}")]
    Question { message: String, hint: String },
    /// A thing that was asked for by name is not there.
    #[error("{0}")]
    NotFound(String),
    #[error(transparent)]
    File(#[from] FileError),
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

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Database(error) => error.into(),
            VerifyError::Interrupted(interrupted) => interrupted.into(),
        }
    }
}

impl From<PublishError> for Error {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Database(error) => error.into(),
            PublishError::Trino(error) => error.into(),
            PublishError::Interrupted(interrupted) => interrupted.into(),
            PublishError::Refused { message, hint } => Self::Question { message, hint },
        }
    }
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Database(error) => error.into(),
            QueryError::Interrupted(interrupted) => interrupted.into(),
            QueryError::Output(error) => error.into(),
            QueryError::Usage { message, hint } => Self::Question { message, hint },
        }
    }
}

impl From<Unusable> for Error {
    fn from(Unusable { message, hint }: Unusable) -> Self {
        Self::Question { message, hint: hint.to_owned() }
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::Run(error.into())
    }
}

impl Error {
    /// The error as it is told.
    pub(crate) fn failure(&self) -> Failure {
        Failure { kind: self.kind(), message: self.to_string(), hint: self.hint() }
    }

    /// The stable name of the error for scripts.
    fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) | Self::Question { .. } => "usage",
            Self::Config(_) => "configuration",
            Self::Run(error) => error.kind(),
            Self::Migrate(error) => error.kind(),
            Self::Trino(error) => error.kind(),
            Self::Sandbox(_) => "sandbox",
            Self::Interrupted(_) => "interrupted",
            Self::Defect(_) => "defect",
            Self::NotFound(_) => "not_found",
            Self::File(_) => "file",
            Self::Output(_) => "output",
        }
    }

    /// What to do next, if it can be said.
    fn hint(&self) -> Option<String> {
        match self {
            Self::Usage(_) => Some("see `etl --help`, or --help behind the command".to_owned()),
            Self::Config(error) => Some(error.hint.to_owned()),
            Self::Run(error) => error.hint(),
            Self::Migrate(error) => error.hint(),
            Self::Trino(error) => error.hint.clone(),
            Self::Question { hint, .. } => Some(hint.clone()),
            Self::Defect(_) => Some(Defect::HINT.to_owned()),
            Self::File(FileError::NotAFile { .. }) => {
                Some("name a file, or none for standard output".to_owned())
            }
            Self::File(FileError::Failed { .. }) => Some(
                "look after the folder and its disk; what was there before is untouched".to_owned(),
            ),
            Self::Sandbox(_) | Self::Interrupted(_) | Self::NotFound(_) | Self::Output(_) => None,
        }
    }

    /// The signal that ended the work, if one did.
    pub(crate) fn interrupted(&self) -> Option<Interrupted> {
        match self {
            Self::Interrupted(interrupted) => Some(*interrupted),
            Self::Run(error) => error.interrupted(),
            Self::Trino(error) => error.interrupted(),
            _ => None,
        }
    }
}

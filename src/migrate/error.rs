//! Why a migration was not done.

use crate::clock::Interrupted;
use crate::db::DbError;

/// A migrator that did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// Applied migrations are not what this program has under their versions.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Edited(Vec<Edit>),
    /// The tables are not what was said of them.
    #[error("{what}: {findings}")]
    Differs { what: String, findings: String },
    /// What was asked for does not fit this database or this program.
    #[error("{message}")]
    Refused { message: String, hint: String },
}

/// A migration whose text is no longer the one that was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "migration {name} was edited after it was applied: checksum {applied} when it was applied, {known} now"
)]
pub(crate) struct Edit {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) applied: String,
    pub(crate) known: String,
}

impl MigrateError {
    pub(crate) fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), hint: hint.into() }
    }

    /// Says whether it is a mistake of who asked, rather than something found.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// The stable name of the error for scripts.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Database(error) => error.kind(),
            Self::Interrupted(_) => "interrupted",
            Self::Edited(_) => "migration_edited",
            Self::Differs { .. } => "schema_differs",
            Self::Refused { .. } => "migration_refused",
        }
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.hint.clone(),
            Self::Interrupted(_) => None,
            Self::Edited(edits) => {
                let versions: Vec<&str> = edits.iter().map(|edit| edit.version.as_str()).collect();
                Some(format!(
                    "bring the text back and put the change into a new migration; if it changed nothing that counts: `etl migrate repair {}`",
                    versions.join(" ")
                ))
            }
            Self::Differs { .. } => Some("`etl migrate verify` names every difference".to_owned()),
            Self::Refused { hint, .. } => Some(hint.clone()),
        }
    }
}

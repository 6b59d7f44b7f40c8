//! What a look at everything that a run needs has found.

use crate::model::configuration::Setting;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Well,
    /// It works, and yet somebody should look at it.
    Warning,
    /// It does not work.
    Failure,
    /// It could not be looked at, or was not to be.
    Skipped,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    /// The stable name for scripts.
    pub(crate) subject: &'static str,
    pub(crate) health: Health,
    /// What was seen.
    pub(crate) seen: String,
    /// What to do next.
    pub(crate) next: Option<String>,
}

impl Diagnosis {
    pub(crate) fn well(subject: &'static str, seen: impl Into<String>) -> Self {
        Self { subject, health: Health::Well, seen: seen.into(), next: None }
    }

    pub(crate) fn skipped(subject: &'static str, why: impl Into<String>) -> Self {
        Self { subject, health: Health::Skipped, seen: why.into(), next: None }
    }

    pub(crate) fn warning(
        subject: &'static str,
        seen: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        let (seen, next) = (seen.into(), Some(next.into()));
        Self { subject, health: Health::Warning, seen, next }
    }

    pub(crate) fn failure(
        subject: &'static str,
        seen: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { health: Health::Failure, ..Self::warning(subject, seen, next) }
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Examination {
    /// The settings that somebody made.
    pub(crate) settings: Vec<Setting>,
    pub(crate) diagnoses: Vec<Diagnosis>,
}

impl Examination {
    pub(crate) fn count(&self, health: Health) -> usize {
        self.diagnoses.iter().filter(|diagnosis| diagnosis.health == health).count()
    }
}

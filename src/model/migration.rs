//! What is said of migrations: how they stand, what was done to them, and what was found.

use std::fmt;

/// One of this program's migrations on a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Applied,
    /// Applied, and edited since.
    Edited,
    Pending,
}

/// The migrations of this program, and those of a database that it does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Version, title and state, one for each migration, in order.
    pub(crate) steps: Vec<(String, String, State)>,
    /// Versions in the ledger that this program does not know.
    pub(crate) unknown: Vec<String>,
}

/// What was done, by the names of the steps and in order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) reverted: Vec<&'static str>,
    pub(crate) applied: Vec<&'static str>,
    /// Noted as applied, without being run.
    pub(crate) adopted: Vec<&'static str>,
    /// Taken as they are now.
    pub(crate) accepted: Vec<&'static str>,
}

impl Done {
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.reverted.extend(other.reverted);
        self.applied.extend(other.applied);
        self.adopted.extend(other.adopted);
        self.accepted.extend(other.accepted);
    }
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: FindingKind,
    /// The migration, or the thing in the catalog.
    pub(crate) subject: String,
    pub(crate) detail: String,
}

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FindingKind {
    /// A migration whose text is no longer the applied one.
    Edited,
    /// A migration that is known here or there, and not on the other side.
    Missing,
    /// A pending migration that is older than an applied one.
    OutOfOrder,
    /// A thing that the migrations make, and that is not there.
    Lost,
    /// A thing that is there, and that no migration makes.
    Unexpected,
    /// A thing that is not as the migrations make it.
    Changed,
}

impl FindingKind {
    /// The word for it, for people and scripts.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::OutOfOrder => "out of order",
            Self::Lost => "lost",
            Self::Unexpected => "unexpected",
            Self::Changed => "changed",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.kind.word(), self.subject, self.detail)
    }
}

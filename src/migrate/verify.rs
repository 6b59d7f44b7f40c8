//! Holds the ledger to the steps, and the tables to what the steps make.

use std::fmt;

use super::catalog::{compare, describe, describe_scratch};
use super::error::MigrateError;
use super::standing::standing;
use super::steps::Step;
use crate::db::AnyConnection;

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

/// Everything that is not as it should be.
pub(crate) fn verify(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<Vec<Finding>, MigrateError> {
    let standing = standing(connection, steps)?;
    let newest = steps.last().map(Step::version).unwrap_or_default();
    if standing.unknown.iter().any(|version| *version > newest) {
        standing.not_newer()?;
    }
    let mut findings = Vec::new();
    let mut find = |kind, subject: &str, detail: String| {
        findings.push(Finding { kind, subject: subject.to_owned(), detail });
    };
    for edit in standing.edits() {
        let detail = format!("checksum {} when it was applied, {} now", edit.applied, edit.known);
        find(FindingKind::Edited, edit.name, detail);
    }
    for version in &standing.unknown {
        find(FindingKind::Missing, version, "it is applied, and this etl lacks it".to_owned());
    }
    for version in standing.ledger.checksums.keys() {
        if !standing.ledger.applied.contains(version) {
            let detail = "its checksum is remembered, and the ledger lacks it";
            find(FindingKind::Missing, version, detail.to_owned());
        }
    }
    for step in standing.out_of_order() {
        let detail = "it is pending, and a newer one is applied";
        find(FindingKind::OutOfOrder, step.name, detail.to_owned());
    }
    let made = describe_scratch(connection, &standing.applied())?;
    findings.extend(compare(&describe(connection)?, &made));
    Ok(findings)
}

//! Holds the ledger to the steps, and the tables to what the steps make.

use super::catalog::{compare, describe, describe_scratch};
use super::error::MigrateError;
use super::standing::standing;
use super::steps::Step;
use crate::db::AnyConnection;
use crate::model::migration::{Finding, FindingKind};

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

//! Holds the ledger to the steps, and the tables to what the steps make.

use super::catalog::{compare, describe, describe_scratch, is_as_made};
use super::error::MigrateError;
use super::standing::standing;
use super::steps::Step;
use crate::db::{AnyConnection, DbError, Fault};
use crate::model::catalog::{Kind, Thing};
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

/// Refuses a file in which something acts on what a run writes that no migration makes: a trigger, or a view or a
/// table in the place of one of ours. A file may come from anywhere; what is on a server its owner has put there.
pub(crate) fn refuse_strangers(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<(), MigrateError> {
    let AnyConnection::Sqlite(file) = connection else { return Ok(()) };
    if is_as_made(file)? {
        return Ok(());
    }
    let applied = standing(connection, steps)?.applied();
    let acts = |kind: Kind| kind == Kind::Trigger || kind == Kind::View || kind == Kind::Table;
    let acting = |things: Vec<Thing>| things.into_iter().filter(|thing| acts(thing.kind)).collect();
    let (found, made): (Vec<_>, Vec<_>) =
        (acting(describe(connection)?), acting(describe_scratch(connection, &applied)?));
    let trigger = format!("{} ", Kind::Trigger.word());
    let stranger = compare(&found, &made).into_iter().find(|finding| match finding.kind {
        FindingKind::Changed => true,
        FindingKind::Unexpected => finding.subject.starts_with(&trigger),
        _ => false,
    });
    let Some(Finding { subject, detail, .. }) = stranger else { return Ok(()) };
    let message = format!("this file is not as the migrations make it: {subject}: {detail}");
    Err(DbError::new(Fault::Unusable, message)
        .with_hint("`etl migrate verify` names all that differs; take it away, or use another file")
        .into())
}

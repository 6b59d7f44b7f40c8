//! A database that others made, and a text that somebody edited: taken over where the tables say that they may be.

use super::catalog::{compare, describe, describe_scratch};
use super::error::MigrateError;
use super::ledger::{forget_checksum, remember_checksum};
use super::plan::{Act, Plan};
use super::standing::{Standing, standing};
use super::steps::{Step, version_of};
use crate::db::AnyConnection;
use crate::model::migration::{Finding, FindingKind, State};

/// Notes everything up to the version as applied, if the tables are what those steps make.
pub(crate) fn plan_baseline(
    connection: &mut AnyConnection,
    steps: &'static [Step],
    version: &str,
) -> Result<Plan, MigrateError> {
    let standing = standing(connection, steps)?;
    standing.not_newer()?;
    let last = standing.step(&version_of(version))?;
    if let Some(applied) = standing.applied().last() {
        return Err(MigrateError::refused(
            format!("migrations are applied here already, the newest is {}", applied.name),
            "`etl migrate up` goes on from there",
        ));
    }
    let noted: Vec<&'static Step> =
        steps.iter().take_while(|step| step.version() <= last.version()).collect();
    let made = describe_scratch(connection, &noted)?;
    let findings = compare(&describe(connection)?, &made);
    let (stray, differing): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| finding.kind == FindingKind::Unexpected);
    for finding in stray {
        log::warn!("{finding}; it is left as it is");
    }
    refuse(
        &differing,
        format!("the tables are not those that the migrations up to {} make", last.name),
    )?;
    Ok(Plan::note(&standing, &noted))
}

/// Takes the texts as they are now for those that were applied, if they make the same tables.
pub(crate) fn plan_repair(
    connection: &mut AnyConnection,
    steps: &'static [Step],
    versions: &[String],
) -> Result<Plan, MigrateError> {
    let standing = standing(connection, steps)?;
    standing.not_newer()?;
    let mut plan = Plan::beginning(&standing);
    for version in versions {
        let version = version_of(version);
        plan.acts.push(Act::Accept(standing.step(&version)?, repair(&standing, &version)?));
    }
    let made = describe_scratch(connection, &standing.applied())?;
    let differing = compare(&describe(connection)?, &made);
    refuse(&differing, "the edit is no cosmetic one, or there is drift beside it".to_owned())?;
    Ok(plan)
}

fn repair(standing: &Standing, version: &str) -> Result<String, MigrateError> {
    let nothing = |step: &Step| {
        MigrateError::refused(
            format!("there is nothing to repair about {}", step.name),
            "`etl migrate verify` names what is edited",
        )
    };
    let step = standing.step(version)?;
    let state = standing.steps.iter().find(|(known, _)| known.name == step.name);
    match state.map(|(_, state)| *state) {
        Some(State::Edited) => Ok(remember_checksum(version, &step.checksum(standing.backend))),
        Some(State::Pending) if standing.ledger.checksums.contains_key(version) => {
            Ok(forget_checksum(version))
        }
        _ => Err(nothing(step)),
    }
}

/// Differences that an error names: it is one line, and `verify` has them all.
const NAMED: usize = 5;

fn refuse(findings: &[Finding], what: String) -> Result<(), MigrateError> {
    if findings.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = findings.iter().take(NAMED).map(ToString::to_string).collect();
    let more = match findings.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Err(MigrateError::Differs { what, findings: named.join("; ") + &more })
}

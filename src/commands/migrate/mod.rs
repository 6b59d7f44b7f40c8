//! `etl migrate`: bring the database to the schema of this program, take it back, or see how it stands.

mod agree;
mod change;
mod wish;

use std::io;

use super::connect::connect;
use crate::cli::migrate::{MigrateAction, MigrateArgs};
use crate::cli::{Format, Global};
use crate::clock::Clock;
use crate::db::{Connection, Missing};
use crate::error::Error;
use crate::exit::Outcome;
use crate::migrate::{STEPS, describe, standing, verify};
use crate::model::migration::FindingKind;
use crate::report::migrations as report;
use change::change;
use wish::Wish;

pub(super) fn run(global: &Global, args: &MigrateArgs, clock: &Clock) -> Result<Outcome, Error> {
    let change = |wish: Wish<'_>| change(global, args, &wish, clock);
    match &args.action {
        None | Some(MigrateAction::Up) => change(Wish::Up),
        Some(MigrateAction::Revert(back)) => change(Wish::Revert(back)),
        Some(MigrateAction::Redo(back)) => change(Wish::Redo(back)),
        Some(MigrateAction::Baseline { version }) => change(Wish::Baseline(version)),
        Some(MigrateAction::Repair { versions }) => change(Wish::Repair(versions)),
        Some(MigrateAction::Status { exit_code }) => status(global, *exit_code, clock),
        Some(MigrateAction::Verify) => findings(global, clock),
        Some(MigrateAction::Dump) => dump(global, clock),
    }
}

fn look(global: &Global, clock: &Clock) -> Result<Connection, Error> {
    Ok(connect(global, Missing::Refuse, clock)?.connection()?)
}

fn status(global: &Global, exit_code: bool, clock: &Clock) -> Result<Outcome, Error> {
    let standing = standing(&mut *look(global, clock)?, STEPS)?;
    let out = &mut io::stdout();
    match global.format {
        Format::Json => report::standing_json(out, &standing.listing())?,
        _ => report::standing(out, &standing.listing())?,
    }
    let has_finding = exit_code && !standing.pending().is_empty();
    Ok(if has_finding { Outcome::Found } else { Outcome::Done })
}

fn findings(global: &Global, clock: &Clock) -> Result<Outcome, Error> {
    let findings = verify(&mut *look(global, clock)?, STEPS)?;
    let out = &mut io::stdout();
    match global.format {
        Format::Json => report::findings_json(out, &findings)?,
        _ => report::findings(out, &findings)?,
    }
    if findings.iter().any(|finding| finding.kind == FindingKind::Edited) {
        log::info!(
            "an edit that changed nothing that counts is accepted by `etl migrate repair VERSION`"
        );
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Found })
}

fn dump(global: &Global, clock: &Clock) -> Result<Outcome, Error> {
    let connection = &mut *look(global, clock)?;
    standing(connection, STEPS)?.not_newer()?;
    let things = describe(connection)?;
    let out = &mut io::stdout();
    match global.format {
        Format::Json => report::things_json(out, &things)?,
        _ => report::things(out, &things)?,
    }
    Ok(Outcome::Done)
}

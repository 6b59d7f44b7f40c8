//! The checks behind `etl verify`: what the tables say of each other, computed a second way, row by row.
//!
//! Each check has a name, a result and, where it fails, the rows. It knows nothing of how the figures were made.

mod figures;
mod history;
mod quarantine;
mod references;
mod runs;
mod snapshots;
mod state;
mod versions;

use crate::clock::{Clock, Interrupted};
use crate::db::{AnyConnection, DbError, Fault, damage, missing_guards, reading};
use crate::model::verification::{CheckResult, Findings, Verification};
use history::History;
use runs::Runs;
use snapshots::Snapshots;
use state::State;

/// Rows in one page: memory does not grow with the tables.
const PAGE: i64 = 1_000;

/// Snapshots that are recomputed when not all are asked for.
const LATEST_SNAPSHOTS: usize = 10;

/// How many of the snapshots are recomputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Latest,
    All,
}

/// Why a verification could not be brought to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// Every check, on one instant of the database.
pub(crate) fn check(
    connection: &mut AnyConnection,
    extent: Extent,
    clock: &Clock,
) -> Result<Verification, VerifyError> {
    reading(connection, |connection| {
        let storage = storage(connection)?;
        let damaged = storage.count > 0;
        match check_rows(connection, extent, clock) {
            Ok(mut verification) => {
                verification
                    .checks
                    .push(storage.named("storage", "the database finds no damage in itself"));
                Ok(verification)
            }
            // A damaged file cannot be read through: that is what was found, not a failure to look.
            Err(VerifyError::Database(error)) if damaged => Ok(unreadable(storage, &error)),
            Err(error) => Err(error),
        }
    })
}

fn check_rows(
    connection: &mut AnyConnection,
    extent: Extent,
    clock: &Clock,
) -> Result<Verification, VerifyError> {
    let state = State::read(connection)?;
    let recomputed = match extent {
        Extent::Latest => LATEST_SNAPSHOTS,
        Extent::All => usize::MAX,
    };
    let mut snapshots = Snapshots::read(connection, recomputed, clock)?;
    let mut history = History::of(&snapshots);
    versions::walk(connection, clock, &mut |seen| history.see(seen))?;
    let runs = Runs::read(connection, clock)?;
    let quarantine = quarantine::check(connection, &runs, clock)?;
    let references = references::check(connection, &runs, clock)?;
    let mut notes = state.notes();
    notes.extend(snapshots.notes());
    notes.extend(history.notes());
    notes.extend(runs.notes());
    notes.extend(references.notes);
    let now = history.now.figures();
    let mut checks = vec![
        snapshots.data_consistent(&now, &state),
        snapshots.count_equals(&now, &state),
        snapshots.in_order(),
        snapshots.recomputed(&history),
        runs.counts(&history),
        snapshots.one_per_run(&runs, &history),
        snapshots.added(&runs, &history),
    ];
    let watermark = state.watermark_check(&runs, &snapshots, history.latest_flown);
    let agrees = state.state_check(&runs, &snapshots, now.total_launches);
    checks.extend(history.into_checks());
    checks.extend([quarantine, references.check, watermark, agrees, guards(connection)?]);
    Ok(Verification {
        checks,
        notes,
        total_launches: now.total_launches,
        success_rate: now.success_rate,
        snapshots: snapshots.count(),
    })
}

fn guards(connection: &mut AnyConnection) -> Result<CheckResult, DbError> {
    let mut findings = Findings::default();
    for name in missing_guards(connection)? {
        findings.add(format!("trigger {name} is dropped or disabled"));
    }
    Ok(findings.named("guards", "the triggers that keep the history are in force"))
}

/// SQLite raises an error on a page that is wrecked, rather than list it.
fn storage(connection: &mut AnyConnection) -> Result<Findings, DbError> {
    let mut findings = Findings::default();
    match damage(connection) {
        Ok(damages) => damages.into_iter().for_each(|damage| findings.add(damage)),
        Err(error) if error.fault == Fault::Failed => findings.add(error.message),
        Err(error) => return Err(error),
    }
    Ok(findings)
}

fn unreadable(mut storage: Findings, error: &DbError) -> Verification {
    storage.add(format!("the rows could not be read: {error}"));
    Verification {
        checks: vec![storage.named("storage", "the database finds no damage in itself")],
        notes: vec!["the other checks need a database that can be read".to_owned()],
        total_launches: 0,
        success_rate: None,
        snapshots: 0,
    }
}

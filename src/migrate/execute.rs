//! Carries a plan out, part by part, each whole or not at all.

use diesel::connection::SimpleConnection;

use super::error::MigrateError;
use super::harness;
use super::plan::{Act, Part, Plan};
use crate::db::{AnyConnection, DbError, transaction};
use crate::model::migration::Done;

impl Plan {
    /// The names of the steps that it takes back and applies.
    pub(crate) fn steps(&self) -> Done {
        done_by(&self.acts)
    }
}

/// Does what the plan says. The caller holds the lock.
pub(crate) fn execute(connection: &mut AnyConnection, plan: &Plan) -> Result<Done, MigrateError> {
    let parts = plan.parts();
    let alone = parts.iter().filter(|part| !part.in_transaction);
    for name in alone.flat_map(|part| names(&part.acts)) {
        log::info!(
            "{name} runs outside a transaction: what comes before it, itself and what comes after are {} parts, each whole",
            parts.len()
        );
    }
    let mut done = Done::default();
    for part in &parts {
        run(connection, part).map_err(|error| aftermath(error, part, plan, &done))?;
        done.extend(done_by(&part.acts));
    }
    Ok(done)
}

fn run(connection: &mut AnyConnection, part: &Part) -> Result<(), DbError> {
    if part.in_transaction {
        transaction(connection, |connection| run_each(connection, &part.acts))
    } else {
        run_each(connection, &part.acts)
    }
}

pub(super) fn run_each(connection: &mut AnyConnection, acts: &[Act]) -> Result<(), DbError> {
    for act in acts {
        match act {
            Act::Apply(step) => harness::apply(connection, step)
                .map_err(|error| error.while_doing(&format!("migration {}", step.name)))?,
            Act::Revert(step) => harness::revert(connection, step)
                .map_err(|error| error.while_doing(&format!("reverting {}", step.name)))?,
            Act::Note(_, statement) | Act::Accept(_, statement) | Act::Write(statement) => {
                connection.batch_execute(statement).map_err(|error| {
                    DbError::from(error).while_doing("writing the ledger of migrations")
                })?;
            }
        }
    }
    Ok(())
}

/// The error, with what it leaves behind.
fn aftermath(mut error: DbError, part: &Part, plan: &Plan, done: &Done) -> DbError {
    let planned = plan.steps();
    let kept = match (done.is_nothing(), planned.reverted.is_empty(), planned.applied.is_empty()) {
        (false, _, _) => {
            let names: Vec<&str> = done.reverted.iter().chain(&done.applied).copied().collect();
            format!("what came before it is done and stays: {}", names.join(", "))
        }
        (true, true, _) => "nothing was applied".to_owned(),
        (true, false, true) => "nothing was reverted".to_owned(),
        (true, false, false) => "nothing was changed".to_owned(),
    };
    let outside = if part.in_transaction {
        ""
    } else {
        "; it runs outside a transaction, so what its earlier statements did stays"
    };
    if error.message.contains("already exists") {
        error = error.with_hint(
            "if these tables are ours, take them over with `etl migrate baseline`; if not, name another database",
        );
    }
    error.message = format!("{}; {kept}{outside}", error.message);
    error
}

fn done_by(acts: &[Act]) -> Done {
    let mut done = Done::default();
    for act in acts {
        match act {
            Act::Apply(step) => done.applied.push(step.name),
            Act::Revert(step) => done.reverted.push(step.name),
            Act::Note(step, _) => done.adopted.push(step.name),
            Act::Accept(step, _) => done.accepted.push(step.name),
            Act::Write(_) => {}
        }
    }
    done
}

fn names(acts: &[Act]) -> Vec<&'static str> {
    let Done { reverted, applied, .. } = done_by(acts);
    reverted.into_iter().chain(applied).collect()
}

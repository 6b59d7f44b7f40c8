//! Brings a database to the schema that this program knows, takes it back, and says how far it is and what differs.
//!
//! It is built on Diesel's migrations and keeps their ledger. It knows no pipeline, and takes any set of steps.

mod adopt;
mod catalog;
mod error;
mod execute;
mod harness;
mod ledger;
mod lock;
mod plan;
mod script;
mod standing;
mod steps;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use adopt::{plan_baseline, plan_repair};
pub(crate) use catalog::describe;
pub(crate) use error::MigrateError;
pub(crate) use execute::execute;
pub(crate) use ledger::is_new_file;
pub(crate) use lock::lock;
pub(crate) use plan::Plan;
pub(crate) use standing::{Standing, require_current, standing};
pub(crate) use steps::{STEPS, Step};
pub(crate) use verify::{refuse_strangers, verify};

use crate::db::AnyConnection;
use steps::version_of;

/// How far to take a database back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// So many of the newest.
    Newest(usize),
    /// All that are newer than this version; `0` is newer than nothing.
    DownTo(String),
}

/// Applies what is pending, all of it or nothing, and returns the names of what was applied.
pub(crate) fn up(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<Vec<&'static str>, MigrateError> {
    let plan = plan_up(connection, steps)?;
    Ok(execute(connection, &plan)?.applied)
}

/// What is pending, in order.
pub(crate) fn plan_up(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<Plan, MigrateError> {
    let standing = standing(connection, steps)?;
    standing.not_newer()?;
    standing.not_edited()?;
    for step in standing.out_of_order() {
        log::warn!("{} is older than what is applied already; it is applied now", step.name);
    }
    Ok(Plan::up(&standing))
}

/// What is to be taken back, the newest first.
pub(crate) fn plan_revert(
    connection: &mut AnyConnection,
    steps: &'static [Step],
    reach: &Reach,
) -> Result<Plan, MigrateError> {
    let standing = standing(connection, steps)?;
    standing.not_newer()?;
    let steps = within(&standing, reach)?;
    Ok(Plan::revert(&standing, &steps))
}

/// What is to be taken back and applied again.
pub(crate) fn plan_redo(
    connection: &mut AnyConnection,
    steps: &'static [Step],
    reach: &Reach,
) -> Result<Plan, MigrateError> {
    let standing = standing(connection, steps)?;
    standing.not_newer()?;
    let steps = within(&standing, reach)?;
    Ok(Plan::redo(&standing, &steps))
}

/// The applied steps within reach, the newest first.
fn within(standing: &Standing, reach: &Reach) -> Result<Vec<&'static Step>, MigrateError> {
    let newest_first = standing.applied().into_iter().rev();
    match reach {
        Reach::Newest(count) => Ok(newest_first.take(*count).collect()),
        Reach::DownTo(version) => {
            let version = version_of(version);
            if version != "0" {
                standing.step(&version)?;
            }
            Ok(newest_first.filter(|step| step.version() > version).collect())
        }
    }
}

impl Standing {
    /// The step of this version.
    fn step(&self, version: &str) -> Result<&'static Step, MigrateError> {
        let known = self.steps.iter().find(|(step, _)| step.version() == version);
        known.map(|(step, _)| *step).ok_or_else(|| {
            MigrateError::refused(
                format!("no migration has the version {version:?}"),
                "`etl migrate status` lists them",
            )
        })
    }
}

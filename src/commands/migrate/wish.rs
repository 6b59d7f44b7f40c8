//! What the user wants done to the migrations, and the plan for it.

use crate::cli::migrate::BackArgs;
use crate::db::AnyConnection;
use crate::migrate::{
    MigrateError, Plan, Reach, STEPS, plan_baseline, plan_redo, plan_repair, plan_revert, plan_up,
};

/// A change that can be asked for.
pub(super) enum Wish<'a> {
    Up,
    Revert(&'a BackArgs),
    Redo(&'a BackArgs),
    Baseline(&'a str),
    Repair(&'a [String]),
}

impl Wish<'_> {
    /// What is to be done for it on this database, as it stands.
    pub(super) fn plan(&self, connection: &mut AnyConnection) -> Result<Plan, MigrateError> {
        match self {
            Self::Up => plan_up(connection, STEPS),
            Self::Revert(back) => plan_revert(connection, STEPS, &reach(back)),
            Self::Redo(back) => plan_redo(connection, STEPS, &reach(back)),
            Self::Baseline(version) => plan_baseline(connection, STEPS, version),
            Self::Repair(versions) => plan_repair(connection, STEPS, versions),
        }
    }
}

fn reach(back: &BackArgs) -> Reach {
    let newest = Reach::Newest(usize::try_from(back.steps).unwrap_or(usize::MAX));
    back.to.clone().map_or(newest, Reach::DownTo)
}

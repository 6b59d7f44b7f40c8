//! How the schema of a database stands to the one of this program.

use super::error::{Edit, MigrateError};
use super::ledger::Ledger;
use super::steps::{Backend, Step};
use crate::db::{AnyConnection, DbError, Fault};
use crate::model::migration::{Listing, State};

/// All of this program's migrations on a database.
pub(crate) struct Standing {
    /// One for each step, in order.
    pub(crate) steps: Vec<(&'static Step, State)>,
    /// Versions in the ledger that this program does not know.
    pub(crate) unknown: Vec<String>,
    pub(super) ledger: Ledger,
    pub(super) backend: Backend,
}

/// Reads how far a database is.
pub(crate) fn standing(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<Standing, DbError> {
    let ledger = Ledger::read(connection)?;
    Ok(standing_of(ledger, Backend::of(connection), steps))
}

/// Refuses a database that is not at the schema of this program. What became of the texts since is not asked.
pub(crate) fn require_current(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<(), DbError> {
    let ledger = Ledger::read_applied(connection)?;
    standing_of(ledger, Backend::of(connection), steps).is_current()
}

fn standing_of(ledger: Ledger, backend: Backend, steps: &'static [Step]) -> Standing {
    let state = |step: &'static Step| {
        let version = step.version();
        let remembered = ledger.checksums.get(&version);
        match (ledger.applied.contains(&version), remembered) {
            (false, _) => State::Pending,
            (true, Some(checksum)) if *checksum != step.checksum(backend) => State::Edited,
            (true, _) => State::Applied,
        }
    };
    let known = steps.iter().map(|step| (step, state(step))).collect();
    let is_unknown = |version: &&String| !steps.iter().any(|step| step.version() == **version);
    let unknown = ledger.applied.iter().filter(is_unknown).cloned().collect();
    Standing { steps: known, unknown, ledger, backend }
}

impl Standing {
    /// The same for people and scripts.
    pub(crate) fn listing(&self) -> Listing {
        let listed =
            |(step, state): &(&'static Step, State)| (step.version(), step.title(), *state);
        Listing { steps: self.steps.iter().map(listed).collect(), unknown: self.unknown.clone() }
    }

    /// The steps that are not applied, the oldest first.
    pub(crate) fn pending(&self) -> Vec<&'static Step> {
        let pending = self.steps.iter().filter(|(_, state)| *state == State::Pending);
        pending.map(|(step, _)| *step).collect()
    }

    /// The steps that are applied, the oldest first.
    pub(super) fn applied(&self) -> Vec<&'static Step> {
        let applied = self.steps.iter().filter(|(_, state)| *state != State::Pending);
        applied.map(|(step, _)| *step).collect()
    }

    /// The pending steps that are older than the newest applied one.
    pub(super) fn out_of_order(&self) -> Vec<&'static Step> {
        let newest = self.ledger.applied.last();
        let overtaken =
            |step: &&'static Step| newest.is_some_and(|newest| step.version() < *newest);
        self.pending().into_iter().filter(overtaken).collect()
    }

    /// The steps that were edited after they were applied.
    pub(super) fn edits(&self) -> Vec<Edit> {
        let edited = self.steps.iter().filter(|(_, state)| *state == State::Edited);
        let edit = |(step, _): &(&'static Step, State)| {
            let version = step.version();
            let applied = self.ledger.checksums.get(&version).cloned().unwrap_or_default();
            Edit { name: step.name, version, applied, known: step.checksum(self.backend) }
        };
        edited.map(edit).collect()
    }

    /// Refuses a database on which a text is no longer the one that was applied.
    pub(super) fn not_edited(&self) -> Result<(), MigrateError> {
        match self.edits() {
            edits if edits.is_empty() => Ok(()),
            edits => Err(MigrateError::Edited(edits)),
        }
    }

    /// Refuses a database that this program must not touch: one of a newer program, or of another one.
    pub(crate) fn not_newer(&self) -> Result<(), DbError> {
        let Some(newest) = self.unknown.last() else { return Ok(()) };
        let ours = self.steps.last().map(|(step, _)| step.version()).unwrap_or_default();
        let message = if *newest > ours {
            format!(
                "the database is newer than this etl: it has migration {newest}, the newest known here is {ours}"
            )
        } else {
            format!(
                "the database has migration {newest}, which this etl lacks: the newest known here is {ours}"
            )
        };
        Err(DbError::new(Fault::Unusable, message)
            .with_hint("install the etl that migrated this database"))
    }

    /// Refuses a database that is not at the schema of this program.
    pub(crate) fn is_current(&self) -> Result<(), DbError> {
        self.not_newer()?;
        match self.pending().len() {
            0 => Ok(()),
            pending => Err(DbError::new(
                Fault::Unusable,
                format!(
                    "the database is not migrated: {pending} of {} migrations are pending",
                    self.steps.len()
                ),
            )
            .with_hint("run `etl migrate`, or `etl run --migrate`")),
        }
    }
}

//! The steps in the form in which Diesel's harness takes migrations, so that its ledger stays its own.

use std::fmt;

use diesel::connection::BoxableConnection;
use diesel::migration::{
    Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result,
};

use super::steps::{Scripts, Step};
use crate::db::{AnyConnection, MultiBackend};

/// The steps as they run on one database.
pub(super) struct Steps {
    pub(super) steps: &'static [Step],
    pub(super) scripts: fn(&'static Step) -> &'static Scripts,
}

impl Steps {
    pub(super) fn for_connection(steps: &'static [Step], connection: &AnyConnection) -> Self {
        let scripts: fn(&'static Step) -> &'static Scripts = match connection {
            AnyConnection::Postgres(_) => |step| &step.postgres,
            AnyConnection::Sqlite(_) => |step| &step.sqlite,
        };
        Self { steps, scripts }
    }
}

impl MigrationSource<MultiBackend> for Steps {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<MultiBackend>>>> {
        let migration = |step: &'static Step| {
            let scripts = (self.scripts)(step);
            Box::new(EmbeddedStep { name: StepName(step), scripts }) as Box<dyn Migration<_>>
        };
        Ok(self.steps.iter().map(migration).collect())
    }
}

struct EmbeddedStep {
    name: StepName,
    scripts: &'static Scripts,
}

struct StepName(&'static Step);

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl MigrationName for StepName {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.0.version())
    }
}

struct InTransaction;

impl MigrationMetadata for InTransaction {}

impl Migration<MultiBackend> for EmbeddedStep {
    fn run(&self, connection: &mut dyn BoxableConnection<MultiBackend>) -> Result<()> {
        Ok(connection.batch_execute(self.scripts.up)?)
    }

    fn revert(&self, connection: &mut dyn BoxableConnection<MultiBackend>) -> Result<()> {
        Ok(connection.batch_execute(self.scripts.down)?)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &InTransaction
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

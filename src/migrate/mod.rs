//! Brings a database to the schema that this program knows, and says how far it is. It knows no pipeline.

mod source;
mod steps;

use diesel::prelude::*;
use diesel_migrations::MigrationHarness;

use crate::db::{AnyConnection, DbError, Fault, transaction};
use crate::model::standing::Standing;
use source::Steps;
pub(crate) use steps::{STEPS, Step};

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Varchar,
    }
}

impl Standing {
    /// Refuses a database that this program must not touch: one of a newer program.
    pub(crate) fn not_newer(&self) -> Result<(), DbError> {
        let Some(newest) = self.unknown.last() else { return Ok(()) };
        let ours = self.steps.last().map(|(version, _, _)| version.as_str()).unwrap_or_default();
        Err(DbError::new(
            Fault::Unusable,
            format!("the database is newer than this etl: it has migration {newest}, the newest known here is {ours}"),
        )
        .with_hint("install the etl that migrated this database"))
    }

    /// Refuses a database that is not at the schema of this program.
    pub(crate) fn is_current(&self) -> Result<(), DbError> {
        self.not_newer()?;
        match self.pending() {
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

/// Reads the ledger; a database without one has nothing applied, and gets none by being asked.
pub(crate) fn standing(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<Standing, DbError> {
    let applied: Vec<String> = if has_ledger(connection)? {
        __diesel_schema_migrations::table
            .select(__diesel_schema_migrations::version)
            .order(__diesel_schema_migrations::version)
            .load(connection)?
    } else {
        Vec::new()
    };
    let known = steps.iter().map(|step| {
        let version = step.version();
        let is_applied = applied.contains(&version);
        (version, step.title(), is_applied)
    });
    let unknown =
        applied.iter().filter(|version| !steps.iter().any(|step| step.version() == **version));
    Ok(Standing { steps: known.collect(), unknown: unknown.cloned().collect() })
}

/// Applies what is pending, all of it or nothing, and returns the names of what was applied.
pub(crate) fn up(
    connection: &mut AnyConnection,
    steps: &'static [Step],
) -> Result<Vec<String>, DbError> {
    standing(connection, steps)?.not_newer()?;
    let source = Steps::for_connection(steps, connection);
    transaction(connection, move |connection| {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            DbError::new(Fault::Failed, format!("{error}; nothing was applied"))
        };
        let pending = connection.pending_migrations(source).map_err(failed)?;
        let mut applied = Vec::new();
        for migration in pending {
            connection.run_migration(&*migration).map_err(|error| {
                failed(error).while_doing(&format!("migration {}", migration.name()))
            })?;
            applied.push(migration.name().to_string());
        }
        Ok(applied)
    })
}

/// A SQLite file with nothing in it, which whoever needs it first may migrate.
pub(crate) fn is_new_file(connection: &mut AnyConnection) -> Result<bool, DbError> {
    match connection {
        AnyConnection::Postgres(_) => Ok(false),
        AnyConnection::Sqlite(_) => {
            let things: Found = diesel::sql_query("SELECT count(*) AS found FROM sqlite_master")
                .get_result(connection)?;
            Ok(things.found == 0)
        }
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    found: i64,
}

fn has_ledger(connection: &mut AnyConnection) -> Result<bool, DbError> {
    let sql = match connection {
        AnyConnection::Postgres(_) => {
            "SELECT count(to_regclass('__diesel_schema_migrations')) AS found"
        }
        AnyConnection::Sqlite(_) => {
            "SELECT count(*) AS found FROM sqlite_master WHERE name = '__diesel_schema_migrations'"
        }
    };
    let found: Found = diesel::sql_query(sql).get_result(connection)?;
    Ok(found.found > 0)
}

//! What was applied: Diesel's ledger, and beside it the checksums of the applied texts.

use std::collections::BTreeMap;

use diesel::migration::CREATE_MIGRATIONS_TABLE;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::steps::Backend;
use crate::db::{AnyConnection, DbError};

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Varchar,
    }
}

diesel::table! {
    __etl_migration_checksums (version) {
        version -> Varchar,
        checksum -> Varchar,
    }
}

pub(super) const LEDGER: &str = "__diesel_schema_migrations";
pub(super) const CHECKSUMS: &str = "__etl_migration_checksums";

const CREATE_CHECKSUMS_TABLE: &str = "\
CREATE TABLE IF NOT EXISTS __etl_migration_checksums (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       checksum VARCHAR(64) NOT NULL
)";

/// What the database remembers of its migrations.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Versions, ascending.
    pub(super) applied: Vec<String>,
    pub(super) checksums: BTreeMap<String, String>,
    has_ledger: bool,
    has_checksums: bool,
}

impl Ledger {
    /// Reads it; a database without one has nothing applied, and gets none by being asked.
    pub(super) fn read(connection: &mut AnyConnection) -> Result<Self, DbError> {
        let mut ledger = Self::read_applied(connection)?;
        ledger.has_checksums = exists(connection, CHECKSUMS)?;
        if ledger.has_checksums {
            let rows: Vec<(String, String)> = __etl_migration_checksums::table.load(connection)?;
            ledger.checksums = rows.into_iter().collect();
        }
        Ok(ledger)
    }

    /// Diesel's part of it alone.
    pub(super) fn read_applied(connection: &mut AnyConnection) -> Result<Self, DbError> {
        let mut ledger = Self { has_ledger: exists(connection, LEDGER)?, ..Self::default() };
        if ledger.has_ledger {
            let versions = __diesel_schema_migrations::table
                .select(__diesel_schema_migrations::version)
                .order(__diesel_schema_migrations::version);
            ledger.applied = versions.load(connection)?;
            // Whatever order the collation of the database is.
            ledger.applied.sort();
        }
        Ok(ledger)
    }

    /// The statements that make the tables that are not there.
    pub(super) fn missing_tables(&self) -> Vec<String> {
        let ledger = CREATE_MIGRATIONS_TABLE.trim_end().trim_end_matches(';').to_owned();
        let checksums = CREATE_CHECKSUMS_TABLE.to_owned();
        [(self.has_ledger, ledger), (self.has_checksums, checksums)]
            .into_iter()
            .filter_map(|(exists, statement)| (!exists).then_some(statement))
            .collect()
    }
}

/// The statement with which Diesel notes an applied migration.
pub(super) fn note_applied(version: &str) -> String {
    format!("INSERT INTO {LEDGER} (version) VALUES ({})", quoted(version))
}

/// The statement with which Diesel forgets a reverted one.
pub(super) fn forget_applied(version: &str) -> String {
    format!("DELETE FROM {LEDGER} WHERE version = {}", quoted(version))
}

pub(super) fn remember_checksum(version: &str, checksum: &str) -> String {
    format!(
        "INSERT INTO {CHECKSUMS} (version, checksum) VALUES ({}, {}) ON CONFLICT (version) DO UPDATE SET checksum = excluded.checksum",
        quoted(version),
        quoted(checksum)
    )
}

pub(super) fn forget_checksum(version: &str) -> String {
    format!("DELETE FROM {CHECKSUMS} WHERE version = {}", quoted(version))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    found: i64,
}

fn exists(connection: &mut AnyConnection, table: &str) -> Result<bool, DbError> {
    let sql = match Backend::of(connection) {
        Backend::Postgres => format!("SELECT count(to_regclass('{table}')) AS found"),
        Backend::Sqlite => {
            format!("SELECT count(*) AS found FROM sqlite_master WHERE name = '{table}'")
        }
    };
    let found: Found = diesel::sql_query(sql).get_result(connection)?;
    Ok(found.found > 0)
}

/// A SQLite file with nothing in it, which whoever needs it first may migrate.
pub(crate) fn is_new_file(connection: &mut AnyConnection) -> Result<bool, DbError> {
    match Backend::of(connection) {
        Backend::Postgres => Ok(false),
        Backend::Sqlite => {
            let things: Found = diesel::sql_query("SELECT count(*) AS found FROM sqlite_master")
                .get_result(connection)?;
            Ok(things.found == 0)
        }
    }
}

//! How a database is and what its user may do there, for whoever looks after it.

use chrono::{DateTime, Utc};

use super::{AnyConnection, DbError, postgres, sqlite};

/// The tables that a run writes.
pub(super) const OUR_TABLES: [&str; 9] = [
    "raw_launches",
    "raw_launch_revisions",
    "launch_aggregations",
    "ingestion_state",
    "pipeline_runs",
    "quarantined_launches",
    "payloads",
    "launchpads",
    "rockets",
];

/// What a database says of itself and of the user who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) version: String,
    /// The version is older than those that are looked after.
    pub(crate) is_old: bool,
    /// What its clock shows, where it has one of its own.
    pub(crate) clock: Option<DateTime<Utc>>,
    pub(crate) lacking_to_run: Vec<String>,
    pub(crate) lacking_to_migrate: Vec<String>,
    pub(crate) is_superuser: bool,
    /// How a file keeps what is not committed yet.
    pub(crate) journal_mode: Option<String>,
}

/// Asks the database how it is.
pub(crate) fn condition(connection: &mut AnyConnection) -> Result<Condition, DbError> {
    match connection {
        AnyConnection::Postgres(connection) => postgres::condition(connection),
        AnyConnection::Sqlite(connection) => sqlite::condition(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("asking the database how it is"))
}

//! The connection that is either of the two databases.

use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

/// Queries are written once, against this; only `db` and its two files of differences look inside.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

//! A session that stays open, as a stranger's would: what it has begun holds until the value goes.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use super::Database;

/// By this name PostgreSQL shows it.
pub(crate) const STRANGER: &str = "a stranger";

pub(crate) enum Session {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Session {
    pub(crate) fn open(database: &Database) -> Session {
        if database.is_postgres() {
            let mut session = PgConnection::establish(&database.url()).expect("a session");
            let name = format!("SET application_name = '{STRANGER}'");
            session.batch_execute(&name).expect("a name");
            Session::Postgres(session)
        } else {
            Session::Sqlite(SqliteConnection::establish(&database.sqlite_path()).expect("a file"))
        }
    }

    /// Runs statements; what the database answered if it refused.
    pub(crate) fn script(&mut self, sql: &str) -> Result<(), String> {
        match self {
            Session::Sqlite(session) => session.batch_execute(sql),
            Session::Postgres(session) => session.batch_execute(sql),
        }
        .map_err(|error| error.to_string())
    }
}

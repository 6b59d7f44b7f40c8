//! A database per test on either backend, looked at with plain SQL as a stranger would.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel::{PgConnection, SqliteConnection, sql_query};
use tempfile::TempDir;

/// One test body for both databases: `on_both! { fn name(database: Database) { ... } }` makes the
/// tests `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($($(#[$attribute:meta])* fn $name:ident($database:ident: Database) $body:block)+) => {$(
        $(#[$attribute])*
        fn $name($database: $crate::support::Database) $body

        mod $name {
            use $crate::support::Database;

            #[test]
            fn sqlite() {
                super::$name(Database::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(database) = Database::postgres() {
                    super::$name(database);
                }
            }
        }
    )+};
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A fresh, empty database, gone with the value. On SQLite the file does not exist yet.
pub(crate) enum Database {
    Sqlite { folder: TempDir },
    Postgres { server: String, name: String },
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    line: Option<String>,
}

impl Database {
    pub(crate) fn sqlite() -> Database {
        Database::Sqlite { folder: super::folder() }
    }

    /// None, and said so, when no server was given.
    pub(crate) fn postgres() -> Option<Database> {
        let Some(server) = super::variable("ETL_TEST_POSTGRES_URL") else {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            super::skip(&test, "ETL_TEST_POSTGRES_URL is not set (`scripts/test` starts a server)");
            return None;
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Random too: a running server may be shared with other test runs.
        let name = format!("etl_test_{}_{count}_{:08x}", std::process::id(), fastrand::u32(..));
        on_server(&server, &format!("CREATE DATABASE {name} TEMPLATE template0"));
        Some(Database::Postgres { server, name })
    }

    /// Another database with the same content. Nothing may be connected to this one.
    pub(crate) fn copy(&self) -> Database {
        match self {
            Database::Sqlite { folder } => {
                let copy = super::folder();
                for file in std::fs::read_dir(folder.path()).expect("the folder is there") {
                    let file = file.expect("an entry").path();
                    let name = file.file_name().expect("a name");
                    std::fs::copy(&file, copy.path().join(name)).expect("a copy");
                }
                Database::Sqlite { folder: copy }
            }
            Database::Postgres { server, name } => {
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let copy = format!("{name}_copy_{count}");
                on_server(server, &format!("CREATE DATABASE {copy} TEMPLATE {name}"));
                Database::Postgres { server: server.clone(), name: copy }
            }
        }
    }

    /// Another fresh one of the same kind.
    pub(crate) fn another(&self) -> Database {
        match self {
            Database::Sqlite { .. } => Database::sqlite(),
            Database::Postgres { .. } => Database::postgres().expect("there was one before"),
        }
    }

    /// What a user would put into `DATABASE_URL`, password and all.
    pub(crate) fn url(&self) -> String {
        match self {
            Database::Sqlite { .. } => format!("sqlite://{}", self.sqlite_path()),
            Database::Postgres { server, name } => with_database(server, name),
        }
    }

    /// As the program names it to people: without a password.
    pub(crate) fn place(&self) -> String {
        let url = self.url();
        let (_, rest) = url.split_once("://").expect("a URL");
        match rest.split_once(':') {
            Some((user, rest)) if self.is_postgres() => {
                let place = rest.split_once('@').map_or(rest, |(_, place)| place);
                format!("{user}@{}", place.split('?').next().unwrap_or_default())
            }
            _ => rest.to_owned(),
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Database::Postgres { .. })
    }

    /// Waits until the server has noticed that a killed client is gone, and its locks with it.
    #[track_caller]
    pub(crate) fn wait_until_left(&self) {
        let others = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        if self.is_postgres() {
            self.wait_until(others, "0");
        }
    }

    /// Waits until a query of one value gives this one.
    #[track_caller]
    pub(crate) fn wait_until(&self, sql: &str, value: &str) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.value(sql) != value {
            assert!(Instant::now() < deadline, "never {value}: {sql}");
            sleep(Duration::from_millis(5));
        }
    }

    /// Runs one statement; the number of rows it touched, or what the database answered.
    pub(crate) fn execute(&self, sql: &str) -> Result<usize, String> {
        match self {
            Database::Sqlite { .. } => sql_query(sql).execute(&mut self.open_sqlite()),
            Database::Postgres { .. } => sql_query(sql).execute(&mut self.open_postgres()),
        }
        .map_err(|error| error.to_string())
    }

    /// Runs several statements in one session, as a person would paste them.
    pub(crate) fn script(&self, sql: &str) -> Result<(), String> {
        match self {
            Database::Sqlite { .. } => self.open_sqlite().batch_execute(sql),
            Database::Postgres { .. } => self.open_postgres().batch_execute(sql),
        }
        .map_err(|error| error.to_string())
    }

    /// A database that `etl migrate` has brought to the schema.
    #[track_caller]
    pub(crate) fn migrated(self) -> Database {
        super::Etl::new().args("migrate").database(&self).run().succeeds();
        self
    }

    /// The rows of a query of one column, as text. NULL is `NULL`.
    #[track_caller]
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let sql =
            format!("WITH asked(line) AS ({sql}) SELECT CAST(line AS text) AS line FROM asked");
        let lines: QueryResult<Vec<Line>> = match self {
            Database::Sqlite { .. } => sql_query(&sql).load(&mut self.open_sqlite()),
            Database::Postgres { .. } => sql_query(&sql).load(&mut self.open_postgres()),
        };
        let lines = lines.unwrap_or_else(|error| panic!("{error}\nin {sql}"));
        lines.into_iter().map(|row| row.line.unwrap_or_else(|| "NULL".into())).collect()
    }

    /// The one value of a query of one row and column.
    #[track_caller]
    pub(crate) fn value(&self, sql: &str) -> String {
        let mut rows = self.rows(sql);
        assert!(rows.len() == 1, "{} rows instead of 1 from {sql}", rows.len());
        rows.remove(0)
    }

    /// The named columns of a table or view, a line a row, in the order of the first ones. The same
    /// content gives the same text on both backends: instants in UTC with microseconds, booleans as
    /// 0 and 1, decimals with two digits, JSON without blanks.
    #[track_caller]
    pub(crate) fn dump(&self, table: &str, columns: &[&str]) -> Vec<String> {
        let declared = self.declared(table);
        let text: Vec<String> = columns
            .iter()
            .map(|column| {
                let found = declared.iter().find(|(name, _)| name == column);
                let (_, declared) =
                    found.unwrap_or_else(|| panic!("table {table} has no column {column}"));
                self.as_text(column, declared)
            })
            .collect();
        let order: Vec<String> =
            (1..=columns.len()).map(|position| format!("c{position}")).collect();
        let named = order.join(", ");
        // Byte order on both, whatever the collation of the database.
        let sorted: Vec<String> =
            order
                .iter()
                .map(|name| {
                    if self.is_postgres() { format!("{name} COLLATE \"C\"") } else { name.clone() }
                })
                .collect();
        self.rows(&format!(
            "SELECT {} FROM (WITH texts({named}) AS (SELECT {} FROM {table}) SELECT * FROM texts) AS t ORDER BY {}",
            order.join(" || ' | ' || "),
            text.join(", "),
            sorted.join(", "),
        ))
    }

    /// The columns of a table with their declared types.
    fn declared(&self, table: &str) -> Vec<(String, String)> {
        let columns = self.rows(&match self {
            Database::Sqlite { .. } => {
                format!("SELECT name || ' ' || lower(type) FROM pragma_table_xinfo('{table}')")
            }
            Database::Postgres { .. } => format!(
                "SELECT column_name || ' ' || data_type FROM information_schema.columns
                 WHERE table_schema = current_schema AND table_name = '{table}'"
            ),
        });
        let split = |column: &String| column.split_once(' ').map(|(n, t)| (n.into(), t.into()));
        columns.iter().filter_map(split).collect()
    }

    fn as_text(&self, column: &str, declared: &str) -> String {
        let text = match (self.is_postgres(), declared) {
            (true, "timestamp with time zone") => {
                format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            }
            (true, "boolean") => format!("CAST(CAST({column} AS int) AS text)"),
            (true, "jsonb") => {
                format!("replace(replace(CAST({column} AS text), ', ', ','), '\": ', '\":')")
            }
            (false, decimal)
                if decimal.starts_with("numeric") || decimal.starts_with("decimal") =>
            {
                format!("printf('%.2f', {column})")
            }
            _ => format!("CAST({column} AS text)"),
        };
        format!("CASE WHEN {column} IS NULL THEN 'NULL' ELSE {text} END")
    }

    /// The file of the SQLite database.
    #[track_caller]
    pub(crate) fn sqlite_path(&self) -> String {
        match self {
            Database::Sqlite { folder } => {
                folder.path().join("etl.db").to_str().expect("a path in UTF-8").to_owned()
            }
            Database::Postgres { .. } => panic!("asked PostgreSQL for the file of SQLite"),
        }
    }

    fn open_sqlite(&self) -> SqliteConnection {
        let path = self.sqlite_path();
        let mut connection =
            SqliteConnection::establish(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        connection.batch_execute("PRAGMA busy_timeout = 5000").expect("a pragma");
        connection
    }

    fn open_postgres(&self) -> PgConnection {
        let mut connection = open_server(&self.url());
        connection.batch_execute("SET TIME ZONE 'UTC'").expect("a setting");
        connection
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Database::Postgres { server, name } = self {
            // Also while a killed client's session is still there.
            on_server(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn on_server(server: &str, sql: &str) {
    // Without a panic while another one is under way: that would hide the failure.
    if let Err(error) = open_server(server).batch_execute(sql) {
        assert!(std::thread::panicking(), "{error}\nin {sql}");
    }
}

fn open_server(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap_or_else(|_| {
        panic!("ETL_TEST_POSTGRES_URL is set, but nothing answers there as it says")
    })
}

/// The URL of another database on the same server.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let (scheme, rest) = address.split_once("://").expect("ETL_TEST_POSTGRES_URL is a URL");
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{name}{options}")
}

//! The migrator with another set of steps: it needs none of ours, and nothing of the pipeline.

use std::path::Path;

use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use super::steps::{Scripts, Step};
use super::{MigrateError, Reach, describe, execute, plan_redo, plan_revert, standing, up, verify};
use crate::clock::Clock;
use crate::db::{AnyConnection, Connection, Database, Missing};
use crate::model::migration::State;
use crate::model::settings::{DatabaseUrl, Patience};
use crate::secret::Secret;

const fn step(name: &'static str, up: &'static str, down: &'static str) -> Step {
    Step { name, postgres: Scripts { up, down }, sqlite: Scripts { up, down } }
}

const BOOKS: Step = step(
    "1_books",
    "CREATE TABLE books (id integer PRIMARY KEY, title text NOT NULL);",
    "DROP TABLE books;",
);
const SHELVES: Step = step(
    "2_shelves",
    "CREATE TABLE shelves (id integer);\nCREATE INDEX shelves_id ON shelves (id);",
    "DROP TABLE shelves;",
);
const LIBRARY: &[Step] = &[BOOKS, SHELVES];

/// The middle one runs outside a transaction; on PostgreSQL it could not run inside one.
const BY_TITLE: Step = Step {
    name: "3_by_title",
    postgres: Scripts {
        up: "-- etl: no-transaction\nCREATE INDEX CONCURRENTLY by_title ON books (title);",
        down: "-- etl: no-transaction\nDROP INDEX CONCURRENTLY by_title;",
    },
    sqlite: Scripts {
        up: "-- etl: no-transaction\nCREATE INDEX by_title ON books (title);",
        down: "-- etl: no-transaction\nDROP INDEX by_title;",
    },
};
const READERS: Step =
    step("4_readers", "CREATE TABLE readers (id integer);", "DROP TABLE readers;");
const IN_THREE_PARTS: &[Step] = &[BOOKS, SHELVES, BY_TITLE, READERS];
const BROKEN: Step = step(
    "4_broken",
    "CREATE TABLE loans (id integer);\n\nCREATE TABLE\n    loans2 (id integer,);",
    "DROP TABLE loans;",
);
const BROKEN_AFTER_THREE_PARTS: &[Step] = &[BOOKS, SHELVES, BY_TITLE, BROKEN];
const BROKEN_IN_ONE: &[Step] = &[BOOKS, SHELVES, BROKEN];
const EDITED: &[Step] = &[
    step(
        "1_books",
        "create table books (\n  id integer primary key,\n  title text not null); -- the same\n",
        "DROP TABLE books;",
    ),
    SHELVES,
];

/// A database of the test's own on either backend.
struct Place {
    connection: Connection,
    database: Database,
    /// On SQLite the folder, on PostgreSQL the schema that is to be dropped.
    _folder: Option<TempDir>,
    schema: Option<String>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(schema) = &self.schema {
            let dropped = self.connection.batch_execute(&format!("DROP SCHEMA {schema} CASCADE"));
            assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
        }
    }
}

fn connect(url: &DatabaseUrl) -> Database {
    Database::connect(url, Missing::Create, Patience::None, &Clock::default()).unwrap()
}

fn on_sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let database = connect(&DatabaseUrl::Sqlite(folder.path().join("library.db")));
    let connection = database.connection().unwrap();
    Place { connection, database, _folder: Some(folder), schema: None }
}

fn on_postgres() -> Option<Place> {
    let url = std::env::var_os("ETL_TEST_POSTGRES_URL").filter(|url| !url.is_empty())?;
    let url = DatabaseUrl::Postgres(Secret::new(url.to_str().unwrap()));
    let database = connect(&url);
    let mut connection = database.connection().unwrap();
    let schema = format!("library_{:08x}", fastrand::u32(..));
    let sql = format!("CREATE SCHEMA {schema}; SET search_path TO {schema}");
    connection.batch_execute(&sql).unwrap();
    Some(Place { connection, database, _folder: None, schema: Some(schema) })
}

fn on_both(body: fn(&mut AnyConnection)) {
    body(&mut on_sqlite().connection);
    if let Some(mut place) = on_postgres() {
        body(&mut place.connection);
    }
}

fn made(connection: &mut AnyConnection) -> Vec<String> {
    describe(connection).unwrap().iter().map(ToString::to_string).collect()
}

fn has(connection: &mut AnyConnection, thing: &str) -> bool {
    made(connection).iter().any(|line| line.starts_with(thing))
}

#[test]
fn any_set_of_steps_goes_up_and_back() {
    on_both(|connection| {
        assert_eq!(up(connection, LIBRARY).unwrap(), ["1_books", "2_shelves"]);
        assert!(has(connection, "index shelves.shelves_id: (id)"), "{:?}", made(connection));
        assert_eq!(verify(connection, LIBRARY).unwrap(), []);
        assert_eq!(up(connection, LIBRARY).unwrap(), [""; 0]);
        let plan = plan_redo(connection, LIBRARY, &Reach::Newest(1)).unwrap();
        assert_eq!(execute(connection, &plan).unwrap().applied, ["2_shelves"]);
        let plan = plan_revert(connection, LIBRARY, &Reach::DownTo("0".into())).unwrap();
        assert_eq!(execute(connection, &plan).unwrap().reverted, ["2_shelves", "1_books"]);
        assert_eq!(made(connection), [""; 0]);
    });
}

#[test]
fn the_lock_is_there_for_any_set() {
    let place = on_sqlite();
    let _lock = super::lock(&place.database, std::time::Duration::ZERO, &Clock::default()).unwrap();
    assert!(place.database.try_lock().unwrap().is_none());
    assert!(Path::new(&format!("{}.lock", place.database.url().place())).exists());
}

#[test]
fn all_of_it_or_nothing_and_it_says_where() {
    on_both(|connection| {
        let error = up(connection, BROKEN_IN_ONE).unwrap_err().to_string();
        assert!(error.starts_with("migration 4_broken: statement 2, line "), "{error}");
        assert!(error.ends_with("; nothing was applied"), "{error}");
        if matches!(connection, AnyConnection::Postgres(_)) {
            assert!(error.contains("line 4, column 24: syntax error at or near \")\""), "{error}");
        } else {
            assert!(error.contains("line 3: near \")\": syntax error"), "{error}");
        }
        assert_eq!(made(connection), [""; 0]);
    });
}

#[test]
fn a_step_outside_a_transaction_cuts_the_list_in_whole_parts() {
    on_both(|connection| {
        let error = up(connection, BROKEN_AFTER_THREE_PARTS).unwrap_err().to_string();
        let kept = "what came before it is done and stays: 1_books, 2_shelves, 3_by_title";
        assert!(error.ends_with(kept), "{error}");
        assert!(!has(connection, "table loans"), "{:?}", made(connection));
        assert_eq!(up(connection, IN_THREE_PARTS).unwrap(), ["4_readers"]);
        assert!(has(connection, "index books.by_title: (title)"), "{:?}", made(connection));
        assert_eq!(verify(connection, IN_THREE_PARTS).unwrap(), []);
        let plan = plan_redo(connection, IN_THREE_PARTS, &Reach::Newest(3)).unwrap();
        let sql = plan.to_sql();
        assert_eq!(sql.matches("COMMIT;").count(), 3, "{sql}");
        execute(connection, &plan).unwrap();
        assert_eq!(verify(connection, IN_THREE_PARTS).unwrap(), []);
    });
}

#[test]
fn an_edited_text_is_refused_until_it_is_accepted() {
    on_both(|connection| {
        up(connection, LIBRARY).unwrap();
        let MigrateError::Edited(edits) = up(connection, EDITED).unwrap_err() else {
            panic!("it was not refused")
        };
        assert_eq!(edits.iter().map(|edit| edit.name).collect::<Vec<_>>(), ["1_books"]);
        assert_ne!(edits[0].applied, edits[0].known);
        let states: Vec<State> =
            standing(connection, EDITED).unwrap().steps.iter().map(|(_, state)| *state).collect();
        assert_eq!(states, [State::Edited, State::Applied]);
        let plan = super::plan_repair(connection, EDITED, &["1".to_owned()]).unwrap();
        assert_eq!(execute(connection, &plan).unwrap().accepted, ["1_books"]);
        assert_eq!(verify(connection, EDITED).unwrap(), []);
        assert_eq!(up(connection, EDITED).unwrap(), [""; 0]);
    });
}

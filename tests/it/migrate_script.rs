//! `etl migrate --dry-run`: the very SQL, for the database's own shell, and nothing touched.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::migrate::{empty, etl, made};
use crate::support::{Database, Etl};

/// What the ledger says, without the instants.
const LEDGER: &str = "SELECT l.version || ' ' || c.checksum FROM __diesel_schema_migrations l
    JOIN __etl_migration_checksums c ON c.version = l.version ORDER BY 1";

/// Gives the script to `psql` or `sqlite3`, or says that there is none.
fn fed_to_its_shell(database: &Database, script: &str) -> bool {
    let mut shell = if database.is_postgres() {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", &database.url()]);
        psql
    } else {
        let mut sqlite = Command::new("sqlite3");
        sqlite.args(["-bail", &database.sqlite_path()]);
        sqlite
    };
    let Ok(mut child) = shell.stdin(Stdio::piped()).spawn() else {
        crate::support::skip("the script of a dry run", "psql or sqlite3 is not installed");
        return false;
    };
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "the shell refused:\n{script}");
    true
}

on_both! {
    fn it_prints_and_touches_nothing(database: Database) {
        let script = etl(&database, "migrate --dry-run").succeeds();
        for words in ["CREATE TABLE raw_launches", "INSERT INTO __diesel_schema_migrations", "COMMIT;"] {
            assert!(script.stdout.contains(words), "{words} is not in\n{}", script.stdout);
        }
        assert_eq!(etl(&database, "migrate up --dry-run").succeeds().stdout, script.stdout);
        let json = etl(&database, "migrate --dry-run --format json").succeeds().json();
        assert_eq!(json["sql"], script.stdout);
        if database.is_postgres() {
            assert_eq!(made(&database), Vec::<String>::new());
        } else {
            let folder = Path::new(&database.sqlite_path()).parent().unwrap().to_owned();
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "a file was made");
            empty(&database);
            etl(&database, "migrate --dry-run").succeeds();
            assert_eq!(std::fs::metadata(database.sqlite_path()).unwrap().len(), 0);
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "a file was made");
        }
        let migrated = database.migrated();
        assert_eq!(etl(&migrated, "migrate --dry-run").succeeds().stdout, "-- nothing to do\n");
    }

    fn its_script_and_up_make_the_same(database: Database) {
        let by_up = if database.is_postgres() { Database::postgres().unwrap() } else { Database::sqlite() };
        let script = etl(&database, "migrate --dry-run").succeeds().stdout;
        empty(&database);
        if !fed_to_its_shell(&database, &script) {
            return;
        }
        let by_up = by_up.migrated();
        assert_eq!(dump(&database), dump(&by_up));
        assert_eq!(made(&database), made(&by_up));
        assert_eq!(database.rows(LEDGER), by_up.rows(LEDGER));
        assert_eq!(database.rows(LEDGER).len(), crate::migrate::names().len());
        etl(&database, "migrate verify").succeeds();
        Etl::new().args("run --sandbox").database(&database).run().succeeds();
    }

    fn the_script_of_revert_redo_and_baseline_does_what_they_do(database: Database) {
        let database = database.migrated();
        let whole = dump(&database);
        let redo = etl(&database, "migrate redo --steps 3 --dry-run").succeeds().stdout;
        let revert = etl(&database, "migrate revert --to 0 --dry-run").succeeds().stdout;
        assert_eq!(dump(&database), whole, "a dry run changed something");
        if !fed_to_its_shell(&database, &redo) {
            return;
        }
        assert_eq!(dump(&database), whole);
        assert!(fed_to_its_shell(&database, &revert));
        assert_eq!(dump(&database), "");
        assert_eq!(database.rows(LEDGER), Vec::<String>::new());
        etl(&database, "migrate").succeeds();
        assert_eq!(dump(&database), whole);
    }
}

fn dump(database: &Database) -> String {
    etl(database, "migrate dump").succeeds().stdout
}

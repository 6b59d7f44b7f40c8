//! `etl migrate` back and forth: revert, redo, and asking before data goes; status and dump beside it.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::migrate::{etl, made, names};
use crate::support::{Database, Etl};

fn dump(database: &Database) -> String {
    etl(database, "migrate dump").succeeds().stdout
}

on_both! {
    fn revert_to_nothing_and_up_again_make_the_same(database: Database) {
        let database = database.migrated();
        let before = dump(&database);
        let sorted: Vec<&str> = before.lines().filter_map(|line| line.strip_prefix("table ")).collect();
        assert!(sorted.is_sorted() && sorted.contains(&"raw_launches"), "{sorted:?}");
        let reverted = etl(&database, "migrate revert --to 0 --yes").succeeds();
        let newest_first: Vec<String> = names().iter().rev().map(|name| format!("reverted {name}")).collect();
        assert_eq!(reverted.stdout.lines().take(newest_first.len()).collect::<Vec<_>>(), newest_first);
        assert_eq!(dump(&database), "");
        assert!(etl(&database, "migrate revert --yes").succeeds().stdout.starts_with("nothing to revert"));
        etl(&database, "migrate up").succeeds();
        assert_eq!(dump(&database), before);
        etl(&database, "migrate verify").succeeds();
    }

    fn revert_goes_back_by_steps_or_to_a_version(database: Database) {
        let database = database.migrated();
        let last = names().len();
        let applied = || database.value("SELECT count(*) FROM __diesel_schema_migrations").parse::<usize>().unwrap();
        etl(&database, "migrate revert --yes").succeeds();
        assert_eq!(applied(), last - 1);
        etl(&database, "migrate revert --steps 2 --yes").succeeds();
        assert_eq!(applied(), last - 3);
        etl(&database, "migrate revert --to 2026-11-23-000003 --yes").succeeds();
        assert_eq!(applied(), 3);
        etl(&database, "migrate verify").succeeds();
        etl(&database, "migrate revert --to 20000101000000 --yes").exits(2).says("no migration has the version");
        etl(&database, "migrate revert --to 20261123000001 --steps 1 --yes").exits(2);
        assert_eq!(database.value("SELECT count(*) FROM __etl_migration_checksums"), "3");
        etl(&database, "migrate").succeeds();
        etl(&database, "migrate verify").succeeds();
    }

    fn redo_takes_back_and_applies_again(database: Database) {
        let database = database.migrated();
        Etl::new().args("run --sandbox").database(&database).run().succeeds();
        let before = made(&database);
        let newest = names().pop().unwrap();
        let redone = etl(&database, "migrate redo --yes").succeeds();
        assert!(redone.stdout.starts_with(&format!("reverted {newest}\n")), "{}", redone.stdout);
        assert!(redone.stdout.contains(&format!("\napplied {newest}\n")), "{}", redone.stdout);
        assert_eq!(made(&database), before);
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "205");
    }

    fn a_revert_that_fails_reverts_nothing(database: Database) {
        let database = database.migrated();
        // On PostgreSQL a view of a stranger needs it; on SQLite it is not there to be dropped.
        database.execute(if database.is_postgres() {
            "CREATE VIEW stray AS SELECT * FROM launch_changes"
        } else {
            "DROP VIEW launch_changes"
        }).unwrap();
        let before = made(&database);
        etl(&database, "migrate revert --to 0 --yes")
            .exits(3)
            .says("reverting 2026-11-23-000007_show_versions_and_changes: statement 1, line 1")
            .says("nothing was reverted");
        assert_eq!(made(&database), before);
    }

    fn what_destroys_data_wants_to_be_told_so(database: Database) {
        let database = database.migrated();
        let before = made(&database);
        for words in ["migrate revert", "migrate redo --steps 2", "migrate revert --to 0 --format json"] {
            etl(&database, words).exits(2).says("--yes").says(&names().pop().unwrap());
            assert_eq!(made(&database), before, "{words}");
        }
        for (answer, code) in [("n\n", 2), ("\n", 2), ("y\n", 0)] {
            let terminal = Command::new("script")
                .args(["--quiet", "--return", "--echo", "never", "--command"])
                .arg(format!("{} migrate revert", env!("CARGO_BIN_EXE_etl")))
                .arg("/dev/null")
                .env("DATABASE_URL", database.url())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn();
            let Ok(mut terminal) = terminal else {
                crate::support::skip("asking on a terminal", "script is not installed");
                return;
            };
            terminal.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
            assert_eq!(terminal.wait().unwrap().code(), Some(code), "{answer:?}");
            assert_eq!(made(&database) == before, code != 0, "{answer:?}");
        }
    }

    fn status_tells_scripts_what_is_pending_and_edited(database: Database) {
        let database = database.migrated();
        etl(&database, "migrate status --exit-code").succeeds();
        etl(&database, "migrate revert --yes").succeeds();
        let pending = etl(&database, "migrate status --exit-code --format json").exits(1).json();
        let last = pending["migrations"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["status"], "pending");
        etl(&database, "migrate status").succeeds();
        database.execute("UPDATE __etl_migration_checksums SET checksum = 'x' WHERE version = '20261123000002'").unwrap();
        let edited = etl(&database, "migrate status").succeeds();
        assert_eq!(edited.stdout.lines().nth(1), Some("edited   20261123000002  add tracked columns and figures"));
    }
}

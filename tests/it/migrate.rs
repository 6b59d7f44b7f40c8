//! `etl migrate`: all of it or nothing, once, by whoever comes first.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::parity::catalog;
use crate::support::{Database, Etl, Output};

/// The migrations of a backend, in order.
pub(crate) fn folders(backend: &str) -> Vec<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let entries = std::fs::read_dir(format!("{root}/{backend}")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 8, "{folders:?}");
    folders
}

pub(crate) fn names() -> Vec<String> {
    let name = |folder: PathBuf| folder.file_name().unwrap().to_str().unwrap().to_owned();
    folders("sqlite").into_iter().map(name).collect()
}

pub(crate) fn etl(database: &Database, words: &str) -> Output {
    Etl::new().args(words).database(database).run()
}

/// Everything that was made in the database: columns, keys, defaults, indexes, views, triggers, code.
pub(crate) fn made(database: &Database) -> Vec<String> {
    let mut made: Vec<String> =
        catalog::columns(database).iter().map(ToString::to_string).collect();
    made.extend(catalog::views(database).iter().map(ToString::to_string));
    made.extend(catalog::indexes(database));
    made.extend(database.rows(if database.is_postgres() {
        "SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
         UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
         UNION ALL SELECT 'relation ' || relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    } else {
        "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    }));
    made.sort();
    made
}

/// A SQLite file with nothing in it; on PostgreSQL there is nothing to do.
pub(crate) fn empty(database: &Database) {
    if !database.is_postgres() {
        std::fs::write(database.sqlite_path(), "").unwrap();
    }
}

on_both! {
    fn up_applies_everything_and_then_nothing(database: Database) {
        let first = etl(&database, "migrate").succeeds();
        let applied: Vec<&str> =
            first.stdout.lines().filter_map(|line| line.strip_prefix("applied ")).collect();
        assert_eq!(applied, names());
        let before = made(&database);
        let second = etl(&database, "migrate up").succeeds();
        let place = database.place();
        assert_eq!(second.stdout, format!("nothing to migrate: {place} is up to date\n"));
        assert_eq!(made(&database), before);
        let third = etl(&database, "migrate --format json").succeeds().json();
        let nothing = serde_json::json!({"schema_version": 1, "status": "success",
            "applied": [], "reverted": [], "adopted": [], "accepted": []});
        assert_eq!(third, nothing);
    }

    fn status_lists_what_is_pending_and_what_is_applied(database: Database) {
        empty(&database);
        let pending = etl(&database, "migrate status").succeeds();
        assert!(pending.stdout.lines().all(|line| line.starts_with("pending  ")), "{}", pending.stdout);
        assert_eq!(pending.stdout.lines().count(), names().len());
        assert_eq!(made(&database), Vec::<String>::new(), "asking made something");
        etl(&database, "migrate").succeeds();
        freeze!("migrate__status", etl(&database, "migrate status").everything());
        freeze!("migrate__status_json", etl(&database, "migrate status --format json").everything());
    }

    fn a_migration_that_fails_leaves_nothing_behind(database: Database) {
        let blocked = &names()[2];
        database.execute("CREATE TABLE payloads (in_the_way integer)").unwrap();
        let before = made(&database);
        for words in ["migrate", "run --migrate --sandbox"] {
            etl(&database, words).exits(3).says(blocked).says("payloads").says("nothing was applied");
            assert_eq!(made(&database), before, "{words}");
        }
        let answer = etl(&database, "migrate --format json").exits(3).json();
        assert_eq!(answer["status"], "failed");
        database.execute("DROP TABLE payloads").unwrap();
        etl(&database, "migrate").succeeds();
    }

    fn every_down_brings_back_what_was_before_its_up(database: Database) {
        let folders = folders(if database.is_postgres() { "postgres" } else { "sqlite" });
        let run = |folder: &Path, half: &str| {
            let path = folder.join(half);
            let done = database.script(&std::fs::read_to_string(&path).unwrap());
            done.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        };
        empty(&database);
        let mut before = vec![];
        for folder in &folders {
            before.push(made(&database));
            run(folder, "up.sql");
            assert_ne!(before.last(), Some(&made(&database)), "{} makes nothing", folder.display());
        }
        for folder in folders.iter().rev() {
            run(folder, "down.sql");
            assert_eq!(Some(made(&database)), before.pop(), "{}", folder.display());
        }
        assert_eq!(made(&database), Vec::<String>::new());
    }

    fn a_database_of_the_first_migration_is_adopted_with_its_rows(database: Database) {
        let first = folders(if database.is_postgres() { "postgres" } else { "sqlite" }).remove(0);
        database.script(&std::fs::read_to_string(first.join("up.sql")).unwrap()).unwrap();
        database
            .script(
                "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
                     run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
                 INSERT INTO __diesel_schema_migrations (version) VALUES ('20261123000001');
                 INSERT INTO raw_launches (launch_id, mission_name, date_utc)
                 VALUES ('5eb87cd9ffd86e000604b32a', 'FalconSat', '2006-03-24T22:30:00.000000Z')",
            )
            .unwrap();
        let applied = etl(&database, "migrate").succeeds();
        assert_eq!(applied.stdout.lines().filter(|line| line.starts_with("applied ")).count(), names().len() - 1);
        assert_eq!(database.rows("SELECT mission_name || ' ' || revision FROM raw_launches"), ["FalconSat 1"]);
    }

    fn a_newer_database_is_refused_by_every_command(database: Database) {
        let database = database.migrated();
        let newest = database.value("SELECT max(version) FROM __diesel_schema_migrations");
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')").unwrap();
        let before = made(&database);
        for words in [
            "migrate", "migrate up", "run --sandbox", "run --migrate --sandbox", "run --sandbox --dry-run",
            "run --recompute", "status", "trends", "quarantine list", "quarantine show 1", "migrate --dry-run",
            "migrate verify", "migrate dump", "migrate revert --yes", "migrate redo --yes",
            "migrate baseline 20261123000001", "migrate repair 20261123000001",
        ] {
            let output = etl(&database, words).exits(2).says("20991231000001").says(&newest);
            assert!(output.says("install the etl that migrated this database").stdout.is_empty(), "{words}");
        }
        assert_eq!(etl(&database, "run --sandbox --format json").exits(2).json()["error"]["kind"], "database_unusable");
        let listed = etl(&database, "migrate status").succeeds();
        assert!(listed.stdout.contains("unknown  20991231000001"), "{}", listed.stdout);
        assert_eq!(made(&database), before);
        assert_eq!(database.value("SELECT count(*) FROM pipeline_runs"), "0");
    }

    fn eight_at_once_all_succeed_and_one_of_them_does_it(database: Database) {
        let start = |_| Etl::new().args("migrate").database(&database).spawn();
        let running: Vec<_> = (0..8).map(start).collect();
        let ended: Vec<Output> = running.into_iter().map(|one| one.wait().succeeds()).collect();
        let applied = ended.iter().filter(|output| output.stdout.contains("applied 2"));
        assert_eq!(applied.count(), 1);
        assert_eq!(
            database.value("SELECT count(*) FROM __diesel_schema_migrations"),
            names().len().to_string()
        );
    }

    fn a_run_and_a_migration_at_once_do_not_spoil_each_other(database: Database) {
        let start = |words: &str| Etl::new().args(words).database(&database).spawn();
        let (run, migration) = (start("run --sandbox --migrate"), start("migrate"));
        let (run, migration) = (run.wait(), migration.wait());
        migration.succeeds();
        assert!(matches!(run.code, Some(0 | 75)), "{}", run.everything());
        etl(&database, "run --sandbox").succeeds();
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "205");
        assert_eq!(database.value("SELECT count(*) FROM launch_aggregations"), "1");
    }
}

#[test]
fn every_promise_about_migrations_has_its_test() {
    let root = env!("CARGO_MANIFEST_DIR");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap();
    let tests = ["", "_adopt", "_back", "_lock", "_script", "_verify"]
        .map(|of| read(&format!("tests/it/migrate{of}.rs")))
        .concat()
        + &read("src/migrate/tests.rs");
    let document = read("docs/MIGRATIONS.md");
    let (_, table) = document.split_once("| promise | test |\n| --- | --- |\n").unwrap();
    let promises: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    assert!(promises.len() >= 17, "{promises:?}");
    for promise in promises {
        let name = promise.trim_end_matches(" |").rsplit(' ').next().unwrap().trim_matches('`');
        assert!(tests.contains(&format!("fn {name}(")), "no test backs {promise}");
    }
}

#[test]
fn a_new_sqlite_file_is_its_owners_alone() {
    for words in ["migrate", "run --sandbox"] {
        let database = Database::sqlite();
        etl(&database, words).succeeds();
        for file in std::fs::read_dir(Path::new(&database.sqlite_path()).parent().unwrap()).unwrap()
        {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{words}: {}", file.path().display());
        }
    }
}

#[test]
fn a_missing_sqlite_file_is_not_made_by_looking() {
    let database = Database::sqlite();
    for words in ["status", "trends", "quarantine list", "migrate status"] {
        let output =
            etl(&database, words).exits(2).says("there is no database at").says("`etl migrate`");
        assert!(
            output.stdout.is_empty() && !Path::new(&database.sqlite_path()).exists(),
            "{words}"
        );
    }
}

#[test]
fn postgres_is_migrated_only_when_asked() {
    let Some(database) = Database::postgres() else { return };
    for words in ["run --sandbox", "run --sandbox --dry-run", "status", "trends", "quarantine list"]
    {
        etl(&database, words)
            .exits(2)
            .says("not migrated")
            .says("run `etl migrate`, or `etl run --migrate`");
        assert_eq!(made(&database), Vec::<String>::new(), "{words}");
    }
    etl(&database, "run --sandbox --migrate").succeeds();
    assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "205");
}

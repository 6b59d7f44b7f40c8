//! `etl migrate baseline`: a database that others made, with its rows, becomes one of ours.

use crate::migrate::{etl, folders, made};
use crate::support::{Database, Etl};

/// The columns of the given table, and those that came later.
const COLUMNS: [&str; 14] = [
    "launch_id",
    "mission_name",
    "date_utc",
    "success",
    "payload_ids",
    "launchpad_id",
    "static_fire_date_utc",
    "total_payload_mass_kg",
    "payloads_without_mass",
    "upcoming",
    "flight_number",
    "rocket_id",
    "date_precision",
    "fingerprint",
];

/// The two given tables by plain SQL, without a ledger.
pub(crate) fn the_given_tables(database: &Database) {
    let first = folders(if database.is_postgres() { "postgres" } else { "sqlite" }).remove(0);
    database.script(&std::fs::read_to_string(first.join("up.sql")).unwrap()).unwrap();
}

/// Launches as somebody else loaded them: as they are at the source, out of date, and one that is nowhere else.
fn with_rows_of(loaded: &Database, database: &Database) {
    let quoted =
        |column: &str| format!("coalesce('''' || replace({column}, '''', '''''') || '''', 'NULL')");
    let instant = if loaded.is_postgres() {
        "to_char(date_utc AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    } else {
        "date_utc"
    };
    let values = format!(
        "SELECT concat({}, ', ', {}, ', ''', {instant}, ''', ', {}) FROM raw_launches
         WHERE NOT upcoming AND success IS NOT NULL ORDER BY launch_id LIMIT 5",
        quoted("launch_id"),
        quoted("mission_name"),
        quoted("launchpad_id"),
    );
    for values in loaded.rows(&values) {
        let insert =
            "INSERT INTO raw_launches (launch_id, mission_name, date_utc, launchpad_id) VALUES";
        database.execute(&format!("{insert} ({values})")).unwrap();
    }
    database.script(
        "UPDATE raw_launches SET mission_name = 'an old name' WHERE launch_id = (SELECT max(launch_id) FROM raw_launches);
         INSERT INTO raw_launches (launch_id, mission_name, date_utc) VALUES ('ffffffffffffffffffffffff', 'nowhere', '2006-03-24T22:30:00.000000Z');
         INSERT INTO launch_aggregations (total_launches) VALUES (6)",
    ).unwrap();
}

on_both! {
    fn a_database_of_the_given_tables_is_adopted_and_completed(database: Database) {
        let mut sandbox = Etl::new().args("sandbox --port 0");
        if let Some(folder) = crate::support::variable("ETL_TEST_DATA") {
            sandbox = sandbox.arg("--data").arg(format!("{folder}/spacex-v4-2022-05"));
        }
        let mut sandbox = sandbox.spawn();
        let source = sandbox.first_line();
        let run = |database: &Database| {
            let run = Etl::new().args("run --format json").env("SPACEX_API_URL", &source).database(database);
            run.run().succeeds().json()
        };
        let fresh = if database.is_postgres() { Database::postgres().unwrap() } else { Database::sqlite() };
        let fresh = fresh.migrated();
        run(&fresh);

        the_given_tables(&database);
        with_rows_of(&fresh, &database);
        let adopted = etl(&database, "migrate baseline 20261123000001").succeeds();
        assert!(adopted.stdout.starts_with("adopted 2026-11-23-000001_"), "{}", adopted.stdout);
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "6");
        etl(&database, "migrate verify").succeeds();
        etl(&database, "migrate up").succeeds();
        etl(&database, "migrate verify").succeeds();
        let answer = run(&database);
        assert_eq!(answer["kind"], "initial", "{answer}");

        let living = "(SELECT * FROM raw_launches WHERE launch_id <> 'ffffffffffffffffffffffff') AS living";
        let count = |database: &Database| database.value(&format!("SELECT count(*) FROM {living}"));
        assert_eq!(count(&database), count(&fresh));
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), (count(&fresh).parse::<u32>().unwrap() + 1).to_string());
        let truth = |database: &Database| {
            let rows = database.dump("raw_launches", &COLUMNS);
            rows.into_iter().filter(|row| !row.starts_with("ffffffff")).collect::<Vec<_>>()
        };
        assert_eq!(truth(&database), truth(&fresh));
        // What was there before is kept as a former version, and what is nowhere else is marked, now or by a reconcile.
        let old = database.rows("SELECT mission_name FROM raw_launch_revisions WHERE mission_name = 'an old name'");
        assert_eq!(old, ["an old name"]);
        let reconcile = Etl::new().args("run --reconcile").env("SPACEX_API_URL", &source).database(&database).run();
        reconcile.succeeds();
        let tombstones = database.rows("SELECT launch_id FROM raw_launches WHERE deleted_at IS NOT NULL");
        assert_eq!(tombstones, ["ffffffffffffffffffffffff"]);
        assert_eq!(truth(&database), truth(&fresh));
        assert_eq!(database.value("SELECT min(total_launches) FROM launch_aggregations"), "6");
    }

    fn tables_that_are_others_are_not_adopted(database: Database) {
        the_given_tables(&database);
        database.execute("ALTER TABLE raw_launches DROP COLUMN mission_name").unwrap();
        let before = made(&database);
        etl(&database, "migrate baseline 20261123000001").exits(1).says("column raw_launches.mission_name");
        etl(&database, "migrate baseline 20261123000008").exits(1).says("the migrations make it, and it is not there").says(" more; ");
        etl(&database, "migrate baseline 20000101000000").exits(2).says("no migration has the version");
        assert_eq!(made(&database), before);
    }

    fn a_table_of_somebody_else_is_no_obstacle(database: Database) {
        the_given_tables(&database);
        database.execute("CREATE TABLE theirs (a integer)").unwrap();
        etl(&database, "migrate baseline 2026-11-23-000001").succeeds().says("unexpected: table theirs");
        etl(&database, "migrate").succeeds();
        assert_eq!(database.value("SELECT count(*) FROM theirs"), "0");
    }

    fn a_migrated_database_needs_no_baseline(database: Database) {
        let database = database.migrated();
        etl(&database, "migrate baseline 20261123000001").exits(2).says("applied here already");
    }
}

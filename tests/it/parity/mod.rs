//! Both databases and the compiled schema say the same: columns, types, nulls, keys, defaults,
//! indexes, views, and what a column refuses.

pub(crate) mod catalog;
mod declared;
mod refusals;

use crate::support::Database;
use catalog::{Column, SEQUENCE, columns, indexes, views};
use declared::declared;

/// The type of a numbered key: on SQLite it has one width only.
fn with_one_width(mut columns: Vec<Column>) -> Vec<Column> {
    for column in &mut columns {
        if column.table_numbers_itself() {
            column.kind = "a whole number".into();
        }
    }
    columns
}

fn lines(columns: &[Column]) -> Vec<String> {
    columns.iter().map(ToString::to_string).collect()
}

fn names(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| format!("{}.{}", column.table, column.name)).collect()
}

#[test]
fn the_two_databases_have_the_same_columns_indexes_and_views() {
    let Some(postgres) = Database::postgres() else { return };
    let (postgres, sqlite) = (postgres.migrated(), Database::sqlite().migrated());
    let of = |database| lines(&with_one_width(columns(database)));
    similar(&of(&sqlite), &of(&postgres));
    similar(&indexes(&sqlite), &indexes(&postgres));
    similar(&names(&views(&sqlite)), &names(&views(&postgres)));
    assert!(indexes(&sqlite).iter().filter(|index| index.contains(" unique ")).count() >= 3);
}

on_both! {
    fn the_compiled_schema_is_the_live_one(database: Database) {
        let database = database.migrated();
        let mut live = columns(&database);
        let mut compiled = declared("schema.rs");
        if !database.is_postgres() {
            (live, compiled) = (with_one_width(live), with_one_width(compiled));
        }
        // `schema.rs` knows no precision and no default.
        for column in live.iter_mut().chain(&mut compiled) {
            column.kind = column.kind.split('(').next().unwrap().to_owned();
            column.default.clear();
        }
        compiled.sort_by_key(|column| column.table.clone());
        similar(&lines(&live), &lines(&compiled));
    }

    fn the_compiled_views_are_the_live_ones(database: Database) {
        let database = database.migrated();
        fill(&database);
        let mut compiled = declared("views.rs");
        compiled.sort_by_key(|column| column.table.clone());
        let live: Vec<Column> = views(&database)
            .into_iter()
            .filter(|live| compiled.iter().any(|compiled| compiled.table == live.table))
            .collect();
        similar(&names(&live), &names(&compiled));
        for (live, compiled) in live.iter().zip(&compiled) {
            // An expression of SQLite has no type: there the values of a row must do.
            if database.is_postgres() {
                let kind = |kind: &str| kind.split('(').next().unwrap().replace("Varchar", "Text");
                assert_eq!(kind(&live.kind), kind(&compiled.kind), "{}.{}", live.table, live.name);
            } else {
                holds_only(&database, compiled);
            }
        }
        for view in
            ["launch_versions", "launch_changes", "launch_figure_inputs", "version_figure_inputs"]
        {
            assert_ne!(database.value(&format!("SELECT count(*) FROM {view}")), "0", "{view}");
        }
    }

    fn the_first_migration_makes_the_two_given_tables(database: Database) {
        let backend = if database.is_postgres() { "postgres" } else { "sqlite" };
        let first = crate::migrate::folders(backend).remove(0);
        database.script(&std::fs::read_to_string(first.join("up.sql")).unwrap()).unwrap();
        similar(&lines(&with_one_width(columns(&database))), &GIVEN.map(String::from));
        if database.is_postgres() {
            let sequence = "SELECT pg_get_serial_sequence('launch_aggregations', 'id')";
            assert_eq!(database.value(sequence), "public.launch_aggregations_id_seq");
        }
    }
}

const GIVEN: [&str; 18] = [
    "launch_aggregations.id: a whole number, not null, key 1, default next in sequence",
    "launch_aggregations.total_launches: Int8, not null, default 0",
    "launch_aggregations.total_successful_launches: Int8, not null, default 0",
    "launch_aggregations.total_failed_launches: Int8, not null, default 0",
    "launch_aggregations.success_rate: Numeric(5,2)",
    "launch_aggregations.earliest_launch_date: Timestamptz",
    "launch_aggregations.latest_launch_date: Timestamptz",
    "launch_aggregations.total_launch_sites: Int8, default 0",
    "launch_aggregations.updated_at: Timestamptz, default now",
    "launch_aggregations.last_processed_launch_date: Timestamptz",
    "raw_launches.launch_id: Varchar, not null, key 1",
    "raw_launches.mission_name: Varchar",
    "raw_launches.date_utc: Timestamptz, not null",
    "raw_launches.success: Bool",
    "raw_launches.payload_ids: Jsonb",
    "raw_launches.launchpad_id: Varchar",
    "raw_launches.static_fire_date_utc: Timestamptz",
    "raw_launches.ingested_at: Timestamptz, default now",
];

/// A launch with every column filled, former versions of it, and the run that brought it.
fn fill(database: &Database) {
    database
        .script(
            "INSERT INTO raw_launches (launch_id, mission_name, date_utc, success, payload_ids, launchpad_id,
                 static_fire_date_utc, total_payload_mass_kg, payloads_without_mass, upcoming, flight_number,
                 rocket_id, date_precision, fingerprint, pipeline_run_id, updated_at)
             VALUES ('a', 'CRS-1', '2022-10-05T16:00:00.000000Z', true, '[\"p\"]', 'pad',
                 '2022-10-04T15:59:59.250000Z', 5383.85, 0, false, 7,
                 'r', 'hour', '1:f', 'initial_1', '2022-11-01T00:00:00.000000Z');
             UPDATE raw_launches SET mission_name = 'CRS-1 (late)', deleted_at = '2022-12-01T00:00:00.000000Z',
                 updated_at = '2022-12-01T00:00:00.000000Z', pipeline_run_id = 'pipeline_2';
             UPDATE raw_launches SET deleted_at = NULL,
                 updated_at = '2022-12-02T00:00:00.000000Z', pipeline_run_id = 'pipeline_3';
             INSERT INTO launchpads (launchpad_id, name, pipeline_run_id, updated_at)
             VALUES ('pad', 'Pad', 'initial_1', '2022-11-01T00:00:00.000000Z');
             INSERT INTO rockets (rocket_id, name, pipeline_run_id, updated_at)
             VALUES ('r', 'Rocket', 'initial_1', '2022-11-01T00:00:00.000000Z');
             INSERT INTO pipeline_runs (pipeline_run_id, kind, started_at, finished_at, status, host, process_id,
                 launches_inserted)
             VALUES ('initial_1', 'initial', '2022-11-01T00:00:00.000000Z', '2022-11-01T00:00:01.000000Z', 'success',
                 'host', 1, 1);
             INSERT INTO launch_aggregations (total_launches, total_successful_launches, success_rate, updated_at,
                 snapshot_type, launches_added_in_batch, pipeline_run_id)
             VALUES (1, 1, 100.00, '2022-11-01T00:00:00.000000Z', 'initial', 1, 'initial_1');",
        )
        .unwrap();
}

/// Every value of the column is one that the compiled type can be read from, and there is one.
fn holds_only(database: &Database, column: &Column) {
    let Column { table, name, kind, .. } = column;
    let wanted = match kind.as_str() {
        "Int4" | "Int8" | "Bool" => "integer",
        "Numeric" => "real",
        _ => "text",
    };
    let found = database
        .rows(&format!("SELECT DISTINCT typeof({name}) FROM {table} WHERE {name} IS NOT NULL"));
    assert_eq!(found, [wanted], "{table}.{name}, compiled as {kind}");
}

#[track_caller]
fn similar(left: &[String], right: &[String]) {
    let only = |here: &[String], there: &[String]| -> Vec<String> {
        here.iter().filter(|line| !there.contains(line)).cloned().collect()
    };
    let (a, b) = (only(left, right), only(right, left));
    assert!(a.is_empty() && b.is_empty(), "only left: {a:#?}\nonly right: {b:#?}");
    assert_eq!(left, right, "the same, in another order");
}

impl Column {
    fn table_numbers_itself(&self) -> bool {
        // `schema.rs` does not say so, but no other key is a number called id.
        self.default == SEQUENCE || (self.name == "id" && self.key == 1)
    }
}

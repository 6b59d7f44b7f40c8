//! What a column refuses: SQLite by its CHECKs what PostgreSQL refuses by its types.

use crate::support::Database;

/// A good value of the column, then bad ones, as SQL.
struct Refusal {
    table: &'static str,
    column: &'static str,
    good: &'static str,
    bad: &'static [&'static str],
}

const fn refusal(
    table: &'static str,
    column: &'static str,
    good: &'static str,
    bad: &'static [&'static str],
) -> Refusal {
    Refusal { table, column, good, bad }
}

const INSTANT: &str = "'2022-10-05T16:00:00.000000Z'";
const NO_INSTANTS: &[&str] = &[
    "''",
    "'soon'",
    "'2022-13-01T00:00:00.000000Z'",
    "'2022-00-01T00:00:00.000000Z'",
    "'2022-02-30T00:00:00.000000Z'",
    "'2022-10-32T00:00:00.000000Z'",
    "'2022-10-05T25:00:00.000000Z'",
    "'2022-10-05T16:60:00.000000Z'",
    "'2022-10-05T16:00:61.000000Z'",
];
const NO_DECIMALS: &[&str] = &["'abc'", "1e308", "-1e308", "'1,5'"];
const NO_BOOLEANS: &[&str] = &["2", "-1", "'maybe'"];
const NO_WHOLE_NUMBERS: &[&str] = &["'abc'", "''", "'1.5'"];
const NO_JSON: &[&str] = &["'not json'", "'{a: 1}'", "''", "'[1,]'"];

const REFUSALS: &[Refusal] = &[
    refusal("raw_launches", "static_fire_date_utc", INSTANT, NO_INSTANTS),
    refusal("raw_launches", "ingested_at", INSTANT, NO_INSTANTS),
    refusal("raw_launches", "updated_at", INSTANT, NO_INSTANTS),
    refusal("raw_launches", "deleted_at", INSTANT, NO_INSTANTS),
    refusal("raw_launches", "success", "true", NO_BOOLEANS),
    refusal("raw_launches", "upcoming", "false", NO_BOOLEANS),
    refusal("raw_launches", "payload_ids", "'[\"p\"]'", NO_JSON),
    refusal("raw_launches", "total_payload_mass_kg", "99999999.99", NO_DECIMALS),
    refusal("raw_launches", "total_payload_mass_kg", "-0.01", &["100000000", "-100000000"]),
    refusal("raw_launches", "flight_number", "7", NO_WHOLE_NUMBERS),
    refusal("raw_launches", "payloads_without_mass", "NULL", NO_WHOLE_NUMBERS),
    refusal("launch_aggregations", "total_launches", "7", NO_WHOLE_NUMBERS),
    refusal("pipeline_runs", "launches_fetched", "7", NO_WHOLE_NUMBERS),
    refusal("launch_aggregations", "earliest_launch_date", INSTANT, NO_INSTANTS),
    refusal("launch_aggregations", "latest_launch_date", INSTANT, NO_INSTANTS),
    refusal("launch_aggregations", "updated_at", INSTANT, NO_INSTANTS),
    refusal("launch_aggregations", "last_processed_launch_date", INSTANT, NO_INSTANTS),
    refusal("launch_aggregations", "success_rate", "89.02", NO_DECIMALS),
    refusal("launch_aggregations", "success_rate", "999.99", &["1000"]),
    refusal("launch_aggregations", "completed_success_rate", "96.86", NO_DECIMALS),
    refusal("launch_aggregations", "average_payload_mass_kg", "5383.85", NO_DECIMALS),
    refusal("launch_aggregations", "average_delay_hours", "9999999999.99", &["10000000000"]),
    refusal(
        "launch_aggregations",
        "total_mass_hundredths",
        "9223372036854775807",
        NO_WHOLE_NUMBERS,
    ),
    refusal("launch_aggregations", "total_delay_rest_micros", "NULL", NO_WHOLE_NUMBERS),
    refusal("payloads", "mass_kg", "158.51", NO_DECIMALS),
    refusal("payloads", "updated_at", INSTANT, NO_INSTANTS),
    refusal("pipeline_runs", "started_at", INSTANT, NO_INSTANTS),
    refusal("pipeline_runs", "watermark_after", INSTANT, NO_INSTANTS),
    refusal("pipeline_runs", "status", "'running'", &["'strange'", "'success'", "NULL"]),
    refusal("pipeline_runs", "finished_at", "NULL", &[INSTANT]),
    refusal("ingestion_state", "source_kind", "'api'", &["'elsewhere'", "NULL"]),
    refusal("ingestion_state", "reconcile_due", "false", NO_BOOLEANS),
    refusal("ingestion_state", "watermark", INSTANT, NO_INSTANTS),
    refusal("quarantined_launches", "breaches", "'[]'", NO_JSON),
    refusal("quarantined_launches", "resolution", "NULL", &["'good'", "'strange'"]),
    refusal("quarantined_launches", "resolved_at", "NULL", &[INSTANT]),
    refusal("raw_launch_revisions", "valid_to", "'2022-12-01T00:00:00.000000Z'", &[INSTANT]),
    refusal("raw_launch_revisions", "valid_from", INSTANT, NO_INSTANTS),
    refusal("raw_launch_revisions", "total_payload_mass_kg", "9.5", NO_DECIMALS),
];

/// The columns that a row needs, with values that fit.
fn needed<'a>(table: &str) -> Vec<(&'a str, &'a str)> {
    match table {
        "raw_launches" => vec![("launch_id", "'a'"), ("date_utc", INSTANT)],
        "launch_aggregations" => vec![],
        "payloads" => {
            vec![("payload_id", "'p'"), ("pipeline_run_id", "'run'"), ("updated_at", INSTANT)]
        }
        "pipeline_runs" => vec![
            ("pipeline_run_id", "'run'"),
            ("kind", "'initial'"),
            ("started_at", INSTANT),
            ("status", "'running'"),
            ("host", "'h'"),
            ("process_id", "1"),
        ],
        "ingestion_state" => {
            vec![("source", "'launches'"), ("source_kind", "'api'"), ("fingerprint_version", "1")]
        }
        "quarantined_launches" => vec![
            ("content_sha256", "'c'"),
            ("document", "'{}'"),
            ("breaches", "'[]'"),
            ("pipeline_run_id", "'run'"),
            ("first_seen_at", INSTANT),
            ("last_seen_at", INSTANT),
        ],
        "raw_launch_revisions" => vec![
            ("launch_id", "'a'"),
            ("revision", "1"),
            ("date_utc", INSTANT),
            ("valid_from", INSTANT),
            ("valid_to", "'2022-12-01T00:00:00.000000Z'"),
            ("ended_by_run_id", "'run'"),
        ],
        other => panic!("{other}"),
    }
}

/// Tries the row, and takes it back.
fn insert(database: &Database, table: &str, column: &str, value: &str) -> Result<(), String> {
    let mut row = needed(table);
    row.retain(|(name, _)| *name != column);
    row.push((column, value));
    let (names, values): (Vec<&str>, Vec<&str>) = row.into_iter().unzip();
    let (names, values) = (names.join(", "), values.join(", "));
    database.script(&format!("BEGIN; INSERT INTO {table} ({names}) VALUES ({values}); ROLLBACK"))
}

on_both! {
    fn a_column_refuses_what_is_not_of_its_type(database: Database) {
        let database = database.migrated();
        let mut wrong = vec![];
        for refusal in REFUSALS {
            let Refusal { table, column, good, bad } = refusal;
            if let Err(error) = insert(&database, table, column, good) {
                wrong.push(format!("{table}.{column} refuses {good}: {error}"));
            }
            for value in *bad {
                if insert(&database, table, column, value).is_ok() {
                    wrong.push(format!("{table}.{column} takes {value}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn postgres_takes_no_decimal_that_is_not_a_number() {
    let Some(database) = Database::postgres() else { return };
    let database = database.migrated();
    let decimals = database.rows(
        "SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c
         JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE c.table_schema = 'public' AND c.data_type = 'numeric' AND t.table_type = 'BASE TABLE'
         ORDER BY 1",
    );
    assert!(decimals.len() >= 6, "{decimals:?}");
    for column in decimals.iter().map(String::as_str) {
        let (table, name) = column.split_once('.').unwrap();
        // The given table has no CHECK on this one, and may not get one.
        if column == "launch_aggregations.success_rate" {
            continue;
        }
        let refused = insert(&database, table, name, "'NaN'");
        assert!(refused.is_err_and(|error| error.contains("check constraint")), "{column}");
    }
}

#[test]
fn sqlite_takes_no_third_decimal() {
    // PostgreSQL rounds such a value to two decimals; SQLite would keep it, so it is refused.
    let database = Database::sqlite().migrated();
    let refused = insert(&database, "raw_launches", "total_payload_mass_kg", "1.234");
    assert!(refused.is_err_and(|error| error.contains("CHECK constraint failed")));
}

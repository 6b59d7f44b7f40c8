//! `etl verify`: clean after every run of any history, and no damage passes it by, each called by its name.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Database, Etl, Sandbox};

/// A database with every kind of version: created, changed, vanished, restored, one launch in quarantine.
fn with_history(database: &Database) -> Sandbox {
    let sandbox = Sandbox::seeded(30, 7);
    sandbox.run(database, "");
    let ids = sandbox.ids();
    sandbox.edit(&ids[2], &json!({ "name": "Renamed once" }));
    sandbox.edit(&ids[5], &json!({ "success": null }));
    sandbox.delete(&ids[4]);
    sandbox.run(database, "--reconcile");
    sandbox.edit(&ids[2], &json!({ "name": "Renamed twice" }));
    sandbox.restore(&ids[4], false);
    sandbox.delete(&ids[6]);
    sandbox.edit(&ids[8], &json!({ "name": 5 }));
    sandbox.run(database, "--reconcile");
    sandbox.run(database, "--recompute");
    sandbox
}

fn verify(database: &Database, flags: &str) -> Etl {
    Etl::new().args("verify").args(flags).database(database)
}

/// Names of the checks that fail.
#[track_caller]
pub(crate) fn failing(database: &Database) -> BTreeSet<String> {
    let ended = verify(database, "--all --format json").run();
    let answer = ended.json();
    let checks = answer["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["result"] == "failed");
    let names: BTreeSet<String> =
        failed.clone().map(|check| check["name"].as_str().unwrap().to_owned()).collect();
    for check in failed {
        let rows = check["rows"].as_array().unwrap().len() as u64;
        assert!(rows > 0 && rows == check["findings"].as_u64().unwrap().min(10), "{check}");
    }
    assert_eq!(answer["status"], if names.is_empty() { "success" } else { "failed" });
    ended.exits(i32::from(!names.is_empty()));
    names
}

on_both! {
    fn a_history_without_damage_is_clean(database: Database) {
        let _sandbox = with_history(&database);
        let ended = verify(&database, "").run().succeeds();
        freeze!("verify__clean", ended.everything());
        let answer = verify(&database, "--all --format json").run().succeeds().json();
        assert_eq!(answer["snapshots"], 4);
        assert_eq!(answer["total_launches"], 29);
    }

    fn a_failed_check_shows_its_rows(database: Database) {
        let _sandbox = with_history(&database);
        by_hand(&database, &["UPDATE launch_aggregations SET total_launches = 28, success_rate = 12.34 WHERE id = 4"]);
        let launch = database.value(RENAMED);
        by_hand(&database, &[&format!("UPDATE raw_launches SET fingerprint = 'x' WHERE launch_id = '{launch}'")]);
        freeze!("verify__damaged", verify(&database, "").run().exits(1).everything());
    }

    fn before_the_initial_load_there_is_nothing_to_compare(database: Database) {
        Etl::new().args("migrate").database(&database).run().succeeds();
        freeze!("verify__empty", verify(&database, "").run().succeeds().everything());
    }

    fn a_change_by_hand_is_no_damage_but_leaves_the_figures_behind(database: Database) {
        let sandbox = with_history(&database);
        database.execute("UPDATE raw_launches SET success = false WHERE success").unwrap();
        assert_eq!(failing(&database), names("data_consistent"));
        sandbox.run(&database, "--recompute");
        assert_eq!(failing(&database), names(""));
        sandbox.run(&database, "--reconcile");
        assert_eq!(failing(&database), names(""));
    }

    fn every_damage_is_found_and_named(database: Database) {
        let _sandbox = with_history(&database);
        let mut wrong = vec![];
        for (damage, statements, expected) in damages(&database) {
            let copy = database.copy();
            let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
            by_hand(&copy, &statements);
            let found = failing(&copy);
            if found != names(expected) {
                wrong.push(format!("{damage}: expected {expected}, found {found:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(failing(&database), names(""), "the copies are copies");
    }

    fn a_guard_that_is_gone_is_named(database: Database) {
        let _sandbox = with_history(&database);
        let sql = if database.is_postgres() {
            "ALTER TABLE raw_launches DISABLE TRIGGER raw_launches_keep_revision"
        } else {
            "DROP TRIGGER raw_launches_keep_revision"
        };
        database.execute(sql).unwrap();
        assert_eq!(failing(&database), names("guards"));
    }

    fn a_random_history_is_clean_after_every_run(database: Database) {
        for seed in [1, 2, 3] {
            random_history(&database.copy(), seed);
        }
    }
}

#[test]
fn what_replace_can_do_without_recursive_triggers_is_found() {
    let database = Database::sqlite();
    let _sandbox = with_history(&database);
    let columns = "launch_id, date_utc, success, payload_ids, launchpad_id, static_fire_date_utc, ingested_at,
        total_payload_mass_kg, payloads_without_mass, upcoming, flight_number, rocket_id, date_precision";
    let replace = |launch: &str, more: &str, values: &str| {
        format!(
            "INSERT OR REPLACE INTO raw_launches ({columns}, mission_name{more})
             SELECT {columns}, 'Replaced'{values} FROM raw_launches WHERE launch_id = '{launch}'"
        )
    };
    let changed = database.value(RENAMED);
    let unchanged = database.value(UNTOUCHED);
    let kept = ", fingerprint, revision, pipeline_run_id, updated_at";
    let cases = [
        // The history stays, and its end with it.
        (replace(&changed, "", ""), "history run_counts"),
        // A forged revision still lacks the version that was the truth.
        (
            replace(&changed, kept, ", fingerprint, revision + 1, 'x', updated_at"),
            "history fingerprints run_counts",
        ),
        // No history: only the run that inserted it knows.
        (replace(&unchanged, "", ""), "run_counts launches_added"),
        (replace(&unchanged, kept, kept), "fingerprints"),
    ];
    for (sql, expected) in cases {
        let copy = database.copy();
        copy.execute(&sql).unwrap();
        let found = failing(&copy);
        assert!(found.is_superset(&names(expected)), "{found:?} from {sql}");
    }
}

#[test]
fn a_wrecked_file_is_a_finding() {
    let database = Database::sqlite();
    let _sandbox = with_history(&database);
    // An index that nothing here reads: only the look at the file itself can tell.
    let root =
        "SELECT rootpage FROM sqlite_master WHERE name = 'quarantined_launches_open_content'";
    let number: usize = database.value(root).parse().unwrap();
    let mut file = std::fs::read(database.sqlite_path()).unwrap();
    let page = 4096;
    for byte in &mut file[(number - 1) * page..number * page] {
        *byte = 0xa5;
    }
    std::fs::write(database.sqlite_path(), file).unwrap();
    let answer = verify(&database, "--format json").run().exits(1).json();
    let storage = answer["checks"].as_array().unwrap().iter().find(|c| c["name"] == "storage");
    assert_eq!(storage.unwrap()["result"], "failed", "{answer}");
}

#[test]
fn an_index_that_is_invalid_is_a_finding() {
    let Some(database) = Database::postgres() else { return };
    let _sandbox = with_history(&database);
    let sql = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'quarantined_launches_open_content'::regclass";
    database.execute(sql).unwrap();
    assert_eq!(failing(&database), names("storage"));
}

const RENAMED: &str = "SELECT launch_id FROM raw_launches WHERE mission_name = 'Renamed twice'";
const UNTOUCHED: &str = "SELECT min(launch_id) FROM raw_launches WHERE revision = 1";
const FAR: &str = "2090-01-01T00:00:00.000000Z";

pub(crate) fn names(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// Each with what it does and the checks that it makes fail.
fn damages(database: &Database) -> Vec<(&'static str, Vec<String>, &'static str)> {
    let renamed = database.value(RENAMED);
    let untouched = database.value(UNTOUCHED);
    let reconciled =
        database.value("SELECT max(pipeline_run_id) FROM launch_aggregations WHERE id = 2");
    let restored =
        database.value("SELECT launch_id FROM raw_launch_revisions WHERE deleted_at IS NOT NULL");
    let payload = database.value(&format!(
        "SELECT substr(CAST(payload_ids AS text), 3, 24) FROM raw_launches WHERE launch_id = '{restored}'"
    ));
    let one = |sql: String| vec![sql];
    vec![
        ("a rate of the latest snapshot", one("UPDATE launch_aggregations SET success_rate = 12.34 WHERE id = 4".into()), "data_consistent snapshots_recomputed"),
        ("a count of the latest snapshot", one("UPDATE launch_aggregations SET total_launches = 5 WHERE id = 4".into()), "data_consistent count_equals_aggregation snapshots_recomputed"),
        ("a figure of a former snapshot", one("UPDATE launch_aggregations SET average_delay_hours = 1.5 WHERE id = 2".into()), "snapshots_recomputed"),
        ("a sum of the latest snapshot", one("UPDATE launch_aggregations SET total_mass_hundredths = total_mass_hundredths + 1 WHERE id = 4".into()), "snapshots_recomputed"),
        ("a sum of a former snapshot", one("UPDATE launch_aggregations SET total_delay_whole_seconds = 0, launches_with_delay = 1 WHERE id = 2".into()), "snapshots_recomputed"),
        ("the launches that a snapshot says were added", one("UPDATE launch_aggregations SET launches_added_in_batch = 7 WHERE id = 3".into()), "launches_added"),
        ("the order of the snapshots", one("UPDATE launch_aggregations SET updated_at = '2020-01-01T00:00:00.000000Z' WHERE id = 4".into()), "snapshots_in_order snapshots_recomputed"),
        ("a snapshot is gone", one("DELETE FROM launch_aggregations WHERE id = 2".into()), "snapshot_per_run"),
        ("the tail of the snapshots is gone", one("DELETE FROM launch_aggregations WHERE id > 1".into()), "data_consistent count_equals_aggregation snapshot_per_run state"),
        ("a snapshot is there twice", one(format!("UPDATE launch_aggregations SET pipeline_run_id = '{reconciled}' WHERE id = 4")), "snapshot_per_run"),
        ("what a run says it updated", one(format!("UPDATE pipeline_runs SET launches_updated = 9 WHERE pipeline_run_id = '{reconciled}'")), "run_counts"),
        ("a run is gone", one(format!("DELETE FROM pipeline_runs WHERE pipeline_run_id = '{reconciled}'")), "run_counts snapshot_per_run"),
        ("a fingerprint", one(format!("UPDATE raw_launches SET fingerprint = '1:00' WHERE launch_id = '{untouched}'")), "fingerprints"),
        ("no fingerprint", one(format!("UPDATE raw_launches SET fingerprint = NULL WHERE launch_id = '{untouched}'")), "fingerprints"),
        ("a name behind the back of the history", one(format!("UPDATE raw_launches SET mission_name = 'x' WHERE launch_id = '{untouched}'")), "fingerprints"),
        ("a name in the history", one(format!("UPDATE raw_launch_revisions SET mission_name = 'x' WHERE launch_id = '{renamed}' AND revision = 1")), "fingerprints"),
        ("an outcome in the history", one(format!("UPDATE raw_launch_revisions SET success = NOT success WHERE launch_id = '{renamed}' AND revision = 1")), "fingerprints snapshots_recomputed"),
        ("the first revision is gone", one(format!("DELETE FROM raw_launch_revisions WHERE launch_id = '{renamed}' AND revision = 1")), "history run_counts launches_added snapshots_recomputed"),
        ("a revision in the middle is gone", one(format!("DELETE FROM raw_launch_revisions WHERE launch_id = '{renamed}' AND revision = 2")), "history run_counts snapshots_recomputed"),
        ("an overlap", one(format!("UPDATE raw_launch_revisions SET valid_to = '{FAR}' WHERE launch_id = '{renamed}' AND revision = 2")), "history snapshots_recomputed"),
        ("a hole", one(format!("UPDATE raw_launches SET updated_at = '{FAR}' WHERE launch_id = '{renamed}'")), "history run_counts snapshots_recomputed"),
        ("a revision number", one(format!("UPDATE raw_launches SET revision = 4 WHERE launch_id = '{renamed}'")), "history"),
        ("who ended a revision", one(format!("UPDATE raw_launch_revisions SET ended_by_run_id = 'x' WHERE launch_id = '{renamed}' AND revision = 1")), "history"),
        ("neighbours are the same", one(format!("UPDATE raw_launch_revisions SET mission_name = 'Renamed twice', fingerprint = (SELECT fingerprint FROM raw_launches WHERE launch_id = '{renamed}') WHERE launch_id = '{renamed}' AND revision = 2")), "revisions_differ"),
        ("a tombstone behind the back of the history", one(format!("UPDATE raw_launches SET deleted_at = '{FAR}' WHERE launch_id = '{renamed}'")), "tombstones run_counts snapshots_recomputed data_consistent count_equals_aggregation"),
        ("a launch that was never living", one(format!("UPDATE raw_launches SET deleted_at = '{FAR}' WHERE launch_id = '{untouched}'")), "tombstones snapshots_recomputed data_consistent count_equals_aggregation"),
        ("a tombstone is gone", one("UPDATE raw_launches SET deleted_at = NULL WHERE deleted_at IS NOT NULL".into()), "revisions_differ run_counts snapshots_recomputed data_consistent count_equals_aggregation"),
        ("a row is gone", one(format!("DELETE FROM raw_launches WHERE launch_id = '{renamed}'")), "history run_counts snapshots_recomputed data_consistent count_equals_aggregation"),
        ("a row without history is gone", one(format!("DELETE FROM raw_launches WHERE launch_id = '{untouched}'")), "launches_added run_counts snapshots_recomputed data_consistent count_equals_aggregation"),
        ("a row by a stranger", one("INSERT INTO raw_launches (launch_id, date_utc, updated_at) VALUES ('x', '2020-01-01T00:00:00.000000Z', '2090-01-01T00:00:00.000000Z')".into()), "data_consistent count_equals_aggregation"),
        ("a row in the name of a run", one(format!("INSERT INTO raw_launches (launch_id, date_utc, updated_at, pipeline_run_id) VALUES ('x', '2020-01-01T00:00:00.000000Z', '{FAR}', '{reconciled}')")), "data_consistent count_equals_aggregation fingerprints run_counts launches_added"),
        ("a second open entry", vec!["DROP INDEX quarantined_launches_open_launch_id".into(), "INSERT INTO quarantined_launches (launch_id, content_sha256, document, breaches, pipeline_run_id, first_seen_at, last_seen_at) SELECT launch_id, content_sha256, document, breaches, pipeline_run_id, first_seen_at, last_seen_at FROM quarantined_launches".into()], "quarantine"),
        ("a document in quarantine", one("UPDATE quarantined_launches SET document = '{}'".into()), "quarantine"),
        ("an open entry behind a good version", one("UPDATE quarantined_launches SET first_seen_at = '2020-01-01T00:00:00.000000Z', last_seen_at = '2020-01-01T00:00:00.000000Z'".into()), "quarantine"),
        ("a payload is gone", one(format!("DELETE FROM payloads WHERE payload_id = '{payload}'")), "references"),
        ("a rocket is gone", one(format!("DELETE FROM rockets WHERE rocket_id = (SELECT rocket_id FROM raw_launches WHERE launch_id = '{restored}')")), "references"),
        ("the watermark runs ahead", one(format!("UPDATE ingestion_state SET watermark = '{FAR}'")), "watermark"),
        ("the watermark went back", one("UPDATE ingestion_state SET watermark = '2006-01-01T00:00:00.000000Z'".into()), "watermark"),
        ("the watermark of a run", one(format!("UPDATE pipeline_runs SET watermark_after = '2006-01-01T00:00:00.000000Z' WHERE pipeline_run_id = '{reconciled}'")), "watermark"),
        ("the state knows of a later change", one(format!("UPDATE ingestion_state SET last_changed_at = '{FAR}'")), "state"),
        ("the state forgot the initial load", one("UPDATE ingestion_state SET initial_load_completed_at = NULL".into()), "state"),
    ]
}

/// Does what the guards would refuse, and puts them back.
#[track_caller]
pub(crate) fn by_hand(database: &Database, statements: &[&str]) {
    const GUARDED: [&str; 3] = ["raw_launches", "raw_launch_revisions", "launch_aggregations"];
    let each_table = |word: &str| {
        for table in GUARDED {
            database.execute(&format!("ALTER TABLE {table} {word} TRIGGER USER")).unwrap();
        }
    };
    let of = |column: &str| {
        database.rows(&format!(
            "SELECT {column} FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        ))
    };
    let mut triggers = vec![];
    if database.is_postgres() {
        each_table("DISABLE");
    } else {
        triggers = of("sql");
        for name in of("name") {
            database.execute(&format!("DROP TRIGGER {name}")).unwrap();
        }
    }
    for sql in statements {
        let touched = database.execute(sql).unwrap_or_else(|error| panic!("{error}\nin {sql}"));
        assert!(touched > 0 || sql.starts_with("DROP"), "nothing was touched by {sql}");
    }
    if database.is_postgres() {
        each_table("ENABLE");
    }
    for trigger in triggers {
        database.execute(&trigger).unwrap();
    }
}

/// Events and runs drawn from a seed; after every run the database is clean.
fn random_history(database: &Database, seed: u64) {
    let mut draw = fastrand::Rng::with_seed(seed);
    let sandbox = Sandbox::seeded(40, seed);
    sandbox.run(database, "");
    let mut gone: Vec<String> = vec![];
    let mut log = vec![];
    for step in 0..12 {
        for _ in 0..draw.u32(1..4) {
            log.push(event(&sandbox, &mut draw, &mut gone, step));
        }
        let flags = [
            "",
            "",
            "--since 2008-01-01 --until 2020-01-01",
            "--reconcile",
            "--full",
            "--recompute",
            "--dry-run",
        ][draw.usize(..7)];
        log.push(format!("run {flags}"));
        let ran = sandbox.etl(database, &format!("run {flags}")).run();
        assert_eq!(ran.code, Some(0), "seed {seed}: {log:#?}\n{}", ran.everything());
        let found = failing(database);
        let shown = verify(database, "").run().everything();
        assert!(found.is_empty(), "seed {seed}: {log:#?}\n{shown}");
    }
}

pub(crate) fn event(
    sandbox: &Sandbox,
    draw: &mut fastrand::Rng,
    gone: &mut Vec<String>,
    step: u32,
) -> String {
    let ids = sandbox.ids();
    let id = ids[draw.usize(..ids.len())].clone();
    let fields = match draw.u32(..12) {
        0 => json!({ "name": format!("Name {step}") }),
        1 => outcome(draw),
        2 => json!({ "date_utc": format!("20{:02}-03-04T05:06:07.000Z", draw.u32(6..23)) }),
        3 => json!({ "payloads": [] }),
        4 => json!({ "launchpad": null }),
        5 => json!({ "static_fire_date_utc": "2020-02-02T02:02:02.000Z" }),
        6 => json!({ "name": step }),
        7 => json!({ "details": "untracked" }),
        8 => {
            sandbox.delete(&id);
            gone.push(id.clone());
            return format!("delete {id}");
        }
        9 => {
            let Some(id) = gone.pop() else { return "nothing to restore".into() };
            sandbox.restore(&id, false);
            return format!("restore {id}");
        }
        10 => {
            let what = json!({ "flown": draw.bool() });
            sandbox.add(&what);
            return format!("add {what}");
        }
        _ => {
            sandbox.advance("240h");
            return "240 hours pass".into();
        }
    };
    sandbox.edit(&id, &fields);
    format!("edit {id}: {fields}")
}

fn outcome(draw: &mut fastrand::Rng) -> serde_json::Value {
    let outcome = [None, Some(true), Some(false)][draw.usize(..3)];
    json!({ "success": outcome })
}

//! The history cannot be lost: the databases themselves keep it, whoever writes to them.

use crate::support::Database;

/// What the program sets in each of its sessions, as far as it matters here.
const SESSION: &str = "PRAGMA recursive_triggers = ON;";

const KEPT: [(&str, &[&str]); 3] = [
    (
        "raw_launches",
        &["launch_id", "mission_name", "revision", "fingerprint", "pipeline_run_id", "updated_at"],
    ),
    (
        "raw_launch_revisions",
        &[
            "launch_id",
            "revision",
            "mission_name",
            "fingerprint",
            "valid_from",
            "valid_to",
            "ended_by_run_id",
        ],
    ),
    ("launch_aggregations", &["id", "total_launches", "pipeline_run_id"]),
];

/// Two launches, one of them with a former version, and two snapshots.
fn filled(database: Database) -> Database {
    let database = database.migrated();
    database
        .script(
            "INSERT INTO raw_launches (launch_id, mission_name, date_utc, fingerprint, pipeline_run_id, updated_at)
             VALUES ('a', 'first', '2020-01-01T00:00:00.000000Z', '1:f', 'initial_1', '2022-11-01T00:00:00.000000Z'),
                    ('b', 'other', '2020-02-01T00:00:00.000000Z', '1:g', 'initial_1', '2022-11-01T00:00:00.000000Z');
             UPDATE raw_launches SET mission_name = 'second', fingerprint = '1:h', pipeline_run_id = 'pipeline_2',
                 updated_at = '2022-12-01T00:00:00.000000Z' WHERE launch_id = 'a';
             INSERT INTO launch_aggregations (total_launches, pipeline_run_id) VALUES (1, 'initial_1'), (2, 'pipeline_2');",
        )
        .unwrap();
    database
}

fn everything(database: &Database) -> Vec<String> {
    KEPT.iter().flat_map(|(table, columns)| database.dump(table, columns)).collect()
}

fn revisions(database: &Database) -> Vec<String> {
    let (table, columns) = KEPT[1];
    database.dump(table, columns)
}

const LAUNCH: &str =
    "(launch_id, mission_name, date_utc) VALUES ('a', 'forged', '2020-01-01T00:00:00.000000Z')";
const REVISION: &str = "(launch_id, revision, mission_name, date_utc, valid_from, valid_to, ended_by_run_id)
    VALUES ('a', 1, 'forged', '2020-01-01T00:00:00.000000Z', '2020-01-01T00:00:00.000000Z', '2020-01-02T00:00:00.000000Z', 'x')";

/// Statements that would lose history, on either database.
fn attacks() -> Vec<String> {
    let mut attacks: Vec<String> = [
        "UPDATE raw_launches SET launch_id = 'c' WHERE launch_id = 'a'",
        "UPDATE raw_launches SET launch_id = 'c', mission_name = 'third' WHERE launch_id = 'a'",
        "UPDATE raw_launches SET revision = 1",
        "UPDATE raw_launches SET revision = 7 WHERE launch_id = 'b'",
        "UPDATE raw_launches SET revision = revision + 1",
        "UPDATE raw_launches SET revision = revision + 1, mission_name = 'third'",
        "UPDATE raw_launches SET revision = revision - 1, mission_name = 'third' WHERE launch_id = 'a'",
        "UPDATE raw_launch_revisions SET mission_name = 'forged'",
        "UPDATE raw_launch_revisions SET valid_to = '2023-01-01T00:00:00.000000Z' WHERE revision = 1",
        "UPDATE launch_aggregations SET total_launches = 3",
        "UPDATE launch_aggregations SET id = 9 WHERE id = 1",
    ]
    .map(String::from)
    .into();
    for (table, _) in KEPT {
        attacks.push(format!("DELETE FROM {table}"));
        attacks.push(format!("DELETE FROM {table} WHERE 1 = 1"));
    }
    attacks.push(format!(
        "INSERT INTO raw_launches {LAUNCH} ON CONFLICT (launch_id) DO UPDATE SET revision = 9"
    ));
    attacks.push(format!(
        "INSERT INTO raw_launch_revisions {REVISION} ON CONFLICT (launch_id, revision) DO UPDATE SET mission_name = 'forged'"
    ));
    attacks
}

fn attacks_on_postgres() -> Vec<String> {
    let truncates = KEPT.iter().flat_map(|(table, _)| {
        ["", " CASCADE", " RESTART IDENTITY"].map(|how| format!("TRUNCATE {table}{how}"))
    });
    let mut attacks: Vec<String> = truncates.collect();
    attacks.push("TRUNCATE raw_launches, raw_launch_revisions, launch_aggregations".into());
    attacks.push(
        "WITH gone AS (DELETE FROM raw_launches RETURNING launch_id) SELECT count(*) FROM gone"
            .into(),
    );
    attacks
}

fn attacks_on_sqlite() -> Vec<String> {
    let replace =
        |into: &str| [format!("INSERT OR REPLACE INTO {into}"), format!("REPLACE INTO {into}")];
    let mut attacks = vec![];
    attacks.extend(replace(&format!("raw_launches {LAUNCH}")));
    attacks.extend(replace(&format!("raw_launch_revisions {REVISION}")));
    attacks.extend(replace("launch_aggregations (id, total_launches) VALUES (1, 9)"));
    attacks.push("UPDATE OR REPLACE raw_launches SET launch_id = 'b' WHERE launch_id = 'a'".into());
    attacks.push("UPDATE OR IGNORE raw_launch_revisions SET mission_name = 'forged'".into());
    attacks
}

on_both! {
    fn nothing_that_is_kept_can_be_changed_or_removed(database: Database) {
        let database = filled(database);
        let before = everything(&database);
        assert_eq!(before.len(), 2 + 1 + 2);
        let own = if database.is_postgres() { attacks_on_postgres() } else { attacks_on_sqlite() };
        let session = if database.is_postgres() { "" } else { SESSION };
        for attack in attacks().into_iter().chain(own) {
            let refused = database.script(&format!("{session} {attack}"));
            let Err(why) = refused else { panic!("passed: {attack}") };
            let said = why.contains("kept for ever") || why.contains("cannot be changed");
            assert!(said, "{attack}: refused for another reason: {why}");
        }
        assert_eq!(everything(&database), before);
    }

    fn an_update_by_hand_keeps_the_former_version_and_is_marked(database: Database) {
        let database = filled(database);
        let touched = database.execute("UPDATE raw_launches SET mission_name = 'by hand' WHERE launch_id = 'a'");
        assert_eq!(touched, Ok(1));
        let current = "SELECT mission_name || ' ' || revision || ' ' || pipeline_run_id || ' ' || coalesce(fingerprint, 'no fingerprint')
                       FROM raw_launches WHERE launch_id = 'a'";
        assert_eq!(database.value(current), "by hand 3 manual no fingerprint");
        let kept = revisions(&database);
        assert_eq!(kept.len(), 2);
        assert_eq!(
            kept[0],
            "a | 1 | first | 1:f | 2022-11-01T00:00:00.000000Z | 2022-12-01T00:00:00.000000Z | pipeline_2"
        );
        assert!(kept[1].starts_with("a | 2 | second | 1:h | 2022-12-01T00:00:00.000000Z | "), "{}", kept[1]);
        assert!(kept[1].ends_with(" | manual"), "{}", kept[1]);
        intervals_touch(&database);
        let change = "SELECT field || ': ' || old_value || ' -> ' || new_value || ' by ' || pipeline_run_id
                      FROM launch_changes WHERE revision = 3";
        assert_eq!(database.value(change), "mission_name: second -> by hand by manual");
    }

    fn every_tracked_column_makes_a_revision_and_no_other_does(database: Database) {
        let database = filled(database);
        let untracked = "UPDATE raw_launches SET payloads_without_mass = 3, ingested_at = '2022-12-24T00:00:00.000000Z',
                         fingerprint = '1:z', pipeline_run_id = 'full_3' WHERE launch_id = 'a'";
        assert_eq!(database.execute(untracked), Ok(1));
        assert_eq!(database.value("SELECT revision FROM raw_launches WHERE launch_id = 'a'"), "2");
        let instant = "'2022-12-24T00:00:00.000000Z'";
        let tracked = [
            ("mission_name", "NULL"),
            ("date_utc", instant),
            ("success", "true"),
            ("payload_ids", "'[\"p\"]'"),
            ("launchpad_id", "'pad'"),
            ("static_fire_date_utc", instant),
            ("total_payload_mass_kg", "9.50"),
            ("upcoming", "true"),
            ("flight_number", "7"),
            ("rocket_id", "'r'"),
            ("date_precision", "'hour'"),
            ("deleted_at", instant),
        ];
        for (count, (column, value)) in tracked.into_iter().enumerate() {
            for _twice in 0..2 {
                database.execute(&format!("UPDATE raw_launches SET {column} = {value} WHERE launch_id = 'a'")).unwrap();
            }
            let revision = database.value("SELECT revision FROM raw_launches WHERE launch_id = 'a'");
            assert_eq!(revision, (count + 3).to_string(), "{column}");
        }
        intervals_touch(&database);
    }

    fn a_clock_that_went_back_ends_no_version_before_it_began(database: Database) {
        let database = filled(database);
        for (at, run) in [
            ("'2022-12-01T00:00:00.000000Z'", "pipeline_3"), // the same instant
            ("'1999-01-01T00:00:00.000000Z'", "pipeline_4"), // an earlier one
            ("NULL", "pipeline_5"),
            ("'2999-12-31T23:59:59.999999Z'", "pipeline_6"), // later than any clock
            ("'2022-12-01T00:00:00.000000Z'", "pipeline_7"), // and back again
            ("'2999-12-31T23:59:59.999999Z'", "pipeline_8"),
        ] {
            database
                .execute(&format!(
                    "UPDATE raw_launches SET mission_name = '{run}', pipeline_run_id = '{run}', updated_at = {at} WHERE launch_id = 'a'"
                ))
                .unwrap();
        }
        intervals_touch(&database);
        let runs = database.rows("SELECT ended_by_run_id FROM raw_launch_revisions ORDER BY revision");
        assert_eq!(runs, ["2", "3", "4", "5", "6", "7", "8"].map(|number| format!("pipeline_{number}")));
    }

    fn updates_in_one_transaction_make_revisions_without_a_gap(database: Database) {
        let database = filled(database);
        database
            .script(
                "BEGIN;
                 UPDATE raw_launches SET mission_name = mission_name || '!';
                 UPDATE raw_launches SET upcoming = true, updated_at = '2022-12-01T00:00:00.000001Z', pipeline_run_id = 'pipeline_9';
                 UPDATE raw_launches SET success = false;
                 COMMIT",
            )
            .unwrap();
        let of = |launch: &str| {
            database.rows(&format!(
                "SELECT revision FROM launch_versions WHERE launch_id = '{launch}' ORDER BY revision"
            ))
        };
        assert_eq!(of("a"), ["1", "2", "3", "4", "5"]);
        assert_eq!(of("b"), ["1", "2", "3", "4"]);
        intervals_touch(&database);
    }

    fn an_update_that_is_rolled_back_leaves_no_revision(database: Database) {
        let database = filled(database);
        let before = everything(&database);
        database.script("BEGIN; UPDATE raw_launches SET mission_name = 'gone'; ROLLBACK").unwrap();
        assert_eq!(everything(&database), before);
    }
}

/// Each version ends where the next one begins, later than it began, and only the last has no end.
#[track_caller]
fn intervals_touch(database: &Database) {
    let wrong = database.rows(
        "SELECT v.launch_id || ' ' || v.revision FROM launch_versions v
         LEFT JOIN launch_versions n ON n.launch_id = v.launch_id AND n.revision = v.revision + 1
         WHERE (n.launch_id IS NULL AND v.valid_to IS NOT NULL)
            OR (n.launch_id IS NOT NULL AND (v.valid_to IS NULL OR v.valid_to <> n.valid_from))
            OR v.valid_from >= v.valid_to",
    );
    assert!(wrong.is_empty(), "{wrong:?}\n{}", everything(database).join("\n"));
    let launches = database.value("SELECT count(*) FROM raw_launches");
    let current = "SELECT count(*) FROM launch_versions WHERE valid_to IS NULL";
    assert_eq!(database.value(current), launches);
}

/// The one gap that is known: without the pragma, SQLite removes the replaced row in silence.
#[test]
fn on_sqlite_a_strangers_replace_passes_and_leaves_a_gap_to_be_found() {
    let database = filled(Database::sqlite());
    let replaced = format!("INSERT OR REPLACE INTO raw_launches {LAUNCH}");
    assert_eq!(database.execute(&replaced), Ok(1), "if this is refused now, say so in the docs");
    let versions = "SELECT revision || ' ' || mission_name FROM launch_versions WHERE launch_id = 'a' ORDER BY valid_from";
    assert!(!database.rows(versions).contains(&"2 second".to_owned()), "the version is lost");
    // The launch begins anew at revision 1, which its history already has.
    assert_eq!(
        database
            .value("SELECT count(*) FROM launch_versions WHERE launch_id = 'a' AND revision = 1"),
        "2"
    );
}

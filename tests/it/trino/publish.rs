//! `etl publish`: the lake follows the database, whatever happens in between.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::analytics::marts;
use super::etl;
use crate::support::sandbox::id_of;
use crate::support::{Database, Etl, Sandbox, Trino};

/// A source, its database, and the lake that follows it.
pub(super) struct Followed {
    pub(super) source: Sandbox,
    pub(super) database: Database,
    pub(super) trino: Trino,
}

impl Followed {
    pub(super) fn of(launches: u32, seed: u64) -> Option<Followed> {
        let (database, trino) = Trino::with_database()?;
        Some(Followed {
            source: Sandbox::seeded(launches, seed),
            database: database.migrated(),
            trino,
        })
    }

    pub(super) fn etl(&self, words: &str) -> Etl {
        etl(&self.trino, &self.database, words)
    }

    #[track_caller]
    pub(super) fn run(&self) {
        self.source.run(&self.database, "--reconcile --allow-mass-deletion");
    }

    #[track_caller]
    pub(super) fn publish(&self, words: &str) -> Value {
        self.etl(&format!("publish --format json {words}")).run().succeeds().json()
    }

    /// The one value of a question to Trino.
    #[track_caller]
    pub(super) fn value(&self, sql: &str) -> String {
        let rows =
            self.trino.answer(&sql.replace("lake.", &format!("{}.", self.trino.lake()))).rows;
        rows[0][0].clone().unwrap_or_else(|| "NULL".to_owned())
    }

    /// The lake is the database, and each publication stands once on both sides.
    #[track_caller]
    fn assert_followed(&self) {
        self.etl("verify --engine trino").run().succeeds();
        let numbers = self.value("SELECT array_join(array_agg(publication ORDER BY publication), ' ') FROM lake.spacex.publications");
        let entered = self
            .database
            .rows("SELECT publication FROM publications ORDER BY publication")
            .join(" ");
        assert_eq!(numbers, entered);
        let count = numbers.split(' ').count();
        assert_eq!(numbers, (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
    }

    /// Every analytic answer is the same on the database, on Trino over it, and on Trino over the lake.
    #[track_caller]
    fn assert_same_answers(&self) {
        for mart in marts() {
            let answer = |engine: &str| {
                let words = format!("query {mart} --engine {engine} --format json");
                self.etl(&words).run().succeeds().stdout
            };
            let expected = answer("database");
            for engine in ["trino", "lake"] {
                assert_eq!(answer(engine), expected, "{mart} on {engine}");
            }
        }
    }

    /// Waits until the server has noticed that a killed `etl` is gone; Trino's own sessions stay.
    #[track_caller]
    fn wait_until_etl_left(&self) {
        let ours = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'etl/%'";
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.database.value(ours) != "0" {
            assert!(Instant::now() < deadline, "a killed client's session stays");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Something happens at the source, and sometimes by hand.
    pub(super) fn happen(&self, rng: &mut fastrand::Rng) {
        for _ in 0..rng.usize(1..6) {
            let ids = self.source.ids();
            let id = &ids[rng.usize(..ids.len())];
            match rng.u8(..8) {
                0 => self.source.edit(id, &json!({ "success": rng.bool() })),
                1 => self
                    .source
                    .edit(id, &json!({ "name": format!("O'Neill \"{}\" é", rng.u16(..)) })),
                2 => {
                    let date =
                        format!("{}-0{}-11T10:00:00.000Z", rng.u16(2006..2023), rng.u8(1..10));
                    self.source.edit(id, &json!({ "date_utc": date }));
                }
                3 => self.source.delete(id),
                4 => drop(self.source.add(&json!({}))),
                5 => drop(self.source.advance("40d")),
                6 => {
                    let sql = "UPDATE raw_launches SET mission_name = 'by hand' || revision WHERE launch_id IN (SELECT min(launch_id) FROM raw_launches WHERE deleted_at IS NULL)";
                    self.database.execute(sql).expect("a change by hand");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn the_lake_follows_any_history() {
    let Some(followed) = Followed::of(60, 7) else { return };
    let mut rng = fastrand::Rng::with_seed(7);
    followed.run();
    let first = followed.publish("");
    assert_eq!((&first["publication"], &first["kind"]), (&json!(1), &json!("full")));
    for round in 0..6 {
        followed.happen(&mut rng);
        followed.run();
        let next = followed.publish("");
        assert_eq!(next["kind"], "incremental", "{next}");
        assert_eq!(next["publication"], round + 2);
        followed.assert_followed();
    }
    followed.assert_same_answers();
    let nothing = followed.publish("");
    assert_eq!((&nothing["is_new"], &nothing["publication"]), (&json!(false), &json!(7)));
}

#[test]
fn what_vanished_leaves_the_launches_and_stays_in_the_versions() {
    let Some(followed) = Followed::of(20, 3) else { return };
    followed.run();
    followed.publish("");
    let id = followed.source.flown().remove(3);
    followed.source.delete(&id);
    followed.run();
    followed.publish("");
    let count = |table: &str| {
        followed
            .value(&format!("SELECT count(*) FROM lake.spacex.{table} WHERE launch_id = '{id}'"))
    };
    assert_eq!((count("launches").as_str(), count("launch_versions").as_str()), ("0", "2"));
    followed.source.restore(&id, false);
    followed.run();
    followed.publish("");
    assert_eq!((count("launches").as_str(), count("launch_versions").as_str()), ("1", "3"));
    followed.assert_followed();
}

#[test]
fn a_launch_that_moves_to_another_year_is_in_one_of_them() {
    let Some(followed) = Followed::of(60, 4) else { return };
    followed.run();
    followed.publish("");
    let id = followed.source.flown().remove(20);
    for year in [2008, 2019, 2008] {
        followed.source.edit(&id, &json!({ "date_utc": format!("{year}-12-31T23:59:59.000Z") }));
        followed.run();
        let published = followed.publish("");
        assert_eq!(published["tables"][0]["name"], "launches");
        // Other years are not opened.
        let read = published["tables"][0]["rows_read"].as_u64().expect("a count");
        assert!((1..50).contains(&read), "{published}");
        let years = followed.value(&format!("SELECT array_join(array_agg(year(date_utc)), ' ') FROM lake.spacex.launches WHERE launch_id = '{id}'"));
        assert_eq!(years, year.to_string());
    }
    followed.assert_followed();
}

#[test]
fn changes_by_hand_are_published_too_whatever_the_clock_says() {
    let Some(followed) = Followed::of(20, 5) else { return };
    followed.run();
    followed.publish("");
    let sql = "UPDATE raw_launches SET success = NOT success WHERE success IS NOT NULL";
    followed.database.execute(sql).expect("a change");
    assert_eq!(followed.publish("")["is_new"], true);
    followed.assert_followed();
    assert_eq!(followed.publish("")["is_new"], false);
}

/// The same total of other payloads is no other version of the launch.
#[test]
fn a_run_that_writes_no_version_is_published_too() {
    let Some(followed) = Followed::of(60, 13) else { return };
    let launch =
        followed.source.launches().into_iter().find(|launch| {
            launch["payloads"].as_array().is_some_and(|payloads| payloads.len() >= 2)
        });
    let launch = launch.expect("a launch with two payloads");
    let masses = |masses: [Value; 2]| {
        for (payload, mass) in launch["payloads"].as_array().into_iter().flatten().zip(masses) {
            let payload = id_of(&json!({ "id": payload }));
            let fields = json!({ "mass_kg": mass }).to_string();
            followed.source.tell("PATCH", &format!("payloads/{payload}"), &fields);
        }
    };
    masses([json!(500), Value::Null]);
    followed.run();
    followed.publish("");
    let before = followed.database.value("SELECT count(*) FROM raw_launch_revisions");
    masses([json!(300), json!(200)]);
    followed.run();
    assert_eq!(followed.database.value("SELECT count(*) FROM raw_launch_revisions"), before);
    let published = followed.publish("");
    assert_eq!(published["tables"][0]["name"], "launches");
    assert_eq!(published["tables"][0]["rows_written"], 1, "{published}");
    followed.assert_followed();
}

#[test]
fn a_dry_run_says_the_sql_and_does_nothing() {
    let Some(followed) = Followed::of(5, 1) else { return };
    followed.run();
    let masked = |text: String| {
        text.replace(&followed.trino.lake(), "lake").replace(followed.trino.catalog(), "postgresql")
    };
    let first = masked(followed.etl("publish --dry-run").run().succeeds().stdout);
    assert!(first.contains("CREATE OR REPLACE TABLE \"lake\".\"spacex\".launches WITH (partitioning = ARRAY['year(date_utc)'])"), "{first}");
    let none = followed
        .trino
        .ask(&format!("SELECT 1 FROM {}.spacex.publications", followed.trino.lake()), "UTC");
    assert!(none.is_err(), "{none:?}");
    followed.publish("");
    followed
        .source
        .edit(&followed.source.flown()[0], &json!({ "date_utc": "2010-05-05T10:00:00.000Z" }));
    followed.run();
    freeze!("publish__dry_run", masked(followed.etl("publish --dry-run").run().succeeds().stdout));
    assert_eq!(followed.publish("--dry-run")["is_new"], true);
    assert_eq!(followed.database.value("SELECT count(*) FROM publications"), "1");
}

#[test]
fn all_can_be_written_anew_and_compacted() {
    let Some(followed) = Followed::of(20, 6) else { return };
    followed.run();
    followed.publish("");
    // A hand at the lake: `verify` says it, `--full` mends it.
    followed.trino.answer(&format!(
        "DELETE FROM {}.spacex.launches WHERE launch_id = '{}'",
        followed.trino.lake(),
        followed.source.ids()[2]
    ));
    followed.trino.answer(&format!(
        "UPDATE {}.spacex.launch_versions SET mission_name = 'x' WHERE launch_id = '{}'",
        followed.trino.lake(),
        followed.source.ids()[4]
    ));
    let found = followed.etl("verify --engine trino").run().exits(1).stdout;
    assert!(found.contains("is not in the lake") && found.contains("mission_name is"), "{found}");
    assert!(found.contains("2 of 8 checks failed"), "{found}");
    assert_eq!(followed.publish("--full")["kind"], "full");
    followed.assert_followed();
    assert_eq!(followed.publish("--optimize")["optimized"], true);
    followed.assert_followed();
    // The lake is lost with all it knew: it is made again, and goes on counting.
    for table in ["publications", "launches"] {
        followed.trino.answer(&format!("DROP TABLE {}.spacex.{table}", followed.trino.lake()));
    }
    let again = followed.publish("");
    assert_eq!((&again["kind"], &again["publication"]), (&json!("full"), &json!(3)));
    followed.etl("verify --engine trino").run().succeeds();
}

#[test]
fn a_table_that_lacks_a_column_is_written_anew() {
    let Some(followed) = Followed::of(6, 9) else { return };
    let drop = |table: &str, column: &str| {
        let lake = followed.trino.lake();
        followed.trino.answer(&format!("ALTER TABLE {lake}.spacex.{table} DROP COLUMN {column}"));
    };
    followed.run();
    followed.publish("");
    // As an older version published it; nothing has run since.
    for column in ["launches_with_mass", "total_mass_hundredths", "total_delay_rest_micros"] {
        drop("launch_aggregations", column);
    }
    let refused = followed.etl("verify --engine trino").run().exits(2);
    refused.says("table launch_aggregations").says("`etl publish` writes it anew");
    let written = followed.publish("");
    assert_eq!((&written["is_new"], &written["publication"]), (&json!(true), &json!(2)));
    followed.assert_followed();
    assert_eq!(followed.publish("")["is_new"], false);
    // Beside what a run has changed.
    drop("launches", "flight_number");
    followed.source.edit(&followed.source.flown()[0], &json!({ "details": "x", "success": false }));
    followed.run();
    followed.publish("");
    followed.assert_followed();
}

#[test]
fn what_cannot_be_published_is_refused() {
    let Some(followed) = Followed::of(5, 2) else { return };
    followed.etl("publish").run().exits(2).says("the initial load is not complete");
    followed.etl("verify --engine trino").run().exits(2).says("nothing was published");
    let sqlite = Database::sqlite().migrated();
    etl(&followed.trino, &sqlite, "publish").run().exits(2).says("Trino cannot read SQLite");
    followed.run();
    // Another database behind Trino's catalog.
    let (other, elsewhere) = Trino::with_database().expect("there was one before");
    let other = other.migrated();
    followed
        .etl("publish")
        .env("ETL_TRINO_CATALOG", elsewhere.catalog())
        .run()
        .exits(2)
        .says("is not the database of this call");
    // A lake of another database.
    followed.publish("");
    Sandbox::of(5).run(&other, "");
    let wrong = etl(&elsewhere, &other, "publish").env("ETL_LAKE_CATALOG", followed.trino.lake());
    wrong.run().exits(2).says("was published from another database");
    followed.assert_followed();
}

/// Thirty times killed, in the middle of anything: the next one makes it whole.
#[test]
fn a_killed_publication_is_repaired_by_the_next_one() {
    let Some(followed) = Followed::of(40, 9) else { return };
    let mut rng = fastrand::Rng::with_seed(9);
    followed.run();
    let started = Instant::now();
    followed.publish("");
    let whole = started.elapsed();
    for round in 0..30 {
        followed.happen(&mut rng);
        followed.run();
        let words = if round % 10 == 9 { "publish --full" } else { "publish" };
        let running = followed.etl(words).spawn();
        std::thread::sleep(Duration::from_millis(
            rng.u64(..u64::try_from(whole.as_millis()).expect("milliseconds").max(1)),
        ));
        running.kill_if_running();
        followed.wait_until_etl_left();
        if round % 6 == 5 {
            followed.publish("");
            followed.assert_followed();
        }
    }
    followed.publish("");
    followed.assert_followed();
    followed.assert_same_answers();
}

/// Between any two of its steps, and in the middle of one: what is compacted is the same rows.
#[test]
fn a_killed_optimization_loses_nothing() {
    let Some(followed) = Followed::of(40, 14) else { return };
    let mut rng = fastrand::Rng::with_seed(14);
    followed.run();
    followed.publish("");
    let started = Instant::now();
    followed.publish("--optimize");
    let whole = u64::try_from(started.elapsed().as_millis()).expect("milliseconds").max(1);
    for _ in 0..5 {
        followed.happen(&mut rng);
        followed.run();
        let running = followed.etl("publish --optimize").spawn();
        std::thread::sleep(Duration::from_millis(rng.u64(..whole)));
        running.kill_if_running();
        followed.wait_until_etl_left();
        followed.publish("");
        followed.assert_followed();
    }
}

#[test]
fn the_examples_of_its_help_do_what_they_say() {
    let Some(followed) = Followed::of(60, 5) else { return };
    followed.run();
    for line in crate::typed::examples("publish") {
        let words = line.split('#').next().unwrap_or_default();
        let words = words.trim().strip_prefix("etl ").expect("it begins with the program");
        followed.etl(words).run().succeeds();
    }
    followed.assert_followed();
}

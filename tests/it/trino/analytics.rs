//! The analytic answers three times: on SQLite, on PostgreSQL and in Trino's SQL over the same PostgreSQL. The same
//! columns, the same rows, the same text, whatever the launches are.

use fastrand::Rng;
use serde_json::json;

use crate::marts::{OF_RUNS, launch, oddities, write};
use crate::support::sandbox::id_of;
use crate::support::trino::Answer;
use crate::support::{Database, Etl, Sandbox, Trino, folder, real_state};

/// What differs between two runs that do the same.
const OF_ONE_RUN: [&str; 4] = ["pipeline_run_id", "started_at", "finished_at", "reached_at"];

/// The same source on both databases, with Trino over one of them.
struct Three {
    sqlite: Database,
    trino: Trino,
    postgres: Database,
}

impl Three {
    fn empty() -> Option<Three> {
        let (postgres, trino) = Trino::with_database()?;
        Some(Three { sqlite: Database::sqlite().migrated(), trino, postgres: postgres.migrated() })
    }

    #[track_caller]
    fn run(&self, source: &Sandbox) {
        for database in [&self.sqlite, &self.postgres] {
            source.run(database, "--reconcile --allow-mass-deletion");
        }
    }

    #[track_caller]
    fn execute(&self, sql: &str) {
        let rows = [&self.sqlite, &self.postgres].map(|database| database.execute(sql));
        assert!(matches!(rows, [Ok(1..), Ok(1..)]), "{rows:?}\nof {sql}");
    }

    #[track_caller]
    fn agree(&self) {
        self.agree_in("UTC");
    }

    #[track_caller]
    fn agree_in(&self, zone: &str) {
        for mart in marts() {
            let postgres = answer(&self.postgres, &mart);
            let trino = self.trino.ask(&self.trino.mart(&mart), zone);
            let trino = trino.unwrap_or_else(|error| panic!("{mart}: {error}"));
            equal(&format!("{mart} on Trino"), &trino, &postgres);
            let sqlite = answer(&self.sqlite, &mart);
            let left_out = if OF_RUNS.contains(&mart.as_str()) { &OF_ONE_RUN[..] } else { &[] };
            equal(
                &format!("{mart} on SQLite"),
                &sqlite.without(left_out),
                &postgres.without(left_out),
            );
        }
    }
}

/// The names that `etl query` lists.
pub(super) fn marts() -> Vec<String> {
    let list = Etl::new().args("query --format csv").run().succeeds().stdout;
    list.lines().skip(1).filter_map(|line| Some(line.split_once(',')?.0.to_owned())).collect()
}

#[track_caller]
fn answer(database: &Database, mart: &str) -> Answer {
    let asked = Etl::new().args(&format!("query {mart} --format json")).database(database).run();
    Answer::of_etl(&asked.succeeds().stdout)
}

#[track_caller]
fn equal(what: &str, here: &Answer, there: &Answer) {
    assert_eq!(here.columns, there.columns, "{what}");
    let differing = here.rows.iter().zip(&there.rows).find(|(here, there)| here != there);
    assert!(
        here == there,
        "{what}: {} rows and {}, {differing:#?}",
        here.rows.len(),
        there.rows.len()
    );
}

#[test]
fn an_empty_database_gives_no_rows_and_the_same_columns() {
    let Some(three) = Three::empty() else { return };
    three.agree();
}

#[test]
fn real_launches_give_the_same_text() {
    let (Some(three), Some(real)) = (Three::empty(), real_state()) else { return };
    three.run(&Sandbox::serving(&real));
    three.agree();
}

#[test]
fn oddities_give_the_same_text() {
    let Some(three) = Three::empty() else { return };
    let folder = folder();
    // More of the same instant, mass and name order, so that ties are broken by the id alone.
    let ties = (20..30).map(|number| launch(number, "2015-12-31T23:59:59.000Z", &json!({})));
    write(folder.path(), &oddities().into_iter().chain(ties).collect::<Vec<_>>());
    three.run(&Sandbox::serving(folder.path()));
    three.agree();
    // No date of ours moves with the time zone of a session.
    three.agree_in("Asia/Kolkata");
    three.agree_in("America/Los_Angeles");
}

#[test]
fn what_no_source_gives_gives_the_same_text() {
    let Some(three) = Three::empty() else { return };
    let folder = folder();
    write(folder.path(), &oddities());
    three.run(&Sandbox::serving(folder.path()));
    for (change, launch) in [
        ("deleted_at = date_utc", 3),
        ("deleted_at = date_utc", 8),
        ("upcoming = NULL, mission_name = NULL, payloads_without_mass = NULL", 7),
        ("success = true, upcoming = true", 9),
        ("total_payload_mass_kg = 99999999.99, mission_name = ''", 4),
        (
            "date_utc = '2019-12-31T23:59:59.999999Z', static_fire_date_utc = '2019-12-31T23:59:58.000001Z'",
            5,
        ),
        (
            "date_utc = '1950-01-01T00:00:00.000001Z', static_fire_date_utc = '1949-12-31T23:59:59.999999Z'",
            6,
        ),
        (
            "date_utc = '2100-12-31T23:59:59.999999Z', static_fire_date_utc = '2006-03-24T22:30:00.000000Z'",
            10,
        ),
    ] {
        three.execute(&format!(
            "UPDATE raw_launches SET {change} WHERE launch_id = '5a00000000000000000000{launch:02}'"
        ));
    }
    three.agree();
}

#[test]
fn snapshots_of_every_size_give_the_same_milestones() {
    let Some(three) = Three::empty() else { return };
    let totals = [0, 9, 24, 3, 24, 101, 99, 355, 99_999, 100_000, 100_001, 1_250_000, 1_249_999];
    for (id, total) in totals.iter().enumerate() {
        let run = if id == 4 { "NULL".to_owned() } else { format!("'run_{id}'") };
        three.execute(&format!(
            "INSERT INTO launch_aggregations (id, total_launches, pipeline_run_id) VALUES ({id}, {total}, {run})"
        ));
    }
    three.agree();
}

#[test]
fn random_histories_give_the_same_text() {
    let Some(three) = Three::empty() else { return };
    let mut random = Rng::with_seed(20_261_123);
    let source = Sandbox::seeded(130, random.u64(1..1000));
    for _ in 0..5 {
        three.run(&source);
        three.agree();
        for _ in 0..12 {
            happens(&source, &mut random);
        }
    }
}

/// Something happens at the source.
fn happens(source: &Sandbox, random: &mut Rng) {
    let launches = source.launches();
    let found = &launches[random.usize(..launches.len())];
    let outcome = [json!(true), json!(false), json!(null)][random.usize(..3)].clone();
    let (id, other) = (id_of(found), &launches[random.usize(..launches.len())]);
    match random.u8(..10) {
        0 => drop(source.advance(&format!("{}h", random.u32(1..2000)))),
        1 => source.delete(&id),
        2 => drop(source.restore(&deleted(source, &id), random.bool())),
        3 => drop(source.add(&json!({ "flown": random.bool() }))),
        4 => source.edit(&id, &json!({ "success": outcome })),
        5 => source.edit(&id, &json!({ "date_utc": other["date_utc"], "upcoming": random.bool() })),
        6 => source.edit(&id, &json!({ "static_fire_date_utc": other["date_utc"] })),
        7 => source.edit(&id, &json!({ "launchpad": other["launchpad"], "rocket": null })),
        8 => source
            .edit(&id, &json!({ "payloads": other["payloads"], "name": "Ünïcode, \"quoted\"" })),
        _ => source.edit(&id, &json!({ "launchpad": null })),
    }
}

fn deleted(source: &Sandbox, id: &str) -> String {
    source.delete(id);
    id.to_owned()
}

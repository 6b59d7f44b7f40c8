//! A real state of the API, served from its files: its figures, and every tracked field as served.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::support::sandbox::id_of;
use crate::support::{Sandbox, not_at_hand, skip, variable};

/// The folder of one real state, where it is at hand.
fn real_state() -> Option<PathBuf> {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let Some(folder) = variable("ETL_TEST_DATA") else {
        not_at_hand(&test, "ETL_TEST_DATA is not set (a folder with real data)");
        return None;
    };
    let state = Path::new(&folder).join("spacex-v4-2022-05");
    if !state.is_dir() {
        skip(&test, "ETL_TEST_DATA has no folder spacex-v4-2022-05");
        return None;
    }
    Some(state)
}

fn read(state: &Path, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(state.join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A launch as the table must have it, made from the files alone, with money's care for hundredths.
fn row(launch: &Value, hundredths: &HashMap<String, Option<i64>>) -> String {
    let text = |field: &str| launch[field].as_str().map_or("NULL".to_owned(), str::to_owned);
    let flag = |field: &str| match launch[field].as_bool() {
        Some(flag) => i32::from(flag).to_string(),
        None => "NULL".to_owned(),
    };
    let date = |field: &str| match launch[field].as_str() {
        Some(date) => {
            let date: DateTime<Utc> = date.parse().unwrap();
            date.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
        }
        None => "NULL".to_owned(),
    };
    let payloads = launch["payloads"].as_array().unwrap();
    let masses: Vec<Option<i64>> =
        payloads.iter().map(|payload| hundredths[payload.as_str().unwrap()]).collect();
    let known: Vec<i64> = masses.iter().copied().flatten().collect();
    let sum: i64 = known.iter().sum();
    let mass = match known.as_slice() {
        [] => "NULL".to_owned(),
        _ => format!("{}.{:02}", sum / 100, sum % 100),
    };
    [
        text("id"),
        text("name"),
        date("date_utc"),
        flag("success"),
        launch["payloads"].to_string(),
        text("launchpad"),
        date("static_fire_date_utc"),
        mass,
        (masses.len() - known.len()).to_string(),
        flag("upcoming"),
        launch["flight_number"].to_string(),
        text("rocket"),
        text("date_precision"),
    ]
    .join(" | ")
}

const COLUMNS: [&str; 13] = [
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
];

/// The mass of each payload in hundredths of a kilogram, from the digits of the file.
fn hundredths(state: &Path) -> HashMap<String, Option<i64>> {
    let in_hundredths = |mass: &Value| -> Option<i64> {
        let text = mass.as_number()?.to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        assert!(part.trim_end_matches('0').len() <= 2, "{text} has more digits than hundredths");
        let part = format!("{part:0<2}");
        Some(whole.parse::<i64>().unwrap() * 100 + part[..2].parse::<i64>().unwrap())
    };
    let payloads = read(state, "payloads.json");
    payloads.iter().map(|one| (id_of(one), in_hundredths(&one["mass_kg"]))).collect()
}

on_both! {
    fn real_launches_arrive_as_they_were_served(database: Database) {
        let Some(state) = real_state() else { return };
        let sandbox = Sandbox::serving(&state);
        let answer = sandbox.run(&database, "");
        assert_eq!(answer["api_calls_made"], 1);
        assert_eq!(answer["launches_quarantined"], 0);
        assert_eq!(answer["unresolved_references"], 0);
        let hundredths = hundredths(&state);
        let mut expected: Vec<String> =
            read(&state, "launches.json").iter().map(|launch| row(launch, &hundredths)).collect();
        expected.sort();
        let mut stored = database.dump("raw_launches", &COLUMNS);
        stored.sort();
        assert_eq!(stored.len(), 173);
        for (stored, expected) in stored.iter().zip(&expected) {
            assert_eq!(stored, expected);
        }
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
        let answer = sandbox.run(&database, "--reconcile --page-size 40");
        assert_eq!(
            (&answer["launches_unchanged"], &answer["launches_updated"]),
            (&173.into(), &0.into())
        );
        assert_eq!(answer["aggregations"]["status"], "skipped");
    }

    fn real_launches_give_the_figures_that_were_computed_apart(database: Database) {
        let Some(state) = real_state() else { return };
        let sandbox = Sandbox::serving(&state);
        sandbox.run(&database, "");
        let columns = [
            "total_launches",
            "total_successful_launches",
            "total_failed_launches",
            "success_rate",
            "completed_success_rate",
            "total_upcoming_launches",
            "average_payload_mass_kg",
            "average_delay_hours",
            "total_launch_sites",
        ];
        let figures = "173 | 154 | 5 | 89.02 | 96.86 | 14 | 7417.37 | 202.88 | 4";
        assert_eq!(database.dump("launch_aggregations", &columns), [figures]);
        let with_mass = "SELECT count(*) FROM raw_launches WHERE total_payload_mass_kg IS NOT NULL";
        assert_eq!(database.value(with_mass), "148");
        let upcoming = format!("{with_mass} AND upcoming = (1 = 1)");
        assert_eq!(database.value(&upcoming), "11");
        let unknown = "SELECT count(*) FROM raw_launches WHERE success IS NULL";
        assert_eq!(database.value(unknown), "14");
        let fired = "SELECT count(*) FROM raw_launches
            WHERE upcoming = (1 = 0) AND static_fire_date_utc IS NOT NULL";
        assert_eq!(database.value(fired), "121");
        assert_eq!(database.value(&format!("{fired} AND static_fire_date_utc <= date_utc")), "119");
    }
}

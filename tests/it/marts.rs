//! The marts: each answer equals one that was computed apart from the program, whatever the rows are, and what a
//! run left can be asked for ever after.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use etl::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::support::{Database, Etl, folder, real_state, skip};

/// Those that are computed apart: they follow from the launches alone.
const OF_LAUNCHES: [&str; 9] = [
    "launches_by_year",
    "launches_by_month",
    "launches_per_month",
    "launch_sites",
    "static_fire_delays",
    "heaviest_launches",
    "launch_milestones",
    "success_rate_over_time",
    "success_rate_by_year",
];

pub(crate) const OF_RUNS: [&str; 2] = ["total_launches_milestones", "pipeline_growth"];

type Answers = BTreeMap<String, String>;

/// What `tests/figures/expected.py` says; none, and said so, without a Python.
fn expected(source: &str) -> Option<Answers> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/figures/expected.py");
    let Ok(answer) = Command::new("python3").args([script, source]).output() else {
        skip("the marts", "python3 is not installed");
        return None;
    };
    let complaint = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "{complaint}");
    Some(serde_json::from_slice(&answer.stdout).unwrap())
}

#[track_caller]
fn answers(database: &Database, names: &[&str], more: &str) -> Answers {
    asked(database, names, &format!("--format csv {more}"))
}

#[track_caller]
fn asked(database: &Database, names: &[&str], flags: &str) -> Answers {
    let answer = |name: &&str| {
        let etl = Etl::new().args(&format!("query {name} {flags}"));
        ((*name).to_owned(), etl.database(database).run().succeeds().stdout)
    };
    names.iter().map(answer).collect()
}

#[track_caller]
fn are_right(database: &Database, source: &str) {
    let Some(expected) = expected(source) else { return };
    let answers = answers(database, &OF_LAUNCHES, "");
    assert_eq!(answers.len(), expected.len());
    for (name, answer) in &answers {
        pretty_equal(name, answer, &expected[name]);
    }
}

#[track_caller]
fn pretty_equal(name: &str, answer: &str, expected: &str) {
    let differing = answer.lines().zip(expected.lines()).find(|(ours, theirs)| ours != theirs);
    assert!(answer == expected, "{name}: {differing:?}\n{answer}\ninstead of\n{expected}");
}

fn sandbox(launches: u32) -> Sandbox {
    Sandbox::start(Options { launches, ..Options::default() }).unwrap()
}

fn run(database: &Database, url: &str, more: &str) -> Value {
    let etl =
        Etl::new().args(&format!("run --migrate --format json {more}")).env("SPACEX_API_URL", url);
    etl.database(database).run().succeeds().json()
}

#[track_caller]
fn migrate(database: &Database) {
    Etl::new().args("migrate").database(database).run().succeeds();
}

/// Writes the four files of a data directory.
pub(crate) fn write(folder: &Path, launches: &[Value]) {
    let pads = json!([{ "id": "5b0000000000000000000001", "name": "Pâ, \"1\"" }]);
    let rockets = json!([{ "id": "5c0000000000000000000001", "name": "=Rocket" }]);
    let payloads: Vec<_> = [json!(100.005), json!(200), Value::Null, json!(0.004)].into_iter().enumerate()
        .map(|(at, mass)| json!({ "id": format!("5d000000000000000000000{at}"), "name": "P", "mass_kg": mass, "launch": null }))
        .collect();
    for (name, documents) in [
        ("launches", json!(launches)),
        ("launchpads", pads),
        ("rockets", rockets),
        ("payloads", json!(payloads)),
    ] {
        std::fs::write(folder.join(format!("{name}.json")), documents.to_string()).unwrap();
    }
}

/// A launch that flew well, changed as the test says.
pub(crate) fn launch(number: u32, date: &str, changes: &Value) -> Value {
    let mut document = json!({
        "id": format!("5a00000000000000000000{number:02}"), "name": format!("Launch {number}"), "flight_number": number,
        "date_utc": date, "date_precision": "hour", "static_fire_date_utc": null, "success": true, "upcoming": false,
        "launchpad": "5b0000000000000000000001", "rocket": "5c0000000000000000000001", "payloads": [],
    });
    for (key, value) in changes.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

fn payload(number: u32) -> String {
    format!("5d000000000000000000000{number}")
}

pub(crate) fn serve(folder: &Path) -> Sandbox {
    Sandbox::start(Options { data: Some(folder.to_owned()), ..Options::default() }).unwrap()
}

/// Ties in date and in mass, outcomes that are not known, years without a launch, masses that are partly known or
/// round to nothing, static fires after, at and just before the launch, launches without pad, rocket or payload.
pub(crate) fn oddities() -> Vec<Value> {
    let noon = "2015-12-31T23:59:59.000Z";
    vec![
        launch(3, noon, &json!({ "payloads": [payload(0), payload(1)], "success": null })),
        launch(
            2,
            noon,
            &json!({ "payloads": [payload(1), payload(0), payload(2)], "name": "=1+1" }),
        ),
        launch(
            1,
            noon,
            &json!({ "success": false, "static_fire_date_utc": noon, "payloads": [payload(3)] }),
        ),
        launch(
            4,
            "2016-01-01T00:00:00.000Z",
            &json!({ "launchpad": null, "rocket": null, "success": false }),
        ),
        launch(
            5,
            "2019-03-01T00:00:00.000Z",
            &json!({ "static_fire_date_utc": "2019-03-01T00:00:01.000Z" }),
        ),
        launch(
            6,
            "2019-02-28T23:59:59.999Z",
            &json!({ "static_fire_date_utc": "2019-02-28T23:59:41.999Z" }),
        ),
        launch(
            7,
            "2019-07-01T00:00:00.500Z",
            &json!({ "static_fire_date_utc": "2019-06-01T00:30:00.250Z" }),
        ),
        launch(
            8,
            "2021-01-01T00:00:00.000Z",
            &json!({ "upcoming": true, "success": null, "payloads": [payload(1), payload(9)] }),
        ),
        launch(
            9,
            "2010-05-05T05:05:05.005Z",
            &json!({ "upcoming": true, "success": null, "date_precision": "month" }),
        ),
        launch(10, "2015-01-01T00:00:00.000Z", &json!({ "success": null, "name": "\u{1b}[2J" })),
    ]
}

on_both! {
    #[track_caller]
    fn invented_launches_give_the_figures_computed_apart(database: Database) {
        let sandbox = sandbox(205);
        run(&database, &sandbox.url(), "");
        are_right(&database, &sandbox.url());
        let shown = asked(&database, &OF_LAUNCHES, "--limit 12 --format table");
        let text: Vec<_> = shown.into_iter().map(|(name, answer)| format!("{name}\n\n{answer}")).collect();
        freeze!("marts__invented", text.join("\n"));
    }

    fn real_launches_give_the_figures_computed_apart(database: Database) {
        let Some(real) = real_state() else { return };
        let sandbox = serve(&real);
        run(&database, &sandbox.url(), "");
        are_right(&database, &sandbox.url());
    }

    fn oddities_give_the_figures_computed_apart(database: Database) {
        let folder = folder();
        write(folder.path(), &oddities());
        run(&database, &serve(folder.path()).url(), "");
        are_right(&database, folder.path().to_str().unwrap());
    }

    fn one_launch_and_upcoming_launches_alone_give_the_figures_computed_apart(database: Database) {
        let folder = folder();
        write(folder.path(), &oddities()[7..9]);
        run(&database, &serve(folder.path()).url(), "");
        are_right(&database, folder.path().to_str().unwrap());
        write(folder.path(), &oddities()[1..2]);
        run(&database, &serve(folder.path()).url(), "--reconcile");
        are_right(&database, folder.path().to_str().unwrap());
    }

    fn an_empty_database_has_no_figures(database: Database) {
        let folder = folder();
        write(folder.path(), &[]);
        migrate(&database);
        are_right(&database, folder.path().to_str().unwrap());
        for answer in answers(&database, &OF_RUNS, "").values() {
            assert_eq!(answer.lines().count(), 1, "{answer}");
        }
    }

    fn tombstones_and_launches_of_which_nothing_is_known_are_left_out(database: Database) {
        let folder = folder();
        write(folder.path(), &oddities());
        run(&database, &serve(folder.path()).url(), "");
        for (change, launch) in [("deleted_at = date_utc", 3), ("deleted_at = date_utc", 8), ("upcoming = NULL", 7)] {
            let update = format!("UPDATE raw_launches SET {change} WHERE launch_id = '5a00000000000000000000{launch:02}'");
            assert_eq!(database.execute(&update), Ok(1));
        }
        let mut left = oddities();
        left.remove(7);
        left.remove(0);
        left[5]["upcoming"] = Value::Null;
        write(folder.path(), &left);
        are_right(&database, folder.path().to_str().unwrap());
    }

    fn what_a_run_left_can_be_asked_ever_after(database: Database) {
        let sandbox = sandbox(60);
        let names = [&OF_LAUNCHES[..], &OF_RUNS[..]].concat();
        let mut seen = vec![];
        for change in history(&sandbox) {
            change();
            let answer = run(&database, &sandbox.url(), "--reconcile --allow-mass-deletion");
            are_right(&database, &sandbox.url());
            let run_id = answer["pipeline_run_id"].as_str().unwrap().to_owned();
            seen.push((run_id, answers(&database, &names, "")));
        }
        // A change by hand belongs to the time after the last run.
        database.execute("UPDATE raw_launches SET mission_name = 'By hand'").unwrap();
        assert!(seen.windows(2).all(|pair| pair[0].1 != pair[1].1), "a change changed nothing");
        for (run_id, then) in &seen {
            for (name, answer) in answers(&database, &names, &format!("--as-of {run_id}")) {
                pretty_equal(&format!("{name} as of {run_id}"), &answer, &then[&name]);
            }
        }
        by_instant(&database, &seen);
        growth(&database);
        // A clock that went back after a run: what later runs wrote is not of its time all the same.
        database.execute("UPDATE pipeline_runs SET finished_at = '2099-01-01T00:00:00.000000Z' WHERE id = 2").unwrap();
        let (run_id, then) = &seen[1];
        for (name, answer) in answers(&database, &OF_LAUNCHES, &format!("--as-of {run_id}")) {
            pretty_equal(&name, &answer, &then[&name]);
        }
    }
}

/// Changes of the source, of every kind.
fn history(sandbox: &Sandbox) -> Vec<Box<dyn Fn() + '_>> {
    let ids: Vec<String> = get(sandbox, "launches")
        .iter()
        .map(|launch| launch["id"].as_str().unwrap().into())
        .collect();
    let first = format!("launches/{}", ids[0]);
    let (second, pads) = (format!("launches/{}", ids[1]), get(sandbox, "launchpads"));
    let pad = pads[1]["id"].clone();
    vec![
        Box::new(|| ()),
        Box::new(|| tell(sandbox, "POST", "clock", &json!({ "advance": "8w" }))),
        Box::new({
            let changes = json!({ "name": "Renamed", "date_utc": "2009-09-09T09:09:09.000Z", "success": false, "launchpad": pad, "payloads": [] });
            let first = first.clone();
            move || tell(sandbox, "PATCH", &first, &changes)
        }),
        Box::new({
            let (first, second) = (first.clone(), second.clone());
            move || {
                tell(sandbox, "DELETE", &first, &json!({}));
                tell(sandbox, "DELETE", &second, &json!({}));
            }
        }),
        Box::new(|| {
            for flown in [true, true, false] {
                tell(sandbox, "POST", "launches", &json!({ "flown": flown }));
            }
        }),
        Box::new(move || tell(sandbox, "POST", &format!("{first}/restore"), &json!({}))),
    ]
}

pub(crate) fn get(sandbox: &Sandbox, collection: &str) -> Vec<Value> {
    let mut answer = ureq::get(format!("{}/{collection}", sandbox.url())).call().unwrap();
    serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
}

pub(crate) fn tell(sandbox: &Sandbox, method: &str, path: &str, body: &Value) {
    let url = sandbox.url().replace("/v4", &format!("/sandbox/{path}"));
    let request =
        ureq::http::Request::builder().method(method).uri(url).body(body.to_string()).unwrap();
    ureq::Agent::new_with_defaults().run(request).unwrap();
}

/// The instant at which a run had finished means that run; before the first there is nothing to say.
fn by_instant(database: &Database, seen: &[(String, Answers)]) {
    let growth = &seen[seen.len() - 1].1["pipeline_growth"];
    for (line, (_, then)) in growth.lines().skip(1).zip(seen) {
        let finished = line.split(',').nth(5).unwrap();
        let answer = answers(database, &["launch_sites"], &format!("--as-of {finished}"));
        pretty_equal(finished, &answer["launch_sites"], &then["launch_sites"]);
    }
    let none = Etl::new().args("query launch_sites --as-of 2001-01-01").database(database).run();
    none.exits(2).says("no run had finished by 2001-01-01").says("etl trends");
}

fn growth(database: &Database) {
    let table = |name: &str| answers(database, &[name], "")[name].clone();
    let column = |table: &str, at: usize| -> Vec<i64> {
        table
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(at).unwrap().parse().unwrap())
            .collect()
    };
    let growth = table("pipeline_growth");
    assert_eq!(column(&growth, 6), [60, 0, 0, 0, 3, 1], "added\n{growth}");
    assert_eq!(column(&growth, 7), [0, 0, 0, 2, 0, 0], "removed\n{growth}");
    assert_eq!(column(&growth, 9), [60, 60, 60, 58, 61, 62], "total\n{growth}");
    let milestones = table("total_launches_milestones");
    assert_eq!(column(&milestones, 0), [1, 10, 25, 50], "{milestones}");
    assert_eq!(column(&milestones, 4), [1, 1, 1, 1], "{milestones}");
}

#[test]
fn milestones_name_the_run_that_first_showed_the_total() {
    for database in [Some(Database::sqlite()), Database::postgres()].into_iter().flatten() {
        migrate(&database);
        for (id, total) in [(1, 0), (2, 9), (3, 24), (4, 3), (5, 24), (6, 101), (7, 99), (8, 355)] {
            let insert = format!(
                "INSERT INTO launch_aggregations (id, total_launches, pipeline_run_id) VALUES ({id}, {total}, 'run_{id}')"
            );
            database.execute(&insert).unwrap();
        }
        let found = database.rows("SELECT milestone || ' ' || total_launches || ' ' || pipeline_run_id FROM total_launches_milestones ORDER BY milestone");
        assert_eq!(
            found,
            [
                "1 9 run_2",
                "10 24 run_3",
                "25 101 run_6",
                "50 101 run_6",
                "100 101 run_6",
                "200 355 run_8",
                "300 355 run_8"
            ]
        );
    }
}

#[test]
fn the_time_zone_of_a_session_moves_no_figure() {
    let Some(database) = Database::postgres() else { return };
    let folder = folder();
    write(folder.path(), &oddities());
    run(&database, &serve(folder.path()).url(), "");
    let mut session = PgConnection::establish(&database.url()).unwrap();
    session.batch_execute("SET TIME ZONE 'Asia/Kolkata'").unwrap();
    for name in OF_LAUNCHES {
        session.batch_execute(&format!("CREATE TABLE {name}_in_kolkata AS TABLE {name}")).unwrap();
        let count = database.value(&format!("SELECT count(*) FROM {name}"));
        assert_ne!(count, "0", "{name}");
        let same = format!(
            "SELECT count(*) FROM (TABLE {name} INTERSECT ALL TABLE {name}_in_kolkata) AS same"
        );
        assert_eq!(database.value(&same), count, "{name}");
    }
    let set = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = %L', current_database(), 'Asia/Kolkata'); END $$";
    database.execute(set).unwrap();
    are_right(&database, folder.path().to_str().unwrap());
}

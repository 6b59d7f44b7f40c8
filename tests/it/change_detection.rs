//! What an ordinary run finds, what only a reconcile finds, and that nothing of it is ever lost.

use serde_json::{Value, json};

use crate::support::sandbox::id_of;
use crate::support::{Database, Sandbox};

/// A change at the source, made on the launch with this id.
struct Change {
    what: &'static str,
    field: &'static str,
    edit: fn(&Sandbox, &str),
}

/// Each tracked field once; masses belong to payloads.
const EDITS: [Change; 11] = [
    Change {
        what: "name",
        field: "mission_name",
        edit: |s, id| s.edit(id, &json!({ "name": "Renamed" })),
    },
    Change { what: "later", field: "date_utc", edit: |s, id| move_by(s, id, 3600) },
    Change { what: "earlier", field: "date_utc", edit: |s, id| move_by(s, id, -3600) },
    Change {
        what: "outcome",
        field: "success",
        edit: |s, id| s.edit(id, &json!({ "success": s.launch(id)["success"] == false })),
    },
    Change { what: "payloads", field: "payload_ids", edit: change_payloads },
    Change { what: "mass", field: "total_payload_mass_kg", edit: change_mass },
    Change {
        what: "pad",
        field: "launchpad_id",
        edit: |s, id| s.edit(id, &json!({ "launchpad": other(s, id, "launchpad", "launchpads") })),
    },
    Change {
        what: "rocket",
        field: "rocket_id",
        edit: |s, id| s.edit(id, &json!({ "rocket": other(s, id, "rocket", "rockets") })),
    },
    Change {
        what: "static fire",
        field: "static_fire_date_utc",
        edit: |s, id| s.edit(id, &json!({ "static_fire_date_utc": "2022-08-01T01:02:03.000Z" })),
    },
    Change {
        what: "number",
        field: "flight_number",
        edit: |s, id| s.edit(id, &json!({ "flight_number": 150 })),
    },
    Change {
        what: "precision",
        field: "date_precision",
        edit: |s, id| s.edit(id, &json!({ "date_precision": "day" })),
    },
];

fn move_by(sandbox: &Sandbox, id: &str, seconds: i64) {
    let date = sandbox.launch(id)["date_utc"].as_str().unwrap().to_owned();
    let date: chrono::DateTime<chrono::Utc> = date.parse().unwrap();
    let moved = (date + chrono::Duration::seconds(seconds)).format("%Y-%m-%dT%H:%M:%S.000Z");
    sandbox.edit(id, &json!({ "date_utc": moved.to_string() }));
}

fn change_payloads(sandbox: &Sandbox, id: &str) {
    let mut payloads = sandbox.launch(id)["payloads"].as_array().unwrap().clone();
    let all = sandbox.tell("GET", "payloads", "");
    payloads.push(all[0]["id"].clone());
    sandbox.edit(id, &json!({ "payloads": payloads }));
}

fn change_mass(sandbox: &Sandbox, id: &str) {
    let payload = sandbox.launch(id)["payloads"][0].as_str().unwrap().to_owned();
    sandbox.tell("PATCH", &format!("payloads/{payload}"), r#"{"mass_kg": 1234.565}"#);
}

fn other(sandbox: &Sandbox, id: &str, field: &str, collection: &str) -> Value {
    let now = sandbox.launch(id)[field].clone();
    let all = sandbox.tell("GET", collection, "");
    all.as_array().unwrap().iter().map(|one| one["id"].clone()).find(|one| *one != now).unwrap()
}

/// Makes `/latest` differ, so that an ordinary run asks for more.
fn stir(sandbox: &Sandbox) -> String {
    sandbox.add(&json!({ "flown": true }))
}

#[track_caller]
fn loaded(database: &Database, sandbox: &Sandbox) {
    assert_eq!(sandbox.run(database, "")["optimization"], "initial_load_skip_change_detection");
}

/// An ordinary run of two calls.
#[track_caller]
fn ordinary(database: &Database, sandbox: &Sandbox) -> Value {
    let answer = sandbox.run(database, "");
    assert_eq!(answer["optimization"], "server_side_filtering", "{answer}");
    assert_eq!(answer["api_calls_made"], 2, "{answer}");
    answer
}

/// The changed fields of the latest revision.
fn changed_fields(database: &Database, id: &str) -> Vec<String> {
    let changes = database.changes(id, database.revision(id));
    changes.iter().map(|change| change.split(": ").next().unwrap().to_owned()).collect()
}

/// Makes an edit on its own launch each, runs, and compares what was found.
fn edit_each(database: &Database, sandbox: &Sandbox, targets: &[String], run: impl Fn() -> Value) {
    let before = database.latest_versions();
    for (change, id) in EDITS.iter().zip(targets) {
        (change.edit)(sandbox, id);
    }
    let answer = run();
    assert_eq!(answer["launches_updated"], EDITS.len(), "{answer}");
    for (change, id) in EDITS.iter().zip(targets) {
        let mut expected = vec![change.field];
        if change.what == "payloads" {
            // The new one's mass counts.
            expected.push("total_payload_mass_kg");
        }
        assert_eq!(changed_fields(database, id), expected, "{}", change.what);
        assert_eq!(database.revision(id), 2, "{}", change.what);
    }
    let former = database.former();
    assert!(former.len() >= EDITS.len());
    for version in &former {
        assert!(before.contains(version), "{version} was never the truth");
    }
}

/// Flown launches with one payload of its own, a pad, and a mass; the latest first.
fn plain_flown(sandbox: &Sandbox) -> Vec<String> {
    let launches = sandbox.launches();
    let uses = |payload: &Value| {
        launches
            .iter()
            .flat_map(|one| one["payloads"].as_array().unwrap())
            .filter(|other| *other == payload)
            .count()
    };
    let is_plain = |id: &String| {
        let launch = launches.iter().find(|launch| launch["id"] == **id).unwrap();
        let payloads = launch["payloads"].as_array().unwrap();
        payloads.len() == 1 && uses(&payloads[0]) == 1 && launch["launchpad"].is_string()
    };
    sandbox.flown().into_iter().filter(is_plain).collect()
}

on_both! {
    fn every_tracked_field_of_a_recent_launch_is_found_by_an_ordinary_run(database: Database) {
        let sandbox = Sandbox::start();
        loaded(&database, &sandbox);
        let recent = plain_flown(&sandbox);
        stir(&sandbox);
        // A lookback that reaches all of them.
        let run = || {
            let answer = sandbox.run(&database, "--lookback 400d");
            assert_eq!(answer["api_calls_made"], 2);
            answer
        };
        edit_each(&database, &sandbox, &recent[..EDITS.len()], run);
        database.assert_gapless();
    }

    fn old_corrections_are_found_by_a_reconcile_only(database: Database) {
        let sandbox = Sandbox::start();
        loaded(&database, &sandbox);
        let mut old = plain_flown(&sandbox);
        old.reverse();
        let recent = sandbox.flown().remove(0);
        let run = || {
            stir(&sandbox);
            sandbox.edit(&recent, &json!({ "date_precision": "day" }));
            let answer = ordinary(&database, &sandbox);
            assert_eq!(
                (&answer["launches_inserted"], &answer["launches_updated"]),
                (&json!(1), &json!(1))
            );
            let answer = sandbox.run(&database, "--reconcile");
            assert_eq!(answer["launches_inserted"], 0);
            answer
        };
        edit_each(&database, &sandbox, &old[..EDITS.len()], run);
        database.assert_gapless();
        let again = sandbox.run(&database, "--reconcile");
        assert_eq!(again["launches_updated"], 0);
        assert_eq!(again["aggregations"]["status"], "skipped");
    }

    fn what_is_upcoming_is_followed_wherever_it_goes(database: Database) {
        let sandbox = Sandbox::start();
        loaded(&database, &sandbox);
        let upcoming = sandbox.upcoming();
        // New, moved to the far past and the far future, flown long ago, renamed, without a pad.
        let new = sandbox.add(&json!({}));
        sandbox.edit(&upcoming[0], &json!({ "date_utc": "2001-01-01T00:00:00.000Z" }));
        sandbox.edit(&upcoming[1], &json!({ "date_utc": "2090-01-01T00:00:00.000Z" }));
        sandbox.edit(
            &upcoming[2],
            &json!({ "upcoming": false, "success": true, "date_utc": "2015-01-01T00:00:00.000Z" }),
        );
        sandbox.edit(&upcoming[3], &json!({ "name": "Renamed" }));
        sandbox.edit(&upcoming[4], &json!({ "launchpad": null, "success": false }));
        let flown = stir(&sandbox);
        let answer = ordinary(&database, &sandbox);
        assert_eq!(
            (&answer["launches_inserted"], &answer["launches_updated"]),
            (&json!(2), &json!(5))
        );
        assert_eq!(database.revision(&new) + database.revision(&flown), 2);
        assert_eq!(changed_fields(&database, &upcoming[0]), ["date_utc"]);
        assert_eq!(changed_fields(&database, &upcoming[2]), ["date_utc", "success", "upcoming"]);
        assert_eq!(answer["watermark_after"].as_str().map(|at| &at[..10]), Some("2022-10-31"));
        let other = Database::sqlite();
        loaded(&other, &sandbox);
        assert_eq!(
            answer["aggregations"]["success_rate"],
            sandbox.run(&other, "")["aggregations"]["success_rate"]
        );
    }

    fn what_is_upcoming_alone_changes_nothing_at_the_latest_launch(database: Database) {
        let sandbox = Sandbox::start();
        loaded(&database, &sandbox);
        sandbox.add(&json!({}));
        sandbox.edit(&sandbox.upcoming()[3], &json!({ "name": "Renamed" }));
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
        let answer = sandbox.run(&database, "--reconcile");
        assert_eq!(
            (&answer["launches_inserted"], &answer["launches_updated"]),
            (&json!(1), &json!(1))
        );
    }

    fn a_correction_of_the_latest_launch_is_seen_at_once(database: Database) {
        let sandbox = Sandbox::start();
        loaded(&database, &sandbox);
        for change in EDITS.iter().filter(|change| change.what != "mass") {
            (change.edit)(&sandbox, &sandbox.latest());
            let answer = ordinary(&database, &sandbox);
            assert_eq!(answer["launches_updated"], 1, "{}", change.what);
            assert_eq!(sandbox.run(&database, "")["early_exit"], true, "{}", change.what);
        }
    }

    fn untracked_fields_make_no_version(database: Database) {
        let sandbox = Sandbox::start();
        loaded(&database, &sandbox);
        for id in sandbox.flown() {
            let links = json!({ "webcast": "https://elsewhere.invalid/" });
            sandbox.edit(&id, &json!({ "links": links, "details": "More", "date_unix": 5 }));
        }
        let before = database.current();
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
        assert_eq!(sandbox.run(&database, "--reconcile")["aggregations"]["status"], "skipped");
        assert_eq!(database.current(), before);
        assert_eq!(database.former(), Vec::<String>::new());
    }

    fn time_that_passes_is_followed(database: Database) {
        let sandbox = Sandbox::start();
        loaded(&database, &sandbox);
        for _ in 0..6 {
            let flown = sandbox.advance("2w")["flown"].as_array().unwrap().clone();
            let answer = sandbox.run(&database, "");
            assert_eq!(flown.is_empty(), answer["early_exit"] == true, "{answer}");
            for id in &flown {
                let upcoming = format!(
                    "SELECT CAST(upcoming AS int) FROM raw_launches WHERE launch_id = '{}'",
                    id.as_str().unwrap()
                );
                assert_eq!(database.value(&upcoming), "0");
            }
        }
        sandbox.run(&database, "--reconcile");
        database.assert_gapless();
        let fresh = Database::sqlite();
        loaded(&fresh, &sandbox);
        assert_eq!(without_revision(&database.current()), without_revision(&fresh.current()));
        assert_eq!(database.latest_figures(), fresh.latest_figures());
    }

    fn references_without_a_document_are_stored_whole_and_counted(database: Database) {
        let sandbox = Sandbox::start();
        let id = plain_flown(&sandbox).remove(0);
        let launch = sandbox.launch(&id);
        let payload = id_of(&json!({ "id": launch["payloads"][0] }));
        sandbox.tell("DELETE", &format!("payloads/{payload}"), "");
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["api_calls_made"], &answer["unresolved_references"]),
            (&json!(2), &json!(1))
        );
        let columns = [
            "launch_id",
            "payload_ids",
            "total_payload_mass_kg",
            "payloads_without_mass",
            "launchpad_id",
        ];
        let stored = format!(
            "{id} | [\"{payload}\"] | NULL | 1 | {}",
            launch["launchpad"].as_str().unwrap()
        );
        assert!(database.dump("raw_launches", &columns).contains(&stored));
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
    }

    fn a_source_with_nothing_flown_is_followed_too(database: Database) {
        let sandbox = Sandbox::of(20);
        for id in sandbox.flown() {
            sandbox.edit(&id, &json!({ "upcoming": true, "success": null }));
        }
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["launches_inserted"], &answer["watermark_after"]),
            (&json!(20), &Value::Null)
        );
        sandbox.edit(&sandbox.upcoming()[0], &json!({ "name": "Renamed" }));
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["launches_updated"], &answer["optimization"]),
            (&json!(1), &json!("full_sweep"))
        );
        let first = stir(&sandbox);
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["launches_inserted"], &answer["launches_unchanged"]),
            (&json!(1), &json!(20))
        );
        assert!(answer["watermark_after"].is_string());
        assert_eq!(sandbox.latest(), first);
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
    }
}

fn without_revision(rows: &[String]) -> Vec<String> {
    rows.iter().map(|row| row.rsplit_once(" | ").unwrap().0.to_owned()).collect()
}

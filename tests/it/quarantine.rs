//! Documents that break a rule: kept with every reason, never in the way, resolved by a good one.

use serde_json::{Value, json};

use crate::support::{Database, Etl, Sandbox};

/// What is made of a document, and the breaches that are kept for it.
fn poisons() -> Vec<(&'static str, Value, &'static [&'static str])> {
    vec![
        ("missing", json!({ "$unset": ["name"] }), &["name missing"]),
        (
            "null",
            json!({ "date_utc": null, "upcoming": null }),
            &["date_utc null", "upcoming null"],
        ),
        (
            "types",
            json!({ "name": 5, "success": "yes", "flight_number": "one" }),
            &["name wrong_type", "success wrong_type", "flight_number wrong_type"],
        ),
        ("no name", json!({ "name": " \t " }), &["name blank"]),
        ("long name", json!({ "name": "x".repeat(256) }), &["name too_long"]),
        ("NUL", json!({ "name": "A\u{0}B" }), &["name nul_character"]),
        (
            "leap second",
            json!({ "date_utc": "2016-12-31T23:59:60.000Z" }),
            &["date_utc not_a_timestamp"],
        ),
        (
            "no zone",
            json!({ "static_fire_date_utc": "2020-01-01T00:00:00" }),
            &["static_fire_date_utc not_a_timestamp"],
        ),
        (
            "too late",
            json!({ "date_utc": "2101-01-01T00:00:00.000Z" }),
            &["date_utc timestamp_out_of_range"],
        ),
        ("precision", json!({ "date_precision": "minute" }), &["date_precision unknown_precision"]),
        ("number", json!({ "flight_number": 0 }), &["flight_number flight_number_out_of_range"]),
        (
            "half a number",
            json!({ "flight_number": 1.5 }),
            &["flight_number flight_number_out_of_range"],
        ),
        ("pads", json!({ "launchpad": 7 }), &["launchpad wrong_type"]),
        ("payloads", json!({ "payloads": null }), &["payloads null"]),
        (
            "everything",
            json!({ "name": "", "date_utc": "soon", "date_precision": "eon", "flight_number": -1 }),
            &[
                "name blank",
                "date_utc not_a_timestamp",
                "date_precision unknown_precision",
                "flight_number flight_number_out_of_range",
            ],
        ),
    ]
}

fn breaches(database: &Database, id: &str) -> Vec<String> {
    let stored = database.value(&format!(
        "SELECT breaches FROM quarantined_launches WHERE launch_id = '{id}' AND resolved_at IS NULL"
    ));
    let stored: Vec<Value> = serde_json::from_str(&stored).unwrap();
    let name = |key: &Value| key.as_str().unwrap().to_owned();
    stored
        .iter()
        .map(|breach| format!("{} {}", name(&breach["field"]), name(&breach["code"])))
        .collect()
}

fn resolutions(database: &Database) -> Vec<String> {
    database.rows("SELECT COALESCE(resolution, 'open') FROM quarantined_launches ORDER BY 1")
}

fn status(database: &Database) -> Value {
    Etl::new().args("status --format json").database(database).run().succeeds().json()
}

on_both! {
    fn every_rule_that_is_broken_is_kept_and_the_run_goes_on(database: Database) {
        let sandbox = Sandbox::start();
        let targets = sandbox.flown().split_off(10);
        let poisons = poisons();
        for ((_, poison, _), id) in poisons.iter().zip(&targets) {
            sandbox.edit(id, poison);
        }
        let answer = sandbox.run(&database, "");
        assert_eq!(answer["launches_quarantined"], poisons.len());
        assert_eq!(answer["launches_inserted"], 205 - poisons.len());
        for ((what, _, expected), id) in poisons.iter().zip(&targets) {
            assert_eq!(breaches(&database, id), *expected, "{what}");
        }
        let rows = "SELECT launch_id FROM raw_launches WHERE mission_name IS NULL OR launch_id IN
            (SELECT launch_id FROM quarantined_launches)";
        assert_eq!(database.rows(rows), Vec::<String>::new());
    }

    fn what_no_database_can_hold_is_kept_as_it_was_served(database: Database) {
        let sandbox = Sandbox::start();
        let ids = sandbox.flown().split_off(10);
        let raw = |id: &str, name: &str| {
            let mut launch = sandbox.launch(id);
            launch["name"] = json!("NAME");
            launch.to_string().replace("\"NAME\"", name)
        };
        let texts = [
            raw(&ids[0], r#""lone \ud800 surrogate""#),
            raw(&ids[1], r#""nul \u0000""#),
            raw(&ids[2], &format!("{}{}", "[".repeat(2000), "]".repeat(2000))),
            raw(&ids[3], r#""twice", "name": "twice""#),
        ];
        for (id, text) in ids.iter().zip(&texts) {
            sandbox.edit(id, &json!({ "raw": text }));
        }
        let answer = sandbox.run(&database, "");
        assert_eq!(
            (&answer["launches_quarantined"], &answer["launches_inserted"]),
            (&json!(4), &json!(201)),
            "{answer}"
        );
        let mut kept = database.rows("SELECT document FROM quarantined_launches");
        let mut served = texts.to_vec();
        kept.sort();
        served.sort();
        assert_eq!(kept, served);
        assert_eq!(breaches(&database, &ids[0])[0], "name wrong_type");
        assert_eq!(breaches(&database, &ids[1])[0], "name nul_character");
        // What cannot be read has no id, and is kept by its content.
        let without_id =
            "SELECT CAST(breaches AS text) FROM quarantined_launches WHERE launch_id IS NULL";
        let without_id = database.value(without_id);
        assert!(without_id.contains("duplicate_key"), "{without_id}");
        for id in &ids[..4] {
            sandbox.edit(id, &json!({ "raw": null }));
        }
        let answer = sandbox.run(&database, "--reconcile");
        assert_eq!(answer["launches_inserted"], 4);
        assert_eq!(resolutions(&database), ["good", "good", "good", "vanished"]);
    }

    fn a_bad_version_leaves_the_good_row_and_makes_it_stale(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let before = database.current();
        let (recent, old) = (sandbox.flown().remove(3), sandbox.flown().remove(100));
        for id in [&recent, &old] {
            sandbox.edit(id, &json!({ "date_precision": "eon" }));
        }
        sandbox.run(&database, "--reconcile");
        assert_eq!(database.current(), before);
        assert_eq!(database.tombstones(), Vec::<String>::new());
        assert_eq!(status(&database)["launches"]["stale"], 2);
        assert_eq!(status(&database)["quarantine"]["open"], 2);
        // Seen again: still one entry, with its latest text.
        sandbox.edit(&old, &json!({ "date_precision": "age" }));
        sandbox.run(&database, "--reconcile");
        let entry = format!(
            "SELECT attempts || ' ' || CAST(breaches AS text) FROM quarantined_launches
             WHERE launch_id = '{old}'"
        );
        let entry = database.value(&entry);
        assert!(entry.starts_with('2') && entry.contains("`age`"), "{entry}");
        // What is in quarantine is asked for by id, however old it is.
        sandbox.edit(&old, &json!({ "date_precision": "day", "name": "Good again" }));
        sandbox.add(&json!({ "flown": true }));
        let answer = sandbox.run(&database, "--lookback 1d");
        assert_eq!(
            (
                &answer["api_calls_made"],
                &answer["launches_updated"],
                &answer["launches_quarantined"]
            ),
            (&json!(2), &json!(1), &json!(1))
        );
        assert_eq!(resolutions(&database), ["good", "open"]);
        assert_eq!(status(&database)["launches"]["stale"], 1);
    }

    fn an_entry_whose_document_vanished_is_closed_by_a_reconcile(database: Database) {
        let sandbox = Sandbox::start();
        let id = sandbox.flown().remove(30);
        sandbox.edit(&id, &json!({ "name": null }));
        sandbox.run(&database, "");
        sandbox.delete(&id);
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
        assert_eq!(resolutions(&database), ["open"]);
        sandbox.run(&database, "--reconcile");
        assert_eq!(resolutions(&database), ["vanished"]);
    }

    fn an_answer_that_is_not_believed_closes_no_entry(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.edit(&sandbox.flown()[30], &json!({ "name": null }));
        sandbox.run(&database, "");
        let nothing = json!({ "docs": [], "totalDocs": 0 });
        sandbox.faults(&json!({ "fault": "edit_answer", "merge": nothing, "times": "always" }));
        sandbox.run_to(&database, "--reconcile", 1);
        assert_eq!(resolutions(&database), ["open"]);
    }

    fn a_first_load_without_a_good_document_fails(database: Database) {
        let sandbox = Sandbox::of(6);
        for launch in sandbox.launches() {
            sandbox.edit(launch["id"].as_str().unwrap(), &json!({ "name": null }));
        }
        let answer = sandbox.run_to(&database, "", 3);
        assert_eq!(answer["error"]["kind"], "source_changed_shape");
        assert_eq!(database.open_quarantine().len(), 6);
        let rest = ["pipeline_runs", "quarantined_launches"];
        assert!(database.all_but(&rest).iter().all(|(_, rows)| rows.is_empty()));
        let row = "SELECT status || ' ' || launches_quarantined FROM pipeline_runs";
        assert_eq!(database.value(row), "failed 6");
        for launch in sandbox.launches() {
            sandbox.edit(launch["id"].as_str().unwrap(), &json!({ "name": "Good" }));
        }
        assert_eq!(sandbox.run(&database, "")["launches_inserted"], 6);
        assert_eq!(resolutions(&database), ["good"; 6]);
    }

    fn a_source_of_which_more_than_half_is_bad_has_changed_its_shape(database: Database) {
        let sandbox = Sandbox::of(40);
        sandbox.run(&database, "");
        let before = database.all_but(&["pipeline_runs", "quarantined_launches"]);
        let ids: Vec<Value> = sandbox.launches();
        for launch in &ids[..21] {
            sandbox.edit(launch["id"].as_str().unwrap(), &json!({ "date_precision": "eon" }));
        }
        sandbox.edit(ids[30]["id"].as_str().unwrap(), &json!({ "name": "Renamed" }));
        let output = sandbox.etl(&database, "run --reconcile").run().exits(3);
        freeze!("quarantine__changed_shape", output.everything());
        assert_eq!(database.all_but(&["pipeline_runs", "quarantined_launches"]), before);
        assert_eq!(database.open_quarantine().len(), 21);
        // Half is not more than half.
        sandbox.edit(ids[0]["id"].as_str().unwrap(), &json!({ "date_precision": "day" }));
        let answer = sandbox.run(&database, "--reconcile");
        assert_eq!(
            (&answer["launches_quarantined"], &answer["launches_updated"]),
            (&json!(20), &json!(2))
        );
        assert_eq!(database.open_quarantine().len(), 20);
    }

    fn it_can_be_looked_at(database: Database) {
        let sandbox = Sandbox::start();
        let ids = sandbox.flown().split_off(50);
        sandbox
            .edit(&ids[0], &json!({ "name": "\u{1b}[31mred", "flight_number": 0, "payloads": 5 }));
        sandbox.edit(
            &ids[1],
            &json!({ "raw": "{\"id\": \"nonsense\", \"name\": \"\\ud800 \u{7f}\"}" }),
        );
        sandbox.run(&database, "");
        let show = |words: &str| Etl::new().args(words).database(&database).run();
        let looks = [
            "quarantine list",
            "quarantine list --format json",
            "quarantine show 1",
            "quarantine show 2",
            "quarantine show 2 --format json",
            "quarantine show 99",
        ];
        let texts: Vec<String> =
            looks.map(|words| format!("$ etl {words}\n{}", show(words).everything())).to_vec();
        freeze!("quarantine__looks", texts.join("\n"));
        let by_id = show(&format!("quarantine show {}", ids[0])).succeeds().stdout;
        assert!(!by_id.contains('\u{1b}'), "{by_id}");
        for id in &ids[..2] {
            sandbox.edit(
                id,
                &json!({ "raw": null, "name": "Good", "flight_number": 7, "payloads": [] }),
            );
        }
        sandbox.run(&database, "--reconcile");
        assert_eq!(show("quarantine list").succeeds().stdout, "nothing is in quarantine\n");
        let all = show("quarantine list --all").succeeds().stdout;
        assert!(all.contains("resolved (good)") && all.contains("resolved (vanished)"), "{all}");
    }
}

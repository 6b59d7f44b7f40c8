//! `etl run`: the first load, the next runs, and the ways to ask for another kind of run.

use serde_json::{Value, json};

use crate::support::{Database, Etl, Output, Sandbox};

/// One line of JSON as a person would like to compare it.
fn pretty(answer: &Value) -> String {
    let mut answer = answer.clone();
    answer["bytes_received"] = json!("[bytes]");
    serde_json::to_string_pretty(&answer).unwrap()
}

on_both! {
    fn the_first_run_loads_everything_in_one_call(database: Database) {
        let sandbox = Sandbox::start();
        let answer = sandbox.run(&database, "");
        freeze!("run__initial_json", pretty(&answer));
        assert_eq!(sandbox.requests().len(), 1);
        assert_eq!(database.value("SELECT count(*) FROM raw_launches WHERE revision = 1"), "205");
        assert_eq!(database.former(), Vec::<String>::new());
        freeze!("run__initial_figures", database.snapshots().join("\n"));
        let run = "SELECT status || ' ' || kind || ' ' || optimization || ' '
            || launches_inserted || ' ' || api_calls FROM pipeline_runs";
        assert_eq!(database.value(run), "success initial initial_load_skip_change_detection 205 1");
    }

    fn the_second_run_makes_one_call_and_writes_nothing(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let own = ["pipeline_runs", "ingestion_state"];
        let before = database.all_but(&own);
        let instants = [
            "last_checked_at",
            "watermark",
            "last_changed_at",
            "last_reconciled_at",
            "reconcile_due",
        ];
        let state = database.dump("ingestion_state", &instants);
        let answer = sandbox.run(&database, "");
        freeze!("run__nothing_new_json", pretty(&answer));
        assert_eq!(sandbox.requests().len(), 2);
        assert_eq!(sandbox.requests()[1]["path"], "/v4/launches/latest");
        assert_eq!(database.all_but(&own), before);
        let after = database.dump("ingestion_state", &instants);
        let (checked, rest) = state[0].split_once(" | ").unwrap();
        let (checked_now, rest_now) = after[0].split_once(" | ").unwrap();
        assert!(checked < checked_now, "{checked} < {checked_now}");
        assert_eq!(rest, rest_now);
        assert_eq!(
            database.value("SELECT count(*) FROM pipeline_runs WHERE status = 'success'"),
            "2"
        );
    }

    fn a_person_reads_a_few_calm_lines(database: Database) {
        let sandbox = Sandbox::start();
        let run = || sandbox.etl(&database, "run --migrate").run().succeeds();
        let texts: Vec<String> = [
            run(),
            run(),
            {
                sandbox.edit(&sandbox.flown()[0], &json!({ "name": "Renamed" }));
                sandbox.delete(&sandbox.flown()[1]);
                run()
            },
            run(),
        ]
        .iter()
        .map(Output::everything)
        .collect();
        freeze!("run__summaries", texts.join("\n"));
    }

    fn a_load_of_several_pages_takes_a_call_for_each(database: Database) {
        let sandbox = Sandbox::start();
        let answer = sandbox.run(&database, "--page-size 50");
        assert_eq!(answer["api_calls_made"], 5);
        assert_eq!(answer["launches_inserted"], 205);
        let cursors: Vec<Value> = sandbox
            .requests()
            .iter()
            .map(|request| {
                serde_json::from_str::<Value>(request["body"].as_str().unwrap()).unwrap()
            })
            .map(|body| body["query"]["_id"]["$gt"].clone())
            .collect();
        assert!(cursors[0].is_null());
        assert!(cursors[1..].windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()));
        let whole = Database::sqlite();
        sandbox.run(&whole, "");
        assert_eq!(database.truth(), whole.truth(), "the same as by one page");
    }

    fn a_dry_run_says_what_it_would_do_and_writes_nothing(database: Database) {
        let sandbox = Sandbox::start();
        Etl::new().args("migrate").database(&database).run().succeeds();
        let empty = database.all_but(&[]);
        let answer = sandbox.run(&database, "--dry-run");
        assert_eq!((&answer["dry_run"], &answer["launches_inserted"]), (&json!(true), &json!(205)));
        assert_eq!(answer["aggregations"]["total_launches"], 205);
        assert_eq!(database.all_but(&[]), empty);
        sandbox.run(&database, "");
        let loaded = database.all_but(&[]);
        sandbox.edit(&sandbox.latest(), &json!({ "name": "Renamed" }));
        sandbox.edit(&sandbox.flown()[0], &json!({ "name": 5 }));
        sandbox.delete(&sandbox.flown()[9]);
        for words in
            ["--dry-run", "--dry-run --reconcile", "--dry-run --full", "--dry-run --recompute"]
        {
            let answer = sandbox.run(&database, words);
            let changed = u64::from(words != "--dry-run --recompute");
            assert_eq!(answer["launches_updated"], changed, "{words}");
            assert_eq!(answer["launches_quarantined"], changed, "{words}");
            let vanished = u64::from(words.contains("reconcile") || words.contains("full"));
            assert_eq!(answer["launches_deleted"], vanished, "{words}");
            assert_eq!(database.all_but(&[]), loaded, "{words}");
        }
        let text = sandbox.etl(&database, "run --dry-run").run().succeeds().stdout;
        assert!(text.contains("a dry run: nothing was committed"), "{text}");
    }

    fn a_recompute_makes_figures_of_the_rows_without_a_call(database: Database) {
        let sandbox = Sandbox::start();
        let first = sandbox.run_to(&database, "--recompute", 2);
        assert_eq!(first["error"]["kind"], "nothing_loaded");
        sandbox.run(&database, "");
        let own = ["pipeline_runs", "launch_aggregations"];
        let before = database.all_but(&own);
        let figures = database.latest_figures();
        let calls = sandbox.requests().len();
        let answer = sandbox.run(&database, "--recompute");
        assert_eq!(
            (&answer["api_calls_made"], &answer["optimization"]),
            (&json!(0), &json!("none"))
        );
        assert_eq!(sandbox.requests().len(), calls);
        assert_eq!(database.all_but(&own), before);
        assert_eq!(database.latest_figures(), figures);
        assert!(database.snapshots()[1].starts_with("2 | manual | 0 | "));
        let change = "UPDATE raw_launches SET success = NULL WHERE success IS NOT NULL";
        database.execute(change).unwrap();
        let answer = sandbox.run(&database, "--recompute");
        assert_eq!(answer["aggregations"]["success_rate"], json!(0.0));
        assert_eq!(answer["aggregations"]["completed_success_rate"], Value::Null);
    }

    fn a_full_run_sets_the_watermark_anew_and_heals_what_was_changed_by_hand(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let before = database.current();
        let (latest, second) = (sandbox.flown().remove(0), sandbox.flown().remove(1));
        let by_hand = format!(
            "UPDATE raw_launches SET mission_name = 'By hand' WHERE launch_id = '{second}'"
        );
        assert_eq!(database.execute(&by_hand), Ok(1));
        let kept = format!(
            "SELECT pipeline_run_id || ' ' || revision || ' ' || COALESCE(fingerprint, 'unknown')
             FROM raw_launches WHERE launch_id = '{second}'"
        );
        assert_eq!(database.value(&kept), "manual 2 unknown");
        sandbox.edit(&latest, &json!({ "upcoming": true, "success": null }));
        let answer = sandbox.run(&database, "--full");
        assert_eq!(answer["optimization"], "full_sweep");
        assert_eq!(answer["launches_updated"], 2);
        assert!(
            answer["watermark_after"].as_str() < answer["watermark_before"].as_str(),
            "{answer}"
        );
        let name = sandbox.launch(&second)["name"].as_str().unwrap().to_owned();
        assert_eq!(database.changes(&second, 2), [format!("mission_name: {name} -> By hand")]);
        assert_eq!(database.changes(&second, 3), [format!("mission_name: By hand -> {name}")]);
        let masked = |rows: &[String]| -> Vec<String> {
            let others = rows.iter().filter(|row| !row.starts_with(&latest));
            others.map(|row| row.rsplit_once(" | ").unwrap().0.to_owned()).collect()
        };
        assert_eq!(masked(&database.current()), masked(&before), "fingerprints too");
        database.assert_gapless();
    }

    fn an_ordinary_run_never_lets_the_watermark_fall(database: Database) {
        let sandbox = Sandbox::start();
        let watermark = sandbox.run(&database, "")["watermark_after"].clone();
        let latest = sandbox.flown().remove(0);
        sandbox.edit(&latest, &json!({ "date_utc": "2022-09-01T00:00:00.000Z" }));
        for words in ["", "--reconcile"] {
            let answer = sandbox.run(&database, words);
            assert_eq!(answer["watermark_after"], watermark, "{words}");
        }
        assert_eq!(database.changes(&latest, 2).len(), 1);
    }

    fn a_launch_from_the_future_does_not_move_the_watermark(database: Database) {
        let sandbox = Sandbox::start();
        let watermark = sandbox.run(&database, "")["watermark_after"].clone();
        let future =
            json!({ "flown": true, "document": { "date_utc": "2095-01-01T00:00:00.000Z" } });
        sandbox.add(&future);
        let answer = sandbox.run(&database, "");
        assert_eq!(answer["launches_inserted"], 1);
        assert_eq!(answer["watermark_after"], watermark);
    }
}

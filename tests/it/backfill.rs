//! `etl run --since --until`: a window of launch dates once more, with the watermark left alone.

use serde_json::json;

use crate::support::{Etl, Sandbox};

on_both! {
    fn a_backfill_finds_what_an_ordinary_run_may_not_look_for(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let flown = sandbox.flown();
        let old = sandbox.launch(&flown[100]);
        let date = old["date_utc"].as_str().unwrap().to_owned();
        sandbox.edit(&flown[100], &json!({ "name": "Renamed long after" }));
        sandbox.edit(&flown[0], &json!({ "name": "Renamed outside the window" }));
        let watermark = database.value("SELECT watermark FROM ingestion_state");
        let until = format!("{}-12-31", &date[..4]);
        let answer = sandbox.run(&database, &format!("--since {date} --until {until}"));
        assert_eq!(answer["kind"], "backfill");
        assert_eq!(answer["api_calls_made"], 1);
        assert_eq!(answer["launches_updated"], 1);
        assert_eq!(answer["optimization"], "server_side_filtering");
        assert_eq!(answer["watermark_after"], answer["watermark_before"]);
        assert_eq!(database.value("SELECT watermark FROM ingestion_state"), watermark);
        let kind = "SELECT snapshot_type FROM launch_aggregations ORDER BY id DESC LIMIT 1";
        assert_eq!(database.value(kind), "incremental");
        let name = |id: &str| database.value(&format!("SELECT mission_name FROM raw_launches WHERE launch_id = '{id}'"));
        assert_eq!(name(&flown[100]), "Renamed long after");
        assert_ne!(name(&flown[0]), "Renamed outside the window");
    }

    fn the_window_begins_with_its_first_instant_and_ends_before_its_last(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let flown = sandbox.flown();
        let date = |n: usize| sandbox.launch(&flown[n])["date_utc"].as_str().unwrap().to_owned();
        let words = format!("--since {} --until {}", date(40), date(30));
        let expected = sandbox.launches().iter()
            .filter(|launch| (date(40).as_str()..date(30).as_str()).contains(&launch["date_utc"].as_str().unwrap()))
            .count();
        assert!(expected > 0);
        assert_eq!(sandbox.run(&database, &words)["launches_fetched"], expected);
    }

    fn a_launch_that_left_the_window_makes_a_reconcile_due(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let gone = sandbox.flown().remove(80);
        let date = sandbox.launch(&gone)["date_utc"].as_str().unwrap()[..10].to_owned();
        sandbox.delete(&gone);
        sandbox.run(&database, &format!("--since {date}"));
        assert!(database.tombstones().is_empty(), "a backfill marks nothing");
        assert_eq!(sandbox.run(&database, "")["kind"], "reconcile");
        assert_eq!(database.tombstones(), [gone]);
    }
}

#[test]
fn a_window_without_anything_in_it_is_refused() {
    let refused = |words: &str| Etl::new().args(&format!("run --sandbox {words}")).run().exits(2);
    drop(refused("--since 2022-02-01 --until 2022-01-01").says("2022-02-01"));
    drop(refused("--since 2022-02-30").says("2022-10-05"));
    drop(refused("--since 2022-02-01 --full").says("--full"));
}

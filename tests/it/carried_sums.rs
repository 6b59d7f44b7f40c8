//! The sums that an ordinary run carries on from the snapshot before: always those of the rows, and given up for a
//! full pass wherever that is not sure.

use serde_json::json;

use crate::support::{Database, Sandbox};
use crate::verify::{by_hand, event, failing, names};

/// What is summed in the latest snapshot, and what comes of it.
const LATEST: &str =
    "SELECT concat_ws(' | ', total_launches, total_successful_launches, total_failed_launches,
        total_upcoming_launches, launches_with_mass, total_mass_hundredths, launches_with_delay,
        total_delay_whole_seconds, total_delay_rest_micros, total_launch_sites)
    FROM launch_aggregations ORDER BY id DESC LIMIT 1";

const MASS: &str = "SELECT total_mass_hundredths FROM launch_aggregations ORDER BY id DESC LIMIT 1";

const ROWS: &str = "SELECT CAST(round(sum(total_payload_mass_kg) * 100) AS bigint) FROM raw_launches WHERE deleted_at IS NULL";

/// An ordinary run that looks at every launch; whether it carried the sums on.
#[track_caller]
fn ordinary(sandbox: &Sandbox, database: &Database) -> bool {
    let ran = sandbox.etl(database, "run --verbose --lookback 9000d").run().succeeds();
    ran.stderr.contains("the sums go on from those of snapshot")
}

fn latest(database: &Database) -> (String, String) {
    (database.value(LATEST), database.latest_figures())
}

/// A loaded database, and a launch more at the source.
fn with_a_new_launch(database: &Database) -> Sandbox {
    let sandbox = Sandbox::seeded(30, 7);
    sandbox.run(database, "");
    sandbox.add(&json!({ "flown": true }));
    sandbox
}

on_both! {
    fn random_histories_give_the_sums_of_the_rows(database: Database) {
        for seed in [11, 12] {
            let database = database.copy();
            let mut draw = fastrand::Rng::with_seed(seed);
            let sandbox = Sandbox::seeded(40, seed);
            sandbox.run(&database, "");
            let (mut gone, mut log, mut carried) = (vec![], vec![], 0);
            for step in 0..8 {
                sandbox.add(&json!({ "flown": true }));
                for _ in 0..draw.u32(1..5) {
                    log.push(event(&sandbox, &mut draw, &mut gone, step));
                }
                if draw.u32(..3) == 0 {
                    log.push("a backfill".into());
                    sandbox.run(&database, "--since 2010-01-01 --until 2019-01-01");
                }
                carried += u32::from(ordinary(&sandbox, &database));
                let after = latest(&database);
                sandbox.run(&database, "--recompute");
                assert_eq!(after, latest(&database), "seed {seed}: {log:#?}");
            }
            assert!(carried >= 3, "seed {seed}: of 8 runs only {carried} carried the sums on");
            assert_eq!(failing(&database), names(""), "seed {seed}: {log:#?}");
        }
    }

    fn a_wrong_sum_is_found_also_where_it_was_carried_on_and_a_reconcile_heals_it(database: Database) {
        let sandbox = with_a_new_launch(&database);
        let plant = "UPDATE launch_aggregations SET total_mass_hundredths = total_mass_hundredths + 4200";
        by_hand(&database, &[plant]);
        assert_eq!(failing(&database), names("snapshots_recomputed"));
        assert!(ordinary(&sandbox, &database));
        assert!(failing(&database).contains("snapshots_recomputed"));
        let [carried, rows] = [MASS, ROWS].map(|sql| database.value(sql).parse::<i64>().unwrap());
        assert_eq!(carried, rows + 4200);
        let copy = database.copy();
        sandbox.run(&copy, "--reconcile");
        let snapshots = "SELECT count(*) FROM launch_aggregations";
        assert_eq!(copy.value(snapshots), database.value(snapshots), "it had nothing to write");
        sandbox.add(&json!({ "flown": true }));
        assert!(!ordinary(&sandbox, &copy), "the first after a reconcile adds up anew");
        sandbox.run(&database, "--reconcile");
        for healed in [&copy, &database] {
            assert_eq!(healed.value(MASS), healed.value(ROWS));
            assert_eq!(failing(healed), names("snapshots_recomputed"), "the former ones stay as they are");
        }
        sandbox.add(&json!({ "flown": true }));
        assert!(ordinary(&sandbox, &copy) && ordinary(&sandbox, &database));
        assert_eq!(latest(&copy), latest(&database));
    }

    fn what_was_changed_by_hand_in_between_makes_a_full_pass(database: Database) {
        let changes = [
            "UPDATE raw_launches SET success = false WHERE success",
            "UPDATE raw_launches SET total_payload_mass_kg = 1 WHERE launch_id = (SELECT min(launch_id) FROM raw_launches)",
            "UPDATE raw_launches SET deleted_at = '2022-12-01T00:00:00.000000Z' WHERE launch_id = (SELECT min(launch_id) FROM raw_launches)",
            "INSERT INTO raw_launches (launch_id, date_utc) VALUES ('by hand', '2020-01-01T00:00:00.000000Z')",
            "INSERT INTO raw_launches (launch_id, date_utc, updated_at) VALUES ('by hand', '2020-01-01T00:00:00.000000Z', '2090-01-01T00:00:00.000000Z')",
        ];
        for change in changes {
            let database = database.another();
            let sandbox = with_a_new_launch(&database);
            database.execute(change).unwrap();
            // An early exit would leave the figures behind.
            assert!(!ordinary(&sandbox, &database), "carried on after {change}");
            assert_eq!(failing(&database), names(""), "{change}");
            sandbox.add(&json!({ "flown": true }));
            assert!(ordinary(&sandbox, &database), "not carried on later, after {change}");
            assert_eq!(failing(&database), names(""), "{change}");
        }
    }

    fn a_row_by_hand_that_the_run_changes_makes_a_full_pass(database: Database) {
        let sandbox = Sandbox::seeded(30, 7);
        sandbox.run(&database, "");
        let id = sandbox.add(&json!({ "flown": true }));
        let insert = format!("INSERT INTO raw_launches (launch_id, date_utc, total_payload_mass_kg) VALUES ('{id}', '2020-01-01T00:00:00.000000Z', 7)");
        database.execute(&insert).unwrap();
        assert!(!ordinary(&sandbox, &database));
        assert_eq!(failing(&database), names(""));
    }

    fn a_snapshot_without_sums_is_followed_by_a_full_pass(database: Database) {
        let sandbox = with_a_new_launch(&database);
        by_hand(&database, &["UPDATE launch_aggregations SET total_delay_rest_micros = NULL"]);
        assert!(!ordinary(&sandbox, &database));
        assert_eq!(failing(&database), names(""));
        sandbox.add(&json!({ "flown": true }));
        assert!(ordinary(&sandbox, &database));
        assert_eq!(failing(&database), names(""));
    }

    fn a_snapshot_is_later_than_the_one_before_it_also_when_the_clock_went_back(database: Database) {
        let sandbox = with_a_new_launch(&database);
        let recompute = sandbox.run(&database, "--recompute");
        let id = recompute["aggregations"]["aggregation_id"].to_string();
        by_hand(&database, &[&format!("UPDATE launch_aggregations SET updated_at = '2090-01-01T00:00:00.000000Z' WHERE id = {id}")]);
        assert!(ordinary(&sandbox, &database));
        assert_eq!(failing(&database), names(""));
    }
}

#[test]
fn both_databases_carry_the_same_sums() {
    let Some(postgres) = Database::postgres() else { return };
    let sqlite = Database::sqlite();
    let sandbox = Sandbox::seeded(60, 5);
    let mut draw = fastrand::Rng::with_seed(5);
    let mut gone = vec![];
    sandbox.run(&sqlite, "");
    sandbox.run(&postgres, "");
    for step in 0..6 {
        sandbox.add(&json!({ "flown": true }));
        event(&sandbox, &mut draw, &mut gone, step);
        assert_eq!(ordinary(&sandbox, &sqlite), ordinary(&sandbox, &postgres));
        assert_eq!(latest(&sqlite), latest(&postgres), "step {step}");
    }
}

//! `etl query --engine trino --as-of`: what the lake says of a past run is what the database says of it.

use super::publish::Followed;

/// They read the launches, the snapshots of the figures, and the runs.
const MARTS: [&str; 6] = [
    "launches_by_year",
    "launch_sites",
    "heaviest_launches",
    "success_rate_over_time",
    "total_launches_milestones",
    "pipeline_growth",
];

#[track_caller]
fn assert_same_past(followed: &Followed, when: &str) -> String {
    let mut told = String::new();
    for mart in MARTS {
        let ask = |engine: &str| {
            let words = format!("query {mart} --format json -v --engine {engine} --as-of {when}");
            followed.etl(&words).run().succeeds()
        };
        let (expected, answer) = (ask("database"), ask("trino"));
        assert_eq!(answer.stdout, expected.stdout, "{mart} as of {when}");
        told += &answer.stderr;
    }
    told
}

#[test]
fn every_past_is_the_same_from_a_kept_state_and_from_the_versions() {
    let Some(followed) = Followed::of(40, 11) else { return };
    let mut rng = fastrand::Rng::with_seed(11);
    followed.run();
    followed.publish("");
    for round in 0..4 {
        followed.happen(&mut rng);
        followed.run();
        // Some runs are published together with the next one.
        if round != 1 {
            followed.publish("");
        }
    }
    let runs = followed.database.rows("SELECT pipeline_run_id FROM pipeline_runs ORDER BY id");
    let told: String = runs.iter().map(|run| assert_same_past(&followed, run)).collect();
    assert!(told.contains("from snapshot") && told.contains("from the versions"), "{told}");
    let instant = followed.database.value(
        "SELECT to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM pipeline_runs ORDER BY id OFFSET 2 LIMIT 1",
    );
    assert_same_past(&followed, &instant);
    // Made again under the same name, the table has no former state.
    let lake = followed.trino.lake();
    for sql in [
        format!("CREATE TABLE {lake}.spacex.again AS SELECT * FROM {lake}.spacex.launches"),
        format!("DROP TABLE {lake}.spacex.launches"),
        format!("ALTER TABLE {lake}.spacex.again RENAME TO {lake}.spacex.launches"),
    ] {
        followed.trino.answer(&sql);
    }
    let told: String = runs.iter().map(|run| assert_same_past(&followed, run)).collect();
    assert!(!told.contains("from snapshot"), "{told}");
}

#[test]
fn a_past_that_the_lake_does_not_know_is_refused() {
    let Some(followed) = Followed::of(5, 12) else { return };
    followed.run();
    followed.publish("");
    for when in ["nothing", "2001-01-01"] {
        let words = format!("query launches_by_year --engine trino --as-of {when}");
        followed.etl(&words).run().exits(2).says("no published run is");
    }
}

//! A network to the server that swallows everything: neither side hears that the other one is gone.

use std::time::{Duration, Instant};

use super::database_transactions::with_trigger;
use super::{Ends, On, Row, Scene, Start, Then, try_rows};
use crate::support::etl::Running;
use crate::support::silent_network::SilentNetwork;
use crate::support::tls_front::TlsFront;
use crate::support::{Database, Etl, Output};

/// How soon a run must end, and the server must have given back what the run held there.
const BOUND: Duration = Duration::from_secs(30);

#[test]
fn every_row_ends_as_the_table_says() {
    if TlsFront::is_at_hand()
        && let Some(database) = Database::postgres()
    {
        try_rows(database, ROWS);
    }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "69a",
        name: "the network falls silent before a question",
        how: "every packet is dropped, of open connections and new ones, while the source is asked",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(75, "database_unavailable"),
        says: &["no connection to PostgreSQL"],
        then: Then::Converges,
        meet: |scene| {
            let mut network = SilentNetwork::start(&scene.database);
            scene.slow_down();
            let run = scene.etl("run --reconcile").env("DATABASE_URL", network.url()).spawn();
            scene.source().wait_for_requests(1);
            cut_off(scene, &mut network, run)
        },
    },
    Row {
        number: "69b",
        name: "the network falls silent before an answer",
        how: "the same while the server is at work for a minute",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(75, "database_unavailable"),
        says: &["no connection to PostgreSQL"],
        then: Then::Converges,
        meet: |scene| {
            let mut network = SilentNetwork::start(&scene.database);
            with_trigger(scene, "PERFORM pg_sleep(60);", |run: Etl| {
                let run = run.env("DATABASE_URL", network.url()).spawn();
                let asleep = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event = 'PgSleep'";
                scene.database.wait_until(asleep, "1");
                cut_off(scene, &mut network, run)
            })
        },
    },
];

/// Both sides find out by themselves.
fn cut_off(scene: &Scene<'_>, network: &mut SilentNetwork, run: Running) -> Output {
    network.fall_silent();
    let began = Instant::now();
    let output = run.wait();
    let ended = began.elapsed();
    scene.database.wait_until_left();
    let left = began.elapsed();
    assert!(ended < BOUND && left < BOUND, "ended after {ended:?}, left after {left:?}");
    output
}

//! Random histories: anything may happen at the source, to its answers and to the program, and after each step the
//! database is what an independent model says it must be.
//!
//! `ETL_TEST_HISTORIES=N` says how many, `ETL_TEST_MINUTES=M` for how long at most, `ETL_TEST_SEED=S` where they
//! begin; `ETL_TEST_HISTORY=JSON` plays one.

pub(crate) mod documents;
mod events;
mod figures;
mod lines;
mod model;
mod play;
mod player;
mod shrink;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use events::History;
pub(crate) use lines::observed;
use play::{Tally, play};
pub(crate) use play::{copy_in_memory, killer};
use shrink::shrink;

use crate::support::{Database, say, variable};

/// One in so many is played on PostgreSQL, where a server is at hand.
const ONE_ON_POSTGRES: u64 = 6;
const SHRINKING: Duration = Duration::from_mins(1);
const KEPT: &str = include_str!("../../seeds/histories.txt");

/// A migrated, empty database of each kind.
struct Empty {
    sqlite: Database,
    postgres: Option<Database>,
}

impl Empty {
    fn new() -> Empty {
        Empty {
            sqlite: Database::sqlite().migrated(),
            postgres: Database::postgres().map(Database::migrated),
        }
    }

    fn of(&self, history: &History) -> &Database {
        self.postgres.as_ref().filter(|_| history.postgres).unwrap_or(&self.sqlite)
    }

    fn play(&self, history: &History) -> Result<Tally, String> {
        let played = catch_unwind(AssertUnwindSafe(|| play(history, self.of(history))));
        played.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map_or("it panicked", String::as_str);
            Err(text.to_owned())
        })
    }

    /// Fails with the shortest form of a history that fails, and how to play it again.
    fn fail(&self, history: &History, error: &str) -> ! {
        let alike = |other: String| kind(&other) == kind(error);
        let fails = |shorter: &History| self.play(shorter).err().is_some_and(alike);
        let short = shrink(history.clone(), SHRINKING, fails);
        let last =
            self.play(&short).err().unwrap_or_else(|| "this time it did not fail".to_owned());
        let json = serde_json::to_string(&short).expect("JSON");
        panic!(
            "history {}: {error}\n\nin short, {last}\n\nagain (and a line for tests/seeds/histories.txt):\n\
             ETL_TEST_HISTORY='{json}' cargo test --test it -- histories::again --nocapture\n",
            history.seed
        );
    }
}

/// What went wrong, in a word: a shorter history shall not fail for another reason.
fn kind(error: &str) -> Option<&'static str> {
    let kinds =
        ["is not as it should be", "it says", "verify finds", "never failed", "one more run"];
    kinds.into_iter().find(|kind| error.contains(kind))
}

#[test]
fn whatever_happens_the_database_is_what_the_model_says() {
    let number = |name, default| variable(name).map_or(default, |n| n.parse().expect("a number"));
    let (count, first) = (number("ETL_TEST_HISTORIES", 40_u64), number("ETL_TEST_SEED", 1_u64));
    let time = Duration::from_mins(number("ETL_TEST_MINUTES", 24 * 60));
    let empty = Empty::new();
    let began = Instant::now();
    let next = AtomicU64::new(first);
    let total = Mutex::new(Tally::default());
    let failed: Mutex<Option<(History, String)>> = Mutex::new(None);
    let work = || {
        while failed.lock().expect("no worker panics").is_none() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count || began.elapsed() >= time {
                break;
            }
            let history = History::drawn(seed, seed.is_multiple_of(ONE_ON_POSTGRES));
            match empty.play(&history) {
                Ok(tally) => total.lock().expect("no worker panics").add(tally),
                Err(error) => *failed.lock().expect("no worker panics") = Some((history, error)),
            }
        }
    };
    // More than there are cores: a run that waits between two tries takes none.
    let workers = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    if let Some((history, error)) = failed.into_inner().expect("no worker panics") {
        empty.fail(&history, &error);
    }
    let Tally { histories, runs, kills } = total.into_inner().expect("no worker panics");
    assert!(histories == count || began.elapsed() >= time, "{histories} of {count} were played");
    say(&format!(
        "HISTORIES: {histories} from seed {first}, {runs} runs, {kills} kills, 0 lost, 0 doubled, \
         0 divergent, {} s\n",
        began.elapsed().as_secs()
    ));
}

#[test]
fn every_history_that_once_failed_passes() {
    let empty = Empty::new();
    for line in KEPT.lines().filter(|line| line.starts_with('{')) {
        let history: History = serde_json::from_str(line).expect("a history in a line");
        if let Err(error) = empty.play(&history) {
            empty.fail(&history, &error);
        }
    }
}

#[test]
fn again() {
    let Some(line) = variable("ETL_TEST_HISTORY") else { return };
    let history: History = serde_json::from_str(&line).expect("a history");
    if let Err(error) = Empty::new().play(&history) {
        panic!("{error}");
    }
}

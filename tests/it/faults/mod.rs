//! The fault table: every fault by number, made on a real database over real HTTP, and what must hold after it.
//!
//! A row says how the fault is made, how the call that met it must end and what it must say. After each row the fault
//! is taken away, one healthy run must succeed, and all invariants must hold. `ETL_TEST_FAULT=17a` tries one row.

mod bodies;
mod configuration;
mod database;
mod database_files;
mod database_transactions;
mod documents;
mod invariants;
mod network;
mod pages;
mod process;
mod process_surroundings;
mod scene;
mod security;
mod shapes;
mod silence;
mod statuses;
mod table;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

pub(crate) use scene::{Scene, Stage};

use crate::support::{Database, Output, variable};

/// Rows that are tried at once: most of their time is waiting.
const AT_ONCE: usize = 6;

/// One fault, made in one way.
pub(crate) struct Row {
    /// As in the table of faults; a letter tells several ways to make one fault apart.
    pub(crate) number: &'static str,
    pub(crate) name: &'static str,
    /// How it is made, in words.
    pub(crate) how: &'static str,
    pub(crate) on: On,
    pub(crate) start: Start,
    pub(crate) ends: Ends,
    /// Words that the message must hold; of a call that ended well, any line of its log.
    pub(crate) says: &'static [&'static str],
    pub(crate) then: Then,
    /// Makes the fault, and runs the call that meets it. What it started is gone when it returns.
    pub(crate) meet: fn(&Scene<'_>) -> Output,
}

/// What most rows are: tried on both databases, loaded ones, that come to the truth when the fault is gone.
pub(crate) const ROW: Row = Row {
    number: "",
    name: "",
    how: "",
    on: On::Both,
    start: Start::Loaded,
    ends: Ends::Well,
    says: &[],
    then: Then::Converges,
    meet: |scene| scene.run(""),
};

/// The databases on which a row is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Both,
    Sqlite,
    Postgres,
}

/// What the database holds when the fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Nothing, not even tables.
    Empty,
    /// A history: loads, corrections, a launch that vanished and came back, one in quarantine.
    Loaded,
}

/// How the call must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Exit code 0 and an answer that says so.
    Well,
    /// This exit code, and an answer with this `error.kind`.
    Failing(i32, &'static str),
    /// This exit code (128 and the number of the signal that killed it), and no answer to be had.
    Silent(i32),
}

/// What must hold when the fault is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// One healthy run, and the database is equal to one that never met the fault.
    Converges,
    /// The call wrote nothing at all.
    NothingWritten,
}

impl On {
    fn holds(self, database: &Database) -> bool {
        match self {
            On::Both => true,
            On::Sqlite => !database.is_postgres(),
            On::Postgres => database.is_postgres(),
        }
    }
}

impl Ends {
    pub(crate) fn code(self) -> i32 {
        match self {
            Ends::Well => 0,
            Ends::Failing(code, _) | Ends::Silent(code) => code,
        }
    }
}

/// Tries every row that is for this kind of database; fails with all that was found.
#[track_caller]
pub(crate) fn try_rows(database: Database, rows: &[Row]) {
    let wanted = variable("ETL_TEST_FAULT");
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.on.holds(&database))
        .filter(|row| wanted.as_ref().is_none_or(|wanted| wanted == row.number))
        .collect();
    if rows.is_empty() {
        return;
    }
    let stage = Stage::set(database);
    let next = AtomicUsize::new(0);
    let found = Mutex::new(vec![]);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(rows.len()) {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Some(wrong) = try_row(&stage, row) {
                        found.lock().unwrap_or_else(PoisonError::into_inner).push(wrong);
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    assert!(found.is_empty(), "{} of {} rows:\n{}", found.len(), rows.len(), found.join("\n"));
}

/// What is wrong with a row, if anything is.
fn try_row(stage: &Stage, row: &Row) -> Option<String> {
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let scene = Scene::open(stage, row.start);
        let before = scene.runs();
        let output = (row.meet)(&scene);
        let mut wrong = invariants::of_call(row, &output, &scene.secrets());
        wrong.extend(invariants::of_its_run(&scene, &before, &output));
        match row.then {
            Then::NothingWritten => wrong.extend(invariants::nothing_written(&scene)),
            Then::Converges => wrong.extend(invariants::after_a_healthy_run(&scene)),
        }
        (wrong, output)
    }));
    let (wrong, shown) = match tried {
        Ok((wrong, output)) => (wrong, calm(&output)),
        Err(panic) => (vec![text_of(panic.as_ref())], String::new()),
    };
    let Row { number, name, .. } = row;
    (!wrong.is_empty()).then(|| format!("### {number} {name}: {}\n{shown}", wrong.join("; ")))
}

/// An output without what libraries said at the lowest levels.
fn calm(output: &Output) -> String {
    let noisy = |line: &&str| !line.starts_with("trace: ") && !line.starts_with("debug: ");
    let stderr: Vec<&str> = output.stderr.lines().filter(noisy).collect();
    let stdout: String = output.stdout.chars().take(3_000).collect();
    format!("code {:?}\n{stdout}\n{}", output.code, stderr.join("\n"))
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it panicked".to_owned())
}

//! One history, played: after each step the database must hold what the model says, and the run must have said so.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::documents::Source;
use super::events::{Event, History, Mode, Run, Trouble};
use super::lines::observed;
use super::model::{Answer, Model, window};
use super::player::Player;
use crate::support::etl::Running;
use crate::support::{Database, Etl, Output};

/// System calls that write to a file or send to a server.
const CALLS: &str = "pwrite64,write,writev,sendto,fdatasync,fsync,ftruncate,unlink";

/// What histories did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) histories: u64,
    pub(crate) runs: u64,
    pub(crate) kills: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Tally) {
        self.histories += other.histories;
        self.runs += other.runs;
        self.kills += other.kills;
    }
}

/// Plays a history in a copy of a migrated, empty database; the error says where the two part.
pub(crate) fn play(history: &History, empty: &Database) -> Result<Tally, String> {
    let mut play = Play {
        player: Player::new(history.launches, history.seed),
        database: copy_in_memory(empty),
        model: Model::default(),
        tally: Tally { histories: 1, ..Tally::default() },
    };
    for (number, event) in history.events.iter().enumerate() {
        play.step(event).map_err(|error| format!("after event {number}, {event:?}: {error}"))?;
    }
    play.end().map_err(|error| format!("at the end: {error}"))?;
    Ok(play.tally)
}

/// A copy on a disk that is none, where there is one: what is tried is the process's death, not the machine's.
pub(crate) fn copy_in_memory(empty: &Database) -> Database {
    let Database::Sqlite { folder: from } = empty else { return empty.copy() };
    let memory = Path::new("/dev/shm");
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("etl-test-");
    let folder =
        if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }.expect("room");
    std::fs::copy(from.path().join("etl.db"), folder.path().join("etl.db")).expect("a copy");
    Database::Sqlite { folder }
}

struct Play {
    player: Player,
    database: Database,
    model: Model,
    tally: Tally,
}

impl Play {
    fn step(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Run(run) => self.run(run),
            Event::Verify => self.verify(),
            event => {
                self.player.play(event);
                Ok(())
            }
        }
    }

    fn etl(&self, run: &Run, mode: Mode) -> Etl {
        let mut words = match mode {
            Mode::Replay => "quarantine replay --format json".to_owned(),
            Mode::Ordinary => "run --format json".to_owned(),
            Mode::Reconcile => "run --format json --reconcile".to_owned(),
            Mode::Full => "run --format json --full".to_owned(),
            Mode::Recompute => "run --format json --recompute".to_owned(),
            Mode::Window { back, days } => {
                let (since, until) = window(back, days);
                let (since, until) = (since.date_naive(), until.date_naive());
                format!("run --format json --since {since} --until {until}")
            }
        };
        if mode != Mode::Replay {
            let flag = |wanted: bool, flag: &'static str| if wanted { flag } else { "" };
            let dry_run = flag(run.dry_run, "--dry-run");
            let believe = flag(run.allow_mass_deletion, "--allow-mass-deletion");
            write!(words, " --page-size {} {dry_run} {believe}", run.page_size).expect("memory");
        }
        self.player.sandbox.etl(&self.database, &words)
    }

    fn run(&mut self, run: &Run) -> Result<(), String> {
        // A replay knows no rehearsal.
        let run = Run { dry_run: run.dry_run && run.mode != Mode::Replay, ..run.clone() };
        let mut source = self.player.source();
        if run.trouble == Trouble::NoLatest {
            source.latest = None;
        }
        self.tally.runs += 1;
        let now: DateTime<Utc> = SystemTime::now().into();
        let stages = self.model.run(&run, &source, now);
        let asked = self.player.requests();
        self.player.trouble(run.trouble);
        let etl = self.etl(&run, run.mode);
        let (output, possible) = match run.trouble {
            Trouble::Twin { mode } => return self.twins(&run, mode, &source, now),
            Trouble::KilledAtRequest { request } => {
                (self.killed_at(etl.spawn(), asked + request), stages)
            }
            Trouble::KilledAtWrite { call } => match killer(CALLS, call) {
                Some(words) => (etl.under(&words).run(), stages),
                None => (etl.run(), stages),
            },
            _ => (etl.run(), stages),
        };
        self.player.sandbox.no_more_faults();
        if output.signal == Some(9) {
            self.tally.kills += 1;
            self.database.wait_until_left();
            return self.must_be_one_of(&possible);
        }
        let whole = possible.last().expect("the whole run").clone();
        if matches!(run.trouble, Trouble::Gone { .. }) && output.code == Some(3) {
            let before_the_end = possible.len() - 1;
            let cut = possible.into_iter().take(before_the_end).skip(2).map(Model::failed);
            let unchanged = run.dry_run.then(|| self.model.clone());
            return self
                .must_be_one_of(&cut.chain(unchanged).chain([whole.failed()]).collect::<Vec<_>>());
        }
        says(&output, &whole.answer)?;
        self.must_be_one_of(&[whole])
    }

    /// Kills it when it has asked so many times; it may have ended before.
    fn killed_at(&self, mut running: Running, requests: usize) -> Output {
        while !running.has_ended() {
            if self.player.requests() >= requests {
                return running.kill_if_running();
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        running.wait()
    }

    /// Two at once: one after the other in either order, or one that finds the other there.
    fn twins(
        &mut self,
        run: &Run,
        mode: Mode,
        source: &Source,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        let dry_run = run.dry_run && mode != Mode::Replay;
        let other = Run { mode, dry_run, trouble: Trouble::None, ..run.clone() };
        let running = [self.etl(run, run.mode).spawn(), self.etl(&other, mode).spawn()];
        self.tally.runs += 1;
        let [one, two] = running.map(|running| running.wait().code);
        let done = |model: &Model, run: &Run| model.run(run, source, now).pop().expect("a model");
        let possible = match (one, two) {
            (Some(75), Some(75)) => return Err("each found the other there".to_owned()),
            (_, Some(75)) => vec![done(&self.model, run)],
            (Some(75), _) => vec![done(&self.model, &other)],
            _ => vec![done(&done(&self.model, run), &other), done(&done(&self.model, &other), run)],
        };
        self.must_be_one_of(&possible)
    }

    fn must_be_one_of(&mut self, possible: &[Model]) -> Result<(), String> {
        let held = observed(&self.database);
        let mut nearest: Option<String> = None;
        for model in possible.iter().rev() {
            let expected = model.lines();
            if expected == held {
                self.model = model.clone();
                return Ok(());
            }
            let parts = differences(&expected, &held);
            if nearest.as_ref().is_none_or(|nearest| parts.len() < nearest.len()) {
                nearest = Some(parts);
            }
        }
        Err(format!("the database is not as it should be:\n{}", nearest.unwrap_or_default()))
    }

    fn verify(&self) -> Result<(), String> {
        let output = Etl::new().args("verify").database(&self.database).run();
        match output.code {
            Some(0) => Ok(()),
            _ => Err(format!("verify finds something:\n{}", output.everything())),
        }
    }

    /// A healthy reconcile makes it equal to one that never failed, and once more changes nothing.
    fn end(&mut self) -> Result<(), String> {
        self.player.cure_all();
        let healthy = |mode| Run {
            mode,
            page_size: 1000,
            dry_run: false,
            allow_mass_deletion: true,
            trouble: Trouble::None,
        };
        self.run(&healthy(Mode::Reconcile))?;
        while self.model.answer.kind == "initial" {
            self.run(&healthy(Mode::Reconcile))?;
        }
        let never_failed = Database::sqlite();
        let words = "run --migrate --format json";
        drop(self.player.sandbox.etl(&never_failed, words).run().exits(0));
        let (ours, theirs) = (truth(&self.database), truth(&never_failed));
        if ours != theirs {
            let parts = differences(&theirs, &ours);
            return Err(format!("it is not equal to one that never failed:\n{parts}"));
        }
        let before = without_runs(&self.database);
        self.run(&healthy(Mode::Ordinary))?;
        if before != without_runs(&self.database) {
            return Err("one more run changed something".to_owned());
        }
        self.verify()
    }
}

/// Rows, open quarantine and figures, however they came about.
fn truth(database: &Database) -> Vec<String> {
    let mut latest = None;
    let mut lines = Vec::new();
    for line in observed(database) {
        let parts: Vec<&str> = line.split('|').collect();
        match parts[..] {
            ["launch", id, _, "0", ..] => lines.push(format!("{id}|{}", parts[4..].join("|"))),
            ["quarantine", id, "NULL", broken] => lines.push(format!("open|{id}|{broken}")),
            ["figures", number, ..] => {
                let number: u32 = number.parse().expect("a number");
                latest = latest.max(Some((number, parts[5..].join("|"))));
            }
            _ => {}
        }
    }
    lines.extend(latest.map(|(_, figures)| figures));
    lines.sort();
    lines
}

fn without_runs(database: &Database) -> Vec<String> {
    let mut lines = observed(database);
    lines.retain(|line| !line.starts_with("run|"));
    lines
}

fn differences(expected: &[String], held: &[String]) -> String {
    let only = |here: &[String], there: &[String], sign: &str| -> Vec<String> {
        let lines = here.iter().filter(|line| !there.contains(line));
        lines.map(|line| format!("  {sign} {line}")).collect()
    };
    let parts = [only(expected, held, "should be"), only(held, expected, "       is")];
    parts.concat().join("\n")
}

/// The words that make the system kill a process at its nth call that writes or sends, where that can be done.
pub(crate) fn killer(calls: &str, number: usize) -> Option<String> {
    let words = "strace -f -qq --seccomp-bpf -o /dev/null -e inject=";
    let there = Path::new("/usr/bin/strace").exists();
    there.then(|| format!("{words}{calls}:signal=KILL:when={number}"))
}

/// What the run said of itself must be what it did.
fn says(output: &Output, expected: &Answer) -> Result<(), String> {
    let said: Value = serde_json::from_str(&output.stdout)
        .map_err(|error| format!("no JSON: {error}\n{}", output.everything()))?;
    let count = |name: &str| said[format!("launches_{name}")].as_u64().unwrap_or(u64::MAX);
    let kinds = ["initial", "pipeline", "reconcile", "full", "backfill", "recompute", "replay"];
    let kind = kinds.into_iter().find(|kind| said["kind"] == *kind).unwrap_or("no kind");
    let said = Answer {
        kind,
        code: output.code.unwrap_or(-1),
        early_exit: said["early_exit"] == true,
        fetched: count("fetched"),
        inserted: count("inserted"),
        updated: count("updated"),
        unchanged: count("unchanged"),
        deleted: count("deleted"),
        restored: count("restored"),
        quarantined: count("quarantined"),
    };
    if said == *expected {
        return Ok(());
    }
    Err(format!("it says {said:?}\nand should say {expected:?}\n{}", output.everything()))
}

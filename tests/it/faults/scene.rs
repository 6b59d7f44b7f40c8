//! Where a fault happens: a database, the source behind it, what stands between them, and what must stay secret.

use std::cell::{Cell, OnceCell};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Start;
use crate::support::{Answer, Database, Etl, FaultServer, Output, Sandbox, Whole, folder};

/// Stands in every credential of a call, and must never be seen.
pub(crate) const CANARY: &str = "c4n4ry-s3cr3t";

/// Few enough to be quick, more than the bounds that begin at 20 documents.
const LAUNCHES: u32 = 60;

/// What the rows of one test share: a loaded database to copy, and the truth without faults.
pub(crate) struct Stage {
    loaded: Database,
    /// The same life on SQLite, where the database that is never disturbed lives.
    undisturbed: Option<Database>,
    truth_from_empty: OnceLock<Vec<String>>,
    truth_from_loaded: OnceLock<Vec<String>>,
}

impl Stage {
    pub(crate) fn set(database: Database) -> Stage {
        let sandbox = Sandbox::of(LAUNCHES);
        let undisturbed = database.is_postgres().then(Database::sqlite);
        live(&sandbox, |words| {
            for database in [Some(&database), undisturbed.as_ref()].into_iter().flatten() {
                sandbox.run(database, words);
            }
        });
        database.wait_until_left();
        let (truth_from_empty, truth_from_loaded) = (OnceLock::new(), OnceLock::new());
        Stage { loaded: database, undisturbed, truth_from_empty, truth_from_loaded }
    }

    /// A fresh database that has nothing to do with the fault.
    fn twin(&self, start: Start) -> Database {
        match start {
            Start::Empty => Database::sqlite(),
            Start::Loaded => self.undisturbed.as_ref().unwrap_or(&self.loaded).copy(),
        }
    }

    fn copy(&self, start: Start) -> Database {
        match start {
            Start::Empty => self.loaded.another(),
            Start::Loaded => self.loaded.copy(),
        }
    }
}

/// What the source lived through before the fault, with the runs in between.
fn live(sandbox: &Sandbox, run: impl Fn(&str)) {
    run("");
    let flown = sandbox.flown();
    sandbox.edit(&flown[3], &json!({ "name": "Renamed" }));
    sandbox.advance("9d");
    run("");
    sandbox.edit(&flown[20], &json!({ "success": null }));
    sandbox.edit(&flown[15], &json!({ "name": null }));
    sandbox.delete(&flown[10]);
    sandbox.delete(&flown[12]);
    run("--reconcile");
    sandbox.restore(&flown[10], false);
    run("--reconcile");
}

/// One row's database and source.
pub(crate) struct Scene<'a> {
    stage: &'a Stage,
    start: Start,
    pub(crate) database: Database,
    sandbox: Sandbox,
    folder: TempDir,
    outside: TempDir,
    moved: Cell<bool>,
    twin: OnceCell<Database>,
}

impl<'a> Scene<'a> {
    pub(crate) fn open(stage: &'a Stage, start: Start) -> Scene<'a> {
        let sandbox = Sandbox::of(LAUNCHES);
        live(&sandbox, |_| {});
        Scene {
            stage,
            start,
            database: stage.copy(start),
            sandbox,
            folder: folder(),
            outside: folder(),
            moved: Cell::new(false),
            twin: OnceCell::new(),
        }
    }

    /// A call in this scene, with a secret wherever one can stand. What is given again replaces it.
    pub(crate) fn etl(&self, words: &str) -> Etl {
        Etl::new()
            .args(words)
            .in_folder(self.folder.path())
            .database(&self.database)
            .env("SPACEX_API_URL", self.sandbox.url())
            .env("ETL_FORMAT", "json")
            .env("RUST_LOG", "trace")
            .env("PGPASSWORD", CANARY)
            .env("POSTGRES_PASSWORD", CANARY)
            .env("HTTPS_PROXY", format!("http://proxy:{CANARY}@127.0.0.1:1"))
    }

    /// A run that meets nothing but the source as it stands.
    pub(crate) fn run(&self, words: &str) -> Output {
        self.run_at(self.sandbox.url(), words)
    }

    /// A run that finds the API at another address.
    pub(crate) fn run_at(&self, url: &str, words: &str) -> Output {
        self.etl(&format!("run --migrate {words}")).env("SPACEX_API_URL", url).run()
    }

    /// A run that meets these answers, one a connection, the last one for ever.
    pub(crate) fn run_meeting(&self, words: &str, answers: Vec<Answer>) -> Output {
        self.run_at(&FaultServer::start(answers).url(), words)
    }

    /// The same; fails if the process ever held more memory.
    pub(crate) fn run_within(&self, words: &str, answers: Vec<Answer>, kilobytes: u64) -> Output {
        let server = FaultServer::start(answers);
        let run = self.etl(&format!("run --migrate {words}")).env("SPACEX_API_URL", server.url());
        // A line of trace for each piece of an endless body would take longer than all the rest.
        let run = run.env("RUST_LOG", "info");
        let running = run.spawn();
        let mut most = 0;
        while let Some(peak) = peak_memory(running.pid()) {
            most = most.max(peak);
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!((1..kilobytes).contains(&most), "{most} kB of memory");
        running.wait()
    }

    /// A reconcile that meets this answer first, or for ever.
    pub(crate) fn meets_once(&self, bytes: &[u8]) -> Output {
        self.run_meeting("--reconcile", vec![Answer::Bytes(bytes.to_vec()), self.forward()])
    }

    pub(crate) fn meets_always(&self, bytes: &[u8]) -> Output {
        self.run_meeting("--reconcile", vec![Answer::Bytes(bytes.to_vec())])
    }

    /// A reconcile whose every answer is made into something else.
    pub(crate) fn meets_altered(&self, how: fn(Whole) -> Vec<u8>) -> Output {
        self.run_meeting("--reconcile", vec![self.altered(how)])
    }

    /// What the source answers, made into something else.
    pub(crate) fn altered(&self, how: fn(Whole) -> Vec<u8>) -> Answer {
        Answer::Altered { to: self.sandbox.address().to_owned(), how }
    }

    /// A run that meets a fault of the sandbox.
    pub(crate) fn run_with(&self, words: &str, faults: &Value) -> Output {
        self.sandbox.faults(faults);
        self.run(words)
    }

    /// What the source answers, for a server in front of it.
    pub(crate) fn forward(&self) -> Answer {
        Answer::Forward { to: self.sandbox.address().to_owned() }
    }

    /// The source as it stands. Whoever asks may change it; the undisturbed database will see that too.
    pub(crate) fn source(&self) -> &Sandbox {
        self.moved.set(true);
        &self.sandbox
    }

    /// A healthy run of both databases, this one and the one that never meets a fault; its answer.
    #[track_caller]
    pub(crate) fn run_both(&self, words: &str) -> Value {
        self.sandbox.run(self.twin(), words);
        self.healthy_run(words)
    }

    #[track_caller]
    pub(super) fn healthy_run(&self, words: &str) -> Value {
        self.etl(&format!("run --migrate {words}")).env("RUST_LOG", "info").run().exits(0).json()
    }

    fn twin(&self) -> &Database {
        self.moved.set(true);
        self.twin.get_or_init(|| self.stage.twin(self.start))
    }

    /// The source without faults, as it is when the row is over.
    pub(super) fn healed(&self) -> &Sandbox {
        self.sandbox.no_more_faults();
        &self.sandbox
    }

    /// What a database holds that never met the fault, after the same healthy run.
    pub(super) fn undisturbed_truth(&self, words: &str) -> Vec<String> {
        let truth = || {
            self.sandbox.run(self.twin(), words);
            self.twin().truth()
        };
        match (self.moved.get(), self.start) {
            (true, _) => truth(),
            (false, Start::Empty) => self.stage.truth_from_empty.get_or_init(truth).clone(),
            (false, Start::Loaded) => self.stage.truth_from_loaded.get_or_init(truth).clone(),
        }
    }

    /// The rows of `pipeline_runs`; none where there is no such table yet.
    pub(super) fn runs(&self) -> Vec<String> {
        if !self.has_tables() {
            return vec![];
        }
        let closed = "finished_at IS NOT NULL";
        let of = |bit: &str| format!("CASE WHEN {bit} THEN 'closed' ELSE 'open' END");
        self.database.rows(&format!(
            "SELECT pipeline_run_id || ' ' || status || ' ' || {} FROM pipeline_runs ORDER BY 1",
            of(closed)
        ))
    }

    pub(super) fn has_tables(&self) -> bool {
        let tables = if self.database.is_postgres() {
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        } else if std::path::Path::new(&self.database.sqlite_path()).is_file() {
            "SELECT count(*) FROM sqlite_master"
        } else {
            return false;
        };
        self.database.value(tables) != "0"
    }

    /// All rows as they were when the row began.
    pub(super) fn at_the_start(&self) -> Option<Vec<(&'static str, Vec<String>)>> {
        (self.start == Start::Loaded).then(|| self.stage.loaded.all_but(&[]))
    }

    /// What no output and no table may hold: the canary, and the real password of the database.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let url = self.database.url();
        let login = url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
        let password = login.and_then(|(login, _)| login.split_once(':'));
        let password = password.map(|(_, password)| password.to_owned());
        password.into_iter().chain([CANARY.to_owned()]).collect()
    }

    /// A folder for what a row needs beside the calls.
    pub(crate) fn outside(&self) -> &std::path::Path {
        self.outside.path()
    }

    /// The next answer of the source takes a second.
    pub(crate) fn slow_down(&self) {
        self.sandbox.faults(&json!({ "fault": "latency", "ms": 1000 }));
    }

    /// The folder in which the calls work.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

/// The most memory that a process has held so far, in kilobytes; none when it has ended.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.split_whitespace().next()?.parse().ok()
}

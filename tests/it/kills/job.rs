//! What is killed: a piece of work on a prepared database, and what the database holds when nothing disturbs it.

use serde_json::json;

use crate::histories::{copy_in_memory, observed};
use crate::support::{Database, Etl, Sandbox};

/// A piece of work whose source stands still.
pub(super) struct Job {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) sandbox: Sandbox,
    before: Database,
    whole: Vec<String>,
}

impl Job {
    /// The four kinds of work that write, prepared on one kind of database.
    pub(super) fn all(kind: &Database) -> Vec<Job> {
        vec![
            Job::new("a migration", "migrate", Sandbox::within(24, 3), kind.another()),
            Job::new(
                "an initial load",
                "run --page-size 7",
                Sandbox::within(24, 3),
                kind.another().migrated(),
            ),
            Job::after_a_load("an ordinary run", "run", kind),
            Job::after_a_load("a reconcile", "run --reconcile --page-size 7", kind),
        ]
    }

    fn after_a_load(name: &'static str, words: &'static str, kind: &Database) -> Job {
        let sandbox = Sandbox::within(24, 3);
        let database = kind.another();
        sandbox.edit(&sandbox.flown()[2], &json!({ "name": " " }));
        sandbox.run(&database, "");
        let flown = sandbox.flown();
        sandbox.edit(&flown[0], &json!({ "name": "Renamed" }));
        sandbox.edit(&flown[1], &json!({ "date_precision": "eon" }));
        sandbox.edit(&flown[2], &json!({ "name": "Good again" }));
        sandbox.edit(&flown[12], &json!({ "name": "Renamed long ago" }));
        sandbox.delete(&flown[9]);
        sandbox.delete(&flown[15]);
        sandbox.add(&json!({ "flown": true }));
        sandbox.add(&json!({}));
        Job::new(name, words, sandbox, database)
    }

    fn new(name: &'static str, words: &'static str, sandbox: Sandbox, before: Database) -> Job {
        let mut job = Job { name, words, sandbox, before, whole: vec![] };
        let database = job.database();
        drop(job.sandbox.etl(&database, words).run().succeeds());
        job.whole = job.healed(&database).expect("nothing disturbs it");
        job
    }

    /// The prepared database once more.
    pub(super) fn database(&self) -> Database {
        match &self.before {
            Database::Sqlite { folder } if !folder.path().join("etl.db").exists() => {
                self.before.another()
            }
            before => copy_in_memory(before),
        }
    }

    /// Does the work again, as a timer would; then everything must be as if nothing had disturbed it.
    pub(super) fn heals(&self, database: &Database) -> Result<(), String> {
        database.wait_until_left();
        let again = self.sandbox.etl(database, self.words).run();
        if again.code != Some(0) {
            return Err(format!("the run after it fails:\n{}", again.everything()));
        }
        let held = self.healed(database)?;
        if held == self.whole {
            return Ok(());
        }
        let lost = self.whole.iter().filter(|line| !held.contains(line));
        let more = held.iter().filter(|line| !self.whole.contains(line));
        let lines = lost.map(|line| format!("  lost {line}\n"));
        Err(lines.chain(more.map(|line| format!("  more {line}\n"))).collect())
    }

    /// Runs until there is nothing to do; all that the database holds then, and nothing wrong with it.
    fn healed(&self, database: &Database) -> Result<Vec<String>, String> {
        // A load that goes on leaves a reconcile due, which the next run makes.
        let is_load = ["migrate", "run --page-size 7"].contains(&self.words);
        for _ in 0..=usize::from(is_load) {
            drop(self.sandbox.etl(database, "run").run().succeeds());
        }
        let checks: &[&str] =
            if self.words == "migrate" { &["verify", "migrate verify"] } else { &["verify"] };
        for words in checks {
            let verified = Etl::new().args(words).database(database).run();
            if verified.code != Some(0) {
                return Err(format!("{words} finds something:\n{}", verified.everything()));
            }
        }
        let mut held = observed(database);
        if held.iter().any(|line| line.ends_with("|running")) {
            return Err("a run is left open".to_owned());
        }
        held.retain(|line| !line.starts_with("run|"));
        let cargo = "SELECT payload_id || ' ' || COALESCE(name, 'NULL') || ' '
            || COALESCE(CAST(mass_kg AS text), 'NULL') FROM payloads ORDER BY 1";
        held.extend(database.rows(cargo));
        Ok(held)
    }
}

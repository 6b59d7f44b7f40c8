//! What is to be done to a database, in order: what is printed by a dry run is what a real one executes.

use std::fmt::Write;

use super::ledger::{forget_applied, forget_checksum, note_applied, remember_checksum};
use super::script::{runs_in_transaction, statements};
use super::standing::Standing;
use super::steps::{Backend, Step};

/// The acts, in order.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) backend: Backend,
    pub(super) acts: Vec<Act>,
}

/// One thing to do.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Make what the step makes, and note it in the ledger.
    Apply(&'static Step),
    /// Take it back, and forget it in the ledger.
    Revert(&'static Step),
    /// Note the step in the ledger without running it.
    Note(&'static Step, String),
    /// Take the text of the step as it is now.
    Accept(&'static Step, String),
    /// A statement of the migrator's own.
    Write(String),
}

/// Acts that are done together or not at all; alone and outside a transaction if a script asks for that.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) in_transaction: bool,
    pub(super) acts: Vec<Act>,
}

impl Plan {
    /// Nothing but what every plan begins with: the tables of the ledger, and the checksums that it lacks.
    pub(super) fn beginning(standing: &Standing) -> Self {
        let mut acts: Vec<Act> =
            standing.ledger.missing_tables().into_iter().map(Act::Write).collect();
        for step in standing.applied() {
            let version = step.version();
            if !standing.ledger.checksums.contains_key(&version) {
                let checksum = step.checksum(standing.backend);
                acts.push(Act::Write(remember_checksum(&version, &checksum)));
            }
        }
        Self { backend: standing.backend, acts }
    }

    /// Applies what is pending.
    pub(super) fn up(standing: &Standing) -> Self {
        let mut plan = Self::beginning(standing);
        plan.apply(&standing.pending());
        plan
    }

    /// Takes the steps back, the newest first.
    pub(super) fn revert(standing: &Standing, steps: &[&'static Step]) -> Self {
        let mut plan = Self::beginning(standing);
        if steps.is_empty() {
            plan.acts.clear();
        }
        for step in steps {
            plan.acts.push(Act::Revert(step));
            plan.acts.push(Act::Write(forget_checksum(&step.version())));
        }
        plan
    }

    /// Takes the steps back and applies them again.
    pub(super) fn redo(standing: &Standing, steps: &[&'static Step]) -> Self {
        let mut plan = Self::revert(standing, steps);
        let again: Vec<&'static Step> = steps.iter().rev().copied().collect();
        plan.apply(&again);
        plan
    }

    /// Notes the steps as applied without running them.
    pub(super) fn note(standing: &Standing, steps: &[&'static Step]) -> Self {
        let mut plan = Self::beginning(standing);
        for step in steps {
            let version = step.version();
            plan.acts.push(Act::Note(step, note_applied(&version)));
            plan.acts.push(Act::Write(remember_checksum(&version, &step.checksum(plan.backend))));
        }
        plan
    }

    fn apply(&mut self, steps: &[&'static Step]) {
        for step in steps {
            self.acts.push(Act::Apply(step));
            let checksum = step.checksum(self.backend);
            self.acts.push(Act::Write(remember_checksum(&step.version(), &checksum)));
        }
    }

    /// The acts cut where one must run outside a transaction.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for act in &self.acts {
            let in_transaction = self.script(act).is_none_or(runs_in_transaction);
            match parts.last_mut() {
                Some(part) if part.in_transaction && in_transaction => part.acts.push(act.clone()),
                _ => parts.push(Part { in_transaction, acts: vec![act.clone()] }),
            }
        }
        parts
    }

    fn script(&self, act: &Act) -> Option<&'static str> {
        match act {
            Act::Apply(step) => Some(step.scripts(self.backend).up),
            Act::Revert(step) => Some(step.scripts(self.backend).down),
            Act::Note(..) | Act::Accept(..) | Act::Write(_) => None,
        }
    }

    /// The plan as a script for the database's own shell.
    pub(crate) fn to_sql(&self) -> String {
        let (shell, begin) = match self.backend {
            Backend::Postgres => ("psql -v ON_ERROR_STOP=1", "BEGIN"),
            Backend::Sqlite => ("sqlite3 -bail", "BEGIN IMMEDIATE"),
        };
        let mut sql = String::new();
        if self.acts.is_empty() {
            return "-- nothing to do\n".to_owned();
        }
        line(&mut sql, &format!("-- What would be done, for `{shell}`."));
        for part in self.parts() {
            let outside = "-- outside a transaction, as the migration asks for";
            line(
                &mut sql,
                &if part.in_transaction { format!("{begin};") } else { outside.to_owned() },
            );
            for act in &part.acts {
                sql.push_str(&self.act_to_sql(act));
            }
            if part.in_transaction {
                line(&mut sql, "COMMIT;");
            }
        }
        sql
    }

    fn act_to_sql(&self, act: &Act) -> String {
        let mut sql = String::new();
        let (name, note) = match act {
            Act::Apply(step) => (format!("-- {}", step.name), note_applied(&step.version())),
            Act::Revert(step) => {
                (format!("-- revert {}", step.name), forget_applied(&step.version()))
            }
            Act::Note(_, statement) | Act::Accept(_, statement) | Act::Write(statement) => {
                return format!("{statement};\n");
            }
        };
        line(&mut sql, &name);
        for statement in statements(self.script(act).unwrap_or_default(), self.backend) {
            line(&mut sql, &format!("{};", statement.text));
        }
        line(&mut sql, &format!("{note};"));
        sql
    }
}

fn line(sql: &mut String, text: &str) {
    // Writing to a String cannot fail.
    writeln!(sql, "{text}").unwrap_or_default();
}

//! What a look at everything found, for people or for scripts.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::configuration::object;
use super::{SCHEMA_VERSION, line};
use crate::model::diagnosis::{Diagnosis, Examination, Health};
use crate::model::shown::shown;

/// The longest finding that is printed, in characters.
const LONGEST: usize = 500;

/// Writes a line for each setting that somebody made, and for each thing that was looked at, for people.
pub(crate) fn text(out: &mut dyn Write, examination: &Examination) -> io::Result<()> {
    for setting in &examination.settings {
        let name = match &setting.command {
            Some(command) => format!("{} of `etl {command}`", setting.name),
            None => setting.name.clone(),
        };
        let value = shown(setting.value.as_deref().unwrap_or("-"), LONGEST);
        writeln!(out, "set      {name} = {value}, by {}", setting.origin)?;
    }
    for Diagnosis { subject, health, seen, next } in &examination.diagnoses {
        writeln!(out, "{:7}  {subject}: {}", word(*health), shown(seen, LONGEST))?;
        if let Some(next) = next {
            writeln!(out, "         next: {}", shown(next, LONGEST))?;
        }
    }
    let count = |health, word: &str| match examination.count(health) {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let (failures, warnings) =
        (count(Health::Failure, "failure"), count(Health::Warning, "warning"));
    writeln!(out, "{failures}, {warnings}")?;
    out.flush()
}

/// The word for people and for scripts.
fn word(health: Health) -> &'static str {
    match health {
        Health::Well => "ok",
        Health::Warning => "warning",
        Health::Failure => "failure",
        Health::Skipped => "skipped",
    }
}

/// Writes the same for scripts.
pub(crate) fn json(out: &mut dyn Write, examination: &Examination) -> io::Result<()> {
    let checks: Vec<Value> = examination
        .diagnoses
        .iter()
        .map(|Diagnosis { subject, health, seen, next }| {
            json!({ "name": subject, "result": word(*health), "seen": seen, "next": next })
        })
        .collect();
    let is_well = examination.count(Health::Failure) == 0;
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "status": if is_well { "success" } else { "failed" },
            "failures": examination.count(Health::Failure),
            "warnings": examination.count(Health::Warning),
            "checks": checks,
            "settings": examination.settings.iter().map(object).collect::<Vec<_>>(),
        }),
    )
}

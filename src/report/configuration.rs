//! The settings and where they come from, for people or for scripts.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{SCHEMA_VERSION, line};
use crate::model::configuration::{Origin, Setting};
use crate::model::shown::shown;

/// The longest value that is printed, in characters.
const LONGEST: usize = 200;

/// Writes a line for each setting for people.
pub(crate) fn text(out: &mut dyn Write, settings: &[Setting]) -> io::Result<()> {
    let rows: Vec<[String; 3]> = settings.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1).min(60));
    for [name, value, origin] in &rows {
        writeln!(out, "{name:first$}  {value:second$}  {origin}")?;
    }
    out.flush()
}

fn row(setting: &Setting) -> [String; 3] {
    let name = match &setting.command {
        Some(command) => format!("{} (etl {command})", setting.name),
        None => setting.name.clone(),
    };
    let value =
        setting.value.as_deref().map_or_else(|| "-".to_owned(), |value| shown(value, LONGEST));
    let origin = match (&setting.origin, &setting.variable) {
        (Origin::Default, Some(variable)) => format!("default ({variable} is not set)"),
        (origin, _) => origin.to_string(),
    };
    [name, value, origin]
}

/// Writes the settings for scripts.
pub(crate) fn json(out: &mut dyn Write, settings: &[Setting]) -> io::Result<()> {
    let settings: Vec<Value> = settings.iter().map(object).collect();
    line(out, &json!({ "schema_version": SCHEMA_VERSION, "settings": settings }))
}

pub(super) fn object(setting: &Setting) -> Value {
    let (file, line) = match &setting.origin {
        Origin::DotEnv { file, line, .. } | Origin::File { file, line } => (Some(file), Some(line)),
        Origin::Flag(_) | Origin::Variable(_) | Origin::Default => (None, None),
    };
    json!({
        "name": setting.name,
        "command": setting.command,
        "variable": setting.variable,
        "value": setting.value,
        "origin": { "kind": setting.origin.kind(), "file": file, "line": line },
    })
}

/// Writes what a look at all settings found for people; what cannot be used has ended it before.
pub(crate) fn check_text(out: &mut dyn Write, warnings: &[String]) -> io::Result<()> {
    for warning in warnings {
        writeln!(out, "warning: {}", shown(warning, LONGEST))?;
    }
    writeln!(out, "every setting can be used")?;
    out.flush()
}

/// Writes what a look at all settings found for scripts.
pub(crate) fn check_json(out: &mut dyn Write, warnings: &[String]) -> io::Result<()> {
    line(
        out,
        &json!({ "schema_version": SCHEMA_VERSION, "status": "success", "warnings": warnings }),
    )
}

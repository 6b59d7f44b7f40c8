//! One line of the log, for people or for whoever collects logs.

use log::{Level, Record};
use serde::Serialize;

use super::{Form, RUN, form};
use crate::clock::Clock;
use crate::model::failure::Failure;
use crate::model::shown::shown;

/// The longest line, in characters: what a stranger sent does not fill the screen.
const LONGEST: usize = 2_000;

/// What collectors read.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: String,
    target: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
}

/// A record as it is written; `painted` is its level for people, in the color that it has.
pub(crate) fn logged(record: &Record<'_>, painted: &str) -> String {
    let message = shown(&record.args().to_string(), LONGEST);
    match form() {
        Form::Text => format!("{painted}: {message}"),
        Form::Json => {
            Line { target: record.target(), ..Line::new(record.level(), &message) }.written()
        }
    }
}

/// A failure for people.
pub(super) fn told(failure: &Failure) -> String {
    let hint = failure.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("etl: {}", shown(&format!("{}{hint}", failure.message), LONGEST))
}

/// A failure for collectors.
pub(super) fn told_as_json(failure: &Failure) -> String {
    let message = shown(&failure.message, LONGEST);
    Line {
        kind: Some(failure.kind),
        hint: failure.hint.as_deref(),
        ..Line::new(Level::Error, &message)
    }
    .written()
}

impl<'a> Line<'a> {
    fn new(level: Level, message: &'a str) -> Self {
        Line {
            timestamp: Clock::default().now().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            level: level.as_str().to_lowercase(),
            target: "etl",
            message,
            kind: None,
            hint: None,
            run_id: RUN.get().map(String::as_str),
        }
    }

    fn written(&self) -> String {
        // Texts alone: there is nothing that could not be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

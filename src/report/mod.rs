//! Answers on standard output, for people or for scripts. Nothing else writes there.

pub(crate) mod as_of;
pub(crate) mod atomic_file;
mod cell;
pub(crate) mod changes;
pub(crate) mod configuration;
mod csv;
mod definitions;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod json;
pub(crate) mod marts;
pub(crate) mod migrations;
pub(crate) mod page;
pub(crate) mod publish;
pub(crate) mod quarantine;
pub(crate) mod rows;
pub(crate) mod run;
pub(crate) mod snapshot;
pub(crate) mod status;
pub(crate) mod trends;
pub(crate) mod verify;

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};

/// The version of the JSON answers: it moves when a key changes its meaning or goes.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// An instant for people, in UTC.
fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// An instant for scripts.
fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A rate for people.
fn percent(rate: Option<&bigdecimal::BigDecimal>) -> String {
    rate.map_or_else(|| "unknown".to_owned(), |rate| format!("{} %", rate.to_plain_string()))
}

/// Writes one line of JSON.
pub(crate) fn line(out: &mut dyn Write, value: &serde_json::Value) -> io::Result<()> {
    writeln!(out, "{value}")?;
    out.flush()
}

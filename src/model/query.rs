//! A question to the database and its answer: what is asked of a view, and the cells of a row.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// What is asked of a named view.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Launch dates from here on.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Launch dates before this.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Rows at most.
    pub(crate) limit: Option<u32>,
}

/// The instant that a text names; a date is its first one in UTC.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    day.map(|day| day.and_time(NaiveTime::MIN).and_utc())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()))
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Truth(bool),
    Count(i64),
    /// A number as it is to be written, with all its decimals.
    Number(String),
    Text(String),
    Instant(DateTime<Utc>),
    /// A JSON array or object as it is to be written.
    Json(String),
}

/// A row of which the columns were not known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedCells(pub(crate) Vec<(String, Cell)>);

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFormat {
    /// For people.
    Table,
    /// As RFC 4180 has it.
    Csv,
    /// One line of JSON, the rows in it.
    Json,
    /// A line of JSON for each row.
    Ndjson,
    Markdown,
}

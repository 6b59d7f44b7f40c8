//! A question to the database and its answer: what is asked of a view, and the cells of a row.

use chrono::{DateTime, Utc};

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

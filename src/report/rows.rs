//! Rows of any columns, one after the other: a table, CSV, JSON, NDJSON or Markdown.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{SCHEMA_VERSION, csv, rfc3339};
use crate::clock::Interrupted;
use crate::db::DbError;
use crate::model::query::{Cell, NamedCells, RowFormat};
use crate::model::shown::shown;

/// Rows that a table looks at before it fixes the widths of its columns: it never holds more of them.
const MEASURED: usize = 1_000;

/// The longest text in a cell of a table, in characters.
const LONGEST: usize = 500;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The answer could not be written where it was to go.
    #[error(transparent)]
    Output(#[from] io::Error),
    /// The question itself was wrong.
    #[error("{message}")]
    Usage { message: String, hint: String },
}

impl QueryError {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }
}

/// Takes a row, and may stop the reading.
pub(super) type EachRow<'a> = dyn FnMut(Vec<Cell>) -> Result<(), QueryError> + 'a;

/// Writes rows as they come.
pub(crate) struct RowWriter<'a> {
    out: &'a mut dyn Write,
    format: RowFormat,
    columns: Vec<String>,
    /// What a table has not written yet.
    measured: Vec<Vec<Cell>>,
    layout: Option<Vec<Lane>>,
    rows: u64,
    has_begun: bool,
}

/// How wide a column of a table is, and which way it leans.
struct Lane {
    width: usize,
    is_number: bool,
}

impl<'a> RowWriter<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, format: RowFormat) -> Self {
        Self {
            out,
            format,
            columns: Vec::new(),
            measured: Vec::new(),
            layout: None,
            rows: 0,
            has_begun: false,
        }
    }

    /// Writes what stands before the rows.
    pub(crate) fn begin(
        &mut self,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> io::Result<()> {
        self.columns = columns.into_iter().map(Into::into).collect();
        self.has_begun = true;
        match self.format {
            RowFormat::Table | RowFormat::Ndjson => Ok(()),
            // An answer without rows to a statement of the user's own: its columns are not known.
            RowFormat::Csv | RowFormat::Markdown if self.columns.is_empty() => Ok(()),
            RowFormat::Csv => {
                let header: Vec<_> = self.columns.iter().map(|name| csv::field(name)).collect();
                write!(self.out, "{}\r\n", header.join(","))
            }
            RowFormat::Markdown => {
                let header: Vec<_> = self.columns.iter().map(|name| escaped(name)).collect();
                writeln!(self.out, "| {} |", header.join(" | "))?;
                writeln!(self.out, "|{}", " --- |".repeat(self.columns.len()))
            }
            RowFormat::Json => {
                let columns = serde_json::to_string(&self.columns)?;
                let version = SCHEMA_VERSION;
                write!(self.out, r#"{{"schema_version":{version},"columns":{columns},"rows":["#)
            }
        }
    }

    /// Writes a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let first = self.rows == 0;
        self.rows += 1;
        match self.format {
            RowFormat::Table if self.layout.is_some() => self.table_row(&cells),
            RowFormat::Table => {
                self.measured.push(cells);
                if self.measured.len() < MEASURED { Ok(()) } else { self.table_head() }
            }
            RowFormat::Csv => {
                let cells: Vec<_> = cells.iter().map(field).collect();
                write!(self.out, "{}\r\n", cells.join(","))
            }
            RowFormat::Markdown => {
                let cells: Vec<_> = cells.iter().map(|cell| escaped(&plain(cell))).collect();
                writeln!(self.out, "| {} |", cells.join(" | "))
            }
            RowFormat::Json => {
                let comma = if first { "" } else { "," };
                write!(self.out, "{comma}{}", self.object(&cells)?)
            }
            RowFormat::Ndjson => writeln!(self.out, "{}", self.object(&cells)?),
        }
    }

    /// Writes a row whose columns come with it; those of the first one are the header.
    pub(crate) fn named_row(&mut self, NamedCells(row): NamedCells) -> Result<(), QueryError> {
        let (columns, cells): (Vec<_>, _) = row.into_iter().unzip();
        if !self.has_begun {
            self.begin(columns)?;
        }
        Ok(self.row(cells)?)
    }

    /// Writes what stands after the rows, and says how many there were.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        if !self.has_begun {
            self.begin(Vec::<String>::new())?;
        }
        match self.format {
            RowFormat::Table if self.layout.is_none() => self.table_head()?,
            RowFormat::Json => writeln!(self.out, r#"],"status":"success"}}"#)?,
            _ => {}
        }
        self.out.flush()?;
        Ok(self.rows)
    }

    /// Whether the columns are known.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether what was written so far needs an end to be valid.
    pub(crate) fn must_end(&self) -> bool {
        self.has_begun && self.format == RowFormat::Json
    }

    /// Ends an answer that cannot go on, so that what was written of it is still valid.
    pub(crate) fn fail(self, error: &Value) -> io::Result<()> {
        writeln!(self.out, r#"],"status":"failed","error":{error}}}"#)?;
        self.out.flush()
    }

    fn table_head(&mut self) -> io::Result<()> {
        let lanes = self.columns.iter().enumerate().map(|(at, name)| {
            let cells = self.measured.iter().filter_map(|row| row.get(at));
            let width = cells.clone().map(|cell| plain(cell).chars().count()).max();
            Lane {
                width: width.unwrap_or_default().max(name.chars().count()),
                is_number: cells.clone().any(is_number)
                    && cells.clone().all(|cell| is_number(cell) || *cell == Cell::Null),
            }
        });
        let lanes: Vec<Lane> = lanes.collect();
        if !lanes.is_empty() {
            let names = self.columns.iter().zip(&lanes).map(|(name, lane)| lane.fit(name));
            writeln!(self.out, "{}", joined(names))?;
            let rules: Vec<_> = lanes.iter().map(|lane| "-".repeat(lane.width)).collect();
            writeln!(self.out, "{}", rules.join("-+-"))?;
        }
        self.layout = Some(lanes);
        for cells in std::mem::take(&mut self.measured) {
            self.table_row(&cells)?;
        }
        Ok(())
    }

    fn table_row(&mut self, cells: &[Cell]) -> io::Result<()> {
        let lanes = self.layout.as_deref().unwrap_or_default();
        let cells = cells.iter().zip(lanes).map(|(cell, lane)| lane.fit(&plain(cell)));
        writeln!(self.out, "{}", joined(cells))
    }

    fn object(&self, cells: &[Cell]) -> io::Result<String> {
        let members = self.columns.iter().zip(cells);
        let members = members
            .map(|(name, cell)| Ok(format!("{}:{}", serde_json::to_string(name)?, json(cell)?)));
        Ok(format!("{{{}}}", members.collect::<serde_json::Result<Vec<_>>>()?.join(",")))
    }
}

impl Lane {
    fn fit(&self, text: &str) -> String {
        let width = self.width;
        if self.is_number { format!("{text:>width$}") } else { format!("{text:<width$}") }
    }
}

fn joined(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
}

fn is_number(cell: &Cell) -> bool {
    matches!(cell, Cell::Count(_) | Cell::Number(_))
}

/// For people: nothing in it acts on a terminal. Where there is no value there is nothing.
pub(super) fn plain(cell: &Cell) -> String {
    shown(&text(cell), LONGEST)
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Truth(truth) => truth.to_string(),
        Cell::Count(count) => count.to_string(),
        Cell::Number(text) | Cell::Text(text) | Cell::Json(text) => text.clone(),
        Cell::Instant(at) => instant(*at),
    }
}

/// No finer than it must be: launches are planned in seconds, runs are stamped in microseconds.
fn instant(at: DateTime<Utc>) -> String {
    rfc3339(at).replace(".000000Z", "Z")
}

fn json(cell: &Cell) -> serde_json::Result<String> {
    match cell {
        Cell::Null => Ok("null".to_owned()),
        Cell::Text(text) => serde_json::to_string(text),
        Cell::Instant(at) => serde_json::to_string(&instant(*at)),
        _ => Ok(text(cell)),
    }
}

/// For CSV: only what came as text can be mistaken for something else.
fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Json(text) => csv::field(text),
        cell => text(cell),
    }
}

/// For Markdown: a cell stays a cell, and nothing in it becomes a link, an image or a tag.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '|' | '`' | '*' | '[' | ']' | '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: RowFormat, name: &str) -> String {
        let mut out = Vec::new();
        let mut writer = RowWriter::new(&mut out, format);
        writer.begin(["name", "kg", "good"]).unwrap();
        let number = || Cell::Number("-9.50".into());
        writer.row(vec![Cell::Text(name.into()), number(), Cell::Truth(true)]).unwrap();
        writer.row(vec![Cell::Null, Cell::Null, Cell::Null]).unwrap();
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_format_writes_the_same_rows() {
        let table =
            "name |    kg | good\n-----+-------+-----\nPâ   | -9.50 | true\n     |       |\n";
        assert_eq!(written(RowFormat::Table, "Pâ"), table);
        assert_eq!(
            written(RowFormat::Csv, "P,\"â\""),
            "name,kg,good\r\n\"P,\"\"â\"\"\",-9.50,true\r\n,,\r\n"
        );
        assert_eq!(
            written(RowFormat::Json, "Pâ"),
            "{\"schema_version\":1,\"columns\":[\"name\",\"kg\",\"good\"],\"rows\":[{\"name\":\"Pâ\",\"kg\":-9.50,\"good\":true},\
             {\"name\":null,\"kg\":null,\"good\":null}],\"status\":\"success\"}\n"
        );
        assert_eq!(
            written(RowFormat::Ndjson, "a\nb"),
            "{\"name\":\"a\\nb\",\"kg\":-9.50,\"good\":true}\n{\"name\":null,\"kg\":null,\"good\":null}\n"
        );
        assert_eq!(
            written(RowFormat::Markdown, "a|b [x](y)"),
            "| name | kg | good |\n| --- | --- | --- |\n| a\\|b \\[x\\](y) | -9.50 | true |\n|  |  |  |\n"
        );
    }

    #[test]
    fn an_empty_name_is_not_nothing() {
        assert_eq!(written(RowFormat::Csv, ""), "name,kg,good\r\n\"\",-9.50,true\r\n,,\r\n");
        assert!(written(RowFormat::Ndjson, "").starts_with("{\"name\":\"\","));
    }

    #[test]
    fn what_a_name_could_do_it_does_not() {
        assert!(written(RowFormat::Csv, "=1+1").contains("\r\n'=1+1,-9.50"));
        for format in [RowFormat::Table, RowFormat::Markdown] {
            let text = written(format, "\u{1b}[2J\r\n\u{202e}");
            assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text:?}");
        }
    }

    #[test]
    fn a_table_longer_than_what_it_measures_keeps_every_row() {
        let mut out = Vec::new();
        let mut writer = RowWriter::new(&mut out, RowFormat::Table);
        writer.begin(["n"]).unwrap();
        for n in 0..2_500 {
            writer.row(vec![Cell::Count(n)]).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 2_502);
    }

    #[test]
    fn an_answer_that_breaks_off_is_still_json() {
        let mut out = Vec::new();
        let mut writer = RowWriter::new(&mut out, RowFormat::Json);
        writer.begin(["n"]).unwrap();
        writer.row(vec![Cell::Count(1)]).unwrap();
        writer.fail(&serde_json::json!({ "kind": "output" })).unwrap();
        let answer: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(answer["status"], "failed");
    }
}

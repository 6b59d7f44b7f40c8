//! Any table or view, row by row in the order of its key, as CSV or NDJSON: the same bytes from both databases.

mod cell;
mod relations;

use std::io::{self, Write};

pub(crate) use relations::{NAMES, nearest};

use crate::clock::{Clock, Interrupted};
use crate::db::{AnyConnection, DbError};
use cell::{Cell, write_csv, write_csv_text, write_json};
use relations::stream;

/// How the rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// RFC 4180 with a header; NULL is empty, an empty text is `""`.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// Why an export was not brought to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Writes every row, and counts them. `name` is one of `NAMES`.
pub(crate) fn export(
    connection: &mut AnyConnection,
    name: &str,
    layout: Layout,
    out: &mut dyn Write,
    clock: &Clock,
) -> Result<u64, ExportError> {
    let mut writer = Writer { out, layout, clock, rows: 0 };
    stream(connection, name, &mut writer)?;
    writer.out.flush()?;
    Ok(writer.rows)
}

/// Takes the names of the columns, then the rows.
struct Writer<'a> {
    out: &'a mut dyn Write,
    layout: Layout,
    clock: &'a Clock,
    rows: u64,
}

impl Writer<'_> {
    fn begin(&mut self, columns: &[&str]) -> Result<(), ExportError> {
        if self.layout == Layout::Csv {
            for (place, column) in columns.iter().enumerate() {
                self.out.write_all(if place == 0 { b"" } else { b"," })?;
                write_csv_text(self.out, column)?;
            }
            self.out.write_all(b"\r\n")?;
        }
        Ok(())
    }

    fn row(&mut self, columns: &[&str], cells: &[Cell]) -> Result<(), ExportError> {
        self.clock.interrupted()?;
        self.rows += 1;
        match self.layout {
            Layout::Csv => {
                for (place, cell) in cells.iter().enumerate() {
                    self.out.write_all(if place == 0 { b"" } else { b"," })?;
                    write_csv(self.out, cell)?;
                }
                self.out.write_all(b"\r\n")?;
            }
            Layout::Ndjson => {
                for (place, (column, cell)) in columns.iter().zip(cells).enumerate() {
                    write!(self.out, "{}\"{column}\":", if place == 0 { '{' } else { ',' })?;
                    write_json(self.out, cell)?;
                }
                self.out.write_all(b"}\n")?;
            }
        }
        Ok(())
    }
}

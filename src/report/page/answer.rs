//! The answer of a mart, as much of it as a page can show: never more rows than were asked for.

use std::collections::VecDeque;

use bigdecimal::ToPrimitive;
use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::db::AnyConnection;
use crate::model::query::{Asked, Cell};
use crate::report::marts;
use crate::report::rows::{QueryError, plain};

/// Rows of a mart.
pub(super) struct Answer {
    columns: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
    /// All that the mart has, those that were left out included.
    pub(super) total: usize,
    /// Of what was to be thinned, every so manieth was kept.
    pub(super) stride: i64,
}

/// Which rows of a mart are kept.
pub(super) enum Keep {
    First(usize),
    Last(usize),
    /// The last of the rows that have a value in this column.
    LastWith(&'static str, usize),
    /// No more than so many: where a column counts up, those up to a first value and every so manieth after it.
    Thinned {
        column: &'static str,
        unit: i64,
        all_up_to: i64,
        most: usize,
        and_the_last: bool,
    },
}

/// A row of an answer, its cells by name.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    columns: &'static [&'static str],
    cells: &'a [Cell],
}

impl<'a> Row<'a> {
    pub(super) fn cell(self, column: &str) -> &'a Cell {
        let at = self.columns.iter().position(|name| *name == column);
        at.and_then(|at| self.cells.get(at)).unwrap_or(&Cell::Null)
    }

    /// As `etl query` has it.
    pub(super) fn text(self, column: &str) -> String {
        plain(self.cell(column))
    }

    /// A whole number; nothing counts as none.
    pub(super) fn count(self, column: &str) -> i64 {
        if let Cell::Count(count) = self.cell(column) { *count } else { 0 }
    }

    /// A number to be drawn.
    pub(super) fn number(self, column: &str) -> Option<f64> {
        match self.cell(column) {
            Cell::Number(number) => number.parse().ok(),
            Cell::Count(count) => count.to_f64(),
            _ => None,
        }
    }

    pub(super) fn instant(self, column: &str) -> Option<DateTime<Utc>> {
        if let Cell::Instant(at) = self.cell(column) { Some(*at) } else { None }
    }
}

impl Answer {
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> + Clone {
        self.rows.iter().map(|cells| Row { columns: self.columns, cells })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn left_out(&self) -> usize {
        self.total.saturating_sub(self.rows.len())
    }

    /// Asks a mart, row by row, until a signal says otherwise.
    pub(super) fn read(
        connection: &mut AnyConnection,
        clock: &Clock,
        name: &str,
        keep: &Keep,
    ) -> Result<Self, QueryError> {
        let mart = marts::find(name)?;
        let mut kept = Kept { columns: mart.columns, rows: VecDeque::new(), last: None, stride: 1 };
        let mut total = 0;
        (mart.read)(connection, &Asked::default(), &mut |cells| {
            clock.interrupted()?;
            total += 1;
            kept.take(cells, keep);
            Ok(())
        })?;
        kept.rows.extend(kept.last);
        Ok(Self { columns: mart.columns, rows: kept.rows.into(), total, stride: kept.stride })
    }
}

struct Kept {
    columns: &'static [&'static str],
    rows: VecDeque<Vec<Cell>>,
    /// The end of what is thinned, where it is not among the rows.
    last: Option<Vec<Cell>>,
    stride: i64,
}

impl Kept {
    fn take(&mut self, cells: Vec<Cell>, keep: &Keep) {
        match *keep {
            Keep::First(most) if self.rows.len() >= most => {}
            Keep::First(_) => self.rows.push_back(cells),
            Keep::Last(most) => self.push_last(cells, most),
            Keep::LastWith(column, most) => {
                if *(Row { columns: self.columns, cells: &cells }).cell(column) != Cell::Null {
                    self.push_last(cells, most);
                }
            }
            Keep::Thinned { column, unit, all_up_to, most, and_the_last } => {
                let columns = self.columns;
                let stays = |cells: &[Cell], stride: i64| {
                    let count = Row { columns, cells }.count(column);
                    count <= all_up_to || count % (unit * stride) == 0
                };
                self.last = None;
                if stays(&cells, self.stride) {
                    self.rows.push_back(cells);
                } else {
                    self.last = Some(cells).filter(|_| and_the_last);
                }
                while self.rows.len() > most {
                    self.stride *= 2;
                    let stride = self.stride;
                    let newest = self.rows.pop_back();
                    self.rows.retain(|cells| stays(cells, stride));
                    match newest {
                        Some(newest) if stays(&newest, stride) => self.rows.push_back(newest),
                        newest if self.last.is_none() && and_the_last => self.last = newest,
                        _ => {}
                    }
                }
            }
        }
    }

    fn push_last(&mut self, cells: Vec<Cell>, most: usize) {
        self.rows.push_back(cells);
        if self.rows.len() > most {
            self.rows.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(rows: i64, keep: &Keep) -> (Vec<i64>, i64) {
        let mut kept = Kept { columns: &["n"], rows: VecDeque::new(), last: None, stride: 1 };
        for n in 1..=rows {
            kept.take(vec![Cell::Count(n)], keep);
        }
        kept.rows.extend(kept.last);
        let count = |cells: &Vec<Cell>| Row { columns: &["n"], cells }.count("n");
        (kept.rows.iter().map(count).collect(), kept.stride)
    }

    #[test]
    fn a_million_rows_leave_a_few_and_the_last() {
        let thinned =
            |most| Keep::Thinned { column: "n", unit: 1, all_up_to: 0, most, and_the_last: true };
        assert_eq!(kept(5, &thinned(5)), (vec![1, 2, 3, 4, 5], 1));
        assert_eq!(kept(6, &thinned(5)), (vec![2, 4, 6], 2));
        assert_eq!(kept(13, &thinned(5)), (vec![4, 8, 12, 13], 4));
        let (rows, stride) = kept(100_000, &thinned(400));
        assert_eq!((rows.len(), rows.last(), stride), (391, Some(&100_000), 256));
    }

    #[test]
    fn the_first_or_the_last_are_kept() {
        assert_eq!(kept(9, &Keep::First(2)).0, [1, 2]);
        assert_eq!(kept(9, &Keep::Last(2)).0, [8, 9]);
        assert_eq!(kept(9, &Keep::LastWith("other", 2)).0, Vec::<i64>::new());
    }
}

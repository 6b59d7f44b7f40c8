//! Tables, each with a caption and headings that a screen reader can tell from the rest.

use super::answer::{Answer, Row};
use super::html::Html;
use super::prose;
use crate::model::query::Cell;
use crate::report::definitions;

/// A table of more rows stays folded on paper, too.
const LONG: usize = 60;

/// A column of an answer.
struct Column<'a> {
    name: &'a str,
    heading: String,
    /// Numbers stand below each other by their last digits.
    is_number: bool,
}

/// Writes the rows of an answer below a line that opens them.
pub(super) fn folded(html: &mut Html, caption: &str, answer: &Answer, columns: &[&str]) {
    let class = if answer.rows().count() > LONG { "long" } else { "short" };
    html.element("details", &[("class", class)], |html| {
        html.leaf("summary", &[], &format!("Table: {caption}"));
        of_rows(html, caption, answer, columns);
    });
}

fn of_rows(html: &mut Html, caption: &str, answer: &Answer, columns: &[&str]) {
    let column = |name| {
        let mut cells = answer.rows().map(|row: Row<'_>| row.cell(name));
        let is_number = cells.any(|cell| matches!(cell, Cell::Count(_) | Cell::Number(_)));
        Column { name, heading: heading(name), is_number }
    };
    let columns: Vec<Column<'_>> = columns.iter().copied().map(column).collect();
    let headings: Vec<(&str, bool)> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| (column.heading.as_str(), column.is_number && place > 0))
        .collect();
    draw(html, caption, &headings, |html| {
        for row in answer.rows() {
            html.element("tr", &[], |html| write_row(html, row, &columns));
        }
    });
}

/// Writes a table with rows that somebody else makes; of each heading it is said whether numbers stand below it.
pub(super) fn draw(
    html: &mut Html,
    caption: &str,
    headings: &[(&str, bool)],
    rows: impl FnOnce(&mut Html),
) {
    // What is wider than the screen is moved by itself, also by the keyboard.
    let scrolled =
        [("class", "scrolled"), ("role", "region"), ("aria-label", caption), ("tabindex", "0")];
    html.element("div", &scrolled, |html| {
        html.element("table", &[], |html| {
            html.leaf("caption", &[], caption);
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    for (heading, is_number) in headings {
                        let class = if *is_number { "number" } else { "text" };
                        html.leaf("th", &[("scope", "col"), ("class", class)], heading);
                    }
                });
            });
            html.element("tbody", &[], rows);
        });
    });
}

fn write_row(html: &mut Html, row: Row<'_>, columns: &[Column<'_>]) {
    for (place, column) in columns.iter().enumerate() {
        let text = row.text(column.name);
        let text = if text.is_empty() { "–" } else { &text };
        if place == 0 {
            html.leaf("th", &[("scope", "row")], text);
        } else {
            let class = if column.is_number { "number" } else { "text" };
            html.leaf("td", &[("class", class)], text);
        }
    }
}

/// The name of a column in words, with its unit.
fn heading(column: &str) -> String {
    let units = [("_kg", " (kg)"), ("_rate", " rate (%)")];
    let unit = units.iter().find_map(|(end, unit)| Some((column.strip_suffix(end)?, unit)));
    let (name, unit) = unit.map_or((column, ""), |(name, unit)| (name, *unit));
    format!("{}{unit}", name.replace('_', " "))
}

/// Writes what the figures of a mart mean below a line that opens it.
pub(super) fn definitions(html: &mut Html, mart: &str) {
    html.element("details", &[("class", "short")], |html| {
        html.leaf("summary", &[], "What these figures mean");
        prose::write(html, definitions::section(mart));
    });
}

/// Says what is not shown, and where it is.
pub(super) fn left_out(html: &mut Html, answer: &Answer, what: &str, mart: &str) {
    let left_out = answer.left_out();
    if left_out > 0 {
        html.element("p", &[("class", "left-out")], |html| {
            html.text(&format!("{what} left out: {left_out}. "));
            html.leaf("code", &[], &format!("etl query {mart}"));
            html.text(" has all of them.");
        });
    }
}

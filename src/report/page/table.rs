//! Tables, each with a caption and headings that a screen reader can tell from the rest.

use super::answer::{Answer, Row};
use super::html::Html;
use super::prose;
use crate::model::query::Cell;
use crate::report::definitions;

/// Writes the rows of an answer below a line that opens them.
pub(super) fn folded(html: &mut Html, caption: &str, answer: &Answer, columns: &[&str]) {
    html.element("details", &[], |html| {
        html.leaf("summary", &[], &format!("Table: {caption}"));
        of_rows(html, caption, answer, columns);
    });
}

fn of_rows(html: &mut Html, caption: &str, answer: &Answer, columns: &[&str]) {
    let headings: Vec<String> = columns.iter().map(|column| heading(column)).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    draw(html, caption, &headings, |html| {
        for row in answer.rows() {
            html.element("tr", &[], |html| write_row(html, row, columns));
        }
    });
}

/// Writes a table with rows that somebody else makes.
pub(super) fn draw(
    html: &mut Html,
    caption: &str,
    headings: &[&str],
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
                    for heading in headings {
                        html.leaf("th", &[("scope", "col")], heading);
                    }
                });
            });
            html.element("tbody", &[], rows);
        });
    });
}

fn write_row(html: &mut Html, row: Row<'_>, columns: &[&str]) {
    for (place, column) in columns.iter().enumerate() {
        let text = row.text(column);
        let text = if text.is_empty() { "–" } else { &text };
        match row.cell(column) {
            _ if place == 0 => html.leaf("th", &[("scope", "row")], text),
            Cell::Count(_) | Cell::Number(_) => html.leaf("td", &[("class", "number")], text),
            _ => html.leaf("td", &[], text),
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
    html.element("details", &[], |html| {
        html.leaf("summary", &[], "What these figures mean");
        prose::write(html, definitions::section(mart));
    });
}

/// Says what is not shown, and where it is.
pub(super) fn left_out(html: &mut Html, answer: &Answer, what: &str, mart: &str) {
    let left_out = answer.left_out();
    if left_out > 0 {
        html.element("p", &[("class", "left-out")], |html| {
            html.text(&format!("{what} {left_out} more are left out: "));
            html.leaf("code", &[], &format!("etl query {mart}"));
            html.text(" has all.");
        });
    }
}

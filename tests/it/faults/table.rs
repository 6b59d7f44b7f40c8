//! The table as a reader sees it: every row by number, frozen, and what cannot be made on a plain machine.

use std::collections::BTreeSet;

use super::{
    Ends, On, Row, bodies, database, database_transactions, documents, semantics, statuses, wire,
};

/// The sections of the table, in its order.
const SECTIONS: &[(&str, &[Row])] = &[
    ("The wire", wire::ROWS),
    ("Bodies", bodies::ROWS),
    ("Statuses", statuses::ROWS),
    ("Semantics of the API", semantics::ROWS),
    ("Documents", documents::ROWS),
    ("Database", database::ROWS),
    ("Transactions", database_transactions::ROWS),
];

/// Faults that are tested where they are more than a row: number, and the test.
const ELSEWHERE: &[(u32, &str)] = &[];

/// Faults that cannot be made on a plain machine: number, name, why.
const NOT_MADE: &[(u32, &str, &str)] = &[];

#[test]
fn the_table_is_what_readers_are_shown() {
    let mut lines = vec![];
    for (section, rows) in SECTIONS {
        lines.push(format!("# {section}"));
        lines.extend(rows.iter().map(line));
    }
    let elsewhere = ELSEWHERE.iter().map(|(number, test)| format!("{number} | {test}"));
    lines.extend(std::iter::once("# Tested elsewhere".to_owned()).chain(elsewhere));
    let not_made = NOT_MADE.iter().map(|(number, name, why)| format!("{number} | {name} | {why}"));
    lines.extend(std::iter::once("# Not made".to_owned()).chain(not_made));
    freeze!("faults__table", lines.join("\n"));
}

fn line(row: &Row) -> String {
    let Row { number, name, how, .. } = row;
    let on = match row.on {
        On::Both => "both",
        On::Sqlite => "SQLite",
        On::Postgres => "PostgreSQL",
    };
    let ends = match row.ends {
        Ends::Well => "0".to_owned(),
        Ends::Failing(code, kind) => format!("{code} {kind}"),
        Ends::Silent(code) => code.to_string(),
    };
    format!("{number} | {name} | {how} | {on} | {ends}")
}

#[test]
fn no_number_stands_for_two_rows() {
    let mut seen = BTreeSet::new();
    for row in SECTIONS.iter().flat_map(|(_, rows)| *rows) {
        assert!(seen.insert(row.number), "two rows are called {}", row.number);
    }
}

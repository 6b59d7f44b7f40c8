//! A CREATE TABLE of SQLite taken apart: its catalog keeps the text, and no CHECK but there.

use crate::migrate::script::{Token, joined, plain};
use crate::model::catalog::{Kind, Thing};

/// The words that end a column's type.
const CLAUSES: [&str; 10] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
];

/// The table with its columns and constraints.
pub(super) fn table(name: &str, words: &[Token<'_>]) -> Vec<Thing> {
    let opens = words.iter().position(|word| word.text == "(");
    // A virtual table is what its module makes of it.
    let is_virtual = words.get(1).is_some_and(|word| word.is("virtual"));
    let Some(opens) = opens.filter(|_| !is_virtual) else {
        return vec![Thing::new(Kind::Table, name, "", joined(words))];
    };
    let (parts, closes) = parts(words, opens);
    let options = joined(words.get(closes + 1..).unwrap_or_default());
    let mut things = vec![Thing::new(Kind::Table, name, "", options)];
    let mut place = 0;
    for part in parts {
        if starts_constraint(part) {
            things.extend(Clauses::read(part, "").things(name));
        } else if let Some((column, declared)) = part.split_first() {
            place += 1;
            things.extend(column_things(name, &plain(column.text), declared, place));
        }
    }
    things
}

fn starts_constraint(part: &[Token<'_>]) -> bool {
    const CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];
    part.first().is_some_and(|first| CONSTRAINTS.iter().any(|word| first.is(word)))
}

/// What stands between the commas of the outermost parentheses, and where those close.
fn parts<'a, 't>(words: &'a [Token<'t>], opens: usize) -> (Vec<&'a [Token<'t>]>, usize) {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut from = opens + 1;
    for (at, word) in words.iter().enumerate().skip(opens) {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 || (depth == 1 && word.text == ",") {
            parts.extend(words.get(from..at));
            from = at + 1;
        }
        if depth == 0 {
            return (parts, at);
        }
    }
    (parts, words.len())
}

fn column_things(table: &str, column: &str, declared: &[Token<'_>], place: i64) -> Vec<Thing> {
    let is_clause = |word: &Token<'_>| CLAUSES.iter().any(|clause| word.is(clause));
    let end = declared.iter().position(is_clause).unwrap_or(declared.len());
    let (kind, rest) = declared.split_at(end);
    let mut clauses = Clauses::read(rest, column);
    let mut words = vec![joined(kind).replace(", ", ",")];
    words.append(&mut clauses.of_column);
    words.retain(|word| !word.is_empty());
    let thing = Thing { place, ..Thing::new(Kind::Column, table, column, words.join(", ")) };
    let mut things = vec![thing];
    things.extend(clauses.things(table));
    things
}

/// The clauses behind a column's type, or of a table's constraint.
#[derive(Default)]
struct Clauses {
    of_column: Vec<String>,
    constraints: Vec<(Kind, String, String)>,
}

impl Clauses {
    /// Those of a column, or with an empty name those of the table.
    fn read(words: &[Token<'_>], column: &str) -> Self {
        let mut clauses = Self::default();
        let mut name = String::new();
        let mut rest = words;
        while let Some((first, others)) = rest.split_first() {
            if first.is("constraint") {
                name = others.first().map(|word| plain(word.text)).unwrap_or_default();
                rest = others.get(1..).unwrap_or_default();
                continue;
            }
            let (clause, left) = rest.split_at(end_of_clause(rest));
            clauses.take(clause, column, std::mem::take(&mut name));
            rest = left;
        }
        clauses
    }

    fn take(&mut self, clause: &[Token<'_>], column: &str, name: String) {
        let Some(first) = clause.first() else { return };
        let behind = |count: usize| joined(clause.get(count..).unwrap_or_default());
        let own = |text: String| if column.is_empty() { text } else { format!("({column})") };
        if first.is("primary") {
            if clause.iter().any(|word| word.is("autoincrement")) {
                self.of_column.push("numbered".to_owned());
            }
            self.constraints.push((Kind::Key, name, own(behind(2))));
        } else if first.is("unique") {
            self.constraints.push((Kind::Unique, name, own(behind(1))));
        } else if first.is("check") {
            self.constraints.push((Kind::Check, name, behind(1)));
        } else if first.is("references") {
            self.constraints.push((Kind::Reference, name, format!("({column}) {}", behind(0))));
        } else if first.is("foreign") {
            self.constraints.push((Kind::Reference, name, behind(2)));
        } else {
            self.of_column.push(joined(clause));
        }
    }

    fn things(self, table: &str) -> Vec<Thing> {
        let thing = |(kind, name, definition): (Kind, String, String)| {
            // A constraint without a name is named by what it says, so that two of them are two.
            if name.is_empty() && kind != Kind::Key {
                Thing::new(kind, table, &definition, String::new())
            } else {
                Thing::new(kind, table, &name, definition)
            }
        };
        self.constraints.into_iter().map(thing).collect()
    }
}

/// Up to the next word that begins a clause, outside parentheses.
fn end_of_clause(words: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate() {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let begins = CLAUSES.iter().any(|clause| word.is(clause));
        let goes_on = words.first().is_some_and(|first| {
            // NOT NULL, DEFAULT NULL, ON DELETE SET NULL, ... REFERENCES of a FOREIGN KEY, NOT DEFERRABLE
            (at == 1 && (first.is("not") || first.is("default")))
                || first.is("foreign")
                || (first.is("references") && !word.is("constraint"))
        });
        if at > 0 && depth == 0 && begins && !goes_on {
            return at;
        }
    }
    words.len()
}

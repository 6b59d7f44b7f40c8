//! What a database says it is made of, in words that can be compared: with what the steps make, and line by line.

mod declaration;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;
use std::fmt;

use super::ledger::{CHECKSUMS, LEDGER};
use super::steps::Step;
use super::verify::{Finding, FindingKind};
use crate::db::{AnyConnection, DbError};

/// The longest definition that is shown whole beside another.
const SHORT: usize = 120;
/// How much is shown in front of the first difference, and from there on.
const AROUND: (usize, usize) = (20, 80);

/// Kinds of things, in the order in which they are listed. Those of a table stand with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Type,
    Sequence,
    Table,
    Column,
    Key,
    Unique,
    Check,
    Reference,
    Index,
    Trigger,
    View,
    Function,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::Column => "column",
            Self::Key => "key",
            Self::Unique => "unique",
            Self::Check => "check",
            Self::Reference => "foreign key",
            Self::Index => "index",
            Self::Trigger => "trigger",
            Self::View => "view",
            Self::Function => "function",
        }
    }

    /// Types and sequences first, then the tables, each with what it has, then what is made of them.
    fn group(self) -> usize {
        match self {
            Self::Type => 0,
            Self::Sequence => 1,
            Self::View => 3,
            Self::Function => 4,
            _ => 2,
        }
    }
}

/// One thing in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) kind: Kind,
    /// The table that it belongs to, or its own name.
    pub(crate) table: String,
    /// Its name within the table, where it has one.
    pub(crate) name: String,
    /// The place of a column, from 1.
    place: i64,
    pub(crate) definition: String,
}

impl Thing {
    fn new(kind: Kind, table: &str, name: &str, definition: String) -> Self {
        Self { kind, table: table.to_owned(), name: name.to_owned(), place: 0, definition }
    }

    fn order(&self) -> (usize, &str, Kind, i64, &str) {
        (self.kind.group(), &self.table, self.kind, self.place, &self.name)
    }

    /// Says whether it is part of a table that is not among these: the table is then all there is to tell.
    fn goes_with_its_table(&self, others: &BTreeMap<String, String>) -> bool {
        let table = format!("{} {}", Kind::Table.word(), self.table);
        self.kind.group() == Kind::Table.group()
            && self.kind != Kind::Table
            && !others.contains_key(&table)
    }

    fn subject(&self) -> String {
        let within = if self.name.is_empty() { String::new() } else { format!(".{}", self.name) };
        format!("{} {}{within}", self.kind.word(), self.table)
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject())?;
        if !self.definition.is_empty() {
            write!(f, ": {}", self.definition)?;
        }
        Ok(())
    }
}

/// Everything that was made in the database, but for the migrator's own tables.
pub(crate) fn describe(connection: &mut AnyConnection) -> Result<Vec<Thing>, DbError> {
    let mut things = match connection {
        AnyConnection::Postgres(connection) => postgres::describe(connection),
        AnyConnection::Sqlite(connection) => sqlite::describe(connection),
    }
    .map_err(|error| DbError::from(error).while_doing("reading the catalog"))?;
    things.retain(|thing| thing.table != LEDGER && thing.table != CHECKSUMS);
    things.sort_by(|one, other| one.order().cmp(&other.order()));
    Ok(things)
}

/// Everything that the steps make, made once more where it is gone at once.
pub(super) fn describe_scratch(
    connection: &mut AnyConnection,
    steps: &[&'static Step],
) -> Result<Vec<Thing>, DbError> {
    match connection {
        AnyConnection::Postgres(_) => postgres::describe_scratch(connection, steps),
        AnyConnection::Sqlite(_) => sqlite::describe_scratch(steps),
    }
    .map_err(|error| error.while_doing("making the schema once more to compare with"))
}

/// What differs, in the order of the catalog.
pub(super) fn compare(found: &[Thing], made: &[Thing]) -> Vec<Finding> {
    let by_subject = |things: &[Thing]| -> BTreeMap<String, String> {
        things.iter().map(|thing| (thing.subject(), described(thing))).collect()
    };
    let (in_database, in_steps) = (by_subject(found), by_subject(made));
    let mut findings = Vec::new();
    for thing in made {
        let subject = thing.subject();
        let (kind, detail) = match in_database.get(&subject) {
            None if thing.goes_with_its_table(&in_database) => continue,
            None => (FindingKind::Lost, "the migrations make it, and it is not there".to_owned()),
            Some(is) if *is != described(thing) => {
                let (is, should_be) = difference(is, &described(thing));
                (FindingKind::Changed, format!("it is {is:?}, the migrations make {should_be:?}"))
            }
            Some(_) => continue,
        };
        findings.push(Finding { kind, subject, detail });
    }
    for thing in found {
        let subject = thing.subject();
        if !in_steps.contains_key(&subject) && !thing.goes_with_its_table(&in_steps) {
            let detail = "it is there, and no migration makes it".to_owned();
            findings.push(Finding { kind: FindingKind::Unexpected, subject, detail });
        }
    }
    findings
}

/// The definition, with the place of a column, which a dump shows by its order.
fn described(thing: &Thing) -> String {
    match thing.place {
        0 => thing.definition.clone(),
        place => format!("{} (column {place})", thing.definition),
    }
}

/// Two definitions, or of long ones what stands around the first difference.
fn difference(one: &str, other: &str) -> (String, String) {
    if one.len() <= SHORT && other.len() <= SHORT {
        return (one.to_owned(), other.to_owned());
    }
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let (before, after) = AROUND;
    let cut = |text: &str| -> String {
        let shown: String =
            text.chars().skip(same.saturating_sub(before)).take(before + after).collect();
        format!("... {shown} ...")
    };
    (cut(one), cut(other))
}

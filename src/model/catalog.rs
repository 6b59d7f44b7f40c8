//! One thing that a database is made of, in words that can be compared.

use std::fmt;

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
    pub(crate) fn group(self) -> usize {
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
    pub(crate) place: i64,
    pub(crate) definition: String,
}

impl Thing {
    pub(crate) fn new(kind: Kind, table: &str, name: &str, definition: String) -> Self {
        Self { kind, table: table.to_owned(), name: name.to_owned(), place: 0, definition }
    }

    pub(crate) fn order(&self) -> (usize, &str, Kind, i64, &str) {
        (self.kind.group(), &self.table, self.kind, self.place, &self.name)
    }

    pub(crate) fn subject(&self) -> String {
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

//! What a database says it is made of, in words that can be compared: with what the steps make, and line by line.

mod declaration;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;

use diesel::sqlite::SqliteConnection;

use super::ledger::{CHECKSUMS, LEDGER};
use super::steps::Step;
use crate::db::{AnyConnection, DbError};
use crate::model::catalog::{Kind, Thing};
use crate::model::migration::{Finding, FindingKind};

/// The longest definition that is shown whole beside another.
const SHORT: usize = 120;
/// How much is shown in front of the first difference, and from there on.
const AROUND: (usize, usize) = (20, 80);

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

/// Says of a file, without making the schema once more, that all in it that acts on what is written is what the
/// migrations of this program make, to the letter. One that is not so may yet be the same in other words.
pub(super) fn is_as_made(connection: &mut SqliteConnection) -> Result<bool, DbError> {
    let digest = sqlite::digest(connection);
    let failed = |error| DbError::from(error).while_doing("reading the catalog");
    Ok(digest.map_err(failed)? == sqlite::MADE)
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
            None if goes_with_its_table(thing, &in_database) => continue,
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
        if !in_steps.contains_key(&subject) && !goes_with_its_table(thing, &in_steps) {
            let detail = "it is there, and no migration makes it".to_owned();
            findings.push(Finding { kind: FindingKind::Unexpected, subject, detail });
        }
    }
    findings
}

/// Says whether it is part of a table that is not among these: the table is then all there is to tell.
fn goes_with_its_table(thing: &Thing, others: &BTreeMap<String, String>) -> bool {
    let table = format!("{} {}", Kind::Table.word(), thing.table);
    thing.kind.group() == Kind::Table.group()
        && thing.kind != Kind::Table
        && !others.contains_key(&table)
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

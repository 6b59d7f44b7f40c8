//! The rules that a launch document must keep, each written once, named as its code.
//!
//! | code | of | broken by |
//! | --- | --- | --- |
//! | `not_an_object`, `duplicate_key`, `not_utf8`, `unreadable` | `document` | JSON that is no object, has a key twice, holds bytes that are no UTF-8, cannot be parsed |
//! | `missing` | every field | a key that is not there: missing is not null |
//! | `null` | `id`, `name`, `date_utc`, `date_precision`, `upcoming`, `flight_number`, `payloads`, ids of references | null where a value is needed |
//! | `wrong_type` | every field | another JSON type than the field's |
//! | `not_an_id` | `id`, ids of references | anything but 24 hex digits |
//! | `blank` | `name` | no character but white space |
//! | `too_long` | `name` | more than 255 characters |
//! | `nul_character` | `name`, names of references | U+0000, which PostgreSQL cannot store |
//! | `not_a_timestamp` | `date_utc`, `static_fire_date_utc` | anything but strict RFC 3339 with a zone |
//! | `timestamp_out_of_range` | the same | a year before 1950 or after 2100 |
//! | `unknown_precision` | `date_precision` | anything but `half`, `quarter`, `year`, `month`, `day`, `hour` |
//! | `flight_number_out_of_range` | `flight_number` | anything but a whole number from 1 to 2147483647 |
//! | `unresolved` | an entry of `payloads` | a reference that resolves to nothing and whose id is not known |
//! | `mass_out_of_range` | `mass_kg` of a payload | a negative mass, or 1e8 kg and more once rounded to hundredths |
//! | `total_mass_out_of_range` | `payloads` | payloads that weigh 1e8 kg and more together |
//!
//! Legal are: no payload, the same payload twice (it counts twice), no pad, no rocket, no static fire, one after the
//! launch, no outcome of a flown launch.

use std::borrow::Cow;
use std::collections::BTreeMap;

use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::mass::{self, Hundredths};
use super::timestamp;
use crate::model::document::{
    DocumentFault, Field, LaunchDocument, LaunchFields, PayloadReference, Reference,
};
use crate::model::shown::shown;

/// The name of the whole where no field can be named.
pub(crate) const DOCUMENT: &str = "document";

/// The name of an entry of a list, or of a reference, as a whole.
pub(crate) const ENTRY: &str = "";

/// Every name of a field, in the order in which breaches are listed.
pub(crate) const FIELDS: [&str; 14] = [
    DOCUMENT,
    ENTRY,
    "id",
    "name",
    "mass_kg",
    "date_utc",
    "date_precision",
    "static_fire_date_utc",
    "success",
    "upcoming",
    "flight_number",
    "launchpad",
    "rocket",
    "payloads",
];

/// The longest name in characters.
const LONGEST_NAME: usize = 255;

type Rule = fn(&str) -> Result<(), ValidationError>;

impl Validate for LaunchDocument {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        match &self.fields {
            Err(fault) => errors.add(DOCUMENT, unreadable(fault)),
            Ok(fields) => check(fields, &mut errors),
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The table: each field, whether it may be null, and the rules that its value must keep.
fn check(fields: &LaunchFields, errors: &mut ValidationErrors) {
    use Null::{Allowed, Refused};
    ask(errors, "id", &fields.id, Refused, &[not_an_id]);
    ask(errors, "name", &fields.name, Refused, &[blank, too_long, nul_character]);
    ask(errors, "date_utc", &fields.date_utc, Refused, &[not_a_timestamp, timestamp_out_of_range]);
    ask(errors, "date_precision", &fields.date_precision, Refused, &[unknown_precision]);
    ask(
        errors,
        "static_fire_date_utc",
        &fields.static_fire_date_utc,
        Allowed,
        &[not_a_timestamp, timestamp_out_of_range],
    );
    present(errors, "success", &fields.success, Allowed);
    present(errors, "upcoming", &fields.upcoming, Refused);
    ask(errors, "flight_number", &fields.flight_number, Refused, &[flight_number_out_of_range]);
    ask_reference(errors, "launchpad", &fields.launchpad);
    ask_reference(errors, "rocket", &fields.rocket);
    if let Some(payloads) = present(errors, "payloads", &fields.payloads, Refused) {
        ask_entries(errors, payloads);
    }
}

/// Whether a field may be null.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    Allowed,
    Refused,
}

/// Asks for a text's presence and type, then its rules, every one of them.
fn ask(
    errors: &mut ValidationErrors,
    field: &'static str,
    value: &Field<String>,
    null: Null,
    rules: &[Rule],
) {
    let Some(text) = present(errors, field, value, null) else { return };
    for error in rules.iter().filter_map(|rule| rule(text).err()) {
        errors.add(field, error);
    }
}

/// Asks for a field's presence and type.
fn present<'a, T>(
    errors: &mut ValidationErrors,
    field: &'static str,
    value: &'a Field<T>,
    null: Null,
) -> Option<&'a T> {
    match value {
        Field::Value(value) => return Some(value),
        Field::Null if null == Null::Allowed => {}
        Field::Null => errors.add(field, breach("null", "is null")),
        Field::Missing => errors.add(field, breach("missing", "is missing")),
        Field::Unreadable(what) => errors.add(field, wrong_type(what)),
    }
    None
}

/// A pad or a rocket: null, or an id, with a name where it resolved.
fn ask_reference(errors: &mut ValidationErrors, field: &'static str, reference: &Field<Reference>) {
    let Some(reference) = present(errors, field, reference, Null::Allowed) else { return };
    let mut nested = ValidationErrors::new();
    ask(&mut nested, "id", &reference.id, Null::Refused, &[not_an_id]);
    if reference.name != Field::Missing {
        ask(&mut nested, "name", &reference.name, Null::Allowed, &[nul_character]);
    }
    if !nested.is_empty() {
        nest(errors, field, ValidationErrorsKind::Struct(Box::new(nested)));
    }
}

/// The entries of the list of payloads, each on its own; the whole list only if each of them is good.
fn ask_entries(errors: &mut ValidationErrors, payloads: &[Field<PayloadReference>]) {
    let broken = payloads.iter().enumerate().filter_map(|(index, payload)| {
        let mut nested = ValidationErrors::new();
        ask_entry(&mut nested, payload);
        (!nested.is_empty()).then(|| (index, Box::new(nested)))
    });
    let broken: BTreeMap<_, _> = broken.collect();
    if !broken.is_empty() {
        nest(errors, "payloads", ValidationErrorsKind::List(broken));
    } else if let Err(error) = total_mass_out_of_range(payloads) {
        errors.add("payloads", error);
    }
}

fn ask_entry(errors: &mut ValidationErrors, entry: &Field<PayloadReference>) {
    if *entry == Field::Null {
        return errors.add(ENTRY, unresolved());
    }
    let Some(payload) = present(errors, ENTRY, entry, Null::Refused) else { return };
    ask(errors, "id", &payload.id, Null::Refused, &[not_an_id]);
    // Neither name nor mass: only the id is known, which is legal.
    if payload.name != Field::Missing || payload.mass_kg != Field::Missing {
        ask(errors, "name", &payload.name, Null::Allowed, &[nul_character]);
        ask(errors, "mass_kg", &payload.mass_kg, Null::Allowed, &[mass_out_of_range]);
    }
}

/// The breaches of the parts of a field; one that has breaches as a whole has no parts.
fn nest(errors: &mut ValidationErrors, field: &'static str, nested: ValidationErrorsKind) {
    errors.errors_mut().entry(Cow::Borrowed(field)).or_insert(nested);
}

fn breach(code: &'static str, message: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

fn unless(
    kept: bool,
    code: &'static str,
    message: impl FnOnce() -> String,
) -> Result<(), ValidationError> {
    if kept { Ok(()) } else { Err(breach(code, message())) }
}

/// A value as it stands in a message: its beginning.
fn quoted(text: &str) -> String {
    let dots = if text.chars().nth(60).is_some() { "..." } else { "" };
    format!("`{}{dots}`", shown(text, 60))
}

fn unreadable(fault: &DocumentFault) -> ValidationError {
    match fault {
        DocumentFault::NotAnObject => breach("not_an_object", "is no JSON object"),
        DocumentFault::DuplicateKey(key) => {
            breach("duplicate_key", format!("has the key {} twice", quoted(key)))
        }
        DocumentFault::NotUtf8 => breach("not_utf8", "holds bytes that are no UTF-8"),
        DocumentFault::Unreadable(why) => {
            breach("unreadable", format!("cannot be read: {}", quoted(why)))
        }
    }
}

fn wrong_type(what: &str) -> ValidationError {
    breach("wrong_type", format!("is {what}"))
}

fn unresolved() -> ValidationError {
    breach("unresolved", "names a payload that the source does not have, and its id is not known")
}

fn not_an_id(id: &str) -> Result<(), ValidationError> {
    let kept = id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit());
    unless(kept, "not_an_id", || format!("{} is no id of 24 hex digits", quoted(id)))
}

fn blank(name: &str) -> Result<(), ValidationError> {
    unless(!name.trim().is_empty(), "blank", || "is blank".to_owned())
}

fn too_long(name: &str) -> Result<(), ValidationError> {
    // Bytes first: they are never fewer than the characters.
    let kept = name.len() <= LONGEST_NAME || name.chars().count() <= LONGEST_NAME;
    unless(kept, "too_long", || {
        format!("has {} characters, more than {LONGEST_NAME}", name.chars().count())
    })
}

fn nul_character(text: &str) -> Result<(), ValidationError> {
    unless(!text.contains('\0'), "nul_character", || {
        format!("{} holds U+0000, which cannot be stored", quoted(text))
    })
}

fn not_a_timestamp(date: &str) -> Result<(), ValidationError> {
    let kept = timestamp::parse(date) != Err(timestamp::Fault::Malformed);
    unless(kept, "not_a_timestamp", || {
        format!("{} is no date of the form 2022-10-05T16:00:00.000Z", quoted(date))
    })
}

fn timestamp_out_of_range(date: &str) -> Result<(), ValidationError> {
    let kept = timestamp::parse(date) != Err(timestamp::Fault::OutOfRange);
    let (first, last) = (timestamp::YEARS.start(), timestamp::YEARS.end());
    unless(kept, "timestamp_out_of_range", || {
        format!("{} lies outside the years {first} to {last}", quoted(date))
    })
}

fn unknown_precision(precision: &str) -> Result<(), ValidationError> {
    const KNOWN: [&str; 6] = ["half", "quarter", "year", "month", "day", "hour"];
    unless(KNOWN.contains(&precision), "unknown_precision", || {
        format!("{} is none of {}", quoted(precision), KNOWN.join(", "))
    })
}

fn flight_number_out_of_range(number: &str) -> Result<(), ValidationError> {
    unless(read_flight_number(number).is_some(), "flight_number_out_of_range", || {
        format!("{} is no whole number from 1 to {}", quoted(number), i32::MAX)
    })
}

/// A whole number above zero, from its own text.
pub(crate) fn read_flight_number(number: &str) -> Option<i32> {
    number.parse().ok().filter(|number| *number >= 1)
}

fn mass_out_of_range(mass: &str) -> Result<(), ValidationError> {
    unless(mass::hundredths(mass).is_ok(), "mass_out_of_range", || {
        format!("{} kg is not from 0 to below 1e8 kg", quoted(mass))
    })
}

fn total_mass_out_of_range(payloads: &[Field<PayloadReference>]) -> Result<(), ValidationError> {
    let masses = payloads.iter().filter_map(|payload| match payload {
        Field::Value(PayloadReference { mass_kg: Field::Value(mass), .. }) => {
            mass::hundredths(mass).ok()
        }
        _ => None,
    });
    let total = masses.fold(0, Hundredths::saturating_add);
    unless(total < mass::END, "total_mass_out_of_range", || {
        "its payloads weigh 1e8 kg or more together".to_owned()
    })
}

//! Turns a document into a launch, or into a rejection that names every rule it broke, in a stable order.

mod mass;
mod rules;
mod timestamp;

use bigdecimal::BigDecimal;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use self::mass::Hundredths;
use crate::model::document::{Field, LaunchDocument, LaunchFields, PayloadReference, Reference};
use crate::model::fingerprint::fingerprint;
use crate::model::launch::{Launch, Named, Payload, Tracked};
use crate::model::rejection::{Breach, Rejection};

/// The launch that a document describes, if it keeps every rule.
pub(crate) fn validate(document: LaunchDocument) -> Result<Launch, Box<Rejection>> {
    if let Err(errors) = document.validate() {
        return Err(Rejection { document, breaches: breaches(&errors) }.into());
    }
    match launch(&document) {
        Some(launch) => Ok(launch),
        None => Err(contradiction(document).into()),
    }
}

/// What `/launches/latest` says of a launch: id and tracked fields, without a mass, which it does not carry.
pub(crate) fn latest(document: LaunchDocument) -> Result<(String, Tracked), Box<Rejection>> {
    let launch = validate(document)?;
    Ok((launch.launch_id, Tracked { total_payload_mass_kg: None, ..launch.tracked }))
}

/// A document that keeps the rules and yet makes no launch is a mistake of ours; it is kept like any other.
fn contradiction(document: LaunchDocument) -> Rejection {
    let breach = Breach {
        field: rules::DOCUMENT.to_owned(),
        code: "unreadable".to_owned(),
        message:
            "keeps every rule, but its values cannot be read: a mistake in etl, please report it"
                .to_owned(),
    };
    Rejection { document, breaches: vec![breach] }
}

/// Every breach, fields in the order of the rules' table, entries of a list in theirs.
fn breaches(errors: &ValidationErrors) -> Vec<Breach> {
    let mut found = Vec::new();
    collect(errors, "", &mut found);
    found
}

fn collect(errors: &ValidationErrors, path: &str, found: &mut Vec<Breach>) {
    for field in rules::FIELDS {
        let Some(kind) = errors.errors().get(field) else { continue };
        let path = match (path, field) {
            (path, rules::ENTRY) => path.to_owned(),
            ("", field) => field.to_owned(),
            (path, field) => format!("{path}.{field}"),
        };
        match kind {
            ValidationErrorsKind::Field(broken) => {
                found.extend(broken.iter().map(|error| breach(&path, error)));
            }
            ValidationErrorsKind::Struct(nested) => collect(nested, &path, found),
            ValidationErrorsKind::List(entries) => {
                for (index, nested) in entries {
                    collect(nested, &format!("{path}[{index}]"), found);
                }
            }
        }
    }
}

fn breach(field: &str, error: &ValidationError) -> Breach {
    let message = error.message.as_deref().unwrap_or_default().to_owned();
    Breach { field: field.to_owned(), code: error.code.to_string(), message }
}

/// The launch of a document that keeps the rules.
fn launch(document: &LaunchDocument) -> Option<Launch> {
    let fields = document.fields.as_ref().ok()?;
    let payloads = payloads(fields)?;
    let known: Vec<Hundredths> = payloads.iter().filter_map(|(_, mass)| *mass).collect();
    let tracked = Tracked {
        mission_name: value(&fields.name)?.clone(),
        date_utc: timestamp::parse(value(&fields.date_utc)?).ok()?,
        success: value(&fields.success).copied(),
        payload_ids: payloads.iter().map(|(payload, _)| payload.id.clone()).collect(),
        launchpad_id: id_of(&fields.launchpad),
        static_fire_date_utc: match value(&fields.static_fire_date_utc) {
            Some(text) => Some(timestamp::parse(text).ok()?),
            None => None,
        },
        total_payload_mass_kg: (!known.is_empty()).then(|| decimal(known.iter().sum())),
        upcoming: *value(&fields.upcoming)?,
        flight_number: rules::read_flight_number(value(&fields.flight_number)?)?,
        rocket_id: id_of(&fields.rocket),
        date_precision: value(&fields.date_precision)?.clone(),
    };
    let without_mass = payloads.len() - known.len();
    Some(Launch {
        launch_id: document.id.clone()?,
        fingerprint: fingerprint(&tracked),
        tracked,
        payloads_without_mass: i32::try_from(without_mass).unwrap_or(i32::MAX),
        unresolved_references: unresolved(fields),
        payloads: resolved_payloads(fields, &payloads),
        launchpad: named(&fields.launchpad),
        rocket: named(&fields.rocket),
    })
}

fn value<T>(field: &Field<T>) -> Option<&T> {
    match field {
        Field::Value(value) => Some(value),
        _ => None,
    }
}

/// The payloads in the source's order, each with its mass in hundredths where that is known: above zero.
fn payloads(fields: &LaunchFields) -> Option<Vec<(Payload, Option<Hundredths>)>> {
    let entries = value(&fields.payloads)?.iter().map(|entry| {
        let payload = value(entry)?;
        let mass = match value(&payload.mass_kg) {
            Some(text) => Some(mass::hundredths(text).ok()?).filter(|mass| *mass > 0),
            None => None,
        };
        let id = value(&payload.id)?.clone();
        let name = value(&payload.name).cloned();
        Some((Payload { id, name, mass_kg: mass.map(decimal) }, mass))
    });
    entries.collect()
}

fn resolved_payloads(
    fields: &LaunchFields,
    payloads: &[(Payload, Option<Hundredths>)],
) -> Vec<Payload> {
    let entries = value(&fields.payloads).into_iter().flatten();
    entries
        .zip(payloads)
        .filter(|(entry, _)| value(entry).is_some_and(|payload| !is_unresolved(payload)))
        .map(|(_, (payload, _))| payload.clone())
        .collect()
}

/// A payload of which only the id is known: nothing was populated, or it names no document.
fn is_unresolved(payload: &PayloadReference) -> bool {
    payload.name == Field::Missing && payload.mass_kg == Field::Missing
}

fn unresolved(fields: &LaunchFields) -> u32 {
    let lost = |reference: &Field<Reference>| {
        u32::from(value(reference).is_some_and(|reference| reference.name == Field::Missing))
    };
    let entries = value(&fields.payloads).into_iter().flatten();
    let payloads = entries.filter(|entry| value(entry).is_some_and(is_unresolved)).count();
    u32::try_from(payloads)
        .unwrap_or(u32::MAX)
        .saturating_add(lost(&fields.launchpad) + lost(&fields.rocket))
}

fn id_of(reference: &Field<Reference>) -> Option<String> {
    value(&value(reference)?.id).cloned()
}

/// The pad or rocket, where it resolved.
fn named(reference: &Field<Reference>) -> Option<Named> {
    let reference = value(reference)?;
    if reference.name == Field::Missing {
        return None;
    }
    Some(Named { id: value(&reference.id)?.clone(), name: value(&reference.name).cloned() })
}

fn decimal(hundredths: Hundredths) -> BigDecimal {
    BigDecimal::new(hundredths.into(), 2)
}

#[cfg(test)]
mod tests;

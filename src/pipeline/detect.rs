//! The early exit: one cheap question that tells whether there is anything new.

use crate::db::{AnyConnection, DbError, reading};
use crate::defect::may_strike;
use crate::load::launches::{highest_flown, living};
use crate::model::launch::Tracked;
use crate::source::Source;
use crate::validate;

/// What `/launches/latest` says about the rest.
pub(super) enum Detection {
    /// It equals our row, and none of ours is ahead of it.
    NothingNew,
    /// Something differs; the launch it named.
    Different { launch_id: String },
    /// It cannot be used: why.
    Unusable { reason: String },
}

/// Asks for the latest launch. Nothing about the answer is remembered: it is cached apart from the others.
pub(super) fn detect(
    source: &Source,
    connection: &mut AnyConnection,
) -> Result<Detection, super::RunError> {
    let document = match source.latest() {
        Ok(document) => document,
        // A sweep would ask the same server the same thing.
        Err(error) if error.is_final() => return Err(error.into()),
        Err(error) => return Ok(Detection::Unusable { reason: error.to_string() }),
    };
    may_strike("detect");
    match validate::latest(document) {
        Ok((launch_id, latest)) => {
            let same =
                reading(connection, |connection| equals_ours(connection, &launch_id, latest))?;
            Ok(if same { Detection::NothingNew } else { Detection::Different { launch_id } })
        }
        Err(rejection) => Ok(Detection::Unusable {
            reason: rejection
                .breaches
                .iter()
                .map(|breach| breach.message.as_str())
                .collect::<Vec<_>>()
                .join("; "),
        }),
    }
}

/// In every tracked field that the answer carries, which has no masses.
fn equals_ours(
    connection: &mut AnyConnection,
    launch_id: &str,
    latest: Tracked,
) -> Result<bool, DbError> {
    let Some(ours) = living(connection, launch_id)? else { return Ok(false) };
    let with_our_mass =
        Tracked { total_payload_mass_kg: ours.total_payload_mass_kg.clone(), ..latest };
    let is_highest = highest_flown(connection)?.is_none_or(|highest| highest <= ours.flight_number);
    Ok(!ours.upcoming && is_highest && with_our_mass == ours)
}

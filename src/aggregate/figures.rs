//! One expression per figure, over whole numbers: sums are exact, each is divided once and rounded once.

use bigdecimal::{BigDecimal, RoundingMode, Zero};
use chrono::{DateTime, Utc};
use diesel::dsl::{max, min};
use diesel::prelude::*;

use super::sums::Sums;
use crate::db::{AnyConnection, DbError, Timestamp};
use crate::model::figures::Figures;
use crate::schema::raw_launches;

/// The figures of the launches as they are now.
pub(crate) fn figures(connection: &mut AnyConnection) -> Result<Figures, DbError> {
    let sums = Sums::of_all(connection)?;
    from_sums(connection, &sums)
}

/// The figures of these sums; what is no sum is asked of the launches, at an end of an index each.
pub(super) fn from_sums(connection: &mut AnyConnection, sums: &Sums) -> Result<Figures, DbError> {
    let percent = |divisor: i128| quotient(sums.succeeded * 100, divisor);
    let delay_micros = sums.delay_whole_seconds * 1_000_000 + sums.delay_rest_micros;
    let (earliest_launch_date, latest_launch_date) = range_of_dates(connection)?;
    Ok(Figures {
        total_launches: to_count(sums.launches),
        success_rate: percent(sums.launches),
        completed_success_rate: percent(sums.succeeded + sums.failed),
        total_successful_launches: to_count(sums.succeeded),
        total_failed_launches: to_count(sums.failed),
        total_upcoming_launches: to_count(sums.upcoming),
        earliest_launch_date,
        latest_launch_date,
        total_launch_sites: count_pads(connection)?,
        average_payload_mass_kg: quotient(sums.mass_hundredths, sums.with_mass * 100),
        average_delay_hours: quotient(delay_micros, sums.with_delay * 3_600_000_000),
    })
}

type Dates = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Asked one by one: together, SQLite reads every launch for them.
fn range_of_dates(connection: &mut AnyConnection) -> Result<Dates, DbError> {
    let living = raw_launches::table.filter(raw_launches::deleted_at.is_null());
    let earliest: Option<Timestamp> =
        living.select(min(raw_launches::date_utc)).first(connection)?;
    let latest: Option<Timestamp> = living.select(max(raw_launches::date_utc)).first(connection)?;
    Ok((earliest.map(|date| date.0), latest.map(|date| date.0)))
}

/// Distinct pads, one step along their index each: they are few, whatever the number of launches.
fn count_pads(connection: &mut AnyConnection) -> Result<i64, DbError> {
    let living = raw_launches::table.filter(raw_launches::deleted_at.is_null());
    let mut pads = 0;
    let mut next: Option<String> =
        living.select(min(raw_launches::launchpad_id)).first(connection)?;
    while let Some(pad) = next {
        pads += 1;
        next = living
            .filter(raw_launches::launchpad_id.gt(pad))
            .select(min(raw_launches::launchpad_id))
            .first(connection)?;
    }
    Ok(pads)
}

/// Rounded half away from zero to two decimals; nothing divided by nothing is no figure.
fn quotient(sum: i128, divisor: i128) -> Option<BigDecimal> {
    let (sum, divisor) = (BigDecimal::from(sum), BigDecimal::from(divisor));
    (!divisor.is_zero()).then(|| (sum / divisor).with_scale_round(2, RoundingMode::HalfUp))
}

/// A number of rows.
fn to_count(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::quotient;

    #[test]
    fn a_quotient_is_rounded_half_away_from_zero_once() {
        let rate = |a: i128, b: i128| quotient(a, b).map(|q| q.to_plain_string());
        assert_eq!(rate(15_400, 173).as_deref(), Some("89.02"));
        assert_eq!(rate(1, 200).as_deref(), Some("0.01"));
        assert_eq!(rate(-1, 200).as_deref(), Some("-0.01"));
        assert_eq!(rate(1, 0), None);
    }
}

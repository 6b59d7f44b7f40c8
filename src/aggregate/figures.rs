//! One expression per figure, over whole numbers: sums are exact, each is divided once and rounded once.

use bigdecimal::{BigDecimal, RoundingMode, Zero};
use diesel::dsl::{count, count_star, max, min};
use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Decimal, Timestamp};
use crate::model::figures::Figures;
use crate::views::launch_figure_inputs as inputs;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The sum of whole numbers without a bound: PostgreSQL answers it as a numeric.
    #[sql_name = "sum"]
    #[aggregate]
    fn sum_exact(
        x: diesel::sql_types::Nullable<diesel::sql_types::BigInt>,
    ) -> diesel::sql_types::Nullable<crate::sql_types::Numeric>;
}

#[derive(Queryable)]
struct Sums {
    launches: i64,
    succeeded: Option<Decimal>,
    failed: Option<Decimal>,
    upcoming: Option<Decimal>,
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
    with_mass: i64,
    mass_hundredths: Option<Decimal>,
    with_delay: i64,
    delay_whole_seconds: Option<Decimal>,
    delay_rest_micros: Option<Decimal>,
}

/// The figures of the launches as they are now.
pub(crate) fn figures(connection: &mut AnyConnection) -> Result<Figures, DbError> {
    let sums: Sums = inputs::table
        .select((
            count_star(),
            sum_exact(inputs::succeeded.nullable()),
            sum_exact(inputs::failed.nullable()),
            sum_exact(inputs::upcoming.nullable()),
            min(inputs::date_utc),
            max(inputs::date_utc),
            count(inputs::mass_hundredths),
            sum_exact(inputs::mass_hundredths),
            count(inputs::delay_whole_seconds),
            sum_exact(inputs::delay_whole_seconds),
            sum_exact(inputs::delay_rest_micros),
        ))
        .first(connection)
        .map_err(|error| DbError::from(error).while_doing("computing the figures"))?;
    // Asked for as rows: a handful, for which PostgreSQL need not sort all launches as for a distinct count.
    let sites: Vec<Option<String>> = inputs::table
        .filter(inputs::launchpad_id.is_not_null())
        .select(inputs::launchpad_id)
        .distinct()
        .load(connection)?;
    let sites = i64::try_from(sites.len()).unwrap_or(i64::MAX);
    Ok(from_sums(sums, sites))
}

fn from_sums(sums: Sums, total_launch_sites: i64) -> Figures {
    let whole = |sum: Option<Decimal>| sum.map_or_else(BigDecimal::zero, |sum| sum.0);
    let (succeeded, failed, upcoming) =
        (whole(sums.succeeded), whole(sums.failed), whole(sums.upcoming));
    let delay_micros = whole(sums.delay_whole_seconds) * 1_000_000 + whole(sums.delay_rest_micros);
    Figures {
        total_launches: sums.launches,
        success_rate: quotient(&succeeded * 100, sums.launches.into()),
        completed_success_rate: quotient(&succeeded * 100, &succeeded + &failed),
        total_successful_launches: to_count(&succeeded),
        total_failed_launches: to_count(&failed),
        total_upcoming_launches: to_count(&upcoming),
        earliest_launch_date: sums.earliest.map(|date| date.0),
        latest_launch_date: sums.latest.map(|date| date.0),
        total_launch_sites,
        average_payload_mass_kg: quotient(
            whole(sums.mass_hundredths),
            BigDecimal::from(sums.with_mass) * 100,
        ),
        average_delay_hours: quotient(
            delay_micros,
            BigDecimal::from(sums.with_delay) * 3_600_000_000_i64,
        ),
    }
}

/// Rounded half away from zero to two decimals; nothing divided by nothing is no figure.
fn quotient(sum: BigDecimal, divisor: BigDecimal) -> Option<BigDecimal> {
    (!divisor.is_zero()).then(|| (sum / divisor).with_scale_round(2, RoundingMode::HalfUp))
}

/// A sum of ones over the rows of a table.
fn to_count(sum: &BigDecimal) -> i64 {
    bigdecimal::ToPrimitive::to_i64(sum).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::quotient;

    #[test]
    fn a_quotient_is_rounded_half_away_from_zero_once() {
        let rate = |a: i64, b: i64| quotient(a.into(), b.into()).map(|q| q.to_plain_string());
        assert_eq!(rate(15_400, 173).as_deref(), Some("89.02"));
        assert_eq!(rate(1, 200).as_deref(), Some("0.01"));
        assert_eq!(rate(-1, 200).as_deref(), Some("-0.01"));
        assert_eq!(rate(1, 0), None);
    }
}

//! The figures a second way: whole numbers, added up row by row.

use std::collections::HashSet;

use bigdecimal::{BigDecimal, ToPrimitive};
use chrono::{DateTime, SecondsFormat, Utc};

use super::snapshots::StoredSums;
use super::versions::Content;
use crate::model::figures::Figures;

/// The sums behind the figures of the launches that lived at one instant.
#[derive(Debug, Default)]
pub(super) struct Sums {
    launches: i64,
    succeeded: i64,
    failed: i64,
    upcoming: i64,
    earliest: Option<DateTime<Utc>>,
    latest: Option<DateTime<Utc>>,
    pads: HashSet<String>,
    with_mass: i64,
    mass_hundredths: i128,
    with_delay: i64,
    delay_whole_seconds: i128,
    delay_rest_micros: i128,
}

impl Sums {
    /// Adds a launch; one with a tombstone counts for nothing.
    pub(super) fn add(&mut self, launch: &Content) {
        if launch.is_tombstone() {
            return;
        }
        let date = launch.date_utc.0;
        self.launches += 1;
        self.succeeded += i64::from(launch.success == Some(true));
        self.failed += i64::from(launch.success == Some(false));
        self.upcoming += i64::from(launch.upcoming == Some(true));
        self.earliest = Some(self.earliest.map_or(date, |earliest| earliest.min(date)));
        self.latest = self.latest.max(Some(date));
        if let Some(pad) = launch.launchpad_id.as_ref().filter(|pad| !self.pads.contains(*pad)) {
            self.pads.insert(pad.clone());
        }
        if let Some(mass) = &launch.total_payload_mass_kg {
            self.with_mass += 1;
            self.mass_hundredths +=
                (mass.with_scale(2) * BigDecimal::from(100)).to_i128().unwrap_or_default();
        }
        if let Some(fire) = launch.static_fire_date_utc.map(|fire| fire.0)
            && launch.upcoming == Some(false)
            && fire <= date
        {
            self.with_delay += 1;
            let delay = date.timestamp_micros() - fire.timestamp_micros();
            self.delay_whole_seconds += i128::from(delay / 1_000_000);
            self.delay_rest_micros += i128::from(delay % 1_000_000);
        }
    }

    pub(super) fn figures(&self) -> Figures {
        let known = self.succeeded + self.failed;
        let percent = |of: i64| hundredths(i128::from(self.succeeded) * 100 * 100, of.into());
        Figures {
            total_launches: self.launches,
            total_successful_launches: self.succeeded,
            total_failed_launches: self.failed,
            total_upcoming_launches: self.upcoming,
            success_rate: percent(self.launches),
            completed_success_rate: percent(known),
            earliest_launch_date: self.earliest,
            latest_launch_date: self.latest,
            total_launch_sites: i64::try_from(self.pads.len()).unwrap_or(i64::MAX),
            average_payload_mass_kg: hundredths(self.mass_hundredths, self.with_mass.into()),
            average_delay_hours: hundredths(
                (self.delay_whole_seconds * 1_000_000 + self.delay_rest_micros) * 100,
                i128::from(self.with_delay) * 3_600_000_000,
            ),
        }
    }
}

/// Where a snapshot's sums are not those of the rows, one sentence each; what it did not keep is passed by.
pub(super) fn wrong_sums(stored: &StoredSums, recomputed: &Sums) -> Vec<String> {
    let pairs = [
        ("launches_with_mass", stored.launches_with_mass, recomputed.with_mass.into()),
        ("total_mass_hundredths", stored.total_mass_hundredths, recomputed.mass_hundredths),
        ("launches_with_delay", stored.launches_with_delay, recomputed.with_delay.into()),
        (
            "total_delay_whole_seconds",
            stored.total_delay_whole_seconds,
            recomputed.delay_whole_seconds,
        ),
        ("total_delay_rest_micros", stored.total_delay_rest_micros, recomputed.delay_rest_micros),
    ];
    let differs = |(name, stored, recomputed): (&str, Option<i64>, i128)| {
        let stored = stored.filter(|stored| i128::from(*stored) != recomputed)?;
        Some(format!("{name} is {stored}, the rows give {recomputed}"))
    };
    pairs.into_iter().filter_map(differs).collect()
}

/// The quotient as a number of hundredths, rounded half away from zero.
fn hundredths(sum: i128, divisor: i128) -> Option<BigDecimal> {
    if divisor == 0 {
        return None;
    }
    let rounded = (2 * sum + sum.signum() * divisor) / (2 * divisor);
    Some(BigDecimal::new(rounded.into(), 2))
}

/// The names and texts of the figures, to be compared and shown.
pub(super) fn as_text(figures: &Figures) -> [(&'static str, String); 11] {
    let number = |figure: &Option<BigDecimal>| {
        figure.as_ref().map_or_else(|| "null".to_owned(), BigDecimal::to_plain_string)
    };
    let at = |at: Option<DateTime<Utc>>| at.map_or_else(|| "null".to_owned(), instant);
    [
        ("total_launches", figures.total_launches.to_string()),
        ("total_successful_launches", figures.total_successful_launches.to_string()),
        ("total_failed_launches", figures.total_failed_launches.to_string()),
        ("total_upcoming_launches", figures.total_upcoming_launches.to_string()),
        ("success_rate", number(&figures.success_rate)),
        ("completed_success_rate", number(&figures.completed_success_rate)),
        ("earliest_launch_date", at(figures.earliest_launch_date)),
        ("latest_launch_date", at(figures.latest_launch_date)),
        ("total_launch_sites", figures.total_launch_sites.to_string()),
        ("average_payload_mass_kg", number(&figures.average_payload_mass_kg)),
        ("average_delay_hours", number(&figures.average_delay_hours)),
    ]
}

/// What two sets of figures disagree in, one sentence each.
pub(super) fn discrepancies(stored: &Figures, recomputed: &Figures) -> Vec<String> {
    let pairs = as_text(stored).into_iter().zip(as_text(recomputed));
    pairs
        .filter(|((_, stored), (_, recomputed))| stored != recomputed)
        .map(|((name, stored), (_, recomputed))| {
            format!("{name} is {stored}, the rows give {recomputed}")
        })
        .collect()
}

/// An instant as both databases hold it.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn a_quotient_is_rounded_half_away_from_zero() {
        let text = |sum, divisor| hundredths(sum, divisor).map(|q| q.to_plain_string());
        assert_eq!(text(154 * 10_000, 173).as_deref(), Some("89.02"));
        assert_eq!(text(1, 2).as_deref(), Some("0.01"));
        assert_eq!(text(-1, 2).as_deref(), Some("-0.01"));
        assert_eq!(text(-1, 3).as_deref(), Some("0.00"));
        assert_eq!(text(1, 0), None);
    }
}

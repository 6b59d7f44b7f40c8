//! The published numbers.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};

/// The figures over the living launches; `docs/FIGURES.md` has the formula of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) total_launches: i64,
    pub(crate) total_successful_launches: i64,
    pub(crate) total_failed_launches: i64,
    pub(crate) total_upcoming_launches: i64,
    /// Successful / all launches, in percent.
    pub(crate) success_rate: Option<BigDecimal>,
    /// Successful / launches with a known outcome, in percent.
    pub(crate) completed_success_rate: Option<BigDecimal>,
    pub(crate) earliest_launch_date: Option<DateTime<Utc>>,
    pub(crate) latest_launch_date: Option<DateTime<Utc>>,
    /// Distinct pads.
    pub(crate) total_launch_sites: i64,
    /// Mean in kilograms over the launches of which a mass is known.
    pub(crate) average_payload_mass_kg: Option<BigDecimal>,
    /// Mean time in hours from the static fire to the launch, over flown launches whose static fire is not after it.
    pub(crate) average_delay_hours: Option<BigDecimal>,
}

/// The whole numbers behind the means of a snapshot, as it keeps them beside its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MeanSums {
    pub(crate) launches_with_mass: i64,
    /// Hundredths of a kilogram.
    pub(crate) total_mass_hundredths: i64,
    pub(crate) launches_with_delay: i64,
    /// Each delay is whole seconds and a rest of microseconds; both are added up apart, so that neither overflows.
    pub(crate) total_delay_whole_seconds: i64,
    pub(crate) total_delay_rest_micros: i64,
}

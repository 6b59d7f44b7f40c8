//! A launch: a document that passed every rule.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};

/// The fields whose change makes a new revision; they make the fingerprint, the history and the early exit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tracked {
    pub(crate) mission_name: String,
    pub(crate) date_utc: DateTime<Utc>,
    pub(crate) success: Option<bool>,
    /// In the source's order.
    pub(crate) payload_ids: Vec<String>,
    pub(crate) launchpad_id: Option<String>,
    pub(crate) static_fire_date_utc: Option<DateTime<Utc>>,
    /// Kilograms with two decimals: the sum of the known masses; `None` where none is known.
    pub(crate) total_payload_mass_kg: Option<BigDecimal>,
    pub(crate) upcoming: bool,
    pub(crate) flight_number: i32,
    pub(crate) rocket_id: Option<String>,
    pub(crate) date_precision: String,
}

/// A launch and what came with it in the same document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch {
    pub(crate) launch_id: String,
    pub(crate) tracked: Tracked,
    /// Digest of the tracked fields, with the version of its rule in front (`1:...`).
    pub(crate) fingerprint: String,
    /// Payloads whose mass is unknown, those that did not resolve included.
    pub(crate) payloads_without_mass: i32,
    /// References (payloads, pad, rocket) that name a document the source does not have.
    pub(crate) unresolved_references: u32,
    /// The payloads that resolved.
    pub(crate) payloads: Vec<Payload>,
    /// The pad, where it resolved.
    pub(crate) launchpad: Option<Named>,
    /// The rocket, where it resolved.
    pub(crate) rocket: Option<Named>,
}

/// Id and name of a pad or a rocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

/// A payload with its mass in kilograms, two decimals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) mass_kg: Option<BigDecimal>,
}

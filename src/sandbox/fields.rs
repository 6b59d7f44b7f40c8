//! What the server's schema says of each field: how a value in a query is cast, and what a reference leads to.

use super::store::Kind;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Id,
    Text,
    Number,
    Flag,
    /// A list of ids.
    Ids,
    /// A list of plain texts or numbers.
    Texts,
    Numbers,
    /// A nested document or a list of them.
    Nested,
}

impl Type {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id | Self::Ids => "ObjectId",
            Self::Text | Self::Texts => "String",
            Self::Number | Self::Numbers => "Number",
            Self::Flag => "Boolean",
            Self::Nested => "embedded",
        }
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Ids | Self::Texts | Self::Numbers)
    }
}

/// The type of a field of a kind of document; nothing for a field the schema does not know.
pub(super) fn type_of(kind: Kind, path: &str) -> Option<Type> {
    if path == "_id" {
        return Some(Type::Id);
    }
    match kind {
        Kind::Launches => launch(path),
        Kind::Payloads => payload(path),
        Kind::Launchpads => launchpad(path),
        Kind::Rockets => rocket(path),
    }
}

fn launch(path: &str) -> Option<Type> {
    Some(match path {
        "flight_number"
        | "date_unix"
        | "static_fire_date_unix"
        | "window"
        | "cores.flight"
        | "failures.time"
        | "failures.altitude" => Type::Number,
        "name"
        | "date_utc"
        | "date_local"
        | "date_precision"
        | "static_fire_date_utc"
        | "details"
        | "launch_library_id"
        | "links.patch.small"
        | "links.patch.large"
        | "links.reddit.campaign"
        | "links.reddit.launch"
        | "links.reddit.media"
        | "links.reddit.recovery"
        | "links.presskit"
        | "links.webcast"
        | "links.youtube_id"
        | "links.article"
        | "links.wikipedia"
        | "cores.landing_type"
        | "failures.reason"
        | "crew.role" => Type::Text,
        "upcoming"
        | "success"
        | "net"
        | "tbd"
        | "auto_update"
        | "fairings.reused"
        | "fairings.recovery_attempt"
        | "fairings.recovered"
        | "cores.gridfins"
        | "cores.legs"
        | "cores.reused"
        | "cores.landing_attempt"
        | "cores.landing_success" => Type::Flag,
        "rocket" | "launchpad" | "cores.core" | "cores.landpad" | "crew.crew" => Type::Id,
        "payloads" | "ships" | "capsules" | "fairings.ships" => Type::Ids,
        "links.flickr.small" | "links.flickr.original" => Type::Texts,
        "crew" | "cores" | "failures" | "fairings" | "links" | "links.patch" | "links.reddit"
        | "links.flickr" => Type::Nested,
        _ => return None,
    })
}

fn payload(path: &str) -> Option<Type> {
    Some(match path {
        "mass_kg"
        | "mass_lbs"
        | "longitude"
        | "semi_major_axis_km"
        | "eccentricity"
        | "periapsis_km"
        | "apoapsis_km"
        | "inclination_deg"
        | "period_min"
        | "lifespan_years"
        | "mean_motion"
        | "raan"
        | "arg_of_pericenter"
        | "mean_anomaly"
        | "dragon.mass_returned_kg"
        | "dragon.flight_time_sec" => Type::Number,
        "name" | "type" | "orbit" | "reference_system" | "regime" | "epoch" | "dragon.manifest" => {
            Type::Text
        }
        "reused" | "dragon.water_landing" | "dragon.land_landing" => Type::Flag,
        "launch" | "dragon.capsule" => Type::Id,
        "customers" | "nationalities" | "manufacturers" => Type::Texts,
        "norad_ids" => Type::Numbers,
        "dragon" => Type::Nested,
        _ => return None,
    })
}

fn launchpad(path: &str) -> Option<Type> {
    Some(match path {
        "latitude" | "longitude" | "launch_attempts" | "launch_successes" => Type::Number,
        "name" | "full_name" | "locality" | "region" | "timezone" | "status" | "details" => {
            Type::Text
        }
        "rockets" | "launches" => Type::Ids,
        "images" => Type::Nested,
        _ => return None,
    })
}

fn rocket(path: &str) -> Option<Type> {
    Some(match path {
        "stages" | "boosters" | "cost_per_launch" | "success_rate_pct" => Type::Number,
        "name" | "type" | "first_flight" | "country" | "company" | "wikipedia" | "description" => {
            Type::Text
        }
        "active" => Type::Flag,
        "flickr_images" => Type::Texts,
        "height" | "diameter" | "mass" | "first_stage" | "second_stage" | "engines"
        | "landing_legs" | "payload_weights" => Type::Nested,
        _ => return None,
    })
}

/// The collection that a reference leads to, of those the sandbox keeps.
pub(super) fn target(kind: Kind, path: &str) -> Option<Kind> {
    match (kind, path) {
        (Kind::Launches, "payloads") => Some(Kind::Payloads),
        (Kind::Launches, "launchpad") => Some(Kind::Launchpads),
        (Kind::Launches, "rocket") | (Kind::Launchpads, "rockets") => Some(Kind::Rockets),
        (Kind::Payloads, "launch") | (Kind::Launchpads, "launches") => Some(Kind::Launches),
        _ => None,
    }
}

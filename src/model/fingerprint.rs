//! The digest of the tracked fields, by which a changed launch is told from an unchanged one.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::digest::sha256_hex;
use super::launch::Tracked;

/// The version of the rule below: it changes whenever the encoding or the list of fields does.
pub(crate) const FINGERPRINT_VERSION: i32 = 1;

/// The tracked fields, listed once, in the order in which they are encoded. The encoding is a JSON array without
/// blanks, so that no value can run into its neighbour: instants as whole microseconds since 1970, the mass as text
/// with two decimals, what is not known as `null`.
#[derive(Serialize)]
struct Encoded<'a>(
    &'a str,
    i64,
    Option<bool>,
    &'a [String],
    Option<&'a str>,
    Option<i64>,
    Option<String>,
    bool,
    i32,
    Option<&'a str>,
    &'a str,
);

/// The version, a colon, and SHA-256 over the encoded fields in hex.
pub(crate) fn fingerprint(tracked: &Tracked) -> String {
    let encoded = Encoded(
        &tracked.mission_name,
        micros(&tracked.date_utc),
        tracked.success,
        &tracked.payload_ids,
        tracked.launchpad_id.as_deref(),
        tracked.static_fire_date_utc.as_ref().map(micros),
        tracked.total_payload_mass_kg.as_ref().map(two_decimals),
        tracked.upcoming,
        tracked.flight_number,
        tracked.rocket_id.as_deref(),
        &tracked.date_precision,
    );
    // Texts, numbers and booleans always have a JSON form.
    let json = serde_json::to_vec(&encoded).unwrap_or_default();
    format!("{FINGERPRINT_VERSION}:{}", sha256_hex(&json))
}

fn micros(instant: &DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// The same text however many decimals a database gave back.
fn two_decimals(mass: &BigDecimal) -> String {
    mass.with_scale(2).to_plain_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracked() -> Tracked {
        Tracked {
            mission_name: "FalconSat".to_owned(),
            date_utc: "2006-03-24T22:30:00Z".parse().unwrap(),
            success: Some(false),
            payload_ids: vec!["a".to_owned(), "b".to_owned()],
            launchpad_id: Some("p".to_owned()),
            static_fire_date_utc: None,
            total_payload_mass_kg: Some("20".parse().unwrap()),
            upcoming: false,
            flight_number: 1,
            rocket_id: None,
            date_precision: "hour".to_owned(),
        }
    }

    #[test]
    fn the_rule_of_this_version_never_changes() {
        let json = r#"["FalconSat",1143239400000000,false,["a","b"],"p",null,"20.00",false,1,null,"hour"]"#;
        let expected = format!("1:{}", sha256_hex(json.as_bytes()));
        assert_eq!(fingerprint(&tracked()), expected);
        assert_eq!(expected.len(), 66);
    }

    #[test]
    fn a_mass_has_one_fingerprint_however_it_is_written() {
        let with = |mass: &str| {
            fingerprint(&Tracked {
                total_payload_mass_kg: Some(mass.parse().unwrap()),
                ..tracked()
            })
        };
        assert_eq!(with("20"), with("20.00"));
        assert_eq!(with("2e1"), with("20.0"));
        assert_ne!(with("20"), with("20.01"));
    }

    #[test]
    fn each_tracked_field_moves_the_fingerprint() {
        let t = tracked;
        let changed = [
            Tracked { mission_name: "Falconsat".to_owned(), ..t() },
            Tracked { date_utc: "2006-03-24T22:30:00.000001Z".parse().unwrap(), ..t() },
            Tracked { success: None, ..t() },
            Tracked { success: Some(true), ..t() },
            Tracked { payload_ids: vec!["b".to_owned(), "a".to_owned()], ..t() },
            Tracked { payload_ids: vec!["a\",\"b".to_owned()], ..t() },
            Tracked { payload_ids: vec![], ..t() },
            Tracked { launchpad_id: None, ..t() },
            Tracked { launchpad_id: None, rocket_id: Some("p".to_owned()), ..t() },
            Tracked { static_fire_date_utc: Some("2006-03-17T00:00:00Z".parse().unwrap()), ..t() },
            Tracked { total_payload_mass_kg: None, ..t() },
            Tracked { upcoming: true, ..t() },
            Tracked { flight_number: 2, ..t() },
            Tracked { rocket_id: Some("r".to_owned()), ..t() },
            Tracked { date_precision: "day".to_owned(), ..t() },
        ];
        let mut all: Vec<String> = changed.iter().map(fingerprint).collect();
        all.push(fingerprint(&tracked()));
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}

//! Each rule from both sides, and what comes out of a document that keeps them all.

use super::*;
use crate::model::document::DocumentFault;

const ID: &str = "5eb87cd9ffd86e000604b32a";

fn known<T>(value: impl Into<T>) -> Field<T> {
    Field::Value(value.into())
}

fn payload(mass: Option<&str>) -> Field<PayloadReference> {
    Field::Value(PayloadReference {
        id: known(ID),
        name: known("FalconSAT-2"),
        mass_kg: mass.map_or(Field::Null, known),
    })
}

fn good() -> LaunchFields {
    LaunchFields {
        id: known(ID),
        name: known("FalconSat"),
        date_utc: known("2006-03-24T22:30:00.000Z"),
        date_precision: known("hour"),
        static_fire_date_utc: known("2006-03-17T00:00:00.000Z"),
        success: Field::Value(false),
        upcoming: Field::Value(false),
        flight_number: known("1"),
        launchpad: Field::Value(Reference { id: known(ID), name: known("Kwajalein Atoll") }),
        rocket: Field::Value(Reference { id: known(ID), name: known("Falcon 1") }),
        payloads: Field::Value(vec![payload(Some("20"))]),
    }
}

fn document(fields: LaunchFields) -> LaunchDocument {
    let id = match &fields.id {
        Field::Value(id) if id.len() == 24 => Some(id.clone()),
        _ => None,
    };
    LaunchDocument { id, text: "{}".to_owned(), content_sha256: String::new(), fields: Ok(fields) }
}

fn with(change: impl FnOnce(&mut LaunchFields)) -> Result<Launch, Box<Rejection>> {
    let mut fields = good();
    change(&mut fields);
    validate(document(fields))
}

/// `field code` of every breach.
fn broken(change: impl FnOnce(&mut LaunchFields)) -> Vec<String> {
    match with(change) {
        Ok(_) => vec![],
        Err(rejection) => {
            assert!(rejection.breaches.iter().all(|breach| !breach.message.is_empty()));
            let breaches = rejection.breaches.iter();
            breaches.map(|breach| format!("{} {}", breach.field, breach.code)).collect()
        }
    }
}

fn masses(list: &[Option<&str>]) -> Field<Vec<Field<PayloadReference>>> {
    Field::Value(list.iter().map(|mass| payload(*mass)).collect())
}

#[test]
fn a_good_document_is_a_launch() {
    let launch = with(|_| ()).unwrap();
    assert_eq!(launch.launch_id, ID);
    assert_eq!(launch.tracked.mission_name, "FalconSat");
    assert_eq!(launch.tracked.date_utc.to_rfc3339(), "2006-03-24T22:30:00+00:00");
    assert_eq!(launch.tracked.success, Some(false));
    assert_eq!(launch.tracked.payload_ids, [ID]);
    assert_eq!(launch.tracked.total_payload_mass_kg.as_ref().unwrap().to_string(), "20.00");
    assert_eq!(launch.tracked.flight_number, 1);
    assert_eq!(launch.fingerprint, fingerprint(&launch.tracked));
    assert_eq!((launch.payloads_without_mass, launch.unresolved_references), (0, 0));
    assert_eq!(launch.payloads.len(), 1);
    assert_eq!(launch.launchpad.unwrap().name.as_deref(), Some("Kwajalein Atoll"));
    assert_eq!(launch.rocket.unwrap().name.as_deref(), Some("Falcon 1"));
}

#[test]
fn what_is_legally_absent_is_legal() {
    let launch = with(|f| {
        f.success = Field::Null;
        f.static_fire_date_utc = Field::Null;
        f.launchpad = Field::Null;
        f.rocket = Field::Null;
        f.payloads = Field::Value(vec![]);
    });
    let tracked = launch.unwrap().tracked;
    assert_eq!(tracked.total_payload_mass_kg, None);
    assert_eq!((tracked.launchpad_id, tracked.rocket_id, tracked.success), (None, None, None));
    assert!(with(|f| f.static_fire_date_utc = known("2007-01-01T00:00:00Z")).is_ok());
}

#[test]
fn a_missing_key_is_not_null() {
    let missing = broken(|f| *f = LaunchFields::default());
    let fields = [
        "id",
        "name",
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
    assert_eq!(missing, fields.map(|field| format!("{field} missing")));
}

#[test]
fn null_is_refused_where_a_value_is_needed() {
    let null = broken(|f| {
        *f = LaunchFields {
            id: Field::Null,
            name: Field::Null,
            date_utc: Field::Null,
            date_precision: Field::Null,
            static_fire_date_utc: Field::Null,
            success: Field::Null,
            upcoming: Field::Null,
            flight_number: Field::Null,
            launchpad: Field::Null,
            rocket: Field::Null,
            payloads: Field::Null,
        }
    });
    let fields =
        ["id", "name", "date_utc", "date_precision", "upcoming", "flight_number", "payloads"];
    assert_eq!(null, fields.map(|field| format!("{field} null")));
}

#[test]
fn every_broken_rule_is_named_in_the_order_of_the_fields() {
    let all = broken(|f| {
        f.payloads = Field::Value(vec![
            payload(None),
            Field::Null,
            Field::Unreadable("a number"),
            Field::Value(PayloadReference {
                id: known("x"),
                name: known("a\0"),
                mass_kg: known("-1"),
            }),
        ]);
        f.launchpad = Field::Value(Reference { id: known("pad"), name: known("b\0") });
        f.success = Field::Unreadable("text");
        f.name = known("\0".repeat(256));
        f.id = known("7");
    });
    assert_eq!(
        all,
        [
            "id not_an_id",
            "name too_long",
            "name nul_character",
            "success wrong_type",
            "launchpad.id not_an_id",
            "launchpad.name nul_character",
            "payloads[1] unresolved",
            "payloads[2] wrong_type",
            "payloads[3].id not_an_id",
            "payloads[3].name nul_character",
            "payloads[3].mass_kg mass_out_of_range",
        ]
    );
}

#[test]
fn a_document_that_cannot_be_read_says_so() {
    for (fault, code) in [
        (DocumentFault::NotAnObject, "not_an_object"),
        (DocumentFault::DuplicateKey("name".to_owned()), "duplicate_key"),
        (DocumentFault::NotUtf8, "not_utf8"),
        (DocumentFault::Unreadable("recursion limit".to_owned()), "unreadable"),
    ] {
        let unreadable = LaunchDocument { fields: Err(fault), ..document(good()) };
        let breaches = validate(unreadable).unwrap_err().breaches;
        assert_eq!(breaches.len(), 1);
        assert_eq!((breaches[0].field.as_str(), breaches[0].code.as_str()), ("document", code));
    }
}

#[test]
fn an_id_has_24_hex_digits() {
    for bad in
        ["", "5eb87cd9ffd86e000604b32", "5eb87cd9ffd86e000604b32aa", "5eb87cd9ffd86e000604b32g"]
    {
        assert_eq!(broken(|f| f.id = known(bad)), ["id not_an_id"], "{bad}");
    }
    let reference = |id: &str| Field::Value(Reference { id: known(id), name: Field::Null });
    assert_eq!(broken(|f| f.rocket = reference("../x")), ["rocket.id not_an_id"]);
    assert!(with(|f| f.rocket = reference("ABCDEF0123456789abcdef01")).is_ok());
}

#[test]
fn a_name_has_1_to_255_characters_and_no_nul() {
    assert!(broken(|f| f.name = known("é".repeat(255))).is_empty());
    assert_eq!(broken(|f| f.name = known("é".repeat(256))), ["name too_long"]);
    assert!(broken(|f| f.name = known(" a ")).is_empty());
    for blank in ["", " ", "\u{a0}\t"] {
        assert_eq!(broken(|f| f.name = known(blank)), ["name blank"]);
    }
    assert!(broken(|f| f.name = known("a\u{1}\u{202e}👩‍🚀")).is_empty());
    assert_eq!(broken(|f| f.name = known("a\0")), ["name nul_character"]);
}

#[test]
fn a_date_is_strict_and_near() {
    for (date, code) in [
        ("2022-02-30T00:00:00Z", "not_a_timestamp"),
        ("2022-02-03 00:00:00Z", "not_a_timestamp"),
        ("1949-12-31T23:59:59Z", "timestamp_out_of_range"),
        ("2101-01-01T00:00:00Z", "timestamp_out_of_range"),
    ] {
        assert_eq!(broken(|f| f.date_utc = known(date)), [format!("date_utc {code}")]);
        let field = "static_fire_date_utc";
        assert_eq!(broken(|f| f.static_fire_date_utc = known(date)), [format!("{field} {code}")]);
    }
    assert!(broken(|f| f.date_utc = known("1950-01-01T00:00:00z")).is_empty());
    assert!(broken(|f| f.date_utc = known("2100-12-31T23:59:59.999+00:00")).is_empty());
}

#[test]
fn a_precision_is_one_of_six() {
    for good in ["half", "quarter", "year", "month", "day", "hour"] {
        assert!(broken(|f| f.date_precision = known(good)).is_empty());
    }
    for bad in ["", "Hour", "minute"] {
        assert_eq!(broken(|f| f.date_precision = known(bad)), ["date_precision unknown_precision"]);
    }
}

#[test]
fn a_flight_number_fits_its_column() {
    for good in ["1", "2147483647"] {
        assert!(broken(|f| f.flight_number = known(good)).is_empty());
    }
    for bad in ["0", "-1", "2147483648", "1.0", "1e2", "1e400"] {
        assert_eq!(
            broken(|f| f.flight_number = known(bad)),
            ["flight_number flight_number_out_of_range"]
        );
    }
}

#[test]
fn a_mass_fits_its_column_once_rounded() {
    assert!(broken(|f| f.payloads = masses(&[Some("99999999.994")])).is_empty());
    for bad in ["99999999.995", "1e8", "1e308", "1e400", "-1", "-0.001"] {
        assert_eq!(
            broken(|f| f.payloads = masses(&[None, Some(bad)])),
            ["payloads[1].mass_kg mass_out_of_range"]
        );
    }
    let text =
        PayloadReference { id: known(ID), name: Field::Null, mass_kg: Field::Unreadable("text") };
    assert_eq!(
        broken(|f| f.payloads = Field::Value(vec![Field::Value(text)])),
        ["payloads[0].mass_kg wrong_type"]
    );
}

#[test]
fn the_masses_of_a_launch_fit_together() {
    assert!(broken(|f| f.payloads = masses(&[Some("50000000"), Some("49999999.99")])).is_empty());
    assert_eq!(
        broken(|f| f.payloads = masses(&[Some("50000000"), Some("50000000")])),
        ["payloads total_mass_out_of_range"]
    );
}

#[test]
fn only_masses_above_zero_are_known() {
    let launch = with(|f| {
        f.payloads = masses(&[Some("5383.855"), None, Some("0"), Some("0.004"), Some("0.005")]);
    });
    let launch = launch.unwrap();
    assert_eq!(launch.tracked.total_payload_mass_kg.unwrap().to_string(), "5383.87");
    assert_eq!(launch.payloads_without_mass, 3);
    let masses: Vec<_> =
        launch.payloads.iter().map(|p| p.mass_kg.as_ref().map(ToString::to_string)).collect();
    let expected = [Some("5383.86"), None, None, None, Some("0.01")];
    assert_eq!(masses, expected.map(|mass| mass.map(str::to_owned)));
}

#[test]
fn a_payload_named_twice_counts_twice() {
    let launch = with(|f| f.payloads = masses(&[Some("1"), Some("1"), None, None])).unwrap();
    assert_eq!(launch.tracked.payload_ids, [ID; 4]);
    assert_eq!(launch.tracked.total_payload_mass_kg.unwrap().to_string(), "2.00");
    assert_eq!(launch.payloads_without_mass, 2);
}

#[test]
fn a_reference_of_which_only_the_id_is_known_is_counted_and_kept() {
    let launch = with(|f| {
        let bare = || Field::Value(Reference { id: known(ID), name: Field::Missing });
        f.launchpad = bare();
        f.rocket = bare();
        let lost = PayloadReference { id: known(ID), ..Default::default() };
        f.payloads = Field::Value(vec![payload(Some("7")), Field::Value(lost)]);
    });
    let launch = launch.unwrap();
    assert_eq!(launch.tracked.payload_ids, [ID, ID]);
    assert_eq!((launch.payloads_without_mass, launch.unresolved_references), (1, 3));
    assert_eq!(launch.payloads.len(), 1);
    assert_eq!((launch.launchpad, launch.rocket), (None, None));
    assert_eq!(launch.tracked.launchpad_id.as_deref(), Some(ID));
}

#[test]
fn a_payload_with_a_key_missing_is_no_unresolved_one() {
    let half = PayloadReference { id: known(ID), name: known("a"), mass_kg: Field::Missing };
    assert_eq!(
        broken(|f| f.payloads = Field::Value(vec![Field::Value(half)])),
        ["payloads[0].mass_kg missing"]
    );
}

#[test]
fn latest_has_no_mass() {
    let (id, tracked) = latest(document(good())).unwrap();
    assert_eq!(id, ID);
    assert_eq!(tracked.total_payload_mass_kg, None);
    assert_eq!(tracked.payload_ids, [ID]);
}

#[test]
fn a_message_shows_no_control_character() {
    let rejection = with(|f| f.date_utc = known("\u{1b}[2J\n")).unwrap_err();
    assert_eq!(
        rejection.breaches[0].message,
        "`\\x1b[2J\\x0a` is no date of the form 2022-10-05T16:00:00.000Z"
    );
}

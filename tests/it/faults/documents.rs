//! One document among good ones that breaks a rule, or is legal and odd: kept with its reasons, or taken as it is.

use serde_json::{Value, json};

use super::{ROW, Row, Scene, Start, try_rows};
use crate::support::Output;

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

/// A row of one document at a first load.
const fn first(
    number: &'static str,
    name: &'static str,
    how: &'static str,
    meet: fn(&Scene<'_>) -> Output,
) -> Row {
    Row { number, name, how, start: Start::Empty, meet, ..ROW }
}

/// The same of a document that was good once, at a reconcile.
const fn later(
    number: &'static str,
    name: &'static str,
    how: &'static str,
    meet: fn(&Scene<'_>) -> Output,
) -> Row {
    Row { number, name, how, meet, ..ROW }
}

/// The launch that is changed.
fn target(scene: &Scene<'_>) -> String {
    scene.source().flown().remove(30)
}

fn run(scene: &Scene<'_>) -> Output {
    scene.run("--reconcile")
}

/// The document breaks just these rules, and is kept; a good row of it stays as it was.
fn refused(scene: &Scene<'_>, fields: &Value, breaches: &[&str]) -> Output {
    let id = target(scene);
    scene.source().edit(&id, fields);
    let good = good_row(scene, &id);
    let output = run(scene);
    assert_eq!(broken_rules(scene, &format!("launch_id = '{id}'")), breaches);
    assert_eq!(good_row(scene, &id), good);
    output
}

/// The text stands for the document, and is kept to the letter.
fn refused_text(scene: &Scene<'_>, change: fn(&str) -> String, breach: &str) -> Output {
    let id = target(scene);
    let source = scene.source();
    let raw = change(&source.launch(&id).to_string());
    source.edit(&id, &json!({ "raw": raw }));
    let output = run(scene);
    let texts = "SELECT document FROM quarantined_launches WHERE resolved_at IS NULL";
    assert!(scene.database.rows(texts).contains(&raw), "kept to the letter");
    let broken = broken_rules(scene, &format!("document LIKE '%{}%'", &id[12..]));
    assert!(broken.iter().any(|rule| rule == breach), "{broken:?}");
    output
}

/// A payload of the launch has this mass; the launch is kept for it.
fn mass_refused(scene: &Scene<'_>, mass: &Value, breach: &str) -> Output {
    let id = weigh(scene, mass);
    let output = run(scene);
    assert_eq!(broken_rules(scene, &format!("launch_id = '{id}'")), [breach]);
    output
}

/// The launch weighs that much in the database.
fn mass_is(scene: &Scene<'_>, mass: &Value, stored: &str) -> Output {
    let id = weigh(scene, mass);
    let output = run(scene);
    let rows = scene.database.dump("raw_launches", &["launch_id", "total_payload_mass_kg"]);
    assert!(rows.contains(&format!("{id} | {stored}")), "{rows:?}");
    output
}

/// Gives the launch one payload of this mass; the launch's id.
fn weigh(scene: &Scene<'_>, mass: &Value) -> String {
    let source = scene.source();
    let id = target(scene);
    let payload = source.launch(&id)["payloads"][0].clone();
    let payload = payload.as_str().expect("a payload").to_owned();
    source.edit(&id, &json!({ "payloads": [payload] }));
    let body = json!({ "mass_kg": mass }).to_string();
    source.tell("PATCH", &format!("payloads/{payload}"), &body);
    id
}

/// The document is legal, and stands in the table as these columns say.
fn taken(scene: &Scene<'_>, fields: &Value, columns: &[&str], row: &str) -> Output {
    let id = target(scene);
    scene.source().edit(&id, fields);
    let output = run(scene);
    let rows = scene.database.dump("raw_launches", &[&["launch_id"], columns].concat());
    let expected = format!("{id} | {row}");
    assert!(rows.contains(&expected), "no {expected} in {rows:?}");
    output
}

fn date_refused(scene: &Scene<'_>, date: &str, code: &str) -> Output {
    refused(scene, &json!({ "date_utc": date }), &[&format!("date_utc {code}")])
}

fn date_is(scene: &Scene<'_>, date: &str, stored: &str) -> Output {
    taken(scene, &json!({ "date_utc": date }), &["date_utc"], stored)
}

fn broken_rules(scene: &Scene<'_>, which: &str) -> Vec<String> {
    let open = format!("FROM quarantined_launches WHERE resolved_at IS NULL AND {which}");
    let breaches = scene.database.value(&format!("SELECT breaches {open}"));
    let breaches: Vec<Value> = serde_json::from_str(&breaches).expect("a list of breaches");
    let word = |breach: &Value, key: &str| breach[key].as_str().unwrap_or_default().to_owned();
    breaches.iter().map(|one| format!("{} {}", word(one, "field"), word(one, "code"))).collect()
}

fn good_row(scene: &Scene<'_>, id: &str) -> Vec<String> {
    if !scene.has_tables() {
        return vec![];
    }
    let mut rows = scene.database.current();
    rows.retain(|row| row.starts_with(id));
    rows
}

pub(super) const ROWS: &[Row] = &[
    later("40a", "a name of null", "\"name\": null in one document", |scene| {
        refused(scene, &json!({ "name": null }), &["name null"])
    }),
    first("40b", "no name", "one document lacks the key", |scene| {
        refused(scene, &json!({ "$unset": ["name"] }), &["name missing"])
    }),
    later("40c", "an empty name", "\"name\": \"\"", |scene| {
        refused(scene, &json!({ "name": "" }), &["name blank"])
    }),
    first("41a", "a name of 300 characters", "300 times x", |scene| {
        refused(scene, &json!({ "name": "x".repeat(300) }), &["name too_long"])
    }),
    later("41b", "a name of 100,000 characters", "100,000 times x", |scene| {
        refused(scene, &json!({ "name": "x".repeat(100_000) }), &["name too_long"])
    }),
    first("42a", "U+0000 in a name", "\\u0000 in the middle of a name", |scene| {
        refused(scene, &json!({ "name": "A\u{0}B" }), &["name nul_character"])
    }),
    first("42b", "U+0000 in an id", "\\u0000 in the id of a pad", |scene| {
        let pad = json!({ "launchpad": "5e9e4501f509094ba456\u{0}f84" });
        let id = target(scene);
        scene.source().edit(&id, &pad);
        let output = run(scene);
        // The source resolves no such pad; what comes is its bare id.
        let broken = broken_rules(scene, &format!("launch_id = '{id}'"));
        assert_eq!(broken, ["launchpad.id not_an_id"]);
        output
    }),
    later("42c", "U+0000 in a field that we do not use", "\\u0000 in the details", |scene| {
        let output = {
            let id = target(scene);
            scene.source().edit(&id, &json!({ "details": "A\u{0}B" }));
            run(scene)
        };
        assert_eq!(output.json()["launches_updated"], 0);
        output
    }),
    first("43a", "a lone surrogate", "\\ud800 in a name", |scene| {
        let change = |text: &str| text.replacen("\"name\":\"", "\"name\":\"\\ud800", 1);
        refused_text(scene, change, "name wrong_type")
    }),
    first("43b", "a value 5,000 lists deep", "in place of the precision of the date", |scene| {
        let change = |text: &str| {
            let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
            text.replacen("\"date_precision\":", &format!("\"date_precision\":{deep},\"x\":"), 1)
        };
        refused_text(scene, change, "date_precision wrong_type")
    }),
    first("43c", "a number beyond all numbers", "a flight number of 1e400", |scene| {
        let change =
            |text: &str| text.replacen("\"flight_number\":", "\"flight_number\":1e400,\"x\":", 1);
        refused_text(scene, change, "flight_number flight_number_out_of_range")
    }),
    later("43d", "a key twice", "two names in one document", |scene| {
        let change = |text: &str| text.replacen("\"name\":", "\"name\":\"A\",\"name\":", 1);
        refused_text(scene, change, "document duplicate_key")
    }),
    first("45a", "a mass that is text", "\"mass_kg\": \"5300\"", |scene| {
        mass_refused(scene, &json!("5300"), "payloads[0].mass_kg wrong_type")
    }),
    first("45b", "a mass below zero", "-1 kg", |scene| {
        mass_refused(scene, &json!(-1), "payloads[0].mass_kg mass_out_of_range")
    }),
    later("45c", "a mass of nothing", "0 kg: unknown, as null is", |scene| {
        mass_is(scene, &json!(0), "NULL")
    }),
    first("45d", "a mass beyond all masses", "1e308 kg", |scene| {
        mass_refused(scene, &json!(1e308), "payloads[0].mass_kg mass_out_of_range")
    }),
    later("45e", "a mass of nine digits", "1e8 kg", |scene| {
        mass_refused(scene, &json!(1e8), "payloads[0].mass_kg mass_out_of_range")
    }),
    first("45f", "a mass that rounds up to nine digits", "99999999.995 kg", |scene| {
        mass_refused(scene, &json!(99_999_999.995), "payloads[0].mass_kg mass_out_of_range")
    }),
    first("45g", "a mass that rounds down to nothing", "0.004 kg", |scene| {
        mass_is(scene, &json!(0.004), "NULL")
    }),
    later("46", "a mass of half a hundredth", "5383.855 kg", |scene| {
        mass_is(scene, &json!(5383.855), "5383.86")
    }),
    first("47a", "a day that is none", "2022-02-30", |scene| {
        date_refused(scene, "2022-02-30T00:00:00.000Z", "not_a_timestamp")
    }),
    first("47b", "a date without a zone", "no Z at its end", |scene| {
        date_refused(scene, "2022-02-03T00:00:00.000", "not_a_timestamp")
    }),
    first("47c", "a blank for the T", "2022-02-03 00:00:00Z", |scene| {
        date_refused(scene, "2022-02-03 00:00:00.000Z", "not_a_timestamp")
    }),
    first("47d", "the hour 24", "24:00:00", |scene| {
        date_refused(scene, "2022-02-03T24:00:00.000Z", "not_a_timestamp")
    }),
    later("47e", "a leap second", "23:59:60", |scene| {
        date_refused(scene, "2016-12-31T23:59:60.000Z", "not_a_timestamp")
    }),
    first("47f", "the year 0000", "0000-01-01", |scene| {
        date_refused(scene, "0000-01-01T00:00:00.000Z", "timestamp_out_of_range")
    }),
    later("47g", "the year 9999", "9999-12-31", |scene| {
        date_refused(scene, "9999-12-31T00:00:00.000Z", "timestamp_out_of_range")
    }),
    first("47h", "a year of six digits", "+262142-01-01", |scene| {
        date_refused(scene, "+262142-01-01T00:00:00.000Z", "not_a_timestamp")
    }),
    first("48a", "a date in another zone", "+05:30", |scene| {
        date_is(scene, "2015-02-03T05:30:00.000+05:30", "2015-02-03T00:00:00.000000Z")
    }),
    later("48b", "a date with microseconds", "six digits after the point", |scene| {
        date_is(scene, "2015-02-03T00:00:00.000001Z", "2015-02-03T00:00:00.000001Z")
    }),
    first("48c", "a lower-case z", "2015-02-03t is not legal, z is", |scene| {
        date_is(scene, "2015-02-03T00:00:00.000z", "2015-02-03T00:00:00.000000Z")
    }),
    later("48d", "the latest launch in another zone", "+05:30, then an ordinary run", |scene| {
        let source = scene.source();
        let latest = source.flown().remove(0);
        source.edit(&latest, &json!({ "date_utc": "2022-11-12T05:30:00.000+05:30" }));
        scene.run_both("");
        source.add(&json!({ "flown": true }));
        let output = scene.run("");
        let asked = source.requests().pop().expect("a request").to_string();
        assert!(asked.contains("-13T00:00:00.000Z"), "in the server's own form: {asked}");
        output
    }),
    first("49a", "a static fire after the launch", "12,541.7 hours after it", |scene| {
        let id = target(scene);
        let fire = json!({ "date_utc": "2016-02-01T00:00:00.000Z",
            "static_fire_date_utc": "2017-07-07T13:42:00.000Z" });
        scene.source().edit(&id, &fire);
        run(scene)
    }),
    later("49b", "a static fire at the instant of the launch", "the same date twice", |scene| {
        let at = "2016-02-01T00:00:00.000Z";
        taken(
            scene,
            &json!({ "date_utc": at, "static_fire_date_utc": at }),
            &["date_utc", "static_fire_date_utc"],
            "2016-02-01T00:00:00.000000Z | 2016-02-01T00:00:00.000000Z",
        )
    }),
    first("50a", "a payload that does not exist", "an id that no payload has", |scene| {
        let unknown = "0123456789abcdef01234567";
        let output = taken(
            scene,
            &json!({ "payloads": [unknown] }),
            &["payload_ids", "payloads_without_mass"],
            &format!("[\"{unknown}\"] | 1"),
        );
        assert_eq!(output.json()["unresolved_references"], 1);
        output
    }),
    later("50b", "a payload of two launches", "the payloads of one launch on another", |scene| {
        let source = scene.source();
        let shared = source.launch(&source.flown()[31])["payloads"].clone();
        source.edit(&target(scene), &json!({ "payloads": shared }));
        run(scene)
    }),
    first("50c", "a launch without payloads", "an empty list", |scene| {
        taken(scene, &json!({ "payloads": [] }), &["payload_ids"], "[]")
    }),
    first("50d", "10,000 payloads", "one launch with the same payload 10,000 times", |scene| {
        let source = scene.source();
        let payload = source.launch(&target(scene))["payloads"][0].clone();
        let all = vec![payload; 10_000];
        source.edit(&target(scene), &json!({ "payloads": all }));
        run(scene)
    }),
    first("51a", "two names that look the same", "é composed and decomposed", |scene| {
        let source = scene.source();
        let flown = source.flown();
        source.edit(&flown[30], &json!({ "name": "Caf\u{e9}" }));
        source.edit(&flown[31], &json!({ "name": "Cafe\u{301}" }));
        let output = run(scene);
        let names = scene.database.dump("raw_launches", &["launch_id", "mission_name"]);
        for row in [format!("{} | Caf\u{e9}", flown[30]), format!("{} | Cafe\u{301}", flown[31])] {
            assert!(names.contains(&row), "{names:?}");
        }
        output
    }),
    later("51b", "a name from the whole of Unicode", "emoji, Hebrew, zero width", |scene| {
        let name = "\u{1F680}\u{200d} \u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{200b}";
        taken(scene, &json!({ "name": name }), &["mission_name"], name)
    }),
    first("51c", "two ids that differ in case", "the same digits in capitals", |scene| {
        let source = scene.source();
        let twin = "5EB87CDBFFD86E000604B32B";
        source.add(&json!({ "document": { "id": twin } }));
        source.add(&json!({ "document": { "id": twin.to_lowercase() } }));
        let output = run(scene);
        let both = "SELECT count(*) FROM raw_launches
            WHERE lower(launch_id) = '5eb87cdbffd86e000604b32b'";
        assert_eq!(scene.database.value(both), "2");
        output
    }),
    later("52a", "a date moves back over the watermark", "the latest launch, to 2010", |scene| {
        let source = scene.source();
        source.edit(&source.flown()[0], &json!({ "date_utc": "2010-06-04T18:45:00.000Z" }));
        run(scene)
    }),
    later("52b", "a date moves forward over the watermark", "an old launch, to now", |scene| {
        let source = scene.source();
        source.edit(&target(scene), &json!({ "date_utc": "2022-11-20T18:45:00.000Z" }));
        run(scene)
    }),
    later("52c", "a flown launch is upcoming again", "and its outcome unknown", |scene| {
        let back = json!({ "upcoming": true, "success": null });
        taken(scene, &back, &["upcoming", "success"], "1 | NULL")
    }),
    later("53a", "A, then B, then A", "renamed and renamed back, a run after each", |scene| {
        let source = scene.source();
        let id = target(scene);
        let name = source.launch(&id)["name"].clone();
        source.edit(&id, &json!({ "name": "B" }));
        scene.run_both("--reconcile");
        source.edit(&id, &json!({ "name": name }));
        let output = run(scene);
        assert_eq!(scene.database.revision(&id), 3);
        output
    }),
    later("53b", "vanished and back", "deleted and restored, a reconcile after each", |scene| {
        let source = scene.source();
        let id = target(scene);
        source.delete(&id);
        assert_eq!(scene.run_both("--reconcile")["launches_deleted"], 1);
        source.restore(&id, false);
        let output = run(scene);
        assert_eq!(output.json()["launches_restored"], 1);
        output
    }),
    later("53c", "back under another id", "deleted and restored with a new one", |scene| {
        let source = scene.source();
        let id = target(scene);
        source.delete(&id);
        let other = source.restore(&id, true);
        let output = run(scene);
        assert!(scene.database.tombstones().contains(&id) && other != id);
        output
    }),
];

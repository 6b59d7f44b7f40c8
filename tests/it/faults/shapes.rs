//! Ids, documents and fields in another shape than agreed, and `/launches/latest` that disagrees with the list.

use serde_json::{Value, json};

use super::pages::{documents, edited};
use super::{Ends, ROW, Row, Scene, Start, try_rows};
use crate::support::Output;
use crate::support::sandbox::once;

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const LATEST: &str = "/v4/launches/latest";

/// An ordinary run to which `/launches/latest` says something else, so that it must ask the list.
fn latest_says(scene: &Scene<'_>, other: &Value) -> Output {
    let fault = json!({ "fault": "edit_answer", "merge": other });
    let output = scene.run_with("", &once(fault, LATEST));
    let answer = output.json();
    assert_eq!(answer["early_exit"], false, "{answer}");
    assert_eq!(answer["watermark_after"], answer["watermark_before"], "{answer}");
    output
}

/// A launch stands with this id, as text, and the run keeps it.
fn id_is(scene: &Scene<'_>, id: &str) -> Output {
    let source = scene.source();
    let target = source.flown().remove(30);
    let launch = source.launch(&target).to_string();
    let own = format!("\"id\":\"{target}\"");
    assert!(launch.contains(&own), "{launch}");
    let raw = match id {
        "" => launch.replace(&format!(",{own}"), "").replace(&format!("{own},"), ""),
        id => launch.replace(&own, &format!("\"id\":{id}")),
    };
    source.edit(&target, &json!({ "raw": raw }));
    kept_without_id(scene)
}

/// A launch is replaced by this text.
fn document_is(scene: &Scene<'_>, raw: &str) -> Output {
    let source = scene.source();
    source.edit(&source.flown()[30], &json!({ "raw": raw }));
    kept_without_id(scene)
}

fn kept_without_id(scene: &Scene<'_>) -> Output {
    let output = scene.run("");
    let nameless = "SELECT count(*) FROM quarantined_launches WHERE launch_id IS NULL";
    assert_eq!(scene.database.value(nameless), "1", "kept under its content");
    output
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "36a",
        name: "an id that is a number",
        how: "one launch has the id 7",
        start: Start::Empty,
        meet: |scene| id_is(scene, "7"),
        ..ROW
    },
    Row {
        number: "36b",
        name: "an empty id",
        how: "one launch has the id \"\"",
        start: Start::Empty,
        meet: |scene| id_is(scene, "\"\""),
        ..ROW
    },
    Row {
        number: "36c",
        name: "an id of 10 kB",
        how: "one launch has an id of 10,000 digits",
        start: Start::Empty,
        meet: |scene| id_is(scene, &format!("\"{}\"", "5".repeat(10_000))),
        ..ROW
    },
    Row {
        number: "36d",
        name: "an id that is a path",
        how: "one launch has the id ../x",
        start: Start::Empty,
        meet: |scene| id_is(scene, "\"../x\""),
        ..ROW
    },
    Row {
        number: "36e",
        name: "an id that is too short",
        how: "one launch has an id of 23 hex digits",
        start: Start::Empty,
        meet: |scene| id_is(scene, &format!("\"{}\"", "5".repeat(23))),
        ..ROW
    },
    Row {
        number: "36f",
        name: "no id",
        how: "one launch has none",
        start: Start::Empty,
        meet: |scene| id_is(scene, ""),
        ..ROW
    },
    Row {
        number: "36g",
        name: "an id of null",
        how: "one launch has the id null",
        start: Start::Empty,
        meet: |scene| id_is(scene, "null"),
        ..ROW
    },
    Row {
        number: "36h",
        name: "a document that is null",
        how: "null in place of one launch",
        start: Start::Empty,
        meet: |scene| document_is(scene, "null"),
        ..ROW
    },
    Row {
        number: "36i",
        name: "a document that is a list",
        how: "[1] in place of one launch",
        start: Start::Empty,
        meet: |scene| document_is(scene, "[1]"),
        ..ROW
    },
    Row {
        number: "36j",
        name: "a full page without a valid id",
        how: "every id is 7, 20 documents a page",
        ends: Ends::Failing(3, "api_contract"),
        says: &["none of the 20 documents of a full page has a valid id"],
        meet: |scene| {
            let answer = scene.altered(|answer| {
                let changed = answer.page(|page| {
                    for document in documents(page) {
                        document["id"] = json!(7);
                    }
                });
                changed.bytes()
            });
            scene.run_meeting("--reconcile --page-size 20", vec![answer])
        },
        ..ROW
    },
    Row {
        number: "37a",
        name: "a latest launch with an older number",
        how: "/launches/latest gives flight number 1",
        meet: |scene| latest_says(scene, &json!({ "flight_number": 1 })),
        ..ROW
    },
    Row {
        number: "37b",
        name: "a latest launch still to come",
        how: "/launches/latest says upcoming",
        meet: |scene| latest_says(scene, &json!({ "upcoming": true })),
        ..ROW
    },
    Row {
        number: "37c",
        name: "a latest launch that the list lacks",
        how: "/launches/latest gives an unknown id",
        says: &["the next run asks again"],
        meet: |scene| latest_says(scene, &json!({ "id": "0123456789abcdef01234567" })),
        ..ROW
    },
    Row {
        number: "37d",
        name: "a new order of flight numbers",
        how: "an old launch is given the highest number at the source",
        meet: |scene| {
            let source = scene.source();
            source.edit(&source.flown()[40], &json!({ "flight_number": 900 }));
            let output = scene.run("");
            let answer = output.json();
            assert_eq!(answer["early_exit"], false, "{answer}");
            assert_eq!(answer["watermark_after"], answer["watermark_before"], "{answer}");
            output
        },
        ..ROW
    },
    Row {
        number: "38a",
        name: "the outcome changes its type",
        how: "\"success\": \"true\" in every document",
        ends: Ends::Failing(3, "source_changed_shape"),
        says: &["changed its shape", "`etl quarantine list`"],
        meet: |scene| {
            let output = scene.meets_altered(|answer| {
                let changed = answer.page(|page| {
                    for document in documents(page) {
                        document["success"] = json!("true");
                    }
                });
                changed.bytes()
            });
            let open = "SELECT count(*) FROM quarantined_launches WHERE resolved_at IS NULL";
            assert_ne!(scene.database.value(open), "1", "its quarantine is kept");
            output
        },
        ..ROW
    },
    Row {
        number: "38b",
        name: "a field is renamed",
        how: "no document has a name any more",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_contract"),
        says: &["the selected key name is missing from every document"],
        meet: |scene| edited(scene, &json!({ "unset": "name" })),
        ..ROW
    },
    Row {
        number: "39a",
        name: "fields that we do not know",
        how: "one more in every document",
        meet: |scene| {
            let output = scene.meets_altered(|answer| {
                let changed = answer.page(|page| {
                    for document in documents(page) {
                        document["mood"] = json!({ "good": [true] });
                    }
                });
                changed.bytes()
            });
            assert_eq!(output.json()["launches_updated"], 0, "no revision");
            output
        },
        ..ROW
    },
    Row {
        number: "39b",
        name: "a field of 2 MB that we do not ask for",
        how: "details of 2,000,000 characters in one document",
        meet: |scene| {
            let output = scene.meets_altered(|answer| {
                let details = json!("x".repeat(2_000_000));
                answer.page(|page| documents(page)[0]["details"] = details.clone()).bytes()
            });
            assert_eq!(output.json()["launches_updated"], 0, "no revision");
            output
        },
        ..ROW
    },
];

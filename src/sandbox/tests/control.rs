//! What can be told: documents, time, later changes.

use serde_json::{Value, json};

use super::Client;

fn one(client: &Client, id: &str) -> Value {
    client.get(&format!("/v4/launches/{id}")).json()
}

#[test]
fn time_makes_launches_fly_and_leaves_the_stale_ones() {
    let client = Client::of(205);
    let stale = |launch: &&Value| {
        launch["upcoming"] == true
            && launch["date_utc"].as_str().unwrap() < "2022-11-01T00:00:00.000Z"
    };
    let before = client.launches().iter().filter(stale).count();
    let passed = client.tell("POST", "clock", json!({ "advance": "400d" }));
    assert_eq!(passed["now"], "2023-12-06T00:00:00.000Z");
    let flown: Vec<&str> =
        passed["flown"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(!flown.is_empty());
    for (number, id) in (192..).zip(&flown) {
        let launch = one(&client, id);
        assert_eq!(
            (&launch["upcoming"], &launch["flight_number"]),
            (&json!(false), &json!(number))
        );
        assert!(launch["success"].is_boolean() && launch["launchpad"].is_string());
        assert!(launch["date_utc"].as_str().unwrap() <= "2023-12-06T00:00:00.000Z");
    }
    assert_eq!(client.get("/v4/launches/latest").json()["id"], *flown.last().unwrap());
    assert_eq!(client.launches().iter().filter(stale).count(), before);
    let soon = Client::of(205).tell("POST", "clock", json!({ "advance": "36h" }));
    assert_eq!(soon["flown"].as_array().unwrap().len(), 1);
    let same = Client::of(205);
    assert_eq!(
        same.tell("POST", "clock", json!({ "advance": "400d" })),
        passed,
        "the seed decides"
    );
}

#[test]
fn some_dates_slip_in_both_directions() {
    let client = Client::of(600);
    let dates = |client: &Client| -> std::collections::HashMap<String, String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let options = json!({ "select": "date_utc", "limit": 1000 });
        let page = client.query(json!({ "flight_number": { "$gt": 500 } }), options);
        let docs = page["docs"].as_array().unwrap();
        docs.iter().map(|doc| (text(&doc["id"]), text(&doc["date_utc"]))).collect()
    };
    let (mut later, mut earlier) = (0, 0);
    for _ in 0..20 {
        let before = dates(&client);
        let passed = client.tell("POST", "clock", json!({ "advance": "1d" }));
        let after = dates(&client);
        for id in passed["slipped"].as_array().unwrap() {
            let id = id.as_str().unwrap();
            if after[id] > before[id] { later += 1 } else { earlier += 1 }
        }
    }
    assert!(later > 0 && earlier > 0, "{later} later, {earlier} earlier");
}

#[test]
fn launches_are_added_edited_removed_and_restored() {
    let client = Client::of(60);
    let id = client.tell(
        "POST",
        "launches",
        json!({ "flown": true, "document": { "name": "Mine" } }),
    )["id"]
        .clone();
    let id = id.as_str().unwrap();
    let latest = client.get("/v4/launches/latest").json();
    assert_eq!((latest["id"].as_str(), &latest["name"]), (Some(id), &json!("Mine")));
    assert_eq!(latest.as_object().unwrap().len(), 27);
    let payload = latest["payloads"][0].as_str().unwrap();
    assert!(client.get(&format!("/v4/payloads/{payload}")).json()["mass_kg"].is_u64());
    client.tell("PATCH", &format!("launches/{id}"), json!({ "name": 5, "$unset": ["success"] }));
    let edited = one(&client, id);
    assert_eq!((&edited["name"], edited.get("success")), (&json!(5), None));
    client.tell("DELETE", &format!("launches/{id}"), Value::Null);
    assert_eq!(client.get(&format!("/v4/launches/{id}")).status, 404);
    assert_eq!(client.query(json!({}), json!({}))["totalDocs"], 60);
    client.tell("POST", &format!("launches/{id}/restore"), Value::Null);
    assert_eq!(one(&client, id)["name"], 5);
    client.tell("DELETE", &format!("launches/{id}"), Value::Null);
    let restored =
        client.tell("POST", &format!("launches/{id}/restore"), json!({ "new_id": true }));
    let new_id = restored["id"].as_str().unwrap();
    assert_ne!(new_id, id);
    assert_eq!(one(&client, new_id)["id"], new_id);
    let unknown = client.send("DELETE", "/sandbox/launches/nope", &[], "").unwrap();
    assert_eq!(unknown.status, 404);
}

#[test]
fn poison_is_served_to_the_letter() {
    let client = Client::of(60);
    let id = client.launches()[3]["id"].as_str().unwrap().to_owned();
    let path = format!("/sandbox/launches/{id}");
    let poison = r#"{"name": "\ud800", "flight_number": 1e400}"#;
    assert_eq!(client.send("PATCH", &path, &[], poison).unwrap().status, 200);
    let selected =
        || client.ask(json!({ "_id": id }), json!({ "select": "name flight_number" })).text;
    assert!(
        selected().contains(r#""name":"\ud800","flight_number":1e400,"id":"#),
        "{}",
        selected()
    );
    let raw = r#"{"name":"a","name":"b","x":NaN}"#;
    client.tell("PATCH", &format!("launches/{id}"), json!({ "raw": raw }));
    assert!(selected().contains(&format!("[{raw}]")));
    client.tell("PATCH", &format!("launches/{id}"), json!({ "raw": null }));
    assert!(selected().contains("1e400"));
}

#[test]
fn changes_come_between_two_requests() {
    let client = Client::of(60);
    let id = client.launches()[3]["id"].as_str().unwrap().to_owned();
    let change =
        json!({ "at_request": 2, "method": "DELETE", "path": format!("/sandbox/launches/{id}") });
    client.tell("POST", "schedule", change);
    assert_eq!(client.query(json!({}), json!({}))["totalDocs"], 60);
    assert_eq!(client.query(json!({}), json!({}))["totalDocs"], 59);
    let log = client.tell("GET", "log", Value::Null);
    let log = log.as_array().unwrap();
    assert_eq!(log.len(), 3);
    assert_eq!(
        (&log[2]["number"], &log[2]["path"], &log[2]["status"], &log[2]["method"]),
        (&json!(3), &json!("/v4/launches/query"), &json!(200), &json!("POST"))
    );
}

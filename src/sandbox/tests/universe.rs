//! The invented history holds every oddity of the real one, and is the same each time.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::Options;
use super::super::http::hex;
use super::{Client, ids};

fn digest(client: &Client) -> String {
    let mut digest = Sha256::new();
    for path in ["launches", "payloads", "launchpads", "rockets"] {
        digest.update(client.get(&format!("/v4/{path}")).text);
    }
    hex(&digest.finalize())
}

#[test]
fn the_default_universe_never_changes() {
    assert_eq!(
        digest(&Client::of(205)),
        "d61a39d7c3ed9ee77ef3b5b034ebdcd69e82644b861ef5463781192cb2ba3570"
    );
}

#[test]
fn another_seed_is_another_universe() {
    let other = Client::with(Options { seed: 2, ..Options::default() });
    assert_ne!(digest(&other), digest(&Client::of(205)));
}

#[test]
fn all_references_resolve() {
    let client = Client::of(205);
    let known = |path: &str| -> HashSet<String> {
        let all = client.get(&format!("/v4/{path}")).json();
        all.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let (payloads, pads, rockets) = (known("payloads"), known("launchpads"), known("rockets"));
    for launch in client.launches() {
        assert!(rockets.contains(launch["rocket"].as_str().unwrap()));
        assert!(launch["launchpad"].as_str().is_none_or(|pad| pads.contains(pad)));
        for payload in launch["payloads"].as_array().unwrap() {
            assert!(payloads.contains(payload.as_str().unwrap()));
        }
    }
}

#[test]
fn launches_have_the_real_oddities() {
    let launches = Client::of(205).launches();
    let flown: Vec<&Value> = launches.iter().filter(|launch| launch["upcoming"] == false).collect();
    let upcoming: Vec<&Value> =
        launches.iter().filter(|launch| launch["upcoming"] == true).collect();
    assert_eq!((flown.len(), upcoming.len()), (191, 14));
    let some = |what: &str, test: &dyn Fn(&Value) -> bool| {
        assert!(launches.iter().any(test), "no launch has {what}");
    };
    let date = |launch: &Value| launch["date_utc"].as_str().unwrap().to_owned();
    let instant = |value: &Value| {
        chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap().timestamp()
    };
    let fire_lead = |launch: &Value| {
        let fire = &launch["static_fire_date_utc"];
        (!fire.is_null()).then(|| instant(&launch["date_utc"]) - instant(fire))
    };
    some("a static fire after it", &|launch| {
        fire_lead(launch).is_some_and(|lead| (-10_000_000..0).contains(&lead))
    });
    some("a static fire a year after it", &|launch| {
        fire_lead(launch).is_some_and(|lead| lead < -40_000_000)
    });
    some("a static fire at its instant", &|launch| fire_lead(launch) == Some(0));
    some("a static fire months before", &|launch| {
        fire_lead(launch).is_some_and(|lead| lead > 10_000_000)
    });
    some("a month for a date", &|launch| launch["date_precision"] == "month");
    some("a quarter for a date", &|launch| launch["date_precision"] == "quarter");
    some("another date_unix", &|launch| {
        launch["date_unix"].as_i64() != Some(instant(&launch["date_utc"]))
    });
    some("another date_local", &|launch| {
        instant(&launch["date_local"]) != instant(&launch["date_utc"])
    });
    some("no payloads", &|launch| launch["payloads"] == json!([]));
    some("16 payloads", &|launch| launch["payloads"].as_array().unwrap().len() == 16);
    some("a name beyond ASCII", &|launch| !launch["name"].as_str().unwrap().is_ascii());
    some("no fairings", &|launch| launch["fairings"].is_null());
    let start = "2022-11-01T00:00:00.000Z".to_owned();
    assert!(upcoming.iter().any(|launch| date(launch) < start), "no upcoming launch is stale");
    assert!(upcoming.iter().any(|launch| launch["launchpad"].is_null()));
    assert!(upcoming.iter().all(|launch| launch["success"].is_null()));
    assert!(flown.iter().all(|launch| launch["launchpad"].is_string() && date(launch) < start));
    assert!(flown.iter().any(|launch| launch["success"].is_null()));
    let failed = flown.iter().filter(|launch| launch["success"] == false).count();
    assert!((2..=9).contains(&failed), "{failed} failed");
    let months: Vec<String> = upcoming
        .iter()
        .filter(|launch| launch["date_precision"] == "month")
        .map(|launch| date(launch))
        .collect();
    assert!(months.iter().all(|date| date.ends_with("-01T00:00:00.000Z")));
    assert!(months.iter().collect::<HashSet<_>>().len() < months.len(), "no month repeats");
}

#[test]
fn numbers_ids_and_dates_are_three_orders() {
    let client = Client::of(205);
    let launches = client.launches();
    let number = |launch: &Value| launch["flight_number"].as_i64().unwrap();
    let mut ties: HashMap<i64, usize> = HashMap::new();
    for launch in &launches {
        *ties.entry(number(launch)).or_default() += 1;
    }
    assert_eq!(ties.values().max(), Some(&4));
    let flown: Vec<&Value> = launches.iter().filter(|launch| launch["upcoming"] == false).collect();
    assert!(flown.iter().all(|launch| ties[&number(launch)] == 1));
    let latest_by_date = flown.iter().max_by_key(|launch| launch["date_utc"].as_str()).unwrap();
    let latest = client.get("/v4/launches/latest").json();
    assert_ne!(latest["id"], latest_by_date["id"]);
    assert_eq!(number(&latest), 191);
    let by_number: Vec<String> =
        flown.iter().map(|launch| launch["id"].as_str().unwrap().to_owned()).collect();
    assert!(!by_number.is_sorted());
}

#[test]
fn payloads_have_the_real_oddities() {
    let client = Client::of(205);
    let payloads = client.get("/v4/payloads").json();
    let payloads = payloads.as_array().unwrap();
    let without = payloads.iter().filter(|payload| payload["mass_kg"].is_null()).count();
    assert!((payloads.len() / 20..payloads.len() / 4).contains(&without), "{without} without mass");
    assert!(payloads.iter().any(|payload| payload["mass_kg"] == 5383.85));
    let masses: HashMap<&str, &Value> = payloads
        .iter()
        .map(|payload| (payload["id"].as_str().unwrap(), &payload["mass_kg"]))
        .collect();
    let mut owners: HashMap<String, Vec<String>> = HashMap::new();
    let mut partly_known = 0;
    for launch in client.launches() {
        let own: Vec<&str> =
            launch["payloads"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let known = own.iter().filter(|id| !masses[*id].is_null()).count();
        partly_known += usize::from(known > 0 && known < own.len());
        for id in own {
            owners
                .entry(id.to_owned())
                .or_default()
                .push(launch["id"].as_str().unwrap().to_owned());
        }
    }
    assert!(partly_known > 0);
    assert!(owners.values().any(|launches| launches.len() == 2), "no payload is shared");
    let disagrees = |payload: &&Value| {
        let launch = payload["launch"].as_str().unwrap().to_owned();
        owners
            .get(payload["id"].as_str().unwrap())
            .is_some_and(|launches| !launches.contains(&launch))
    };
    assert!(payloads.iter().any(|payload| disagrees(&payload)), "every payload.launch is right");
}

#[test]
fn any_number_of_launches() {
    let none = Client::of(0);
    assert_eq!(none.get("/v4/launches").text, "[]");
    assert_eq!(none.get("/v4/launches/latest").status, 404);
    assert_eq!(none.query(json!({}), json!({}))["totalDocs"], 0);
    let one = Client::of(1);
    assert_eq!(one.get("/v4/launches/latest").json()["flight_number"], 1);
    let many = Client::of(20_000);
    let page = many.query(
        json!({ "_id": { "$gt": "000000000000000000000000" } }),
        json!({ "sort": "_id", "limit": 3 }),
    );
    assert_eq!(page["totalDocs"], 20_000);
    let upcoming = many.query(
        json!({ "upcoming": true }),
        json!({ "limit": 100, "sort": "_id", "select": "name" }),
    );
    assert_eq!((upcoming["totalDocs"].as_i64(), ids(&upcoming).len()), (Some(40), 40));
}

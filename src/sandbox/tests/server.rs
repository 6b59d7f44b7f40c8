//! The real server's answers, also where they are odd.

use serde_json::{Value, json};

use super::super::{Options, Sandbox, StartError};
use super::{Client, ids};

#[test]
fn paging_by_key_gives_every_launch_once() {
    let client = Client::of(205);
    let (mut last, mut seen) = ("0".repeat(24), Vec::new());
    loop {
        let page = client.query(
            json!({ "_id": { "$gt": last } }),
            json!({ "sort": { "_id": 1 }, "limit": 50, "select": "name" }),
        );
        assert_eq!(page["totalDocs"].as_u64(), Some(205 - seen.len() as u64));
        let page = ids(&page);
        let done = page.len() < 50;
        seen.extend(page);
        if done {
            break;
        }
        last.clone_from(seen.last().unwrap());
    }
    let mut all: Vec<String> =
        client.launches().iter().map(|launch| launch["id"].as_str().unwrap().to_owned()).collect();
    all.sort();
    assert_eq!(seen, all);
}

#[test]
fn a_body_without_the_right_type_is_ignored() {
    let client = Client::of(205);
    for headers in [&[][..], &[("Content-Type", "text/plain")][..]] {
        let answer = client
            .send("POST", "/v4/launches/query", headers, r#"{"query": {"upcoming": true}}"#)
            .unwrap();
        let answer = answer.json();
        assert_eq!((answer["totalDocs"].as_i64(), ids(&answer).len()), (Some(205), 10));
    }
    let null = client.try_query(&json!({ "query": null, "options": "limit" })).unwrap().json();
    assert_eq!((null["totalDocs"].as_i64(), ids(&null).len()), (Some(205), 10));
}

#[test]
fn unknown_fields_are_dropped_and_unknown_operators_refused() {
    let client = Client::of(205);
    for query in [json!({ "id": { "$gt": "5" } }), json!({ "nothing": 1 }), json!({ "$foo": 1 })] {
        assert_eq!(client.query(query, json!({}))["totalDocs"], 205);
    }
    let refused = |query: Value| {
        let answer = client.ask(query, json!({}));
        assert_eq!(
            (answer.status, answer.header("content-type").unwrap()),
            (400, "text/plain; charset=utf-8")
        );
        answer.text
    };
    assert_eq!(refused(json!({ "name": { "$foo": 1 } })), "Can't use $foo with String.");
    assert_eq!(
        refused(json!({ "_id": "xyz" })),
        "Cast to ObjectId failed for value \"xyz\" (type string) at path \"_id\" for model \"Launch\""
    );
    assert_eq!(
        refused(json!({ "upcoming": "perhaps" })),
        "Cast to Boolean failed for value \"perhaps\" (type string) at path \"upcoming\" for model \"Launch\""
    );
    assert_eq!(refused(json!({ "$or": [] })), "$or must be a nonempty array");
    let malformed = client
        .send("POST", "/v4/launches/query", &[("Content-Type", "application/json")], "{")
        .unwrap();
    assert_eq!(malformed.status, 400);
}

#[test]
fn operators_select_the_same_launches_as_a_look_at_all_of_them() {
    let client = Client::of(205);
    let all = client.launches();
    let check = |query: Value, test: &dyn Fn(&Value) -> bool| {
        let expected = all.iter().filter(|launch| test(launch)).count();
        assert_eq!(
            client.query(query.clone(), json!({}))["totalDocs"].as_u64(),
            Some(expected as u64),
            "{query}"
        );
        assert!((1..205).contains(&expected), "{query} tells nothing apart");
    };
    let middle = all[100]["date_utc"].as_str().unwrap().to_owned();
    let date = |launch: &Value| launch["date_utc"].as_str().unwrap().to_owned();
    check(json!({ "date_utc": { "$gte": middle } }), &|launch| date(launch) >= middle);
    check(json!({ "date_utc": { "$gt": middle } }), &|launch| date(launch) > middle);
    check(json!({ "date_utc": { "$lt": middle } }), &|launch| date(launch) < middle);
    check(json!({ "date_utc": { "$lte": middle } }), &|launch| date(launch) <= middle);
    // Compared as text: an offset sorts before the fraction.
    let other_form = middle.replace(".000Z", "+00:00");
    check(json!({ "date_utc": { "$lte": other_form } }), &|launch| date(launch) < middle);
    check(json!({ "upcoming": "yes" }), &|launch| launch["upcoming"] == true);
    check(json!({ "flight_number": "7" }), &|launch| launch["flight_number"] == 7);
    check(json!({ "success": null }), &|launch| launch["success"].is_null());
    check(json!({ "success": { "$ne": null } }), &|launch| !launch["success"].is_null());
    check(json!({ "flight_number": { "$in": [3, 5] } }), &|launch| {
        launch["flight_number"] == 3 || launch["flight_number"] == 5
    });
    check(json!({ "flight_number": { "$nin": [3, 5] } }), &|launch| {
        launch["flight_number"] != 3 && launch["flight_number"] != 5
    });
    check(json!({ "success": { "$in": [null, false] } }), &|launch| launch["success"] != true);
    let payload = all[5]["payloads"][0].as_str().unwrap();
    check(json!({ "payloads": payload }), &|launch| {
        launch["payloads"].as_array().unwrap().iter().any(|one| one == payload)
    });
    check(
        json!({ "$or": [{ "upcoming": true }, { "success": false, "upcoming": false }] }),
        &|launch| launch["upcoming"] == true || launch["success"] == false,
    );
    check(json!({ "$and": [{ "success": true }, { "date_utc": { "$gt": middle } }] }), &|launch| {
        launch["success"] == true && date(launch) > middle
    });
    check(json!({ "fairings.reused": true }), &|launch| launch["fairings"]["reused"] == true);
    let chosen = [
        all[9]["id"].as_str().unwrap(),
        all[4]["id"].as_str().unwrap(),
        "ffffffffffffffffffffffff",
    ];
    check(json!({ "_id": { "$in": chosen } }), &|launch| {
        chosen.contains(&launch["id"].as_str().unwrap())
    });
}

#[test]
fn pages_have_the_keys_and_the_arithmetic_of_the_server() {
    let client = Client::of(25);
    let page = |options: Value| {
        let mut answer = client.query(json!({}), options);
        let count = answer["docs"].as_array().unwrap().len();
        answer["docs"] = json!(count);
        answer
    };
    assert_eq!(
        page(json!({})),
        json!({ "docs": 10, "totalDocs": 25, "offset": 0, "limit": 10, "totalPages": 3, "page": 1, "pagingCounter": 1,
            "hasPrevPage": false, "hasNextPage": true, "prevPage": null, "nextPage": 2 })
    );
    assert_eq!(
        page(json!({ "page": 3, "limit": "10" })),
        json!({ "docs": 5, "totalDocs": 25, "limit": 10, "totalPages": 3, "page": 3, "pagingCounter": 21,
            "hasPrevPage": true, "hasNextPage": false, "prevPage": 2, "nextPage": null })
    );
    for limit in [json!(0), json!(-3), json!(null), json!("many")] {
        assert_eq!(
            page(json!({ "limit": limit })),
            json!({ "docs": 0, "totalDocs": 25, "offset": 0, "limit": 0, "totalPages": 1, "page": 1,
                "pagingCounter": 1, "hasPrevPage": false, "hasNextPage": false, "prevPage": null, "nextPage": null })
        );
    }
    assert_eq!(page(json!({ "limit": 1_000_000_000 }))["docs"], 25);
    assert_eq!(page(json!({ "offset": 20, "page": 1 }))["docs"], 5);
    let past = page(json!({ "page": 9 }));
    assert_eq!(
        (&past["docs"], &past["hasPrevPage"], &past["hasNextPage"]),
        (&json!(0), &json!(true), &json!(false))
    );
    let all = page(json!({ "pagination": false, "limit": 3, "page": 2 }));
    assert_eq!((&all["docs"], &all["limit"]), (&json!(25), &json!(25)));
    assert_eq!(page(json!({ "pagination": "false" }))["docs"], 10);
    assert_eq!(page(json!({ "page": "x" }))["page"], Value::Null);
    let none = client.query(json!({ "flight_number": 999 }), json!({}));
    assert_eq!((&none["totalDocs"], &none["totalPages"]), (&json!(0), &json!(1)));
}

#[test]
fn sorts_in_every_form() {
    let client = Client::of(60);
    let dates = |sort: Value| -> Vec<String> {
        let page =
            client.query(json!({}), json!({ "sort": sort, "limit": 100, "select": "date_utc" }));
        page["docs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|doc| doc["date_utc"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(dates(json!("date_utc")).is_sorted());
    assert!(dates(json!("-date_utc")).is_sorted_by(|one, other| one >= other));
    assert_eq!(dates(json!({ "date_utc": "desc" })), dates(json!("-date_utc")));
    assert_eq!(dates(json!({ "_id": 1 })), dates(json!({ "_id": "asc" })));
    assert_eq!(dates(json!({ "id": -1 })), dates(json!({})), "no document has an id to sort by");
    assert_eq!(client.ask(json!({}), json!({ "sort": { "name": 7 } })).status, 400);
    // The first key of an object decides, whatever the alphabet says.
    let headers = [("Content-Type", "application/json")];
    let body =
        r#"{"options": {"sort": {"upcoming": -1, "_id": 1}, "limit": 60, "select": "upcoming"}}"#;
    let page = client.send("POST", "/v4/launches/query", &headers, body).unwrap().json();
    assert_eq!(page["docs"][0]["upcoming"], true);
}

#[test]
fn select_in_every_form() {
    let client = Client::of(60);
    let first = |select: Value| {
        client.query(json!({}), json!({ "limit": 1, "sort": "flight_number", "select": select }))["docs"][0].clone()
    };
    let keys = |document: Value| document.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(first(json!("name date_utc"))), ["date_utc", "id", "name"]);
    assert_eq!(keys(first(json!({ "name": 1, "_id": 0 }))), ["name"]);
    assert_eq!(keys(first(json!(["name"]))), ["id", "name"]);
    assert_eq!(keys(first(json!("id name"))), ["id", "name"]);
    assert_eq!(keys(first(json!("name,date_utc"))), ["id"]);
    assert_eq!(keys(first(json!("-links -cores -_id"))).len(), 24);
    assert_eq!(keys(first(json!(null))).len(), 27);
    assert_eq!(client.ask(json!({}), json!({ "select": { "name": 1, "id": 0 } })).status, 400);
    let projected = client.query(json!({}), json!({ "projection": "name", "limit": 1 }));
    assert_eq!(keys(projected["docs"][0].clone()), ["id", "name"]);
    let capsules = client
        .query(json!({ "fairings": null }), json!({ "select": "fairings.reused", "limit": 1 }));
    assert_eq!(capsules["docs"][0]["fairings"], json!({ "reused": null }));
}

#[test]
fn populate_puts_documents_in_place_of_ids() {
    let client = Client::of(205);
    let wanted = json!([
        { "path": "payloads", "select": "name mass_kg" }, { "path": "launchpad", "select": { "name": 1 } },
        { "path": "rocket", "select": "name" },
    ]);
    let options = |populate: &Value| json!({ "select": "name", "populate": populate, "sort": "flight_number" });
    let page = client.query(json!({}), options(&wanted));
    let (document, plain) = (&page["docs"][0], &client.launches()[0]);
    assert_eq!(document["payloads"][0]["id"], plain["payloads"][0]);
    assert_eq!(document["payloads"][0].as_object().unwrap().len(), 3);
    assert_eq!(
        (&document["rocket"]["name"], &document["rocket"]["id"]),
        (&json!("Merrin 1"), &plain["rocket"])
    );
    assert_eq!(document["launchpad"].as_object().unwrap().len(), 2);
    let payload = plain["payloads"][0].as_str().unwrap();
    client.tell("DELETE", &format!("payloads/{payload}"), Value::Null);
    client.tell("DELETE", &format!("rockets/{}", plain["rocket"].as_str().unwrap()), Value::Null);
    let document = client.query(json!({}), options(&wanted))["docs"][0].clone();
    assert_eq!((&document["payloads"], &document["rocket"]), (&json!([]), &Value::Null));
    let kept = json!({ "path": "payloads", "options": { "retainNullValues": true } });
    assert_eq!(client.query(json!({}), options(&kept))["docs"][0]["payloads"], json!([null]));
    assert_eq!(
        client.query(json!({}), options(&json!("payloads")))["docs"][0]["payloads"],
        json!([])
    );
    assert_eq!(client.ask(json!({}), options(&json!("wings"))).status, 400);
}

#[test]
fn paths_and_methods() {
    let client = Client::of(60);
    assert_eq!(client.get("/v4/admin/health").text, "OK");
    for path in
        ["/launches", "/v5/payloads", "/v4/launches/query", "/v4/launches/zzz", "/v4/nothing"]
    {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.text.as_str()), (404, "Not Found"), "{path}");
    }
    assert_eq!(
        client.send("DELETE", "/v4/launches/5eb87cd9ffd86e000604b32a", &[], "").unwrap().status,
        401
    );
    assert_eq!(client.get("/v4/launches/?limit=2").json().as_array().unwrap().len(), 60);
    let next = client.get("/v4/launches/next").json();
    assert_eq!((&next["upcoming"], &next["flight_number"]), (&json!(true), &json!(57)));
    let parts = ["past", "upcoming"]
        .map(|part| client.get(&format!("/v4/launches/{part}")).json().as_array().unwrap().len());
    assert_eq!(parts, [56, 4]);
    let head = client.send("HEAD", "/v4/launches", &[], "").unwrap();
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let long = "x".repeat(1024 * 1024 + 1);
    let refused = client
        .send("POST", "/v4/launches/query", &[("Content-Type", "application/json")], &long)
        .unwrap();
    assert_eq!((refused.status, refused.text.as_str()), (413, "request entity too large"));
    assert!(refused.header("x-etl-sandbox").is_some());
    assert!(client.get("/v4/launches/latest").header("x-etl-sandbox").unwrap().ends_with("seed=1"));
}

#[test]
fn entity_tags_answer_get_and_never_a_query() {
    let client = Client::of(60);
    let tag = client.get("/v4/launches/latest").header("etag").unwrap().to_owned();
    let again = client.send("GET", "/v4/launches/latest", &[("If-None-Match", &tag)], "").unwrap();
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let refreshed = [("If-None-Match", tag.as_str()), ("Cache-Control", "no-cache")];
    assert_eq!(client.send("GET", "/v4/launches/latest", &refreshed, "").unwrap().status, 200);
    let headers = [("If-None-Match", "*"), ("Content-Type", "application/json")];
    assert_eq!(client.send("POST", "/v4/launches/query", &headers, "{}").unwrap().status, 200);
}

#[test]
fn kept_answers_grow_old_and_disagree() {
    let client = Client::with(Options { cache: true, ..Options::default() });
    let latest = || client.get("/v4/launches/latest");
    assert_eq!(latest().header("spacex-api-cache"), Some("MISS"));
    let id = latest().json()["id"].as_str().unwrap().to_owned();
    client.tell("PATCH", &format!("launches/{id}"), json!({ "name": "Renamed" }));
    assert_eq!(latest().header("spacex-api-cache"), Some("HIT"));
    assert_ne!(latest().json()["name"], "Renamed");
    let fresh = client.query(json!({ "_id": id }), json!({}));
    assert_eq!(fresh["docs"][0]["name"], "Renamed");
    client.tell("POST", "clock", json!({ "advance": "21s" }));
    assert_eq!(latest().json()["name"], "Renamed");
}

#[test]
fn answers_are_compressed_only_where_that_is_wanted() {
    let client = Client::of(60);
    assert_eq!(
        client.get("/v4/launches").header("content-encoding"),
        None,
        "decoded by the client"
    );
    let raw = |options: Options| {
        use std::io::{Read, Write};
        let sandbox = Sandbox::start(options).unwrap();
        let mut stream = std::net::TcpStream::connect(sandbox.address).unwrap();
        let request = "GET /v4/launches HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).contains("Content-Encoding: gzip")
    };
    assert!(raw(Options::default()));
    assert!(!raw(Options { gzip: false, ..Options::default() }));
}

#[test]
fn files_are_served_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let options = || Options { data: Some(directory.path().to_owned()), ..Options::default() };
    let first = r#"{"name":"B","z":{"y":1,"x":15.3385301},"upcoming":false,"date_utc":"2022-05-01T10:00:00.000Z","flight_number":1,"id":"bb"}"#;
    let second = r#"{"name":"A","upcoming":true,"flight_number":2,"id":"aa"}"#;
    write("launches.json", &format!("[{first},\n{second}]"));
    for name in ["payloads.json", "launchpads.json"] {
        write(name, "[]");
    }
    let missing = Sandbox::start(options()).err().unwrap();
    assert!(
        matches!(&missing, StartError::Files(cause) if cause.to_string().contains("rockets.json")),
        "{missing}"
    );
    write("rockets.json", "{}");
    assert!(Sandbox::start(options()).err().unwrap().to_string().contains("rockets.json"));
    write("rockets.json", "[]");
    let client = Client::with(options());
    assert_eq!(client.get("/v4/launches").text, format!("[{first},{second}]"));
    assert_eq!(client.get("/v4/launches/latest").text, first);
    assert!(client.get("/v4/rockets").header("x-etl-sandbox").unwrap().ends_with(" data"));
    assert_eq!(client.tell("GET", "clock", Value::Null)["now"], "2022-05-02T00:00:00.000Z");
}

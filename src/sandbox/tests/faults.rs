//! Each fault as the client meets it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Client, ids};

fn meet(client: &Client, fault: Value) -> Result<super::Answer, ureq::Error> {
    client.tell("POST", "faults", json!([fault]));
    client.try_query(&json!({ "options": { "sort": "_id", "limit": 5, "select": "name" } }))
}

#[test]
fn statuses_come_with_headers_and_body_so_many_times() {
    let client = Client::of(60);
    client.tell("POST", "faults", json!([
        { "fault": "status", "status": 429, "headers": { "Retry-After": "2" }, "body": "slow down", "times": 2, "skip": 1 },
        { "fault": "status", "status": 500, "path": "/v4/rockets" },
    ]));
    assert_eq!(client.get("/v4/rockets").status, 200, "the first rule lets one pass");
    let refused = client.get("/v4/launches/latest");
    assert_eq!(
        (refused.status, refused.header("retry-after"), refused.text.as_str()),
        (429, Some("2"), "slow down")
    );
    assert!(refused.header("x-etl-sandbox").is_some());
    assert_eq!([0; 3].map(|_| client.get("/v4/rockets").status), [429, 500, 200]);
    client.tell("POST", "faults", json!([{ "fault": "status", "status": 503, "times": "always" }]));
    assert_eq!([0; 3].map(|_| client.get("/v4/rockets").status), [503; 3]);
    client.tell("DELETE", "faults", Value::Null);
    assert_eq!(client.get("/v4/rockets").status, 200);
}

#[test]
fn a_fault_that_does_not_exist_is_refused() {
    let client = Client::of(0);
    for fault in [
        json!({ "fault": "earthquake" }),
        json!({ "fault": "reset", "tmies": 2 }),
        json!({ "fault": "latency" }),
        json!({ "fault": "latency", "ms": 1, "path": "/launches/query" }),
    ] {
        let answer = client.send("POST", "/sandbox/faults", &[], &fault.to_string()).unwrap();
        assert_eq!(answer.status, 400, "{fault}: {}", answer.text);
    }
}

#[test]
fn connections_break_and_bodies_end_early() {
    let client = Client::of(60);
    let broken = meet(&client, json!({ "fault": "reset" })).err().unwrap();
    let kind = match &broken {
        ureq::Error::Io(error) => error.kind(),
        other => panic!("{other}"),
    };
    assert_eq!(kind, std::io::ErrorKind::ConnectionReset);
    assert!(meet(&client, json!({ "fault": "reset_mid_body" })).is_err());
    assert!(meet(&client, json!({ "fault": "truncate", "bytes": 20 })).is_err());
    for length in ["none", "actual"] {
        let cut =
            meet(&client, json!({ "fault": "truncate", "bytes": 20, "length": length })).unwrap();
        assert_eq!(cut.text.len(), 20);
    }
    let log = client.tell("GET", "log", Value::Null);
    assert_eq!(log[0]["fault"], "reset");
    assert!(meet(&client, json!({ "fault": "latency", "ms": 0 })).is_ok(), "the sandbox goes on");
}

#[test]
fn bodies_are_garbage_endless_or_elsewhere() {
    let client = Client::of(60);
    let garbage = json!({ "fault": "garbage", "body": "<html>", "content_type": "text/html" });
    let garbage = meet(&client, garbage).unwrap();
    assert_eq!(
        (garbage.status, garbage.text.as_str(), garbage.header("content-type")),
        (200, "<html>", Some("text/html"))
    );
    let elsewhere =
        meet(&client, json!({ "fault": "redirect", "location": "http://127.0.0.1:1/" })).unwrap();
    assert_eq!(
        (elsewhere.status, elsewhere.header("location")),
        (302, Some("http://127.0.0.1:1/"))
    );
    client.tell("POST", "faults", json!([{ "fault": "oversize" }]));
    let mut endless = client.agent.get(client.address("/v4/launches")).call().unwrap();
    let read = endless.body_mut().with_config().limit(1 << 20).read_to_vec();
    assert!(
        matches!(read, Err(ureq::Error::BodyExceedsLimit(_))),
        "{:?}",
        read.map(|body| body.len())
    );
}

#[test]
fn answers_are_late_or_slow_or_never_come() {
    let client = Client::of(60);
    let started = Instant::now();
    assert!(meet(&client, json!({ "fault": "latency", "ms": 300 })).is_ok());
    assert!(started.elapsed() >= Duration::from_millis(300));
    let started = Instant::now();
    assert!(meet(&client, json!({ "fault": "drip", "bytes_per_second": 1000 })).is_ok());
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    client.tell("POST", "faults", json!([{ "fault": "stall" }]));
    let request = client.agent.get(client.address("/v4/launches")).config();
    let stalled = request.timeout_global(Some(Duration::from_millis(300))).build().call();
    assert!(matches!(stalled, Err(ureq::Error::Timeout(_))));
}

#[test]
fn answers_are_edited() {
    let client = Client::of(60);
    let edited = |edit: Value| {
        let mut fault = json!({ "fault": "edit_answer" });
        fault.as_object_mut().unwrap().extend(edit.as_object().unwrap().clone());
        meet(&client, fault).unwrap().json()
    };
    let plain = ids(&edited(json!({})));
    assert_eq!(edited(json!({ "merge": { "totalDocs": -1 } }))["totalDocs"], -1);
    let mut reversed = ids(&edited(json!({ "reverse_docs": true })));
    reversed.reverse();
    assert_eq!(reversed, plain);
    assert_eq!(
        ids(&edited(json!({ "duplicate_last_doc": true })))[4..],
        [plain[4].clone(), plain[4].clone()]
    );
    assert_eq!(ids(&edited(json!({ "drop_docs": 2 }))), plain[..3]);
    assert!(edited(json!({ "unset": "name" }))["docs"][0].get("name").is_none());
    client.tell("POST", "faults", json!([{ "fault": "edit_answer", "ignore_filter": true }]));
    assert_eq!(client.query(json!({ "upcoming": true }), json!({}))["totalDocs"], 60);
}

#[test]
fn a_sandbox_stops_at_once() {
    let client = Client::of(60);
    client.tell("POST", "faults", json!([{ "fault": "stall", "times": "always" }]));
    let mut stream = std::net::TcpStream::connect(client.sandbox.address).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /v4/launches HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let started = Instant::now();
    drop(client);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

//! `OpenLineage` events: what its schema (2-0-2) asks for, in our own words.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Answer, Database, FaultServer, Sandbox, folder};

fn is_uri(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
    })
}

fn is_uuid(value: &Value) -> bool {
    let parts: Vec<usize> = value.as_str().unwrap_or_default().split('-').map(str::len).collect();
    let hex = |c: char| c == '-' || c.is_ascii_hexdigit();
    parts == [8, 4, 4, 4, 12] && value.as_str().unwrap_or_default().chars().all(hex)
}

/// What the schema requires of an event of a run, with its facets.
#[track_caller]
fn keeps_the_schema(event: &Value) {
    assert!(
        ["START", "COMPLETE", "FAIL"].iter().any(|kind| event["eventType"] == *kind),
        "{event}"
    );
    let time = event["eventTime"].as_str().expect("an instant");
    assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{event}");
    assert!(is_uri(&event["producer"]) && is_uri(&event["schemaURL"]), "{event}");
    assert!(is_uuid(&event["run"]["runId"]), "{event}");
    for key in ["namespace", "name"] {
        let is_named = |place: &Value| place[key].as_str().is_some_and(|name| !name.is_empty());
        assert!(is_named(&event["job"]), "{event}");
        for list in ["inputs", "outputs"] {
            let places = event[list].as_array().expect("a list");
            assert!(!places.is_empty() && places.iter().all(is_named), "{event}");
        }
    }
    for (name, facet) in event["run"]["facets"].as_object().expect("facets") {
        assert!(is_uri(&facet["_producer"]) && is_uri(&facet["_schemaURL"]), "{name}: {event}");
        match name.as_str() {
            "errorMessage" => {
                assert!(facet["message"].is_string() && facet["programmingLanguage"].is_string());
            }
            "tags" => assert!(
                facet["tags"][0]["key"].is_string() && facet["tags"][0]["value"].is_string()
            ),
            other => panic!("the facet {other} is not known"),
        }
    }
}

fn events(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("events were written");
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.iter().for_each(keeps_the_schema);
    events
}

on_both! {
    fn a_run_is_a_start_and_an_end(database: Database) {
        let (sandbox, database, folder) = (Sandbox::start(), database.migrated(), folder());
        let file = folder.path().join("lineage.ndjson");
        let run = || sandbox.etl(&database, "run").env("ETL_LINEAGE", &file).run();
        run().succeeds();
        sandbox.faults(&json!({ "fault": "status", "status": 404, "times": "always" }));
        run().exits(3);
        let events = events(&file);
        let kinds: Vec<&Value> = events.iter().map(|event| &event["eventType"]).collect();
        assert_eq!(kinds, ["START", "COMPLETE", "START", "FAIL"]);
        let run_of = |at: usize| &events[at]["run"]["runId"];
        assert!(run_of(0) == run_of(1) && run_of(2) == run_of(3) && run_of(0) != run_of(2));
        let runs = database.rows("SELECT pipeline_run_id FROM pipeline_runs ORDER BY id");
        for (at, run) in [(1, &runs[0]), (3, &runs[1])] {
            let tag = &events[at]["run"]["facets"]["tags"]["tags"][0];
            assert_eq!((&tag["key"], &tag["value"]), (&json!("pipeline_run_id"), &json!(run)));
        }
        let message = events[3]["run"]["facets"]["errorMessage"]["message"].as_str().unwrap();
        assert!(message.contains("status 404"), "{message}");
        for event in &events {
            let namespace = event["outputs"][0]["namespace"].as_str().unwrap();
            let scheme = if database.is_postgres() { "postgres://" } else { "sqlite:///" };
            assert!(namespace.starts_with(scheme) && !namespace.contains('@'), "{namespace}");
            let name = event["outputs"][0]["name"].as_str().unwrap();
            assert!(name.ends_with("raw_launches"), "{name}");
            assert_eq!(event["inputs"][0]["name"], "v4/launches");
        }
    }
}

#[test]
fn a_server_is_told_with_the_key_that_it_wants() {
    let (sandbox, database) = (Sandbox::start(), Database::sqlite());
    let server = FaultServer::start(vec![Answer::http("201 Created", &[], "")]);
    let url = server.url().replace("/v4", "");
    let told = || {
        sandbox
            .etl(&database, "run")
            .env("OPENLINEAGE_URL", &url)
            .env("OPENLINEAGE_API_KEY", "key-5fe1")
    };
    let output = told().args("-v").run().succeeds();
    assert!(!output.everything().contains("key-5fe1"), "{}", output.everything());
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert!(request.starts_with("POST /api/v1/lineage HTTP/1.1"), "{request}");
        let head = request.to_ascii_lowercase();
        assert!(head.contains("authorization: bearer key-5fe1"), "{request}");
        assert!(head.contains("content-type: application/json"), "{request}");
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        keeps_the_schema(&serde_json::from_str(body).unwrap());
    }
    told().env("OPENLINEAGE_DISABLED", "true").run().succeeds();
    told().args("--dry-run").run().succeeds();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn events_that_do_not_arrive_are_warnings() {
    let (sandbox, database) = (Sandbox::start(), Database::sqlite());
    let server = FaultServer::start(vec![Answer::http("500 Oops", &[], "")]);
    for place in [server.url(), "/nowhere/lineage.ndjson".to_owned()] {
        let output = sandbox.etl(&database, "run").env("ETL_LINEAGE", place).run().succeeds();
        let words = "event of lineage did not arrive";
        assert_eq!(output.stderr.matches(words).count(), 2, "{}", output.stderr);
    }
}

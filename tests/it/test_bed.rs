//! The test bed itself: what the other tests lean on holds.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use diesel::prelude::*;

use crate::support::{
    Answer, Database, Deed, Etl, FaultServer, Moment, Output, PostgresProxy, variable,
};

on_both! {
    fn a_database_is_fresh_and_dumps_the_same_text(database: Database) {
        let first = if database.is_postgres() {
            "2022-10-05 18:00:00.5+02"
        } else {
            "2022-10-05T16:00:00.500000Z"
        };
        let columns = "name varchar, at timestamptz, good boolean, ids jsonb, mass numeric(10,2)";
        database.execute(&format!("CREATE TABLE t ({columns})")).unwrap();
        let touched = database.execute(&format!(
            "INSERT INTO t VALUES ('b', '{first}', true, '[\"x\",\"y\"]', 9.50),
                                  ('Ä', NULL, false, NULL, NULL)"
        ));
        assert_eq!(touched, Ok(2));
        assert_eq!(
            database.dump("t", &["name", "at", "good", "ids", "mass"]),
            [
                "b | 2022-10-05T16:00:00.500000Z | 1 | [\"x\",\"y\"] | 9.50",
                "Ä | NULL | 0 | NULL | NULL",
            ]
        );
        assert_eq!(database.value("SELECT count(*) FROM t WHERE at IS NULL"), "1");
        assert!(database.execute("SELECT nothing FROM t").unwrap_err().contains("nothing"));
    }
}

#[test]
fn a_postgres_database_is_dropped_with_its_sessions() {
    let Some(first) = Database::postgres() else { return };
    let Some(second) = Database::postgres() else { return };
    let Database::Postgres { name, .. } = &first else { unreachable!() };
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(second.value(&exists), "1");
    let _still_connected = PgConnection::establish(&first.url()).unwrap();
    drop(first);
    assert_eq!(second.value(&exists), "0");
}

#[test]
fn the_binary_runs_in_a_clean_room() {
    assert!(variable("PATH").is_some());
    let ended = Etl::new().args("no-such-command-is-there").run();
    assert!(ended.signal.is_none(), "{}", ended.everything());
}

#[test]
fn what_changes_from_run_to_run_is_masked() {
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let text = format!(
        "run initial_20241215_121518_0f9e8d7c at {} of a launch on 2022-10-05T16:00:00.000Z\n\
         {{\"pipeline_duration_seconds\":1.234}} completed in 1.2s, waits 30s, 127.0.0.1:43210\n\
         held by process 4711 on etl_test_12_0_0f9e8d7c in /tmp/etl-test-AbC123/etl.db, etl {}",
        now.to_rfc3339(),
        env!("CARGO_PKG_VERSION"),
    );
    freeze!("test_bed__masked", text);
}

#[test]
fn an_output_shows_all_of_itself() {
    let output =
        Output { code: Some(3), signal: None, stdout: "{}\n".into(), stderr: "why\n".into() };
    assert_eq!(output.json(), serde_json::json!({}));
    let output = output.exits(3).says("why");
    assert_eq!(output.everything(), "exit code: 3\n----- stdout\n{}\n----- stderr\nwhy\n");
}

/// Sends one request; what came back, and the error that ended it.
fn ask(server: &FaultServer, request: &str) -> (String, Option<std::io::ErrorKind>) {
    let address = server.url().replace("http://", "").replace("/v4", "");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = vec![];
    let end = stream.read_to_end(&mut answer).err();
    (String::from_utf8(answer).unwrap(), end.map(|error| error.kind()))
}

const GET: &str = "GET /v4/launches/latest HTTP/1.1\r\nHost: x\r\n\r\n";
const POST: &str = "POST /v4/launches/query HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";

#[test]
fn a_fault_server_follows_its_script_and_stays_at_the_end() {
    let server = FaultServer::start(vec![
        Answer::http("429 Too Many Requests", &["Retry-After: 1"], ""),
        Answer::json("{}"),
    ]);
    assert!(
        ask(&server, GET).0.starts_with("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n")
    );
    assert!(ask(&server, POST).0.ends_with("\r\n\r\n{}"));
    assert!(ask(&server, POST).0.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(server.requests(), [GET, POST, POST]);
}

#[test]
fn a_fault_server_resets_stalls_and_drips() {
    let bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    let reset = Some(std::io::ErrorKind::ConnectionReset);
    let server = FaultServer::start(vec![
        Answer::Reset { after: bytes.clone() },
        Answer::Reset { after: bytes.clone() },
        Answer::Stall { after: bytes.clone() },
        Answer::Drip { bytes, at_a_time: 5, pause: Duration::from_millis(20) },
    ]);
    assert_eq!(ask(&server, GET), ("HTTP/1.1 200 OK\r\n".into(), reset));
    assert_eq!(ask(&server, POST), ("HTTP/1.1 200 OK\r\n".into(), reset));
    let (answer, end) = ask(&server, GET);
    assert_eq!(answer, "HTTP/1.1 200 OK\r\n");
    assert_eq!(
        end,
        Some(std::io::ErrorKind::WouldBlock),
        "nothing came, and the connection stayed open"
    );
    let start = Instant::now();
    assert_eq!(ask(&server, GET), ("HTTP/1.1 200 OK\r\n".into(), None));
    assert!(start.elapsed() >= Duration::from_millis(80));
}

#[test]
fn a_fault_server_forwards_to_a_real_one() {
    let real = FaultServer::start(vec![Answer::json("{\"real\":true}")]);
    let to = real.url().replace("http://", "").replace("/v4", "");
    let server = FaultServer::start(vec![Answer::Forward { to }]);
    assert!(ask(&server, POST).0.ends_with("{\"real\":true}"));
    assert!(real.requests()[0].contains("Connection: close"));
}

#[test]
fn a_proxy_in_front_of_postgres_breaks_off_where_it_is_told() {
    let Some(database) = Database::postgres() else { return };
    database.execute("CREATE TABLE t (n int)").unwrap();
    let proxy = PostgresProxy::start(&database);
    let insert = || {
        let mut connection = PgConnection::establish(proxy.url()).map_err(|e| e.to_string())?;
        connection
            .transaction(|connection| {
                diesel::sql_query("INSERT INTO t VALUES (1)").execute(connection)
            })
            .map_err(|error: diesel::result::Error| error.to_string())
    };
    assert_eq!(insert(), Ok(1));
    let messages = proxy.messages();
    assert_eq!(messages.first().map(String::as_str), Some("P SET TIME ZONE 'UTC'"));
    let parsed = messages.iter().position(|message| message == "P INSERT INTO t VALUES (1)");
    let parsed = parsed.expect("the statement is seen") + 1;
    let cases = [
        (Moment::Commit(1), "1"),
        (Moment::Committed(1), "2"),
        (Moment::Message(parsed), "2"),
        (Moment::Answer(1), "2"),
    ];
    for (moment, rows) in cases {
        proxy.at(moment, Deed::Drop);
        assert!(insert().is_err(), "{moment:?}");
        assert!(proxy.has_reached());
        database.wait_until_left();
        assert_eq!(database.value("SELECT count(*) FROM t"), rows, "{moment:?}");
    }
}

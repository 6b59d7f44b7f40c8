//! `etl query --engine trino`: what comes is exact, what fails is one line, and nothing is left running on the server.

use std::time::{Duration, Instant};

use serde_json::json;

use super::etl;
use crate::support::{Answer, Database, Etl, FaultServer, Output, Trino, folder};

/// Nobody waits for its end.
const ENDLESS: &str = "SELECT sum(a.n * b.n) FROM UNNEST(sequence(1, 10000)) a (n) \
    CROSS JOIN UNNEST(sequence(1, 10000)) b (n) CROSS JOIN UNNEST(sequence(1, 10000)) c (n)";

struct Asked {
    database: Database,
    trino: Trino,
    folder: tempfile::TempDir,
}

impl Asked {
    fn new() -> Option<Asked> {
        let (database, trino) = Trino::with_database()?;
        Some(Asked { database: database.migrated(), trino, folder: folder() })
    }

    /// A question of the user's own.
    fn of(&self, sql: &str, words: &str) -> Etl {
        let file = self.folder.path().join("question.sql");
        std::fs::write(&file, sql).expect("a file");
        etl(&self.trino, &self.database, "query --engine trino").args(words).arg("--file").arg(file)
    }

    /// The same by way of a server that misbehaves.
    fn by_way_of(&self, server: &FaultServer, sql: &str) -> Etl {
        self.of(sql, "").env("ETL_TRINO_URL", address(server))
    }

    fn forward(&self) -> Answer {
        Answer::Forward { to: self.trino.server().trim_start_matches("http://").to_owned() }
    }

    /// Waits until no query with this mark runs on the server.
    #[track_caller]
    fn assert_nothing_runs(&self, mark: &str) {
        let sql = format!(
            "SELECT count(*) FROM system.runtime.queries WHERE query LIKE '%{mark}%'
             AND query NOT LIKE '%system.runtime%' AND state NOT IN ('FINISHED', 'FAILED')"
        );
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.trino.answer(&sql).rows != [[Some("0".to_owned())]] {
            assert!(Instant::now() < deadline, "a query is left running on the server");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until a query with this mark runs, and gives its id.
    #[track_caller]
    fn wait_until_it_runs(&self, mark: &str) -> String {
        let sql = format!(
            "SELECT query_id FROM system.runtime.queries WHERE query LIKE '%{mark}%'
             AND query NOT LIKE '%system.runtime%' AND state = 'RUNNING'"
        );
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Some(row) = self.trino.answer(&sql).rows.into_iter().next() {
                return row[0].clone().expect("an id");
            }
            assert!(Instant::now() < deadline, "the query never ran");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn address(server: &FaultServer) -> String {
    server.url().trim_end_matches("/v4").to_owned()
}

/// One line on standard error beside what is told of the work, and nothing of Java.
#[track_caller]
fn fails(output: Output, code: i32, text: &str) {
    let output = output.exits(code).says(text);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.everything());
    assert!(!output.stderr.contains("io.trino"), "{}", output.everything());
}

#[test]
fn every_value_is_exact() {
    let Some(asked) = Asked::new() else { return };
    let sql = "SELECT 9223372036854775807 AS big, DECIMAL '-0.10' AS fraction,
            CAST('12345678901234567890123456789012345678' AS decimal(38,0)) AS digits,
            TIMESTAMP '2007-03-21 01:10:00.123456 UTC' AS at,
            TIMESTAMP '2007-03-21 01:10:00.000000 UTC' AS whole,
            true AS truth, CAST(NULL AS varchar) AS nothing, 'é|\"x\"' AS text,
            CAST('null' AS varchar) AS word, JSON '[\"a\",1]' AS json, ARRAY[1, 2] AS list, 1.5e300 AS real,
            DATE '2007-03-21' AS day;";
    let output = asked.of(sql, "--format ndjson").run().succeeds();
    let expected = r#"{"big":9223372036854775807,"fraction":-0.10,"digits":12345678901234567890123456789012345678,"at":"2007-03-21T01:10:00.123456Z","whole":"2007-03-21T01:10:00Z","truth":true,"nothing":null,"text":"é|\"x\"","word":"null","json":["a",1],"list":[1,2],"real":1.5E300,"day":"2007-03-21"}"#;
    assert_eq!(output.stdout.trim_end(), expected);
    let none = asked.of("SELECT 1 AS a, 2 AS b WHERE false", "--format csv").run().succeeds();
    assert_eq!(none.stdout, "a,b\r\n");
    let many = asked.of(
        "SELECT n FROM UNNEST(sequence(1, 10000)) t (n), UNNEST(sequence(1, 20)) u (m)",
        "--format csv",
    );
    assert_eq!(many.run().succeeds().stdout.lines().count(), 200_001);
}

#[test]
fn a_name_without_a_schema_is_looked_for_where_the_tables_are() {
    let Some(asked) = Asked::new() else { return };
    let count = asked.of("SELECT count(*) AS n FROM raw_launches", "--format csv").run().succeeds();
    assert_eq!(count.stdout, "n\r\n0\r\n");
}

#[test]
fn a_window_and_a_limit_give_what_they_give_on_the_database() {
    let Some(asked) = Asked::new() else { return };
    crate::support::Sandbox::of(60).run(&asked.database, "");
    for words in [
        "heaviest_launches --since 2010-01-01 --until 2014-06-01T12:00:00Z --limit 3",
        "launches_by_month --since 2011-01-01",
        "success_rate_over_time --until 2012-01-01 --format json",
        "launch_sites --limit 2 --format markdown",
        "launches_by_year",
        "pipeline_growth --limit 1 --format ndjson",
    ] {
        let here = etl(&asked.trino, &asked.database, &format!("query {words}")).run().succeeds();
        let there = etl(&asked.trino, &asked.database, &format!("query {words} --engine trino"));
        assert_eq!(there.run().succeeds().stdout, here.stdout, "{words}");
        assert!(here.stdout.lines().count() > 1 || words.contains("json"), "{words}");
    }
    let refused =
        etl(&asked.trino, &asked.database, "query launch_sites --engine trino --since 2010-01-01");
    fails(refused.run(), 2, "launch_sites has no launch dates to choose from");
}

#[test]
fn a_failure_is_one_line_with_its_name_its_place_and_the_next_step() {
    let Some(asked) = Asked::new() else { return };
    let mut told = String::new();
    for (sql, code) in [
        ("SELECT\n  x FROM", 2),
        ("SELECT 1 FROM nowhere.public.t", 2),
        ("SELECT 1 FROM nowhere.t", 2),
        ("SELECT 1\nFROM nothing", 2),
        ("SELECT launch_id, nothing FROM raw_launches", 2),
        ("SELECT 1 / 0", 2),
        ("DELETE FROM raw_launches", 2),
        ("CREATE TABLE t (a bigint)", 2),
    ] {
        let output = asked.of(sql, "").run().exits(code);
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.everything());
        told += &output.stderr.replace(asked.trino.catalog(), "[catalog]");
    }
    freeze!("trino__failures", told);
    let output = asked.of("SELECT 1 / 0", "--format json").run().exits(2);
    assert_eq!(output.json()["error"]["kind"], "statement_refused");
}

#[test]
fn what_is_wrong_behind_trino_is_said() {
    let Some(asked) = Asked::new() else { return };
    let make = |name: &str, url: &str| {
        let made = asked.trino.ask(
            &format!("CREATE CATALOG {name} USING postgresql WITH (\"connection-url\" = '{url}', \"connection-user\" = 'trino_reader', \"connection-password\" = 'wrong')"),
            "UTC",
        );
        made.unwrap_or_else(|error| panic!("{error}"));
    };
    let (down, locked) =
        (format!("{}_down", asked.trino.catalog()), format!("{}_locked", asked.trino.catalog()));
    let place = asked.database.place();
    let place = place.split_once('@').expect("a place").1;
    make(&down, "jdbc:postgresql://127.0.0.1:9/mydatabase");
    make(&locked, &format!("jdbc:postgresql://{place}"));
    let ask = |catalog: &str| {
        asked.of("SELECT count(*) FROM raw_launches", "").env("ETL_TRINO_CATALOG", catalog).run()
    };
    let (first, second) = (ask(&down), ask(&locked));
    for catalog in [down, locked] {
        asked.trino.answer(&format!("DROP CATALOG {catalog}"));
    }
    fails(first, 75, "PostgreSQL behind Trino's catalog does not answer");
    fails(second, 3, "password authentication failed");
}

#[test]
fn a_server_that_only_starts_is_waited_for() {
    let Some(asked) = Asked::new() else { return };
    let starting = json!({
        "id": "x", "stats": { "state": "FAILED" },
        "error": { "message": "Trino server is still initializing", "errorCode": 65548,
            "errorName": "SERVER_STARTING_UP", "errorType": "INTERNAL_ERROR", "failureInfo": { "stack": ["at io.trino.X"] } },
    });
    let busy = |status| Answer::http(status, &[], "no");
    let server = FaultServer::start(vec![
        busy("503 Service Unavailable"),
        busy("429 Too Many Requests"),
        busy("502 Bad Gateway"),
        Answer::json(&starting.to_string()),
        asked.forward(),
    ]);
    let output = asked.by_way_of(&server, "SELECT 42 AS answer").run().succeeds();
    assert!(output.stdout.contains("42"), "{}", output.everything());
    let never = FaultServer::start(vec![Answer::json(&starting.to_string())]);
    fails(asked.by_way_of(&never, "SELECT 1").run(), 75, "SERVER_STARTING_UP");
}

#[test]
fn a_server_that_is_not_there_or_went_away_is_told_apart_from_one_that_refuses() {
    let Some(asked) = Asked::new() else { return };
    fails(asked.of("SELECT 1", "--trino-url http://127.0.0.1:9").run(), 75, "connection refused");
    let refusing = FaultServer::start(vec![Answer::http(
        "401 Unauthorized",
        &[],
        "Basic authentication must be sent",
    )]);
    fails(asked.by_way_of(&refusing, "SELECT 1").run(), 2, "answers with status 401");
    let stranger = FaultServer::start(vec![Answer::http("200 OK", &[], "<html>hello</html>")]);
    fails(asked.by_way_of(&stranger, "SELECT 1").run(), 3, "ETL_TRINO_URL");
    // The statement may have arrived, so that it is not sent again.
    let lost = FaultServer::start(vec![Answer::Reset { after: vec![] }]);
    fails(asked.by_way_of(&lost, "SELECT 1").run(), 75, "was lost");
    assert_eq!(lost.requests().iter().filter(|request| request.starts_with("POST")).count(), 1);
}

#[test]
fn a_restarted_server_has_forgotten_the_query() {
    let Some(asked) = Asked::new() else { return };
    let listening = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listening.local_addr().expect("an address");
    let to = asked.trino.server().trim_start_matches("http://").to_owned();
    // It answers the first call, then the restarted server stands in its place.
    let first = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let begun = json!({ "id": "20200101_000000_00000_aaaaa", "stats": { "state": "QUEUED" },
            "nextUri": format!("http://{address}/v1/statement/executing/20200101_000000_00000_aaaaa/y0/1") })
        .to_string();
        let (mut client, _) = listening.accept().expect("a call");
        let mut head = [0; 4096];
        let read = client.read(&mut head).expect("a request");
        assert!(head[..read].starts_with(b"POST"));
        write!(
            client,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{begun}",
            begun.len()
        )
        .expect("sent");
        drop(client);
        while let Ok((mut client, _)) = listening.accept() {
            let mut server = std::net::TcpStream::connect(&to).expect("the real server");
            let read = client.read(&mut head).expect("a request");
            if read == 0 {
                return;
            }
            let request = String::from_utf8_lossy(&head[..read])
                .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            server.write_all(request.as_bytes()).expect("sent");
            let mut answer = vec![];
            server.read_to_end(&mut answer).expect("an answer");
            client.write_all(&answer).expect("sent");
        }
    });
    let output = asked.of("SELECT 1", &format!("--trino-url http://{address}")).run();
    // The listener goes with the thread.
    drop(std::net::TcpStream::connect(address));
    first.join().expect("no panic");
    fails(output, 75, "has forgotten the query");
}

#[test]
fn an_answer_that_goes_on_elsewhere_is_not_followed() {
    let Some(asked) = Asked::new() else { return };
    let secret = FaultServer::start(vec![Answer::json("{}")]);
    let elsewhere = json!({ "id": "x", "stats": { "state": "QUEUED" },
        "nextUri": format!("{}/v1/statement/x", address(&secret)) });
    let server = FaultServer::start(vec![Answer::json(&elsewhere.to_string())]);
    fails(asked.by_way_of(&server, "SELECT 1").run(), 3, "not followed");
    assert!(secret.requests().is_empty());
}

#[test]
fn a_password_goes_over_https_only_and_is_never_shown() {
    let Some(asked) = Asked::new() else { return };
    let output = asked.of("SELECT 1", "-v").env("ETL_TRINO_PASSWORD", "hunter2").run();
    assert!(!output.everything().contains("hunter2"), "{}", output.everything());
    fails(output, 2, "no password goes");
}

#[test]
fn what_is_interrupted_ends_on_the_server() {
    let Some(asked) = Asked::new() else { return };
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mark = format!("interrupted_by_{signal}_{}", asked.trino.catalog());
        let running = asked.of(&format!("{ENDLESS} /* {mark} */"), "").spawn();
        asked.wait_until_it_runs(&mark);
        running.signal(signal);
        running.wait().exits(code);
        asked.assert_nothing_runs(&mark);
    }
}

#[test]
fn a_limit_ends_the_query_on_the_server() {
    let Some(asked) = Asked::new() else { return };
    let mark = format!("limited_{}", asked.trino.catalog());
    let sql = format!(
        "SELECT a.n FROM UNNEST(sequence(1, 10000)) a (n) CROSS JOIN UNNEST(sequence(1, 10000)) b (n) CROSS JOIN UNNEST(sequence(1, 10000)) c (n) /* {mark} */"
    );
    let output = asked.of(&sql, "--limit 3 --format csv").run().succeeds();
    assert_eq!(output.stdout.lines().count(), 4);
    asked.assert_nothing_runs(&mark);
}

#[test]
fn a_query_that_somebody_ends_on_the_server_fails() {
    let Some(asked) = Asked::new() else { return };
    let mark = format!("killed_{}", asked.trino.catalog());
    let running = asked.of(&format!("{ENDLESS} /* {mark} */"), "").spawn();
    let id = asked.wait_until_it_runs(&mark);
    asked.trino.answer(&format!(
        "CALL system.runtime.kill_query(query_id => '{id}', message => 'enough')"
    ));
    fails(running.wait(), 3, "ADMINISTRATIVELY_KILLED");
}

#[test]
fn status_says_whether_trino_sees_what_the_database_has() {
    let Some(asked) = Asked::new() else { return };
    crate::support::Sandbox::of(20).run(&asked.database, "");
    let status = |catalog: &str, words: &str| {
        etl(&asked.trino, &asked.database, &format!("status --trino {words}"))
            .env("ETL_TRINO_CATALOG", catalog)
            .run()
    };
    let same = status(asked.trino.catalog(), "--format json").succeeds().json();
    assert_eq!(same["trino"]["living"], 20);
    assert_eq!(same["trino"]["differences"], json!([]));
    assert!(same["trino"]["publication"].is_null());
    let text = status(asked.trino.catalog(), "").succeeds().stdout;
    assert!(
        text.contains("sees the same in") && text.contains("is empty: `etl publish` fills it"),
        "{text}"
    );
    let (other, elsewhere) = Trino::with_database().expect("there was one before");
    let _other = other.migrated();
    let differs = status(elsewhere.catalog(), "").exits(1).stdout;
    assert!(
        differs.contains("sees not the same")
            && differs.contains("Trino sees 0 launches, the database has 20"),
        "{differs}"
    );
    let sqlite = Database::sqlite().migrated();
    fails(etl(&asked.trino, &sqlite, "status --trino").run(), 2, "Trino cannot read SQLite");
}

//! Connections that do not come about, stall, break, or do not speak HTTP.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{Ends, On, ROW, Row, Scene, Start, try_rows};
use crate::support::{Answer, Output};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nX-Etl-Sandbox: fault\r\n";
const HALF: &[u8] =
    b"HTTP/1.1 200 OK\r\nX-Etl-Sandbox: fault\r\nContent-Length: 500\r\n\r\n{\"docs\"";

/// A reconcile with a second for each try.
fn hurried(scene: &Scene<'_>, answers: Vec<Answer>) -> Output {
    scene.run_meeting("--reconcile --api-timeout 1", answers)
}

/// A port on which somebody listens, but whose queue of connections is full.
struct FullQueue {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl FullQueue {
    fn new() -> FullQueue {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        let waiting = (0..8_000).map_while(connect).collect();
        FullQueue { address, _listener: listener, _waiting: waiting }
    }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "1",
        name: "the host name does not resolve",
        how: "the API address names no-such-host.invalid",
        on: On::Sqlite,
        start: Start::Empty,
        ends: Ends::Failing(3, "api_unreachable"),
        says: &["no-such-host.invalid", "cannot be resolved", "4 tries"],
        meet: |scene| {
            let run = scene.etl("run --migrate").env("HTTPS_PROXY", "");
            run.env("SPACEX_API_URL", "https://no-such-host.invalid/v4").run()
        },
        ..ROW
    },
    Row {
        number: "2",
        name: "the connection is refused",
        how: "a port on which nobody listens",
        ends: Ends::Failing(3, "api_unreachable"),
        says: &["127.0.0.1:1:", "connection refused", "4 tries", "of waiting"],
        meet: |scene| scene.run_at("http://127.0.0.1:1/v4", ""),
        ..ROW
    },
    Row {
        number: "3",
        name: "no connection comes about",
        how: "a listener whose queue is full",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_timeout"),
        says: &["no connection within 5 s", "4 tries", "SPACEX_API_TIMEOUT"],
        meet: |scene| {
            let full = FullQueue::new();
            let begun = Instant::now();
            let url = format!("http://{}/v4", full.address);
            let output = scene.run_at(&url, "--reconcile --api-timeout 9");
            assert!(begun.elapsed() < Duration::from_secs(20 + 14 + 5), "{:?}", begun.elapsed());
            output
        },
        ..ROW
    },
    Row {
        number: "4a",
        name: "accepted, never answered",
        how: "the server reads the request and is silent",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_timeout"),
        says: &["no answer came within 1 s", "4 tries", "SPACEX_API_TIMEOUT"],
        meet: |scene| hurried(scene, vec![Answer::Stall { after: vec![] }]),
        ..ROW
    },
    Row {
        number: "4b",
        name: "the headers stall",
        how: "silence in the middle of the headers",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_timeout"),
        says: &["no answer came within 1 s", "4 tries"],
        meet: |scene| hurried(scene, vec![Answer::Stall { after: HEAD.to_vec() }]),
        ..ROW
    },
    Row {
        number: "5",
        name: "the body stalls",
        how: "7 of 500 bytes, then silence",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_timeout"),
        says: &["7 of 500 bytes", "within 1 s", "4 tries"],
        meet: |scene| hurried(scene, vec![Answer::Stall { after: HALF.to_vec() }]),
        ..ROW
    },
    Row {
        number: "6",
        name: "a slow drip",
        how: "5 bytes a second, never a pause as long as the timeout",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_timeout"),
        says: &["within 1 s", "4 tries"],
        meet: |scene| {
            let pause = Duration::from_millis(200);
            hurried(scene, vec![Answer::Drip { bytes: HALF.repeat(3), at_a_time: 1, pause }])
        },
        ..ROW
    },
    Row {
        number: "7a",
        name: "a reset before the answer, once",
        how: "closed with a byte of the request unread",
        meet: |scene| {
            let answers = vec![Answer::Reset { after: vec![] }, scene.forward()];
            let output = scene.run_meeting("--reconcile", answers);
            assert_eq!(output.json()["api_retries"], 1, "counted");
            output
        },
        ..ROW
    },
    Row {
        number: "7b",
        name: "a reset within the body, once",
        how: "the same after 7 of 500 bytes",
        meet: |scene| {
            let answers = vec![Answer::Reset { after: HALF.to_vec() }, scene.forward()];
            scene.run_meeting("--reconcile", answers)
        },
        ..ROW
    },
    Row {
        number: "7c",
        name: "a reset of every connection",
        how: "closed with a byte of the request unread, before an answer, for ever",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_disconnected"),
        says: &["127.0.0.1:", "was lost", "4 tries"],
        meet: |scene| scene.run_meeting("", vec![Answer::Reset { after: vec![] }]),
        ..ROW
    },
    Row {
        number: "8a",
        name: "JSON cut short of its length, once",
        how: "a length of 500, the connection closed after 7 bytes",
        meet: |scene| scene.meets_once(HALF),
        ..ROW
    },
    Row {
        number: "8b",
        name: "JSON cut short of its length, for ever",
        how: "the same in every answer",
        ends: Ends::Failing(3, "api_cut_short"),
        says: &["cut short at byte 7 of 500", "4 tries"],
        meet: |scene| {
            let output = scene.meets_always(HALF);
            let open = "SELECT count(*) FROM quarantined_launches WHERE resolved_at IS NULL";
            assert_eq!(scene.database.value(open), "1", "nothing more in quarantine");
            output
        },
        ..ROW
    },
    Row {
        number: "9a",
        name: "JSON cut short that told no length",
        how: "no length, the connection closed after 7 bytes, once",
        meet: |scene| scene.meets_once(&[HEAD, b"\r\n{\"docs\""].concat()),
        ..ROW
    },
    Row {
        number: "9b",
        name: "the length is too small",
        how: "a length of 7 for a longer page, for ever",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_cut_short"),
        says: &["cut short at byte 7", "4 tries"],
        meet: |scene| {
            scene.meets_always(
                &[HEAD, b"Content-Length: 7\r\n\r\n{\"docs\":[],\"limit\":9"].concat(),
            )
        },
        ..ROW
    },
    Row {
        number: "9c",
        name: "a chunk cut short",
        how: "one chunk of 7 bytes, then the end without the last chunk, for ever",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_cut_short"),
        says: &["cut short at byte 7", "4 tries"],
        meet: |scene| {
            let chunk = b"Transfer-Encoding: chunked\r\n\r\n7\r\n{\"docs\"\r\n";
            scene.meets_always(&[HEAD, chunk].concat())
        },
        ..ROW
    },
    Row {
        number: "10a",
        name: "another protocol",
        how: "the greeting of an SSH server",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_not_http"),
        says: &["not valid HTTP", "2 tries"],
        meet: |scene| scene.meets_always(b"SSH-2.0-OpenSSH_9.6\r\n"),
        ..ROW
    },
    Row {
        number: "10b",
        name: "two lengths",
        how: "Content-Length 5 and 7",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_not_http"),
        says: &["not valid HTTP"],
        meet: |scene| {
            let two = b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n{}xxxxx";
            scene.meets_always(&[HEAD, two].concat())
        },
        ..ROW
    },
    Row {
        number: "10c",
        name: "a header of 70 kB",
        how: "one header line of 70,000 characters",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_not_http"),
        says: &["not valid HTTP"],
        meet: |scene| {
            let long = format!("X-Long: {}\r\n\r\n", "x".repeat(70_000));
            scene.meets_always(&[HEAD, long.as_bytes()].concat())
        },
        ..ROW
    },
];

//! Bodies that are not what they should be: portals, damage, compression, size.

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use serde_json::json;

use super::{Ends, On, ROW, Row, Start, try_rows};
use crate::support::Answer;

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nX-Etl-Sandbox: fault\r\n";

/// More than any client of ours may ever take.
const MEMORY_KB: u64 = 256 * 1024;

fn body(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{OK}{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(vec![], Compression::fast());
    gzip.write_all(bytes).expect("memory");
    gzip.finish().expect("memory")
}

/// Ten gigabytes of zeros in ten megabytes: one block that stands for itself, again and again.
fn bomb() -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(1 << 20);
    let zeros = vec![0; 1 << 20];
    compress.compress_vec(&zeros, &mut block, FlushCompress::Full).expect("memory");
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255].to_vec();
    [header, block.repeat(10 * 1024)].concat()
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "11a",
        name: "a login page instead of JSON",
        how: "200 with HTML",
        start: Start::Empty,
        ends: Ends::Failing(3, "api_not_json"),
        says: &["text/html", "<h1>Log in</h1>", "portal or proxy"],
        meet: |scene| scene.meets_always(&body("Content-Type: text/html\r\n", b"<h1>Log in</h1>")),
        ..ROW
    },
    Row {
        number: "11b",
        name: "nothing",
        how: "200 with an empty body",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_not_json"),
        says: &["it is empty"],
        meet: |scene| scene.meets_always(&body("", b"")),
        ..ROW
    },
    Row {
        number: "11c",
        name: "null",
        how: "200 with `null`",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_contract"),
        says: &["no page of launches", "beginning `null`"],
        meet: |scene| scene.meets_always(&body("", b"null")),
        ..ROW
    },
    Row {
        number: "11d",
        name: "a bare list",
        how: "200 with `[{}]`",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_contract"),
        says: &["no page of launches", "beginning `[{}]`"],
        meet: |scene| scene.meets_always(&body("", b"[{}]")),
        ..ROW
    },
    Row {
        number: "12a",
        name: "JSON that says it is text",
        how: "Content-Type: text/plain",
        meet: |scene| {
            scene.meets_altered(|mut answer| {
                let json = "application/json";
                assert!(answer.head.contains(json), "{}", answer.head);
                answer.head = answer.head.replace(json, "text/plain");
                answer.bytes()
            })
        },
        ..ROW
    },
    Row {
        number: "12b",
        name: "a byte order mark",
        how: "U+FEFF in front of the page",
        meet: |scene| {
            scene.meets_altered(|mut answer| {
                answer.body.splice(0..0, "\u{feff}".bytes());
                answer.bytes()
            })
        },
        ..ROW
    },
    Row {
        number: "13",
        name: "bytes that are no UTF-8",
        how: "0xFF within one name",
        meet: |scene| {
            let output = scene.meets_altered(|mut answer| {
                let name = b"\"name\":\"Renamed\"";
                let at = answer.body.windows(name.len()).position(|part| part == name);
                answer.body[at.expect("the renamed launch") + 9] = 0xff;
                answer.bytes()
            });
            assert_eq!(output.json()["launches_quarantined"], 2, "that one and the old one");
            output
        },
        ..ROW
    },
    Row {
        number: "14a",
        name: "plain text that says it is compressed",
        how: "Content-Encoding: gzip over JSON, for ever",
        ends: Ends::Failing(3, "api_damaged"),
        says: &["compressed body is damaged", "4 tries"],
        meet: |scene| scene.meets_always(&body("Content-Encoding: gzip\r\n", b"{\"docs\":[]}")),
        ..ROW
    },
    Row {
        number: "14b",
        name: "a compressed body cut short",
        how: "half of a gzip stream with its own length, once",
        meet: |scene| {
            let gzip = gzipped(
                json!({ "docs": [], "limit": 1000, "totalDocs": 0 }).to_string().as_bytes(),
            );
            scene.meets_once(&body("Content-Encoding: gzip\r\n", &gzip[..gzip.len() / 2]))
        },
        ..ROW
    },
    Row {
        number: "15",
        name: "a bomb",
        how: "10 MB of gzip that are 10 GB of zeros",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_too_large"),
        says: &["16777216 bytes", "after decompression"],
        meet: |scene| {
            let answer = Answer::Bytes(body("Content-Encoding: gzip\r\n", &bomb()));
            scene.run_within("--reconcile", vec![answer], MEMORY_KB)
        },
        ..ROW
    },
    Row {
        number: "16",
        name: "a body without end",
        how: "chunk after chunk of blanks",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_too_large"),
        says: &["16777216 bytes"],
        meet: |scene| {
            let head = format!("{OK}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
            let again = [b"4000\r\n".to_vec(), vec![b' '; 0x4000], b"\r\n".to_vec()].concat();
            scene.run_within("--reconcile", vec![Answer::Endless { head, again }], MEMORY_KB)
        },
        ..ROW
    },
    Row {
        number: "44a",
        name: "NaN",
        how: "a mass of NaN, in the text of the page",
        ends: Ends::Failing(3, "api_not_json"),
        says: &["not JSON", "line 1 column"],
        meet: |scene| {
            scene.meets_altered(|mut answer| {
                let text = String::from_utf8(answer.body).expect("a page");
                answer.body = text
                    .replacen("\"flight_number\":", "\"flight_number\":NaN,\"x\":", 1)
                    .into_bytes();
                answer.bytes()
            })
        },
        ..ROW
    },
    Row {
        number: "44b",
        name: "a trailing comma",
        how: "a comma behind the last document",
        on: On::Sqlite,
        ends: Ends::Failing(3, "api_not_json"),
        says: &["trailing comma", "line 1 column"],
        meet: |scene| {
            let page = br#"{"docs":[{},],"limit":1000,"totalDocs":1}"#;
            scene.meets_always(&body("", page))
        },
        ..ROW
    },
];

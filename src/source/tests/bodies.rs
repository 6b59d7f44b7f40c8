//! What can be wrong with a body, from a cut end to one bad document among good ones.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::server::{Server, answer, id, launch, ok, page};
use super::{failure, heals, sweep};
use crate::model::document::{DocumentFault, Field};

#[test]
fn json_that_was_cut_is_tried_again_however_it_was_cut() {
    let body = page(&[launch(1)], 1, 9).to_string();
    let (half, _) = body.split_at(body.len() / 2);
    let at = half.len();
    let all = body.len();
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    for cut in [
        format!("{head}\r\n{half}"),
        format!("{head}Content-Length: {at}\r\n\r\n{body}"),
        format!("{head}Content-Length: {all}\r\n\r\n{half}"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{at:x}\r\n{half}\r\n"),
    ] {
        heals(cut.clone().into_bytes());
        let (text, kind, requests) = failure(vec![cut.into_bytes()]);
        assert_eq!((kind, requests), ("api_cut_short", 4), "{text}");
        assert!(text.contains(&format!("cut short at byte {at}")), "{text}");
    }
}

#[test]
fn what_is_not_json_says_what_it_is() {
    let html = "<!DOCTYPE html>\n<title>Log in</title>";
    let (text, kind, requests) =
        failure(vec![answer("200 OK", "Content-Type: text/html\r\n", html)]);
    assert_eq!((kind, requests), ("api_not_json", 1));
    assert!(text.contains("text/html, beginning `<!DOCTYPE html>\\x0a<title>"), "{text}");
    for body in [
        "",
        " \r\n",
        "NaN",
        r#"{"docs":[{"a":NaN}]}"#,
        r#"{"docs":[],}"#,
        r#"{"docs":[],"totalDocs":0,"limit":9}x"#,
    ] {
        let (text, kind, requests) = failure(vec![answer("200 OK", "", body)]);
        assert_eq!((kind, requests), ("api_not_json", 1), "{text}");
    }
}

#[test]
fn a_byte_order_mark_and_a_wrong_content_type_do_no_harm() {
    let body = format!("\u{feff}{}", page(&[launch(1)], 1, 9));
    let server = Server::script(vec![answer("200 OK", "Content-Type: text/plain\r\n", body)]);
    assert_eq!(sweep(&server.source(9)).unwrap().len(), 1);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn bytes_that_are_no_utf8_spoil_one_document() {
    let mut body = page(&[launch(1), launch(2), launch(3)], 3, 9).to_string().into_bytes();
    let place = body.windows(8).position(|window| window == b"Launch 2").unwrap();
    body[place..place + 3].copy_from_slice(b"\xff\xe2\x28");
    let sent = body.clone();
    let server = Server::script(vec![answer("200 OK", "", body)]);
    let documents = sweep(&server.source(9)).unwrap();
    assert!(documents[0].fields.is_ok() && documents[2].fields.is_ok());
    assert_eq!(documents[1].fields, Err(DocumentFault::NotUtf8));
    assert_eq!(documents[1].id, Some(id(2)));
    assert!(documents[1].text.contains("\u{fffd}\u{fffd}(nch 2"), "{}", documents[1].text);
    // The digest is that of the bytes as served.
    let end = documents[1].text.len() - 4;
    let start = place - documents[1].text.find('\u{fffd}').unwrap();
    let original = &sent[start..start + end];
    assert_eq!(documents[1].content_sha256, crate::model::digest::sha256_hex(original));
}

#[test]
fn a_document_that_spoils_a_parser_spoils_only_itself() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let good = launch(1).to_string();
    let docs = [
        good.clone(),
        launch(2).to_string().replace("Launch 2", "\\ud800"),
        launch(3).to_string().replace("\"hour\"", &deep),
        launch(4).to_string().replace("7.5", "1e400"),
        launch(5).to_string().replace("\"name\":\"Launch", "\"name\":1,\"name\":\"Launch"),
    ];
    let body = format!(r#"{{"docs":[{}],"totalDocs":5,"limit":9}}"#, docs.join(","));
    let server = Server::script(vec![answer("200 OK", "", body)]);
    let documents = sweep(&server.source(9)).unwrap();
    let field = |n: usize| documents[n].fields.as_ref().unwrap();
    assert_eq!(documents[0].text, good);
    assert_eq!(field(1).name, Field::Unreadable("text with a lone surrogate"));
    assert_eq!(field(2).date_precision, Field::Unreadable("a list"));
    assert!(format!("{:?}", field(3).payloads).contains("1e400"));
    assert_eq!(documents[4].fields, Err(DocumentFault::DuplicateKey("name".to_owned())));
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_compressed_answer_is_read_and_a_damaged_one_tried_again() {
    let body = page(&[launch(1)], 1, 9).to_string();
    let whole = gzipped(body.as_bytes());
    let gzip = |body: &[u8]| answer("200 OK", "Content-Encoding: gzip\r\n", body);
    let server = Server::script(vec![gzip(&whole)]);
    let source = server.source(9);
    assert_eq!(sweep(&source).unwrap().len(), 1);
    assert_eq!(source.usage().bytes, body.len() as u64);
    for damaged in [gzip(body.as_bytes()), gzip(&whole[..whole.len() / 2])] {
        heals(damaged.clone());
        let (text, kind, requests) = failure(vec![damaged]);
        assert_eq!((kind, requests), ("api_damaged", 4), "{text}");
        assert!(text.contains("compressed body is damaged"), "{text}");
    }
}

#[test]
fn a_body_beyond_the_limit_is_not_read_to_its_end() {
    let zeros = vec![b'0'; 17 * 1024 * 1024];
    for big in [
        answer("200 OK", "Content-Encoding: gzip\r\n", gzipped(&zeros)),
        answer("200 OK", "", &zeros),
    ] {
        let (text, kind, requests) = failure(vec![big]);
        assert_eq!((kind, requests), ("api_too_large", 1));
        assert!(text.contains("16777216 bytes"), "{text}");
    }
}

#[test]
fn latest_is_one_document_with_bare_references() {
    let body = json!({ "id": id(1), "payloads": [id(2)], "launchpad": id(3), "flight_number": 7 });
    let server = Server::script(vec![ok(&body)]);
    let document = server.source(9).latest().unwrap();
    assert_eq!(document.id, Some(id(1)));
    assert!(
        matches!(document.fields.unwrap().launchpad, Field::Value(pad) if pad.id == Field::Value(id(3)))
    );
    assert!(server.requests()[0].starts_with("GET /v4/launches/latest HTTP/1.1\r\n"));
    for body in ["null", "[]", "7"] {
        let server = Server::script(vec![answer("200 OK", "", body)]);
        assert_eq!(server.source(9).latest().unwrap_err().kind(), "api_contract");
    }
    let server = Server::script(vec![answer("404 Not Found", "", "Not Found")]);
    assert_eq!(server.source(9).latest().unwrap_err().kind(), "api_status");
}

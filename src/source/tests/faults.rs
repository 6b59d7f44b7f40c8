//! The bad days of HTTP: what is tried again, what is not, how long it takes, and what the error says.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::server::{Reply, Server, answer, launch, page};
use super::{failure, good, heals, sweep};
use crate::clock::Clock;
use crate::model::settings::SourceSettings;
use crate::source::Source;

#[test]
fn what_may_pass_is_tried_four_times() {
    for (status, body) in [
        ("500 Internal Server Error", "boom"),
        ("502 Bad Gateway", ""),
        ("503 Service Unavailable", ""),
        ("408 Request Timeout", ""),
        ("400 Bad Request", "Operation `launches.find()` buffering timed out after 10000ms"),
        ("400 Bad Request", "connect ECONNREFUSED 127.0.0.1:27017"),
    ] {
        heals(answer(status, "", body));
        let (text, kind, requests) = failure(vec![answer(status, "", body)]);
        assert_eq!((kind, requests), ("api_status", 4), "{text}");
        assert!(text.contains(&format!("status {}", status.split(' ').next().unwrap())), "{text}");
        assert!(text.contains(body) && text.contains("4 tries"), "{text}");
    }
}

#[test]
fn what_is_our_own_fault_is_not_tried_again() {
    let cast =
        r#"Cast to ObjectId failed for value "xyz" (type string) at path "_id" for model "Launch""#;
    for (status, body) in [
        ("400 Bad Request", cast),
        ("401 Unauthorized", "x"),
        ("403 Forbidden", ""),
        ("404 Not Found", "Not Found"),
        ("413 Payload Too Large", "request entity too large"),
    ] {
        let (text, kind, requests) = failure(vec![answer(status, "", body)]);
        assert_eq!((kind, requests), ("api_status", 1));
        assert!(text.contains(body), "{text}");
    }
}

#[test]
fn a_body_that_acts_on_a_terminal_is_shown_harmless() {
    let (text, ..) = failure(vec![answer("404 Not Found", "", "\u{1b}[2J\u{9b}1\r\n\u{202e}x")]);
    assert!(text.ends_with("`\\x1b[2J\\x9b1\\x0d\\x0a\\u{202e}x`"), "{text}");
}

#[test]
fn a_redirect_is_named_and_not_followed() {
    let other = Server::script(vec![good()]);
    for status in ["301", "302", "303", "307", "308"] {
        let location = format!("Location: http://u:secret@{}/v5?key=secret\r\n", other.address);
        let (text, kind, requests) =
            failure(vec![answer(&format!("{status} Moved"), &location, "")]);
        assert_eq!((kind, requests), ("api_redirect", 1));
        assert!(text.contains(&format!("redirected to http://{}/v5;", other.address)), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    let (text, ..) = failure(vec![answer("302 Found", "Location: file:///etc/passwd\r\n", "")]);
    assert!(text.contains("file:///etc/passwd; not followed"), "{text}");
    assert!(other.requests().is_empty());
}

#[test]
fn too_many_requests_waits_as_told() {
    let at_once = answer("429 Too Many", "Retry-After: Fri, 06 May 2022 12:00:00 GMT\r\n", "");
    heals(at_once.clone());
    heals(answer("429 Too Many", "", ""));
    let begun = Instant::now();
    heals(answer("429 Too Many", "Retry-After: 1\r\n", ""));
    heals(answer("503 Unavailable", "Retry-After: 1\r\n", ""));
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(2) && took < Duration::from_secs(6), "{took:?}");
    let (_, kind, requests) = failure(vec![at_once]);
    assert_eq!((kind, requests), ("api_rate_limited", 4));
}

#[test]
fn a_wait_that_is_too_long_or_no_time_ends_it_at_once() {
    for value in ["86400", "-1", "1e30", "soon", ""] {
        let header = format!("Retry-After: {value}\r\n");
        let (text, kind, requests) = failure(vec![answer("429 Too Many", &header, "")]);
        assert_eq!((kind, requests), ("api_rate_limited", 1), "{text}");
        assert!(text.contains(value), "{text}");
    }
}

#[test]
fn what_is_not_http_is_tried_once_more() {
    let huge = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(70_000));
    let two_lengths = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}xxxxx";
    for bad in ["hello there\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", two_lengths, &huge] {
        let (text, kind, requests) = failure(vec![bad.as_bytes().to_vec()]);
        assert_eq!((kind, requests), ("api_not_http", 2), "{text}");
        assert!(text.contains("not valid HTTP"), "{text}");
    }
}

#[test]
fn a_304_that_nobody_asked_for_is_asked_once_more() {
    heals(answer("304 Not Modified", "", ""));
    let (_, kind, requests) = failure(vec![answer("304 Not Modified", "", "")]);
    assert_eq!((kind, requests), ("api_status", 2));
}

#[test]
fn a_connection_that_is_lost_or_refused_is_tried_again() {
    let server = Server::start(|n, _| if n == 0 { Reply::Lost } else { Reply::Bytes(good()) });
    assert_eq!(sweep(&server.source(9)).unwrap().len(), 1);
    let server = Server::start(|_, _| Reply::Lost);
    let error = sweep(&server.source(9)).unwrap_err();
    assert_eq!((error.kind(), server.requests().len()), ("api_disconnected", 4), "{error}");

    let nobody = Server::gone();
    let source = nobody.source(9);
    let error = sweep(&source).unwrap_err();
    assert_eq!((error.kind(), source.usage().calls), ("api_unreachable", 4));
    let text = error.to_string();
    assert!(
        text.contains(&nobody.address) && text.contains("refused") && text.contains("4 tries"),
        "{text}"
    );
}

#[test]
fn a_server_that_stalls_is_given_up_at_the_timeout() {
    fn stall(bytes: &str) -> Reply {
        Reply::Stall(bytes.as_bytes().to_vec())
    }
    fn drip() -> Reply {
        let body = page(&[launch(1)], 1, 9).to_string().into_bytes();
        Reply::Drip("HTTP/1.1 200 OK\r\n\r\n".to_owned(), body)
    }
    let half = "the body did not come whole (7 of 500 bytes)";
    for (reply, says) in [
        ((|| stall("")) as fn() -> Reply, "no answer came"),
        (|| stall("HTTP/1.1 200 OK\r\nContent-Le"), "no answer came"),
        (|| stall("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"docs\""), half),
        (drip, "the body did not come whole"),
    ] {
        let server = Server::start(move |_, _| reply());
        let timeout = Duration::from_millis(250);
        let source = server.source_with(9, timeout, Clock::default());
        let start = Instant::now();
        let error = sweep(&source).unwrap_err();
        assert_eq!((error.kind(), source.usage().calls), ("api_timeout", 4), "{error}");
        assert!(start.elapsed() < 4 * timeout + Duration::from_secs(3));
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn an_idle_connection_is_used_again_and_a_closed_one_costs_nothing() {
    let body = page(&[launch(1)], 1, 9).to_string();
    let silent = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let bytes = silent.clone().into_bytes();
    let kept = Server::start(move |_, _| Reply::Keep(bytes.clone()));
    // Says nothing of closing, and closes.
    let closed = Server::script(vec![silent.into_bytes()]);
    for (server, connections) in [(kept, 1), (closed, 3)] {
        let source = server.source(9);
        for _ in 0..3 {
            sweep(&source).unwrap();
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!((source.usage().calls, source.usage().retries), (3, 0));
        assert_eq!(server.connections(), connections);
    }
}

#[test]
fn threads_share_a_source() {
    let server = Server::script(vec![good()]);
    let source = server.source(9);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| sweep(&source).unwrap());
        }
    });
    assert_eq!(source.usage().calls, 4);
}

#[test]
fn a_host_that_does_not_speak_tls_is_named_and_not_asked_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("https://{}/v4", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // What was read cannot turn the end of the connection into a reset.
            assert!(stream.read(&mut [0; 16_384]).unwrap() > 0);
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            stream.read_to_end(&mut vec![]).unwrap_or_default();
        }
    });
    let settings = SourceSettings {
        base_url,
        timeout: Duration::from_secs(5),
        page_size: 1,
        ..SourceSettings::default()
    };
    let source = Source::open(&settings, Clock::default()).unwrap();
    let error = sweep(&source).unwrap_err();
    assert_eq!((error.kind(), source.usage().calls), ("api_tls", 1), "{error}");
}

#[test]
fn a_signal_is_noticed_while_a_call_blocks_and_while_we_wait() {
    for stall in [true, false] {
        let server = Server::start(move |_, _| {
            if stall {
                Reply::Stall(vec![])
            } else {
                Reply::Bytes(answer("429 Too Many", "Retry-After: 30\r\n", ""))
            }
        });
        let clock = Clock::default();
        let source = server.source_with(9, Duration::from_secs(10), clock.clone());
        let signaller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            clock.interrupt(2);
            Instant::now()
        });
        let error = sweep(&source).unwrap_err();
        let noticed = Instant::now();
        assert_eq!(error.kind(), "interrupted");
        assert!(noticed.duration_since(signaller.join().unwrap()) < Duration::from_secs(1));
    }
}

#[test]
fn an_address_is_https_or_loopback_and_holds_no_secret() {
    let open = |base_url: &str| {
        let settings = SourceSettings {
            base_url: base_url.to_owned(),
            timeout: Duration::from_secs(1),
            page_size: 1,
            ..SourceSettings::default()
        };
        Source::open(&settings, Clock::default()).map(drop)
    };
    for good in [
        "https://api.spacexdata.com/v4",
        "http://127.0.0.1:8080/v4",
        "http://localhost/v4/",
        "http://[::1]:80/v4",
    ] {
        assert!(open(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "/v4",
        "api.spacexdata.com/v4",
        "http://api.spacexdata.com/v4",
        "http://127.0.0.1.example.com/v4",
        "http://hunter2@127.0.0.1/v4",
        "ftp://example.com/v4",
        "https://user:hunter2@api.spacexdata.com/v4",
        "https://api.spacexdata.com/v4?key=hunter2",
        "https://api.spacexdata.com/v4#hunter2",
        "https:///v4",
    ] {
        let error = open(bad).unwrap_err();
        assert_eq!(error.kind(), "api_address", "{bad}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

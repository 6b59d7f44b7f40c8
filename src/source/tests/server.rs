//! A scripted server on loopback, and a source that asks it without long waits.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::model::settings::SourceSettings;
use crate::source::Source;
use crate::source::retry::Pace;

/// What to do with a connection once its request was read.
pub(crate) enum Reply {
    /// These bytes, then a proper end.
    Bytes(Vec<u8>),
    /// These bytes, then nothing, for as long as the client waits.
    Stall(Vec<u8>),
    /// A head at once, then one byte of the body each 20 ms.
    Drip(String, Vec<u8>),
    /// These bytes, and the connection stays for another request.
    Keep(Vec<u8>),
    /// A connection lost without an answer.
    Lost,
}

pub(crate) struct Server {
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Answers the n-th request (from 0) with `reply(n, body of the request)`.
    pub(crate) fn start(reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap().to_string(),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let (seen, connections) = (Arc::clone(&server.requests), Arc::clone(&server.connections));
        let reply = Arc::new(reply);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::Relaxed);
                let (stream, seen, reply) =
                    (stream.unwrap(), Arc::clone(&seen), Arc::clone(&reply));
                std::thread::spawn(move || serve(stream, &seen, &*reply));
            }
        });
        server
    }

    /// Answers with these bytes in turn; the last for ever.
    pub(crate) fn script(answers: Vec<Vec<u8>>) -> Self {
        Self::start(move |n, _| {
            Reply::Bytes(answers.get(n).or(answers.last()).cloned().unwrap_or_default())
        })
    }

    /// An address at which nobody listens.
    pub(crate) fn gone() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { address, requests: Arc::default(), connections: Arc::default() }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// How many connections were made to it.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// The queries it was sent.
    pub(crate) fn queries(&self) -> Vec<Value> {
        let requests = self.requests();
        let bodies = requests.iter().map(|r| r.split_once("\r\n\r\n").unwrap().1.to_owned());
        bodies.map(|body| serde_json::from_str(&body).unwrap()).collect()
    }

    pub(crate) fn source(&self, page_size: u32) -> Source {
        self.source_with(page_size, Duration::from_secs(5), Clock::default())
    }

    pub(crate) fn source_with(&self, page_size: u32, timeout: Duration, clock: Clock) -> Source {
        let base_url = format!("http://{}/v4", self.address);
        let settings = SourceSettings { base_url, timeout, page_size, ..SourceSettings::default() };
        let ms = Duration::from_millis;
        let pace = Pace { shortest: ms(1), longest: ms(8) };
        Source::open_at_pace(&settings, clock, pace).unwrap()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<String>>, reply: &dyn Fn(usize, &str) -> Reply) {
    while let Some(request) = read_request(&mut stream) {
        let n = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        match reply(n, body) {
            Reply::Keep(bytes) => stream.write_all(&bytes).unwrap(),
            last => return act(stream, last),
        }
    }
}

fn act(mut stream: TcpStream, reply: Reply) {
    match reply {
        // The client may have hung up: its good right.
        Reply::Bytes(bytes) | Reply::Keep(bytes) => {
            stream.write_all(&bytes).unwrap_or_default();
            stream.shutdown(Shutdown::Write).unwrap_or_default();
        }
        Reply::Stall(bytes) => {
            stream.write_all(&bytes).unwrap_or_default();
            stream.read_to_end(&mut vec![]).unwrap_or_default();
        }
        Reply::Drip(head, body) => {
            stream.write_all(head.as_bytes()).unwrap_or_default();
            for byte in body {
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Reply::Lost => drop(stream),
    }
}

/// Reads head and body.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = vec![];
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request.clone()).unwrap().to_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(String::from_utf8(request).unwrap())
}

/// A whole answer.
pub(crate) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) fn ok(body: &Value) -> Vec<u8> {
    answer("200 OK", "Content-Type: application/json\r\n", body.to_string())
}

/// A valid id that sorts as its number.
pub(crate) fn id(n: usize) -> String {
    format!("{n:024x}")
}

/// A populated launch, flown in 2022.
pub(crate) fn launch(n: usize) -> Value {
    json!({
        "id": id(n), "name": format!("Launch {n}"), "date_utc": "2022-05-06T09:42:00.000Z",
        "date_precision": "hour", "static_fire_date_utc": null, "success": true, "upcoming": false,
        "flight_number": n, "launchpad": { "id": id(1), "name": "KSC LC 39A" },
        "rocket": { "id": id(2), "name": "Falcon 9" },
        "payloads": [{ "id": id(3), "name": "Cargo", "mass_kg": 7.5 }]
    })
}

pub(crate) fn page(documents: &[Value], total: usize, limit: u32) -> Value {
    json!({ "docs": documents, "totalDocs": total, "limit": limit })
}

/// What the real server would answer to this query over so many launches, numbered from 1.
pub(crate) fn honest(query: &str, launches: usize) -> Vec<u8> {
    let query: Value = serde_json::from_str(query).unwrap();
    let after = query["query"]["_id"]["$gt"].as_str().unwrap_or_default().to_owned();
    let only = query["query"]["_id"]["$in"].as_array().cloned();
    let limit = usize::try_from(query["options"]["limit"].as_u64().unwrap()).unwrap();
    let ids = (1..=launches).filter(|n| {
        id(*n) > after && only.as_ref().is_none_or(|only| only.contains(&id(*n).into()))
    });
    let left: Vec<Value> = ids.map(launch).collect();
    let held = &left[..left.len().min(limit)];
    ok(&page(held, left.len(), u32::try_from(limit).unwrap()))
}

//! A server that misbehaves on purpose, below the level of HTTP: each connection gets the next
//! answer of a script, the last one for ever.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

/// What one connection meets.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, this many at a time, with a pause before each.
    Drip { bytes: Vec<u8>, at_a_time: usize, pause: Duration },
    /// These bytes, then nothing more, the connection left open.
    Stall { after: Vec<u8> },
    /// These bytes, then a reset instead of an end.
    Reset { after: Vec<u8> },
    /// The first bytes, then the others over and over, until the client goes.
    Endless { head: Vec<u8>, again: Vec<u8> },
    /// What the server at this address answers (`127.0.0.1:1234`).
    Forward { to: String },
    /// The same, made into something else.
    Altered { to: String, how: fn(Whole) -> Vec<u8> },
    /// What is made of the request.
    Made(fn(&str) -> Vec<u8>),
}

/// An answer as a server gave it, its length known.
pub(crate) struct Whole {
    /// Status and headers, each line ended, without the length and the end of the connection.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Whole {
    fn read(answer: &[u8]) -> Whole {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let dropped = ["content-length:", "connection:"];
        let kept = |line: &&str| {
            let line = line.to_ascii_lowercase();
            !dropped.iter().any(|name| line.starts_with(name))
        };
        let head =
            head.split("\r\n").filter(kept).fold(String::new(), |head, line| head + line + "\r\n");
        Whole { head, body: answer[end + 4..].to_vec() }
    }

    /// Head and body, with the length that the body has.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let length = format!("Content-Length: {}\r\n", self.body.len());
        self.with(&length)
    }

    /// Head and body with these header lines more, and nothing else.
    pub(crate) fn with(self, headers: &str) -> Vec<u8> {
        let head = format!("{}{headers}\r\n", self.head);
        [head.into_bytes(), self.body].concat()
    }

    /// Changes the page that is the body.
    pub(crate) fn page(mut self, change: impl Fn(&mut serde_json::Value)) -> Whole {
        let mut page = serde_json::from_slice(&self.body).expect("a page");
        change(&mut page);
        self.body = page.to_string().into_bytes();
        self
    }
}

impl Answer {
    /// A whole, correct answer over HTTP.
    pub(crate) fn http(status: &str, headers: &[&str], body: &str) -> Answer {
        let length = format!("Content-Length: {}", body.len());
        let status = format!("HTTP/1.1 {status}");
        let lines =
            [&[status.as_str()], headers, &[length.as_str(), "Connection: close", "", body]];
        Answer::Bytes(lines.concat().join("\r\n").into_bytes())
    }

    pub(crate) fn json(body: &str) -> Answer {
        Answer::http("200 OK", &["Content-Type: application/json; charset=utf-8"], body)
    }
}

/// The server; it stops, and closes every connection, with the value.
pub(crate) struct FaultServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl FaultServer {
    pub(crate) fn start(answers: Vec<Answer>) -> FaultServer {
        assert!(!answers.is_empty(), "a fault server needs an answer");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (log, stop) = (Arc::clone(&requests), Arc::clone(&stopped));
        let listening = spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let answer = answers[number.min(answers.len() - 1)].clone();
                let (log, stop) = (Arc::clone(&log), Arc::clone(&stop));
                // The client may go at any moment; what it makes of that is what is tested.
                spawn(move || drop(stream.and_then(|stream| give(&answer, stream, &log, &stop))));
            }
        });
        FaultServer { address, requests, stopped, listening: Some(listening) }
    }

    /// What a user would put into `SPACEX_API_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v4", self.address)
    }

    /// Every request so far, head and body, in the order in which they became whole.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no connection panics").clone()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // One more connection, so that the listener sees it.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

fn give(
    answer: &Answer,
    mut stream: TcpStream,
    log: &Mutex<Vec<String>>,
    stopped: &AtomicBool,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let unread = usize::from(matches!(answer, Answer::Reset { .. }));
    let request = read_request(&mut stream, unread)?;
    log.lock().expect("no connection panics").push(String::from_utf8_lossy(&request).into_owned());
    match answer {
        Answer::Bytes(bytes) => stream.write_all(bytes),
        Answer::Drip { bytes, at_a_time, pause } => bytes.chunks(*at_a_time).try_for_each(|few| {
            wait(*pause, stopped);
            stream.write_all(few)
        }),
        Answer::Stall { after } => {
            stream.write_all(after)?;
            wait(Duration::MAX, stopped);
            Ok(())
        }
        Answer::Reset { after } => {
            stream.write_all(after)?;
            // Let the client read that first: a reset throws away what is under way.
            sleep(Duration::from_millis(50));
            Ok(()) // closed with a byte unread, which is what makes it a reset
        }
        Answer::Endless { head, again } => {
            stream.write_all(head)?;
            while !stopped.load(Ordering::SeqCst) {
                stream.write_all(again)?;
            }
            Ok(())
        }
        Answer::Forward { to } => forward(&request, to, &mut stream),
        Answer::Altered { to, how } => {
            let mut answer = vec![];
            forward(&request, to, &mut answer)?;
            stream.write_all(&how(Whole::read(&answer)))
        }
        Answer::Made(how) => stream.write_all(&how(&String::from_utf8_lossy(&request))),
    }
}

/// Reads one request whole, but leaves the last bytes where they are.
fn read_request(stream: &mut TcpStream, unread: usize) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut byte = [0; 1];
    while !request.ends_with(b"\r\n\r\n") {
        // A request without a body ends here, and its last byte must then stay.
        if unread > 0 && request.ends_with(b"\r\n\r") && content_length(&request) == 0 {
            stream.peek(&mut byte)?;
            return Ok(request);
        }
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let mut body = vec![0; content_length(&request).saturating_sub(unread)];
    stream.read_exact(&mut body)?;
    if unread > 0 {
        stream.peek(&mut byte)?;
    }
    request.append(&mut body);
    Ok(request)
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

fn forward(request: &[u8], to: &str, client: &mut impl Write) -> io::Result<()> {
    let mut server = TcpStream::connect(to)?;
    let text = String::from_utf8_lossy(request);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines: Vec<&str> = head.split("\r\n").collect();
    let dropped = ["connection:", "accept-encoding:"];
    lines.retain(|line| !dropped.iter().any(|name| line.to_ascii_lowercase().starts_with(name)));
    lines.extend(["Connection: close", "", body]);
    server.write_all(lines.join("\r\n").as_bytes())?;
    io::copy(&mut server, client)?;
    Ok(())
}

/// Sleeps, but not past the end of the server.
fn wait(pause: Duration, stopped: &AtomicBool) {
    let step = Duration::from_millis(10);
    let mut left = pause;
    while !left.is_zero() && !stopped.load(Ordering::SeqCst) {
        sleep(left.min(step));
        left = left.saturating_sub(step);
    }
}

//! HTTP/1.1 on a socket: one request in, one response out.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const MOST_HEAD: usize = 64 * 1024;
const MOST_BODY: usize = 1024 * 1024;
const LEAST_COMPRESSED: usize = 1024;

/// A request whose last byte still lies in the socket: a connection that is closed with unread bytes is reset.
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query string as sent.
    pub(super) target: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    unread: bool,
}

/// What came instead of a request that can be answered.
pub(super) enum Unusable {
    /// Nothing more comes, or not in time.
    Closed,
    /// This can be said about it before closing.
    Refused(Response),
}

impl From<io::Error> for Unusable {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl Request {
    pub(super) fn read(stream: &mut TcpStream) -> Result<Self, Unusable> {
        let head = peek_head(stream)?;
        let (mut request, head_length) = Self::parse(&head)?;
        let length = match request.header("content-length").map(str::parse::<usize>) {
            None => 0,
            Some(Ok(length)) => length,
            Some(Err(_)) => return Err(Unusable::Refused(Response::text(400, "Bad Request"))),
        };
        let in_chunks = request
            .header("transfer-encoding")
            .is_some_and(|how| how.eq_ignore_ascii_case("chunked"));
        let has_body = in_chunks || length > 0;
        let mut head = vec![0; head_length - usize::from(!has_body)];
        stream.read_exact(&mut head)?;
        if length > MOST_BODY {
            return Err(Unusable::Refused(Response::text(413, "request entity too large")));
        }
        let waits =
            request.header("expect").is_some_and(|what| what.eq_ignore_ascii_case("100-continue"));
        if has_body && waits {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if in_chunks {
            request.body = read_chunks(stream)?;
        } else if length > 0 {
            request.body = vec![0; length - 1];
            stream.read_exact(&mut request.body)?;
            let mut last = [0];
            stream.peek(&mut last)?;
            request.body.extend_from_slice(&last);
        }
        Ok(request)
    }

    fn parse(head: &[u8]) -> Result<(Self, usize), Unusable> {
        let bad = || Unusable::Refused(Response::text(400, "Bad Request"));
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(length)) = parsed.parse(head) else { return Err(bad()) };
        let text = |header: &httparse::Header<'_>| {
            (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
        };
        let request = Self {
            method: parsed.method.ok_or_else(bad)?.to_owned(),
            target: parsed.path.ok_or_else(bad)?.to_owned(),
            headers: parsed.headers.iter().map(text).collect(),
            body: Vec::new(),
            unread: true,
        };
        Ok((request, length))
    }

    /// Takes the last byte out of the socket.
    pub(super) fn finish(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        if self.unread {
            self.unread = false;
            stream.read_exact(&mut [0])?;
        }
        Ok(())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    pub(super) fn wants_close(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    fn accepts_gzip(&self) -> bool {
        self.header("accept-encoding").is_some_and(|value| value.contains("gzip"))
    }

    fn has_fresh(&self, tag: &str) -> bool {
        let no_cache = self.header("cache-control").is_some_and(|value| value.contains("no-cache"));
        let known = |value: &str| {
            value
                .split(',')
                .map(str::trim)
                .any(|one| one == "*" || one.trim_start_matches("W/") == tag)
        };
        matches!(self.method.as_str(), "GET" | "HEAD")
            && !no_cache
            && self.header("if-none-match").is_some_and(known)
    }
}

/// Looks at the socket until a whole head lies in it, without taking it out.
fn peek_head(stream: &TcpStream) -> Result<Vec<u8>, Unusable> {
    let mut seen = vec![0; 8 * 1024];
    let mut before = 0;
    loop {
        let length = stream.peek(&mut seen)?;
        let head = seen.get(..length).unwrap_or_default();
        if length == 0 {
            return Err(Unusable::Closed);
        }
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            return Ok(head.get(..end + 4).unwrap_or_default().to_vec());
        }
        if length >= MOST_HEAD {
            return Err(Unusable::Refused(Response::text(431, "Request Header Fields Too Large")));
        }
        if length == seen.len() {
            seen.resize(length * 2, 0);
        } else if length == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        before = length;
    }
}

/// A body in chunks, without the very last byte behind it.
fn read_chunks(stream: &mut TcpStream) -> Result<Vec<u8>, Unusable> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') && line.len() < 32 {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            line.extend_from_slice(&byte);
        }
        let Ok(httparse::Status::Complete((_, length))) = httparse::parse_chunk_size(&line) else {
            return Err(Unusable::Refused(Response::text(400, "Bad Request")));
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length == 0 {
            stream.read_exact(&mut [0])?;
            return Ok(body);
        }
        if length > MOST_BODY - body.len() {
            return Err(Unusable::Refused(Response::text(413, "request entity too large")));
        }
        let mut chunk = vec![0; length];
        stream.read_exact(&mut chunk)?;
        stream.read_exact(&mut [0; 2])?;
        body.extend_from_slice(&chunk);
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// An answer before it is put on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    pub(super) fn json(status: u16, body: Vec<u8>) -> Self {
        Self::of(status, "application/json; charset=utf-8", body)
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self::of(status, "text/plain; charset=utf-8", body.as_bytes().to_vec())
    }

    pub(super) fn of(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds the entity tag, answers 304 where the client has it, and compresses where that is wanted.
    pub(super) fn fit(mut self, request: &Request, gzip: bool) -> Self {
        if self.status == 200 && !self.body.is_empty() {
            let digest = Sha256::digest(&self.body);
            let digest = hex(digest.get(..14).unwrap_or_default());
            let tag = format!("\"{:x}-{digest}\"", self.body.len());
            let fresh = request.has_fresh(&tag);
            self = self.header("ETag", &tag);
            if fresh {
                self.status = 304;
                self.body.clear();
            }
        }
        if gzip
            && request.method != "HEAD"
            && request.accepts_gzip()
            && self.body.len() > LEAST_COMPRESSED
        {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            if encoder.write_all(&self.body).is_ok()
                && let Ok(body) = encoder.finish()
            {
                self.body = body;
                self = self.header("Content-Encoding", "gzip");
            }
        }
        self
    }

    /// The head; without a length the body ends with the connection.
    pub(super) fn head(&self, length: Option<usize>, close: bool) -> Vec<u8> {
        let reason = match self.status {
            200 => "OK",
            204 => "No Content",
            304 => "Not Modified",
            400 => "Bad Request",
            401 => "Unauthorized",
            404 => "Not Found",
            413 => "Payload Too Large",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "Status",
        };
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([name, ": ", &value.replace(['\r', '\n'], " "), "\r\n"]);
        }
        if let Some(length) = length {
            head.extend(["Content-Length: ", &length.to_string(), "\r\n"]);
        }
        head.push_str(if close {
            "Connection: close\r\n\r\n"
        } else {
            "Connection: keep-alive\r\n\r\n"
        });
        head.into_bytes()
    }
}

//! One connection: requests in, answers out, and the faults of the wire.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::Shared;
use super::faults::{Fault, Length};
use super::http::{Request, Response, Unusable};

/// The real server closes an idle connection after this.
const IDLE: Duration = Duration::from_secs(5);
const SLICE: Duration = Duration::from_millis(20);

/// Serves until the client goes, is idle for too long, or a fault ends it.
pub(super) fn serve(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    while !shared.is_stopping() {
        let mut request = match Request::read(&mut stream) {
            Ok(request) => request,
            Err(Unusable::Closed) => return Ok(()),
            Err(Unusable::Refused(response)) => {
                let response = response.header("x-etl-sandbox", &shared.world().label);
                stream.write_all(&response.head(Some(response.body.len()), true))?;
                stream.write_all(&response.body)?;
                return drain(&mut stream);
            }
        };
        let (response, fault) = shared.world().serve(&request);
        if !matches!(fault, Some(Fault::Reset | Fault::ResetMidBody)) {
            request.finish(&mut stream)?;
        }
        let mut exchange =
            Exchange { shared, stream: &mut stream, request: &request, response: &response };
        if !exchange.deliver(fault.as_ref())? {
            return Ok(());
        }
    }
    Ok(())
}

/// Takes in what a refused client still sends, for a moment, so that it can read the refusal.
fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let end = Instant::now() + Duration::from_secs(1);
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    let mut sink = [0; 16 * 1024];
    while Instant::now() < end && stream.read(&mut sink)? > 0 {}
    Ok(())
}

struct Exchange<'a> {
    shared: &'a Shared,
    stream: &'a mut TcpStream,
    request: &'a Request,
    response: &'a Response,
}

impl Exchange<'_> {
    /// Puts the answer on the wire; false when the connection ends with it.
    fn deliver(&mut self, fault: Option<&Fault>) -> io::Result<bool> {
        let body = if self.request.method == "HEAD" { &[] } else { self.response.body.as_slice() };
        let length = self.response.body.len();
        match fault {
            Some(Fault::Reset) => return Ok(false),
            Some(Fault::ResetMidBody) => {
                self.head(Some(length), false)?;
                self.stream.write_all(body.get(..length / 2).unwrap_or_default())?;
                // The client may read what it got before the reset throws it away.
                self.wait(Duration::from_millis(50));
                return Ok(false);
            }
            Some(Fault::Truncate { bytes, length: said }) => {
                let cut = body.get(..*bytes).unwrap_or(body);
                let said = match said {
                    Length::Keep => Some(length),
                    Length::None => None,
                    Length::Actual => Some(cut.len()),
                };
                self.head(said, true)?;
                self.stream.write_all(cut)?;
                return Ok(false);
            }
            Some(Fault::Stall) => {
                while self.wait(SLICE) && self.client_is_there() {}
                return Ok(false);
            }
            Some(Fault::Oversize) => return self.pour().map(|()| false),
            Some(Fault::Drip { bytes_per_second }) => {
                self.head(Some(length), false)?;
                return self.drip(body, *bytes_per_second);
            }
            Some(Fault::Latency { ms }) => {
                self.wait(Duration::from_millis(*ms));
            }
            _ => {}
        }
        let close = self.request.wants_close();
        self.head(Some(length).filter(|_| self.response.status != 304), close)?;
        self.stream.write_all(body)?;
        Ok(!close)
    }

    fn head(&mut self, length: Option<usize>, close: bool) -> io::Result<()> {
        self.stream.write_all(&self.response.head(length, close))
    }

    /// Waits; false when the sandbox stops meanwhile.
    fn wait(&self, duration: Duration) -> bool {
        let end = Instant::now() + duration;
        while !self.shared.is_stopping() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(SLICE));
        }
        false
    }

    fn client_is_there(&self) -> bool {
        let there = self.stream.set_nonblocking(true).and_then(|()| self.stream.peek(&mut [0]));
        !matches!(there, Ok(0))
            && !there.is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock)
    }

    /// So many bytes a second, in steps of a tenth.
    fn drip(&mut self, body: &[u8], bytes_per_second: u32) -> io::Result<bool> {
        let step = usize::try_from(bytes_per_second / 10).unwrap_or_default().max(1);
        let pause =
            Duration::from_secs(1) * u32::try_from(step).unwrap_or(1) / bytes_per_second.max(1);
        for piece in body.chunks(step) {
            self.stream.write_all(piece)?;
            if !self.wait(pause) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A body without an end.
    fn pour(&mut self) -> io::Result<()> {
        self.head(None, true)?;
        self.stream.write_all(b"{\"docs\":[")?;
        let blanks = [b' '; 8 * 1024];
        while !self.shared.is_stopping() {
            self.stream.write_all(&blanks)?;
        }
        Ok(())
    }
}

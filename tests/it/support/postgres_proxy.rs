//! A proxy in front of PostgreSQL that knows where messages begin and end, and breaks off at a chosen one.
//!
//! `PostgresProxy::start(&database)` listens on a port of its own; `proxy.url()` stands in for the URL of the
//! database. Frontend messages are counted from 1 over all connections in the order in which they come, without
//! those of the login. `proxy.at(moment, deed)` says what is to happen where, and counts anew from there:
//!
//! - `Moment::Message(n)`: message n came, and does not reach the server; `Moment::Answer(n)`: the server has done
//!   what message n asks for (as far as it answers), and the client hears nothing of it.
//! - `Moment::Commit(n)`, `Moment::Committed(n)`: the same before and after the n-th COMMIT.
//! - `Deed::Drop` closes that connection on both sides; `Deed::Hold` falls silent on every connection that there is,
//!   until the client goes. New connections pass. `Deed::Pause` lets that message wait until `go_on()`. A deed is
//!   done once.
//!
//! To kill a client at message n: `at(Moment::Message(n), Deed::Hold)`, start it, `reaches()` says true once it
//! stands there and false if it ended before, then kill it. How many messages a healthy run has is the length of
//! `messages()`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use super::Database;
use super::etl::Running;

/// What a server needs at most for an answer of interest.
const PATIENCE: Duration = Duration::from_mins(1);
/// Requests for encryption, which is refused so that messages can be read.
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Message(usize),
    Answer(usize),
    Commit(usize),
    Committed(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Drop,
    Hold,
    Pause,
}

/// The proxy; it stops, and closes every connection, with the value.
pub(crate) struct PostgresProxy {
    url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    links: Mutex<Vec<Arc<Link>>>,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Seen {
    messages: Vec<String>,
    commits: usize,
    plan: Option<(Moment, Deed)>,
    reached: bool,
    goes_on: bool,
}

/// One connection on its way through.
struct Link {
    client: TcpStream,
    server: TcpStream,
    /// The client hears nothing any more.
    muted: AtomicBool,
    /// The server has said all that it will say until the client says more.
    answered: Mutex<bool>,
    ready: Condvar,
}

impl PostgresProxy {
    pub(crate) fn start(database: &Database) -> PostgresProxy {
        let url = database.url();
        let (login, place) = url.rsplit_once('@').expect("a user in the URL");
        let (server, name) = place.split_once('/').expect("a database in the URL");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let (server, sharing) = (server.to_owned(), Arc::clone(&shared));
        let listening = spawn(move || {
            for client in listener.incoming() {
                if sharing.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let sharing = Arc::clone(&sharing);
                let link = client.and_then(|client| Link::open(client, &server));
                // A server that is gone refuses: so does the proxy, by closing.
                spawn(move || drop(link.and_then(|link| sharing.carry(&link))));
            }
        });
        let url = format!("{login}@{address}/{name}");
        PostgresProxy { url, address, shared, listening: Some(listening) }
    }

    /// What a user would put into `DATABASE_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Counts anew from here, and does this once when that moment comes.
    pub(crate) fn at(&self, moment: Moment, deed: Deed) {
        *self.shared.seen() = Seen { plan: Some((moment, deed)), ..Seen::default() };
    }

    /// Every message since the last `at`: its type, and the SQL in it.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.shared.seen().messages.clone()
    }

    /// What was planned has happened.
    pub(crate) fn has_reached(&self) -> bool {
        self.shared.seen().reached
    }

    /// Ends the pause.
    pub(crate) fn go_on(&self) {
        self.shared.seen().goes_on = true;
    }

    /// Waits for what was planned; false if the program ended without coming there.
    #[track_caller]
    pub(crate) fn reaches(&self, running: &mut Running) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while !self.has_reached() {
            if running.has_ended() {
                return self.has_reached();
            }
            let late = Instant::now() >= deadline;
            assert!(!late, "neither the end nor what was planned came: {:?}", self.messages());
            sleep(Duration::from_millis(1));
        }
        true
    }
}

impl Drop for PostgresProxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // One more connection, so that the listener sees it.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
        for link in self.shared.links().iter() {
            link.close();
        }
    }
}

enum Verdict {
    Pass,
    Before(Deed),
    After(Deed),
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no connection panics")
    }

    fn links(&self) -> MutexGuard<'_, Vec<Arc<Link>>> {
        self.links.lock().expect("no connection panics")
    }

    /// Both directions of a connection, until one side goes.
    fn carry(&self, link: &Arc<Link>) -> io::Result<()> {
        self.links().push(Arc::clone(link));
        let back = Arc::clone(link);
        let answers = spawn(move || drop(back.carry_answers()));
        let outcome = link.log_in().and_then(|()| self.carry_messages(link));
        link.close();
        drop(answers.join());
        outcome
    }

    fn carry_messages(&self, link: &Link) -> io::Result<()> {
        loop {
            let message = read_message(&mut &link.client)?;
            if matches!(message[0], b'c' | b'f') {
                link.expect_an_answer();
            }
            let verdict = if message[0] == b'p' { Verdict::Pass } else { self.judge(&message) };
            match verdict {
                Verdict::Pass if link.muted.load(Ordering::SeqCst) => {}
                Verdict::Pass => (&link.server).write_all(&message)?,
                Verdict::Before(Deed::Pause) => {
                    self.pause();
                    (&link.server).write_all(&message)?;
                }
                Verdict::Before(deed) => self.act(deed, link)?,
                Verdict::After(deed) => {
                    link.muted.store(true, Ordering::SeqCst);
                    (&link.server).write_all(&message)?;
                    // Only these make the server answer all that it has to say.
                    if matches!(message[0], b'Q' | b'S') {
                        link.wait_until_answered();
                    }
                    self.act(deed, link)?;
                }
            }
        }
    }

    fn judge(&self, message: &[u8]) -> Verdict {
        let mut seen = self.seen();
        let label = label(message);
        let is_commit = label == "Q COMMIT";
        seen.messages.push(label);
        seen.commits += usize::from(is_commit);
        let (number, commits) = (seen.messages.len(), seen.commits);
        let verdict = match seen.plan {
            Some((Moment::Message(n), deed)) if n == number => Verdict::Before(deed),
            Some((Moment::Answer(n), deed)) if n == number => Verdict::After(deed),
            Some((Moment::Commit(n), deed)) if is_commit && n == commits => Verdict::Before(deed),
            Some((Moment::Committed(n), deed)) if is_commit && n == commits => Verdict::After(deed),
            _ => Verdict::Pass,
        };
        if !matches!(verdict, Verdict::Pass) {
            seen.plan = None;
        }
        verdict
    }

    fn pause(&self) {
        self.seen().reached = true;
        let deadline = Instant::now() + PATIENCE;
        while !self.seen().goes_on && Instant::now() < deadline {
            sleep(Duration::from_millis(1));
        }
    }

    fn act(&self, deed: Deed, link: &Link) -> io::Result<()> {
        if deed == Deed::Hold {
            for link in self.links().iter() {
                link.muted.store(true, Ordering::SeqCst);
            }
        }
        self.seen().reached = true;
        if deed == Deed::Drop {
            link.close();
        }
        // What else the client says is not heard; when it goes, so does the connection.
        io::copy(&mut &link.client, &mut io::sink()).map(drop)
    }
}

impl Link {
    fn open(client: TcpStream, server: &str) -> io::Result<Arc<Link>> {
        let server = TcpStream::connect(server)?;
        server.set_nodelay(true)?;
        client.set_nodelay(true)?;
        Ok(Arc::new(Link {
            client,
            server,
            muted: AtomicBool::new(false),
            answered: Mutex::new(false),
            ready: Condvar::new(),
        }))
    }

    /// The first message has no type; before it encryption may be asked for, and is refused.
    fn log_in(&self) -> io::Result<()> {
        loop {
            let message = read_body(&mut &self.client, vec![])?;
            let code = message
                .get(4..8)
                .map(|code| u32::from_be_bytes([code[0], code[1], code[2], code[3]]));
            if code.is_some_and(|code| ENCRYPTION.contains(&code)) {
                (&self.client).write_all(b"N")?;
            } else {
                return (&self.server).write_all(&message);
            }
        }
    }

    fn carry_answers(&self) -> io::Result<()> {
        loop {
            let Ok(message) = read_message(&mut &self.server) else {
                // A server that went away: so the client hears, unless it is to hear nothing.
                if !self.muted.load(Ordering::SeqCst) {
                    self.close();
                }
                return Ok(());
            };
            let is_muted = self.muted.load(Ordering::SeqCst);
            // Ready for the rows of a COPY: until they end the server passes over what asks it to answer. Said before
            // the client hears it, who may end them at once. Or ready for the next query.
            if message[0] == b'G' || is_muted && message[0] == b'Z' {
                *self.answered.lock().expect("no connection panics") = true;
                self.ready.notify_all();
            }
            if !is_muted {
                (&self.client).write_all(&message)?;
            }
        }
    }

    /// The rows of a COPY are at their end.
    fn expect_an_answer(&self) {
        *self.answered.lock().expect("no connection panics") = false;
    }

    fn wait_until_answered(&self) {
        let answered = self.answered.lock().expect("no connection panics");
        let waited = self.ready.wait_timeout_while(answered, PATIENCE, |answered| !*answered);
        drop(waited.expect("no connection panics"));
    }

    fn close(&self) {
        // Either side may be gone.
        drop(self.server.shutdown(Shutdown::Both));
        drop(self.client.shutdown(Shutdown::Both));
    }
}

/// Type, length, content.
fn read_message(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut kind = [0; 1];
    stream.read_exact(&mut kind)?;
    read_body(stream, kind.to_vec())
}

fn read_body(stream: &mut impl Read, mut message: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    message.extend(length);
    // The length counts itself.
    let mut body = vec![0; u32::from_be_bytes(length).saturating_sub(4) as usize];
    stream.read_exact(&mut body)?;
    message.append(&mut body);
    Ok(message)
}

/// The type of a message and, of a statement, the beginning.
fn label(message: &[u8]) -> String {
    let kind = char::from(message[0]);
    let text = message.get(5..).unwrap_or_default();
    let sql = match kind {
        'Q' => text.split(|byte| *byte == 0).next(),
        // Behind the name of the statement.
        'P' => text.split(|byte| *byte == 0).nth(1),
        _ => None,
    };
    let sql: String = String::from_utf8_lossy(sql.unwrap_or_default()).chars().take(80).collect();
    format!("{kind} {sql}").trim_end().to_owned()
}

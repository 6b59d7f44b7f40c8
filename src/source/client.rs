//! One HTTP call at a time: the agent with its limits, and the thread that lets a signal through while it blocks.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ureq::http::{HeaderMap, Uri};
use ureq::{Agent, Body, Timeout};

use super::error::{Asked, Fault, RetryAfter, SourceError, Tries};
use super::query::Call;
use super::retry::{Pace, retry_after};
use crate::clock::{Clock, Interrupted};
use crate::model::run::Usage;
use crate::model::settings::{SourceKind, SourceSettings};
use crate::model::shown::shown;
use crate::network::{self, Route, Via, is_loopback};

/// The largest body we read, in bytes after decompression.
pub(crate) const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// How soon a signal is noticed while a call blocks.
const ATTENTION: Duration = Duration::from_millis(50);

/// The server closes an idle connection after 5 s; one that old is not used again.
const IDLE: Duration = Duration::from_secs(4);

/// Asks the API, counts what it cost, and tries again where that is worth it.
pub(crate) struct Client {
    agent: Agent,
    endpoint: Arc<Endpoint>,
    clock: Clock,
    pace: Pace,
    calls: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
    kind: OnceLock<SourceKind>,
    /// What the server's clock showed, and ours.
    clocks: OnceLock<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Where the API is, and how it is reached, as far as errors speak of it.
struct Endpoint {
    base: String,
    base_path: String,
    /// `host:port`, or the host alone where the scheme says the port.
    at: String,
    https: bool,
    via: Option<Via>,
    timeout: Duration,
}

/// The answer to a call.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    retry_after: Option<String>,
    location: Option<String>,
    date: Option<String>,
    kind: SourceKind,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn open(
        settings: &SourceSettings,
        clock: Clock,
        pace: Pace,
    ) -> Result<Self, SourceError> {
        let uri = address(&settings.base_url)?;
        let host = uri.host().unwrap_or_default();
        let Route { proxy, via, tls } = network::route(&uri, &settings.network)?;
        let endpoint = Endpoint {
            base: settings.base_url.trim_end_matches('/').to_owned(),
            base_path: uri.path().trim_end_matches('/').to_owned(),
            at: uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
            https: uri.scheme_str() == Some("https"),
            via,
            timeout: settings.timeout,
        };
        Ok(Self {
            agent: agent(settings.timeout, proxy, tls),
            endpoint: Arc::new(endpoint),
            clock,
            pace,
            calls: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            kind: OnceLock::new(),
            clocks: OnceLock::new(),
        })
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            calls: self.calls.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn kind(&self) -> Option<SourceKind> {
        self.kind.get().copied()
    }

    pub(crate) fn clocks(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.clocks.get().copied()
    }

    /// How a call is named in an error.
    pub(crate) fn asked(&self, call: &Call) -> Asked {
        Asked { method: call.method(), path: format!("{}{}", self.endpoint.base_path, call.path()) }
    }

    /// Asks until `read` can read the answer, the fault is not worth another try, or the tries are used up.
    pub(crate) fn ask<T>(
        &self,
        call: &Call,
        read: impl Fn(&Answer) -> Result<T, Fault>,
    ) -> Result<T, SourceError> {
        let mut tries = Tries { count: 1, waited: Duration::ZERO };
        loop {
            let outcome = self
                .send(call)?
                .and_then(|answer| self.judge(answer))
                .and_then(|answer| read(&answer));
            let fault = match outcome {
                Ok(read) => return Ok(read),
                Err(fault) => fault,
            };
            let asked = self.asked(call);
            let Some(wait) = self.pace.wait(&fault, tries.count, fastrand::f64()) else {
                return Err(SourceError::Call { asked, fault: fault.into(), tries });
            };
            log::info!("{asked}: {fault}; next try in {:.1} s", wait.as_secs_f64());
            self.clock.sleep(wait)?;
            self.retries.fetch_add(1, Ordering::Relaxed);
            tries.waited += wait;
            tries.count += 1;
        }
    }

    /// One request, in a thread of its own: a blocked system call cannot be cut short, but it can be left alone.
    fn send(&self, call: &Call) -> Result<Result<Answer, Fault>, Interrupted> {
        self.clock.interrupted()?;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let (agent, endpoint, call) =
            (self.agent.clone(), Arc::clone(&self.endpoint), call.clone());
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new().name("etl-http".to_owned()).spawn(move || {
            // Nobody listens any more after an interruption.
            drop(sender.send(exchange(&agent, &endpoint, &call)));
        });
        if let Err(error) = thread {
            let (at, reason) =
                (self.endpoint.at.clone(), format!("no thread for the call: {error}"));
            return Ok(Err(Fault::Unreachable { at, reason }));
        }
        loop {
            match receiver.recv_timeout(ATTENTION) {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Timeout) => self.clock.interrupted()?,
                Err(RecvTimeoutError::Disconnected) => {
                    let (at, reason) = (self.endpoint.at.clone(), "the call broke off".to_owned());
                    return Ok(Err(Fault::Disconnected { at, reason }));
                }
            }
        }
    }

    /// What the status means; the body is judged by whoever reads it.
    fn judge(&self, answer: Answer) -> Result<Answer, Fault> {
        self.bytes.fetch_add(answer.body.len() as u64, Ordering::Relaxed);
        let status = answer.status;
        if (200..300).contains(&status) {
            self.kind.get_or_init(|| answer.kind);
            if let Some(Ok(date)) = answer.date.as_deref().map(httpdate::parse_http_date) {
                self.clocks.get_or_init(|| (date.into(), self.clock.now()));
            }
            return Ok(answer);
        }
        let retry = retry_after(answer.retry_after.as_deref(), self.clock.now());
        match (status, retry) {
            (304, _) => Err(Fault::NotModified),
            (300..=399, _) => Err(Fault::Redirect { status, location: shown_location(&answer) }),
            (429, retry) | (503, retry @ RetryAfter::Wait(_)) => {
                Err(Fault::RateLimited { status, retry })
            }
            // A 400 says what we did wrong: shown whole.
            (400, _) => Err(Fault::Status { status, excerpt: excerpt(&answer.body, 1_000) }),
            _ => Err(Fault::Status { status, excerpt: excerpt(&answer.body, 60) }),
        }
    }
}

/// The first characters of a body, made harmless.
pub(crate) fn excerpt(body: &[u8], most: usize) -> String {
    let start = body.get(..most.saturating_mul(4)).unwrap_or(body);
    shown(&String::from_utf8_lossy(start), most)
}

/// Where a redirect leads, without what may be secret in it.
fn shown_location(answer: &Answer) -> String {
    let Some(location) = &answer.location else { return "nowhere".to_owned() };
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let location = match path.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => path.to_owned(),
    };
    shown(&location, 200)
}

/// Takes the base address apart; what it says of a bad one holds nothing that may be secret.
fn address(base_url: &str) -> Result<Uri, SourceError> {
    let bad = |why: &str| Err(SourceError::Address(why.to_owned()));
    let Ok(uri) = base_url.parse::<Uri>() else { return bad("is no URL") };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return bad("names no host");
    };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return bad("holds a user name or password, which this API does not know");
    }
    if uri.query().is_some() || base_url.contains('#') {
        return bad("holds more than a path behind its host");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(host) => Ok(uri),
        Some("http") => bad(&format!("of {host} is plain http, which is for loopback only")),
        _ => bad("begins with neither https:// nor http://"),
    }
}

fn agent(timeout: Duration, proxy: Option<ureq::Proxy>, tls: ureq::tls::TlsConfig) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(timeout))
        .timeout_connect(Some(timeout.min(Duration::from_secs(5))))
        .timeout_recv_response(Some(timeout.min(Duration::from_secs(15))))
        .max_redirects(0)
        .http_status_as_error(false)
        .max_idle_age(IDLE)
        .proxy(proxy)
        .tls_config(tls)
        .user_agent(concat!("etl/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .build()
        .new_agent()
}

fn exchange(agent: &Agent, endpoint: &Endpoint, call: &Call) -> Result<Answer, Fault> {
    let url = format!("{}{}", endpoint.base, call.path());
    let response = match call {
        Call::Latest => agent.get(url).call(),
        Call::Query(body) => agent.post(url).content_type("application/json").send(&**body),
    };
    let mut response = response.map_err(|error| endpoint.fault(error))?;
    let body = read_body(endpoint, response.body_mut())?;
    let header = |name: &str| text_of(response.headers(), name);
    Ok(Answer {
        status: response.status().as_u16(),
        retry_after: header("retry-after"),
        location: header("location"),
        date: header("date"),
        kind: match header("x-etl-sandbox") {
            Some(_) => SourceKind::Sandbox,
            None => SourceKind::Api,
        },
        content_type: header("content-type")
            .map_or_else(|| "no content type".to_owned(), |text| shown(&text, 60)),
        body,
    })
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn read_body(endpoint: &Endpoint, body: &mut Body) -> Result<Vec<u8>, Fault> {
    let expected = body.content_length();
    let mut bytes = Vec::new();
    let limit = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX);
    match body.as_reader().take(limit + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > BODY_LIMIT => Err(Fault::TooLarge { limit: BODY_LIMIT }),
        Ok(_) => Ok(bytes),
        Err(error) => Err(endpoint.body_fault(error, bytes.len(), expected)),
    }
}

impl Endpoint {
    /// A call that ended before its answer's head had come.
    fn fault(&self, error: ureq::Error) -> Fault {
        let at = self.at.clone();
        match error {
            ureq::Error::Timeout(which) => self.timed_out(which, "no answer came".to_owned()),
            ureq::Error::ConnectProxyFailed(reason) => self.refused_by_proxy(&reason),
            ureq::Error::HostNotFound if self.via.is_none() => Fault::Unresolved { at },
            ureq::Error::Io(error) => self.io_fault(&error),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
                Fault::Tls { at, reason: network::reason(&one_line(&error)) }
            }
            ureq::Error::Protocol(_)
            | ureq::Error::Http(_)
            | ureq::Error::LargeResponseHeader(..) => {
                Fault::NotHttp { at, reason: one_line(&error) }
            }
            other => self.unreachable(one_line(&other)),
        }
    }

    fn io_fault(&self, error: &io::Error) -> Fault {
        use io::ErrorKind as Kind;
        let (at, reason) = (self.at.clone(), one_line(error));
        match error.kind() {
            Kind::InvalidData if self.https => Fault::Tls { at, reason: network::reason(&reason) },
            Kind::UnexpectedEof
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe => Fault::Disconnected { at, reason },
            Kind::ConnectionRefused => self.unreachable("connection refused".to_owned()),
            _ if self.via.is_none() && reason.contains("lookup address") => {
                Fault::Unresolved { at }
            }
            _ => self.unreachable(reason),
        }
    }

    fn unreachable(&self, reason: String) -> Fault {
        let at = self.at.clone();
        match self.via.clone() {
            Some(via) => Fault::Proxy { at, via, reason },
            None => Fault::Unreachable { at, reason },
        }
    }

    /// The proxy answered, but did not let us through: to a refusal it will stick.
    fn refused_by_proxy(&self, said: &str) -> Fault {
        let status: Option<u16> = said.rsplit_once('/').and_then(|(_, code)| code.parse().ok());
        match (status, self.via.clone()) {
            (Some(status @ 400..=499), Some(via)) => Fault::RefusedByProxy {
                at: self.at.clone(),
                via,
                reason: format!("status {status}"),
            },
            (Some(status), _) => self.unreachable(format!("it answered with status {status}")),
            (None, _) => self.unreachable("it closed the connection".to_owned()),
        }
    }

    /// A body that did not come whole.
    fn body_fault(&self, error: io::Error, received: usize, expected: Option<u64>) -> Fault {
        let at = self.at.clone();
        match ureq::Error::from(error) {
            ureq::Error::Timeout(which) => {
                let of = expected.map(|n| format!(" of {n}")).unwrap_or_default();
                self.timed_out(which, format!("the body did not come whole ({received}{of} bytes)"))
            }
            ureq::Error::Decompress(..) => Fault::Damaged { received },
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Fault::CutShort { at: received, expected }
            }
            ureq::Error::Io(error) => Fault::Disconnected { at, reason: one_line(&error) },
            ureq::Error::BodyStalled => Fault::CutShort { at: received, expected },
            other => Fault::NotHttp { at, reason: one_line(&other) },
        }
    }

    fn timed_out(&self, which: Timeout, otherwise: String) -> Fault {
        let seconds = |most| self.timeout.min(Duration::from_secs(most));
        if self.via.is_some() && matches!(which, Timeout::Resolve | Timeout::Connect) {
            return self.unreachable(format!("nothing within {} s", seconds(5).as_secs_f64()));
        }
        let (phase, limit) = match which {
            Timeout::Resolve => ("the host name was not resolved".to_owned(), self.timeout),
            Timeout::Connect => ("no connection".to_owned(), seconds(5)),
            Timeout::RecvResponse => (otherwise, seconds(15)),
            _ => (otherwise, self.timeout),
        };
        Fault::Timeout { at: self.at.clone(), phase, limit }
    }
}

fn one_line(error: &impl std::fmt::Display) -> String {
    shown(&error.to_string(), 200)
}

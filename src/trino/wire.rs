//! One HTTP call at a time, in a thread of its own: a signal is noticed while it blocks.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::Uri;
use ureq::{Agent, Body};

use super::address::{address, origin};
use super::error::{TrinoError, one_line};
use super::trouble::Trouble;
use crate::clock::{Clock, Interrupted};
use crate::model::settings::{Schema, TrinoSettings};
use crate::model::shown::shown;
use crate::network::{Route, route};

/// The largest page we read; the server cuts its answers into far smaller ones.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// How soon a signal is noticed while a call blocks.
const ATTENTION: Duration = Duration::from_millis(50);

/// How long a call that sends a statement is waited for after a signal: only its answer tells what to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Where statements are sent and answers lie.
const STATEMENTS: &str = "/v1/statement";

/// What is asked of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// A statement, in a transaction or with `NONE` where it begins one.
    Send {
        sql: String,
        transaction: Option<String>,
    },
    Follow(String),
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    /// The transaction that was begun.
    pub(super) transaction: Option<String>,
}

/// The way to the server.
pub(super) struct Wire {
    link: Arc<Link>,
    at: String,
}

struct Link {
    agent: Agent,
    /// `https://host:port`, to which every address of an answer must belong.
    origin: String,
    user: String,
    authorization: Option<String>,
    source: String,
    /// Where a name without catalog and schema is looked for.
    tables: Schema,
}

impl Wire {
    pub(super) fn open(settings: &TrinoSettings) -> Result<Self, TrinoError> {
        let uri = address(settings)?;
        let Route { proxy, via, tls } = route(&uri, &settings.network)?;
        let agent = Agent::config_builder()
            .timeout_global(Some(Duration::from_mins(3)))
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_mins(1)))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(proxy)
            .tls_config(tls)
            .user_agent(concat!("etl/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let authorization = settings.password.as_ref().map(|password| {
            let login = format!("{}:{}", settings.user, password.expose());
            format!("Basic {}", STANDARD.encode(login))
        });
        let link = Link {
            agent,
            origin: origin(&uri),
            user: settings.user.clone(),
            authorization,
            source: settings.source.clone(),
            tables: settings.tables.clone(),
        };
        let at = uri.authority().map(ToString::to_string).unwrap_or_default();
        let at = via.map_or_else(|| at.clone(), |via| format!("{at} through {via}"));
        Ok(Self { link: Arc::new(link), at })
    }

    /// Host and port, and the proxy before it, for people.
    pub(super) fn at(&self) -> &str {
        &self.at
    }

    /// Whether the address is one of this server's answers: a stranger's is not followed.
    pub(super) fn is_ours(&self, next: &str) -> bool {
        let Ok(uri) = next.parse::<Uri>() else { return false };
        origin(&uri) == self.link.origin && uri.path().starts_with(STATEMENTS)
    }

    pub(super) fn send(
        &self,
        call: &Call,
        clock: &Clock,
    ) -> Result<Result<Answer, Trouble>, Interrupted> {
        clock.interrupted()?;
        let receiver = match self.start(call.clone()) {
            Ok(receiver) => receiver,
            Err(trouble) => return Ok(Err(trouble)),
        };
        loop {
            match receiver.recv_timeout(ATTENTION) {
                Ok(outcome) => return Ok(outcome),
                Err(RecvTimeoutError::Disconnected) => {
                    return Ok(Err(Trouble::Lost("the call broke off".to_owned())));
                }
                Err(RecvTimeoutError::Timeout) => match (clock.interrupted(), call) {
                    (Ok(()), _) => {}
                    (Err(interrupted), Call::Follow(_)) => return Err(interrupted),
                    (Err(interrupted), Call::Send { .. }) => {
                        return receiver.recv_timeout(FAREWELL).map_err(|_| interrupted);
                    }
                },
            }
        }
    }

    /// Ends a query. Best effort: a server that does not hear of it ends what nobody asks for by itself.
    pub(super) fn cancel(&self, next: &str) {
        let started = Instant::now();
        let request = self.link.agent.delete(next).config().timeout_global(Some(FAREWELL)).build();
        let request = request.header("X-Trino-User", &self.link.user);
        let request = match &self.link.authorization {
            Some(login) => request.header("Authorization", login),
            None => request,
        };
        match request.call() {
            Ok(_) => {
                log::debug!(
                    "ended the query on the server in {} ms",
                    started.elapsed().as_millis()
                );
            }
            Err(error) => {
                log::debug!("ending the query on the server: {}", one_line(&error.to_string()));
            }
        }
    }

    fn start(&self, call: Call) -> Result<Receiver<Result<Answer, Trouble>>, Trouble> {
        let link = Arc::clone(&self.link);
        let (sender, receiver) = mpsc::channel();
        let work = move || {
            // Nobody listens any more after an interruption.
            drop(sender.send(link.exchange(&call)));
        };
        match std::thread::Builder::new().name("etl-trino".to_owned()).spawn(work) {
            Ok(_) => Ok(receiver),
            Err(error) => Err(Trouble::Broken(format!("no thread for the call: {error}"))),
        }
    }
}

impl Link {
    fn exchange(&self, call: &Call) -> Result<Answer, Trouble> {
        let response = match call {
            Call::Follow(next) => {
                let request = self.agent.get(next).header("X-Trino-User", &self.user);
                match &self.authorization {
                    Some(login) => request.header("Authorization", login).call(),
                    None => request.call(),
                }
            }
            Call::Send { sql, transaction } => {
                let mut request = self
                    .agent
                    .post(format!("{}{STATEMENTS}", self.origin))
                    .header("X-Trino-User", &self.user)
                    .header("X-Trino-Source", &self.source)
                    .header("X-Trino-Catalog", &self.tables.catalog)
                    .header("X-Trino-Schema", &self.tables.schema)
                    .header("X-Trino-Time-Zone", "UTC")
                    // Without it instants lose their microseconds.
                    .header("X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME")
                    .content_type("text/plain; charset=utf-8");
                if let Some(login) = &self.authorization {
                    request = request.header("Authorization", login);
                }
                if let Some(transaction) = transaction {
                    request = request.header("X-Trino-Transaction-Id", transaction);
                }
                request.send(sql.as_str())
            }
        };
        let mut response = response.map_err(|error| Trouble::of(&error))?;
        let transaction = response.headers().get("x-trino-started-transaction-id");
        let transaction = transaction.and_then(|id| id.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let body = read(response.body_mut())?;
        if status == 200 {
            return Ok(Answer { body, transaction });
        }
        let start = body.get(..800).unwrap_or(&body);
        Err(Trouble::Status {
            status,
            excerpt: one_line(&shown(&String::from_utf8_lossy(start), 200)),
        })
    }
}

fn read(body: &mut Body) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX);
    match body.as_reader().take(limit + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > BODY_LIMIT => {
            Err(Trouble::Broken(format!("a page is larger than {BODY_LIMIT} bytes")))
        }
        Ok(_) => Ok(bytes),
        Err(error) => Err(Trouble::Lost(one_line(&error.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn settings(url: &str, password: Option<&str>) -> TrinoSettings {
        TrinoSettings {
            base_url: url.to_owned(),
            password: password.map(Secret::new),
            ..TrinoSettings::default()
        }
    }

    #[test]
    fn a_password_goes_over_https_only_and_plain_http_stays_near() {
        let refused = |url, password| match Wire::open(&settings(url, password)) {
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        assert_eq!(refused("https://trino.example.org", Some("x")), None);
        assert_eq!(refused("http://[::1]:8080", None), None);
        assert_eq!(refused("http://trino:8080", None), None);
        assert!(refused("http://trino:8080", Some("x")).unwrap().contains("no password"));
        assert!(refused("http://localhost:8080", Some("x")).unwrap().contains("no password"));
        assert!(refused("http://trino.example.org", None).unwrap().contains("without a dot only"));
        for bad in ["https://me:hunter2@h", "https://h/ui", "ftp://h", "h"] {
            assert!(!refused(bad, None).unwrap().contains("hunter2"));
        }
    }

    #[test]
    fn only_an_address_of_the_same_server_is_followed() {
        let wire = Wire::open(&settings("https://trino.example.org", None)).unwrap();
        assert!(wire.is_ours("https://TRINO.example.org:443/v1/statement/queued/x/1"));
        for stranger in [
            "http://trino.example.org/v1/statement/x",
            "https://trino.example.org:8443/v1/statement/x",
            "https://trino.example.org.evil.net/v1/statement/x",
            "https://trino.example.org@evil.net/v1/statement/x",
            "https://169.254.169.254/v1/statement/x",
            "https://trino.example.org/latest/meta",
            "/v1/statement/x",
        ] {
            assert!(!wire.is_ours(stranger), "{stranger}");
        }
    }
}

//! Why one call failed, whether it may be tried again, and what is said of it.

use super::error::{Fault, TrinoError, one_line};
use super::wire::Call;
use crate::network;

/// Why one call failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nobody listens there: nothing was sent.
    Unreached(String),
    /// Something was sent, and no whole answer came.
    Lost(String),
    /// Another try gives the same.
    Broken(String),
    Status {
        status: u16,
        excerpt: String,
    },
}

impl Trouble {
    pub(super) fn of(error: &ureq::Error) -> Self {
        let reason = one_line(&error.to_string());
        match error {
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
                Trouble::Broken(format!("TLS failed: {}", network::reason(&reason)))
            }
            ureq::Error::Protocol(_)
            | ureq::Error::Http(_)
            | ureq::Error::LargeResponseHeader(..) => {
                Trouble::Broken(format!("what answers there is no HTTP server: {reason}"))
            }
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Trouble::Unreached("connection refused".to_owned())
            }
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                Trouble::Unreached(reason)
            }
            ureq::Error::Io(error) if error.to_string().contains("lookup address") => {
                Trouble::Unreached(reason)
            }
            _ => Trouble::Lost(reason),
        }
    }

    /// Whether the same call may succeed in a moment. A statement that may have arrived is not sent twice.
    pub(super) fn is_passing(&self, call: &Call) -> bool {
        match self {
            Self::Unreached(_) => true,
            Self::Lost(_) => matches!(call, Call::Follow(_)),
            Self::Broken(_) => false,
            Self::Status { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        }
    }

    pub(super) fn error(self, at: &str) -> TrinoError {
        let is_it = "check ETL_TRINO_URL (--trino-url) and that the server is up, or wait for it with --wait";
        match self {
            Self::Unreached(reason) => TrinoError::new(
                Fault::Unavailable,
                format!("no connection to Trino at {at}: {reason}"),
            )
            .with_hint(is_it),
            Self::Lost(reason) => TrinoError::new(
                Fault::Unavailable,
                format!("the connection to Trino at {at} was lost: {reason}"),
            )
            .with_hint("ask again when the server is up; --wait waits for it"),
            Self::Broken(reason) => {
                TrinoError::new(Fault::Failed, format!("Trino at {at}: {reason}")).with_hint(is_it)
            }
            Self::Status { status, excerpt } => refusal(at, status, &excerpt),
        }
    }
}

fn refusal(at: &str, status: u16, excerpt: &str) -> TrinoError {
    let said = if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") };
    let (fault, hint) = match status {
        401 | 403 => (
            Fault::Rejected,
            "check ETL_TRINO_USER (--trino-user) and ETL_TRINO_PASSWORD, which goes over https only",
        ),
        404 if excerpt.contains("Query not found") => {
            (Fault::Unavailable, "the server was restarted and has forgotten the query: ask again")
        }
        429 | 502..=504 => (Fault::Unavailable, "try again later, or wait with --wait"),
        300..=499 => (
            Fault::Unusable,
            "check that ETL_TRINO_URL (--trino-url) is the address of a Trino server",
        ),
        _ => (Fault::Failed, "the server's log says more"),
    };
    TrinoError::new(fault, format!("Trino at {at} answers with status {status}{said}"))
        .with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_may_have_arrived_is_not_sent_twice() {
        let send = Call::Send { sql: String::new(), transaction: None };
        let follow = Call::Follow(String::new());
        assert!(!Trouble::Lost(String::new()).is_passing(&send));
        assert!(Trouble::Lost(String::new()).is_passing(&follow));
        assert!(Trouble::Unreached(String::new()).is_passing(&send));
    }
}

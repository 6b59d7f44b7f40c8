//! What can go wrong between us and the API: what failed, on what, after how many tries, and the next thing to do.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::contract::ContractBreach;
use crate::clock::Interrupted;
use crate::network::{NetworkError, Via};

/// The source could not be read.
#[derive(Debug, Error)]
pub(crate) enum SourceError {
    /// The configured address cannot be used; nothing was sent.
    #[error("the API address {0}")]
    Address(String),
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A call failed for good, or once too often.
    #[error("{asked}: {fault}{tries}")]
    Call { asked: Asked, fault: Box<Fault>, tries: Tries },
    /// The API answered, and the answer is not one to the question.
    #[error("{asked}: the answer breaks the contract ({}): {breach}", breach.name())]
    Contract { asked: Asked, breach: Box<ContractBreach> },
    /// A signal cut the call short.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// What was asked, as far as it may be shown: never a query string, never a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) path: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// How often a call was tried, and how long we waited between the tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tries {
    pub(crate) count: u32,
    pub(crate) waited: Duration,
}

impl fmt::Display for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            0 | 1 => Ok(()),
            n => write!(f, " ({n} tries, {:.1} s of waiting)", self.waited.as_secs_f64()),
        }
    }
}

/// Why one try failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    #[error("the host name of {at} cannot be resolved")]
    Unresolved { at: String },
    #[error("no connection to {at}: {reason}")]
    Unreachable { at: String, reason: String },
    #[error("no connection to {at} through {via}: {reason}")]
    Proxy { at: String, via: Via, reason: String },
    #[error("{via} refuses to connect to {at}: {reason}")]
    RefusedByProxy { at: String, via: Via, reason: String },
    #[error("TLS with {at} failed: {reason}")]
    Tls { at: String, reason: String },
    #[error("{phase} within {} s at {at}", limit.as_secs_f64())]
    Timeout { at: String, phase: String, limit: Duration },
    #[error("the connection to {at} was lost: {reason}")]
    Disconnected { at: String, reason: String },
    #[error("the answer of {at} is not valid HTTP: {reason}")]
    NotHttp { at: String, reason: String },
    #[error("the compressed body is damaged after {received} bytes")]
    Damaged { received: usize },
    #[error("the body is larger than the limit of {limit} bytes after decompression")]
    TooLarge { limit: usize },
    #[error("the body was cut short at byte {at}{}", of(*.expected))]
    CutShort { at: usize, expected: Option<u64> },
    #[error("the body is not JSON: {reason}; {content_type}, beginning `{excerpt}`")]
    NotJson { reason: String, content_type: String, excerpt: String },
    #[error("status 304 (not modified), although nothing was asked conditionally")]
    NotModified,
    #[error("status {status}, redirected to {location}; not followed")]
    Redirect { status: u16, location: String },
    #[error("status {status}, {retry}")]
    RateLimited { status: u16, retry: RetryAfter },
    #[error("status {status}{}", quoted(.excerpt))]
    Status { status: u16, excerpt: String },
}

fn of(expected: Option<u64>) -> String {
    expected.map(|n| format!(" of {n}")).unwrap_or_default()
}

fn quoted(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(": `{excerpt}`") }
}

/// What the API said of when to come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    /// Nothing.
    Unsaid,
    /// A wait that we accept.
    Wait(Duration),
    /// Something we do not wait for: longer than our cap, or not readable.
    Refused(String),
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsaid => f.write_str("too many requests"),
            Self::Wait(wait) => write!(f, "to be asked again after {} s", wait.as_secs()),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

/// Whether a fault is worth another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    /// One more, no more: a second time means that it is no accident.
    Once,
    /// As often as the tries allow.
    Yes,
}

impl Fault {
    /// Whether the same question may get a better answer soon.
    pub(crate) fn again(&self) -> Again {
        match self {
            Self::NotHttp { .. } | Self::NotModified => Again::Once,
            Self::RateLimited { retry: RetryAfter::Refused(_), .. }
            | Self::RefusedByProxy { .. }
            | Self::Tls { .. }
            | Self::TooLarge { .. }
            | Self::NotJson { .. }
            | Self::Redirect { .. } => Again::Never,
            Self::RateLimited { .. }
            | Self::Unresolved { .. }
            | Self::Unreachable { .. }
            | Self::Proxy { .. }
            | Self::Timeout { .. }
            | Self::Disconnected { .. }
            | Self::Damaged { .. }
            | Self::CutShort { .. } => Again::Yes,
            Self::Status { status, excerpt } => match status {
                408 | 500..=599 => Again::Yes,
                400 if names_the_store(excerpt) => Again::Yes,
                _ => Again::Never,
            },
        }
    }

    /// The name of the fault for programs; stable.
    fn kind(&self) -> &'static str {
        match self {
            Self::Unresolved { .. } | Self::Unreachable { .. } => "api_unreachable",
            Self::Proxy { .. } | Self::RefusedByProxy { .. } => "api_proxy",
            Self::Tls { .. } => "api_tls",
            Self::Timeout { .. } => "api_timeout",
            Self::Disconnected { .. } => "api_disconnected",
            Self::NotHttp { .. } => "api_not_http",
            Self::Damaged { .. } => "api_damaged",
            Self::TooLarge { .. } => "api_too_large",
            Self::CutShort { .. } => "api_cut_short",
            Self::NotJson { .. } => "api_not_json",
            Self::Redirect { .. } => "api_redirect",
            Self::RateLimited { .. } => "api_rate_limited",
            Self::NotModified | Self::Status { .. } => "api_status",
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Unresolved { .. } | Self::Unreachable { .. } | Self::Disconnected { .. } => {
                "check the network and SPACEX_API_URL, then run again; `etl run --sandbox` needs no network"
            }
            Self::Proxy { .. } | Self::RefusedByProxy { .. } => {
                "correct or unset that variable, or list the host of the API in NO_PROXY"
            }
            Self::Tls { .. } => {
                "check the certificate of the host and this machine's clock; an authority of your own is trusted by SSL_CERT_FILE"
            }
            Self::Timeout { .. } => "run again later, or allow more time with SPACEX_API_TIMEOUT",
            Self::TooLarge { .. } => "check that SPACEX_API_URL points at the SpaceX API",
            Self::Redirect { .. } => {
                "if the API has moved, set SPACEX_API_URL to its new address, the version included"
            }
            Self::RateLimited { .. } => "run again after that time",
            Self::NotHttp { .. } | Self::NotJson { .. } | Self::NotModified => {
                "check that SPACEX_API_URL points at the SpaceX API and that no portal or proxy answers for it"
            }
            Self::Status { status: 400..=499, .. } => {
                "check SPACEX_API_URL: the version is part of it, as in https://api.spacexdata.com/v4"
            }
            Self::Damaged { .. } | Self::CutShort { .. } | Self::Status { .. } => {
                "the API is in trouble; run again later"
            }
        }
    }
}

/// A 400 is also what the server says while it cannot reach its own store.
fn names_the_store(excerpt: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "buffering timed out",
        "connect",
        "econn",
        "server selection",
        "topology",
        "not primary",
        "not master",
        "pool",
    ];
    let excerpt = excerpt.to_lowercase();
    SIGNS.iter().any(|sign| excerpt.contains(sign))
}

impl SourceError {
    /// The name of the error for programs; stable.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "api_address",
            Self::Network(_) => "configuration",
            Self::Call { fault, .. } => fault.kind(),
            Self::Contract { .. } => "api_contract",
            Self::Interrupted(_) => "interrupted",
        }
    }

    /// Whether any other question to the same address would fail as well.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Address(_) | Self::Network(_) | Self::Interrupted(_) => true,
            Self::Contract { .. } => false,
            Self::Call { fault, .. } => matches!(
                **fault,
                Fault::Unresolved { .. }
                    | Fault::Unreachable { .. }
                    | Fault::Proxy { .. }
                    | Fault::RefusedByProxy { .. }
                    | Fault::Tls { .. }
                    | Fault::RateLimited { .. }
            ),
        }
    }

    /// Whether the API asked us to come back later than we are willing to wait.
    pub(crate) fn is_rate_limited(&self) -> bool {
        matches!(self, Self::Call { fault, .. } if matches!(**fault, Fault::RateLimited { .. }))
    }

    /// The next thing to do.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Address(_) => {
                "set SPACEX_API_URL to an https address with the version, as in https://api.spacexdata.com/v4"
            }
            Self::Network(error) => error.hint,
            Self::Call { fault, .. } => fault.hint(),
            Self::Contract { .. } => {
                "nothing was loaded from this answer; run again, and if it stays, the API has changed: report it"
            }
            Self::Interrupted(_) => "run again: nothing that was committed is lost",
        }
    }
}

//! What the rooms are told: values, never flags.

use std::time::Duration;

/// How to talk to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceSettings {
    /// Base address, the version being part of it (`https://api.spacexdata.com/v4`), without a slash at the end.
    pub(crate) base_url: String,
    /// For one try, body included.
    pub(crate) timeout: Duration,
    /// Launches asked for in one call.
    pub(crate) page_size: u32,
}

/// What answers at the address, as its first answer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    /// The public API, or a mirror of it.
    Api,
    /// The stand-in: it names itself in a header.
    Sandbox,
}

impl SourceKind {
    /// The name under which the kind is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Sandbox => "sandbox",
        }
    }
}

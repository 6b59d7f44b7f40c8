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

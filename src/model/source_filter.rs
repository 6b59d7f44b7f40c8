//! Which launches a sweep of the source asks for.

use chrono::{DateTime, Utc};

/// The question of a sweep; the answer is checked against it, document by document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceFilter {
    /// Every launch, or those with an id above one: the rest of a sweep that was cut.
    Everything { after: Option<String> },
    /// Flown on or after the instant, or upcoming at the source, or named by id.
    Recent { flown_since: DateTime<Utc>, ids: Vec<String> },
    /// Just these ids.
    Ids(Vec<String>),
}

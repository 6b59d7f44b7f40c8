//! Which launches a sweep of the source asks for.

use chrono::{DateTime, Utc};

/// A span of launch dates: `since` belongs to it, `until` no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
}

impl Window {
    pub(crate) fn contains(&self, date: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| since <= date) && self.until.is_none_or(|until| date < until)
    }
}

/// The question of a sweep; the answer is checked against it, document by document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceFilter {
    /// Every launch, or those with an id above one: the rest of a sweep that was cut.
    Everything { after: Option<String> },
    /// Flown on or after the instant, or upcoming at the source, or named by id.
    Recent { flown_since: DateTime<Utc>, ids: Vec<String> },
    /// Launched, or to be launched, within a window.
    Window(Window),
    /// Just these ids.
    Ids(Vec<String>),
}

//! A document that broke a rule, with every rule it broke.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::document::LaunchDocument;

/// A document on its way to the quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) document: LaunchDocument,
    /// Never empty; in the order of the document's fields.
    pub(crate) breaches: Vec<Breach>,
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Breach {
    /// The source's name of the field, `payloads[3].mass_kg` within a list, `document` for the whole.
    pub(crate) field: String,
    /// The rule's stable name, as users filter by it.
    pub(crate) code: String,
    /// For a person: what is wrong with which value.
    pub(crate) message: String,
}

/// A rejection as it stands in the quarantine, open or closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) launch_id: Option<String>,
    pub(crate) content_sha256: String,
    pub(crate) document: String,
    pub(crate) breaches: Vec<Breach>,
    pub(crate) pipeline_run_id: String,
    pub(crate) attempts: i32,
    pub(crate) first_seen_at: DateTime<Utc>,
    pub(crate) last_seen_at: DateTime<Utc>,
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    pub(crate) resolution: Option<String>,
}

//! A publication: what of the database is in the lake, as of which run.

use chrono::{DateTime, Utc};

/// What is asked of `etl publish`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PublishRequest {
    /// Write every table anew, whatever is there.
    pub(crate) full: bool,
    /// Say what would be done.
    pub(crate) dry_run: bool,
}

/// How the tables were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublicationKind {
    Full,
    Incremental,
}

impl PublicationKind {
    /// The name under which it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
        }
    }

    /// The kind that is stored under this name.
    pub(crate) fn from_name(name: &str) -> Self {
        if name == Self::Full.as_str() { Self::Full } else { Self::Incremental }
    }
}

/// A publication as both sides remember it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Publication {
    /// 1, 2, ...
    pub(crate) number: i64,
    pub(crate) kind: PublicationKind,
    /// The last run of which everything is in it, by its number and its id.
    pub(crate) run: i64,
    pub(crate) pipeline_run_id: String,
    pub(crate) published_at: DateTime<Utc>,
    /// The instant of its latest change.
    pub(crate) changed_at: Option<DateTime<Utc>>,
    /// Versions that no run wrote: those of a person, or of an older schema.
    pub(crate) unnamed_versions: i64,
    /// The runs up to this one had ended.
    pub(crate) runs_through: i64,
    pub(crate) aggregations_through: i64,
    pub(crate) launches_written: i64,
    /// The state of the published launches.
    pub(crate) launches_snapshot_id: i64,
}

/// What a call of `etl publish` did.
#[derive(Debug)]
pub(crate) struct PublishSummary {
    pub(crate) lake: String,
    /// What stands in the lake now; nothing where nothing was ever published.
    pub(crate) publication: Option<Publication>,
    /// Whether there was anything to publish.
    pub(crate) is_new: bool,
    /// Publications that only the lake knew of.
    pub(crate) repaired: usize,
    pub(crate) tables: Vec<TableSummary>,
    /// What would be done, where it was only to be said.
    pub(crate) statements: Vec<String>,
    pub(crate) optimized: bool,
}

/// What was done to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableSummary {
    pub(crate) name: &'static str,
    /// Rows that were written, or taken away.
    pub(crate) written: u64,
    /// Rows that the server read for it, on both sides.
    pub(crate) read: u64,
}

/// What Trino says of the database and of the lake.
#[derive(Debug)]
pub(crate) struct TrinoStatus {
    pub(crate) server: String,
    /// Where it sees our tables.
    pub(crate) tables: String,
    pub(crate) living: i64,
    pub(crate) tombstones: i64,
    pub(crate) last_run: Option<String>,
    /// What it sees otherwise than we do.
    pub(crate) differences: Vec<String>,
    pub(crate) lake: String,
    pub(crate) publication: Option<Publication>,
}

//! One run of the pipeline: what was asked for, what it is called, what it did.

use std::fmt;
use std::time::Duration;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};

use super::source_filter::Window;

/// What the user asked a run to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunRequest {
    pub(crate) mode: RunMode,
    /// Do everything but commit.
    pub(crate) dry_run: bool,
    /// Believe a sweep that lacks more of our launches than is plausible.
    pub(crate) allow_mass_deletion: bool,
    /// How far behind the watermark an ordinary run reads again.
    pub(crate) lookback: Duration,
    /// A reconcile is due when the last one is older.
    pub(crate) reconcile_after: Duration,
    /// Rows in one INSERT or COPY; loads of more than a page choose their own.
    pub(crate) batch_size: usize,
}

/// The forms of `etl run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RunMode {
    #[default]
    Ordinary,
    Reconcile,
    Full,
    Recompute,
    /// Ask the rules once more about what is in quarantine.
    Replay,
    /// Load a window of launch dates again.
    Backfill(Window),
}

/// What a run turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunKind {
    /// The first complete sweep of the source.
    Initial,
    /// What changed lately, or nothing.
    Ordinary,
    /// A sweep of everything, which also finds what vanished.
    Reconcile,
    /// A reconcile that sets the watermark anew and recomputes every fingerprint.
    Full,
    /// A new snapshot from the rows as they are.
    Recompute,
    /// What is in quarantine and keeps the rules by now.
    Replay,
    /// What was launched within a window, whatever the watermark says.
    Backfill(Window),
}

impl RunKind {
    /// The word in front of the run's id, and in `pipeline_runs.kind`.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Ordinary => "pipeline",
            Self::Reconcile => "reconcile",
            Self::Full => "full",
            Self::Recompute => "recompute",
            Self::Replay => "replay",
            Self::Backfill(_) => "backfill",
        }
    }

    /// `launch_aggregations.snapshot_type`.
    pub(crate) fn snapshot_type(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Ordinary | Self::Backfill(_) => "incremental",
            Self::Reconcile | Self::Full => "reconcile",
            Self::Recompute | Self::Replay => "manual",
        }
    }

    /// How the answer names the way in which the figures were made.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Initial => "time_series_initial",
            _ => "time_series_incremental",
        }
    }
}

/// How a run kept its work small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Optimization {
    SkippedDetection,
    EarlyExit,
    ServerSideFiltering,
    FullSweep,
    None,
}

impl fmt::Display for Optimization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SkippedDetection => "initial_load_skip_change_detection",
            Self::EarlyExit => "change_detection_early_exit",
            Self::ServerSideFiltering => "server_side_filtering",
            Self::FullSweep => "full_sweep",
            Self::None => "none",
        })
    }
}

/// `<kind>_YYYYMMDD_HHMMSS_` and 8 hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunId(String);

impl RunId {
    pub(crate) fn new(kind: RunKind, now: DateTime<Utc>, random: u32) -> Self {
        Self(format!("{}_{}_{random:08x}", kind.prefix(), now.format("%Y%m%d_%H%M%S")))
    }

    /// The id of a run that is in the ledger already.
    pub(crate) fn stored(id: String) -> Self {
        Self(id)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a run writes on every row: one id, one instant.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    pub(crate) run_id: RunId,
    /// Later than any instant in the raw tables and than the latest snapshot, also when the clock went back.
    pub(crate) instant: DateTime<Utc>,
}

/// What a run did to the launches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RunCounts {
    pub(crate) fetched: u64,
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) deleted: u64,
    pub(crate) restored: u64,
    pub(crate) quarantined: u64,
    pub(crate) unresolved_references: u64,
}

impl RunCounts {
    /// Launches whose change makes new figures.
    pub(crate) fn changed(&self) -> u64 {
        self.inserted + self.updated + self.deleted + self.restored
    }
}

/// What a run asked of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    /// HTTP requests, those that were tried again included.
    pub(crate) calls: u64,
    /// Bytes of answers, as they came.
    pub(crate) bytes: u64,
    /// Requests that were tried again.
    pub(crate) retries: u64,
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            bytes: self.bytes + other.bytes,
            retries: self.retries + other.retries,
        }
    }
}

/// A row of `launch_aggregations`, as far as the answer of a run speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotSummary {
    pub(crate) aggregation_id: i32,
    pub(crate) total_launches: i64,
    pub(crate) success_rate: Option<BigDecimal>,
    pub(crate) completed_success_rate: Option<BigDecimal>,
}

/// What a run did, whether it succeeded or not.
#[derive(Debug, Clone)]
pub(crate) struct RunSummary {
    pub(crate) run_id: Option<RunId>,
    pub(crate) kind: RunKind,
    pub(crate) dry_run: bool,
    pub(crate) optimization: Optimization,
    pub(crate) duration: Duration,
    pub(crate) usage: Usage,
    pub(crate) counts: RunCounts,
    /// The snapshot that this run wrote, if it wrote one.
    pub(crate) snapshot: Option<SnapshotSummary>,
    /// The latest snapshot there is.
    pub(crate) latest_snapshot: Option<SnapshotSummary>,
    pub(crate) watermark_before: Option<DateTime<Utc>>,
    pub(crate) watermark_after: Option<DateTime<Utc>>,
    /// For a person: what is to be known beside the figures.
    pub(crate) warnings: Vec<String>,
}

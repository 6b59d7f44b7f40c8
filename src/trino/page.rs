//! One answer of the protocol: rows, where the next ones are, what the server counted, and why it failed.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::Failure;
use crate::model::shown::shown;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<'a> {
    pub(super) id: String,
    /// Where to ask next; its absence is the only end.
    pub(super) next_uri: Option<String>,
    pub(super) columns: Option<Vec<Column>>,
    /// Each value as it was written: no digit is lost in a number of ours.
    #[serde(borrow)]
    pub(super) data: Option<Vec<Vec<&'a RawValue>>>,
    pub(super) stats: Stats,
    pub(super) error: Option<Told>,
    pub(super) update_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

/// What the server says of its work.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Stats {
    pub(super) state: String,
    pub(super) completed_splits: u64,
    pub(super) total_splits: u64,
    pub(super) processed_rows: u64,
}

/// How far the server is, as it says so itself.
pub(super) fn how_far(stats: &Stats) -> String {
    let Stats { state, completed_splits, total_splits, processed_rows } = stats;
    let doing = shown(&state.to_lowercase(), 20);
    format!("{doing}, {completed_splits} of {total_splits} parts, {processed_rows} rows read")
}

/// A failure as the server tells it; its stack is not read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    #[serde(default)]
    message: String,
    #[serde(default)]
    error_name: String,
    #[serde(default)]
    error_type: String,
    error_location: Option<Location>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    line_number: u64,
    column_number: u64,
}

impl From<Told> for Failure {
    fn from(told: Told) -> Self {
        Self {
            name: told.error_name,
            kind: told.error_type,
            message: told.message,
            place: told.error_location.map(|at| (at.line_number, at.column_number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_are_the_servers_own_counts() {
        let stats = Stats {
            state: "RUNNING".to_owned(),
            completed_splits: 3,
            total_splits: 12,
            processed_rows: 1_000_000,
        };
        assert_eq!(how_far(&stats), "running, 3 of 12 parts, 1000000 rows read");
    }
}

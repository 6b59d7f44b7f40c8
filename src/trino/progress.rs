//! A line on the terminal that says how far the server is, as it says so itself.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::page::Stats;

/// Between two looks at the line.
const PAUSE: Duration = Duration::from_millis(500);

/// A line that is written over until it goes.
pub(super) struct Progress {
    is_seen: bool,
    last: Option<Instant>,
    width: usize,
}

impl Progress {
    /// Nobody watches where standard error is no terminal, or only errors are to be told.
    pub(super) fn new() -> Self {
        let is_seen = io::stderr().is_terminal() && log::log_enabled!(log::Level::Info);
        Self { is_seen, last: None, width: 0 }
    }

    pub(super) fn show(&mut self, stats: &Stats) {
        if !self.is_seen || self.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        self.last = Some(Instant::now());
        let text = line(stats);
        self.write(&text);
        self.width = text.chars().count();
    }

    /// Takes the line away, so that what is written next stands alone.
    pub(super) fn clear(&mut self) {
        if self.width > 0 {
            self.write("");
            self.width = 0;
        }
    }

    fn write(&self, text: &str) {
        let width = self.width;
        // Without a standard error there is still the answer.
        write!(io::stderr(), "\r{text:<width$}\r")
            .and_then(|()| io::stderr().flush())
            .unwrap_or_default();
    }
}

fn line(stats: &Stats) -> String {
    let Stats { state, completed_splits, total_splits, processed_rows, elapsed_time_millis } =
        stats;
    let seconds = Duration::from_millis(*elapsed_time_millis).as_secs();
    let doing = state.to_lowercase();
    format!(
        "{doing}, {completed_splits} of {total_splits} parts, {processed_rows} rows read, {seconds} s"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_made_of_the_servers_own_counts() {
        let stats = Stats {
            state: "RUNNING".to_owned(),
            completed_splits: 3,
            total_splits: 12,
            processed_rows: 1_000_000,
            elapsed_time_millis: 4_500,
        };
        assert_eq!(line(&stats), "running, 3 of 12 parts, 1000000 rows read, 4 s");
    }
}

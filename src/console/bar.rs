//! What the progress says, as text: for a terminal of some width, or for a line of the log.

use std::time::Duration;

/// The bar is no wider, brackets aside, and is left out where less than the least is left for it.
const WIDEST_BAR: usize = 40;
const LEAST_BAR: usize = 5;

/// How far the work is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// What is being done, in a few words.
    pub(super) doing: String,
    pub(super) counted: Option<Counted>,
}

/// Work that can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) unit: &'static str,
    /// Done before this began.
    pub(crate) before: u64,
    pub(crate) done: u64,
    /// All there is, as far as it is known.
    pub(crate) total: Option<u64>,
}

impl Standing {
    /// For a terminal: fills no more than the columns.
    pub(super) fn drawn(&self, elapsed: Duration, columns: usize) -> String {
        let line = match self.counted {
            Some(counted) => self.with_bar(&counted, elapsed, columns),
            None => self.in_words(elapsed),
        };
        line.chars().take(columns).collect()
    }

    /// For the log.
    pub(super) fn in_words(&self, elapsed: Duration) -> String {
        let Some(counted) = self.counted else {
            return format!("{}, {}", self.doing, time(elapsed));
        };
        let parts = [counted.share(), Some(counted.rate(elapsed)), counted.left(elapsed)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{} {}: {}", self.doing, counted.amount(), parts.join(", "))
    }

    fn with_bar(&self, counted: &Counted, elapsed: Duration, columns: usize) -> String {
        let before = format!("{} {}", self.doing, counted.amount());
        let parts = [counted.share(), Some(counted.rate(elapsed)), counted.left(elapsed)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let after = parts.join(", ");
        // Two blanks and two brackets.
        let taken = before.chars().count() + after.chars().count() + 4;
        let width = columns.saturating_sub(taken).min(WIDEST_BAR);
        match counted.total {
            Some(total) if width >= LEAST_BAR => {
                format!("{before} [{}] {after}", bar(counted.done, total, width))
            }
            _ => format!("{before}, {after}"),
        }
    }
}

impl Counted {
    fn amount(&self) -> String {
        let Self { done, unit, .. } = self;
        match self.total {
            Some(total) => format!("{done} of {total} {unit}"),
            None => format!("{done} {unit}"),
        }
    }

    fn share(&self) -> Option<String> {
        self.total.map(|total| format!("{}%", part_of(self.done, total, 100)))
    }

    fn a_second(&self, elapsed: Duration) -> u64 {
        let done = u128::from(self.done.saturating_sub(self.before));
        let rate = done * 1_000 / elapsed.as_millis().max(1);
        u64::try_from(rate).unwrap_or(u64::MAX)
    }

    fn rate(&self, elapsed: Duration) -> String {
        format!("{} {}/s", self.a_second(elapsed), self.unit)
    }

    /// The time that the rest takes at the rate so far, if both are known.
    fn left(&self, elapsed: Duration) -> Option<String> {
        let rest = self.total?.saturating_sub(self.done);
        let seconds = rest.checked_div(self.a_second(elapsed))?;
        Some(format!("{} left", time(Duration::from_secs(seconds))))
    }
}

fn bar(done: u64, total: u64, width: usize) -> String {
    let full = part_of(done, total, width as u64);
    let full = usize::try_from(full).unwrap_or(width);
    format!("{:width$}", "#".repeat(full))
}

/// `whole` parts, of which so many are done; never more than all.
fn part_of(done: u64, total: u64, whole: u64) -> u64 {
    let part = u128::from(done) * u128::from(whole) / u128::from(total.max(1));
    u64::try_from(part).map_or(whole, |part| part.min(whole))
}

/// `7s`, `2m 03s`, `1h 05m`.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_SECONDS: Duration = Duration::from_secs(10);

    fn loading(done: u64, total: Option<u64>) -> Standing {
        let counted = Counted { unit: "launches", before: 0, done, total };
        Standing { doing: "loading".to_owned(), counted: Some(counted) }
    }

    #[test]
    fn the_bar_takes_what_the_columns_leave() {
        let half = loading(100_000, Some(200_000));
        assert_eq!(
            half.drawn(TEN_SECONDS, 79),
            "loading 100000 of 200000 launches [#####      ] 50%, 10000 launches/s, 10s left"
        );
        let wide = half.drawn(TEN_SECONDS, 199);
        assert!(wide.contains(&format!("[{}{}]", "#".repeat(20), " ".repeat(20))), "{wide}");
        for columns in 0..300 {
            assert!(half.drawn(TEN_SECONDS, columns).chars().count() <= columns);
        }
        let narrow = half.drawn(TEN_SECONDS, 40);
        assert_eq!(narrow, "loading 100000 of 200000 launches, 50%, ");
    }

    #[test]
    fn rate_and_rest_are_those_of_this_run() {
        let resumed = Counted { unit: "launches", before: 900, done: 1_000, total: Some(2_000) };
        let standing = Standing { doing: "loading".to_owned(), counted: Some(resumed) };
        assert_eq!(
            standing.in_words(TEN_SECONDS),
            "loading 1000 of 2000 launches: 50%, 10 launches/s, 1m 40s left"
        );
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let unknown = loading(30, None).in_words(TEN_SECONDS);
        assert_eq!(unknown, "loading 30 launches: 3 launches/s");
        let nothing = loading(0, Some(5)).in_words(TEN_SECONDS);
        assert_eq!(nothing, "loading 0 of 5 launches: 0%, 0 launches/s");
        let asking = Standing { doing: "asking the API".to_owned(), counted: None };
        assert_eq!(asking.drawn(Duration::from_secs(3_725), 79), "asking the API, 1h 02m");
    }

    #[test]
    fn more_than_all_is_all() {
        let standing = loading(7, Some(5));
        assert!(standing.drawn(TEN_SECONDS, 79).contains("] 100%, 0 launches/s"));
    }
}

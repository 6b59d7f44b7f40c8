//! When to try again: pure functions of the attempt, the fault and a random number, and the loop that obeys them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::error::{Again, Fault, RetryAfter};
use crate::model::shown::shown;

/// How often a call is tried in all.
pub(crate) const MAX_TRIES: u32 = 4;

/// The longest wait that the API may ask of us.
const RETRY_AFTER_CAP: Duration = Duration::from_mins(1);

/// Bounds of the waits between tries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) shortest: Duration,
    pub(crate) longest: Duration,
}

impl Pace {
    pub(crate) const POLITE: Self =
        Self { shortest: Duration::from_millis(500), longest: Duration::from_secs(8) };

    /// The wait after the given try (the first is 1); `random` is between 0 and 1. The ceiling doubles, reaches
    /// the longest wait before the last try, and the wait lies anywhere below it, so that many clients spread.
    pub(crate) fn backoff(self, attempt: u32, random: f64) -> Duration {
        let halvings = MAX_TRIES.saturating_sub(1).saturating_sub(attempt);
        let ceiling = self.longest / 2_u32.saturating_pow(halvings);
        let room = ceiling.saturating_sub(self.shortest);
        self.shortest + room.mul_f64(random.clamp(0.0, 1.0))
    }

    /// How long to wait before the next try, or `None` if there shall be none.
    pub(crate) fn wait(self, fault: &Fault, attempt: u32, random: f64) -> Option<Duration> {
        let most = match fault.again() {
            Again::Never => 1,
            Again::Once => 2,
            Again::Yes => MAX_TRIES,
        };
        if attempt >= most {
            return None;
        }
        match fault {
            Fault::RateLimited { retry: RetryAfter::Wait(told), .. } => Some(*told),
            _ => Some(self.backoff(attempt, random)),
        }
    }
}

/// Reads a `Retry-After` header in its two forms, a number of seconds and an HTTP date.
pub(crate) fn retry_after(value: Option<&str>, now: DateTime<Utc>) -> RetryAfter {
    let Some(value) = value.map(str::trim) else { return RetryAfter::Unsaid };
    let wait = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else if let Ok(date) = httpdate::parse_http_date(value) {
        (DateTime::<Utc>::from(date) - now).to_std().unwrap_or_default()
    } else {
        let value = shown(value, 60);
        return RetryAfter::Refused(format!("to be asked again after `{value}`, which is no time"));
    };
    if wait <= RETRY_AFTER_CAP {
        return RetryAfter::Wait(wait);
    }
    let cap = RETRY_AFTER_CAP.as_secs();
    RetryAfter::Refused(format!(
        "to be asked again after {}, longer than the {cap} s we wait",
        in_words(value, wait, now)
    ))
}

fn in_words(value: &str, wait: Duration, now: DateTime<Utc>) -> String {
    let at = chrono::Duration::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait));
    match at {
        Some(at) => format!("{} s, at {}", wait.as_secs(), at.format("%Y-%m-%d %H:%M:%S UTC")),
        None => format!("{} s", shown(value, 60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2022-05-06T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn backoff_stays_between_its_bounds_and_grows() {
        let pace = Pace::POLITE;
        let bounds = |attempt| {
            (pace.backoff(attempt, 0.0).as_millis(), pace.backoff(attempt, 1.0).as_millis())
        };
        assert_eq!(bounds(1), (500, 2_000));
        assert_eq!(bounds(2), (500, 4_000));
        assert_eq!(bounds(3), (500, 8_000));
    }

    #[test]
    fn tries_end() {
        let lost = Fault::CutShort { at: 3, expected: None };
        assert!(Pace::POLITE.wait(&lost, 3, 0.5).is_some());
        assert!(Pace::POLITE.wait(&lost, 4, 0.5).is_none());
        assert!(Pace::POLITE.wait(&Fault::NotModified, 1, 0.5).is_some());
        assert!(Pace::POLITE.wait(&Fault::NotModified, 2, 0.5).is_none());
        assert!(Pace::POLITE.wait(&Fault::TooLarge { limit: 1 }, 1, 0.5).is_none());
    }

    #[test]
    fn a_retry_after_is_read_in_both_forms() {
        let wait = |secs| RetryAfter::Wait(Duration::from_secs(secs));
        assert_eq!(retry_after(None, now()), RetryAfter::Unsaid);
        assert_eq!(retry_after(Some(" 2 "), now()), wait(2));
        assert_eq!(retry_after(Some("60"), now()), wait(60));
        assert_eq!(retry_after(Some("Fri, 06 May 2022 12:00:07 GMT"), now()), wait(7));
        assert_eq!(retry_after(Some("Fri, 06 May 2022 11:59:00 GMT"), now()), wait(0));
    }

    #[test]
    fn a_retry_after_that_is_too_long_or_no_time_is_refused_by_name() {
        let refused = |value| match retry_after(Some(value), now()) {
            RetryAfter::Refused(why) => why,
            other => panic!("{value}: {other:?}"),
        };
        assert!(refused("61").contains("61 s, at 2022-05-06 12:01:01 UTC"));
        assert!(refused("86400").contains("2022-05-07 12:00:00 UTC"));
        assert!(refused("Sat, 07 May 2022 12:00:00 GMT").contains("2022-05-07 12:00:00 UTC"));
        assert!(refused("99999999999999999999999").contains("99999999999999999999999 s"));
        for value in ["-1", "1e30", "soon", "", "1.5"] {
            assert!(refused(value).contains(&format!("`{value}`")));
        }
    }
}

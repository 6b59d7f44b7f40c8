//! When to try again: for how long, and with which pauses.

use std::time::{Duration, Instant};

use super::error::TrinoError;
use crate::clock::{Clock, Interrupted};

/// What a server may need to recover from a hiccup.
const HICCUP: Duration = Duration::from_secs(5);

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// How long to go on trying.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience(Duration);

impl Patience {
    /// What was asked for, and never less than a hiccup takes.
    pub(super) fn of(asked: Duration) -> Self {
        Self(asked.max(HICCUP))
    }

    /// Beginning at the first failure, not here: a long query leaves as much patience as a short one.
    pub(super) fn begin(self) -> Tries {
        Tries { patience: self.0, since: None, pause: SHORTEST }
    }
}

/// Tries of one call.
pub(super) struct Tries {
    patience: Duration,
    since: Option<Instant>,
    pause: Duration,
}

impl Tries {
    /// Waits before the next try, or gives the error back when the patience is at its end.
    pub(super) fn wait(&mut self, error: TrinoError, clock: &Clock) -> Result<(), TrinoError> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() + self.pause > self.patience {
            return Err(error);
        }
        log::debug!("{error}; trying again in {:.1} s", self.pause.as_secs_f64());
        clock
            .sleep(self.pause)
            .map_err(|interrupted: Interrupted| TrinoError::from(interrupted))?;
        self.pause = (self.pause * 2).min(LONGEST);
        Ok(())
    }
}

//! Time and the signals that cut it short: the only reader of the system's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag::{register, register_conditional_shutdown, register_usize};

/// The clock of a run. A clone shares the signal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    signal: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
}

/// A signal asked the program to stop (2 for Ctrl-C, 15 for a termination).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted by signal {0}")]
pub(crate) struct Interrupted(pub(crate) i32);

impl Clock {
    /// A clock that Ctrl-C and a termination cut short; a second signal ends the process at once.
    pub(crate) fn until_signalled() -> std::io::Result<Self> {
        let clock = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            register_conditional_shutdown(signal, 128 + signal, Arc::clone(&clock.stopping))?;
            register(signal, Arc::clone(&clock.stopping))?;
            let number = usize::try_from(signal).unwrap_or_default();
            register_usize(signal, Arc::clone(&clock.signal), number)?;
        }
        // A file that may not grow is an error of the write, no reason to die.
        register(SIGXFSZ, Arc::default())?;
        Ok(clock)
    }

    /// For work that leaves nothing half done: the first signal, too, ends the process at once.
    pub(crate) fn end_at_once(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Now, in whole microseconds: what both databases can hold.
    #[expect(
        clippy::disallowed_methods,
        clippy::unused_self,
        reason = "this is the clock, asked by whoever was given it"
    )]
    pub(crate) fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    /// Says whether a signal has asked the program to stop.
    pub(crate) fn interrupted(&self) -> Result<(), Interrupted> {
        match self.signal.load(Ordering::Relaxed) {
            0 => Ok(()),
            signal => Err(Interrupted(i32::try_from(signal).unwrap_or(SIGINT))),
        }
    }

    /// Does what a signal does.
    #[cfg(test)]
    pub(crate) fn interrupt(&self, signal: usize) {
        self.signal.store(signal, Ordering::Relaxed);
    }

    /// Waits, and stops waiting soon after a signal came.
    pub(crate) fn sleep(&self, duration: Duration) -> Result<(), Interrupted> {
        let end = Instant::now() + duration;
        loop {
            self.interrupted()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

//! The progress of a piece of work, shown from a thread of its own until the value goes.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::{Duration, Instant};

use terminal_size::{Width, terminal_size_of};

use super::bar::{Counted, Standing};
use super::{Manner, draw_over, held, manner, wiped};

/// What takes no longer is not spoken of.
const A_MOMENT: Duration = Duration::from_millis(500);
/// Between two pictures of the bar.
const FRAME: Duration = Duration::from_millis(100);
/// Between two lines of the log.
const A_FEW_SECONDS: Duration = Duration::from_secs(5);
/// Where the terminal does not say how wide it is.
const USUAL_COLUMNS: u16 = 80;

/// Work under way.
pub(crate) struct Progress {
    seen: Option<(Arc<Seen>, JoinHandle<()>)>,
}

/// What both threads see.
struct Seen {
    began: Instant,
    is_over: AtomicBool,
    standing: Mutex<Standing>,
}

impl Progress {
    /// Nothing is shown of work that is done in a moment.
    pub(crate) fn begin(doing: &str) -> Self {
        let manner = manner();
        if manner == Manner::Silent {
            return Self { seen: None };
        }
        let seen = Arc::new(Seen {
            began: Instant::now(),
            is_over: AtomicBool::new(false),
            standing: Mutex::new(Standing { doing: doing.to_owned(), counted: None }),
        });
        let shown = Arc::clone(&seen);
        let thread = Builder::new().name("etl-progress".to_owned());
        // Where there is no thread for it, the work goes on unseen.
        let thread = thread.spawn(move || shown.show(manner)).ok();
        Self { seen: thread.map(|thread| (seen, thread)) }
    }

    /// Says what is being done now, which cannot be counted.
    pub(crate) fn say(&self, doing: &str) {
        self.change(|standing| {
            *standing = Standing { doing: doing.to_owned(), counted: None };
        });
    }

    /// Says how much of it is done.
    pub(crate) fn count(&self, doing: &str, counted: Counted) {
        self.change(|standing| {
            *standing = Standing { doing: doing.to_owned(), counted: Some(counted) };
        });
    }

    /// Takes it off the screen.
    pub(crate) fn end(&mut self) {
        if let Some((seen, thread)) = self.seen.take() {
            seen.is_over.store(true, Ordering::Release);
            thread.thread().unpark();
            // It has nothing to say any more, not even that it failed.
            thread.join().unwrap_or_default();
            drop(wiped());
        }
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) {
        if let Some((seen, _)) = &self.seen {
            change(&mut seen.standing());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

impl Seen {
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, manner: Manner) {
        let (first, next) = match manner {
            Manner::Bar => (A_MOMENT, FRAME),
            Manner::Lines | Manner::Silent => (A_FEW_SECONDS, A_FEW_SECONDS),
        };
        self.wait(first);
        while !self.is_over.load(Ordering::Acquire) {
            let standing = self.standing().clone();
            match manner {
                Manner::Bar => draw(&standing, self.began.elapsed()),
                Manner::Lines | Manner::Silent => {
                    log::info!("{}", standing.in_words(self.began.elapsed()));
                }
            }
            self.wait(next);
        }
    }

    fn wait(&self, pause: Duration) {
        let end = Instant::now() + pause;
        while !self.is_over.load(Ordering::Acquire) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            park_timeout(left);
        }
    }
}

/// Leaves the last column alone: some terminals wrap there.
fn draw(standing: &Standing, elapsed: Duration) {
    let columns = terminal_size_of(io::stderr()).map_or(USUAL_COLUMNS, |(Width(width), _)| width);
    let text = standing.drawn(elapsed, usize::from(columns.saturating_sub(1)));
    draw_over(&mut held(), &text);
}

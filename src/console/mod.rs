//! Standard error: the lines of the log and, below them on a terminal, the one that says how far the work is.
//!
//! Whoever writes a line first has the other one wiped, so that none stands in the middle of another.

mod bar;
mod line;
mod progress;

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use log::{Log, Metadata, Record};

use crate::model::failure::Failure;
use crate::model::run::RunId;

pub(crate) use bar::Counted;
pub(crate) use line::logged;
pub(crate) use progress::Progress;

/// How the progress of the work is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Manner {
    /// A line on the terminal that is written over.
    Bar,
    /// A line of the log every few seconds.
    Lines,
    #[default]
    Silent,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Form {
    /// For people.
    #[default]
    Text,
    /// An object, for whoever collects logs.
    Json,
}

static SETTING: OnceLock<(Manner, Form)> = OnceLock::new();
static RUN: OnceLock<String> = OnceLock::new();

/// Columns of the line that will be written over. Whoever writes to standard error holds it.
static DRAWN: Mutex<usize> = Mutex::new(0);

/// Says once how to speak; whatever is said before that is text.
pub(crate) fn set(manner: Manner, form: Form) {
    SETTING.get_or_init(|| (manner, form));
}

/// From here on lines for collectors carry the id of the run.
pub(crate) fn name_run(run_id: &RunId) {
    RUN.get_or_init(|| run_id.to_string());
}

/// Tells a failure in one line.
pub(crate) fn tell(failure: &Failure) {
    let line = match form() {
        Form::Text => line::told(failure),
        Form::Json => line::told_as_json(failure),
    };
    let drawn = wiped();
    // Without a standard error there is still the exit code.
    writeln!(io::stderr(), "{line}").unwrap_or_default();
    drop(drawn);
}

fn manner() -> Manner {
    SETTING.get().copied().unwrap_or_default().0
}

fn form() -> Form {
    SETTING.get().copied().unwrap_or_default().1
}

/// Standard error with nothing on its last line, for as long as the guard is held.
fn wiped() -> MutexGuard<'static, usize> {
    let mut drawn = held();
    if *drawn > 0 {
        draw_over(&mut drawn, "");
    }
    drawn
}

fn held() -> MutexGuard<'static, usize> {
    DRAWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves the cursor at the start of the line: what anybody else writes comes over it.
fn draw_over(drawn: &mut usize, text: &str) {
    let before = *drawn;
    // Without a standard error there is still the answer.
    write!(io::stderr(), "\r{text:<before$}\r").unwrap_or_default();
    *drawn = text.chars().count();
}

/// A log whose lines are written on a wiped line.
pub(crate) struct Aside<L>(pub(crate) L);

impl<L: Log> Log for Aside<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let drawn = wiped();
            self.0.log(record);
            drop(drawn);
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}

//! A defect of the program itself: what a panic leaves behind is one line and an exit code, never a backtrace.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

thread_local! {
    /// What the last panic of this thread said, and where.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What a panic said, and where.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a defect in etl itself: {0}")]
pub(crate) struct Defect(String);

impl Defect {
    pub(crate) const HINT: &str =
        "nothing of it was written; run it again, and report this line if it comes back";
}

/// Panics are told by whoever catches them.
pub(crate) fn keep_panics_quiet() {
    set_hook(Box::new(|info| {
        let said = said(info);
        log::debug!("panic: {said}");
        LAST.set(Some(said));
    }));
}

fn said(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("a panic without words");
    let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
    format!("{what}{}", place.unwrap_or_default())
}

/// Does the body, whose panic is an error like any other. What it was working on must not be used afterwards.
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Defect> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|_| {
        let said = LAST.take().unwrap_or_else(|| "a panic without words".to_owned());
        Defect(said.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}

/// Where a test wants a panic: `ETL_PANIC_AT` names the step. There is none in a release.
#[cfg(debug_assertions)]
#[expect(clippy::disallowed_methods, reason = "a switch for tests is no configuration")]
pub(crate) fn may_strike(step: &str) {
    let ordered = std::env::var("ETL_PANIC_AT").is_ok_and(|wanted| wanted == step);
    assert!(!ordered, "as ordered,\nat the step {step}");
}

#[cfg(not(debug_assertions))]
pub(crate) const fn may_strike(_step: &str) {}

//! A failing history made as short as it will go in a while.

use std::time::{Duration, Instant};

use super::events::{Event, History, Trouble};

/// Drops events, longer pieces first, and makes what is left simpler, as long as it still fails.
pub(crate) fn shrink(
    mut history: History,
    time: Duration,
    fails: impl Fn(&History) -> bool,
) -> History {
    let deadline = Instant::now() + time;
    let mut piece = history.events.len().div_ceil(2);
    while piece > 0 && Instant::now() < deadline {
        let mut at = 0;
        while at < history.events.len() && Instant::now() < deadline {
            let mut shorter = history.clone();
            let end = (at + piece).min(shorter.events.len());
            shorter.events.drain(at..end);
            if fails(&shorter) {
                history = shorter;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    for at in 0..history.events.len() {
        for simpler in simpler(&history.events[at]) {
            let mut other = history.clone();
            other.events[at] = simpler;
            if Instant::now() < deadline && fails(&other) {
                history = other;
            }
        }
    }
    history
}

fn simpler(event: &Event) -> Vec<Event> {
    let Event::Run(run) = event else { return vec![] };
    let mut simpler = Vec::new();
    if run.trouble != Trouble::None {
        let mut run = run.clone();
        run.trouble = Trouble::None;
        simpler.push(Event::Run(run));
    }
    if run.page_size != 1000 {
        let mut run = run.clone();
        run.page_size = 1000;
        simpler.push(Event::Run(run));
    }
    simpler
}

//! What can happen in a history: at the source, to the source's answers, and to the pipeline. Drawn from a seed.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// One step. Launches are named by a number that is taken modulo how many there are, so that a step still means
/// something when others were dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Event {
    Add {
        flown: bool,
    },
    Rename {
        launch: usize,
    },
    Untracked {
        launch: usize,
    },
    Move {
        launch: usize,
        days: i64,
    },
    Fly {
        launch: usize,
    },
    Unfly {
        launch: usize,
    },
    Outcome {
        launch: usize,
        success: Option<bool>,
    },
    Renumber {
        launch: usize,
        number: i64,
    },
    Delete {
        launch: usize,
        count: usize,
    },
    Restore {
        under_a_new_id: bool,
    },
    Poison {
        launch: usize,
        how: usize,
    },
    Cure,
    /// In hundredths, or unknown; of the first payload.
    Mass {
        launch: usize,
        hundredths: Option<i64>,
    },
    LosePayload {
        launch: usize,
    },
    Advance {
        hours: u32,
    },
    Run(Run),
    Verify,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) mode: Mode,
    pub(crate) page_size: u32,
    pub(crate) dry_run: bool,
    pub(crate) allow_mass_deletion: bool,
    pub(crate) trouble: Trouble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mode {
    Ordinary,
    Reconcile,
    Full,
    Recompute,
    Replay,
    /// From so many days before the beginning of November 2022, so many days long.
    Window {
        back: i64,
        days: i64,
    },
}

/// What goes wrong meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trouble {
    None,
    /// The server cannot answer once, after so many good answers.
    Unavailable {
        after: u64,
    },
    /// An answer is cut once.
    Cut {
        after: u64,
        bytes: usize,
    },
    /// A page comes short once.
    Short,
    /// Nothing is found any more, after so many good pages.
    Gone {
        after: u64,
    },
    /// `/launches/latest` is of no use.
    NoLatest,
    KilledAtRequest {
        request: usize,
    },
    /// At a system call that writes or sends.
    KilledAtWrite {
        call: usize,
    },
    /// Another run starts at the same moment.
    Twin {
        mode: Mode,
    },
}

/// A whole history: the universe and what happens in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) postgres: bool,
    pub(crate) launches: u32,
    pub(crate) seed: u64,
    pub(crate) events: Vec<Event>,
}

type Weighted<T> = (u32, fn(&mut Rng) -> T);

/// How often each kind of event comes, among those that a seed enables.
const SOURCE: [Weighted<Event>; 16] = [
    (6, |rng| Event::Add { flown: rng.bool() }),
    (8, |rng| Event::Rename { launch: any(rng) }),
    (3, |rng| Event::Untracked { launch: any(rng) }),
    (8, |rng| Event::Move { launch: any(rng), days: pick(rng, &DAYS) }),
    (5, |rng| Event::Fly { launch: any(rng) }),
    (3, |rng| Event::Unfly { launch: any(rng) }),
    (5, |rng| Event::Outcome {
        launch: any(rng),
        success: pick(rng, &[Some(true), Some(false), None]),
    }),
    (3, |rng| Event::Renumber { launch: any(rng), number: rng.i64(1..60) }),
    (6, |rng| Event::Delete { launch: any(rng), count: 1 }),
    (1, |rng| Event::Delete { launch: any(rng), count: 7 }),
    (5, |rng| Event::Restore { under_a_new_id: rng.u32(..3) == 0 }),
    (8, |rng| Event::Poison { launch: any(rng), how: any(rng) }),
    (6, |_| Event::Cure),
    (5, |rng| Event::Mass { launch: any(rng), hundredths: pick(rng, &MASSES) }),
    (2, |rng| Event::LosePayload { launch: any(rng) }),
    (8, |rng| Event::Advance { hours: pick(rng, &[1, 1, 7, 30, 100, 720]) }),
];

const MODES: [Weighted<Mode>; 6] = [
    (20, |_| Mode::Ordinary),
    (6, |_| Mode::Reconcile),
    (3, |_| Mode::Full),
    (1, |_| Mode::Recompute),
    (1, |_| Mode::Replay),
    (3, |rng| Mode::Window { back: rng.i64(-60..1500), days: rng.i64(1..800) }),
];

const TROUBLES: [Weighted<Trouble>; 8] = [
    (5, |rng| Trouble::Unavailable { after: rng.u64(..4) }),
    (1, |rng| Trouble::Cut { after: rng.u64(..3), bytes: rng.usize(..4000) }),
    (1, |_| Trouble::Short),
    (4, |rng| Trouble::Gone { after: rng.u64(..4) }),
    (3, |_| Trouble::NoLatest),
    (12, |rng| Trouble::KilledAtRequest { request: rng.usize(1..6) }),
    (12, |rng| Trouble::KilledAtWrite { call: rng.usize(1..70) }),
    (4, |rng| Trouble::Twin { mode: mode(rng) }),
];

/// Behind, around and before the watermark and its lookback, and beyond today.
const DAYS: [i64; 10] = [-900, -45, -31, -10, -1, 1, 10, 29, 45, 4000];
const MASSES: [Option<i64>; 6] =
    [None, Some(0), Some(1), Some(538_385), Some(100_000), Some(9_999_999)];

fn any(rng: &mut Rng) -> usize {
    rng.usize(..10_000)
}

fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(..choices.len())]
}

fn draw<T>(rng: &mut Rng, weights: &[Weighted<T>]) -> T {
    let sum: u32 = weights.iter().map(|(weight, _)| weight).sum();
    let mut left = rng.u32(..sum);
    for (weight, make) in weights {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return make(rng),
        }
    }
    unreachable!("the draw is below the sum of the weights")
}

fn mode(rng: &mut Rng) -> Mode {
    draw(rng, &MODES)
}

/// Some of them, never none: rare kinds then meet each other often enough.
fn some<T: Copy>(rng: &mut Rng, all: &[T]) -> Vec<T> {
    let some: Vec<T> = all.iter().copied().filter(|_| rng.u32(..5) < 2).collect();
    if some.is_empty() { vec![pick(rng, all)] } else { some }
}

impl History {
    /// The history of a seed.
    pub(crate) fn drawn(seed: u64, postgres: bool) -> History {
        let mut rng = Rng::with_seed(seed);
        let (source, troubles) = (some(&mut rng, &SOURCE), some(&mut rng, &TROUBLES));
        let quiet = rng.u32(..4) == 0;
        let most = rng.usize(1..=40);
        let length = 5 + rng.usize(..=most);
        let launches = rng.u32(10..=40);
        let events = (0..length).map(|_| match rng.u32(..20) {
            0..10 => draw(&mut rng, &source),
            10..19 => Event::Run(run(&mut rng, if quiet { &[] } else { &troubles })),
            _ => Event::Verify,
        });
        let events = events.collect();
        History { postgres, launches, seed, events }
    }
}

fn run(rng: &mut Rng, troubles: &[Weighted<Trouble>]) -> Run {
    let is_quiet = troubles.is_empty() || rng.u32(..3) > 0;
    Run {
        mode: mode(rng),
        page_size: pick(rng, &[1000, 1000, 7, 4, 13]),
        dry_run: rng.u32(..12) == 0,
        allow_mass_deletion: rng.u32(..6) == 0,
        trouble: if is_quiet { Trouble::None } else { draw(rng, troubles) },
    }
}

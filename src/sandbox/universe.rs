//! An invented launch history of any length, drawn from a seed and kept compact: what a launch is, not yet how its
//! document reads (that is `portrait`).
//!
//! The history has every oddity the real one has. Most stand at fixed distances from each other, so that a history of
//! the usual size is sure to hold them.

use super::draw::Draw;
use super::instant;

/// Where the universe's clock stands at the start: 2022-11-01T00:00:00Z.
pub(super) const START: i64 = 1_667_260_800;
/// The first launch of the history: 2006-03-24T22:30:00Z.
const FIRST: i64 = 1_143_239_400;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
const MOST_UPCOMING: u32 = 40;
const FIRST_LAUNCH_CREATED: u32 = 0x5eb8_7c00;
const FIRST_PAYLOAD_CREATED: u32 = 0x5c00_0000;
/// Launches whose list holds a payload of the launch before them stand this far apart.
const SHARING: u32 = 61;

/// How many pads and rockets there are; the last pad is never flown from.
pub(super) const PADS: u8 = 5;
pub(super) const ROCKETS: u8 = 4;

#[derive(Clone)]
pub(super) struct Launch {
    /// The place in launch order; the vector's order is that of creation.
    pub(super) order: u32,
    pub(super) flight_number: u32,
    pub(super) date: i64,
    pub(super) static_fire: Option<i64>,
    pub(super) success: Option<bool>,
    pub(super) upcoming: bool,
    pub(super) precision: &'static str,
    pub(super) pad: Option<u8>,
    pub(super) rocket: u8,
    /// The first payload and how many follow; a shared one stands in front.
    pub(super) first_payload: u32,
    pub(super) payloads: u32,
    pub(super) shared_payload: Option<u32>,
}

pub(super) struct Payload {
    /// Hundredths of a kilogram.
    pub(super) mass: Option<u32>,
    /// The launch (by creation) that the payload's own document names; not always the right one.
    pub(super) launch: u32,
}

pub(super) struct Universe {
    pub(super) seed: u64,
    pub(super) launches: Vec<Launch>,
    pub(super) payloads: Vec<Payload>,
    machine: u64,
}

impl Universe {
    pub(super) fn empty(seed: u64) -> Self {
        let machine = Draw::of(seed, 1, 0).next() >> 24;
        Self { seed, launches: Vec::new(), payloads: Vec::new(), machine }
    }

    pub(super) fn new(count: u32, seed: u64) -> Self {
        let mut universe = Self::empty(seed);
        let upcoming = (count / 100 * 7 + count % 100 * 7 / 100).min(MOST_UPCOMING);
        let flown = count.saturating_sub(upcoming);
        let dates = flown_dates(flown, seed);
        let created = creation_order(count, seed);
        let mut in_launch_order: Vec<Launch> = Vec::with_capacity(created.len());
        for (order, date) in (0..flown).zip(dates) {
            in_launch_order.push(flown_launch(seed, order, flown, date));
        }
        for place in 0..upcoming {
            in_launch_order.push(upcoming_launch(seed, flown, place));
        }
        let mut rank = vec![0; created.len()];
        for (place, order) in (0u32..).zip(&created) {
            if let Some(slot) = rank.get_mut(at(*order)) {
                *slot = place;
            }
        }
        universe.assign_payloads(&mut in_launch_order, &rank);
        universe.launches =
            created.iter().filter_map(|order| in_launch_order.get(at(*order)).cloned()).collect();
        universe
    }

    fn assign_payloads(&mut self, launches: &mut [Launch], rank: &[u32]) {
        let mut next = 0;
        for launch in launches {
            let order = launch.order;
            let mut draw = Draw::of(self.seed, 2, u64::from(order));
            launch.first_payload = next;
            launch.payloads = payload_count(&mut draw, order);
            launch.shared_payload = (order % SHARING == 9).then(|| next.checked_sub(1)).flatten();
            for place in 0..launch.payloads {
                let index = next + place;
                let mass = match (launch.payloads, place) {
                    (3, 0) => Some(whole_mass(&mut draw)),
                    (3, 1) => None,
                    _ => drawn_mass(&mut draw, index),
                };
                let named = if index % 83 == 5 { order.saturating_sub(1) } else { order };
                let launch = rank.get(at(named)).copied().unwrap_or_default();
                self.payloads.push(Payload { mass, launch });
            }
            next += launch.payloads;
        }
    }

    pub(super) fn launch_id(&self, index: u32) -> String {
        object_id(FIRST_LAUNCH_CREATED.saturating_add(index), self.machine, index)
    }

    pub(super) fn payload_id(&self, index: u32) -> String {
        object_id(FIRST_PAYLOAD_CREATED.saturating_add(index), self.machine, index)
    }

    pub(super) fn pad_id(&self, index: u8) -> String {
        object_id(0x5b00_0000 + u32::from(index), self.machine, u32::from(index))
    }

    pub(super) fn rocket_id(&self, index: u8) -> String {
        object_id(0x5a00_0000 + u32::from(index), self.machine, u32::from(index))
    }

    /// An id for something created at `moment` (seconds), the `number`th so far.
    pub(super) fn new_id(&self, moment: i64, number: u32) -> String {
        object_id(u32::try_from(moment).unwrap_or(u32::MAX), self.machine, number)
    }

    /// The payloads of a launch in the source's order.
    pub(super) fn payloads_of(launch: &Launch) -> impl Iterator<Item = u32> {
        let own = launch.first_payload..launch.first_payload.saturating_add(launch.payloads);
        launch.shared_payload.into_iter().chain(own)
    }
}

/// 24 hex digits, as the store behind the real server makes them: time, machine, counter.
fn object_id(created: u32, machine: u64, counter: u32) -> String {
    let machine = machine & 0xff_ffff_ffff;
    let counter = counter & 0xff_ffff;
    format!("{created:08x}{machine:010x}{counter:06x}")
}

fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// Denser towards the end, as the real history is; not everywhere in the order of the flight numbers.
fn flown_dates(flown: u32, seed: u64) -> Vec<i64> {
    let span = START - FIRST;
    let gap = span / i64::from(flown.max(1)) / 4;
    let mut dates: Vec<i64> = (0..flown)
        .map(|order| {
            let share = (u128::from(order) * 1_000_000_000_000_000_000 / u128::from(flown)).isqrt();
            let place = i64::try_from(share).unwrap_or_default();
            let whole = i128::from(span) * i128::from(place) / 1_000_000_000;
            let jitter = Draw::of(seed, 3, u64::from(order)).below(u32::try_from(gap).unwrap_or(0));
            let date = FIRST + i64::try_from(whole).unwrap_or_default() + i64::from(jitter);
            date - date % 60
        })
        .collect();
    for pair in dates.chunks_mut(31) {
        if pair.len() > 8 {
            pair.swap(7, 8);
        }
    }
    if let [.., before, last] = dates.as_mut_slice() {
        // The highest flight number is not the latest date.
        std::mem::swap(before, last);
    }
    dates
}

/// The order in which documents were created: near launch order, with later additions of earlier launches.
fn creation_order(count: u32, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    let mut draw = Draw::of(seed, 4, 0);
    for place in 0..order.len() {
        if draw.per_mille(60) {
            let other = place + 1 + at(draw.below(40));
            if other < order.len() {
                order.swap(place, other);
            }
        }
    }
    order
}

fn flown_launch(seed: u64, order: u32, flown: u32, date: i64) -> Launch {
    let mut draw = Draw::of(seed, 5, u64::from(order));
    let unknown = flown > 20 && order == flown / 10 * 9;
    let failed = order == 0 || order == 2 || draw.per_mille(20);
    let rocket = if order < 5 { 0 } else { u8::from(draw.per_mille(40)) + 1 };
    Launch {
        order,
        flight_number: order + 1,
        date,
        static_fire: static_fire(&mut draw, order, date),
        success: if unknown { None } else { Some(!failed) },
        upcoming: false,
        precision: "hour",
        pad: Some(if order < 5 { 3 } else { u8::try_from(draw.below(3)).unwrap_or_default() }),
        rocket,
        first_payload: 0,
        payloads: 0,
        shared_payload: None,
    }
}

fn static_fire(draw: &mut Draw, order: u32, date: i64) -> Option<i64> {
    let minutes = i64::from(draw.below(10 * 24 * 60)) + 6 * 60;
    let none = draw.per_mille(300);
    if order % 97 == 40 {
        Some(date)
    } else if order % 89 == 30 {
        Some(date + 2 * DAY + HOUR / 2)
    } else if order % 178 == 100 {
        Some(date + 12_541 * HOUR + 42 * 60)
    } else if order % 93 == 50 {
        Some(date - 4_321 * HOUR)
    } else if none {
        None
    } else {
        Some(date - minutes * 60)
    }
}

fn upcoming_launch(seed: u64, flown: u32, place: u32) -> Launch {
    let mut draw = Draw::of(seed, 6, u64::from(place));
    let months_on = |months: u32| instant::start_of_month(START, months);
    let (precision, date) = match place {
        0 => ("hour", START - 20 * DAY - 5 * HOUR),
        1 => ("month", START - 31 * DAY),
        // Soon enough for a first try of the clock.
        2 => ("hour", START + 30 * HOUR),
        _ if place % 13 == 12 => ("half", months_on(2)),
        _ if place % 5 == 4 => ("quarter", months_on(2 + place / 10 * 3)),
        _ if place % 5 == 3 || place % 5 == 1 => ("month", months_on(1 + place / 8)),
        _ => {
            let minutes = i64::from(draw.below(9 * 24 * 60));
            ("hour", START + i64::from(place - 1) * 4 * DAY + minutes * 60)
        }
    };
    let tied = place.saturating_sub(3) - u32::from(place >= 10);
    Launch {
        order: flown + place,
        flight_number: flown + 1 + tied,
        date,
        static_fire: (place % 11 == 7).then_some(START - 2 * DAY),
        success: None,
        upcoming: true,
        precision,
        pad: (place % 9 != 4).then(|| u8::try_from(draw.below(3)).unwrap_or_default()),
        rocket: if place % 7 == 6 { 3 } else { 1 },
        first_payload: 0,
        payloads: 0,
        shared_payload: None,
    }
}

fn payload_count(draw: &mut Draw, order: u32) -> u32 {
    match order {
        _ if order % 101 == 60 => 16,
        _ if order % 103 == 70 => 0,
        _ if order % 47 == 11 => 3,
        _ if draw.per_mille(70) => 2,
        _ => 1,
    }
}

fn whole_mass(draw: &mut Draw) -> u32 {
    (draw.below(15_400) + 200) * 100
}

fn drawn_mass(draw: &mut Draw, index: u32) -> Option<u32> {
    let whole = whole_mass(draw);
    let hundredths = draw.below(99) + 1;
    match index {
        _ if index % 90 == 17 => Some(538_385),
        _ if draw.per_mille(120) => None,
        _ if draw.per_mille(120) => Some(whole + hundredths),
        _ => Some(whole),
    }
}

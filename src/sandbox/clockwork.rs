//! Time in the sandbox: it stands still until it is told to move, and then launches fly and dates slip.

use serde_json::{Value, json};

use super::document::{Document, Stored};
use super::draw::Draw;
use super::instant;
use super::store::{Kind, Store};
use super::universe::START;

pub(super) struct Clockwork {
    now: i64,
    seed: u64,
}

/// What happened while time passed.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) flown: Vec<String>,
    pub(super) slipped: Vec<String>,
}

struct Upcoming {
    id: String,
    date: i64,
    precision: String,
}

impl Clockwork {
    /// The clock of an invented history.
    pub(super) fn new(seed: u64) -> Self {
        Self { now: START, seed }
    }

    /// For served files: midnight after the latest launch that has flown.
    pub(super) fn after(store: &Store, seed: u64) -> Self {
        let flown_date = |document: Document<'_>| {
            let flown = *document.value("upcoming")? == Value::Bool(false);
            flown.then(|| instant::parse_utc(document.value("date_utc")?.as_str()?))?
        };
        let documents =
            (0..store.count(Kind::Launches)).filter_map(|place| store.at(Kind::Launches, place));
        let latest = documents.filter_map(flown_date).max();
        Self {
            now: latest.map_or(START, |latest| latest - latest.rem_euclid(86_400) + 86_400),
            seed,
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.now
    }

    /// Lets time pass: some upcoming launches slip forward or back, and those whose time has come fly, by date.
    pub(super) fn advance(&mut self, store: &mut Store, seconds: i64) -> Passed {
        let (before, after) = (self.now, self.now.saturating_add(seconds));
        self.now = after;
        let mut passed = Passed::default();
        let mut flying = Vec::new();
        for mut launch in upcoming_after(store, before) {
            let stream = launch
                .id
                .bytes()
                .fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
            let mut draw = Draw::of(self.seed, 40, stream ^ before.unsigned_abs().rotate_left(32));
            if let Some(date) = slip(&launch, before, &mut draw) {
                launch.date = date;
                store.edit(Kind::Launches, &launch.id, |stored| set_date(stored, date));
                passed.slipped.push(launch.id.clone());
            }
            if launch.date <= after {
                flying.push((launch, draw));
            }
        }
        flying.sort_by(|(one, _), (other, _)| (one.date, &one.id).cmp(&(other.date, &other.id)));
        let first_number = highest_flown_number(store) + 1;
        for (number, (launch, mut draw)) in (first_number..).zip(flying) {
            let success = draw.per_mille(970);
            let date = flown_date(&launch, after, &mut draw);
            let pad = store.at(Kind::Launchpads, 0).map(|pad| pad.id().into_owned());
            let lacks_pad =
                |launch: Document<'_>| launch.value("launchpad").is_none_or(|pad| pad.is_null());
            let pad = pad.filter(|_| store.find(Kind::Launches, &launch.id).is_some_and(lacks_pad));
            store.edit(Kind::Launches, &launch.id, |stored| {
                fly(stored, number, success, date);
                if let Some(pad) = pad {
                    // Nothing flies from nowhere.
                    set(stored, "launchpad", &json!(pad));
                }
            });
            passed.flown.push(launch.id);
        }
        passed
    }
}

/// The upcoming launches with a date still to come; those that were stale before stay so.
fn upcoming_after(store: &Store, before: i64) -> Vec<Upcoming> {
    let read = |document: Document<'_>| {
        if *document.value("upcoming")? != Value::Bool(true) {
            return None;
        }
        let date = instant::parse_utc(document.value("date_utc")?.as_str()?)?;
        let precision = document.value("date_precision")?.as_str().unwrap_or_default().to_owned();
        (date > before).then(|| Upcoming { id: document.id().into_owned(), date, precision })
    };
    (0..store.count(Kind::Launches))
        .filter_map(|place| store.at(Kind::Launches, place))
        .filter_map(read)
        .collect()
}

/// One in eight slips by days, one in twenty-four comes earlier; dates known only by month or coarser stay.
fn slip(launch: &Upcoming, before: i64, draw: &mut Draw) -> Option<i64> {
    let kind = draw.below(24);
    let hours = i64::from(draw.below(30 * 24)) + 6;
    match kind {
        _ if launch.precision != "hour" => None,
        0..3 => Some(launch.date + hours * 3600),
        3 => Some(launch.date - hours * 360).filter(|date| *date > before),
        _ => None,
    }
}

/// A launch that was announced by month flies some time after the month's first instant.
fn flown_date(launch: &Upcoming, after: i64, draw: &mut Draw) -> i64 {
    if launch.precision == "hour" {
        return launch.date;
    }
    let most = u32::try_from(after - launch.date).unwrap_or(u32::MAX).min(28 * 86_400);
    let later = i64::from(draw.below(most));
    launch.date + later - later % 60
}

pub(super) fn highest_flown_number(store: &Store) -> i64 {
    let number = |document: Document<'_>| {
        let flown = *document.value("upcoming")? == Value::Bool(false);
        flown.then(|| document.value("flight_number")?.as_i64())?
    };
    let documents =
        (0..store.count(Kind::Launches)).filter_map(|place| store.at(Kind::Launches, place));
    documents.filter_map(number).max().unwrap_or(0)
}

fn set(stored: &mut Stored, key: &str, value: &Value) {
    stored.set(key, &value.to_string());
}

fn set_date(stored: &mut Stored, date: i64) {
    set(stored, "date_utc", &json!(instant::utc(date)));
    set(stored, "date_unix", &json!(date));
    set(stored, "date_local", &json!(instant::local(date, -4)));
}

fn fly(stored: &mut Stored, number: i64, success: bool, date: i64) {
    set_date(stored, date);
    set(stored, "date_precision", &json!("hour"));
    set(stored, "flight_number", &json!(number));
    set(stored, "upcoming", &json!(false));
    set(stored, "success", &json!(success));
    if !success {
        set(
            stored,
            "failures",
            &json!([{ "time": 120, "altitude": 40, "reason": "engine shut down early" }]),
        );
    }
}

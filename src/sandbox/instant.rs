//! Instants as the source writes them, and spans of time as people type them.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike, Utc};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// The form in which the real store keeps dates, as text: `2022-10-05T16:00:00.000Z`.
pub(super) fn utc(seconds: i64) -> String {
    let moment = at(seconds);
    let (year, month, day) = (moment.year(), moment.month(), moment.day());
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

/// The same instant on a clock so many hours east of UTC.
pub(super) fn local(seconds: i64, hours_east: i32) -> String {
    let zone = FixedOffset::east_opt(hours_east * 3600);
    zone.map_or_else(
        || utc(seconds),
        |zone| at(seconds).with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    )
}

pub(super) fn parse_utc(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp())
}

/// The first instant of the month so many months later.
pub(super) fn start_of_month(seconds: i64, months_later: u32) -> i64 {
    let moment = at(seconds);
    NaiveDate::from_ymd_opt(moment.year(), moment.month(), 1)
        .and_then(|first| first.checked_add_months(chrono::Months::new(months_later)))
        .and_then(|first| first.and_hms_opt(0, 0, 0))
        .map_or(seconds, |first| first.and_utc().timestamp())
}

/// Seconds in `36h`, `90m`, `1d12h`; a bare number is seconds.
pub(super) fn parse_span(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut number = String::new();
    for letter in text.trim().chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    if !number.is_empty() {
        total = total.checked_add(number.parse().ok()?)?;
    }
    let a_century = 100 * 366 * 86_400;
    (!text.trim().is_empty() && total <= a_century).then_some(total)
}

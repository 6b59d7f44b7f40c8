//! A value of Trino's JSON as a cell: every digit of it, and the same text as from the other databases.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::value::RawValue;

use crate::model::query::Cell;

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Truth,
    Whole,
    Number,
    Instant,
    Json,
    Nested,
    Text,
}

impl Kind {
    /// By the name of the type, such as `timestamp(6) with time zone`.
    pub(super) fn of(name: &str) -> Self {
        match name.split('(').next().unwrap_or_default() {
            "boolean" => Self::Truth,
            "tinyint" | "smallint" | "integer" | "bigint" => Self::Whole,
            "decimal" | "double" | "real" => Self::Number,
            "timestamp" if name.ends_with("with time zone") => Self::Instant,
            "json" => Self::Json,
            "array" | "map" | "row" => Self::Nested,
            _ => Self::Text,
        }
    }

    /// The cell. What is not written as its type says stays as it came.
    pub(super) fn cell(self, value: &RawValue) -> serde_json::Result<Cell> {
        let json = value.get();
        if json == "null" {
            return Ok(Cell::Null);
        }
        if !json.starts_with('"') {
            return Ok(match self {
                Self::Truth => Cell::Truth(json == "true"),
                Self::Whole => {
                    json.parse().map_or_else(|_| Cell::Number(json.to_owned()), Cell::Count)
                }
                Self::Nested => Cell::Json(json.to_owned()),
                _ => Cell::Number(json.to_owned()),
            });
        }
        let text: String = serde_json::from_str(json)?;
        Ok(match self {
            Self::Number if is_decimal(&text) => Cell::Number(text),
            Self::Instant => instant(&text).map_or(Cell::Text(text), Cell::Instant),
            Self::Json => Cell::Json(text),
            _ => Cell::Text(text),
        })
    }
}

/// `NaN` and `Infinity` are text: no reader of JSON knows them as numbers.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// `2006-03-24 22:30:00.000000 UTC`. In another zone, or finer than a microsecond, it is kept as it came.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_suffix(" UTC")?;
    let decimals = text.rsplit_once('.').map_or(0, |(_, decimals)| decimals.len());
    let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    (decimals <= 6).then(|| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(kind: &str, json: &str) -> Cell {
        Kind::of(kind).cell(&RawValue::from_string(json.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn every_digit_is_kept() {
        assert_eq!(cell("bigint", "9007199254740993"), Cell::Count(9_007_199_254_740_993));
        assert_eq!(cell("decimal(38,2)", "\"12519.50\""), Cell::Number("12519.50".into()));
        assert_eq!(cell("double", "1.0E10"), Cell::Number("1.0E10".into()));
        assert_eq!(cell("double", "\"NaN\""), Cell::Text("NaN".into()));
        let at = "2007-03-21T01:10:00.123456Z".parse().unwrap();
        let kind = "timestamp(6) with time zone";
        assert_eq!(cell(kind, "\"2007-03-21 01:10:00.123456 UTC\""), Cell::Instant(at));
    }

    #[test]
    fn what_an_instant_cannot_hold_stays_as_it_came() {
        for text in ["2007-03-21 01:10:00 America/New_York", "2007-03-21 01:10:00.123456789 UTC"] {
            let json = format!("\"{text}\"");
            assert_eq!(cell("timestamp(9) with time zone", &json), Cell::Text(text.into()));
        }
    }

    #[test]
    fn the_rest_is_what_it_is() {
        assert_eq!(cell("boolean", "true"), Cell::Truth(true));
        assert_eq!(cell("boolean", "null"), Cell::Null);
        assert_eq!(cell("json", "\"[\\\"a\\\"]\""), Cell::Json("[\"a\"]".into()));
        assert_eq!(cell("array(bigint)", "[1, 2]"), Cell::Json("[1, 2]".into()));
        assert_eq!(cell("varchar(3)", "\"null\""), Cell::Text("null".into()));
        assert_eq!(cell("date", "\"2007-03-21\""), Cell::Text("2007-03-21".into()));
    }
}

//! One value of a row: the same text whichever database it comes from.

use std::io::{self, Write};

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::db::{Decimal, Json, Timestamp};
use crate::report::rfc3339;

/// The fewest decimals of a number. More are written where the value has them.
const SCALE: i64 = 2;

/// A value on its way out.
#[derive(Debug)]
pub(super) enum Cell {
    Null,
    Text(String),
    Whole(i64),
    Truth(bool),
    Number(BigDecimal),
    Instant(DateTime<Utc>),
    Json(Value),
}

macro_rules! cell_from {
    ($($rust:ty => |$value:ident| $cell:expr;)*) => {$(
        impl From<$rust> for Cell {
            fn from($value: $rust) -> Self {
                $cell
            }
        }
    )*};
}

cell_from! {
    String => |text| Self::Text(text);
    i32 => |number| Self::Whole(number.into());
    i64 => |number| Self::Whole(number);
    bool => |truth| Self::Truth(truth);
    Decimal => |number| Self::Number(with_enough_decimals(&number));
    Timestamp => |at| Self::Instant(at.0);
    Json => |json| Self::Json(json.0);
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// PostgreSQL gives the decimals of the column, SQLite those of the value: here both are the same number of them.
fn with_enough_decimals(number: &Decimal) -> BigDecimal {
    let (_, needed) = number.0.normalized().as_bigint_and_exponent();
    number.with_scale(needed.max(SCALE))
}

/// Writes a cell of CSV. NULL is nothing at all.
pub(super) fn write_csv(out: &mut dyn Write, cell: &Cell) -> io::Result<()> {
    match cell {
        Cell::Null => Ok(()),
        Cell::Text(text) => write_csv_text(out, text),
        Cell::Json(value) => write_csv_text(out, &value.to_string()),
        Cell::Whole(number) => write!(out, "{number}"),
        Cell::Truth(truth) => write!(out, "{truth}"),
        Cell::Number(number) => write!(out, "{}", number.to_plain_string()),
        Cell::Instant(at) => write!(out, "{}", rfc3339(*at)),
    }
}

/// Writes a text as RFC 4180 asks. What a spreadsheet would run as a formula gets an apostrophe in front.
pub(super) fn write_csv_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let harmless = if is_formula(text) { "'" } else { "" };
    let is_plain = !text.is_empty() && !text.contains([',', '"', '\r', '\n']);
    if is_plain {
        return write!(out, "{harmless}{text}");
    }
    write!(out, "\"{harmless}{}\"", text.replace('"', "\"\""))
}

/// Whether a spreadsheet would run the text. A number is none, whatever its sign.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'])
        && !is_number(text)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// Writes a cell of JSON, numbers with all their decimals.
pub(super) fn write_json(out: &mut dyn Write, cell: &Cell) -> io::Result<()> {
    match cell {
        Cell::Null => out.write_all(b"null"),
        Cell::Text(text) => write!(out, "{}", Value::from(text.as_str())),
        Cell::Json(value) => write!(out, "{value}"),
        Cell::Whole(number) => write!(out, "{number}"),
        Cell::Truth(truth) => write!(out, "{truth}"),
        Cell::Number(number) => write!(out, "{}", number.to_plain_string()),
        Cell::Instant(at) => write!(out, "\"{}\"", rfc3339(*at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(cell: impl Into<Cell>) -> String {
        let mut out = Vec::new();
        write_csv(&mut out, &cell.into()).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn text(text: &str) -> String {
        csv(text.to_owned())
    }

    #[test]
    fn a_formula_is_made_harmless_and_a_number_is_left_alone() {
        assert_eq!(text("=1+1"), "'=1+1");
        assert_eq!(text("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
        assert_eq!(text("+1-800"), "'+1-800");
        assert_eq!(text("-cmd"), "'-cmd");
        assert_eq!(text("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(text("\tx"), "'\tx");
        assert_eq!(text("\rx"), "\"'\rx\"");
        assert_eq!(text("-"), "'-");
        assert_eq!(text("-12541.70"), "-12541.70");
        assert_eq!(text("a=b"), "a=b");
        let minus: BigDecimal = "-3.5".parse().unwrap();
        assert_eq!(csv(Decimal(minus)), "-3.50");
    }

    #[test]
    fn a_cell_of_csv_is_quoted_where_it_must_be() {
        assert_eq!(text("plain é"), "plain é");
        assert_eq!(text("a,b"), "\"a,b\"");
        assert_eq!(text("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(text("two\nlines"), "\"two\nlines\"");
        assert_eq!(text(""), "\"\"");
        assert_eq!(csv(None::<String>), "");
        assert_eq!(csv(Json(serde_json::json!(["a", "b"]))), "\"[\"\"a\"\",\"\"b\"\"]\"");
        assert_eq!(csv(true), "true");
    }

    #[test]
    fn a_number_has_the_same_decimals_from_both_databases() {
        let json = |number: &str| {
            let mut out = Vec::new();
            write_json(&mut out, &Decimal(number.parse().unwrap()).into()).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(json("9.5"), "9.50");
        assert_eq!(json("9.5000"), "9.50");
        assert_eq!(json("0.1234"), "0.1234");
        assert_eq!(json("1200"), "1200.00");
    }
}

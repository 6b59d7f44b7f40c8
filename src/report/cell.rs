//! A value of a column as a cell: the same text whichever database it comes from.

use bigdecimal::BigDecimal;

use crate::db::{Decimal, Json, Timestamp};
use crate::model::query::Cell;

/// The fewest decimals of a number. More are written where the value has them.
const SCALE: i64 = 2;

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
    i32 => |number| Self::Count(number.into());
    i64 => |number| Self::Count(number);
    bool => |truth| Self::Truth(truth);
    Decimal => |number| Self::Number(with_enough_decimals(&number).to_plain_string());
    Timestamp => |at| Self::Instant(at.0);
    Json => |json| Self::Json(json.0.to_string());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_same_decimals_from_both_databases() {
        let cell = |number: &str| Cell::from(Decimal(number.parse().unwrap()));
        for (number, written) in [
            ("9.5", "9.50"),
            ("9.5000", "9.50"),
            ("0.1234", "0.1234"),
            ("1200", "1200.00"),
            ("-3.5", "-3.50"),
            ("1e3", "1000.00"),
        ] {
            assert_eq!(cell(number), Cell::Number(written.to_owned()));
        }
    }

    #[test]
    fn nothing_is_null_and_json_stays_json() {
        assert_eq!(Cell::from(None::<String>), Cell::Null);
        assert_eq!(
            Cell::from(Json(serde_json::json!(["a", 1]))),
            Cell::Json("[\"a\",1]".to_owned())
        );
    }
}

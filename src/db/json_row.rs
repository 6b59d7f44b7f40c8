//! A row that PostgreSQL wrote as a JSON object: its columns in their order, every number digit by digit.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{DbError, Fault};
use crate::model::query::{Cell, NamedCells};

/// The columns of the row.
pub(super) fn named_cells(line: &str) -> Result<NamedCells, DbError> {
    let unreadable = |error| DbError::new(Fault::Failed, format!("unreadable row: {error}"));
    let Columns(columns) = serde_json::from_str(line).map_err(unreadable)?;
    let cells = columns.into_iter().map(|(name, value)| Ok((name, cell(value.get())?)));
    cells.collect::<Result<_, _>>().map(NamedCells).map_err(unreadable)
}

fn cell(json: &str) -> serde_json::Result<Cell> {
    Ok(match json.as_bytes().first() {
        Some(b'n') => Cell::Null,
        Some(b't' | b'f') => Cell::Truth(json == "true"),
        Some(b'"') => Cell::Text(serde_json::from_str(json)?),
        Some(b'{' | b'[') => Cell::Json(json.to_owned()),
        _ => Cell::Number(json.to_owned()),
    })
}

/// Not a map: two columns may have the same name.
struct Columns(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Columns;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Columns, A::Error> {
        let mut columns = Vec::new();
        while let Some(column) = map.next_entry()? {
            columns.push(column);
        }
        Ok(Columns(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_digits_and_twins_are_kept() {
        let NamedCells(cells) =
            named_cells(r#"{"b":9.50,"a":"x","a":null,"t":true,"j":{"k": [1]}}"#).unwrap();
        let expected = [
            ("b", Cell::Number("9.50".into())),
            ("a", Cell::Text("x".into())),
            ("a", Cell::Null),
            ("t", Cell::Truth(true)),
            ("j", Cell::Json(r#"{"k": [1]}"#.into())),
        ];
        assert_eq!(cells, expected.map(|(name, cell)| (name.to_owned(), cell)));
    }
}

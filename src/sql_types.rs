//! SQL types that exist on both databases: PostgreSQL's own, and on SQLite the text that takes their place.
//!
//! `schema.rs` imports this module: it is Diesel's, but for the three types whose form on SQLite is ours.

#![expect(unreachable_pub, reason = "`table!` puts these types into public items")]

pub use diesel::sql_types::*;

/// On SQLite text of 27 characters in UTC, `2022-10-05T16:00:00.000000Z`: its order is the order of time.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Timestamptz;

/// On SQLite compact JSON text.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Jsonb;

/// On SQLite bound and read as text; the column's affinity stores a number.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1700, array_oid = 1231))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Numeric;

impl SqlOrd for Timestamptz {}
impl SqlOrd for Numeric {}

// `table!` asks for the arithmetic of types by these names. What SQLite cannot do exactly does not compile there.
impl ops::Add for Timestamptz {
    type Rhs = Interval;
    type Output = Timestamptz;
}
impl ops::Sub for Timestamptz {
    type Rhs = Interval;
    type Output = Timestamptz;
}
impl ops::Add for Numeric {
    type Rhs = Numeric;
    type Output = Numeric;
}
impl ops::Sub for Numeric {
    type Rhs = Numeric;
    type Output = Numeric;
}
impl ops::Mul for Numeric {
    type Rhs = Numeric;
    type Output = Numeric;
}
impl ops::Div for Numeric {
    type Rhs = Numeric;
    type Output = Numeric;
}

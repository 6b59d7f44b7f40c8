//! The Rust side of `sql_types`: one form for each database, one for the connection that may be either.

use bigdecimal::{BigDecimal, RoundingMode};
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::HasSqlType;
use diesel::sqlite::Sqlite;

use super::connection::{MultiBackend, MultiRawValue};
use crate::sql_types as sql;

/// An instant in whole microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Timestamptz)]
pub(crate) struct Timestamp(pub(crate) DateTime<Utc>);

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Jsonb)]
pub(crate) struct Json(pub(crate) serde_json::Value);

/// An exact number.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Numeric)]
pub(crate) struct Decimal(pub(crate) BigDecimal);

impl Decimal {
    /// With the scale of its column, which SQLite forgets (9.50 comes back as 9.5).
    pub(crate) fn with_scale(&self, scale: i64) -> BigDecimal {
        self.0.with_scale_round(scale, RoundingMode::HalfUp)
    }
}

impl Timestamp {
    fn to_text(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    fn from_text(text: &str) -> deserialize::Result<Self> {
        Ok(Self(DateTime::parse_from_rfc3339(text)?.to_utc()))
    }
}

impl Json {
    fn to_text(&self) -> String {
        self.0.to_string()
    }

    fn from_text(text: &str) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(text)?))
    }
}

impl Decimal {
    fn to_text(&self) -> String {
        self.0.to_plain_string()
    }

    fn from_text(text: &str) -> deserialize::Result<Self> {
        Ok(Self(text.parse()?))
    }
}

macro_rules! both_databases {
    ($rust:ident, $sql:ident, $inner:ty) => {
        impl ToSql<sql::$sql, Pg> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<diesel::sql_types::$sql, Pg>::to_sql(&self.0, out)
            }
        }
        impl FromSql<sql::$sql, Pg> for $rust {
            fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                <$inner as FromSql<diesel::sql_types::$sql, Pg>>::from_sql(raw).map(Self)
            }
        }
        impl ToSql<sql::$sql, Sqlite> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.to_text());
                Ok(IsNull::No)
            }
        }
        impl FromSql<sql::$sql, Sqlite> for $rust {
            fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                Self::from_text(&<String as FromSql<sql::Text, Sqlite>>::from_sql(raw)?)
            }
        }
        impl HasSqlType<sql::$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                Self::lookup_sql_type::<sql::$sql>(lookup)
            }
        }
        impl ToSql<sql::$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((sql::$sql, self));
                Ok(IsNull::No)
            }
        }
        impl FromSql<sql::$sql, MultiBackend> for $rust {
            fn from_sql(raw: MultiRawValue<'_>) -> deserialize::Result<Self> {
                raw.from_sql::<Self, sql::$sql>()
            }
        }
    };
}

both_databases!(Timestamp, Timestamptz, DateTime<Utc>);
both_databases!(Json, Jsonb, serde_json::Value);
both_databases!(Decimal, Numeric, BigDecimal);

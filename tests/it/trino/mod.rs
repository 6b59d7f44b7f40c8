//! Everything that needs a real Trino: `scripts/trino run -- cargo test --test it -- trino::`.

mod analytics;
mod as_of;
mod client;
mod lakes;
mod publish;
mod roles;
mod shipped;

use crate::support::{Database, Etl, Trino};

/// A call with the addresses of both.
fn etl(trino: &Trino, database: &Database, words: &str) -> Etl {
    Etl::new()
        .args(words)
        .database(database)
        .env("ETL_TRINO_URL", trino.server())
        .env("ETL_TRINO_CATALOG", trino.catalog())
        .env("ETL_LAKE_CATALOG", trino.lake())
}

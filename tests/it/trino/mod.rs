//! Everything that needs a real Trino: `scripts/trino run -- cargo test --test it -- trino::`.

mod analytics;
mod roles;
mod shipped;

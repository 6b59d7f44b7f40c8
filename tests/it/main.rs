//! Everything that is tested from outside: the built binary, over real HTTP, on real databases.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on must stop, and says where"
)]

#[macro_use]
mod support;

mod architecture;
mod marts;
mod query;
mod sandbox_process;
mod test_bed;

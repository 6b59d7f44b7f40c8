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

mod append_only;
mod architecture;
mod bad_input;
mod configured;
mod help;
mod migrate;
mod migrate_adopt;
mod migrate_back;
mod migrate_lock;
mod migrate_script;
mod migrate_verify;
mod parity;
mod sandbox_process;
mod test_bed;

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
mod backfill;
mod bad_input;
mod carried_sums;
mod change_detection;
mod changes;
mod configured;
mod doctor;
mod export;
mod faults;
mod help;
mod histories;
mod killed;
mod kills;
mod lineage;
mod log_lines;
mod marts;
mod migrate;
mod migrate_adopt;
mod migrate_back;
mod migrate_lock;
mod migrate_script;
mod migrate_verify;
mod one_at_a_time;
mod parity;
mod pooled;
mod progress;
mod quarantine;
mod quarantine_resolve;
mod query;
mod readme;
mod real_shapes;
mod reconcile;
mod report;
mod resume;
mod run;
mod sandbox_process;
mod settings;
mod snapshot;
mod telemetry;
mod test_bed;
mod tls_database;
mod trino;
mod typed;
mod unusable_latest;
mod vanishing;
mod verify;

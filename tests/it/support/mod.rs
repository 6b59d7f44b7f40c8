//! The test bed: the binary, a database per test, servers that misbehave, and what is frozen.

#[macro_use]
pub(crate) mod snapshot;
#[macro_use]
pub(crate) mod database;
pub(crate) mod authority;
pub(crate) mod browser;
mod contents;
pub(crate) mod etl;
pub(crate) mod fault_server;
pub(crate) mod http_proxy;
pub(crate) mod other_user;
pub(crate) mod own_server;
pub(crate) mod pooler;
pub(crate) mod postgres_proxy;
pub(crate) mod refusing_server;
pub(crate) mod sandbox;
pub(crate) mod screen;
pub(crate) mod session;
pub(crate) mod silent_network;
pub(crate) mod small_disk;
pub(crate) mod tls_front;
pub(crate) mod trino;

pub(crate) use database::Database;
pub(crate) use etl::{Etl, Output};
pub(crate) use fault_server::{Answer, FaultServer, Whole};
pub(crate) use other_user::OtherUser;
pub(crate) use postgres_proxy::{Deed, Moment, PostgresProxy};
pub(crate) use refusing_server::{refusing_server, silent_server};
pub(crate) use sandbox::Sandbox;
pub(crate) use session::Session;
pub(crate) use small_disk::SmallDisk;
pub(crate) use trino::Trino;

use std::io::Write;

/// An environment variable of the test run; an empty one is an unset one.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().expect("environment is not UTF-8");
    (!value.is_empty()).then_some(value)
}

/// Says that something was not tested. Where nothing may be skipped, that is a failure.
pub(crate) fn skip(what: &str, reason: &str) {
    assert!(variable("CI").is_none(), "{what} was not tested: {reason}");
    say(&format!("SKIPPED: {what}: {reason}\n"));
}

/// Says that something could not be tested for want of what not everybody has. CI goes on without it.
pub(crate) fn not_at_hand(what: &str, reason: &str) {
    match variable("CI") {
        None => skip(what, reason),
        Some(_) => say(&format!("NOT AT HAND: {what}: {reason}\n")),
    }
}

/// Past the capture of the test harness, which would show it for failed tests only.
pub(crate) fn say(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).expect("stderr is open");
}

/// A folder of the test's own, gone with the value.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("etl-test-").tempdir().expect("a temporary folder")
}

/// The folder of one real state, where it is at hand.
pub(crate) fn real_state() -> Option<std::path::PathBuf> {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let Some(folder) = variable("ETL_TEST_DATA") else {
        not_at_hand(&test, "ETL_TEST_DATA is not set (a folder with real data)");
        return None;
    };
    let state = std::path::Path::new(&folder).join("spacex-v4-2022-05");
    if !state.is_dir() {
        skip(&test, "ETL_TEST_DATA has no folder spacex-v4-2022-05");
        return None;
    }
    Some(state)
}

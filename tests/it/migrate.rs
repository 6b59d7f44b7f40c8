//! `etl migrate`: all of it or nothing, once, by whoever comes first.

use std::path::PathBuf;

/// The migrations of a backend, in order.
pub(crate) fn folders(backend: &str) -> Vec<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let entries = std::fs::read_dir(format!("{root}/{backend}")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 8, "{folders:?}");
    folders
}

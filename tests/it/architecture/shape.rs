//! The shape of files: how they open, how long they are, what they are called, what they hold.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::{TextFile, Tree};

const GENERATED: &str = "src/schema.rs";

pub(super) fn without_purpose(tree: &Tree) -> Vec<Finding> {
    let silent = |file: &&TextFile| file.path != GENERATED && !file.text.starts_with("//! ");
    tree.sources()
        .filter(silent)
        .map(|file| format!("{}: does not open with `//!` and what it is for", file.path))
        .collect()
}

pub(super) fn too_long(tree: &Tree) -> Vec<Finding> {
    let rust = tree.files.iter().filter(|file| file.is_rust() && file.path != GENERATED);
    rust.filter_map(|file| {
        let limit = match file.path.as_str() {
            "src/main.rs" => 30,
            path if path.starts_with("src/commands/") => 80,
            _ => 400,
        };
        let lines = file.text.lines().count();
        (lines > limit).then(|| format!("{}: {lines} lines, {limit} are the most", file.path))
    })
    .collect()
}

pub(super) fn raw_sql(tree: &Tree) -> Vec<Finding> {
    let may = |path: &str| {
        matches!(path, "src/db/postgres.rs" | "src/db/sqlite.rs")
            || path.starts_with("src/migrate/")
    };
    let mut findings = vec![];
    for file in tree.sources().filter(|file| !may(&file.path)) {
        for (number, line) in file.product_lines() {
            for call in ["sql_query", "batch_execute", "sql::<", "dsl::sql"] {
                let begins =
                    |(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if line.match_indices(call).any(begins) {
                    findings.push(format!("{}:{number}: raw SQL by `{call}`", file.path));
                }
            }
        }
    }
    findings
}

pub(super) fn unpaired_migrations(tree: &Tree) -> Vec<Finding> {
    let of = |backend: &str| -> BTreeSet<String> {
        let prefix = format!("migrations/{backend}/");
        tree.files
            .iter()
            .filter_map(|file| file.path.strip_prefix(&prefix))
            .map(String::from)
            .collect()
    };
    let (postgres, sqlite) = (of("postgres"), of("sqlite"));
    let only = |here: &BTreeSet<String>, there: &BTreeSet<String>, backend: &str| -> Vec<Finding> {
        here.difference(there).map(|file| format!("{file}: only in migrations/{backend}")).collect()
    };
    let mut findings = only(&postgres, &sqlite, "postgres");
    findings.extend(only(&sqlite, &postgres, "sqlite"));
    for folder in postgres.iter().filter_map(|file| Some(file.rsplit_once('/')?.0)) {
        for half in ["up.sql", "down.sql"] {
            if !postgres.contains(&format!("{folder}/{half}")) {
                findings.push(format!("{folder}: has no {half}"));
            }
        }
    }
    findings
}

pub(super) fn empty_names(tree: &Tree) -> Vec<Finding> {
    const EMPTY: [&str; 12] = [
        "util",
        "helper",
        "common",
        "misc",
        "manager",
        "service",
        "handler",
        "processor",
        "base",
        "data",
        "info",
        "core",
    ];
    let is_empty = |word: &str| {
        let word = word.to_ascii_lowercase();
        word == "impl"
            || EMPTY.contains(&word.strip_suffix('s').unwrap_or(&word))
            || EMPTY.contains(&word.as_str())
    };
    let mut findings = vec![];
    // A snapshot is named after its test, and that after what users type.
    for file in tree.files.iter().filter(|file| !file.path.starts_with("snapshots/")) {
        // systemd says what a unit is by the end of its name.
        let path = file.path.strip_suffix(".service").unwrap_or(&file.path);
        if path.split(['/', '.', '-', '_']).any(is_empty) {
            findings.push(format!("{}: its name says nothing", file.path));
        }
    }
    for file in tree.sources() {
        for name in file.product_lines().filter_map(|(_, line)| declared_type(line)) {
            if words(name).iter().any(|word| is_empty(word)) {
                findings.push(format!("{}: the name {name} says nothing", file.path));
            }
        }
    }
    findings
}

/// The name that a line declares with `struct`, `enum`, `trait` or `type`.
fn declared_type(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.find(|word| matches!(*word, "struct" | "enum" | "trait" | "type"))?;
    let name = words.next()?;
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    name.starts_with(|c: char| c.is_ascii_uppercase()).then_some(&name[..end])
}

/// `RunSummary` is `Run` and `Summary`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_ascii_uppercase() => word.push(c),
            _ => words.push(c.into()),
        }
    }
    words
}

pub(super) fn foreign_places(tree: &Tree) -> Vec<Finding> {
    // In pieces, or this file would find itself.
    let anywhere = [
        concat!("crates", ".io"),
        concat!("pypi", ".org"),
        concat!("npmjs", ".org"),
        concat!("proxy.golang", ".org"),
        concat!("deb.debian", ".org"),
        concat!("maven", ".org"),
    ];
    let absolute = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    let mut findings = vec![];
    // The lock file is written by Cargo, and names its registry.
    for file in tree.files.iter().filter(|file| file.path != "Cargo.lock") {
        for (line, number) in file.text.lines().zip(1..) {
            let place = anywhere.iter().find(|place| line.contains(*place));
            let place = place.or_else(|| absolute.iter().find(|path| names_absolute(line, path)));
            findings.extend(place.map(|place| format!("{}:{number}: names {place}", file.path)));
            let shared = concat!("../sha", "red");
            if line.contains(shared) && file.path != ".ci/run" {
                findings.push(format!("{}:{number}: names {shared}", file.path));
            }
        }
    }
    findings
}

/// Whether the path stands there from its beginning, not as the end of a longer one.
fn names_absolute(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '~' | '*'))
    })
}

//! Each rule finds the breach that was planted for it, and lets its neighbour pass.

use super::tree::Tree;
use super::{Finding, imports, shape};

#[track_caller]
fn finds(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) {
    assert!(!rule(&Tree::planted(&[(path, text)])).is_empty(), "not found: {text:?} in {path}");
}

#[track_caller]
fn passes(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) {
    let findings = rule(&Tree::planted(&[(path, text)]));
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn imports_up_the_ladder_are_found() {
    let rule = imports::up_the_ladder;
    finds(rule, "src/load/mod.rs", "use crate::source::Source;");
    finds(rule, "src/load/mod.rs", "use crate::{model::launch::Launch, pipeline};");
    finds(rule, "src/load/mod.rs", "use crate::{\n    db::{self, x},\n    validate,\n};");
    finds(rule, "src/load/mod.rs", "fn f() -> Result<(), crate::Error> {}");
    finds(rule, "src/load/deep/er.rs", "use super::super::super::source;");
    finds(rule, "src/source/mod.rs", "pub(in crate::db) fn f() {}");
    finds(rule, "src/source.rs", "use super::db;");
    finds(rule, "src/sandbox/mod.rs", "use crate::model::launch;");
    finds(rule, "src/cli/mod.rs", "use crate::config;");
    finds(rule, "src/main.rs", "use crate::db;");
    finds(rule, "src/attic.rs", "");
    passes(
        rule,
        "src/load/mod.rs",
        "use crate::{db, load::launches, model, schema}; // crate::source",
    );
    passes(rule, "src/load/launches.rs", "use super::state;\nuse mycrate::source;");
    passes(rule, "src/main.rs", "use etl::Cli;");
    passes(rule, "src/source.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use super::*;\n}");
}

#[test]
fn files_without_purpose_are_found() {
    finds(shape::without_purpose, "src/load/mod.rs", "use std::fmt;\n");
    passes(shape::without_purpose, "src/load/mod.rs", "//! The writes of one batch.\n");
    passes(shape::without_purpose, "src/schema.rs", "// @generated\n");
}

#[test]
fn long_files_are_found() {
    for (path, limit) in [("src/main.rs", 30), ("src/commands/run.rs", 80), ("src/db/mod.rs", 400)]
    {
        finds(shape::too_long, path, &"\n".repeat(limit + 1));
        passes(shape::too_long, path, &"\n".repeat(limit));
    }
}

#[test]
fn raw_sql_is_found() {
    finds(shape::raw_sql, "src/load/mod.rs", "diesel::sql_query(text)");
    finds(shape::raw_sql, "src/pipeline/mod.rs", "connection.batch_execute(text)");
    finds(shape::raw_sql, "src/report/mod.rs", "sql::<Text>(text)");
    finds(shape::raw_sql, "src/report/mod.rs", "use diesel::dsl::sql;");
    passes(shape::raw_sql, "src/db/sqlite.rs", "diesel::sql_query(text)");
    passes(shape::raw_sql, "src/db/types.rs", "raw.from_sql::<Self, Text>()");
    passes(
        shape::raw_sql,
        "src/load/mod.rs",
        "// not by sql_query\n#[cfg(test)]\nmod tests { sql_query }",
    );
    passes(shape::raw_sql, "src/load/tests.rs", "diesel::sql_query(text)");
}

#[test]
fn unpaired_migrations_are_found() {
    let both = |missing: &str| {
        let mut files = vec![];
        for backend in ["postgres", "sqlite"] {
            for half in ["up", "down"] {
                files.push(format!("migrations/{backend}/1_first/{half}.sql"));
            }
        }
        files.retain(|path| !path.ends_with(missing));
        let files: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), "")).collect();
        shape::unpaired_migrations(&Tree::planted(&files)).len()
    };
    assert_eq!(both("nothing"), 0);
    assert_eq!(both("sqlite/1_first/down.sql"), 1);
    assert_eq!(both("postgres/1_first/up.sql"), 2);
    assert!(both("down.sql") > 0);
}

#[test]
fn empty_names_are_found() {
    finds(shape::empty_names, "src/load/utils.rs", "");
    finds(shape::empty_names, "scripts/http_helper", "");
    finds(shape::empty_names, "src/load/mod.rs", "pub(crate) struct LoadManager<T> {");
    finds(shape::empty_names, "src/load/mod.rs", "enum RunInfo {");
    passes(shape::empty_names, "src/load/mod.rs", "struct Informed; // struct LoadManager");
    passes(shape::empty_names, "src/database.rs", "type Database = ();");
}

#[test]
fn foreign_places_are_found() {
    for place in [concat!("crates", ".io"), concat!("see /ro", "ot/x"), concat!("\"/wo", "rk/x\"")]
    {
        finds(shape::foreign_places, "README.md", place);
    }
    let shared = concat!("ls ../sha", "red/data");
    finds(shape::foreign_places, "scripts/test", shared);
    passes(shape::foreign_places, ".ci/run", shared);
    passes(shape::foreign_places, "README.md", concat!("a clean/wo", "rk/tree and ./ro", "ot/x"));
}

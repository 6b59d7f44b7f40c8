//! Rules about the source itself: who may import whom, how long a file may be, where SQL may stand.
//! Each rule is tried on the project, where it must find nothing, and on a planted breach.

mod imports;
mod planted;
mod shape;
mod tree;

use tree::Tree;

/// One breach of a rule, as a line to read.
type Finding = String;

#[track_caller]
fn holds(rule: fn(&Tree) -> Vec<Finding>) {
    let findings = rule(&Tree::of_project());
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn every_import_goes_down_the_ladder() {
    holds(imports::up_the_ladder);
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    holds(shape::without_purpose);
}

#[test]
fn no_file_is_too_long() {
    holds(shape::too_long);
}

#[test]
fn raw_sql_stands_only_where_it_may() {
    holds(shape::raw_sql);
}

#[test]
fn both_databases_have_the_same_migrations() {
    holds(shape::unpaired_migrations);
}

#[test]
fn no_name_is_an_empty_word() {
    holds(shape::empty_names);
}

#[test]
fn no_text_speaks_of_a_place_that_others_lack() {
    holds(shape::foreign_places);
}

//! The table as a reader sees it: every row by number, frozen, and what cannot be made on a plain machine.

use std::collections::BTreeSet;

use super::{
    Ends, On, Row, bodies, configuration, database, database_files, database_transactions,
    documents, network, pages, process, process_surroundings, security, shapes, silence, statuses,
    wire,
};

/// The sections of the table, in its order.
const SECTIONS: &[(&str, &[Row])] = &[
    ("The wire", wire::ROWS),
    ("Network", network::ROWS),
    ("Bodies", bodies::ROWS),
    ("Statuses", statuses::ROWS),
    ("Pages", pages::ROWS),
    ("Shapes", shapes::ROWS),
    ("Documents", documents::ROWS),
    ("Database", database::ROWS),
    ("Transactions", database_transactions::ROWS),
    ("A silent network", silence::ROWS),
    ("Files", database_files::ROWS),
    ("Files of another user", database_files::ROWS_OF_ANOTHER_USER),
    ("A small disk", database_files::ROWS_OF_A_SMALL_DISK),
    ("Process", process::ROWS),
    ("What a process is given", process_surroundings::ROWS),
    ("Defects", process_surroundings::ROWS_OF_DEFECTS),
    ("Configuration", configuration::ROWS),
    ("Security", security::ROWS),
];

/// Faults that are tested where they are more than a row: number, and the test.
const ELSEWHERE: &[(u32, &str)] = &[
    (57, "migrate_lock::a_killed_migrator_leaves_all_or_nothing"),
    (58, "migrate_verify::an_edited_migration_is_refused_with_both_checksums"),
    (62, "kills::injected::a_disk_that_is_full_from_any_write_on_loses_nothing"),
    (63, "kills::injected::a_disk_that_fails_at_any_write_or_flush_loses_nothing"),
    (71, "pooled::every_command_works_as_without_one"),
    (74, "killed::a_run_that_was_killed_at_any_moment_leaves_all_or_nothing"),
    (76, "append_only::nothing_that_is_kept_can_be_changed_or_removed; verify"),
    (77, "benches/load 1000000, by hand: its figures stand in docs/RELIABILITY.md"),
    (78, "kills::at_every_call_that_writes"),
    (79, "kills::at_every_request_and_every_tenth_of_an_answer"),
    (80, "kills::at_every_message_to_the_server"),
    (81, "kills::injected::a_signal_at_any_step_ends_a_run_with_the_truth"),
    (84, "bad_input::streams::a_reader_that_has_read_enough_is_no_failure"),
    (85, "bad_input::streams::an_answer_that_cannot_be_written_is_a_failure"),
    (86, "one_at_a_time::of_eight_runs_at_once_one_gets_the_database"),
    (87, "migrate_lock::ten_at_once_all_succeed_and_one_of_them_does_it"),
    (91, "configured::time_zone_and_language_change_nothing"),
    (100, "configured::a_password_of_any_characters_reaches_postgres_by_its_variables"),
    (101, "settings::flag_environment_dot_env_file_default_in_this_order"),
    (103, "every row: the canary stands in its credentials, at RUST_LOG=trace"),
    (106, "query::a_question_without_an_end_ends_at_once_when_told_to"),
    (108, "report::what_was_read_stays_text"),
    (113, "settings::a_strangers_file_is_not_obeyed_and_an_open_password_is_named"),
    (
        118,
        "scripts/test: cargo-deny, --locked, and clippy's disallowed methods; advisories by hand",
    ),
];

/// Faults that cannot be made on a plain machine: number, name, why.
const NOT_MADE: &[(u32, &str, &str)] = &[
    (
        104,
        "a secret in a core file",
        "whether a system keeps core files is its own setting; ours is in memory as any program's is",
    ),
    (
        115,
        "a search path that its owner leads elsewhere",
        "who may set the search path of the login decides in which schema it works, as with any client",
    ),
];

#[test]
fn the_table_is_what_readers_are_shown() {
    let mut lines = vec![];
    for (section, rows) in SECTIONS {
        lines.push(format!("# {section}"));
        lines.extend(rows.iter().map(line));
    }
    let elsewhere = ELSEWHERE.iter().map(|(number, test)| format!("{number} | {test}"));
    lines.extend(std::iter::once("# Tested elsewhere".to_owned()).chain(elsewhere));
    let not_made = NOT_MADE.iter().map(|(number, name, why)| format!("{number} | {name} | {why}"));
    lines.extend(std::iter::once("# Not made".to_owned()).chain(not_made));
    freeze!("faults__table", lines.join("\n"));
}

fn line(row: &Row) -> String {
    let Row { number, name, how, .. } = row;
    let on = match row.on {
        On::Both => "both",
        On::Sqlite => "SQLite",
        On::Postgres => "PostgreSQL",
    };
    let ends = match row.ends {
        Ends::Well => "0".to_owned(),
        Ends::Failing(code, kind) => format!("{code} {kind}"),
        Ends::Silent(code) => code.to_string(),
    };
    format!("{number} | {name} | {how} | {on} | {ends}")
}

#[test]
fn no_number_stands_for_two_rows() {
    let mut seen = BTreeSet::new();
    for row in SECTIONS.iter().flat_map(|(_, rows)| *rows) {
        assert!(seen.insert(row.number), "two rows are called {}", row.number);
    }
}

//! Standard output and standard error that are closed, full, or read no further.

use std::process::{Command, Stdio};

use crate::support::{Database, Output};

/// A line of shell in which `etl` is the built binary.
fn shell(database: &Database, line: &str) -> Output {
    let output = Command::new("bash")
        .args(["-c", &format!("etl() {{ {} \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_etl"))])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("DATABASE_URL", database.url())
        .stdin(Stdio::null())
        .output()
        .expect("bash starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8 is written");
    Output {
        code: output.status.code(),
        signal: None,
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

const COMMANDS: [&str; 9] = [
    "migrate",
    "migrate status",
    "run --sandbox",
    "run --sandbox --format json",
    "status",
    "status --format json",
    "trends",
    "trends --format json",
    "quarantine list --format json",
];

on_both! {
    fn a_reader_that_has_read_enough_is_no_failure(database: Database) {
        for command in COMMANDS {
            // `true` reads nothing; the pause makes sure that it has gone.
            let line = format!("{{ sleep 0.1; etl {command}; echo \"code $?\" >&2; }} | true");
            shell(&database, &line).succeeds().says("code 0");
        }
        let some = shell(&database, "etl trends | head -n 1; echo ${PIPESTATUS[0]}").succeeds();
        let (first, code) = some.stdout.trim_end().rsplit_once('\n').unwrap();
        assert!(first.starts_with("Date/Time ") && code == "0" && some.stderr.is_empty(), "{}", some.everything());
        assert_eq!(database.value("SELECT count(*) FROM launch_aggregations"), "1");
        shell(&database, "{ sleep 0.1; etl --help; echo \"code $?\" >&2; } | true").says("code 0");
    }

    fn an_answer_that_cannot_be_written_is_a_failure(database: Database) {
        for command in COMMANDS {
            let output = shell(&database, &format!("etl {command} >/dev/full"));
            output.exits(3).says("etl: standard output: ");
        }
        // The work was done all the same, once.
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "205");
        assert_eq!(database.value("SELECT count(*) FROM launch_aggregations"), "1");
    }

    fn a_closed_standard_error_changes_nothing(database: Database) {
        for command in COMMANDS {
            for nowhere in ["2>&-", "2>/dev/full"] {
                let output = shell(&database, &format!("etl {command} -v {nowhere}")).succeeds();
                assert!(!output.stdout.is_empty() || command.starts_with("quarantine"), "{command}");
            }
        }
        shell(&database, "etl quarantine show 99 2>&-").exits(1);
        shell(&database, "etl nonsense 2>&-").exits(2);
    }

    fn standard_output_that_was_never_open_harms_no_database(database: Database) {
        for command in COMMANDS {
            let output = shell(&database, &format!("etl {command} >&-"));
            assert!(matches!(output.code, Some(0 | 3)), "{command}: {}", output.everything());
        }
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "205");
    }
}

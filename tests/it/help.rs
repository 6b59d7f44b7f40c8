//! What users read: help, version, `status` and `trends`, frozen to the letter.

use crate::support::{Answer, Database, Etl, FaultServer, Output};

pub(crate) const COMMANDS: [&str; 32] = [
    "",
    "migrate",
    "migrate up",
    "migrate status",
    "migrate verify",
    "migrate revert",
    "migrate redo",
    "migrate baseline",
    "migrate repair",
    "migrate dump",
    "run",
    "status",
    "trends",
    "changes",
    "verify",
    "snapshot",
    "export",
    "query",
    "report",
    "publish",
    "quarantine",
    "quarantine list",
    "quarantine show",
    "quarantine replay",
    "quarantine discard",
    "doctor",
    "config",
    "config show",
    "config check",
    "sandbox",
    "completions",
    "man",
];

#[test]
fn every_help_is_frozen() {
    for command in COMMANDS {
        let help = |flag: &str| Etl::new().args(command).args(flag).run().succeeds();
        let (long, short) = (help("--help"), help("-h"));
        assert!(long.stderr.is_empty() && short.stderr.is_empty(), "{command}");
        let name = format!(
            "help__{}",
            if command.is_empty() { "etl".into() } else { command.replace(' ', "_") }
        );
        freeze!(name.clone(), long.stdout);
        if short.stdout != long.stdout {
            freeze!(format!("{name}_short"), short.stdout);
        }
    }
}

#[test]
fn no_command_is_without_its_help() {
    // Each subcommand that a help lists is one of those above.
    for command in COMMANDS {
        let help = Etl::new().args(command).args("-h").run().succeeds().stdout;
        let Some((_, listed)) = help.split_once("\nCommands:\n") else { continue };
        let names = listed
            .lines()
            .take_while(|line| !line.is_empty())
            // What is further to the right goes on from the line before.
            .filter(|line| !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next());
        for name in names.filter(|name| *name != "help") {
            let whole = format!("{command} {name}");
            assert!(COMMANDS.contains(&whole.trim()), "the help of `{whole}` is not frozen");
        }
    }
}

#[test]
fn the_version_is_the_packages() {
    for flag in ["--version", "-V"] {
        assert_eq!(
            Etl::new().args(flag).run().succeeds().stdout,
            concat!("etl ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}

fn etl(database: &Database, words: &str) -> Output {
    Etl::new().args(words).database(database).run()
}

fn shown(database: &Database, words: &str) -> String {
    etl(database, words).everything().replace(&database.place(), "[the database]")
}

on_both! {
    fn status_and_trends_say_that_nothing_is_there_yet(database: Database) {
        let database = database.migrated();
        freeze!("status__empty", shown(&database, "status"));
        freeze!("status__empty_json", shown(&database, "status --format json"));
        freeze!("trends__empty", shown(&database, "trends"));
        freeze!("trends__empty_json", shown(&database, "trends --format json"));
    }

    fn status_and_trends_after_a_load(database: Database) {
        let database = database.migrated();
        etl(&database, "run --sandbox").succeeds();
        etl(&database, "run --recompute").succeeds();
        freeze!("status__loaded", shown(&database, "status"));
        freeze!("status__loaded_json", shown(&database, "status --format json"));
        freeze!("trends__loaded", shown(&database, "trends"));
        freeze!("trends__loaded_json", shown(&database, "trends --format json"));
        freeze!("trends__one", shown(&database, "trends --limit 1"));
    }

    fn status_tells_of_vanished_and_quarantined_launches_and_of_a_failure(database: Database) {
        let database = database.migrated();
        etl(&database, "run --sandbox").succeeds();
        let flown = "(SELECT min(launch_id) FROM raw_launches WHERE NOT upcoming)";
        let latest = "(SELECT max(launch_id) FROM raw_launches WHERE NOT upcoming)";
        database
            .script(&format!(
                "UPDATE raw_launches SET deleted_at = '2022-11-05T00:00:00.000000Z' WHERE launch_id = {flown};
                 INSERT INTO quarantined_launches
                     (launch_id, content_sha256, document, breaches, pipeline_run_id, first_seen_at, last_seen_at)
                 VALUES ({latest}, 'c', '{{}}', '[]', 'r', '2022-11-05T00:00:00.000000Z', '2022-11-05T00:00:00.000000Z')"
            ))
            .unwrap();
        let gone = FaultServer::start(vec![Answer::http("404 Not Found", &[], "Not Found")]);
        Etl::new().args("run").env("SPACEX_API_URL", gone.url()).database(&database).run().exits(3);
        freeze!("status__troubled", shown(&database, "status"));
    }

    fn trends_is_a_table_of_fixed_columns(database: Database) {
        let database = database.migrated();
        database
            .script(
                "INSERT INTO launch_aggregations
                     (total_launches, success_rate, snapshot_type, launches_added_in_batch, pipeline_run_id, updated_at)
                 VALUES (205, 67.32, 'initial', 205, 'initial_20241215_121518_0f9e8d7c', '2024-12-15T12:15:18.000000Z'),
                        (208, 67.31, 'incremental', 3, 'pipeline_20241215_143022_a1b2c3d4', '2024-12-15T14:30:22.000000Z')",
            )
            .unwrap();
        let table = "\
Date/Time               | Launches | Success Rate | Type       | Batch Size | Run ID
---------------------------------------------------------------------------------------
2024-12-15 14:30:22     |      208 |       67.31% | incremental|          3 | pipeline_20241215_143022_a1b2c3d4
2024-12-15 12:15:18     |      205 |       67.32% | initial    |        205 | initial_20241215_121518_0f9e8d7c
";
        assert_eq!(etl(&database, "trends").succeeds().stdout, table);
        let newest: Vec<&str> = table.lines().take(3).collect();
        assert_eq!(etl(&database, "trends --limit 1").succeeds().stdout.lines().collect::<Vec<_>>(), newest);
        let two = etl(&database, "trends --format json").succeeds().json();
        assert_eq!(two["snapshots"][0]["success_rate"], 67.31);
        assert_eq!(two["snapshots"][1]["updated_at"], "2024-12-15T12:15:18.000000Z");
    }
}

//! What helps to type: the examples of each help, the manual pages, what completes a command line in a shell.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::help::COMMANDS;
use crate::migrate_adopt::the_given_tables;
use crate::support::{Database, Etl, Sandbox, not_at_hand};

/// What stands under "Examples:" in the long help of a command.
pub(crate) fn examples(command: &str) -> Vec<String> {
    let help = Etl::new().args(command).args("--help").run().succeeds().stdout;
    let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_default();
    let lines = examples.lines().take_while(|line| !line.is_empty());
    lines.map(|line| line.trim().to_owned()).collect()
}

/// Runs a line as a user would type it, in a shell.
fn typed(line: &str, folder: &Path, sandbox: &Sandbox, database: &str) -> std::process::Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_etl")).parent().expect("a folder");
    // A stand-in serves until it is told to stop.
    let line = match line.strip_prefix("etl sandbox") {
        Some(flags) => format!("timeout --preserve-status -s INT 3 etl sandbox {flags}"),
        None => line.to_owned(),
    };
    Command::new("bash")
        .args(["-ec", &line])
        .env_clear()
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display()))
        .env("HOME", folder)
        .env("SPACEX_API_URL", sandbox.url())
        .env("DATABASE_URL", database)
        .current_dir(folder)
        .output()
        .expect("bash starts")
}

#[test]
fn each_example_of_each_help_does_what_it_says() {
    let sandbox = Sandbox::start();
    for wrong in sandbox.ids().iter().skip(3).take(2) {
        sandbox.edit(wrong, &json!({"flight_number": -1}));
    }
    for command in COMMANDS.into_iter().filter(|command| !command.is_empty()) {
        let examples = examples(command);
        assert_eq!(examples.len(), 2, "{command}: {examples:?}");
        // `trino::publish` types these, where there is a Trino.
        if command == "publish" {
            continue;
        }
        let (folder, database) = (crate::support::folder(), Database::sqlite());
        if command == "migrate baseline" {
            the_given_tables(&database);
        } else {
            sandbox.etl(&database, "run --quiet").run().succeeds();
        }
        if command == "migrate repair" {
            let edited = "UPDATE __etl_migration_checksums SET checksum = 'x' WHERE version = '20261123000002'";
            database.execute(edited).unwrap();
        }
        for line in examples {
            let output = typed(&line, folder.path(), &sandbox, &database.url());
            let expected = match command {
                "sandbox" => Some(130),
                // An open entry of the quarantine is a finding.
                "status" if line.contains("--check") => Some(1),
                _ => Some(0),
            };
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), expected, "{line}: {said}");
        }
    }
}

#[test]
fn the_manual_page_and_the_completions_are_frozen() {
    let printed = |words: &str| Etl::new().args(words).run().succeeds().stdout;
    freeze!("typed__man", printed("man"));
    freeze!("typed__man_run", printed("man run"));
    for shell in ["bash", "zsh", "fish"] {
        freeze!(format!("typed__completions_{shell}"), printed(&format!("completions {shell}")));
    }
}

#[test]
fn a_folder_gets_the_pages_of_all_commands() {
    let folder = crate::support::folder();
    Etl::new().args("man --out .").in_folder(folder.path()).run().succeeds();
    for command in COMMANDS {
        let name = format!("etl {command}").trim().replace(' ', "-");
        let page = std::fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{name}");
    }
    Etl::new().args("man --out missing").run().exits(2).says("missing: No such file");
    Etl::new().args("man rum").run().exits(2).says("there is no command");
}

/// What a shell answers to a script in which `$1` is the file with the completions.
fn shell(name: &str, flags: &[&str], script: &str) -> Option<String> {
    let folder = crate::support::folder();
    let file = folder.path().join("completions");
    let completions = Etl::new().args(&format!("completions {name}")).run().succeeds().stdout;
    std::fs::write(&file, completions).unwrap();
    let script = script.replace("$1", file.to_str().unwrap());
    let ran = Command::new(name)
        .args(flags)
        .args(["-c", &script])
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .output();
    let Ok(output) = ran else {
        not_at_hand(&format!("completions in {name}"), "that shell is not installed");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{name}: {said}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn completions_complete_in_bash() {
    let script = "source $1; COMP_WORDS=(etl migrate rev); COMP_CWORD=2; _etl etl rev migrate; echo ${COMPREPLY[@]}";
    let Some(found) = shell("bash", &["--norc"], script) else { return };
    assert_eq!(found, "revert\n");
}

#[test]
fn completions_load_in_zsh() {
    let script = "autoload -U compinit; compinit -u -D; source $1; echo ${_comps[etl]}";
    let Some(found) = shell("zsh", &["-f"], script) else { return };
    assert_eq!(found, "_etl\n");
}

#[test]
fn completions_complete_in_fish() {
    let script = "source $1; complete -C 'etl migrate rev'";
    let Some(found) = shell("fish", &["--no-config"], script) else { return };
    assert!(found.starts_with("revert\t"), "{found}");
}

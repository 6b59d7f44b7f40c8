//! What to type: two examples at the end of each command's `--help`. A test runs them all.

use clap::Command;

/// A command, and what to type; for what is below another, its whole path.
const EXAMPLES: [(&str, [&str; 2]); 32] = [
    (
        "etl",
        [
            "etl run --sandbox                   # invented launches into ./etl.db, without network",
            "etl migrate && etl run              # the launches of the public API",
        ],
    ),
    ("migrate", ["etl migrate", "etl migrate --dry-run > pending.sql"]),
    ("migrate up", ["etl migrate up --lock-timeout 5m", "etl migrate up --dry-run"]),
    ("migrate status", ["etl migrate status", "etl migrate status --exit-code --format json"]),
    ("migrate verify", ["etl migrate verify", "etl migrate verify --format json"]),
    (
        "migrate revert",
        [
            "etl migrate revert --yes",
            "etl migrate revert --to 0 --yes     # back to an empty database",
        ],
    ),
    ("migrate redo", ["etl migrate redo --yes", "etl migrate redo --steps 2 --dry-run"]),
    (
        "migrate baseline",
        [
            "etl migrate baseline 20261123000001",
            "etl migrate && etl run              # then what came later, and what its rows lack",
        ],
    ),
    (
        "migrate repair",
        ["etl migrate repair 20261123000002 --dry-run", "etl migrate repair 20261123000002"],
    ),
    ("migrate dump", ["etl migrate dump", "etl migrate dump > schema.sql"]),
    (
        "run",
        [
            "etl run --quiet --wait              # from cron",
            "etl run --since 2018-01-01 --until 2019-01-01",
        ],
    ),
    ("status", ["etl status", "etl status --check --max-age 26h    # for a monitor"]),
    ("trends", ["etl trends --limit 5", "etl trends --format json"]),
    ("changes", ["etl changes", "etl changes --since 2022-10-01 --limit 10"]),
    ("verify", ["etl verify", "etl verify --all --format json"]),
    (
        "snapshot",
        [
            "etl snapshot --out figures.snap",
            "etl snapshot --check figures.snap   # exits with 1 when a figure differs",
        ],
    ),
    (
        "export",
        ["etl export raw_launches --out launches.csv", "etl export launch_changes --format ndjson"],
    ),
    (
        "query",
        [
            "etl query launches_by_year --since 2018-01-01 --format csv",
            "etl query launch_sites --explain    # what each column means",
        ],
    ),
    ("report", ["etl report --out report.html", "etl report > report.html"]),
    (
        "publish",
        [
            "etl publish --dry-run               # the SQL alone",
            "etl publish --optimize --keep 30d",
        ],
    ),
    ("quarantine", ["etl quarantine list", "etl quarantine show 1"]),
    ("quarantine list", ["etl quarantine list", "etl quarantine list --all --format json"]),
    ("quarantine show", ["etl quarantine show 1", "etl quarantine show 1 --format json"]),
    ("quarantine replay", ["etl quarantine replay", "etl quarantine replay --format json"]),
    ("quarantine discard", ["etl quarantine discard 1", "etl quarantine discard 2 --format json"]),
    ("doctor", ["etl doctor", "etl doctor --offline --format json"]),
    ("config", ["etl config show", "etl config check"]),
    ("config show", ["etl config show", "etl config show --format json"]),
    ("config check", ["etl config check", "etl config check && etl run"]),
    (
        "sandbox",
        [
            "etl sandbox --cache                 # keeps answers as long as the real server",
            "etl sandbox --launches 100000 --seed 7",
        ],
    ),
    (
        "completions",
        [
            "source <(etl completions bash)",
            "etl completions zsh > _etl          # in a folder of $fpath",
        ],
    ),
    ("man", ["etl man > etl.1 && man ./etl.1", "etl man --out ."]),
];

/// Puts its examples behind the long help of each command.
pub(super) fn with_examples(command: Command) -> Command {
    below(command, "")
}

fn below(command: Command, path: &str) -> Command {
    let whole = if path.is_empty() { command.get_name().to_owned() } else { path.to_owned() };
    let above = if path.is_empty() { String::new() } else { format!("{path} ") };
    let command = command.mut_subcommands(|sub| {
        let path = format!("{above}{}", sub.get_name());
        below(sub, &path)
    });
    match EXAMPLES.iter().find(|(name, _)| *name == whole) {
        Some((_, examples)) => {
            let said = command.get_after_long_help().or_else(|| command.get_after_help());
            let said = said.map(|said| format!("\n\n{said}")).unwrap_or_default();
            command.after_long_help(format!("Examples:\n  {}{said}", examples.join("\n  ")))
        }
        None => command,
    }
}

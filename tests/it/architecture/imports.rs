//! The ladder: which room may import which.

use super::Finding;
use super::tree::{TextFile, Tree};

const EVERYONE: [&str; 4] = ["model", "clock", "defect", "secret"];

/// A room, what it may import, and whether that is all of it (or `EVERYONE` too).
struct Rung {
    room: &'static str,
    below: &'static [&'static str],
    and_everyone: bool,
}

const fn rung(room: &'static str, below: &'static [&'static str]) -> Rung {
    Rung { room, below, and_everyone: true }
}

const fn alone(room: &'static str, below: &'static [&'static str]) -> Rung {
    Rung { room, below, and_everyone: false }
}

const ROWS: &[&str] = &["db", "schema", "views", "sql_types"];

/// From the top down.
const LADDER: &[Rung] = &[
    alone("main", &["lib"]),
    rung("lib", &["cli", "config", "commands", "error", "exit"]),
    rung(
        "commands",
        &[
            "doctor",
            "pipeline",
            "report",
            "migrate",
            "verify",
            "publish",
            "trino",
            "source",
            "validate",
            "load",
            "aggregate",
            "db",
            "schema",
            "views",
            "sql_types",
            "cli",
            "config",
            "error",
            "exit",
            "sandbox",
        ],
    ),
    // It decides by what each room's error says of itself, and lets `report` write the answer.
    rung("exit", &["error", "cli", "pipeline", "report", "source", "trino", "db"]),
    rung(
        "error",
        &[
            "config",
            "pipeline",
            "report",
            "migrate",
            "verify",
            "publish",
            "trino",
            "source",
            "validate",
            "load",
            "aggregate",
            "db",
            "sandbox",
        ],
    ),
    // It looks at everything that a command would use, and writes nothing.
    rung("doctor", &["error", "migrate", "publish", "trino", "source", "db"]),
    rung(
        "pipeline",
        &["source", "validate", "load", "aggregate", "db", "schema", "views", "sql_types"],
    ),
    rung("report", ROWS),
    rung("migrate", ROWS),
    rung("verify", &["validate", "db", "schema", "views", "sql_types"]),
    rung("publish", &["trino", "db", "schema", "views", "sql_types"]),
    rung("source", &["network"]),
    rung("trino", &["network"]),
    alone("network", &["model", "secret"]),
    rung("validate", &[]),
    rung("load", ROWS),
    rung("aggregate", ROWS),
    rung("db", &["schema", "views", "sql_types"]),
    alone("schema", &["sql_types"]),
    alone("views", &["sql_types"]),
    alone("sql_types", &[]),
    alone("config", &["cli", "model", "secret"]),
    alone("model", &["secret"]),
    alone("clock", &[]),
    alone("defect", &[]),
    alone("secret", &[]),
    alone("cli", &[]),
    alone("sandbox", &[]),
];

pub(super) fn up_the_ladder(tree: &Tree) -> Vec<Finding> {
    tree.sources().flat_map(breaches).collect()
}

fn breaches(file: &TextFile) -> Vec<Finding> {
    let room = room_of(&file.path);
    let Some(rung) = LADDER.iter().find(|rung| rung.room == room) else {
        return vec![format!("{}: the room {room} has no place on the ladder", file.path)];
    };
    let may = |other: &str| {
        other == room
            || rung.below.contains(&other)
            || (rung.and_everyone && EVERYONE.contains(&other))
    };
    let mut findings: Vec<Finding> = imported_rooms(file)
        .into_iter()
        .filter(|other| !may(other))
        .map(|other| format!("{}: {room} must not import {other}", file.path))
        .collect();
    if leaves_room_by_super(file) {
        findings.push(format!("{}: leaves its room by `super`: write `crate::`", file.path));
    }
    findings
}

/// `src/load/launches.rs` and `src/load.rs` are both in `load`.
fn room_of(path: &str) -> &str {
    let path = path.trim_start_matches("src/");
    path.split_once('/').map_or_else(|| path.trim_end_matches(".rs"), |(room, _)| room)
}

/// The first name after each `crate::`, tests included: they too would tie rooms together.
fn imported_rooms(file: &TextFile) -> Vec<String> {
    let code = without_comments(&file.text);
    let mut rooms = vec![];
    for start in ["crate::", "etl::"] {
        // The binary alone sees the library by its name.
        if start == "etl::" && file.path != "src/main.rs" {
            continue;
        }
        for (at, _) in code.match_indices(start) {
            let longer_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if longer_word {
                continue;
            }
            let names = first_names(&code[at + start.len()..]);
            rooms.extend(names.into_iter().map(|name| owner_of(start, &name)));
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms.sort();
    rooms.dedup();
    rooms
}

/// What the root re-exports belongs to the room that it comes from.
fn owner_of(start: &str, name: &str) -> String {
    match name {
        _ if start == "etl::" => "lib".into(),
        "Error" => "error".into(),
        "Cli" => "cli".into(),
        "run" => "lib".into(),
        _ if name.ends_with('!') => String::new(),
        _ => name.into(),
    }
}

/// `a::b` gives `a`; `{a::b, c}` gives `a` and `c`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(path.len());
        let bang = if path[end..].starts_with('!') { "!" } else { "" };
        return vec![format!("{}{bang}", &path[..end])];
    };
    let mut depth = 0;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().expect("never empty").push(c),
            _ => {}
        }
    }
    names.iter().flat_map(|name| first_names(name.trim())).collect()
}

/// Whether a chain of `super::` climbs out of the room.
fn leaves_room_by_super(file: &TextFile) -> bool {
    let inside = file.path.trim_start_matches("src/").trim_end_matches(".rs");
    let depth = inside.trim_end_matches("/mod").split('/').count();
    file.product_lines().any(|(_, line)| line.contains(&"super::".repeat(depth)))
}

fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .fold(String::new(), |code, line| code + line + "\n")
}

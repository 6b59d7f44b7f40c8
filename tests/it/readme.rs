//! What README and the documents tell a user to type, typed: block by block, in one folder. What stands behind
//! `cargo run`, and what needs PostgreSQL where there is none, is left to `scripts/readme` and to other machines.

use std::path::Path;
use std::process::Command;

use crate::support::{Database, Etl, Sandbox};

const EXAMPLE: &str = "postgres://etl@db.example.org/launches";

/// The blocks of shell commands that do not build the program first.
fn blocks(document: &str) -> Vec<String> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let blocks = text.split("\n```sh\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned());
    blocks.filter(|block| !block.contains("cargo run")).collect()
}

#[track_caller]
fn every_block_does_what_it_says(document: &str) {
    let (sandbox, folder) = (Sandbox::start(), crate::support::folder());
    let server = Database::postgres();
    // As the first commands of README leave it.
    Etl::new().args("run --sandbox").in_folder(folder.path()).run().succeeds();
    let binary = Path::new(env!("CARGO_BIN_EXE_etl")).parent().expect("a folder");
    let blocks = blocks(document);
    assert!(!blocks.is_empty(), "{document} has no commands");
    for block in blocks {
        let block = match &server {
            Some(server) => block.replace(EXAMPLE, &server.url()),
            None if block.contains(EXAMPLE) => continue,
            None => block,
        };
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &block])
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display()))
            .env("HOME", folder.path())
            .env("SPACEX_API_URL", sandbox.url())
            .current_dir(folder.path())
            .output()
            .expect("bash starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{document}:\n{block}\n{said}");
    }
}

#[test]
fn what_readme_says_to_type_works() {
    every_block_does_what_it_says("README.md");
}

#[test]
fn what_the_document_for_operators_says_to_type_works() {
    every_block_does_what_it_says("docs/OPERATIONS.md");
}

#[test]
fn what_the_document_of_migrations_says_to_type_works() {
    every_block_does_what_it_says("docs/MIGRATIONS.md");
}

#[test]
fn every_link_leads_to_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "docker/README.md",
        "docs/ARCHITECTURE.md",
        "docs/FIGURES.md",
        "docs/MIGRATIONS.md",
        "docs/OPERATIONS.md",
        "docs/RELIABILITY.md",
    ] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap_or_default();
            let place = root.join(document).with_file_name("").join(file);
            assert!(place.exists(), "{document} leads to {link}");
        }
    }
}

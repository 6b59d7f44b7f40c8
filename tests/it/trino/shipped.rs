//! What is shipped under `docker/`, as it stands: each analytic answer in Trino's own command line over the shipped
//! catalogs, and the questions for psql.

use std::process::Command;

use super::analytics::marts;
use crate::support::trino::{Answer, make_roles, mart_file};
use crate::support::{Database, Etl, Sandbox, Trino, variable};

/// The output of a command that must succeed.
#[track_caller]
fn output(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The only test that has the one database behind the shipped catalogs.
#[test]
fn every_answer_runs_in_trinos_own_command_line() {
    let Some((url, trino)) = Trino::shipped() else { return };
    let etl = |words: &str| Etl::new().args(words).env("DATABASE_URL", &url);
    let source = Sandbox::of(120);
    etl("run --migrate").env("SPACEX_API_URL", source.url()).run().succeeds();
    let folder = crate::support::folder();
    let all = folder.path().join("all.sql");
    let files = marts()
        .iter()
        .map(|mart| std::fs::read_to_string(mart_file(mart)).unwrap())
        .collect::<Vec<_>>();
    std::fs::write(&all, files.concat()).unwrap();
    let java = std::path::Path::new(&variable("JAVA_HOME").expect("a JDK")).join("bin/java");
    let mut cli = Command::new(java);
    cli.arg("-jar").arg(variable("ETL_TEST_TRINO_CLI").expect("the command line"));
    cli.args(["--server", trino.server(), "--user", "test", "--output-format", "JSON", "--file"])
        .arg(all);
    let lines = output(&mut cli).lines().count();
    let rows = |mart: &String| {
        let answer = etl(&format!("query {mart} --format json")).run().succeeds();
        Answer::of_etl(&answer.stdout).rows.len()
    };
    let expected: usize = marts().iter().map(rows).sum();
    assert!(expected > 400, "{expected}");
    assert_eq!(lines, expected);
    let count = trino.answer("SELECT COUNT(*) FROM postgresql.public.raw_launches");
    assert_eq!(count.rows, [[Some("120".to_owned())]]);
}

#[test]
fn the_questions_for_psql_are_answered_before_and_after_the_first_run() {
    let Some(database) = Database::postgres() else { return };
    let database = database.migrated();
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docker/initdb/analytics/aggregation_time_series_queries.sql"
    );
    let asked = |database: &Database| {
        output(Command::new("psql").args([
            "-X",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            script,
            &database.url(),
        ]))
    };
    let titles = asked(&database).matches("(0 rows)").count();
    assert!(titles > 5, "{titles} answers without rows");
    Sandbox::of(120).run(&database, "");
    let answers = asked(&database);
    assert!(answers.contains("120") && !answers.contains("(0 rows)"), "{answers}");
}

/// At the first start PostgreSQL's image makes the roles in an empty database; the tables come later.
#[test]
fn the_roles_made_before_the_tables_cover_them() {
    let Some((database, trino)) = Trino::with_database() else { return };
    make_roles(&database.url());
    let tables = format!("SHOW TABLES FROM {}.public", trino.catalog());
    assert!(trino.answer(&tables).rows.is_empty());
    let database = database.migrated();
    assert!(trino.answer(&tables).rows.len() > 20);
    let count =
        trino.answer(&format!("SELECT count(*) FROM {}.public.raw_launches", trino.catalog()));
    assert_eq!(count.rows, [[Some("0".to_owned())]]);
    drop(database);
}

//! `etl doctor`: each thing is looked at though another is unwell, and a failure is the exit code.

use serde_json::Value;

use crate::support::{Answer, Database, Etl, FaultServer, Output, Sandbox};

const CANARY: &str = "hunter2-canary";

fn doctor(database: &Database, words: &str) -> Etl {
    Etl::new().args("doctor").args(words).database(database)
}

/// Result and words of one check of the JSON answer.
fn check(output: &Output, name: &str) -> (String, String) {
    let answer = output.json();
    let checks = answer["checks"].as_array().unwrap();
    let found: Vec<&Value> = checks.iter().filter(|check| check["name"] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {answer}");
    let text = |key: &str| found[0][key].as_str().unwrap().to_owned();
    let next = found[0]["next"].as_str().unwrap_or_default();
    assert_eq!(next.is_empty(), ["ok", "skipped"].contains(&text("result").as_str()), "{answer}");
    (text("result"), format!("{}; {next}", text("seen")))
}

#[track_caller]
fn assert_check(output: &Output, name: &str, result: &str, says: &str) {
    let (found, seen) = check(output, name);
    assert!(found == result && seen.contains(says), "{name} is {found}: {seen}");
}

const SUBJECTS: [&str; 10] = [
    "settings",
    "database",
    "privileges",
    "migrations",
    "lock",
    "files",
    "database_clock",
    "api",
    "api_clock",
    "trino",
];

on_both! {
    fn a_healthy_place_has_no_failure(database: Database) {
        let database = database.migrated();
        let sandbox = Sandbox::start();
        let etl = |words: &str| doctor(&database, words).env("SPACEX_API_URL", sandbox.url());
        let output = etl("--format json").run().succeeds();
        let names: Vec<Value> = output.json()["checks"].as_array().unwrap().iter().map(|check| check["name"].clone()).collect();
        assert_eq!(names, SUBJECTS);
        assert_check(&output, "api", "ok", "205 launches");
        assert_check(&output, "migrations", "ok", "all ");
        assert_check(&output, "lock", "ok", "free");
        assert_check(&output, "trino", "skipped", "not configured");
        assert_check(&output, "database", "ok", if database.is_postgres() { "PostgreSQL " } else { "SQLite 3" });
        let text = etl("").run().succeeds();
        assert!(text.stdout.contains("ok       files: ") && text.stdout.contains("0 failures"), "{}", text.stdout);
        assert!(text.stdout.contains("by SPACEX_API_URL"), "{}", text.stdout);
        assert_eq!(database.value("SELECT count(*) FROM pipeline_runs"), "0");
    }

    fn everything_is_looked_at_though_something_is_unwell(database: Database) {
        let etl = || {
            let etl = doctor(&database, "--format json").env("ETL_PAGESIZE", "7");
            let etl = etl.env("SPACEX_API_URL", "http://127.0.0.1:1/v4");
            etl.env("ETL_TRINO_URL", "http://127.0.0.1:1")
        };
        if database.is_postgres() {
            let output = etl().run().exits(1);
            assert_check(&output, "migrations", "failure", "`etl migrate`");
        } else {
            // A file that the first run makes is no failure.
            let offline = etl().args("--offline").run().succeeds();
            assert_check(&offline, "database", "warning", "`etl run` makes it");
            assert_check(&offline, "migrations", "skipped", "no database");
        }
        Etl::new().args("migrate").database(&database).run().succeeds();
        let output = etl().run().exits(1);
        assert_eq!(output.json()["status"], "failed");
        assert_check(&output, "settings", "warning", "did you mean ETL_PAGE_SIZE?");
        assert_check(&output, "migrations", "ok", "applied");
        assert_check(&output, "api", "failure", "127.0.0.1:1");
        assert_check(&output, "api_clock", "skipped", "not told");
        assert_check(&output, "trino", "failure", "127.0.0.1:1");
        let offline = etl().args("--offline").run().succeeds();
        for subject in ["api", "api_clock", "trino"] {
            assert_check(&offline, subject, "skipped", "--offline");
        }
    }

    fn drift_and_pending_migrations_are_failures(database: Database) {
        let database = database.migrated();
        let offline = || doctor(&database, "--offline --format json").run();
        let table = if database.is_postgres() { " ON raw_launches" } else { "" };
        database.execute(&format!("DROP TRIGGER raw_launches_refuse_delete{table}")).unwrap();
        let output = offline().exits(1);
        assert_check(&output, "migrations", "failure", "raw_launches_refuse_delete");
        assert_check(&output, "migrations", "failure", "`etl migrate verify`");
        Etl::new().args("migrate revert --yes").database(&database).run().succeeds();
        assert_check(&offline().exits(1), "migrations", "failure", "1 of ");
    }

    fn who_holds_the_lock_is_named(database: Database) {
        let database = database.migrated();
        let sandbox = Sandbox::start();
        sandbox.faults(&serde_json::json!([{ "fault": "stall", "times": "always" }]));
        let run = Etl::new().args("run").database(&database).env("SPACEX_API_URL", sandbox.url());
        let running = run.spawn();
        sandbox.wait_for_requests(1);
        let output = doctor(&database, "--offline --format json").run().succeeds();
        assert_check(&output, "lock", "warning", "75");
        running.kill();
    }
}

#[test]
fn no_secret_is_told_whatever_is_wrong() {
    for url in
        ["postgres://u:CANARY@127.0.0.1:1/d", "u:CANARY@h/d", "postgres://u:CANARY/CANARY@h/d"]
    {
        for words in ["doctor", "doctor --format json"] {
            let etl = Etl::new().args(words).env("DATABASE_URL", url.replace("CANARY", CANARY));
            let etl = etl.env("SPACEX_API_URL", format!("https://u:{CANARY}@h/v4?key={CANARY}"));
            let etl = etl.env("ETL_TRINO_URL", format!("http://u:{CANARY}@127.0.0.1:1"));
            let etl = etl.env("ETL_TRINO_PASSWORD", CANARY).env("RUST_LOG", "trace");
            let output = etl.run().exits(1);
            assert!(!output.everything().contains(CANARY), "{}", output.everything());
        }
    }
}

#[test]
fn too_few_and_too_many_privileges_are_told() {
    let Some(database) = Database::postgres() else { return };
    let database = database.migrated();
    let name = format!("doctor_{}", database.value("SELECT current_database()"));
    let url = database.url();
    let place = url.rsplit_once('@').unwrap().1;
    let url = format!("postgres://{name}:secret@{place}");
    database.script(&format!("CREATE ROLE \"{name}\" LOGIN PASSWORD 'secret'")).unwrap();
    let run = || Etl::new().args("doctor --offline --format json").env("DATABASE_URL", &url).run();
    let output = run();
    let grant = |what: &str| database.script(&format!("GRANT {what} TO \"{name}\"")).unwrap();
    grant("SELECT, INSERT ON ALL TABLES IN SCHEMA public");
    let reads = run();
    grant("UPDATE ON ALL TABLES IN SCHEMA public");
    grant("USAGE ON ALL SEQUENCES IN SCHEMA public");
    let runs = run();
    database.script(&format!("ALTER ROLE \"{name}\" SUPERUSER")).unwrap();
    let rules = run();
    database.script(&format!("DROP OWNED BY \"{name}\"; DROP ROLE \"{name}\"")).unwrap();
    assert_eq!(output.json()["status"], "failed");
    assert_check(&reads.exits(1), "privileges", "failure", "UPDATE on raw_launches");
    let runs = runs.succeeds();
    assert_check(&runs, "privileges", "ok", "enough to run, not to migrate");
    assert_check(&runs, "migrations", "ok", "applied");
    assert_check(&rules.succeeds(), "privileges", "warning", "superuser");
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    let sandbox = Sandbox::start();
    let old = Answer::Altered {
        to: sandbox.address().to_owned(),
        how: |answer| {
            let length = answer.body.len();
            let date = "Sun, 06 Nov 1994 08:49:37 GMT";
            answer.with(&format!("Content-Length: {length}\r\nDate: {date}\r\n"))
        },
    };
    let server = FaultServer::start(vec![old]);
    let etl = Etl::new().args("doctor --format json").env("SPACEX_API_URL", server.url());
    let output = etl.run().succeeds();
    assert_check(&output, "api", "ok", "205 launches");
    assert_check(&output, "api_clock", "warning", "behind ours");
}

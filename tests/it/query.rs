//! `etl query`: names, windows, formats, definitions, and statements of the user's own, which cannot write.

use crate::support::{Database, Etl, Output, folder};

fn etl(database: &Database, words: &str) -> Output {
    Etl::new().args(words).database(database).run()
}

fn loaded(database: &Database) {
    etl(database, "run --sandbox --migrate").succeeds();
}

/// Asks with a statement of the user's own.
fn own(database: &Database, statement: &str, more: &str) -> Output {
    let folder = folder();
    let file = folder.path().join("question.sql");
    std::fs::write(&file, statement).unwrap();
    Etl::new().args(&format!("query {more} --file")).arg(&file).database(database).run()
}

on_both! {
    fn every_format_gives_the_same_rows(database: Database) {
        loaded(&database);
        let answer = |format: &str| {
            etl(&database, &format!("query launch_sites --limit 2 --format {format}")).succeeds().stdout
        };
        let formats = ["table", "csv", "json", "ndjson", "markdown"].map(|format| format!("{format}\n{}", answer(format)));
        freeze!("query__formats", formats.join("\n"));
        assert_eq!(answer("text"), answer("table"));
        assert!(etl(&database, "query launch_sites --format json").json()["rows"].is_array());
    }

    fn a_window_chooses_by_launch_date(database: Database) {
        loaded(&database);
        let count = |words: &str| etl(&database, &format!("query {words} --format ndjson")).succeeds().stdout.lines().count();
        let flown = "SELECT count(*) FROM raw_launches WHERE NOT upcoming AND date_utc >=";
        let of_2019 = database.value(&format!("{flown} '2019-01-01T00:00:00.000000Z' AND date_utc < '2020-01-01T00:00:00.000000Z'"));
        assert_eq!(count("success_rate_over_time --since 2019-01-01 --until 2020-01-01T00:00:00Z").to_string(), of_2019);
        assert_eq!(count("launches_by_month --since 2019-01-01 --until 2020-01-01"), 12);
        assert_eq!(count("launches_by_year --since 2018-01-01 --until 2020-01-02"), 3);
        assert_eq!(count("heaviest_launches --limit 7"), 7);
        etl(&database, "query launch_sites --since 2019-01-01").exits(2).says("no launch dates");
        etl(&database, "query heaviest_launches --since yesterday").exits(2).says("2020-06-01");
        etl(&database, "query heaviest_launches --limit 0").exits(2);
    }

    fn what_is_not_there_is_a_matter_of_usage(database: Database) {
        etl(&database, "migrate").succeeds();
        etl(&database, "query launches_by_moth").exits(2).says("launches_by_month");
        etl(&database, "query launch_sites --as-of pipeline_20200101_000000_00000000").exits(2).says("etl trends");
        etl(&database, "trends --format csv").exits(2).says("text or json");
        let answer = etl(&database, "query nothing --format json").exits(2).json();
        assert_eq!(answer["error"]["kind"], "usage");
    }

    fn a_load_under_way_has_no_figures(database: Database) {
        etl(&database, "migrate").succeeds();
        let state = "INSERT INTO ingestion_state (source, source_kind, fingerprint_version) VALUES ('launches', 'api', 1)";
        database.execute(state).unwrap();
        etl(&database, "query launch_sites").exits(2).says("initial load is not complete").says("etl run");
    }

    fn a_statement_of_ones_own_is_answered(database: Database) {
        loaded(&database);
        let statement = "-- mine\nWITH few AS (SELECT launch_id, total_payload_mass_kg AS kg, mission_name FROM raw_launches)\n\
             SELECT count(*) AS launches, 'a,\"b\"' AS text, NULL AS empty, '=1+1' AS formula, 1.5 AS number FROM few\n\
             ORDER BY 1;\n";
        assert_eq!(
            own(&database, statement, "--format csv").succeeds().stdout,
            "launches,text,empty,formula,number\r\n205,\"a,\"\"b\"\"\",,'=1+1,1.5\r\n"
        );
        let rows = own(&database, statement, "--format json").succeeds().json();
        assert_eq!(rows["rows"][0]["launches"], 205);
        let ordered = "SELECT flight_number FROM raw_launches WHERE NOT upcoming ORDER BY flight_number DESC, launch_id";
        let few = own(&database, ordered, "--format ndjson --limit 3").succeeds().stdout;
        let most = database.value("SELECT max(flight_number) FROM raw_launches WHERE NOT upcoming");
        assert_eq!(few.lines().count(), 3);
        assert_eq!(few.lines().next(), Some(format!("{{\"flight_number\":{most}}}").as_str()));
        let many = "SELECT a.launch_id FROM raw_launches a CROSS JOIN raw_launches b";
        assert_eq!(own(&database, many, "--format ndjson").succeeds().stdout.lines().count(), 205 * 205);
        assert_eq!(own(&database, "SELECT 1 AS one WHERE 1 = 0", "--format csv").succeeds().stdout, "");
    }

    fn a_question_without_an_end_ends_at_once_when_told_to(database: Database) {
        etl(&database, "migrate").succeeds();
        let folder = folder();
        let file = folder.path().join("endless.sql");
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
        std::fs::write(&file, endless).unwrap();
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let asked = Etl::new().args("query --format ndjson --file").arg(&file);
            let mut running = asked.database(&database).spawn();
            assert_eq!(running.first_line(), "{\"i\":1}");
            running.signal(signal);
            running.wait().exits(code);
        }
    }

    fn a_statement_that_is_more_than_a_question_is_refused(database: Database) {
        loaded(&database);
        let before = database.value("SELECT count(*) FROM raw_launches");
        let outside = folder();
        let file = outside.path().join("written");
        let file = file.display();
        for statement in [
            "INSERT INTO rockets VALUES ('x', 'x', 'x', CURRENT_TIMESTAMP)",
            "UPDATE rockets SET name = 'x'",
            "WITH gone AS (DELETE FROM rockets RETURNING rocket_id) SELECT * FROM gone",
            "DROP TABLE rockets",
            "CREATE TABLE mine (x integer)",
            "SELECT 1; DROP TABLE rockets",
            "SELECT 1) AS x; DROP TABLE rockets; --",
            "SELECT 1); DROP TABLE rockets; --",
            "COMMIT",
            "COMMIT; DROP TABLE rockets",
            "PRAGMA query_only = OFF",
            &format!("ATTACH '{file}' AS other"),
            &format!("VACUUM INTO '{file}'"),
            &format!("COPY rockets TO '{file}'"),
            &format!("COPY rockets TO PROGRAM 'touch {file}'"),
            "SET TRANSACTION READ WRITE",
            "DO $$ BEGIN PERFORM 1; END $$",
            "",
            "-- nothing",
        ] {
            let output = own(&database, statement, "").exits(2);
            assert!(output.stdout.is_empty() && output.stderr.contains("refused"), "{statement}\n{}", output.everything());
        }
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
        assert_eq!(database.value("SELECT count(*) FROM raw_launches"), before);
        assert_ne!(database.value("SELECT count(*) FROM rockets WHERE name IS NOT NULL AND name <> 'x'"), "0");
        own(&database, "SELECT 1", "--since 2020-01-01").exits(2);
        etl(&database, "query --file nowhere.sql").exits(2).says("nowhere.sql");
    }
}

#[test]
fn a_function_that_writes_writes_nothing() {
    let Some(database) = Database::postgres() else { return };
    etl(&database, "migrate").succeeds();
    database.execute("CREATE SEQUENCE counter").unwrap();
    own(&database, "SELECT nextval('counter')", "").exits(3).says("read-only");
    assert_eq!(database.value("SELECT is_called FROM counter"), "false");
}

#[test]
fn the_list_and_a_definition_need_no_database() {
    let list = Etl::new().args("query").run().succeeds();
    let meaning = Etl::new().args("query static_fire_delays --explain").run().succeeds();
    freeze!("query__list", format!("{}\n{}", list.stdout, meaning.stdout));
}

#[test]
fn nothing_is_asked_of_a_file_that_is_not_there() {
    Etl::new()
        .args("query launch_sites --database-url nowhere.db")
        .run()
        .exits(2)
        .says("nowhere.db");
    let folder = folder();
    let file = folder.path().join("one.sql");
    std::fs::write(&file, "SELECT 1").unwrap();
    let output = Etl::new().args("query --database-url nowhere.db --file").arg(&file).run();
    output.exits(2).says("nowhere.db");
}

#[test]
fn a_path_that_reads_like_an_option_is_a_path() {
    let folder = folder();
    let file = folder.path().join("one.sql");
    std::fs::write(&file, "SELECT count(*) AS launches FROM raw_launches").unwrap();
    let name = "odd ?mode=rwc#%41.db";
    Etl::new()
        .args("run --sandbox --database-url")
        .arg(name)
        .in_folder(folder.path())
        .run()
        .succeeds();
    let asked =
        Etl::new().args("query --format csv --file").arg(&file).arg("--database-url").arg(name);
    assert_eq!(asked.in_folder(folder.path()).run().succeeds().stdout, "launches\r\n205\r\n");
}

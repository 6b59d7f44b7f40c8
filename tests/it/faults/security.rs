//! What a stranger could make of what we read, write, print and open.

use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::json;

use super::scene::CANARY;
use super::{Ends, On, ROW, Row, Scene, Start, Then, try_rows};
use crate::support::{Answer, Output};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const USAGE: Ends = Ends::Failing(2, "usage");

/// Names that a careless program would run, or hand on to one that does.
const SQL: [&str; 5] =
    ["'); DROP TABLE raw_launches; --", "$$; DROP TABLE payloads; $$", "\\'; --", "?", "%s {}"];

/// What acts on a terminal: clear it, fill the clipboard, C1, bell, overwrite the line, turn it around.
const ESCAPES: &str = "A\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}31m\rB\u{202e}C";

/// Asks with a statement of the user's own, in a file; it must be refused.
fn ask(scene: &Scene<'_>, statement: &str) -> Output {
    let file = scene.outside().join("question.sql");
    std::fs::write(&file, statement).expect("a file");
    scene.etl("query --file").arg(&file).run()
}

/// Nothing in it that a terminal would act on.
#[track_caller]
fn calm(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let wild = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(wild), "{text:?}");
    }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "104a",
        name: "a password on the command line",
        how: "--database-url with the password in it",
        on: On::Postgres,
        says: &["can be read by every user of this machine", "DATABASE_URL"],
        meet: |scene| {
            let run = scene.etl("run --migrate --reconcile --database-url");
            run.arg(scene.database.url()).without("DATABASE_URL").run()
        },
        ..ROW
    },
    Row {
        number: "104b",
        name: "a password seen from outside during a run",
        how: "the list of processes, and the server's list of sessions",
        on: On::Postgres,
        meet: |scene| {
            let run = scene.etl("run --migrate --reconcile");
            scene.slow_down();
            let mut running = run.spawn();
            running.wait_for_stderr("launches/query");
            let seen = std::fs::read_to_string(format!("/proc/{}/cmdline", running.pid()));
            let sessions = "SELECT string_agg(application_name || query, ' ')
                FROM pg_stat_activity WHERE datname = current_database()";
            let seen = format!("{} {}", seen.expect("it runs"), scene.database.value(sessions));
            assert!(!scene.secrets().iter().any(|secret| seen.contains(secret)), "{seen}");
            running.wait()
        },
        ..ROW
    },
    Row {
        number: "105",
        name: "SQL in names",
        how: "five launches with quotes, dollars, backslashes and placeholders for names",
        start: Start::Empty,
        meet: |scene| {
            let source = scene.source();
            let ids = source.flown();
            for (id, name) in ids.iter().zip(SQL) {
                source.edit(id, &json!({ "name": name }));
            }
            let output = scene.run("");
            let names = scene.database.dump("raw_launches", &["launch_id", "mission_name"]);
            for (id, name) in ids.iter().zip(SQL) {
                assert!(names.contains(&format!("{id} | {name}")), "{names:?}");
            }
            output
        },
        ..ROW
    },
    Row {
        number: "106a",
        name: "a path for the name of an answer",
        how: "etl query ../../../etc/passwd",
        ends: USAGE,
        says: &["etc/passwd"],
        then: Then::NothingWritten,
        meet: |scene| scene.etl("query ../../../etc/passwd").run(),
        ..ROW
    },
    Row {
        number: "106b",
        name: "two statements in a file",
        how: "SELECT 1; DROP TABLE rockets",
        ends: Ends::Failing(2, "statement_refused"),
        says: &["refused"],
        then: Then::NothingWritten,
        meet: |scene| ask(scene, "SELECT 1; DROP TABLE rockets"),
        ..ROW
    },
    Row {
        number: "106c",
        name: "a statement that writes",
        how: "a CTE that deletes",
        ends: Ends::Failing(2, "statement_refused"),
        says: &["refused"],
        then: Then::NothingWritten,
        meet: |scene| {
            ask(scene, "WITH gone AS (DELETE FROM rockets RETURNING *) SELECT * FROM gone")
        },
        ..ROW
    },
    Row {
        number: "106d",
        name: "a statement that runs a program",
        how: "COPY rockets TO PROGRAM",
        on: On::Postgres,
        ends: Ends::Failing(2, "statement_refused"),
        says: &["refused"],
        then: Then::NothingWritten,
        meet: |scene| {
            let file = scene.outside().join("written");
            let output = ask(scene, &format!("COPY rockets TO PROGRAM 'tee {}'", file.display()));
            assert!(!file.exists(), "the program ran");
            output
        },
        ..ROW
    },
    Row {
        number: "106e",
        name: "a statement that opens another file",
        how: "ATTACH",
        on: On::Sqlite,
        ends: Ends::Failing(2, "statement_refused"),
        says: &["refused"],
        then: Then::NothingWritten,
        meet: |scene| {
            let file = scene.outside().join("written");
            let output = ask(scene, &format!("ATTACH '{}' AS other", file.display()));
            assert!(!file.exists(), "the file was made");
            output
        },
        ..ROW
    },
    Row {
        number: "107a",
        name: "a name that acts on a terminal",
        how: "escapes, bell, C1, carriage return and a turn of direction in a launch's name",
        meet: |scene| {
            let source = scene.source();
            source.edit(&source.flown()[0], &json!({ "name": ESCAPES }));
            source.edit(&source.flown()[5], &json!({ "name": ESCAPES, "flight_number": 0 }));
            let output = scene.run("--reconcile");
            let asked = [
                "status",
                "changes",
                "quarantine list",
                "query heaviest_launches",
                "query static_fire_delays",
            ];
            for words in asked {
                let text = scene.etl(words).env("ETL_FORMAT", "text").env("RUST_LOG", "debug");
                calm(&text.run().exits(0));
            }
            output
        },
        ..ROW
    },
    Row {
        number: "107b",
        name: "an error page that acts on a terminal",
        how: "the same in the body of a 404",
        ends: Ends::Failing(3, "api_status"),
        says: &["A\\x1b[2J\\x1b]52;c;eA==\\x07\\x9b31m\\x0dB\\u{202e}C"],
        meet: |scene| {
            let page = Answer::http("404 Not Found", &[], ESCAPES);
            let output = scene.run_meeting("--reconcile", vec![page]);
            calm(&output);
            output
        },
        ..ROW
    },
    Row {
        number: "109",
        name: "a name that a spreadsheet would run",
        how: "names that begin with = + - @ and TAB, exported as CSV",
        meet: |scene| {
            let source = scene.source();
            let ids = source.flown();
            let names = ["=1+1", "+1+x", "-2+x", "@SUM(A1)", "\tx"];
            for (id, name) in ids.iter().zip(names) {
                source.edit(id, &json!({ "name": name }));
            }
            let output = scene.run("--reconcile");
            let csv = scene.etl("export raw_launches --format csv").run().exits(0).stdout;
            for (id, name) in ids.iter().zip(names) {
                assert!(csv.contains(&format!("{id},'{name},")), "{name}: {csv}");
            }
            output
        },
        ..ROW
    },
    Row {
        number: "110",
        name: "a link where a file is to be written",
        how: "export --out of a symbolic link to another file",
        ends: Ends::Failing(2, "file"),
        says: &["a symbolic link", "name a file"],
        then: Then::NothingWritten,
        meet: |scene| {
            let (file, link) = (scene.outside().join("precious"), scene.outside().join("link"));
            std::fs::write(&file, "precious").expect("a file");
            symlink(&file, &link).expect("a link");
            let output = scene.etl("export raw_launches --out").arg(&link).run();
            assert_eq!(std::fs::read_to_string(&file).expect("still there"), "precious");
            output
        },
        ..ROW
    },
    Row {
        number: "111",
        name: "a umask that hides nothing",
        how: "umask 000, a new SQLite file and an export",
        on: On::Sqlite,
        start: Start::Empty,
        meet: |scene| {
            let script = scene.outside().join("open");
            std::fs::write(&script, "umask 000\nexec \"$@\"\n").expect("a script");
            let sh = format!("sh {}", script.display());
            let output = scene.etl("run --migrate").under(&sh).run();
            let export = scene.outside().join("rows.csv");
            let exported = scene.etl("export raw_launches --out").arg(&export).under(&sh);
            exported.run().exits(0);
            let database = scene.database.sqlite_path();
            for file in [&database, &format!("{database}.lock"), &export.display().to_string()] {
                let mode = std::fs::metadata(file).expect("a file").permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{file}");
            }
            output
        },
        ..ROW
    },
    Row {
        number: "114",
        name: "a file with tables of our names and others' triggers",
        how: "raw_launches with one column and a trigger, no ledger",
        on: On::Sqlite,
        start: Start::Empty,
        ends: Ends::Failing(3, "database_failed"),
        says: &["raw_launches already exists", "nothing was applied", "`etl migrate baseline`"],
        then: Then::Converges,
        meet: |scene| {
            let theirs = "CREATE TABLE raw_launches (launch_id TEXT); CREATE TABLE loot (x);
                CREATE TRIGGER spy AFTER INSERT ON raw_launches BEGIN
                INSERT INTO loot VALUES (NEW.launch_id); END";
            scene.database.script(theirs).expect("a hostile file");
            let output = scene.run("");
            assert_eq!(scene.database.value("SELECT count(*) FROM loot"), "0");
            scene.database.script("DROP TABLE raw_launches; DROP TABLE loot").expect("gone");
            output
        },
    },
    Row {
        number: "115",
        name: "functions of the system's names in our schema",
        how: "now, lower, count and pg_try_advisory_xact_lock in public, each raising an error",
        on: On::Postgres,
        meet: |scene| {
            let raise = "LANGUAGE plpgsql AS $$ BEGIN RAISE 'hijacked'; END $$";
            let shadows = [
                ("now()", "timestamptz"),
                ("lower(text)", "text"),
                ("concat(text, text)", "text"),
                ("pg_try_advisory_xact_lock(bigint)", "boolean"),
            ];
            for (function, gives) in shadows {
                let create = format!("CREATE FUNCTION public.{function} RETURNS {gives} {raise}");
                scene.database.execute(&create).expect("a shadow");
            }
            let output = scene.run("--reconcile");
            for (function, _) in shadows {
                let drop = format!("DROP FUNCTION public.{function}");
                scene.database.execute(&drop).expect("gone");
            }
            output
        },
        ..ROW
    },
    Row {
        number: "116",
        name: "a name that forges lines of a log",
        how: "a line break and a log line in the name and the precision of a bad document",
        meet: |scene| {
            let forged = "A\nerror: forged\n{\"status\":\"success\"}";
            let source = scene.source();
            let fields = json!({ "name": forged, "date_precision": forged });
            source.edit(&source.flown()[0], &fields);
            let output = scene.run("--reconcile");
            assert!(!output.stderr.contains("\nerror: forged"), "{}", output.stderr);
            output
        },
        ..ROW
    },
    Row {
        number: "117",
        name: "a sandbox for strangers",
        how: "etl sandbox --host 0.0.0.0, and where a sandbox listens",
        on: On::Sqlite,
        start: Start::Empty,
        ends: USAGE,
        says: &["--host"],
        then: Then::NothingWritten,
        meet: |scene| {
            let (_, port) = scene.source().address().rsplit_once(':').expect("a port");
            let port = format!(":{:04X} ", port.parse::<u16>().expect("a port"));
            let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux");
            let here = |line: &&str| {
                line.split_whitespace().nth(1).is_some_and(|at| format!("{at} ").ends_with(&port))
            };
            let listening: Vec<&str> = table.lines().filter(here).collect();
            assert!(!listening.is_empty());
            assert!(listening.iter().all(|line| line.contains(": 0100007F:")), "{listening:?}");
            scene.etl("sandbox --host 0.0.0.0").run()
        },
    },
];

/// The test of the test: a secret in a table and one in an output are both found.
#[test]
fn a_planted_leak_is_found() {
    let stage = super::Stage::set(crate::support::Database::sqlite());
    let scene = Scene::open(&stage, Start::Loaded);
    let source = scene.source();
    source.edit(&source.flown()[0], &json!({ "name": format!("x {CANARY} x") }));
    let output = scene.run("");
    let row = Row { ends: Ends::Well, ..ROW };
    let secrets = scene.secrets();
    assert_eq!(super::invariants::of_call(&row, &output, &secrets), Vec::<String>::new());
    let wrong = super::invariants::after_a_healthy_run(&scene);
    assert_eq!(wrong, ["raw_launches shows a secret"]);
    let told = Output { stderr: format!("info: {CANARY}\n"), ..output };
    let wrong = super::invariants::of_call(&row, &told, &secrets);
    assert_eq!(wrong, ["stderr shows a secret"]);
}

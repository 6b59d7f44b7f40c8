//! A command line or an environment that makes no sense: refused by name, before anything is written.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::scene::CANARY;
use super::{Ends, On, ROW, Row, Scene, Start, Then, try_rows};
use crate::support::Output;

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const USAGE: Ends = Ends::Failing(2, "usage");
const CONFIGURATION: Ends = Ends::Failing(2, "configuration");
const UNUSABLE: Ends = Ends::Failing(2, "database_unusable");

/// What is refused before any database is asked, so that one is enough.
const REFUSED: Row =
    Row { on: On::Sqlite, start: Start::Empty, ends: USAGE, then: Then::NothingWritten, ..ROW };

/// A run on the database at this URL, in which CANARY stands for a password.
fn on(scene: &Scene<'_>, url: &str) -> Output {
    scene.etl("run --migrate").env("DATABASE_URL", url.replace("CANARY", CANARY)).run()
}

fn with(scene: &Scene<'_>, name: &str, value: &str) -> Output {
    scene.etl("run --migrate").env(name, value).run()
}

fn typed(scene: &Scene<'_>, words: &str) -> Output {
    scene.etl(words).run()
}

/// A run beside a file of this name, in which CANARY stands for a password.
fn with_file(scene: &Scene<'_>, name: &str, text: &str) -> Output {
    let folder = crate::support::folder();
    std::fs::write(folder.path().join(name), text.replace("CANARY", CANARY)).expect("a file");
    scene.etl("run --migrate").in_folder(folder.path()).run()
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "95a",
        name: "a URL without its kind",
        how: "DATABASE_URL=u:PASSWORD@localhost/d",
        ends: CONFIGURATION,
        says: &["begins with no kind of database", "postgres://USER@HOST/NAME"],
        meet: |scene| on(scene, "u:CANARY@localhost/d"),
        ..REFUSED
    },
    Row {
        number: "95b",
        name: "another kind of database",
        how: "DATABASE_URL=mysql://u:PASSWORD@localhost/d",
        ends: CONFIGURATION,
        says: &["mysql", "postgres://"],
        meet: |scene| on(scene, "mysql://u:CANARY@localhost/d"),
        ..REFUSED
    },
    Row {
        number: "95c",
        name: "an option that is none",
        how: "?nonsense=1 behind the URL",
        ends: UNUSABLE,
        says: &["nonsense"],
        meet: |scene| on(scene, "postgres://u:CANARY@localhost/d?nonsense=1"),
        ..REFUSED
    },
    Row {
        number: "95d",
        name: "a port that is none",
        how: "port 99999 in the URL",
        ends: CONFIGURATION,
        says: &["port", "65535"],
        meet: |scene| on(scene, "postgres://u:CANARY@localhost:99999/d"),
        ..REFUSED
    },
    Row {
        number: "95e",
        name: "port 0",
        how: "port 0 in the URL",
        ends: UNUSABLE,
        says: &["port", "correct DATABASE_URL"],
        meet: |scene| on(scene, "postgres://u:CANARY@localhost:0/d"),
        ..REFUSED
    },
    Row {
        number: "95f",
        name: "an unencoded @ in the password",
        how: "two of them in the URL",
        ends: CONFIGURATION,
        says: &["%40", "POSTGRES_PASSWORD"],
        meet: |scene| on(scene, "postgres://u:CANARY@CANARY@localhost/d"),
        ..REFUSED
    },
    Row {
        number: "95g",
        name: "an unencoded / in the password",
        how: "one before the @",
        ends: CONFIGURATION,
        says: &["port"],
        meet: |scene| on(scene, "postgres://u:CANARY/CANARY@localhost/d"),
        ..REFUSED
    },
    Row {
        number: "95h",
        name: "an unencoded % in the password",
        how: "%zz before the @",
        ends: UNUSABLE,
        says: &["percent-encoded"],
        meet: |scene| on(scene, "postgres://u:CANARY%zz@localhost/d"),
        ..REFUSED
    },
    Row {
        number: "95i",
        name: "a blank in the password",
        how: "one before the @",
        ends: UNUSABLE,
        says: &["%20"],
        meet: |scene| on(scene, "postgres://u:CANARY x@localhost/d"),
        ..REFUSED
    },
    Row {
        number: "95j",
        name: "a password among the options",
        how: "?password=PASSWORD%zz",
        ends: UNUSABLE,
        says: &["percent-encoded"],
        meet: |scene| on(scene, "postgres://u@localhost/d?password=CANARY%zz"),
        ..REFUSED
    },
    Row {
        number: "95k",
        name: "no file",
        how: "DATABASE_URL=sqlite:",
        ends: CONFIGURATION,
        says: &["names no file", "sqlite:PATH"],
        meet: |scene| on(scene, "sqlite:"),
        ..REFUSED
    },
    Row {
        number: "95l",
        name: "POSTGRES_PORT is no port",
        how: "POSTGRES_PORT=abc, without DATABASE_URL",
        ends: CONFIGURATION,
        says: &["POSTGRES_PORT"],
        meet: |scene| {
            let run = scene.etl("run --migrate").without("DATABASE_URL");
            run.env("POSTGRES_HOST", "localhost").env("POSTGRES_PORT", "abc").run()
        },
        ..REFUSED
    },
    Row {
        number: "96a",
        name: "empty variables",
        how: "BATCH_SIZE, SPACEX_API_TIMEOUT, ETL_LOOKBACK and NO_COLOR are empty",
        meet: |scene| {
            let run = scene.etl("run --migrate").env("BATCH_SIZE", "").env("NO_COLOR", "");
            run.env("SPACEX_API_TIMEOUT", "").env("ETL_LOOKBACK", "").run()
        },
        ..ROW
    },
    Row {
        number: "96b",
        name: "a variable that is no UTF-8",
        how: "POSTGRES_DB=0xFF, without DATABASE_URL",
        ends: CONFIGURATION,
        says: &["POSTGRES_DB is not valid UTF-8"],
        meet: |scene| {
            let run = scene.etl("run --migrate").without("DATABASE_URL");
            run.env("POSTGRES_DB", OsStr::from_bytes(b"\xff")).run()
        },
        ..REFUSED
    },
    Row {
        number: "96c",
        name: "a variable of a flag that is no UTF-8",
        how: "BATCH_SIZE=0xFF",
        ends: CONFIGURATION,
        says: &["BATCH_SIZE is not valid UTF-8"],
        meet: |scene| {
            scene.etl("run --migrate").env("BATCH_SIZE", OsStr::from_bytes(b"\xff")).run()
        },
        ..REFUSED
    },
    Row {
        number: "96d",
        name: "a number between blanks",
        how: "BATCH_SIZE=\" 7 \"",
        ends: CONFIGURATION,
        says: &["--batch-size"],
        meet: |scene| with(scene, "BATCH_SIZE", " 7 "),
        ..REFUSED
    },
    Row {
        number: "97a",
        name: "a number below its range",
        how: "BATCH_SIZE=-1",
        ends: CONFIGURATION,
        says: &["--batch-size", "1..=10000"],
        meet: |scene| with(scene, "BATCH_SIZE", "-1"),
        ..REFUSED
    },
    Row {
        number: "97b",
        name: "nothing at a time",
        how: "BATCH_SIZE=0",
        ends: CONFIGURATION,
        says: &["--batch-size", "1..=10000"],
        meet: |scene| with(scene, "BATCH_SIZE", "0"),
        ..REFUSED
    },
    Row {
        number: "97c",
        name: "a number above its range",
        how: "BATCH_SIZE=1000000000",
        ends: CONFIGURATION,
        says: &["--batch-size", "1..=10000"],
        meet: |scene| with(scene, "BATCH_SIZE", "1000000000"),
        ..REFUSED
    },
    Row {
        number: "97d",
        name: "a number with zeros in front",
        how: "BATCH_SIZE=007 is 7",
        start: Start::Empty,
        meet: |scene| with(scene, "BATCH_SIZE", "007"),
        ..ROW
    },
    Row {
        number: "97e",
        name: "no time at all",
        how: "SPACEX_API_TIMEOUT=0",
        ends: CONFIGURATION,
        says: &["--api-timeout", "1..=3600"],
        meet: |scene| with(scene, "SPACEX_API_TIMEOUT", "0"),
        ..REFUSED
    },
    Row {
        number: "97f",
        name: "a time that is no number",
        how: "SPACEX_API_TIMEOUT=NaN",
        ends: CONFIGURATION,
        says: &["--api-timeout"],
        meet: |scene| with(scene, "SPACEX_API_TIMEOUT", "NaN"),
        ..REFUSED
    },
    Row {
        number: "98a",
        name: "an unknown flag",
        how: "run --reconcille",
        says: &["--reconcille", "--reconcile"],
        meet: |scene| typed(scene, "run --reconcille"),
        ..REFUSED
    },
    Row {
        number: "98b",
        name: "an unknown command",
        how: "etl stauts",
        says: &["stauts", "status"],
        meet: |scene| typed(scene, "stauts"),
        ..REFUSED
    },
    Row {
        number: "98c",
        name: "a mistyped variable",
        how: "ETL_RECONCILLE=1: a warning that names the nearest",
        says: &["ETL_RECONCILLE is not known", "ETL_RECONCILE?"],
        meet: |scene| with(scene, "ETL_RECONCILLE", "1"),
        ..ROW
    },
    Row {
        number: "99a",
        name: "a line of .env that sets nothing",
        how: "the third line has no =, after a BOM and a line that ends in CRLF",
        ends: CONFIGURATION,
        says: &[".env:3: there is no = in this line"],
        meet: |scene| with_file(scene, ".env", "\u{feff}A='b'\r\n\r\nCANARY\r\n"),
        ..REFUSED
    },
    Row {
        number: "99b",
        name: "an unknown key in etl.toml",
        how: "batchsize = 7 in [run]",
        ends: CONFIGURATION,
        says: &["etl.toml:2:3: there is no setting batchsize in [run]", "did you mean batch-size?"],
        meet: |scene| with_file(scene, "etl.toml", "[run]\n  batchsize = 7\n"),
        ..REFUSED
    },
    Row {
        number: "99c",
        name: "a value of the wrong type in etl.toml",
        how: "batch-size = [7]",
        ends: CONFIGURATION,
        says: &["etl.toml:1:14: batch-size is of the type array"],
        meet: |scene| with_file(scene, "etl.toml", "batch-size = [7]"),
        ..REFUSED
    },
    Row {
        number: "99d",
        name: "etl.toml is no TOML",
        how: "database-url = postgres://u:PASSWORD@h/d, without quotes",
        ends: CONFIGURATION,
        says: &["etl.toml:1:16: "],
        meet: |scene| with_file(scene, "etl.toml", "database-url = postgres://u:CANARY@h/d"),
        ..REFUSED
    },
    Row {
        number: "99e",
        name: "an etl.toml of 10 MB",
        how: "a comment that does not end",
        ends: CONFIGURATION,
        says: &["etl.toml: it is larger than 1 MiB"],
        meet: |scene| with_file(scene, "etl.toml", &"#".repeat(10_000_000)),
        ..REFUSED
    },
    Row {
        number: "102a",
        name: "a window that ends before it begins",
        how: "--since 2022-02-01 --until 2022-01-01",
        ends: CONFIGURATION,
        says: &["2022-02-01", "2022-01-01", "the window is empty"],
        meet: |scene| typed(scene, "run --since 2022-02-01 --until 2022-01-01"),
        ..REFUSED
    },
    Row {
        number: "102b",
        name: "the 30th of February",
        how: "--since 2022-02-30",
        says: &["2022-02-30", "2022-10-05"],
        meet: |scene| typed(scene, "run --since 2022-02-30"),
        ..REFUSED
    },
    Row {
        number: "102c",
        name: "a window in the future",
        how: "--since 2090-01-01 --until 2091-01-01: nothing there, nothing lost",
        meet: |scene| {
            let output = scene.run("--since 2090-01-01 --until 2091-01-01");
            assert_eq!(output.json()["launches_fetched"], 0);
            output
        },
        ..ROW
    },
    Row {
        number: "112a",
        name: "plain http",
        how: "SPACEX_API_URL=http://example.com/v4",
        ends: Ends::Failing(2, "api_address"),
        says: &["loopback", "SPACEX_API_URL"],
        meet: |scene| with(scene, "SPACEX_API_URL", "http://example.com/v4"),
        ..REFUSED
    },
    Row {
        number: "112b",
        name: "a login in the API's address",
        how: "https://user:PASSWORD@api.spacexdata.com/v4",
        ends: Ends::Failing(2, "api_address"),
        says: &["user name or password", "SPACEX_API_URL"],
        meet: |scene| {
            let url = format!("https://user:{CANARY}@api.spacexdata.com/v4");
            with(scene, "SPACEX_API_URL", &url)
        },
        ..REFUSED
    },
    Row {
        number: "112c",
        name: "a key in the API's address",
        how: "https://api.spacexdata.com/v4?key=PASSWORD",
        ends: Ends::Failing(2, "api_address"),
        says: &["more than a path", "SPACEX_API_URL"],
        meet: |scene| {
            with(scene, "SPACEX_API_URL", &format!("https://api.spacexdata.com/v4?key={CANARY}"))
        },
        ..REFUSED
    },
    Row {
        number: "112d",
        name: "another scheme",
        how: "SPACEX_API_URL=file:///etc/passwd",
        ends: Ends::Failing(2, "api_address"),
        says: &["SPACEX_API_URL"],
        meet: |scene| with(scene, "SPACEX_API_URL", "file:///etc/passwd"),
        ..REFUSED
    },
];

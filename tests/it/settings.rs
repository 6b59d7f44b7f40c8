//! `etl config`, `etl.toml`, `.env` and `--database-url-file`: which value stands, and where it comes from.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::{Etl, Output};

const CANARY: &str = "hunter2-canary";

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn etl(folder: &Path, words: &str) -> Etl {
    Etl::new().args(words).in_folder(folder)
}

/// What `etl config show` says of a setting: value, kind of origin, line.
fn shown(etl: Etl, name: &str) -> (Value, String, Value) {
    let answer = etl.args("config show --format json").run().succeeds().json();
    let settings = answer["settings"].as_array().unwrap();
    let is_it = |setting: &&Value| setting["name"] == name && setting["command"].is_null();
    let setting = settings.iter().find(is_it).unwrap();
    let origin = &setting["origin"];
    (setting["value"].clone(), origin["kind"].as_str().unwrap().to_owned(), origin["line"].clone())
}

#[test]
fn flag_environment_dot_env_file_default_in_this_order() {
    let folder = crate::support::folder();
    let folder = folder.path();
    let show = || etl(folder, "");
    let wait = |etl: Etl| {
        let (value, kind, line) = shown(etl, "wait");
        (value.as_str().map(str::to_owned), kind, line.as_u64())
    };
    let is = |value: &str, kind: &str, line| (Some(value.to_owned()), kind.to_owned(), line);
    assert_eq!(wait(show()), (None, "default".to_owned(), None));
    write(folder, "etl.toml", "# ours\nwait = \"1s\"\n");
    assert_eq!(wait(show()), is("1s", "file", Some(2)));
    write(folder, ".env", "\n\nexport ETL_WAIT='2s'\n");
    assert_eq!(wait(show()), is("2s", "dot_env", Some(3)));
    assert_eq!(wait(show().env("ETL_WAIT", "")), is("2s", "dot_env", Some(3)));
    assert_eq!(wait(show().env("ETL_WAIT", "3s")), is("3s", "environment", None));
    assert_eq!(wait(show().env("ETL_WAIT", "3s").args("--wait=4s")), is("4s", "flag", None));
}

#[test]
fn what_is_shown_is_what_is_done() {
    let folder = crate::support::folder();
    let folder = folder.path();
    let database = |etl: Etl| {
        let stderr = etl.args("status").run().stderr;
        stderr
            .split("there is no database at ")
            .nth(1)
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    };
    write(folder, "etl.toml", "database-url = \"toml.db\"\nformat = \"json\"\n");
    assert_eq!(database(etl(folder, "")), "toml.db");
    write(folder, ".env", "DATABASE_URL=dotenv.db");
    assert_eq!(database(etl(folder, "")), "dotenv.db");
    let variable = || etl(folder, "").env("DATABASE_URL", "variable.db");
    assert_eq!(database(variable()), "variable.db");
    assert_eq!(database(variable().args("--database-url typed.db")), "typed.db");
    // The format of the file stands too, until another is asked for.
    variable().args("status").run().exits(2).json();
    assert_eq!(variable().args("status --format text").run().exits(2).stdout, "");
}

#[test]
fn a_stronger_way_to_name_the_database_wins_whatever_its_name() {
    let folder = crate::support::folder();
    let folder = folder.path();
    write(folder, "etl.toml", "database-url = \"toml.db\"\n");
    let family = |etl: Etl| etl.env("POSTGRES_HOST", "127.0.0.1").env("POSTGRES_PORT", "1");
    family(etl(folder, "status")).run().exits(75).says("127.0.0.1:1/postgres");
    let (value, kind, _) = shown(family(etl(folder, "")), "database-url");
    assert_eq!(
        (value.as_str(), kind.as_str()),
        (Some("postgres@127.0.0.1:1/postgres"), "environment")
    );
    // Of the same strength, the address.
    family(etl(folder, "status").env("DATABASE_URL", "a.db")).run().exits(2).says("a.db");
}

#[test]
fn a_section_is_for_its_command_and_nearer_than_the_rest() {
    let folder = crate::support::folder();
    let folder = folder.path();
    write(folder, "etl.toml", "dry-run = false\n[run]\nsandbox = true\ndry-run = true\n");
    let dry = etl(folder, "run").run().succeeds();
    assert!(dry.stdout.contains("a dry run: nothing was committed"), "{}", dry.stdout);
    write(folder, "elsewhere.toml", "[run]\nsandbox = true\n");
    let loads = |etl: Etl| {
        assert!(etl.run().succeeds().stdout.starts_with("Initial load: fetched 205"));
    };
    loads(etl(folder, "run --config elsewhere.toml --database-url a.db"));
    loads(etl(folder, "run --database-url b.db").env("ETL_CONFIG", "elsewhere.toml"));
    etl(folder, "status --config nowhere.toml").run().exits(2).says("nowhere.toml");
}

on_both! {
    fn what_is_typed_wins_over_what_excludes_it(database: Database) {
        let etl = |words: &str| Etl::new().args(words).database(&database);
        let run = |words: &str| etl("run --sandbox --migrate --format json").args(words);
        run("").run().succeeds();
        let kind = |output: Output| output.succeeds().json()["kind"].as_str().unwrap().to_owned();
        // A window that is meant for `query` does not stand in the way of a run.
        assert_eq!(kind(run("--reconcile").env("ETL_SINCE", "2020-01-01").run()), "reconcile");
        assert_eq!(kind(run("--since 2020-01-01").env("ETL_FULL", "1").run()), "backfill");
        assert_eq!(kind(run("").env("ETL_FULL", "no").env("ETL_SINCE", "2020-01-01").run()), "backfill");
        let both = run("").env("ETL_SINCE", "2020-01-01").env("ETL_RECONCILE", "1").run().exits(2);
        both.says("ETL_RECONCILE and ETL_SINCE exclude each other");
        let since = "2100-01-01";
        let changes = etl("changes --format json --run manual").env("ETL_SINCE", since).run();
        changes.succeeds();
        etl("query").env("ETL_SINCE", since).run().succeeds();
        etl("query launches_by_year").env("ETL_FILE", "nowhere.sql").run().succeeds();
        assert!(run("-v").env("ETL_QUIET", "1").run().succeeds().stderr.contains("debug: "));
        // What a flag needs may stand behind it, and what nobody needs is left alone.
        etl("status --max-age 30d").env("ETL_CHECK", "1").run().succeeds();
        etl("status").env("ETL_MAX_AGE", "1s").run().succeeds();
        etl("status --max-age 30d").run().exits(2).says("--check");
    }

    fn a_file_may_hold_the_address(database: Database) {
        let folder = crate::support::folder();
        let folder = folder.path();
        for end in ["", "\n", "\r\n"] {
            write(folder, "secret", &format!("{}{end}", database.url()));
            etl(folder, "migrate --database-url-file secret").run().succeeds();
        }
        let by_variable = || etl(folder, "status").env("ETL_DATABASE_URL_FILE", "secret");
        assert!(by_variable().run().succeeds().stderr.is_empty());
        by_variable().env("DATABASE_URL", "a.db").run().exits(2).says("exclude each other");
        by_variable().args("--database-url a.db").run().exits(2).says("there is no database at a.db");
        let both = etl(folder, "status --database-url a.db --database-url-file secret").run().exits(2);
        both.says("cannot be used with");
        write(folder, "secret", "one.db\ntwo.db\n");
        by_variable().run().exits(2).says("secret: it has more than one line");
        by_variable().env("ETL_DATABASE_URL_FILE", "gone").run().exits(2).says("gone: No such file");
    }
}

#[test]
fn check_finds_the_first_line_that_is_wrong_whoever_would_read_it() {
    let folder = crate::support::folder();
    let folder = folder.path();
    let check = || etl(folder, "config check");
    let healthy = check().run().succeeds();
    assert_eq!(healthy.stdout, "every setting can be used\n");
    write(folder, "etl.toml", "format = \"text\"\n\n[run]\nlookback = \"3 fortnights\"\n");
    check().run().exits(2).says("etl.toml:4: invalid value '3 fortnights' for '--lookback <TIME>'");
    etl(folder, "migrate").run().succeeds();
    let failed = check().args("--format json").run().exits(2).json();
    assert_eq!(failed["error"]["kind"], "configuration");
    write(folder, "etl.toml", "[export]\nformat = \"csv\"\n[query]\nformat = \"markdown\"\n");
    check().run().succeeds();
    check().env("BATCH_SIZE", "0").run().exits(2).says("BATCH_SIZE: invalid value '0'");
    check().env("DATABASE_URL", "mysql://h/d").run().exits(2).says("no database of the kind");
    let unknown = check().env("ETL_RECONCILLE", "1").run().succeeds();
    assert!(unknown.stdout.contains("ETL_RECONCILLE is not known; did you mean ETL_RECONCILE?"));
    write(folder, ".env", "\nETL_PAGESIZE=7\n");
    etl(folder, "status")
        .run()
        .says("ETL_PAGESIZE (.env:2) is not known; did you mean ETL_PAGE_SIZE?");
    write(folder, "etl.toml", "[snapshott]\nout = \"x\"\n");
    check()
        .run()
        .exits(2)
        .says("etl.toml:1:2: no command snapshott has settings; did you mean [snapshot]?");
}

#[test]
fn a_strangers_file_is_not_obeyed_and_an_open_password_is_named() {
    let folder = crate::support::folder();
    let folder = folder.path();
    let mode = |name: &str, mode: u32| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.join(name), mode).unwrap();
    };
    write(folder, "etl.toml", &format!("database-url = \"postgres://u:{CANARY}@127.0.0.1:1/d\"\n"));
    let status = || etl(folder, "status").run().exits(75);
    assert!(!status().stderr.contains("warn:"));
    mode("etl.toml", 0o644);
    status().says("etl.toml holds a password and can be read by every user of this machine");
    mode("etl.toml", 0o666);
    etl(folder, "status").run().exits(2).says("etl.toml: every user may write to it");
    // Whoever names it has looked.
    etl(folder, "status --config etl.toml").run().exits(75);
    std::fs::remove_file(folder.join("etl.toml")).unwrap();
    write(
        folder,
        ".env",
        &format!("POSTGRES_HOST=127.0.0.1\nPOSTGRES_PORT=1\nPOSTGRES_PASSWORD={CANARY}\n"),
    );
    assert!(!status().stderr.contains("warn:"));
    mode(".env", 0o644);
    let output = status();
    let output = output.says(".env holds a password and can be read by every user of this machine");
    assert!(!output.everything().contains(CANARY));
}

#[test]
fn no_secret_is_shown() {
    let folder = crate::support::folder();
    let folder = folder.path();
    write(folder, "etl.toml", &format!("trino-url = \"https://u:{CANARY}@h/?key={CANARY}\"\n"));
    write(folder, ".env", &format!("ETL_TRINO_PASSWORD='{CANARY}'\nPOSTGRES_PASSWORD={CANARY}\n"));
    for database in [
        "postgres://u:CANARY@h/d?password=CANARY&sslpassword=CANARY",
        "u:CANARY@h/d",
        "mysql://u:CANARY@h/d",
        "postgres://u:CANARY@CANARY@h/d",
        "postgres://u:CANARY/CANARY@h/d",
    ] {
        let etl = |words: &str| {
            let etl = etl(folder, words).env("DATABASE_URL", database.replace("CANARY", CANARY));
            let etl = etl.env("SPACEX_API_URL", format!("https://u:{CANARY}@h/v4?key={CANARY}"));
            let etl = etl.env("HTTPS_PROXY", format!("u:{CANARY}@h:1"));
            etl.env("NO_PROXY", "h").env("RUST_LOG", "trace").run()
        };
        for words in ["config show", "config show --format json", "config check"] {
            let everything = etl(words).everything();
            assert!(!everything.contains(CANARY), "{database}: {everything}");
        }
        assert!(etl("config show").stdout.contains("ETL_TRINO_PASSWORD   ***"));
    }
}

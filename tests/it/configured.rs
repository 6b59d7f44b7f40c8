//! Where a setting comes from, and that nothing else of the surroundings shows.

use std::path::Path;

use crate::support::{Database, Etl, Output};

fn loads(etl: Etl) -> Output {
    let output = etl.run().succeeds();
    assert!(
        output.stdout.starts_with("Initial load: fetched 205 launches\n"),
        "{}",
        output.everything()
    );
    output
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    // Beside a database: the lock of its runs, and what SQLite may keep for its next reader.
    names.retain(|name| ![".lock", "-wal", "-shm"].iter().any(|end| name.ends_with(end)));
    names.sort();
    names
}

#[test]
fn with_nothing_configured_it_is_a_file_here_and_is_named_first() {
    let folder = crate::support::folder();
    for words in ["run --sandbox", "run --sandbox --format json", "status", "trends", "migrate"] {
        let output = Etl::new().args(words).in_folder(folder.path()).run().succeeds();
        let first = output.stderr.lines().next().unwrap();
        assert_eq!(
            first, "info: using the SQLite file etl.db (DATABASE_URL is not set)",
            "{words}"
        );
    }
    assert_eq!(files(folder.path()), ["etl.db"]);
}

#[test]
fn a_file_is_named_in_each_form_and_then_not_announced() {
    let folder = crate::support::folder();
    let absolute = folder.path().join("d.db").to_str().unwrap().to_owned();
    for url in [
        "sqlite:a.db",
        "sqlite://b.db",
        "c.db",
        &format!("sqlite://{absolute}"),
        "file:e.db",
        ":memory:",
        "Ünï cödé?.db",
    ] {
        let output = loads(
            Etl::new().args("run --sandbox").env("DATABASE_URL", url).in_folder(folder.path()),
        );
        assert!(output.stderr.is_empty(), "{url}: {}", output.stderr);
    }
    assert_eq!(
        files(folder.path()),
        [":memory:", "a.db", "b.db", "c.db", "d.db", "file:e.db", "Ünï cödé?.db"]
    );
}

#[test]
fn a_flag_is_stronger_than_a_variable_and_that_than_the_default() {
    let folder = crate::support::folder();
    let etl = |words: &str| Etl::new().args(words).in_folder(folder.path());
    loads(etl("run --sandbox --database-url flag.db").env("DATABASE_URL", "variable.db"));
    // DATABASE_URL is stronger than the POSTGRES_* family.
    let family = |etl: Etl| etl.env("POSTGRES_HOST", "127.0.0.1").env("POSTGRES_PORT", "1");
    loads(family(etl("run --sandbox").env("DATABASE_URL", "variable.db")));
    family(etl("status")).run().exits(75).says("postgres@127.0.0.1:1/postgres");
    // A user or a password alone names no database.
    loads(etl("run --sandbox").env("POSTGRES_USER", "u").env("POSTGRES_PASSWORD", "p"));
    assert_eq!(files(folder.path()), ["etl.db", "flag.db", "variable.db"]);

    etl("status --database-url flag.db").env("ETL_FORMAT", "json").run().succeeds().json();
    let text = etl("status --database-url flag.db --format text")
        .env("ETL_FORMAT", "json")
        .run()
        .succeeds();
    assert!(text.stdout.starts_with("Database "), "{}", text.stdout);
    loads(
        etl("run --sandbox --batch-size 7 --database-url batch.db").env("BATCH_SIZE", "nonsense"),
    );
}

#[test]
fn a_switch_can_be_set_by_its_variable() {
    let folder = crate::support::folder();
    let run = |value: &str| {
        Etl::new()
            .args("run")
            .env("ETL_SANDBOX", "true")
            .env("ETL_DRY_RUN", value)
            .in_folder(folder.path())
            .run()
            .succeeds()
    };
    assert!(run("1").stdout.contains("a dry run: nothing was committed"));
    assert!(!run("false").stdout.contains("dry run"));
}

#[test]
fn the_log_is_as_loud_as_it_was_asked_to_be() {
    let folder = crate::support::folder();
    let etl = |words: &str| Etl::new().args(words).in_folder(folder.path());
    etl("migrate").run().succeeds();
    let stderr = |etl: Etl| etl.run().succeeds().stderr;
    assert!(stderr(etl("status")).contains("info: using"));
    assert_eq!(stderr(etl("status -q")), "");
    assert_eq!(stderr(etl("status").env("LOG_LEVEL", "WARN")), "");
    assert!(
        stderr(etl("status --log-level info").env("LOG_LEVEL", "error")).contains("info: using")
    );
    assert_eq!(stderr(etl("status").env("RUST_LOG", "error").env("LOG_LEVEL", "debug")), "");
    assert!(stderr(etl("run --sandbox --migrate -v")).contains("debug: "));
}

#[test]
fn color_comes_only_where_it_was_asked_for() {
    let folder = crate::support::folder();
    let stderr = |words: &str, name: &str, value: &str| {
        let output =
            Etl::new().args("migrate").args(words).env(name, value).in_folder(folder.path()).run();
        let output = output.succeeds();
        assert!(!output.stdout.contains('\u{1b}'), "{}", output.stdout);
        output.stderr
    };
    assert!(stderr("--color always", "TERM", "xterm").contains('\u{1b}'), "nothing is tested");
    for (words, name) in [
        ("", "TERM"),
        ("--color auto", "NO_COLOR"),
        ("--color never", "CLICOLOR_FORCE"),
        ("", "NO_COLOR"),
    ] {
        let stderr = stderr(words, name, "1");
        assert!(!stderr.is_empty() && !stderr.contains('\u{1b}'), "{words} {name}: {stderr:?}");
    }
    let nonsense = Etl::new().args("nonsense").env("NO_COLOR", "1").run().exits(2);
    assert!(!nonsense.stderr.contains('\u{1b}'));
}

/// A role of the test's own; it goes with the value, together with all that it has.
struct Role<'a> {
    database: &'a Database,
    name: String,
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        let sql = format!("DROP OWNED BY \"{0}\" CASCADE; DROP ROLE \"{0}\"", self.name);
        let dropped = self.database.script(&sql);
        assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
    }
}

#[test]
fn a_password_of_any_characters_reaches_postgres_by_its_variables() {
    let Some(database) = Database::postgres() else { return };
    let url = database.url();
    let (host, name) = url.rsplit_once('@').unwrap().1.split_once('/').unwrap();
    let name = name.split('?').next().unwrap();
    let (host, port) = host.rsplit_once(':').unwrap_or((host, "5432"));
    let password = "p@ss:/w#%? ü";
    let role = Role { database: &database, name: format!("{name}@rôle") };
    let sql = format!(
        "CREATE ROLE \"{0}\" LOGIN PASSWORD '{password}'; GRANT ALL ON SCHEMA public TO \"{0}\"",
        role.name
    );
    database.script(&sql).unwrap();
    let etl = |words: &str, password: &str| {
        let etl = Etl::new().args(words).env("POSTGRES_HOST", host).env("POSTGRES_PORT", port);
        etl.env("POSTGRES_DB", name)
            .env("POSTGRES_USER", &role.name)
            .env("POSTGRES_PASSWORD", password)
    };
    let output = etl("run --sandbox --migrate", password).env("RUST_LOG", "trace").run().succeeds();
    assert!(!output.everything().contains(password));
    etl("status", password).run().succeeds();
    assert_eq!(database.value("SELECT count(*) FROM raw_launches"), "205");
    etl("status", "p@ss:/w#%?").run().exits(2).says("password authentication failed");
}

/// As far from UTC and from English as a machine can be.
fn elsewhere(etl: Etl) -> Etl {
    let etl = etl.env("TZ", "Asia/Kolkata").env("LANG", "tr_TR.UTF-8").env("LC_ALL", "tr_TR.UTF-8");
    etl.env("PGTZ", "America/St_Johns").env("PGDATESTYLE", "SQL, DMY")
}

on_both! {
    fn time_zone_and_language_change_nothing(database: Database) {
        let load = |etl: Etl, database: &Database| loads(etl.args("run --sandbox --migrate").database(database));
        let other = if database.is_postgres() { Database::postgres().unwrap() } else { Database::sqlite() };
        load(Etl::new(), &database);
        load(elsewhere(Etl::new()), &other);
        let columns = [
            "launch_id", "mission_name", "date_utc", "success", "payload_ids", "static_fire_date_utc",
            "total_payload_mass_kg", "fingerprint", "revision",
        ];
        assert_eq!(database.dump("raw_launches", &columns), other.dump("raw_launches", &columns));
        let figures = ["total_launches", "success_rate", "earliest_launch_date", "last_processed_launch_date", "average_delay_hours"];
        assert_eq!(database.dump("launch_aggregations", &figures), other.dump("launch_aggregations", &figures));
        for words in ["status", "status --format json", "trends", "trends --format json", "migrate status", "run --help", "status --nonsense"] {
            let here = Etl::new().args(words).database(&database).run().everything();
            let there = elsewhere(Etl::new()).args(words).database(&database).run().everything();
            assert_eq!(here, there, "{words}");
        }
    }
}

#[test]
fn trino_is_reached_by_the_proxy_and_the_authorities_of_the_surroundings() {
    let folder = crate::support::folder();
    let ask = |variable: &str, value: &str| {
        Etl::new()
            .args("query launch_sites --engine trino --trino-url https://trino.invalid:8443")
            .env(variable, value)
            .in_folder(folder.path())
            .run()
    };
    let said = "Trino at trino.invalid:8443 through the proxy 127.0.0.1:1 (set by HTTPS_PROXY)";
    let proxied = ask("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1").exits(75).says(said);
    assert!(!proxied.everything().contains("hunter2"));
    ask("ALL_PROXY", "socks5://127.0.0.1:1").exits(2).says("ALL_PROXY names a proxy of the kind");
    ask("SSL_CERT_FILE", "missing.pem").exits(2).says("SSL_CERT_FILE names missing.pem");
}

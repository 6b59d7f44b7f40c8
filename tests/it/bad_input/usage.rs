//! A command line or an environment that makes no sense.

use std::collections::BTreeSet;

use crate::support::Etl;

/// What is typed, and a part of what is said.
const NONSENSE: &[(&str, &str)] = &[
    ("run --nonsense", "--nonsense"),
    ("nonsense", "nonsense"),
    ("migrate nonsense", "nonsense"),
    ("run extra", "extra"),
    ("run --full --reconcile", "cannot be used with"),
    ("run --full --recompute", "cannot be used with"),
    ("run --reconcile --recompute", "cannot be used with"),
    ("status -v -q", "cannot be used with"),
    ("sandbox --launches 5 --data .", "cannot be used with"),
    ("run --lookback 30", "90s, 15m, 20h or 30d"),
    ("run --lookback=-5d", "90s, 15m, 20h or 30d"),
    ("run --reconcile-after soon", "90s, 15m, 20h or 30d"),
    ("run --wait=soon", "90s, 15m, 20h or 30d"),
    ("run --wait=", "--wait"),
    ("run --batch-size 0", "1..=10000"),
    ("run --batch-size=-1", "--batch-size"),
    ("run --batch-size many", "--batch-size"),
    ("run --page-size 0", "1..=10000"),
    ("run --api-timeout 0", "1..=3600"),
    ("run --format yaml", "text, json"),
    ("run --color sometimes", "auto, always, never"),
    ("run --log-level loud", "--log-level"),
    ("trends --limit 0", "--limit"),
    ("sandbox --port 99999", "--port"),
    ("quarantine", "list"),
    ("quarantine show", "ENTRY"),
];

#[test]
fn nonsense_is_refused_with_what_would_make_sense() {
    for (words, says) in NONSENSE {
        let output = Etl::new().args(words).run().exits(2).says(says);
        assert!(output.stdout.is_empty(), "{words}\n{}", output.everything());
    }
    Etl::new().run().exits(2).says("Usage: etl");
}

#[test]
fn nonsense_is_answered_in_json_where_json_was_asked_for() {
    let answer = |etl: Etl| etl.run().exits(2).json();
    for words in
        ["run --format json --nonsense", "run --nonsense --format=json", "--format json run extra"]
    {
        let answer = answer(Etl::new().args(words));
        assert_eq!(answer["status"], "failed", "{words}");
        assert_eq!(answer["error"]["kind"], "usage", "{words}");
        assert_eq!(answer["aggregations"]["status"], "skipped", "{words}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("unexpected argument") && !message.contains('\n'), "{message}");
    }
    let of_variable =
        answer(Etl::new().args("run").env("ETL_FORMAT", "json").env("BATCH_SIZE", "abc"));
    assert!(of_variable["error"]["message"].as_str().unwrap().contains("--batch-size"));
    let of_no_run = answer(Etl::new().args("--format json nonsense"));
    assert_eq!(of_no_run["error"]["kind"], "usage");
    assert!(of_no_run.get("aggregations").is_none());
}

#[test]
fn variables_that_make_no_sense_are_refused_by_name() {
    let run =
        |name: &str, value: &str| Etl::new().args("run --sandbox").env(name, value).run().exits(2);
    for (name, value, says) in [
        ("BATCH_SIZE", "0", "--batch-size"),
        ("BATCH_SIZE", "-1", "--batch-size"),
        ("BATCH_SIZE", "abc", "--batch-size"),
        ("ETL_LOOKBACK", "30", "--lookback"),
        ("ETL_FULL", "perhaps", "--full"),
        ("SPACEX_API_TIMEOUT", "-5", "--api-timeout"),
        ("LOG_LEVEL", "LOUD", "--log-level"),
    ] {
        run(name, value).says(says);
    }
    let port = |value: &str| {
        Etl::new().args("status").env("POSTGRES_HOST", "localhost").env("POSTGRES_PORT", value)
    };
    port("abc").run().exits(2).says("POSTGRES_PORT");
    port("99999").run().exits(2).says("POSTGRES_PORT");
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    let mut names = BTreeSet::new();
    for command in ["", "migrate", "run", "status", "trends", "quarantine list", "sandbox"] {
        let help = Etl::new().args(command).args("--help").run().succeeds().stdout;
        let found = help.split("[env: ").skip(1).filter_map(|rest| rest.split([']', '=']).next());
        names.extend(found.map(String::from));
    }
    for known in [
        "DATABASE_URL",
        "SPACEX_API_URL",
        "SPACEX_API_TIMEOUT",
        "BATCH_SIZE",
        "LOG_LEVEL",
        "ETL_FORMAT",
    ] {
        assert!(names.contains(known), "{known} is not in the help: {names:?}");
    }
    let unnamed = [
        "POSTGRES_USER",
        "POSTGRES_PASSWORD",
        "POSTGRES_DB",
        "POSTGRES_HOST",
        "POSTGRES_PORT",
        "RUST_LOG",
        "NO_COLOR",
    ];
    names.extend(unnamed.map(String::from));
    let folder = crate::support::folder();
    let etl = |words: &str| {
        let etl = Etl::new().args(words).in_folder(folder.path());
        names.iter().fold(etl, |etl, name| etl.env(name, ""))
    };
    let output = etl("run --sandbox").run().succeeds().says("using the SQLite file etl.db");
    assert!(output.stdout.starts_with("Initial load: fetched 205 launches\n"), "{}", output.stdout);
    for words in ["migrate", "migrate status", "status", "trends", "quarantine list"] {
        etl(words).run().succeeds();
    }
    // Without the sandbox it is the API's own address that is asked; here it is not reachable.
    let asked = etl("run --dry-run").env("HTTPS_PROXY", "http://127.0.0.1:1").run();
    asked.exits(3).says("proxy");
}

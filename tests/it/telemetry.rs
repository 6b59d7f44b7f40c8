//! What the outside is told of a run: the metrics file, the ping, and that neither makes a run fail.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::support::http_proxy::HttpProxy;
use crate::support::{Answer, Database, Etl, FaultServer, Output, Sandbox, folder};

/// Every sample of a file in the text format of Prometheus, whose rules it must keep.
#[track_caller]
fn samples(file: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(file).expect("the metrics were written");
    assert!(text.ends_with('\n'), "{text}");
    let mut samples = BTreeMap::new();
    let mut described: Vec<&str> = vec![];
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help text");
            assert!(!described.contains(&name) && help.ends_with('.'), "{line}");
            assert!(name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()), "{line}");
            assert_eq!(lines.next(), Some(format!("# TYPE {name} gauge").as_str()));
            described.push(name);
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        assert_eq!(described.last(), Some(&name), "{line}");
        let of_labels = |label: &str| label.contains("=\"") && label.ends_with('"');
        let labels = labels.strip_suffix('}').expect("an end of the labels");
        assert!(labels.is_empty() || labels.split(',').all(of_labels), "{line}");
        let value = value.parse().expect("a number");
        assert!(samples.insert(series.to_owned(), value).is_none(), "twice: {line}");
    }
    samples
}

fn etl(sandbox: &Sandbox, database: &Database, metrics: &Path) -> Etl {
    sandbox.etl(database, "run").arg("--metrics-file").arg(metrics)
}

on_both! {
    fn metrics_tell_of_the_run_and_of_the_database(database: Database) {
        let (sandbox, database, folder) = (Sandbox::start(), database.migrated(), folder());
        let file = folder.path().join("etl.prom");
        etl(&sandbox, &database, &file).run().succeeds();
        let first = samples(&file);
        for (series, value) in [
            ("etl_run_success", 1.0),
            ("etl_run_exit_code", 0.0),
            ("etl_run_launches{outcome=\"inserted\"}", 205.0),
            ("etl_run_api_calls", 1.0),
            ("etl_launches{state=\"flown\"}", 191.0),
            ("etl_launches{state=\"upcoming\"}", 14.0),
            ("etl_launches{state=\"vanished\"}", 0.0),
            ("etl_quarantine_open_entries", 0.0),
        ] {
            assert_eq!(first.get(series), Some(&value), "{series}: {first:?}");
        }
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "whoever collects it is another user");
        // Nothing new: a success and a check, but no change.
        etl(&sandbox, &database, &file).run().succeeds();
        let second = samples(&file);
        for later in ["etl_last_success_timestamp_seconds", "etl_last_check_timestamp_seconds"] {
            assert!(second[later] > first[later], "{later}");
        }
        let change = "etl_last_change_timestamp_seconds";
        assert_eq!(second[change].to_bits(), first[change].to_bits());
        assert_eq!(second["etl_run_launches{outcome=\"inserted\"}"].to_bits(), 0.0_f64.to_bits());
    }

    fn metrics_of_a_failed_run_keep_the_last_success(database: Database) {
        let (sandbox, database, folder) = (Sandbox::start(), database.migrated(), folder());
        let file = folder.path().join("etl.prom");
        etl(&sandbox, &database, &file).run().succeeds();
        let success = samples(&file);
        sandbox.faults(&json!({ "fault": "status", "status": 404, "times": "always" }));
        etl(&sandbox, &database, &file).run().exits(3);
        let failed = samples(&file);
        let nowhere = Etl::new().args("run --migrate").env("DATABASE_URL", "postgres://127.0.0.1:1/x");
        nowhere.env("ETL_METRICS_FILE", &file).run().exits(75);
        let unreachable = samples(&file);
        assert_eq!((failed["etl_run_exit_code"], unreachable["etl_run_exit_code"]), (3.0, 75.0));
        for (series, value) in &success {
            let is_kept = !series.starts_with("etl_run_");
            if is_kept {
                assert_eq!(failed.get(series), Some(value), "{series}");
                assert_eq!(unreachable.get(series), Some(value), "{series}");
            }
        }
        for run in [&failed, &unreachable] {
            assert_eq!(run.get("etl_run_success"), Some(&0.0));
        }
    }
}

#[test]
fn a_metrics_file_that_cannot_be_written_is_a_warning() {
    let (sandbox, database, folder) = (Sandbox::start(), Database::sqlite(), folder());
    let missing = folder.path().join("missing").join("etl.prom");
    for place in [missing.as_path(), folder.path()] {
        etl(&sandbox, &database, place).run().succeeds().says("warn: the metrics were not written");
    }
}

fn listening(status: &str) -> FaultServer {
    FaultServer::start(vec![Answer::http(status, &[], "")])
}

/// The ways that were asked for, without the body.
fn asked(server: &FaultServer) -> Vec<String> {
    let way = |request: &String| {
        request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned()
    };
    server.requests().iter().map(way).collect()
}

fn pinging(sandbox: &Sandbox, words: &str, url: &str) -> Output {
    sandbox.etl(&Database::sqlite(), words).env("ETL_PING_URL", url).run()
}

#[test]
fn a_switch_hears_of_the_start_and_of_the_outcome() {
    let (sandbox, server) = (Sandbox::start(), listening("200 OK"));
    let url = server.url().replace("/v4", "/key-5fe1");
    pinging(&sandbox, "run", &url).succeeds();
    assert_eq!(asked(&server), ["POST /key-5fe1/start", "POST /key-5fe1"]);
    let told = server.requests().pop().unwrap();
    assert!(told.contains(": 205 fetched, 205 inserted, "), "{told}");
    sandbox.faults(&json!({ "fault": "status", "status": 404, "times": "always" }));
    pinging(&sandbox, "run", &format!("{url}/?rid=1")).exits(3);
    assert_eq!(asked(&server)[2..], ["POST /key-5fe1/start?rid=1", "POST /key-5fe1/fail?rid=1"]);
    let told = server.requests().pop().unwrap();
    assert!(told.contains("exit code 3, api_status: "), "{told}");
    // Before there is a run, and where there is none to speak of.
    let nowhere = "run --database-url postgres://me:hunter2@127.0.0.1:1/x";
    Etl::new().args(nowhere).env("ETL_PING_URL", &url).run().exits(75);
    assert_eq!(asked(&server)[4..], ["POST /key-5fe1/start", "POST /key-5fe1/fail"]);
    assert!(!server.requests().concat().contains("hunter2"));
    pinging(&Sandbox::start(), "run --dry-run", &url).succeeds();
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_ping_that_does_not_arrive_is_one_warning_without_the_key() {
    let sandbox = Sandbox::start();
    let elsewhere = listening("200 OK");
    let location = format!("Location: {}", elsewhere.url());
    let answers = [
        (Answer::http("500 Oops", &[], ""), "status 500"),
        (Answer::http("302 Found", &[&location], ""), "status 302"),
        (Answer::Reset { after: vec![] }, "http://127.0.0.1: "),
    ];
    for (answer, words) in answers {
        let server = FaultServer::start(vec![answer]);
        let url = server.url().replace("/v4", "/key-5fe1");
        let output = pinging(&sandbox, "run -v", &url).succeeds();
        let warnings: Vec<&str> =
            output.stderr.lines().filter(|line| line.starts_with("warn: ")).collect();
        assert_eq!(warnings.len(), 1, "{}", output.stderr);
        assert!(
            warnings[0].contains("the ping did not arrive") && warnings[0].contains(words),
            "{warnings:?}"
        );
        assert!(!output.everything().contains("key-5fe1"), "{}", output.everything());
    }
    assert!(elsewhere.requests().is_empty(), "a redirect was followed");
}

#[test]
fn pings_and_lineage_go_by_the_proxy_of_the_surroundings() {
    let (sandbox, database) = (Sandbox::start(), Database::sqlite());
    let proxy = HttpProxy::answering("403 Forbidden");
    let telling = |around: &str| {
        sandbox
            .etl(&database, "run")
            .env("ETL_PING_URL", "https://switch.invalid/key-5fe1")
            .env("OPENLINEAGE_URL", "https://lineage.invalid")
            .env("HTTPS_PROXY", format!("http://me:hunter2@{}", proxy.address()))
            .env("NO_PROXY", around)
            .run()
            .succeeds()
    };
    let output = telling("").says("the ping did not arrive");
    assert!(!output.everything().contains("hunter2"), "{}", output.everything());
    let asked = proxy.asked().join("");
    assert!(asked.contains("CONNECT switch.invalid:443"), "{asked}");
    assert!(asked.contains("CONNECT lineage.invalid:443"), "{asked}");
    let asked = proxy.asked().len();
    telling(".invalid").says("the ping did not arrive");
    assert_eq!(proxy.asked().len(), asked, "NO_PROXY leads around it");
}

#[test]
fn nobody_waits_for_a_switch_that_does_not_answer() {
    let sandbox = Sandbox::start();
    let server = FaultServer::start(vec![Answer::Stall { after: vec![] }]);
    let output = pinging(&sandbox, "run", &server.url()).succeeds();
    output.says("the ping did not arrive: http://127.0.0.1 did not answer within 5 s");
}

#[test]
fn an_address_that_cannot_be_used_is_told_at_once() {
    let sandbox = Sandbox::start();
    let untold = "key-5fe1";
    for url in
        ["http://example.org/key-5fe1", "https://me:key-5fe1@h/", "ftp://h/key-5fe1", "key-5fe1"]
    {
        let output = pinging(&sandbox, "run", url).exits(2).says("ETL_PING_URL (--ping-url)");
        assert!(!output.everything().contains(untold), "{}", output.everything());
    }
    assert!(sandbox.requests().is_empty(), "it ran");
}

//! One run at a time on a database, and one kind of source in it.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Answer, Database, Etl, FaultServer, Sandbox};

on_both! {
    fn a_second_run_meanwhile_ends_at_once_and_names_the_first(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.run(&database, "");
        let before = database.all_but(&["pipeline_runs"]);
        sandbox.faults(&json!({ "fault": "stall", "times": "always" }));
        let first = sandbox.etl(&database, "run").spawn();
        sandbox.wait_for_requests(2);
        let running = "FROM pipeline_runs WHERE status = 'running'";
        let id = database.value(&format!("SELECT pipeline_run_id {running}"));
        let host = database.value(&format!("SELECT host {running}"));
        for words in ["run", "run --reconcile", "run --migrate", "run --recompute", "run --dry-run"]
        {
            let began = Instant::now();
            let output = sandbox.etl(&database, &format!("{words} --format json")).run().exits(75);
            assert!(began.elapsed() < Duration::from_secs(5), "{words}: {:?}", began.elapsed());
            let answer = output.json();
            assert_eq!(answer["error"]["kind"], "run_locked", "{words}");
            let message = answer["error"]["message"].as_str().unwrap();
            let holder = format!("run {id} on host {host}, process {}, since 20", first.pid());
            assert!(message.contains(&holder), "{words}: {message}");
        }
        assert_eq!(sandbox.requests().len(), 2, "the source was not asked");
        assert_eq!(first.kill().signal, Some(9));
        assert_eq!(database.all_but(&["pipeline_runs"]), before);
        database.wait_until_left();
        sandbox.no_more_faults();
        assert_eq!(sandbox.run(&database, "")["early_exit"], true);
        assert_eq!(
            database.value("SELECT count(*) FROM pipeline_runs"),
            "3",
            "who got no lock leaves no row"
        );
    }

    fn of_eight_runs_at_once_one_gets_the_database(database: Database) {
        let sandbox = Sandbox::start();
        sandbox.faults(&json!({ "fault": "stall", "times": "always" }));
        let runs: Vec<_> =
            (0..8).map(|_| sandbox.etl(&database, "run --migrate").spawn()).collect();
        sandbox.wait_for_requests(1);
        let holder =
            database.value("SELECT process_id FROM pipeline_runs WHERE status = 'running'");
        let (holders, others): (Vec<_>, Vec<_>) =
            runs.into_iter().partition(|run| run.pid().to_string() == holder);
        assert_eq!((holders.len(), others.len()), (1, 7));
        for other in others {
            other.wait().exits(75).says("another run has this database");
        }
        assert_eq!(sandbox.requests().len(), 1);
        for holder in holders {
            holder.signal("TERM");
            holder.wait().exits(143);
        }
        sandbox.no_more_faults();
        assert_eq!(sandbox.run(&database, "")["launches_inserted"], 205);
        assert_eq!(database.value("SELECT count(*) FROM pipeline_runs"), "2");
    }

    fn invented_launches_and_real_ones_never_meet(database: Database) {
        let sandbox = Sandbox::of(30);
        let (latest, query) = answers_of_an_api(&sandbox);
        let api =
            FaultServer::start(vec![latest.clone(), query.clone(), query.clone(), query, latest]);
        sandbox.run(&database, "");
        refuses(&database, api.url().as_str(), "go on with `etl run --sandbox`");
        let database = database.another();
        let run = |words: &str| {
            sandbox.etl(&database, words).env("SPACEX_API_URL", api.url()).run().succeeds()
        };
        run("run --migrate");
        refuses(&database, sandbox.url(), "`etl run --sandbox --database-url sandbox.db`");
        let answer = run("run --format json").json();
        assert_eq!(answer["early_exit"], true);
    }
}

/// The latest launch and the whole page, from a server that does not say that it is a sandbox.
fn answers_of_an_api(sandbox: &Sandbox) -> (Answer, Answer) {
    sandbox.run(&Database::sqlite(), "");
    let question = sandbox.requests()[0]["body"].as_str().unwrap().to_owned();
    let url = |path: &str| format!("{}/launches/{path}", sandbox.url());
    let latest = ureq::get(url("latest")).call();
    let page = ureq::post(url("query")).content_type("application/json").send(question);
    let [latest, page] = [latest, page].map(|answer| {
        let body = answer.unwrap().body_mut().read_to_string().unwrap();
        Answer::http("200 OK", &["Content-Type: application/json"], &body)
    });
    (latest, page)
}

/// Three runs of a call each: nothing comes of them.
#[track_caller]
fn refuses(database: &Database, source: &str, hint: &str) {
    let before = database.all_but(&["pipeline_runs"]);
    for words in ["run", "run --reconcile", "run --full --dry-run"] {
        let etl = Etl::new().args(words).args("--format json").database(database);
        let answer = etl.env("SPACEX_API_URL", source).run().exits(2).json();
        assert_eq!(answer["error"]["kind"], "wrong_source", "{words}");
        assert!(answer["error"]["hint"].as_str().unwrap().contains(hint), "{answer}");
    }
    assert_eq!(database.all_but(&["pipeline_runs"]), before);
}

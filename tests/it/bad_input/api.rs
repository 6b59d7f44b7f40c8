//! A source that keeps a run waiting while another one comes.

use std::thread;
use std::time::Duration;

use super::{Expected, faults, json_run, nothing_wrong};
use crate::support::{Answer, Etl, FaultServer};

on_both! {
    fn a_second_run_meanwhile_is_told_who_is_at_work(database: Database) {
        let server = FaultServer::start(vec![Answer::Stall { after: vec![] }]);
        let database = database.migrated();
        let first = Etl::new().args("run").database(&database).env("SPACEX_API_URL", server.url()).spawn();
        while server.requests().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        let pid = format!("process {}", first.pid());
        let expected = Expected { code: 75, kind: "run_locked", says: &["another run", "initial_", &pid, "since", "`etl status`"] };
        let output = json_run(&database).env("SPACEX_API_URL", server.url()).run();
        let wrong = faults(&output, &expected);
        nothing_wrong(vec![("locked".into(), wrong, output)]);
        let shown = Etl::new().args("status").database(&database).run().succeeds();
        assert!(shown.stdout.contains("running") && shown.stdout.contains(&pid), "{}", shown.stdout);
        first.kill();
        assert_eq!(database.value("SELECT count(*) FROM pipeline_runs"), "1", "a locked run has no row");
    }
}

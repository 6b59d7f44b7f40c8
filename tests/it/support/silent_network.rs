//! A network between `etl` and PostgreSQL that can fall silent: packets are swallowed, and nobody is told.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::Database;

pub(crate) struct SilentNetwork {
    process: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl SilentNetwork {
    /// Handing on, as yet. The machine must have `python3`.
    pub(crate) fn start(database: &Database) -> SilentNetwork {
        let url = database.url();
        let (login, place) = url.rsplit_once('@').expect("a user in the URL");
        let (server, name) = place.split_once('/').expect("a database in the URL");
        let (_, port) = server.rsplit_once(':').expect("a port in the URL");
        let mut process = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/silent_network.py"))
            .arg(port)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("piped"));
        let url = format!("{login}@127.0.0.1:{}/{name}", line(&mut stdout));
        SilentNetwork { process, stdout, url }
    }

    /// What a user would put into `DATABASE_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on nothing arrives, in either direction.
    #[track_caller]
    pub(crate) fn fall_silent(&mut self) {
        let mut stdin = self.process.stdin.as_ref().expect("piped");
        stdin.write_all(b"now\n").expect("it listens");
        assert_eq!(line(&mut self.stdout), "silent");
    }
}

fn line(stdout: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    line.trim().to_owned()
}

impl Drop for SilentNetwork {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

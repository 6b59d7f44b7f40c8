//! A PostgreSQL of one test alone, which speaks TLS.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::authority::Signed;

pub(crate) struct OwnServer {
    script: Child,
    url: String,
}

impl OwnServer {
    /// None, and said so, where no server is to be had, or none is wanted.
    pub(crate) fn start(signed: &Signed) -> Option<OwnServer> {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        if super::variable("ETL_TEST_POSTGRES_URL").is_none() {
            super::skip(&test, "ETL_TEST_POSTGRES_URL is not set (`scripts/test` starts a server)");
            return None;
        }
        let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres"))
            .args(["run", "--tls"])
            .arg(signed.folder())
            // Ends by itself also where nobody ends it.
            .args(["--", "sh", "-c", "echo \"$ETL_TEST_POSTGRES_URL\"; exec sleep 600"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the script starts");
        let mut url = String::new();
        let stdout = script.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut url).expect("a line");
        let server = OwnServer { script, url: url.trim().to_owned() };
        if server.url.is_empty() {
            super::skip(&test, "scripts/postgres could start no server of its own");
            return None;
        }
        Some(server)
    }

    /// Its address under this name, with these options.
    pub(crate) fn url(&self, host: &str, options: &str) -> String {
        format!("{}?{options}", self.url.replace("@127.0.0.1:", &format!("@{host}:")))
    }

    pub(crate) fn port(&self) -> &str {
        let port = self.url.rsplit_once(':').and_then(|(_, place)| place.split_once('/'));
        port.expect("a port").0
    }

    pub(crate) fn password(&self) -> &str {
        let login = self.url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
        let password = login.and_then(|(login, _)| login.split_once(':'));
        password.expect("a password").1
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // The script stops the server and takes its files away.
        let kill = Command::new("kill").args(["-TERM", &self.script.id().to_string()]).status();
        drop(kill);
        drop(self.script.wait());
    }
}

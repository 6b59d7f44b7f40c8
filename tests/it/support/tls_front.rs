//! A server that speaks TLS in front of the sandbox, with whatever certificate it is given.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::Sandbox;
use super::authority::Signed;

pub(crate) struct TlsFront {
    process: Child,
    port: u16,
}

impl TlsFront {
    /// False, and said so, where there is no `python3`.
    pub(crate) fn is_at_hand() -> bool {
        let is_there = Command::new("python3").arg("--version").output().is_ok();
        if !is_there {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            super::skip(&test, "python3 is not installed");
        }
        is_there
    }

    pub(crate) fn start(sandbox: &Sandbox, signed: &Signed) -> TlsFront {
        TlsFront::speaking("newest", sandbox, signed)
    }

    /// Nothing newer than TLS 1.1.
    pub(crate) fn start_old(sandbox: &Sandbox, signed: &Signed) -> TlsFront {
        TlsFront::speaking("old", sandbox, signed)
    }

    fn speaking(age: &str, sandbox: &Sandbox, signed: &Signed) -> TlsFront {
        let (_, port) = sandbox.address().split_once(':').expect("a port");
        let mut process = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/tls_front.py"))
            .args([signed.folder().join("server.crt"), signed.folder().join("server.key")])
            .args([port, age])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        TlsFront { process, port: line.trim().parse().expect("a port") }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What a user would put into `SPACEX_API_URL` to reach it under this name.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/v4", self.port)
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

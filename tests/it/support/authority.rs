//! A certificate authority of the test's own, made by `openssl`, and what it signs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

/// Nothing of the machine's own configuration.
const SETTINGS: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
";

/// An authority that nobody trusts who was not told to.
pub(crate) struct Authority {
    folder: TempDir,
}

/// A folder with `server.crt` and `server.key`.
pub(crate) struct Signed {
    folder: TempDir,
}

impl Authority {
    /// None, and said so, where there is no `openssl`.
    pub(crate) fn new() -> Option<Authority> {
        if Command::new("openssl").arg("version").output().is_err() {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            super::skip(&test, "openssl is not installed");
            return None;
        }
        let folder = super::folder();
        std::fs::write(folder.path().join("settings"), SETTINGS).expect("a file");
        let words = "req -x509 -config settings -extensions authority -newkey ec \
            -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2";
        openssl(folder.path(), words, &["-subj", "/CN=An authority for tests"]);
        Some(Authority { folder })
    }

    /// Its own certificate, for whoever trusts it.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// A certificate for these names (`DNS:localhost`), good for two days.
    pub(crate) fn sign(&self, names: &str) -> Signed {
        self.sign_for(names, 2)
    }

    /// Its own certificate, as a server would use it that knows no better.
    pub(crate) fn itself(&self) -> Signed {
        let signed = Signed { folder: super::folder() };
        for kind in ["crt", "key"] {
            let from = self.folder.path().join(format!("ca.{kind}"));
            std::fs::copy(from, signed.folder().join(format!("server.{kind}"))).expect("a copy");
        }
        signed
    }

    /// One that is over when this returns.
    pub(crate) fn sign_expired(&self, names: &str) -> Signed {
        let signed = self.sign_for(names, 0);
        sleep(Duration::from_millis(1_100));
        signed
    }

    fn sign_for(&self, names: &str, days: u32) -> Signed {
        let signed = super::folder();
        let (ours, theirs) = (self.folder.path().display(), signed.path());
        std::fs::write(theirs.join("names"), format!("subjectAltName = {names}\n"))
            .expect("a file");
        let request = format!(
            "req -new -config {ours}/settings -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
             -keyout server.key -out server.csr"
        );
        openssl(theirs, &request, &["-subj", "/CN=A server for tests"]);
        let sign = format!(
            "x509 -req -in server.csr -CA {ours}/ca.crt -CAkey {ours}/ca.key -set_serial {} \
             -days {days} -extfile names -out server.crt",
            fastrand::u32(1..)
        );
        openssl(theirs, &sign, &[]);
        Signed { folder: signed }
    }
}

impl Signed {
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn openssl(folder: &Path, words: &str, more: &[&str]) {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(words.split_whitespace()).args(more);
    let output = command.output().expect("openssl starts");
    assert!(output.status.success(), "{words}\n{}", String::from_utf8_lossy(&output.stderr));
}

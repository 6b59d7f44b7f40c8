//! A real browser without a screen: what it makes of a page, what it complains of, whom it asks for more.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What became of a page.
pub(crate) struct Visit {
    /// The document as the browser has it, written down again.
    pub(crate) document: String,
    /// What it told whoever looks at the console.
    pub(crate) console: Vec<String>,
    /// The addresses that the page made it ask; what the browser asks by itself does not count.
    pub(crate) asked: Vec<String>,
}

/// None, and said so, where no Chromium is installed.
fn find() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders = ["/usr/local/bin", "/usr/bin", "/bin"];
    let all = folders.iter().flat_map(|folder| names.map(|name| Path::new(folder).join(name)));
    let found = all.into_iter().find(|path| path.is_file());
    if found.is_none() {
        super::skip("the report in a browser", "Chromium is not installed");
    }
    found
}

/// Opens a file.
pub(crate) fn visit(page: &Path) -> Option<Visit> {
    let browser = find()?;
    let own = super::folder();
    let log = own.path().join("network.json");
    let output = Command::new("timeout")
        .args(["--kill-after=5", "120"])
        .arg(browser)
        // Its sandbox wants a user and a kernel of its own liking; what it opens here is ours.
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
        .args(["--disable-dev-shm-usage", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-extensions"])
        // It calls its makers by itself: not from here.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        .args(["--enable-logging=stderr", "--v=0", "--dump-dom"])
        .arg(format!("--user-data-dir={}", own.path().join("profile").display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("file://{}", page.display()))
        .env("HOME", own.path())
        .stdin(Stdio::null())
        .output()
        .expect("timeout starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "the browser failed: {told}");
    let console = told.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned);
    Some(Visit {
        document: String::from_utf8(output.stdout).expect("UTF-8"),
        console: console.collect(),
        asked: asked(&std::fs::read_to_string(&log).expect("a log of the network")),
    })
}

fn asked(log: &str) -> Vec<String> {
    let log: Value = serde_json::from_str(log).expect("a log in JSON");
    let start = &log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"];
    assert!(start.is_number(), "the log has no word for a request");
    let events = log["events"].as_array().expect("events").iter();
    let by_page = events.filter(|event| {
        let initiator = &event["params"]["initiator"];
        event["type"] == *start && initiator.is_string() && initiator != "not an origin"
    });
    by_page.map(|event| event["params"]["url"].to_string()).collect()
}

//! What users see, frozen under `snapshots/`: the same file for both backends.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

/// Freezes a text under a name: `freeze!("status__fresh", output.everything())`.
macro_rules! freeze {
    ($name:expr, $text:expr $(,)?) => {
        $crate::support::snapshot::settings().bind(|| insta::assert_snapshot!($name, $text))
    };
}

/// Where the files are, and what is masked in them because it changes from run to run.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(&run_id(), "${kind}_[run]");
    // Dates of launches must show: only instants around the clock of this machine are masked.
    settings.add_filter(&instant(), "[now]");
    settings.add_filter(r#"(_seconds"?: ?)\d+(\.\d+)?"#, "${1}[seconds]");
    settings.add_filter(r"\b(in|after|for) \d+(\.\d+)? ?(ms|s|seconds)\b", "${1} [duration]");
    settings.add_filter(r"(127\.0\.0\.1|localhost|\[::1\]):\d{2,5}\b", "${1}:[port]");
    settings.add_filter(r"\betl_test_[0-9a-z_]+\b", "[database]");
    settings.add_filter(r"[^\s\x22']*/etl-test-[0-9A-Za-z]+", "[folder]");
    settings.add_filter(r"\b(process|pid)(\x22?:? ?)\d+\b", "${1}${2}[process]");
    settings.add_filter(r#""process_id":\d+"#, r#""process_id":"[process]""#);
    settings.add_filter(r#""host":"[^"]*""#, r#""host":"[host]""#);
    let version = env!("CARGO_PKG_VERSION").replace('.', r"\.");
    settings.add_filter(&format!(r"\betl([ /]){version}\b"), "etl${1}[version]");
    settings
}

fn run_id() -> String {
    r"\b(?<kind>initial|pipeline|reconcile|full|backfill|recompute|replay)_\d{8}_\d{6}_[0-9a-f]{8}\b".into()
}

fn instant() -> String {
    let day = Duration::from_hours(24);
    let now = SystemTime::now();
    let days = [now - day, now, now + day]
        .map(|at| DateTime::<Utc>::from(at).format("%Y-%m-%d").to_string());
    format!(r"\b({})[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| ?UTC|\+00(:00)?)?", days.join("|"))
}

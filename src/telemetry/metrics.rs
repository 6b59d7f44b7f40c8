//! The text format of Prometheus, in a file that its node exporter collects.
//!
//! Where the database could not be asked, what the file said of it stays: an alert on the age of the last success
//! needs the figure most when nothing works.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Ended, Standing};
use crate::report::atomic_file::{AtomicFile, FileError};

/// A metric with its samples, each a label in braces (or nothing) and a value.
struct Family {
    name: &'static str,
    help: &'static str,
    samples: Vec<(String, String)>,
}

pub(super) fn write(
    file: &Path,
    ended: &Ended,
    duration: Duration,
    now: DateTime<Utc>,
) -> Result<(), FileError> {
    let before = std::fs::read_to_string(file).unwrap_or_default();
    let mut out = AtomicFile::create_readable(file)?;
    let text = text(ended, duration, now, &before);
    out.write_all(text.as_bytes()).map_err(|error| out.failed(error))?;
    out.put_in_place()
}

fn text(ended: &Ended, duration: Duration, now: DateTime<Utc>, before: &str) -> String {
    let mut families = of_the_run(ended, duration, now);
    let standing = match &ended.standing {
        Some(standing) => of_the_database(standing),
        None => of_the_database(&Standing::default())
            .into_iter()
            .map(|family| family.kept(before))
            .collect(),
    };
    families.extend(standing);
    families.iter().map(Family::written).collect()
}

fn of_the_run(ended: &Ended, duration: Duration, now: DateTime<Utc>) -> Vec<Family> {
    let summary = ended.summary.as_ref();
    let (counts, usage) = summary.map(|run| (run.counts, run.usage)).unwrap_or_default();
    let of = |outcome: &str, count: u64| (format!("{{outcome=\"{outcome}\"}}"), count.to_string());
    vec![
        Family {
            name: "etl_build_info",
            help: "The version of etl that wrote this.",
            samples: vec![(
                concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}").to_owned(),
                "1".to_owned(),
            )],
        },
        Family::one(
            "etl_run_success",
            "Whether the last run succeeded.",
            &u8::from(ended.is_success()),
        ),
        Family::one("etl_run_exit_code", "Exit code of the last run.", &ended.exit_code),
        Family::one(
            "etl_run_finished_timestamp_seconds",
            "When the last run ended.",
            &seconds(now),
        ),
        Family::one(
            "etl_run_duration_seconds",
            "How long the last run took, waiting for the database included.",
            &duration.as_secs_f64(),
        ),
        Family::one("etl_run_api_calls", "Requests to the API by the last run.", &usage.calls),
        Family::one(
            "etl_run_api_retries",
            "Requests to the API that the last run tried again.",
            &usage.retries,
        ),
        Family::one(
            "etl_run_received_bytes",
            "Bytes of answers that the last run received.",
            &usage.bytes,
        ),
        Family {
            name: "etl_run_launches",
            help: "Launches of the last run, by what became of them.",
            samples: vec![
                of("fetched", counts.fetched),
                of("inserted", counts.inserted),
                of("updated", counts.updated),
                of("unchanged", counts.unchanged),
                of("vanished", counts.deleted),
                of("restored", counts.restored),
                of("quarantined", counts.quarantined),
            ],
        },
    ]
}

fn of_the_database(standing: &Standing) -> Vec<Family> {
    let launches = |state: &str, count: i64| (format!("{{state=\"{state}\"}}"), count.to_string());
    vec![
        Family {
            name: "etl_launches",
            help: "Launches in the database.",
            samples: vec![
                launches("flown", standing.flown),
                launches("upcoming", standing.upcoming),
                launches("vanished", standing.vanished),
            ],
        },
        Family::one(
            "etl_quarantine_open_entries",
            "Documents that broke a rule and wait in quarantine.",
            &standing.open_quarantine,
        ),
        Family::instant(
            "etl_last_success_timestamp_seconds",
            "When a run last succeeded.",
            standing.last_success,
        ),
        Family::instant(
            "etl_last_check_timestamp_seconds",
            "When the source was last asked.",
            standing.last_check,
        ),
        Family::instant(
            "etl_last_change_timestamp_seconds",
            "When a launch last changed.",
            standing.last_change,
        ),
        Family::instant(
            "etl_last_reconcile_timestamp_seconds",
            "When everything was last compared with the source.",
            standing.last_reconcile,
        ),
        Family::instant(
            "etl_watermark_timestamp_seconds",
            "Date of the latest launch that has flown and is loaded.",
            standing.watermark,
        ),
    ]
}

impl Family {
    fn one(name: &'static str, help: &'static str, value: &dyn ToString) -> Self {
        Self { name, help, samples: vec![(String::new(), value.to_string())] }
    }

    /// What never was has no sample.
    fn instant(name: &'static str, help: &'static str, at: Option<DateTime<Utc>>) -> Self {
        let samples = at.map(|at| (String::new(), seconds(at))).into_iter().collect();
        Self { name, help, samples }
    }

    /// With the samples that the file had.
    fn kept(self, before: &str) -> Self {
        let sample = |line: &str| {
            let (labels, value) = line.strip_prefix(self.name)?.rsplit_once(' ')?;
            let is_ours = labels.is_empty() || labels.starts_with('{') && labels.ends_with('}');
            let is_number = value.parse::<f64>().is_ok();
            (is_ours && is_number).then(|| (labels.to_owned(), value.to_owned()))
        };
        Self { samples: before.lines().filter_map(sample).collect(), ..self }
    }

    fn written(&self) -> String {
        let Self { name, help, samples } = self;
        if samples.is_empty() {
            return String::new();
        }
        let mut text = format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (labels, value) in samples {
            // Writing to a String does not fail.
            writeln!(text, "{name}{labels} {value}").unwrap_or_default();
        }
        text
    }
}

fn seconds(at: DateTime<Utc>) -> String {
    format!("{}.{:03}", at.timestamp(), at.timestamp_subsec_millis())
}

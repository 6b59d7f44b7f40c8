//! What the outside is told of a run: metrics in a file, a ping to a dead-man's switch, events of lineage.
//!
//! Whatever stands in the way of that is a warning; the run goes on, and ends as it would have.

mod lineage;
mod metrics;
mod ping;
mod post;
mod standing;

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::model::failure::Failure;
use crate::model::run::{RunId, RunSummary};
use crate::model::telemetry::TelemetrySettings;
use lineage::Lineage;
use ping::Ping;
pub(crate) use post::Unusable;
pub(crate) use standing::Standing;

/// A run that is told of.
pub(crate) struct Telemetry {
    began: Instant,
    metrics_file: Option<PathBuf>,
    ping: Option<Ping>,
    lineage: Option<Lineage>,
    /// The beginning on its way to those who want to know, while the run is on its own.
    start: Option<JoinHandle<()>>,
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) exit_code: u8,
    /// As long as it came to one.
    pub(crate) summary: Option<RunSummary>,
    pub(crate) failure: Option<Failure>,
    /// What the database holds by now, if it could be asked.
    pub(crate) standing: Option<Standing>,
}

impl Ended {
    fn is_success(&self) -> bool {
        self.exit_code == 0
    }

    fn run_id(&self) -> Option<&str> {
        self.summary.as_ref()?.run_id.as_ref().map(RunId::as_str)
    }
}

impl Telemetry {
    /// Refuses an address that cannot be used, before there is anything to tell.
    pub(crate) fn open(settings: TelemetrySettings) -> Result<Self, Unusable> {
        let ping = settings.ping_url.as_ref().map(|url| Ping::open(url, &settings.network));
        let lineage = settings.lineage.map(|lineage| Lineage::open(lineage, &settings.network));
        Ok(Self {
            began: Instant::now(),
            metrics_file: settings.metrics_file,
            ping: ping.transpose()?,
            lineage: lineage.transpose()?,
            start: None,
        })
    }

    /// Whether the database is to be asked what it holds by now.
    pub(crate) fn wants_standing(&self) -> bool {
        self.metrics_file.is_some()
    }

    /// Tells that a run begins, without waiting for anybody to hear it.
    pub(crate) fn begin(&mut self, clock: &Clock) {
        let (ping, lineage, now) = (self.ping.clone(), self.lineage.clone(), clock.now());
        if ping.is_none() && lineage.is_none() {
            return;
        }
        let tell = move || {
            if let Some(ping) = ping {
                ping.start();
            }
            if let Some(lineage) = lineage {
                lineage.start(now);
            }
        };
        let thread = std::thread::Builder::new().name("etl-telemetry".to_owned()).spawn(tell);
        self.start = thread
            .inspect_err(|error| log::warn!("the beginning of the run was not told: {error}"))
            .ok();
    }

    /// Tells how it ended; the beginning is told before.
    pub(crate) fn end(self, ended: &Ended, clock: &Clock) {
        let (duration, now) = (self.began.elapsed(), clock.now());
        if let Some(file) = &self.metrics_file
            && let Err(error) = metrics::write(file, ended, duration, now)
        {
            log::warn!("the metrics were not written: {error}");
        }
        if let Some(start) = self.start {
            // A panic of it has been told, and changes nothing for what follows.
            start.join().unwrap_or_default();
        }
        if let Some(ping) = &self.ping {
            ping.end(ended);
        }
        if let Some(lineage) = &self.lineage {
            lineage.end(ended, now);
        }
    }
}

/// One line that says how a run ended.
fn in_a_line(ended: &Ended) -> String {
    let run = ended.run_id().map(|id| format!("{id}: ")).unwrap_or_default();
    match (&ended.failure, &ended.summary) {
        (Some(failure), _) => {
            let Failure { kind, message, .. } = failure;
            format!("{run}exit code {}, {kind}: {message}", ended.exit_code)
        }
        (None, Some(RunSummary { counts, .. })) => format!(
            "{run}{} fetched, {} inserted, {} updated, {} vanished, {} quarantined",
            counts.fetched, counts.inserted, counts.updated, counts.deleted, counts.quarantined
        ),
        (None, None) => format!("exit code {}", ended.exit_code),
    }
}

/// Nobody waits longer to be heard.
const PATIENCE: Duration = Duration::from_secs(5);

//! `OpenLineage` events of a run: where the launches came from, and into which tables they went.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::post::{Post, Unusable};
use super::{Ended, in_a_line};
use crate::model::settings::Network;
use crate::model::telemetry::{LineagePlace, LineageSettings};
use crate::secret::redacted;

const PRODUCER: &str = concat!("urn:etl:", env!("CARGO_PKG_VERSION"));
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const ERROR_MESSAGE: &str = "https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet";
const TAGS: &str = "https://openlineage.io/spec/facets/1-0-0/TagsRunFacet.json#/$defs/TagsRunFacet";

/// What a run may write.
const TABLES: [&str; 7] = [
    "raw_launches",
    "raw_launch_revisions",
    "quarantined_launches",
    "payloads",
    "launchpads",
    "rockets",
    "launch_aggregations",
];

/// Where the events of one run go.
#[derive(Clone)]
pub(super) struct Lineage {
    settings: LineageSettings,
    /// The way to a server, where it is one.
    post: Option<Post>,
    /// The run, as `OpenLineage` names it; ours is known only later, and stands in a tag.
    run: String,
}

impl Lineage {
    pub(super) fn open(settings: LineageSettings, network: &Network) -> Result<Self, Unusable> {
        let post = match &settings.place {
            LineagePlace::File(_) => None,
            LineagePlace::Url(url) => {
                Some(Post::open(url, "ETL_LINEAGE (--lineage) or OPENLINEAGE_URL", network)?)
            }
        };
        Ok(Self { settings, post, run: uuid(fastrand::u128(..)) })
    }

    pub(super) fn start(&self, now: DateTime<Utc>) {
        self.tell(&self.event("START", now, &Map::new()));
    }

    pub(super) fn end(&self, ended: &Ended, now: DateTime<Utc>) {
        let mut facets = Map::new();
        if let Some(id) = ended.run_id() {
            let tag = json!({ "key": "pipeline_run_id", "value": id, "source": "etl" });
            let tags = json!({ "_producer": PRODUCER, "_schemaURL": TAGS, "tags": [tag] });
            facets.insert("tags".to_owned(), tags);
        }
        if ended.is_success() {
            return self.tell(&self.event("COMPLETE", now, &facets));
        }
        let message = json!({
            "_producer": PRODUCER,
            "_schemaURL": ERROR_MESSAGE,
            "message": redacted(&in_a_line(ended)),
            "programmingLanguage": "Rust",
        });
        facets.insert("errorMessage".to_owned(), message);
        self.tell(&self.event("FAIL", now, &facets));
    }

    fn event(&self, kind: &str, now: DateTime<Utc>, facets: &Map<String, Value>) -> Value {
        let LineageSettings { input, output, job_namespace, .. } = &self.settings;
        let table = |table: &&str| json!({ "namespace": output.namespace, "name": format!("{}{table}", output.name) });
        json!({
            "eventType": kind,
            "eventTime": now.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            "producer": PRODUCER,
            "schemaURL": EVENT,
            "run": { "runId": self.run, "facets": facets },
            "job": { "namespace": job_namespace, "name": "etl.run" },
            "inputs": [{ "namespace": input.namespace, "name": input.name }],
            "outputs": TABLES.iter().map(table).collect::<Vec<_>>(),
        })
    }

    fn tell(&self, event: &Value) {
        let LineageSettings { place, api_key, .. } = &self.settings;
        let told = match (place, &self.post) {
            (LineagePlace::Url(url), Some(post)) => {
                post.send(url.expose(), "application/json", api_key.as_ref(), &event.to_string())
            }
            (LineagePlace::File(file), _) => {
                append(file, event).map_err(|error| format!("{}: {error}", file.display()))
            }
            (LineagePlace::Url(_), None) => Ok(()),
        };
        if let Err(why) = told {
            log::warn!("the {} event of lineage did not arrive: {why}", event["eventType"]);
        }
    }
}

/// In one write, so that the lines of two processes do not mix.
fn append(file: &Path, event: &Value) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(format!("{event}\n").as_bytes())
}

/// The form of a UUID of version 4, by which nothing is told but the difference.
fn uuid(random: u128) -> String {
    let bits = random & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let (first, rest) = hex.split_at(8);
    let (second, rest) = rest.split_at(4);
    let (third, rest) = rest.split_at(4);
    let (fourth, last) = rest.split_at(4);
    format!("{first}-{second}-{third}-{fourth}-{last}")
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn version_and_variant_stand_where_they_belong() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}

//! Model and database side by side, as lines of text that must be the same.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::model::{Model, Version};
use crate::support::Database;

pub(crate) fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(null, |at| at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

fn null() -> String {
    "NULL".to_owned()
}

fn or_null(value: Option<impl ToString>) -> String {
    value.map_or_else(null, |value| value.to_string())
}

impl Model {
    /// What the database must hold, in the lines of `observed`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, versions) in &self.launches {
            for (number, version) in (1..).zip(versions) {
                let table = if number == versions.len() { "launch" } else { "former" };
                lines.push(format!("{table}|{id}|{number}|{}", version.line()));
            }
        }
        for entry in &self.quarantine {
            let id = or_null(entry.launch.as_ref());
            let resolution = or_null(entry.resolution);
            lines.push(format!("quarantine|{id}|{resolution}|{}", entry.broken.join(" ")));
        }
        for (number, snapshot) in (1..).zip(&self.snapshots) {
            lines.push(format!("figures|{number}|{snapshot}"));
        }
        for (number, (kind, status)) in (1..).zip(&self.runs) {
            lines.push(format!("run|{number}|{kind}|{status}"));
        }
        if self.loaded || self.load.is_some() {
            let (loaded, due) = (u8::from(self.loaded), u8::from(self.reconcile_due));
            let cursor = or_null(self.load.as_ref().map(|load| &load.cursor));
            lines.push(format!("state|{}|{loaded}|{due}|{cursor}", instant(self.watermark)));
        }
        lines.sort();
        lines
    }
}

impl Version {
    fn line(&self) -> String {
        let launch = &self.launch;
        [
            u8::from(self.deleted).to_string(),
            launch.name.clone(),
            instant(Some(launch.date)),
            or_null(launch.success.map(u8::from)),
            json!(launch.payloads).to_string(),
            or_null(launch.pad.as_ref()),
            instant(launch.static_fire),
            or_null(launch.mass.map(|mass| format!("{}.{:02}", mass / 100, mass % 100))),
            u8::from(launch.upcoming).to_string(),
            launch.number.to_string(),
            or_null(launch.rocket.as_ref()),
            launch.precision.clone(),
            self.without_mass.to_string(),
        ]
        .join("|")
    }
}

const VERSION: &str = "mission_name @date_utc success payload_ids launchpad_id \
    @static_fire_date_utc .total_payload_mass_kg upcoming flight_number rocket_id date_precision \
    payloads_without_mass";

/// What the database holds, as it is.
pub(crate) fn observed(database: &Database) -> Vec<String> {
    let columns = |words: &str| columns(database, words);
    let version = columns(VERSION);
    let deleted = "CASE WHEN deleted_at IS NULL THEN '0' ELSE '1' END";
    let figures = columns(
        "snapshot_type launches_added_in_batch @last_processed_launch_date total_launches \
         total_successful_launches total_failed_launches total_upcoming_launches .success_rate \
         .completed_success_rate @earliest_launch_date @latest_launch_date total_launch_sites \
         .average_payload_mass_kg .average_delay_hours",
    );
    let number = "CAST(row_number() OVER (ORDER BY id) AS text)";
    let flag = |is: &str| format!("CASE WHEN {is} THEN '1' ELSE '0' END");
    let sql = [
        version_sql("launch", "raw_launches", deleted, &version),
        version_sql("former", "raw_launch_revisions", deleted, &version),
        format!("SELECT 'figures|' || {number} || '|' || {figures} FROM launch_aggregations"),
        format!("SELECT 'run|' || {number} || '|' || kind || '|' || status FROM pipeline_runs"),
        format!(
            "SELECT 'quarantine|' || {} || '|' || CAST(breaches AS text) FROM quarantined_launches",
            columns("launch_id resolution")
        ),
        format!(
            "SELECT 'state|' || {} || '|' || {} || '|' || {} || '|' || {} FROM ingestion_state",
            columns("@watermark"),
            flag("initial_load_completed_at IS NOT NULL"),
            flag("reconcile_due OR (last_reconciled_at IS NULL AND load_cursor IS NULL)"),
            columns("load_cursor"),
        ),
    ];
    let mut lines = database.rows(&sql.join(" UNION ALL "));
    for line in &mut lines {
        if line.starts_with("quarantine|") {
            *line = with_codes(line);
        } else if database.is_postgres() {
            *line = line.replace("\", \"", "\",\"");
        }
    }
    lines.sort();
    lines
}

fn version_sql(name: &str, table: &str, deleted: &str, version: &str) -> String {
    format!(
        "SELECT '{name}|' || launch_id || '|' || CAST(revision AS text) || '|' || {deleted}
            || '|' || {version} FROM {table}"
    )
}

/// Columns as one text; a word begins with `@` for an instant and with `.` for a number of two decimals.
fn columns(database: &Database, words: &str) -> String {
    let column = |word: &str| {
        let name = word.trim_start_matches(['@', '.']);
        let text = match (word.chars().next(), database.is_postgres()) {
            (Some('@'), true) => {
                format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            }
            (Some('.'), false) => {
                format!("CASE WHEN {name} IS NOT NULL THEN printf('%.2f', {name}) END")
            }
            (_, true) if ["success", "upcoming"].contains(&name) => {
                format!("CAST(CAST({name} AS int) AS text)")
            }
            _ => format!("CAST({name} AS text)"),
        };
        format!("COALESCE({text}, 'NULL')")
    };
    words.split_whitespace().map(column).collect::<Vec<_>>().join(" || '|' || ")
}

/// The rules alone, without what the messages say.
fn with_codes(line: &str) -> String {
    let (head, breaches) = line.split_at(line.find("|[").map_or(line.len(), |at| at + 1));
    let breaches: Vec<Value> = serde_json::from_str(breaches).unwrap_or_default();
    let word = |breach: &Value, key: &str| breach[key].as_str().unwrap_or_default().to_owned();
    let mut codes: Vec<String> =
        breaches.iter().map(|b| format!("{}:{}", word(b, "field"), word(b, "code"))).collect();
    codes.sort();
    format!("{head}{}", codes.join(" "))
}

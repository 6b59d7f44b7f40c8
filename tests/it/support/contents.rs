//! What a database holds, taken down to be compared: with itself later, or with another one.

use super::Database;

/// Every table of ours.
pub(crate) const TABLES: [&str; 9] = [
    "raw_launches",
    "raw_launch_revisions",
    "launch_aggregations",
    "ingestion_state",
    "pipeline_runs",
    "quarantined_launches",
    "payloads",
    "launchpads",
    "rockets",
];

const TRACKED: [&str; 11] = [
    "mission_name",
    "date_utc",
    "success",
    "payload_ids",
    "launchpad_id",
    "static_fire_date_utc",
    "total_payload_mass_kg",
    "upcoming",
    "flight_number",
    "rocket_id",
    "date_precision",
];

const FIGURES: [&str; 12] = [
    "total_launches",
    "total_successful_launches",
    "total_failed_launches",
    "total_upcoming_launches",
    "success_rate",
    "completed_success_rate",
    "earliest_launch_date",
    "latest_launch_date",
    "total_launch_sites",
    "last_processed_launch_date",
    "average_payload_mass_kg",
    "average_delay_hours",
];

impl Database {
    /// All rows of a table, to the last column, as this backend writes them.
    pub(crate) fn whole(&self, table: &str) -> Vec<String> {
        let row = if self.is_postgres() {
            "CAST(t AS text)".to_owned()
        } else {
            let columns =
                self.rows(&format!("SELECT name FROM pragma_table_info('{table}')")).join(", ");
            format!("json_array({columns})")
        };
        let mut rows = self.rows(&format!("SELECT {row} FROM {table} AS t"));
        rows.sort();
        rows
    }

    /// All rows of all tables but some.
    pub(crate) fn all_but(&self, tables: &[&str]) -> Vec<(&'static str, Vec<String>)> {
        let wanted = TABLES.into_iter().filter(|table| !tables.contains(table));
        wanted.map(|table| (table, self.whole(table))).collect()
    }

    /// The launches as they are now, without runs and instants.
    pub(crate) fn current(&self) -> Vec<String> {
        let columns =
            [&["launch_id"], &TRACKED[..], &["payloads_without_mass", "fingerprint", "revision"]];
        self.dump("raw_launches", &columns.concat())
    }

    pub(crate) fn tombstones(&self) -> Vec<String> {
        self.rows(
            "SELECT launch_id FROM raw_launches WHERE deleted_at IS NOT NULL ORDER BY launch_id",
        )
    }

    /// Every former version of every launch, without runs and instants.
    pub(crate) fn former(&self) -> Vec<String> {
        self.versions("raw_launch_revisions")
    }

    /// The current versions in the same columns.
    pub(crate) fn latest_versions(&self) -> Vec<String> {
        self.versions("raw_launches")
    }

    fn versions(&self, table: &str) -> Vec<String> {
        self.dump(table, &[&["launch_id", "revision"], &TRACKED[..]].concat())
    }

    pub(crate) fn open_quarantine(&self) -> Vec<String> {
        self.rows(
            "SELECT COALESCE(launch_id, 'no id') || ' ' || content_sha256 || ' ' || document
             FROM quarantined_launches WHERE resolved_at IS NULL ORDER BY 1",
        )
    }

    /// Every snapshot of the figures, the oldest first.
    pub(crate) fn snapshots(&self) -> Vec<String> {
        let columns = [&["id", "snapshot_type", "launches_added_in_batch"], &FIGURES[..]].concat();
        let mut snapshots = self.dump("launch_aggregations", &columns);
        snapshots
            .sort_by_key(|line| line.split(" | ").next().and_then(|id| id.parse::<i64>().ok()));
        snapshots
    }

    /// The latest figures, without the number and the kind of their snapshot.
    pub(crate) fn latest_figures(&self) -> String {
        let latest = self.snapshots().pop().expect("a snapshot");
        latest.splitn(4, " | ").nth(3).expect("figures").to_owned()
    }

    /// What analysts read, however many runs it took to come there.
    pub(crate) fn truth(&self) -> Vec<String> {
        [
            self.current(),
            self.tombstones(),
            self.former(),
            self.open_quarantine(),
            self.dump("payloads", &["payload_id", "name", "mass_kg"]),
            self.dump("launchpads", &["launchpad_id", "name"]),
            self.dump("rockets", &["rocket_id", "name"]),
            vec![self.latest_figures()],
            self.dump("ingestion_state", &["source_kind", "fingerprint_version", "watermark"]),
        ]
        .concat()
    }

    /// What changed of a launch with a revision: `field: old -> new`.
    pub(crate) fn changes(&self, launch_id: &str, revision: u32) -> Vec<String> {
        self.rows(&format!(
            "SELECT field || ': ' || COALESCE(old_value, 'NULL') || ' -> '
                || COALESCE(new_value, 'NULL') FROM launch_changes
             WHERE launch_id = '{launch_id}' AND revision = {revision} ORDER BY field"
        ))
    }

    pub(crate) fn revision(&self, launch_id: &str) -> u32 {
        let sql = format!("SELECT revision FROM raw_launches WHERE launch_id = '{launch_id}'");
        self.value(&sql).parse().expect("a revision")
    }

    /// Fails unless every version is there, and each begins where the one before ended.
    #[track_caller]
    pub(crate) fn assert_gapless(&self) {
        let versions = self.value("SELECT count(*) FROM launch_versions");
        assert_eq!(versions, self.value("SELECT sum(revision) FROM raw_launches"));
        let joined = "FROM launch_versions a JOIN launch_versions b
            ON b.launch_id = a.launch_id AND b.revision = a.revision + 1";
        let former = self.value("SELECT count(*) FROM raw_launch_revisions");
        assert_eq!(self.value(&format!("SELECT count(*) {joined}")), former);
        let gaps = format!(
            "SELECT a.launch_id {joined}
             WHERE a.valid_to <> b.valid_from OR a.valid_from >= a.valid_to"
        );
        assert_eq!(self.rows(&gaps), Vec::<String>::new());
        let open = "SELECT launch_id FROM launch_versions WHERE valid_to IS NULL";
        let current = self.value("SELECT count(*) FROM raw_launches");
        assert_eq!(self.rows(open).len().to_string(), current);
    }
}

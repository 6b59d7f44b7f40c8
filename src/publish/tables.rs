//! The published tables: their columns, keys and sources, and the statements that write them.

use super::changes::Changes;
use crate::model::settings::Schema;
use crate::trino::analytics::{literal, quoted};

/// A table of the lake.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) key: &'static [&'static str],
    /// All columns, the key's first.
    pub(super) columns: &'static [&'static str],
    /// What Iceberg keeps apart, so that a publication opens only what it changes.
    partition: Option<&'static str>,
    source: Source,
}

/// Where the rows come from, and which of them a run has changed.
enum Source {
    /// The current launches; a tombstone is one that goes.
    Launches,
    /// Every version, the former and the current ones.
    Versions,
    /// Rows of today, each with the run that wrote it.
    Named(&'static str),
    Aggregations,
    Runs,
}

/// By the year of the launch.
const BY_YEAR: Option<&str> = Some("year(date_utc)");

/// All of them, in the order in which they are written.
pub(super) const TABLES: [Table; 7] = [
    Table {
        name: "launches",
        key: &["launch_id"],
        columns: &[
            "launch_id",
            "mission_name",
            "date_utc",
            "success",
            "payload_ids",
            "launchpad_id",
            "static_fire_date_utc",
            "ingested_at",
            "total_payload_mass_kg",
            "payloads_without_mass",
            "upcoming",
            "flight_number",
            "rocket_id",
            "date_precision",
            "revision",
            "pipeline_run_id",
            "updated_at",
            "deleted_at",
        ],
        partition: BY_YEAR,
        source: Source::Launches,
    },
    Table {
        name: "launch_versions",
        key: &["launch_id", "revision"],
        columns: &[
            "launch_id",
            "revision",
            "mission_name",
            "date_utc",
            "success",
            "payload_ids",
            "launchpad_id",
            "static_fire_date_utc",
            "ingested_at",
            "total_payload_mass_kg",
            "payloads_without_mass",
            "upcoming",
            "flight_number",
            "rocket_id",
            "date_precision",
            "pipeline_run_id",
            "deleted_at",
            "valid_from",
            "valid_to",
            "ended_by_run_id",
        ],
        partition: BY_YEAR,
        source: Source::Versions,
    },
    Table {
        name: "payloads",
        key: &["payload_id"],
        columns: &["payload_id", "name", "mass_kg", "pipeline_run_id", "updated_at"],
        partition: Some("truncate(payload_id, 2)"),
        source: Source::Named("payloads"),
    },
    Table {
        name: "launchpads",
        key: &["launchpad_id"],
        columns: &["launchpad_id", "name", "pipeline_run_id", "updated_at"],
        partition: None,
        source: Source::Named("launchpads"),
    },
    Table {
        name: "rockets",
        key: &["rocket_id"],
        columns: &["rocket_id", "name", "pipeline_run_id", "updated_at"],
        partition: None,
        source: Source::Named("rockets"),
    },
    Table {
        name: "launch_aggregations",
        key: &["id"],
        columns: &[
            "id",
            "total_launches",
            "total_successful_launches",
            "total_failed_launches",
            "success_rate",
            "earliest_launch_date",
            "latest_launch_date",
            "total_launch_sites",
            "updated_at",
            "last_processed_launch_date",
            "average_payload_mass_kg",
            "average_delay_hours",
            "snapshot_type",
            "launches_added_in_batch",
            "pipeline_run_id",
            "total_upcoming_launches",
            "completed_success_rate",
            "launches_with_mass",
            "total_mass_hundredths",
            "launches_with_delay",
            "total_delay_whole_seconds",
            "total_delay_rest_micros",
        ],
        partition: None,
        source: Source::Aggregations,
    },
    Table {
        name: "pipeline_runs",
        key: &["id"],
        columns: &[
            "id",
            "pipeline_run_id",
            "kind",
            "started_at",
            "finished_at",
            "status",
            "optimization",
            "launches_fetched",
            "launches_inserted",
            "launches_updated",
            "launches_unchanged",
            "launches_deleted",
            "launches_restored",
            "launches_quarantined",
        ],
        partition: None,
        source: Source::Runs,
    },
];

impl Table {
    /// Writes it anew and puts it in place of the old one in one step: readers see the one or the other.
    pub(super) fn create(&self, lake: &Schema, tables: &Schema) -> String {
        let partitioning = self
            .partition
            .map(|by| format!(" WITH (partitioning = ARRAY['{by}'])"))
            .unwrap_or_default();
        let (lake, name, rows) = (lake.quoted(), self.name, self.rows(tables, None));
        let living = if self.removes() { " WHERE deleted_at IS NULL" } else { "" };
        format!(
            "CREATE OR REPLACE TABLE {lake}.{name}{partitioning} AS\nSELECT * FROM (\n{rows}\n) AS s{living}"
        )
    }

    /// Carries over what changed; nothing where nothing of this table did.
    pub(super) fn merge(
        &self,
        lake: &Schema,
        tables: &Schema,
        changes: &Changes,
    ) -> Option<String> {
        if !self.may_have_changed(changes) {
            return None;
        }
        let mut on: Vec<String> =
            self.key.iter().map(|column| format!("t.{column} = s.{column}")).collect();
        on.extend(self.bounds(changes));
        let others = || self.columns.iter().filter(|column| !self.key.contains(column));
        let differs: Vec<_> =
            others().map(|column| format!("t.{column} IS DISTINCT FROM s.{column}")).collect();
        let set: Vec<_> = others().map(|column| format!("{column} = s.{column}")).collect();
        let values: Vec<_> = self.columns.iter().map(|column| format!("s.{column}")).collect();
        let (gone, living) = if self.removes() {
            ("WHEN MATCHED AND s.deleted_at IS NOT NULL THEN DELETE\n", " AND s.deleted_at IS NULL")
        } else {
            ("", "")
        };
        Some(format!(
            "MERGE INTO {}.{} AS t USING (\n{}\n) AS s\nON {}\n{gone}WHEN MATCHED AND ({}) THEN UPDATE SET {}\nWHEN NOT MATCHED{living} THEN INSERT ({})\n    VALUES ({})",
            lake.quoted(),
            self.name,
            self.rows(tables, Some(changes)),
            on.join(" AND "),
            differs.join(" OR "),
            set.join(", "),
            self.columns.join(", "),
            values.join(", "),
        ))
    }

    /// What keeps the server from reading rows of the lake that cannot have changed.
    fn bounds(&self, changes: &Changes) -> Option<String> {
        match self.source {
            Source::Launches | Source::Versions => Some(within_years("t.date_utc", &changes.years)),
            Source::Named("payloads") => Some(within("t.payload_id", &changes.payload_ids)),
            Source::Named(_) => None,
            Source::Aggregations => Some(format!("t.id > {}", changes.aggregations_after)),
            Source::Runs => Some(format!("t.id > {}", changes.runs_after)),
        }
    }

    /// What vanished leaves this table.
    fn removes(&self) -> bool {
        matches!(self.source, Source::Launches)
    }

    fn may_have_changed(&self, changes: &Changes) -> bool {
        match self.source {
            Source::Launches | Source::Versions => !changes.years.is_empty(),
            Source::Named(table) => changes.of_names(table).is_some(),
            Source::Aggregations => changes.has_aggregations,
            Source::Runs => changes.has_runs,
        }
    }

    /// Its rows as PostgreSQL has them: all, or those that changed.
    fn rows(&self, tables: &Schema, changes: Option<&Changes>) -> String {
        let from = tables.quoted();
        let wanted = |condition: String| match changes {
            Some(_) => format!("\n    WHERE {condition}"),
            None => String::new(),
        };
        let of = |condition: fn(&Changes) -> String| changes.map(condition).unwrap_or_default();
        let select = |columns: String, table: &str, condition: String| {
            format!("    SELECT {columns}\n    FROM {from}.{table}{}", wanted(condition))
        };
        match self.source {
            Source::Launches => select(self.selected(&[]), "raw_launches", of(Changes::of_current)),
            Source::Versions => format!(
                "{}\n    UNION ALL\n{}",
                select(self.selected(&[]), "raw_launch_revisions", of(Changes::of_former)),
                select(self.selected(&CURRENT), "raw_launches", of(Changes::of_current)),
            ),
            Source::Named(table) => select(
                self.selected(&[]),
                table,
                changes.and_then(|changes| changes.of_names(table)).unwrap_or_default(),
            ),
            Source::Aggregations => {
                let after = changes.map_or(0, |changes| changes.aggregations_after);
                select(self.selected(&[]), "launch_aggregations", format!("id > {after}"))
            }
            Source::Runs => {
                let after = changes.map_or(0, |changes| changes.runs_after);
                select(self.selected(&[]), "pipeline_runs", format!("id > {after}"))
            }
        }
    }

    /// The columns as they are read, some in another way.
    fn selected(&self, others: &[(&str, &str)]) -> String {
        let selected = self.columns.iter().map(|column| {
            match others.iter().chain(&EVERYWHERE).find(|(name, _)| name == column) {
                Some((_, expression)) => format!("{expression} AS {column}"),
                None => (*column).to_owned(),
            }
        });
        selected.collect::<Vec<_>>().join(", ")
    }
}

/// The launch years of the versions that began, ended, or were written again.
pub(super) fn changed_years(tables: &Schema, changes: &Changes) -> String {
    let from = tables.quoted();
    let (current, former) = (changes.of_current(), changes.of_former());
    format!(
        "SELECT year(date_utc) FROM (\n    SELECT date_utc FROM {from}.raw_launches WHERE {current}\n    UNION ALL\n    SELECT date_utc FROM {from}.raw_launch_revisions WHERE {former}\n) AS changed GROUP BY 1 ORDER BY 1"
    )
}

/// The first and the last of the changed payloads in each partition: the digits in front are the time at which the
/// source made it, so that what changes together lies together.
pub(super) fn changed_payloads(tables: &Schema, changes: &Changes) -> Option<String> {
    let names = changes.of_names("payloads")?;
    Some(format!(
        "SELECT min(payload_id), max(payload_id) FROM {}.payloads WHERE {names} GROUP BY substr(payload_id, 1, 2) ORDER BY 1",
        tables.quoted()
    ))
}

/// Iceberg has no JSON.
const EVERYWHERE: [(&str, &str); 1] = [("payload_ids", "json_format(payload_ids)")];

/// A launch as its own current version.
const CURRENT: [(&str, &str); 3] = [
    ("valid_from", "COALESCE(updated_at, ingested_at, TIMESTAMP '1970-01-01 00:00:00.000000 UTC')"),
    ("valid_to", "CAST(NULL AS timestamp(6) with time zone)"),
    ("ended_by_run_id", "CAST(NULL AS varchar)"),
];

/// The partitions as literals, which keeps the server from opening any other; years that follow each other are one
/// range.
fn within_years(column: &str, years: &[i32]) -> String {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for year in years {
        match ranges.last_mut() {
            Some((_, end)) if *end == *year => *end += 1,
            _ => ranges.push((*year, year + 1)),
        }
    }
    let start = |year: i32| {
        let day = chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        literal(day.and_time(chrono::NaiveTime::MIN).and_utc())
    };
    let ranges = ranges.iter().map(|(since, until)| {
        format!("{column} >= {} AND {column} < {}", start(*since), start(*until))
    });
    format!("({})", ranges.collect::<Vec<_>>().join(" OR "))
}

/// From the first to the last of each.
fn within(column: &str, spans: &[(String, String)]) -> String {
    let spans = spans
        .iter()
        .map(|(first, last)| format!("{column} BETWEEN {} AND {}", quoted(first), quoted(last)));
    format!("({})", spans.collect::<Vec<_>>().join(" OR "))
}

/// `column IN (...)` of texts.
pub(super) fn one_of(column: &str, texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<_> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("{column} IN ({})", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_that_follow_each_other_are_one_range() {
        let text = within_years("d", &[2019, 2020, 2022]);
        assert_eq!(
            text,
            "(d >= TIMESTAMP '2019-01-01 00:00:00.000000 UTC' AND d < TIMESTAMP '2021-01-01 00:00:00.000000 UTC' OR \
             d >= TIMESTAMP '2022-01-01 00:00:00.000000 UTC' AND d < TIMESTAMP '2023-01-01 00:00:00.000000 UTC')"
        );
    }
}

//! The analytic answers in Trino's SQL. The files run as they stand in any client; here they get the tables that are
//! meant, a window of launch dates, and a limit.

use chrono::{DateTime, Utc};

use crate::model::query::Asked;
use crate::model::settings::Schema;

/// What stands before the name of a table in the files.
const BEFORE_TABLE: &str = "postgresql.public.";

macro_rules! analytics {
    ($($name:literal)*) => {
        const ANALYTICS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../docker/trino/analytics/", $name, ".sql")))),*];
    };
}

analytics! {
    "launches_by_year" "launches_by_month" "launches_per_month" "launch_sites" "static_fire_delays"
    "heaviest_launches" "launch_milestones" "total_launches_milestones" "success_rate_over_time"
    "success_rate_by_year" "pipeline_growth"
}

/// Which tables answer: for each of PostgreSQL's what is to stand in its place.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    schema: Schema,
    others: Vec<(&'static str, String)>,
}

impl Tables {
    /// Those of the same name in a schema.
    pub(crate) fn of(schema: &Schema) -> Self {
        Self { schema: schema.clone(), others: Vec::new() }
    }

    /// Those, but for one.
    pub(crate) fn with(mut self, table: &'static str, instead: String) -> Self {
        self.others.push((table, instead));
        self
    }

    fn instead_of(&self, table: &str) -> String {
        let other = self.others.iter().find(|(name, _)| *name == table);
        other.map_or_else(
            || format!("{}.{table}", self.schema.quoted()),
            |(_, instead)| instead.clone(),
        )
    }
}

/// The statement that answers the question of that name.
pub(crate) fn statement(
    name: &str,
    dates: Option<&str>,
    asked: &Asked,
    tables: &Tables,
) -> Option<String> {
    let (_, text) = ANALYTICS.iter().find(|(known, _)| *known == name)?;
    let text = without_comments(text);
    let (body, order) = text.trim_end_matches(';').rsplit_once("ORDER BY ")?;
    let body = body.trim_end();
    let mut bounds = Vec::new();
    if let (Some(date), Some(since)) = (dates, asked.since) {
        bounds.push(format!("{date} >= {}", literal(since)));
    }
    if let (Some(date), Some(until)) = (dates, asked.until) {
        bounds.push(format!("{date} < {}", literal(until)));
    }
    let body = on_tables(body, tables);
    let limit = asked.limit.map(|limit| format!("\nLIMIT {limit}")).unwrap_or_default();
    Some(if bounds.is_empty() {
        format!("{body}\nORDER BY {order}{limit}")
    } else {
        let bounds = bounds.join(" AND ");
        format!("SELECT * FROM (\n{body}\n) AS answer\nWHERE {bounds}\nORDER BY {order}{limit}")
    })
}

/// An instant in Trino's SQL.
pub(crate) fn literal(at: DateTime<Utc>) -> String {
    format!("TIMESTAMP '{}'", at.format("%Y-%m-%d %H:%M:%S%.6f UTC"))
}

/// A text in Trino's SQL.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn on_tables(text: &str, tables: &Tables) -> String {
    let mut parts = text.split(BEFORE_TABLE);
    let mut statement = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (table, rest) = part.split_at(end.unwrap_or(part.len()));
        statement.push_str(&tables.instead_of(table));
        statement.push_str(rest);
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        Schema { catalog: "my \"lake\"".to_owned(), schema: "spacex".to_owned() }
    }

    #[test]
    fn every_answer_names_its_tables_and_its_order_as_they_are_read_here() {
        for (name, _) in ANALYTICS {
            let text = statement(name, None, &Asked::default(), &Tables::of(&schema()));
            let text = text
                .unwrap_or_else(|| panic!("{name} does not end in an ORDER BY of its own line"));
            assert!(text.contains("\"my \"\"lake\"\"\".\"spacex\"."), "{name}: {text}");
            assert!(!text.contains("postgresql") && !text.contains(';'), "{name}: {text}");
        }
    }

    #[test]
    fn a_window_is_cut_out_of_the_whole_answer() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let asked = Asked {
            since: Some(at("2020-01-01T00:00:00Z")),
            until: Some(at("2021-01-01T00:00:00.5Z")),
            limit: Some(3),
        };
        let tables = Tables::of(&schema()).with("raw_launches", "(SELECT 1)".to_owned());
        let text = statement("launches_by_year", Some("period_start"), &asked, &tables).unwrap();
        assert!(text.starts_with("SELECT * FROM (\n"), "{text}");
        assert!(text.contains("WHERE period_start >= TIMESTAMP '2020-01-01 00:00:00.000000 UTC' AND period_start < TIMESTAMP '2021-01-01 00:00:00.500000 UTC'"), "{text}");
        assert!(text.ends_with("\nLIMIT 3") && text.contains("FROM (SELECT 1)"), "{text}");
    }

    #[test]
    fn a_text_stays_one_text() {
        assert_eq!(quoted("O'Neill"), "'O''Neill'");
    }
}

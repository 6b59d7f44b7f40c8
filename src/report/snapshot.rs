//! The figures as a text that can be kept and reviewed: one sorted line each, nothing that changes by itself.
//!
//! The file is one that `insta` reads: a header between two lines of dashes, then the content.

use std::collections::BTreeMap;
use std::io::{self, Write};

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{SCHEMA_VERSION, line, rfc3339};
use crate::model::figures::Figures;

const HEADER: &str = "---\nsource: etl\nexpression: figures of the living launches\n---\n";

/// A figure that is not what was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    name: String,
    kept: Option<String>,
    now: Option<String>,
}

/// The figures by name, as text.
fn lines(figures: &Figures) -> BTreeMap<String, String> {
    let number = |figure: &Option<BigDecimal>| {
        figure.as_ref().map_or_else(|| "null".to_owned(), BigDecimal::to_plain_string)
    };
    let at = |at: Option<DateTime<Utc>>| at.map_or_else(|| "null".to_owned(), rfc3339);
    [
        ("average_delay_hours", number(&figures.average_delay_hours)),
        ("average_payload_mass_kg", number(&figures.average_payload_mass_kg)),
        ("completed_success_rate", number(&figures.completed_success_rate)),
        ("earliest_launch_date", at(figures.earliest_launch_date)),
        ("latest_launch_date", at(figures.latest_launch_date)),
        ("success_rate", number(&figures.success_rate)),
        ("total_failed_launches", figures.total_failed_launches.to_string()),
        ("total_launch_sites", figures.total_launch_sites.to_string()),
        ("total_launches", figures.total_launches.to_string()),
        ("total_successful_launches", figures.total_successful_launches.to_string()),
        ("total_upcoming_launches", figures.total_upcoming_launches.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Writes the file.
pub(crate) fn text(out: &mut dyn Write, figures: &Figures) -> io::Result<()> {
    out.write_all(HEADER.as_bytes())?;
    for (name, value) in lines(figures) {
        writeln!(out, "{name}: {value}")?;
    }
    out.flush()
}

/// Writes the figures for scripts.
pub(crate) fn json(out: &mut dyn Write, figures: &Figures) -> io::Result<()> {
    let answer =
        json!({ "schema_version": SCHEMA_VERSION, "status": "success", "figures": lines(figures) });
    line(out, &answer)
}

/// What differs between a kept file and the figures now, by name. The header of the file is not compared.
pub(crate) fn differences(kept: &str, figures: &Figures) -> Vec<Difference> {
    let mut kept: BTreeMap<String, String> = content(kept)
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once(": ").unwrap_or((line, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut found: Vec<Difference> = lines(figures)
        .into_iter()
        .map(|(name, now)| Difference { kept: kept.remove(&name), name, now: Some(now) })
        .collect();
    found.extend(kept.into_iter().map(|(name, kept)| Difference {
        name,
        kept: Some(kept),
        now: None,
    }));
    found.retain(|difference| difference.kept != difference.now);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// What follows the header, if there is one.
fn content(file: &str) -> &str {
    let file = file.trim_start_matches('\u{feff}');
    let after_header = file
        .strip_prefix("---")
        .and_then(|rest| rest.split_once("\n---"))
        .and_then(|(_, content)| content.split_once('\n'));
    after_header.map_or(file, |(_, content)| content)
}

/// Writes the differences for people: what was kept, then what is now.
pub(crate) fn difference_text(
    out: &mut dyn Write,
    place: &str,
    differences: &[Difference],
) -> io::Result<()> {
    if differences.is_empty() {
        writeln!(out, "the figures are those of {place}")?;
        return out.flush();
    }
    writeln!(out, "--- {place}\n+++ the figures now")?;
    for Difference { name, kept, now } in differences {
        for (sign, value) in [('-', kept), ('+', now)] {
            if let Some(value) = value {
                let shown = crate::model::shown::shown(value, 200);
                writeln!(out, "{sign}{name}: {shown}")?;
            }
        }
    }
    writeln!(
        out,
        "differing figures: {}; if they are right: `etl snapshot --out {place}`",
        differences.len()
    )?;
    out.flush()
}

/// Writes the differences for scripts.
pub(crate) fn difference_json(out: &mut dyn Write, differences: &[Difference]) -> io::Result<()> {
    let object = |Difference { name, kept, now }: &Difference| -> Value {
        json!({ "figure": name, "kept": kept, "now": now })
    };
    let differences: Vec<_> = differences.iter().map(object).collect();
    let status = if differences.is_empty() { "success" } else { "failed" };
    line(
        out,
        &json!({ "schema_version": SCHEMA_VERSION, "status": status, "differences": differences }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures {
            total_launches: 2,
            total_successful_launches: 1,
            total_failed_launches: 0,
            total_upcoming_launches: 1,
            success_rate: Some("50.00".parse().unwrap()),
            completed_success_rate: None,
            earliest_launch_date: None,
            latest_launch_date: Some("2022-10-05T16:00:00Z".parse().unwrap()),
            total_launch_sites: 1,
            average_payload_mass_kg: None,
            average_delay_hours: None,
        }
    }

    fn written() -> String {
        let mut out = Vec::new();
        text(&mut out, &figures()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_file_differs_from_its_own_figures_in_nothing() {
        let file = written();
        assert_eq!(differences(&file, &figures()), []);
        assert_eq!(differences(&file.replace('\n', "\r\n"), &figures()), []);
        let other_header = file.replace("source: etl", "source: a\ninfo: b");
        assert_eq!(differences(&other_header, &figures()), []);
        let content = file.rsplit("---\n").next().unwrap();
        assert_eq!(differences(content, &figures()), []);
    }

    #[test]
    fn each_line_that_differs_is_named() {
        let file = written()
            .replace("total_launches: 2", "total_launches: 3")
            .replace("success_rate: 50.00\n", "")
            + "more: 1\n";
        let found = differences(&file, &figures());
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["more", "success_rate", "total_launches"]);
        assert_eq!(found[2].kept.as_deref(), Some("3"));
        assert_eq!(found[2].now.as_deref(), Some("2"));
        assert_eq!(found[0].now, None);
    }
}

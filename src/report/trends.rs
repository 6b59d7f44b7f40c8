//! The snapshots of the figures, newest first, each with its change since the one before it.

use std::io::{self, Write};

use bigdecimal::{BigDecimal, ToPrimitive, Zero};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{SCHEMA_VERSION, instant, json::number, line, rfc3339};
use crate::db::{AnyConnection, DbError, Decimal, Timestamp};
use crate::schema::launch_aggregations;

/// A snapshot, whole.
#[derive(Queryable, Selectable)]
#[diesel(table_name = launch_aggregations, check_for_backend(crate::db::MultiBackend))]
pub(crate) struct Snapshot {
    id: i32,
    total_launches: i64,
    total_successful_launches: i64,
    total_failed_launches: i64,
    success_rate: Option<Decimal>,
    earliest_launch_date: Option<Timestamp>,
    latest_launch_date: Option<Timestamp>,
    total_launch_sites: Option<i64>,
    updated_at: Option<Timestamp>,
    last_processed_launch_date: Option<Timestamp>,
    average_payload_mass_kg: Option<Decimal>,
    average_delay_hours: Option<Decimal>,
    snapshot_type: Option<String>,
    launches_added_in_batch: Option<i64>,
    pipeline_run_id: Option<String>,
    total_upcoming_launches: Option<i64>,
    completed_success_rate: Option<Decimal>,
}

/// The latest snapshots, newest first.
pub(crate) struct Trends {
    shown: Vec<Snapshot>,
    /// The one before the oldest that is shown.
    before: Option<Snapshot>,
}

impl Trends {
    /// Each snapshot with the one before it.
    fn with_previous(&self) -> impl Iterator<Item = (&Snapshot, Option<&Snapshot>)> {
        let previous = self.shown.iter().skip(1).map(Some).chain([self.before.as_ref()]);
        self.shown.iter().zip(previous)
    }
}

/// Reads the latest snapshots.
pub(crate) fn read(connection: &mut AnyConnection, limit: u32) -> Result<Trends, DbError> {
    let mut shown: Vec<Snapshot> = launch_aggregations::table
        .select(Snapshot::as_select())
        .order(launch_aggregations::id.desc())
        .limit(i64::from(limit) + 1)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading launch_aggregations"))?;
    let before = if shown.len() as u64 > u64::from(limit) { shown.pop() } else { None };
    Ok(Trends { shown, before })
}

/// Writes the table; on a terminal each row's change too, and below it a line of bars.
pub(crate) fn text(out: &mut dyn Write, trends: &Trends, on_terminal: bool) -> io::Result<()> {
    if trends.shown.is_empty() {
        writeln!(out, "no snapshot yet: `etl run` makes the first")?;
        return out.flush();
    }
    let heading =
        "Date/Time               | Launches | Success Rate | Type       | Batch Size | Run ID";
    if on_terminal {
        writeln!(out, "{heading:<RUN_ID_END$} | Change")?;
        writeln!(out, "{}", "-".repeat(RUN_ID_END + 25))?;
    } else {
        writeln!(out, "{heading}")?;
        writeln!(out, "{}", "-".repeat(87))?;
    }
    for (snapshot, previous) in trends.with_previous() {
        let row = row(snapshot);
        match previous.filter(|_| on_terminal) {
            Some(previous) => {
                writeln!(out, "{row:<RUN_ID_END$} | {}", change(snapshot, previous))?;
            }
            None => writeln!(out, "{row}")?,
        }
    }
    if on_terminal {
        write_bars(out, &trends.shown)?;
    }
    out.flush()
}

/// Where the last column of the table ends: the longest run id has 34 characters.
const RUN_ID_END: usize = 78 + 34;

fn row(snapshot: &Snapshot) -> String {
    let rate = snapshot.success_rate.as_ref().map(|rate| format!("{}%", rate.with_scale(2)));
    let words = |word: &Option<String>| word.clone().unwrap_or_default();
    format!(
        "{:<24}| {:>8} | {:>12} | {:<11}| {:>10} | {}",
        snapshot.updated_at.map(|at| instant(at.0)).unwrap_or_default(),
        snapshot.total_launches,
        rate.unwrap_or_default(),
        words(&snapshot.snapshot_type),
        snapshot.launches_added_in_batch.unwrap_or_default(),
        words(&snapshot.pipeline_run_id),
    )
}

/// "+3 launches, -0.01 points": what moved in the two columns that people look at.
fn change(snapshot: &Snapshot, previous: &Snapshot) -> String {
    let mut moved = Vec::new();
    let launches = snapshot.total_launches - previous.total_launches;
    if launches != 0 {
        let word = if launches.abs() == 1 { "launch" } else { "launches" };
        moved.push(format!("{launches:+} {word}"));
    }
    let rate = difference(snapshot.success_rate.as_ref(), previous.success_rate.as_ref());
    if let Some(rate) = rate.filter(|rate| !rate.is_zero()) {
        let sign = if rate > BigDecimal::zero() { "+" } else { "" };
        moved.push(format!("{sign}{} points", rate.to_plain_string()));
    }
    if moved.is_empty() { "none".to_owned() } else { moved.join(", ") }
}

fn difference(now: Option<&Decimal>, before: Option<&Decimal>) -> Option<BigDecimal> {
    Some(now?.with_scale(2) - before?.with_scale(2))
}

fn write_bars(out: &mut dyn Write, newest_first: &[Snapshot]) -> io::Result<()> {
    let of = |value: fn(&Snapshot) -> Option<f64>| -> Vec<f64> {
        newest_first.iter().rev().filter_map(value).collect()
    };
    let launches = of(|snapshot| snapshot.total_launches.to_f64());
    let rates = of(|snapshot| snapshot.success_rate.as_ref()?.0.to_f64());
    writeln!(out)?;
    for (name, values, decimals) in
        [("Launches", launches, 0_usize), ("Success rate, %", rates, 2_usize)]
    {
        if let (Some(first), Some(last)) = (values.first(), values.last()) {
            let bars = bars(&values);
            writeln!(out, "{name:<16} {first:.decimals$} {bars} {last:.decimals$}")?;
        }
    }
    Ok(())
}

/// A block for each value, from the lowest to the highest of them; all alike where nothing moved.
fn bars(values: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let block = |value: &f64| {
        let share = if highest > lowest { (value - lowest) / (highest - lowest) } else { 0.5 };
        let place = (share * 7.0).round().to_usize().unwrap_or_default();
        BLOCKS.get(place).copied().unwrap_or('█')
    };
    values.iter().map(block).collect()
}

/// Writes the snapshots with every figure, and how each moved.
pub(crate) fn json(out: &mut dyn Write, trends: &Trends) -> io::Result<()> {
    let snapshots: Vec<Value> = trends.with_previous().map(object).collect();
    line(out, &json!({ "schema_version": SCHEMA_VERSION, "snapshots": snapshots }))
}

fn object((snapshot, previous): (&Snapshot, Option<&Snapshot>)) -> Value {
    let at = |at: Option<Timestamp>| at.map(|at| rfc3339(at.0));
    let figure =
        |figure: &Option<Decimal>| number(figure.as_ref().map(|f| f.with_scale(2)).as_ref());
    json!({
        "aggregation_id": snapshot.id,
        "updated_at": at(snapshot.updated_at),
        "snapshot_type": snapshot.snapshot_type,
        "pipeline_run_id": snapshot.pipeline_run_id,
        "launches_added_in_batch": snapshot.launches_added_in_batch,
        "total_launches": snapshot.total_launches,
        "total_successful_launches": snapshot.total_successful_launches,
        "total_failed_launches": snapshot.total_failed_launches,
        "total_upcoming_launches": snapshot.total_upcoming_launches,
        "success_rate": figure(&snapshot.success_rate),
        "completed_success_rate": figure(&snapshot.completed_success_rate),
        "earliest_launch_date": at(snapshot.earliest_launch_date),
        "latest_launch_date": at(snapshot.latest_launch_date),
        "total_launch_sites": snapshot.total_launch_sites,
        "average_payload_mass_kg": figure(&snapshot.average_payload_mass_kg),
        "average_delay_hours": figure(&snapshot.average_delay_hours),
        "last_processed_launch_date": at(snapshot.last_processed_launch_date),
        "change": previous.map(|previous| change_object(snapshot, previous)),
    })
}

/// How each figure moved since the snapshot before; null where one of the two has none.
fn change_object(now: &Snapshot, before: &Snapshot) -> Value {
    let moved = |figure: fn(&Snapshot) -> &Option<Decimal>| {
        number(difference(figure(now).as_ref(), figure(before).as_ref()).as_ref())
    };
    let counted = |now: Option<i64>, before: Option<i64>| Some(now? - before?);
    json!({
        "total_launches": now.total_launches - before.total_launches,
        "total_successful_launches":
            now.total_successful_launches - before.total_successful_launches,
        "total_failed_launches": now.total_failed_launches - before.total_failed_launches,
        "total_upcoming_launches":
            counted(now.total_upcoming_launches, before.total_upcoming_launches),
        "total_launch_sites": counted(now.total_launch_sites, before.total_launch_sites),
        "success_rate": moved(|snapshot| &snapshot.success_rate),
        "completed_success_rate":
            moved(|snapshot| &snapshot.completed_success_rate),
        "average_payload_mass_kg":
            moved(|snapshot| &snapshot.average_payload_mass_kg),
        "average_delay_hours": moved(|snapshot| &snapshot.average_delay_hours),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(id: i32, launches: i64, rate: &str) -> Snapshot {
        let at = format!("2024-12-{:02}T12:00:00Z", 10 + id).parse().unwrap();
        Snapshot {
            id,
            total_launches: launches,
            total_successful_launches: 0,
            total_failed_launches: 0,
            success_rate: Some(Decimal(rate.parse().unwrap())),
            earliest_launch_date: None,
            latest_launch_date: None,
            total_launch_sites: None,
            updated_at: Some(Timestamp(at)),
            last_processed_launch_date: None,
            average_payload_mass_kg: None,
            average_delay_hours: None,
            snapshot_type: Some("incremental".to_owned()),
            launches_added_in_batch: Some(3),
            pipeline_run_id: Some(format!("pipeline_2024121{id}_120000_a1b2c3d{id}")),
            total_upcoming_launches: None,
            completed_success_rate: None,
        }
    }

    fn trends() -> Trends {
        let shown = vec![snapshot(3, 208, "67.31"), snapshot(2, 208, "67.32")];
        Trends { shown, before: Some(snapshot(1, 205, "67.32")) }
    }

    fn written(on_terminal: bool) -> Vec<String> {
        let mut out = Vec::new();
        text(&mut out, &trends(), on_terminal).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn away_from_a_terminal_the_table_is_the_fixed_one() {
        assert_eq!(
            written(false),
            [
                "Date/Time               | Launches | Success Rate | Type       | Batch Size | Run ID",
                "---------------------------------------------------------------------------------------",
                "2024-12-13 12:00:00     |      208 |       67.31% | incremental|          3 | pipeline_20241213_120000_a1b2c3d3",
                "2024-12-12 12:00:00     |      208 |       67.32% | incremental|          3 | pipeline_20241212_120000_a1b2c3d2",
            ]
        );
    }

    #[test]
    fn a_terminal_shows_each_change_and_a_line_of_bars() {
        let lines = written(true);
        assert!(lines[0].ends_with("| Change"), "{}", lines[0]);
        assert!(lines[2].ends_with("_a1b2c3d3  | -0.01 points"), "{}", lines[2]);
        assert!(lines[3].ends_with("_a1b2c3d2  | +3 launches"), "{}", lines[3]);
        assert_eq!(lines[5], "Launches         208 ▅▅ 208");
        assert_eq!(lines[6], "Success rate, %  67.32 █▁ 67.31");
    }

    #[test]
    fn scripts_get_the_change_of_every_figure() {
        let mut out = Vec::new();
        json(&mut out, &trends()).unwrap();
        let answer: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(answer["snapshots"][0]["change"]["success_rate"], json!(-0.01));
        assert_eq!(answer["snapshots"][1]["change"]["total_launches"], json!(3));
        assert_eq!(answer["snapshots"][1]["change"]["average_delay_hours"], Value::Null);
    }
}

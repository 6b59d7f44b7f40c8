//! The published tables as they were at the end of a run.

use chrono::{DateTime, Utc};

use super::PublishError;
use super::lake::publications_above;
use crate::model::query::{Cell, instant};
use crate::model::settings::Schema;
use crate::trino::analytics::{Tables, literal, quoted};
use crate::trino::{Trino, TrinoError};

/// The end of a run.
struct Moment {
    run: i64,
    /// After all that it and those before it wrote, before all that later ones wrote.
    instant: DateTime<Utc>,
}

/// What stands for the tables: the state of the publication of that run where it is still kept, else the versions.
pub(crate) fn tables(trino: &Trino, lake: &Schema, when: &str) -> Result<Tables, PublishError> {
    let moment = moment(trino, lake, when)?;
    let from = lake.quoted();
    let (run, instant) = (moment.run, literal(moment.instant));
    let launches = if let Some(snapshot) = kept_snapshot(trino, lake, &moment)? {
        log::debug!("from snapshot {snapshot}");
        format!("(SELECT * FROM {from}.launches FOR VERSION AS OF {snapshot})")
    } else {
        log::debug!("from the versions");
        format!(
            "(SELECT *, valid_from AS updated_at FROM {from}.launch_versions \
             WHERE valid_from <= {instant} AND (valid_to IS NULL OR valid_to > {instant}) AND deleted_at IS NULL)"
        )
    };
    Ok(Tables::of(lake)
        .with("raw_launches", launches)
        .with(
            "launch_aggregations",
            format!("(SELECT * FROM {from}.launch_aggregations WHERE updated_at <= {instant})"),
        )
        .with("pipeline_runs", format!("(SELECT * FROM {from}.pipeline_runs WHERE id <= {run})")))
}

/// The published tables as they are.
pub(crate) fn today(lake: &Schema) -> Tables {
    Tables::of(lake).with("raw_launches", format!("{}.launches", lake.quoted()))
}

/// A run by its id, or the last one that had finished by an instant.
fn moment(trino: &Trino, lake: &Schema, when: &str) -> Result<Moment, PublishError> {
    let from = lake.quoted();
    let condition = match instant(when) {
        Some(instant) => format!("finished_at <= {}", literal(instant)),
        None => format!("pipeline_run_id = {}", quoted(when)),
    };
    let found = trino.rows(&format!(
        "SELECT id, pipeline_run_id, finished_at FROM {from}.pipeline_runs WHERE {condition} ORDER BY id DESC LIMIT 1"
    ))?;
    let (run, finished) = match found.first().map(Vec::as_slice) {
        Some([Cell::Count(run), Cell::Text(id), Cell::Instant(finished)]) => {
            log::info!("as of the end of run {id}");
            (*run, *finished)
        }
        Some(_) => {
            return Err(PublishError::refused(
                format!("the run {when:?} had not finished when it was published"),
                "publish again: `etl publish`",
            ));
        }
        None => {
            return Err(PublishError::refused(
                format!("no published run is {when:?}, or had finished by then"),
                "`etl publish` brings the latest ones; `etl query pipeline_growth --engine lake` lists them",
            ));
        }
    };
    let ends = trino.rows(&format!(
        "SELECT max(v.valid_from) FILTER (WHERE r.id <= {run}), min(v.valid_from) FILTER (WHERE r.id > {run}) - INTERVAL '0.000001' SECOND \
         FROM {from}.launch_versions v JOIN {from}.pipeline_runs r ON r.pipeline_run_id = v.pipeline_run_id"
    ))?;
    let at = |cell: Option<&Cell>| match cell {
        Some(Cell::Instant(at)) => Some(*at),
        _ => None,
    };
    let ends = ends.first();
    let last = at(ends.and_then(|row| row.first()));
    let next = at(ends.and_then(|row| row.get(1)));
    let end = last.map_or(finished, |last| last.max(finished));
    Ok(Moment { run, instant: next.map_or(end, |next| end.min(next)) })
}

/// The state of the launches that was published after that run and before anybody wrote more, if it is still kept.
fn kept_snapshot(trino: &Trino, lake: &Schema, moment: &Moment) -> Result<Option<i64>, TrinoError> {
    let publications = publications_above(trino, lake, 0)?;
    let fits = publications.iter().find(|publication| {
        publication.run == moment.run
            && publication.changed_at.is_none_or(|changed| changed <= moment.instant)
    });
    let Some(fits) = fits else { return Ok(None) };
    let snapshot = fits.launches_snapshot_id;
    let sql = format!(
        "SELECT snapshot_id FROM {}.\"launches$snapshots\" WHERE snapshot_id = {snapshot}",
        lake.quoted()
    );
    Ok((!trino.rows(&sql)?.is_empty()).then_some(snapshot))
}

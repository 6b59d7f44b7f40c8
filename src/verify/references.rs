//! References of the living launches to payloads, pads and rockets.
//!
//! The source itself names documents that it does not have: a run counts those it meets, so such a reference is no
//! failure. A reference without a row that no run ever counted is one.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::history::BY_HAND;
use super::runs::Runs;
use super::{PAGE, VerifyError};
use crate::clock::Clock;
use crate::db::{AnyConnection, DbError, Json};
use crate::model::verification::{CheckResult, Findings};
use crate::schema::{launchpads, payloads, raw_launches, rockets};

/// Ids in one query, well below what a statement of either database can hold.
const IDS: usize = 5_000;

pub(super) struct References {
    pub(super) check: CheckResult,
    pub(super) notes: Option<String>,
}

#[derive(Queryable)]
struct Referring {
    launch_id: String,
    payload_ids: Option<Json>,
    launchpad_id: Option<String>,
    rocket_id: Option<String>,
    pipeline_run_id: Option<String>,
}

impl Referring {
    fn payloads(&self) -> impl Iterator<Item = &str> {
        let ids = self.payload_ids.as_ref().and_then(|ids| ids.0.as_array());
        ids.into_iter().flatten().filter_map(|id| id.as_str())
    }
}

/// The ids that have a row.
struct Known {
    payloads: BTreeSet<String>,
    launchpads: BTreeSet<String>,
    rockets: BTreeSet<String>,
}

pub(super) fn check(
    connection: &mut AnyConnection,
    runs: &Runs,
    clock: &Clock,
) -> Result<References, VerifyError> {
    let mut findings = Findings::default();
    let mut lacking: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let mut after = String::new();
    loop {
        clock.interrupted()?;
        let page = page(connection, &after)?;
        let known = known(connection, &page)?;
        for launch in &page {
            let missing = missing(launch, &known);
            // What a row made by hand refers to is for that hand to know.
            if let (Some(first), Some(run)) = (missing.first(), &launch.pipeline_run_id)
                && run != BY_HAND
            {
                let example = format!("launch {} names {first}", launch.launch_id);
                let entry = lacking.entry(run.clone()).or_insert((0, example));
                entry.0 += i64::try_from(missing.len()).unwrap_or(i64::MAX);
            }
        }
        match page.last() {
            Some(last) => after.clone_from(&last.launch_id),
            None => break,
        }
    }
    let mut total = 0;
    for (run_id, (count, example)) in lacking {
        let counted = runs.get(&run_id).map_or(0, |run| run.unresolved_references);
        total += count;
        if count > counted {
            findings.add(format!(
                "{count} references of launches that run {run_id} loaded have no row, it counted {counted}: {example}"
            ));
        }
    }
    let notes = (total > 0)
        .then(|| format!("{total} references name a document that the source does not have"));
    let title = "each reference has its row, or was counted as unresolved";
    Ok(References { check: findings.named("references", title), notes })
}

fn page(connection: &mut AnyConnection, after: &str) -> Result<Vec<Referring>, DbError> {
    raw_launches::table
        .filter(raw_launches::launch_id.gt(after))
        .filter(raw_launches::deleted_at.is_null())
        .select((
            raw_launches::launch_id,
            raw_launches::payload_ids,
            raw_launches::launchpad_id,
            raw_launches::rocket_id,
            raw_launches::pipeline_run_id,
        ))
        .order(raw_launches::launch_id)
        .limit(PAGE)
        .load(connection)
        .map_err(|error| DbError::from(error).while_doing("reading raw_launches"))
}

/// The ids among those referred to that have a row in a table.
macro_rules! with_row {
    ($connection:expr, $table:ident, $id:ident, $ids:expr) => {{
        let ids: BTreeSet<&str> = $ids.collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let mut known = BTreeSet::new();
        for ids in ids.chunks(IDS) {
            let found: Vec<String> = $table::table
                .filter($table::$id.eq_any(ids.to_vec()))
                .select($table::$id)
                .load($connection)?;
            known.extend(found);
        }
        known
    }};
}

fn known(connection: &mut AnyConnection, page: &[Referring]) -> Result<Known, DbError> {
    let pads = page.iter().filter_map(|launch| launch.launchpad_id.as_deref());
    let vehicles = page.iter().filter_map(|launch| launch.rocket_id.as_deref());
    Ok(Known {
        payloads: with_row!(
            connection,
            payloads,
            payload_id,
            page.iter().flat_map(Referring::payloads)
        ),
        launchpads: with_row!(connection, launchpads, launchpad_id, pads),
        rockets: with_row!(connection, rockets, rocket_id, vehicles),
    })
}

fn missing(launch: &Referring, known: &Known) -> Vec<String> {
    let payloads = launch.payloads().filter(|id| !known.payloads.contains(*id));
    let pads = launch.launchpad_id.iter().filter(|id| !known.launchpads.contains(*id));
    let vehicles = launch.rocket_id.iter().filter(|id| !known.rockets.contains(*id));
    payloads
        .map(|id| format!("payload {id}"))
        .chain(pads.map(|id| format!("launchpad {id}")))
        .chain(vehicles.map(|id| format!("rocket {id}")))
        .collect()
}

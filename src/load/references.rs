//! `payloads`, `launchpads`, `rockets`: names and masses as they are today, from the same answer as the launches.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::db::{AnyConnection, DbError, Decimal, PayloadRow, Timestamp, insert_payloads};
use crate::model::launch::{Launch, Named, Payload};
use crate::model::run::Stamp;
use crate::schema::{launchpads, payloads, rockets};

/// Ids asked for in one query, well below what a statement of either database can hold.
const IDS: usize = 5_000;

/// Keeps what the launches of a page refer to; rows that say the same already stay as they are.
pub(super) fn keep(
    connection: &mut AnyConnection,
    launches: &[Launch],
    stamp: &Stamp,
    batch: usize,
) -> Result<(), DbError> {
    let cargo = launches.iter().flat_map(|launch| &launch.payloads);
    keep_payloads(
        connection,
        cargo.map(|payload| (&*payload.id, payload)).collect(),
        stamp,
        batch,
    )?;
    let pads = launches.iter().filter_map(|launch| launch.launchpad.as_ref());
    keep_launchpads(connection, pads.map(|pad| (&*pad.id, pad)).collect(), stamp)?;
    let vehicles = launches.iter().filter_map(|launch| launch.rocket.as_ref());
    keep_rockets(connection, vehicles.map(|rocket| (&*rocket.id, rocket)).collect(), stamp)
}

fn keep_payloads(
    connection: &mut AnyConnection,
    mut served: BTreeMap<&str, &Payload>,
    stamp: &Stamp,
    batch: usize,
) -> Result<(), DbError> {
    let ids: Vec<&str> = served.keys().copied().collect();
    for ids in ids.chunks(IDS) {
        let stored: Vec<(String, Option<String>, Option<Decimal>)> = payloads::table
            .filter(payloads::payload_id.eq_any(ids.to_vec()))
            .select((payloads::payload_id, payloads::name, payloads::mass_kg))
            .load(connection)?;
        for (id, name, mass) in stored {
            let Some(payload) = served.remove(id.as_str()) else { continue };
            if payload.name != name || payload.mass_kg != mass.map(|mass| mass.with_scale(2)) {
                diesel::update(payloads::table.filter(payloads::payload_id.eq(&id)))
                    .set((
                        payloads::name.eq(&payload.name),
                        payloads::mass_kg.eq(payload.mass_kg.clone().map(Decimal)),
                        payloads::pipeline_run_id.eq(stamp.run_id.as_str()),
                        payloads::updated_at.eq(Timestamp(stamp.instant)),
                    ))
                    .execute(connection)?;
            }
        }
    }
    let new = served.into_values().map(|payload| PayloadRow {
        payload_id: payload.id.clone(),
        name: payload.name.clone(),
        mass_kg: payload.mass_kg.clone().map(Decimal),
        pipeline_run_id: stamp.run_id.as_str().to_owned(),
        updated_at: Timestamp(stamp.instant),
    });
    insert_payloads(connection, &new.collect::<Vec<_>>(), batch)
}

/// Pads and rockets are a handful, and alike but for the table.
macro_rules! keep_named {
    ($keep:ident, $table:ident, $id:ident) => {
        fn $keep(
            connection: &mut AnyConnection,
            mut served: BTreeMap<&str, &Named>,
            stamp: &Stamp,
        ) -> Result<(), DbError> {
            let ids: Vec<&str> = served.keys().copied().collect();
            let stored: Vec<(String, Option<String>)> = $table::table
                .filter($table::$id.eq_any(ids))
                .select(($table::$id, $table::name))
                .load(connection)?;
            let lineage = (
                $table::pipeline_run_id.eq(stamp.run_id.as_str()),
                $table::updated_at.eq(Timestamp(stamp.instant)),
            );
            for (id, name) in stored {
                let Some(named) = served.remove(id.as_str()) else { continue };
                if named.name != name {
                    diesel::update($table::table.filter($table::$id.eq(&id)))
                        .set(($table::name.eq(&named.name), lineage))
                        .execute(connection)?;
                }
            }
            for named in served.into_values() {
                diesel::insert_into($table::table)
                    .values(($table::$id.eq(&named.id), $table::name.eq(&named.name), lineage))
                    .execute(connection)?;
            }
            Ok(())
        }
    };
}

keep_named!(keep_launchpads, launchpads, launchpad_id);
keep_named!(keep_rockets, rockets, rocket_id);

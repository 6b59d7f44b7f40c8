//! The writes of one page of launches, in order, inside the caller's transaction. It knows no HTTP.

pub(crate) mod launches;
pub(crate) mod quarantine;
mod references;
pub(crate) mod state;
pub(crate) mod tombstones;

use std::collections::HashSet;

use crate::db::{AnyConnection, DbError, create_staging, note_swept};
use crate::model::launch::Launch;
use crate::model::rejection::Rejection;
use crate::model::run::{RunCounts, Stamp};

/// Loads pages within one transaction and counts what that did.
pub(crate) struct Loader {
    stamp: Stamp,
    /// Rows in one INSERT or COPY.
    batch: usize,
    /// The table was empty when the load began, so that no row needs to be looked for.
    into_empty_table: bool,
    /// Launches with an open entry in quarantine, which a good version resolves.
    in_quarantine: HashSet<String>,
    pub(crate) counts: RunCounts,
}

impl Loader {
    /// Makes the staging tables of the transaction.
    pub(crate) fn begin(
        connection: &mut AnyConnection,
        stamp: Stamp,
        batch: usize,
    ) -> Result<Self, DbError> {
        create_staging(connection)?;
        Ok(Self {
            stamp,
            batch,
            into_empty_table: launches::table_is_empty(connection)?,
            in_quarantine: quarantine::open_launch_ids(connection)?.into_iter().collect(),
            counts: RunCounts::default(),
        })
    }

    /// Makes the staging tables of the next transaction of a load that has several.
    pub(crate) fn go_on(connection: &mut AnyConnection) -> Result<(), DbError> {
        create_staging(connection)
    }

    /// Launches were there before the load began.
    pub(crate) fn found_rows(&self) -> bool {
        !self.into_empty_table
    }

    /// The run's own batch size, for a load of more than a page.
    pub(crate) fn choose_batch(&mut self, batch: usize) {
        self.batch = batch;
    }

    /// Loads one page: good launches, the names they refer to, and what was rejected.
    pub(crate) fn load(
        &mut self,
        connection: &mut AnyConnection,
        good: Vec<Launch>,
        bad: &[Rejection],
    ) -> Result<(), DbError> {
        self.counts.fetched += count(good.len() + bad.len());
        self.counts.quarantined += count(bad.len());
        let unresolved: u32 = good.iter().map(|launch| launch.unresolved_references).sum();
        self.counts.unresolved_references += u64::from(unresolved);
        let rejected = bad.iter().filter_map(|rejection| rejection.document.id.clone());
        let ids: Vec<String> =
            good.iter().map(|launch| launch.launch_id.clone()).chain(rejected).collect();
        note_swept(connection, &ids)?;
        references::keep(connection, &good, &self.stamp, self.batch)
            .map_err(|error| error.while_doing("keeping names and masses"))?;
        let resolved: Vec<&str> = good
            .iter()
            .map(|launch| launch.launch_id.as_str())
            .filter(|id| self.in_quarantine.remove(*id))
            .collect();
        quarantine::resolve_good(connection, &resolved, &self.stamp)
            .map_err(|error| error.while_doing("writing quarantined_launches"))?;
        let done = if self.into_empty_table {
            launches::insert(connection, good, &self.stamp, self.batch)
        } else {
            launches::upsert(connection, good, &self.stamp, self.batch)
        }?;
        self.counts.inserted += done.inserted;
        self.counts.updated += done.updated;
        self.counts.unchanged += done.unchanged;
        self.counts.restored += done.restored;
        for rejection in bad {
            quarantine::keep(connection, rejection, &self.stamp)
                .map_err(|error| error.while_doing("writing quarantined_launches"))?;
        }
        Ok(())
    }

    /// Counts documents that are in quarantine, and stay there.
    pub(crate) fn count_rejected(&mut self, documents: usize) {
        self.counts.fetched += count(documents);
        self.counts.quarantined += count(documents);
    }

    /// Launches that were loaded before and are served again are looked for from now on.
    pub(crate) fn expect_known(&mut self) {
        self.into_empty_table = false;
    }

    pub(crate) fn stamp(&self) -> &Stamp {
        &self.stamp
    }
}

/// What the upsert of a page did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Upserted {
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) restored: u64,
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

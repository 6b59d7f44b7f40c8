//! The part of a run between the first page and the commit: load the pages, find what vanished, make the figures.

use std::sync::mpsc::Receiver;

use chrono::{DateTime, Utc};

use super::fetch::{self, ValidatedPage};
use super::{Done, Failed, Run, RunError};
use crate::aggregate::{NewSnapshot, write_snapshot};
use crate::console::Counted;
use crate::db::AnyConnection;
use crate::defect::may_strike;
use crate::load::state;
use crate::load::{Loader, quarantine, tombstones};
use crate::model::fingerprint::FINGERPRINT_VERSION;
use crate::model::launch::Launch;
use crate::model::rejection::Rejection;
use crate::model::run::{Optimization, RunKind};
use crate::model::source_filter::SourceFilter;

/// Rows in one INSERT or COPY of a load of more than a page.
pub(super) const BULK_BATCH: usize = 1_000;

/// A sweep that lacks more of our launches than this, and more than a tenth of them, is not believed.
const PLAUSIBLE_DELETIONS: u64 = 5;

/// The run fails when more than half of its documents are bad, once it has seen this many.
const ENOUGH_TO_JUDGE: u64 = 20;

/// Rejections that are held in memory, to be kept when everything else is rolled back. As many as that, and more
/// than half of what was served so far, and the source has changed its shape.
const HELD_REJECTIONS: usize = 10_000;

/// What was met on the way through the pages.
#[derive(Default)]
struct Met {
    rejections: Vec<Rejection>,
    without_id: usize,
    /// Latest `date_utc` of a launch that had flown by the start of the run.
    latest_flown: Option<DateTime<Utc>>,
}

impl Run<'_> {
    /// Asks for what the filter says and brings the database to it, in one transaction. `expected` is the launch
    /// that `/launches/latest` named.
    pub(super) fn sweep(
        &mut self,
        connection: &mut AnyConnection,
        filter: SourceFilter,
        optimization: Optimization,
        expected: Option<String>,
    ) -> Result<Done, Failed> {
        let source = self.source;
        let everything = matches!(filter, SourceFilter::Everything { .. });
        let asked_for = filter.clone();
        fetch::sweep(source, filter, |pages| {
            self.commit(connection, |run, connection| {
                let stamp = run.stamp(connection)?;
                let mut loader = Loader::begin(connection, stamp, run.request.batch_size)?;
                let met = run.load_pages(connection, &mut loader, pages)?;
                run.judge(&loader, met.rejections)?;
                let mut done = Done {
                    optimization: Some(optimization),
                    everything,
                    latest_flown: met.latest_flown,
                    ..Done::default()
                };
                if everything && met.without_id == 0 {
                    done.implausible = run.find_vanished(connection, &mut loader)?;
                }
                done.reconcile_due = match asked_for {
                    SourceFilter::Recent { flown_since, .. } => {
                        tombstones::recent_not_served(connection, flown_since)?
                    }
                    SourceFilter::Window(window) => {
                        tombstones::window_not_served(connection, window)?
                    }
                    SourceFilter::Everything { .. } | SourceFilter::Ids(_) => false,
                };
                if let Some(launch_id) = expected
                    && !tombstones::was_served(connection, &launch_id)?
                {
                    run.warn(format!(
                        "launch {launch_id} is the latest, but was not among those served: the next run asks again"
                    ));
                }
                run.finish(connection, &loader, done)
            })
        })
    }

    fn load_pages(
        &self,
        connection: &mut AnyConnection,
        loader: &mut Loader,
        pages: Receiver<Result<ValidatedPage, RunError>>,
    ) -> Result<Met, Failed> {
        let mut met = Met::default();
        for page in pages {
            let page = page?;
            self.check_source_kind()?;
            self.clock.interrupted().map_err(RunError::from)?;
            if page.is_part() {
                loader.choose_batch(BULK_BATCH);
            }
            met.without_id += page.without_id;
            met.latest_flown = met.latest_flown.max(self.latest_flown(&page.good));
            may_strike("load");
            loader.load(connection, page.good, &page.bad)?;
            self.show_progress(loader.counts.fetched, page.following);
            met.rejections.extend(page.bad);
            if met.rejections.len() >= HELD_REJECTIONS {
                met.rejections.truncate(HELD_REJECTIONS);
                met.rejections = self.judge(loader, met.rejections)?;
            }
        }
        Ok(met)
    }

    /// `loaded` launches, those of a load that this one goes on with included.
    pub(super) fn show_progress(&self, loaded: u64, following: u64) {
        let before = self.resumed.as_ref().map_or(0, |resumed| resumed.counts.fetched);
        let total = Some(loaded + following);
        let counted = Counted { unit: "launches", before, done: loaded, total };
        self.progress.count("loading", counted);
    }

    pub(super) fn latest_flown(&self, launches: &[Launch]) -> Option<DateTime<Utc>> {
        let flown = launches.iter().filter(|launch| !launch.tracked.upcoming);
        flown.map(|launch| launch.tracked.date_utc).filter(|date| *date <= self.started).max()
    }

    /// A bad document is its own fault; when most are bad, the source is no longer the one we know.
    pub(super) fn judge(
        &self,
        loader: &Loader,
        rejections: Vec<Rejection>,
    ) -> Result<Vec<Rejection>, Failed> {
        let (fetched, rejected) = (loader.counts.fetched, loader.counts.quarantined);
        let first_load = self.kind == RunKind::Initial;
        if fetched == 0 && first_load {
            return Err(RunError::NothingServed.into());
        }
        let mostly_bad = fetched >= ENOUGH_TO_JUDGE && rejected * 2 > fetched;
        if !(mostly_bad || first_load && rejected == fetched) {
            return Ok(rejections);
        }
        let first = rejections.first().and_then(|rejection| rejection.breaches.first());
        let example = first.map(|breach| format!("{}: {}", breach.field, breach.message));
        let error =
            RunError::ChangedShape { rejected, fetched, example: example.unwrap_or_default() };
        Err(Failed { error, rejections })
    }

    /// Marks what the sweep of everything did not bring, after asking for just that once more.
    pub(super) fn find_vanished(
        &self,
        connection: &mut AnyConnection,
        loader: &mut Loader,
    ) -> Result<Option<(u64, u64)>, Failed> {
        let living = u64::try_from(tombstones::living_count(connection)?).unwrap_or_default();
        let ours = living.saturating_sub(loader.counts.inserted);
        let served = loader.counts.fetched;
        let mut missing = tombstones::not_served(connection)?;
        if served > 0 && !missing.is_empty() {
            loader.expect_known();
            fetch::sweep(self.source, SourceFilter::Ids(missing), |pages| {
                self.load_pages(connection, loader, pages)
            })?;
            missing = tombstones::not_served(connection)?;
        }
        let lacking = missing.len() as u64;
        let too_many = lacking > PLAUSIBLE_DELETIONS && lacking * 10 > ours;
        let implausible = too_many || served == 0 && lacking > 0;
        if implausible && !self.request.allow_mass_deletion {
            return Ok(Some((lacking, ours)));
        }
        quarantine::close_vanished(connection, loader.stamp())?;
        loader.counts.deleted += tombstones::mark(connection, &missing, loader.stamp())?;
        Ok(None)
    }

    /// Figures, state and the run's row: what no reader may see one without the other.
    pub(super) fn finish(
        &mut self,
        connection: &mut AnyConnection,
        loader: &Loader,
        mut done: Done,
    ) -> Result<Done, Failed> {
        may_strike("aggregate");
        self.progress.say("making the figures");
        let (counts, instant) = (loader.counts, loader.stamp().instant);
        let mut state = self.next_state();
        state.load = None;
        state.watermark = match self.kind {
            RunKind::Initial | RunKind::Full => done.latest_flown,
            // A window says nothing about what lies outside it.
            RunKind::Backfill(_) => state.watermark,
            _ => state.watermark.max(done.latest_flown),
        };
        state.fingerprint_version = FINGERPRINT_VERSION;
        state.initial_load_completed_at.get_or_insert(instant);
        if self.source.usage().calls > 0 {
            state.last_checked_at = Some(self.clock.now());
        }
        state.reconcile_due |= done.reconcile_due;
        if done.everything && done.implausible.is_none() {
            state.last_reconciled_at = Some(self.clock.now());
            state.reconcile_due = false;
        }
        done.watermark = state.watermark;
        done.counts = counts;
        let first_load = self.kind == RunKind::Initial;
        if counts.changed() > 0 || first_load {
            state.last_changed_at = Some(instant);
            let added = if first_load {
                counts.fetched - counts.quarantined
            } else {
                counts.inserted + counts.restored
            };
            let new = NewSnapshot {
                kind: self.kind,
                stamp: loader.stamp(),
                swept_everything: done.everything,
                last_reconciled_at: self.last_reconciled_at(),
                added,
                watermark: state.watermark,
            };
            let snapshot = write_snapshot(connection, &new)
                .map_err(|error| error.while_doing("making the figures"))?;
            done.snapshot = Some(snapshot);
        }
        state::write(connection, &state)?;
        self.close(connection, &done)?;
        may_strike("commit");
        Ok(done)
    }
}

//! The initial load: each page is committed whole, with the cursor behind it, so that a killed load goes on where it
//! stopped. The figures come with the last page.

use std::sync::mpsc::Receiver;

use chrono::{DateTime, Duration, Utc};

use super::fetch::{self, ValidatedPage};
use super::{Done, Failed, Run, RunError, ledger};
use crate::db::{AnyConnection, DbError};
use crate::defect::may_strike;
use crate::load::state::{self, LoadUnderWay, State};
use crate::load::{Loader, launches::next_instant};
use crate::model::run::{Optimization, RunCounts, RunId, Stamp, Usage};
use crate::model::source_filter::SourceFilter;

/// A load that stopped longer ago than this starts over, keeping its rows: the source has moved on.
const RESUMABLE: Duration = Duration::hours(1);

/// A load that was cut, and goes on under its own id.
#[derive(Debug, Clone)]
pub(super) struct Resumed {
    pub(super) run_id: RunId,
    cursor: String,
    /// What its rows carry.
    instant: DateTime<Utc>,
    /// What it did until it was cut.
    pub(super) counts: RunCounts,
    pub(super) usage: Usage,
}

/// What a transaction of a load leaves behind.
enum Committed {
    /// A page, and the state behind it.
    Page(Box<State>),
    /// The last page, and with it the load.
    Load(Box<Done>),
}

impl Resumed {
    /// The load under way, if it is one that can go on.
    pub(super) fn find(state: Option<&State>, now: DateTime<Utc>) -> Option<Self> {
        let state = state.filter(|state| state.initial_load_completed_at.is_none())?;
        let load = state.load.as_ref()?;
        let stopped = now - state.last_checked_at?;
        if stopped < Duration::zero() || stopped > RESUMABLE {
            return None;
        }
        Some(Self {
            run_id: RunId::stored(load.run_id.clone()),
            cursor: load.cursor.clone(),
            instant: state.last_changed_at?,
            counts: RunCounts::default(),
            usage: Usage::default(),
        })
    }
}

impl Resumed {
    /// What a run finds of its own load, from where it goes on when its transaction came to nothing.
    pub(super) fn own(
        state: Option<&State>,
        run_id: &RunId,
        counts: RunCounts,
        usage: Usage,
    ) -> Option<Self> {
        let state = state.filter(|state| state.initial_load_completed_at.is_none())?;
        let load = state.load.as_ref().filter(|load| load.run_id == run_id.as_str())?;
        Some(Self {
            run_id: run_id.clone(),
            cursor: load.cursor.clone(),
            instant: state.last_changed_at?,
            counts,
            usage,
        })
    }
}

impl Run<'_> {
    /// Loads everything, page by page.
    pub(super) fn load_initially(
        &mut self,
        connection: &mut AnyConnection,
    ) -> Result<Done, Failed> {
        let source = self.source;
        let after = self.resumed.as_ref().map(|resumed| resumed.cursor.clone());
        fetch::sweep(source, SourceFilter::Everything { after }, |pages| {
            self.load_page_by_page(connection, pages)
        })
    }

    fn load_page_by_page(
        &mut self,
        connection: &mut AnyConnection,
        pages: Receiver<Result<ValidatedPage, RunError>>,
    ) -> Result<Done, Failed> {
        let mut begun: Option<Loader> = None;
        for page in pages {
            let page = page?;
            self.check_source_kind()?;
            self.clock.interrupted().map_err(RunError::from)?;
            let following = page.following;
            let is_whole_load = begun.is_none() && self.resumed.is_none() && !page.is_part();
            let committed = self.commit(connection, |run, connection| {
                let loader = match &mut begun {
                    Some(loader) => {
                        Loader::go_on(connection)?;
                        loader
                    }
                    None => begun.insert(run.begin_load(connection)?),
                };
                run.load_and_commit(connection, loader, page, is_whole_load)
            })?;
            match committed {
                Committed::Load(done) => return Ok(*done),
                Committed::Page(state) => self.state = Some(*state),
            }
            self.committed = begun.as_ref().map_or(self.committed, |loader| loader.counts);
            self.show_progress(self.committed.fetched, following);
        }
        Err(RunError::NothingServed.into())
    }

    fn begin_load(&self, connection: &mut AnyConnection) -> Result<Loader, DbError> {
        let now = self.clock.now();
        let instant = match &self.resumed {
            Some(resumed) => resumed.instant,
            None => next_instant(connection, now)?,
        };
        let stamp = Stamp { run_id: self.run_id.clone(), instant };
        let mut loader = Loader::begin(connection, stamp, self.request.batch_size)?;
        if let Some(resumed) = &self.resumed {
            loader.counts = resumed.counts;
        }
        Ok(loader)
    }

    /// One page with what makes it whole: the cursor, or, after the last one, figures and all.
    fn load_and_commit(
        &mut self,
        connection: &mut AnyConnection,
        loader: &mut Loader,
        page: ValidatedPage,
        is_whole_load: bool,
    ) -> Result<Committed, Failed> {
        if page.is_part() || !is_whole_load {
            loader.choose_batch(super::sweep::BULK_BATCH);
        }
        let mut state = self.next_state();
        let latest_flown = state.watermark.max(self.latest_flown(&page.good));
        let cursor = page.last_id();
        let (is_last, without_id) = (!page.is_part(), page.without_id);
        may_strike("load");
        loader.load(connection, page.good, &page.bad)?;
        if is_last {
            self.judge(loader, page.bad)?;
            let mut done = Done {
                optimization: Some(Optimization::SkippedDetection),
                latest_flown,
                // What vanished while it was cut, or before it began, only a reconcile can tell.
                everything: is_whole_load || self.resumed.is_none() && !loader.found_rows(),
                ..Done::default()
            };
            if is_whole_load && without_id == 0 {
                done.implausible = self.find_vanished(connection, loader)?;
            }
            return Ok(Committed::Load(Box::new(self.finish(connection, loader, done)?)));
        }
        state.watermark = latest_flown;
        state.last_checked_at = Some(self.clock.now());
        state.last_changed_at = Some(loader.stamp().instant);
        state.load = cursor.map(|cursor| LoadUnderWay { cursor, run_id: self.run_id.to_string() });
        state::write(connection, &state)?;
        ledger::checkpoint(connection, &self.run_id, self.usage(), loader.counts)?;
        Ok(Committed::Page(Box::new(state)))
    }
}

//! Fetches and validates pages in a thread of its own, one page ahead of the load.

use std::sync::mpsc::{Receiver, sync_channel};

use super::RunError;
use crate::defect::{caught, may_strike};
use crate::model::document::LaunchDocument;
use crate::model::launch::Launch;
use crate::model::rejection::Rejection;
use crate::model::source_filter::SourceFilter;
use crate::source::{Page, Source, Sweep};
use crate::validate::validate;

/// A page after validation.
pub(super) struct ValidatedPage {
    pub(super) good: Vec<Launch>,
    pub(super) bad: Vec<Rejection>,
    /// Documents without a valid id: a sweep that met one cannot say what vanished.
    pub(super) without_id: usize,
    /// Documents that the source counts after this page.
    pub(super) following: u64,
}

impl ValidatedPage {
    /// More pages follow.
    pub(super) fn is_part(&self) -> bool {
        self.following > 0
    }

    /// The highest id on the page, where the next one begins.
    pub(super) fn last_id(&self) -> Option<String> {
        let good = self.good.iter().map(|launch| &launch.launch_id);
        let bad = self.bad.iter().filter_map(|rejection| rejection.document.id.as_ref());
        good.chain(bad).max().cloned()
    }
}

/// Sweeps the source while `load` works on the page before.
pub(super) fn sweep<T, E>(
    source: &Source,
    filter: SourceFilter,
    load: impl FnOnce(Receiver<Result<ValidatedPage, RunError>>) -> Result<T, E>,
) -> Result<T, E> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(1);
        scope.spawn(move || {
            let mut pages = source.sweep(filter);
            // Told as an error, since the end of the pages would be taken for the end of the source.
            while let Some(page) = caught(|| next_page(&mut pages)).transpose() {
                let page = page.unwrap_or_else(|defect| Err(defect.into()));
                let is_last = page.is_err();
                // The other side is gone when the load failed.
                if sender.send(page).is_err() || is_last {
                    break;
                }
            }
        });
        load(receiver)
    })
}

fn next_page(pages: &mut Sweep<'_>) -> Option<Result<ValidatedPage, RunError>> {
    let page = pages.next()?;
    may_strike("fetch");
    Some(page.map_err(RunError::from).map(|Page { documents, without_id, total_reported }| {
        let following = total_reported.saturating_sub(documents.len() as u64);
        validated(documents, without_id, following)
    }))
}

fn validated(documents: Vec<LaunchDocument>, without_id: usize, following: u64) -> ValidatedPage {
    may_strike("validate");
    let mut page = ValidatedPage {
        good: Vec::with_capacity(documents.len()),
        bad: Vec::new(),
        without_id,
        following,
    };
    for document in documents {
        match validate(document) {
            Ok(launch) => page.good.push(launch),
            Err(rejection) => page.bad.push(*rejection),
        }
    }
    page
}

//! Fetches and validates pages in a thread of its own, one page ahead of the load.

use std::sync::mpsc::{Receiver, sync_channel};

use crate::model::document::LaunchDocument;
use crate::model::launch::Launch;
use crate::model::rejection::Rejection;
use crate::model::source_filter::SourceFilter;
use crate::source::{Source, SourceError};
use crate::validate::validate;

/// A page after validation.
pub(super) struct ValidatedPage {
    pub(super) good: Vec<Launch>,
    pub(super) bad: Vec<Rejection>,
    /// Documents without a valid id: a sweep that met one cannot say what vanished.
    pub(super) without_id: usize,
    /// More pages follow.
    pub(super) is_part: bool,
}

impl ValidatedPage {
    /// The highest id on the page, where the next one begins.
    pub(super) fn last_id(&self) -> Option<String> {
        let good = self.good.iter().map(|launch| &launch.launch_id);
        let bad = self.bad.iter().filter_map(|rejection| rejection.document.id.as_ref());
        good.chain(bad).max().cloned()
    }
}

/// Sweeps the source while `load` works on the page before.
pub(super) fn sweep<T, E: From<SourceError>>(
    source: &Source,
    filter: SourceFilter,
    load: impl FnOnce(Receiver<Result<ValidatedPage, SourceError>>) -> Result<T, E>,
) -> Result<T, E> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(1);
        scope.spawn(move || {
            for page in source.sweep(filter) {
                let page = page.map(|page| {
                    let served = page.documents.len() as u64;
                    let is_part = page.total_reported > served;
                    validated(page.documents, page.without_id, is_part)
                });
                // The other side is gone when the load failed.
                if sender.send(page).is_err() {
                    break;
                }
            }
        });
        load(receiver)
    })
}

fn validated(documents: Vec<LaunchDocument>, without_id: usize, is_part: bool) -> ValidatedPage {
    let mut page = ValidatedPage {
        good: Vec::with_capacity(documents.len()),
        bad: Vec::new(),
        without_id,
        is_part,
    };
    for document in documents {
        match validate(document) {
            Ok(launch) => page.good.push(launch),
            Err(rejection) => page.bad.push(*rejection),
        }
    }
    page
}

//! A sweep: page after page by key, each one checked, until nothing is left.

use std::collections::{BTreeMap, BTreeSet};

use super::contract::ContractBreach;
use super::error::SourceError;
use super::query::{Bound, Question, Selection, Shape, WindowBounds};
use super::{Page, Source};
use crate::model::document::{Field, LaunchDocument, LaunchFields, PayloadReference, Reference};
use crate::model::source_filter::SourceFilter;

/// The most ids in one body: some 540 kB of the 1 MiB that the server takes.
const IDS_IN_A_BODY: usize = 20_000;

/// Pages that may come beyond those that the first one promised: launches are added while we read.
const PAGE_SLACK: u64 = 10;

/// The pages of one sweep, in key order within a piece of the question. Nothing follows an error.
pub(crate) struct Sweep<'a> {
    source: &'a Source,
    question: Option<Question>,
    /// Ids that no body has asked for yet, and that no page has brought.
    ids_left: BTreeSet<String>,
    pages: u64,
    first_total: Option<u64>,
}

impl<'a> Sweep<'a> {
    pub(crate) fn new(source: &'a Source, filter: SourceFilter) -> Self {
        let mut sweep =
            Self { source, question: None, ids_left: BTreeSet::new(), pages: 0, first_total: None };
        match filter {
            SourceFilter::Everything { after } => {
                sweep.begin(Selection::Everything);
                if let Some(question) = &mut sweep.question {
                    question.cursor = after;
                }
            }
            SourceFilter::Recent { flown_since, ids } => {
                sweep.ids_left = valid_ids(ids);
                let ids = sweep.take_ids(IDS_IN_A_BODY);
                sweep.begin(Selection::Recent { bound: Bound::new(flown_since), ids });
            }
            SourceFilter::Window(window) => {
                sweep.begin(Selection::Window(WindowBounds::new(window)));
            }
            SourceFilter::Ids(ids) => {
                sweep.ids_left = valid_ids(ids);
                sweep.begin_piece();
            }
        }
        sweep
    }

    fn begin(&mut self, selection: Selection) {
        let limit = self.source.page_size;
        self.question = Some(Question { selection, cursor: None, limit, shape: Shape::Populated });
        self.pages = 0;
        self.first_total = None;
    }

    /// Goes on with the next ids, a page of them, so that a piece is one call.
    fn begin_piece(&mut self) {
        let piece = usize::try_from(self.source.page_size).unwrap_or(IDS_IN_A_BODY);
        let ids = self.take_ids(piece.min(IDS_IN_A_BODY));
        if ids.is_empty() {
            self.question = None;
        } else {
            self.begin(Selection::Ids(ids));
        }
    }

    fn take_ids(&mut self, most: usize) -> BTreeSet<String> {
        match self.ids_left.iter().nth(most).cloned() {
            Some(first_left) => {
                let left = self.ids_left.split_off(&first_left);
                std::mem::replace(&mut self.ids_left, left)
            }
            None => std::mem::take(&mut self.ids_left),
        }
    }

    fn next_page(&mut self, mut question: Question) -> Result<Page, SourceError> {
        let (mut documents, total) = self.source.page(&question)?;
        self.stay_within_the_cap(&question, total)?;
        self.source.resolve(&mut documents)?;
        let last = documents.iter().rev().find_map(|document| document.id.clone());
        for id in documents.iter().filter_map(|document| document.id.as_ref()) {
            self.ids_left.remove(id);
        }
        if total == documents.len() as u64 {
            self.begin_piece();
        } else {
            question.cursor = last;
            self.question = Some(question);
        }
        let without_id = documents.iter().filter(|document| document.id.is_none()).count();
        Ok(Page { documents, without_id, total_reported: total })
    }

    fn stay_within_the_cap(&mut self, question: &Question, total: u64) -> Result<(), SourceError> {
        self.pages += 1;
        let first = *self.first_total.get_or_insert(total);
        let cap = (first / u64::from(question.limit.max(1))).saturating_add(PAGE_SLACK);
        if self.pages <= cap {
            return Ok(());
        }
        let breach = ContractBreach::TooManyPages { pages: self.pages, total: first };
        Err(self.source.broken(&question.call(), breach))
    }
}

impl Iterator for Sweep<'_> {
    type Item = Result<Page, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let question = self.question.take()?;
        Some(self.next_page(question))
    }
}

/// Only what can be an id may be asked for: the server refuses the whole query for one that cannot.
fn valid_ids(ids: Vec<String>) -> BTreeSet<String> {
    ids.into_iter()
        .filter(|id| id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()))
        .collect()
}

impl Source {
    /// Asks once more, bare, for those launches of a page that have a reference which did not resolve, and fills in
    /// the ids. A launch that is gone or was changed by then keeps its nulls.
    fn resolve(&self, documents: &mut [LaunchDocument]) -> Result<(), SourceError> {
        let ids: BTreeSet<String> = documents
            .iter()
            .filter(|document| document.fields.as_ref().is_ok_and(has_null_reference))
            .filter_map(|document| document.id.clone())
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let question = Question {
            selection: Selection::Ids(ids),
            cursor: None,
            limit: self.page_size,
            shape: Shape::Plain,
        };
        let (bare, _) = self.page(&question)?;
        let mut bare: BTreeMap<String, LaunchFields> =
            bare.into_iter().filter_map(|d| Some((d.id?, d.fields.ok()?))).collect();
        for document in documents {
            let bare = document.id.as_ref().and_then(|id| bare.remove(id));
            if let (Ok(fields), Some(bare)) = (&mut document.fields, bare) {
                fill_in(fields, bare);
            }
        }
        Ok(())
    }
}

/// A launch still to come may well have no pad yet.
fn has_null_reference(fields: &LaunchFields) -> bool {
    let no_pad = fields.launchpad == Field::Null && fields.upcoming != Field::Value(true);
    let lost_payload = match &fields.payloads {
        Field::Value(payloads) => payloads.contains(&Field::Null),
        _ => false,
    };
    no_pad || lost_payload || fields.rocket == Field::Null
}

fn fill_in(fields: &mut LaunchFields, bare: LaunchFields) {
    fill_in_one(&mut fields.launchpad, bare.launchpad);
    fill_in_one(&mut fields.rocket, bare.rocket);
    let (Field::Value(payloads), Field::Value(bare)) = (&mut fields.payloads, bare.payloads) else {
        return;
    };
    if payloads.len() != bare.len() || !payloads.iter().zip(&bare).all(same_payload) {
        return;
    }
    for (payload, bare) in payloads.iter_mut().zip(bare) {
        if *payload == Field::Null {
            *payload = bare;
        }
    }
}

fn fill_in_one(reference: &mut Field<Reference>, bare: Field<Reference>) {
    if *reference == Field::Null && matches!(bare, Field::Value(_)) {
        *reference = bare;
    }
}

/// The same payload stands at the same place, as far as both answers say which.
fn same_payload(pair: (&Field<PayloadReference>, &Field<PayloadReference>)) -> bool {
    match pair {
        (Field::Value(one), Field::Value(other)) => one.id == other.id,
        (Field::Null, _) => true,
        _ => false,
    }
}

//! The SpaceX API: asks it, checks every answer against the question, and says what it cost.
//!
//! Nothing here knows the rules that a launch must keep; a document leaves as it was served.

mod answer;
mod client;
mod contract;
mod document;
mod error;
mod query;
mod retry;
mod sweep;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use self::client::Client;
use self::contract::{ContractBreach, check};
use self::query::{Call, Question, Shape};
use self::retry::Pace;
use crate::clock::Clock;
use crate::model::document::LaunchDocument;
use crate::model::run::Usage;
use crate::model::settings::{SourceKind, SourceSettings};
use crate::model::source_filter::SourceFilter;

pub(crate) use self::error::SourceError;
pub(crate) use self::sweep::Sweep;

/// The API, ready to be asked; threads may share it.
pub(crate) struct Source {
    client: Client,
    page_size: u32,
}

/// A page that passed its check.
#[derive(Debug)]
pub(crate) struct Page {
    /// Those with a valid id in ascending order of it.
    pub(crate) documents: Vec<LaunchDocument>,
    /// How many of them have no valid id.
    pub(crate) without_id: usize,
    /// Documents that the source counts at and after this page.
    pub(crate) total_reported: u64,
}

/// Reads a document that was served before and kept as text.
pub(crate) fn reread(text: &str) -> LaunchDocument {
    document::read_document(text, text.as_bytes(), Shape::Populated)
}

impl Source {
    /// Checks the address and opens nothing yet: the first call connects.
    pub(crate) fn open(settings: &SourceSettings, clock: Clock) -> Result<Self, SourceError> {
        Self::open_at_pace(settings, clock, Pace::POLITE)
    }

    fn open_at_pace(
        settings: &SourceSettings,
        clock: Clock,
        pace: Pace,
    ) -> Result<Self, SourceError> {
        let client = Client::open(settings, clock, pace)?;
        Ok(Self { client, page_size: settings.page_size })
    }

    /// The flown launch with the highest flight number, its references bare.
    pub(crate) fn latest(&self) -> Result<LaunchDocument, SourceError> {
        let document = self.client.ask(&Call::Latest, answer::read_latest)?;
        document.map_err(|breach| self.broken(&Call::Latest, breach))
    }

    /// Every launch that the filter asks for, page by page.
    pub(crate) fn sweep(&self, filter: SourceFilter) -> Sweep<'_> {
        Sweep::new(self, filter)
    }

    /// What was asked so far.
    pub(crate) fn usage(&self) -> Usage {
        self.client.usage()
    }

    /// What answers there; known after the first good answer.
    pub(crate) fn kind(&self) -> Option<SourceKind> {
        self.client.kind()
    }

    /// What the server's clock showed with its first good answer, and what ours did then; not every server tells.
    pub(crate) fn clocks(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.client.clocks()
    }

    /// One page and its total. An answer that breaks the contract is asked for once more: count and documents are
    /// two reads at the server, and a change between them heals by itself.
    fn page(&self, question: &Question) -> Result<(Vec<LaunchDocument>, u64), SourceError> {
        let call = question.call();
        let mut asked_again = false;
        loop {
            let served =
                self.client.ask(&call, |answer| answer::read_page(answer, question.shape))?;
            let checked =
                served.and_then(|served| Ok((check(&served, question)?, served.documents)));
            match checked {
                Ok((total, documents)) => return Ok((documents, total)),
                Err(breach) if asked_again => {
                    return Err(self.broken(&call, breach));
                }
                Err(breach) => {
                    log::info!("{}: {breach}; asking once more", self.client.asked(&call));
                    asked_again = true;
                }
            }
        }
    }

    fn broken(&self, call: &Call, breach: ContractBreach) -> SourceError {
        SourceError::Contract { asked: self.client.asked(call), breach: Box::new(breach) }
    }
}

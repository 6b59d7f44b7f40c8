//! The API: it answers, in the shape that we know, and its clock shows what ours does.

use super::{compare, failed};
use crate::clock::Clock;
use crate::error::Error;
use crate::model::diagnosis::Diagnosis;
use crate::model::settings::{SourceKind, SourceSettings};
use crate::model::source_filter::SourceFilter;
use crate::source::{Source, SourceError};

/// Asks for the latest launch, and for a page of one.
pub(super) fn examine(settings: Result<SourceSettings, Error>, clock: &Clock) -> Vec<Diagnosis> {
    let opened = settings.and_then(|settings| {
        let settings = SourceSettings { page_size: 1, ..settings };
        Ok((Source::open(&settings, clock.clone())?, settings.base_url))
    });
    let (source, place) = match opened {
        Ok(opened) => opened,
        Err(error) => return vec![failed("api", error), unknown_clock()],
    };
    let api = match launches(&source) {
        Ok(count) => {
            let what = match source.kind() {
                Some(SourceKind::Sandbox) => "a sandbox",
                Some(SourceKind::Api) | None => "the API",
            };
            Diagnosis::well(
                "api",
                format!("{what} at {place} answers as it should: {count} launches"),
            )
        }
        Err(error) => failed("api", error),
    };
    let clocks = source.clocks();
    vec![
        api,
        clocks.map_or_else(unknown_clock, |(theirs, ours)| {
            compare("api_clock", "the API", theirs, ours)
        }),
    ]
}

/// How many launches the API counts, both kinds of answer having been read.
fn launches(source: &Source) -> Result<u64, SourceError> {
    source.latest()?;
    let page = source.sweep(SourceFilter::Everything { after: None }).next().transpose()?;
    Ok(page.map_or(0, |page| page.total_reported))
}

fn unknown_clock() -> Diagnosis {
    Diagnosis::skipped("api_clock", "the API has not told what its clock shows")
}

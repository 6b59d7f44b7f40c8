//! The wire, over real sockets: a server that answers each request with the bytes a test gives it.

mod bodies;
mod faults;
mod paging;
mod server;

use self::server::{Server, launch, ok, page};
use super::Source;
use super::error::SourceError;
use crate::model::document::LaunchDocument;
use crate::model::source_filter::SourceFilter;

fn sweep(source: &Source) -> Result<Vec<LaunchDocument>, SourceError> {
    let pages =
        source.sweep(SourceFilter::Everything { after: None }).collect::<Result<Vec<_>, _>>()?;
    Ok(pages.into_iter().flat_map(|page| page.documents).collect())
}

fn good() -> Vec<u8> {
    ok(&page(&[launch(1)], 1, 9))
}

/// The error that these answers end in, its kind, and how many requests it took.
fn failure(answers: Vec<Vec<u8>>) -> (String, &'static str, usize) {
    let server = Server::script(answers);
    let error = sweep(&server.source(9)).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    assert!(text.starts_with("POST /v4/launches/query: "), "{text}");
    assert!(!error.hint().is_empty());
    (text, error.kind(), server.requests().len())
}

/// One bad answer, then a good one: the retry is counted.
fn heals(bad: Vec<u8>) {
    let server = Server::script(vec![bad, good()]);
    let source = server.source(9);
    assert_eq!(sweep(&source).unwrap().len(), 1);
    let usage = source.usage();
    assert_eq!((usage.calls, usage.retries), (2, 1));
}

//! Takes a page apart: the envelope here, each document on its own in `document`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::client::{Answer, excerpt};
use super::contract::ContractBreach;
use super::document::read_document;
use super::error::Fault;
use super::query::Shape;
use crate::model::document::LaunchDocument;
use crate::model::shown::shown;

/// A page as it came, not yet held against the question.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) documents: Vec<LaunchDocument>,
    /// What the answer gives as its limit and its total, as their own text.
    pub(crate) limit: String,
    pub(crate) total: String,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    docs: Vec<&'a RawValue>,
    #[serde(borrow)]
    limit: &'a RawValue,
    #[serde(borrow, rename = "totalDocs")]
    total: &'a RawValue,
}

/// Reads a page. A body that is no JSON is a fault of the call; JSON that is no page breaks the contract.
pub(crate) fn read_page(
    answer: &Answer,
    shape: Shape,
) -> Result<Result<Served, ContractBreach>, Fault> {
    let Text { json, body } = Text::of(answer);
    let envelope: Envelope<'_> = match serde_json::from_str(&json) {
        Ok(envelope) => envelope,
        Err(error) if error.is_data() => return Ok(Err(no_page(answer, &error))),
        Err(error) => return Err(no_json(answer, body, &error)),
    };
    let documents = envelope.docs.into_iter().map(|document| {
        let served = same_bytes(document.get(), &json, body);
        read_document(document.get(), served, shape)
    });
    Ok(Ok(Served {
        documents: documents.collect(),
        limit: envelope.limit.get().to_owned(),
        total: envelope.total.get().to_owned(),
    }))
}

/// Reads the answer to `/launches/latest`: one document, its references bare.
pub(crate) fn read_latest(
    answer: &Answer,
) -> Result<Result<LaunchDocument, ContractBreach>, Fault> {
    let Text { json, body } = Text::of(answer);
    match serde_json::from_str::<&RawValue>(&json) {
        Ok(document) if document.get().starts_with('{') => {
            let served = same_bytes(document.get(), &json, body);
            Ok(Ok(read_document(document.get(), served, Shape::Plain)))
        }
        Ok(_) => Ok(Err(ContractBreach::NotADocument {
            content_type: answer.content_type.clone(),
            excerpt: excerpt(body, 60),
        })),
        Err(error) => Err(no_json(answer, body, &error)),
    }
}

/// A body as text. Each byte that is no UTF-8 is replaced by one `?`, so that every place in the text is the same
/// place in the body, and a document can be looked up there as it was served.
struct Text<'a> {
    json: std::borrow::Cow<'a, str>,
    body: &'a [u8],
}

impl<'a> Text<'a> {
    fn of(answer: &'a Answer) -> Self {
        let body = answer.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&answer.body);
        if let Ok(json) = std::str::from_utf8(body) {
            return Self { json: json.into(), body };
        }
        let mut json = String::with_capacity(body.len());
        for chunk in body.utf8_chunks() {
            json.push_str(chunk.valid());
            json.extend(chunk.invalid().iter().map(|_| '?'));
        }
        Self { json: json.into(), body }
    }
}

/// The bytes of the body where `part` stands in `whole`.
fn same_bytes<'a>(part: &'a str, whole: &str, body: &'a [u8]) -> &'a [u8] {
    let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
    body.get(start..start.saturating_add(part.len())).unwrap_or(part.as_bytes())
}

fn no_page(answer: &Answer, error: &serde_json::Error) -> ContractBreach {
    ContractBreach::NotAPage {
        reason: shown(&error.to_string(), 120),
        content_type: answer.content_type.clone(),
        excerpt: excerpt(&answer.body, 60),
    }
}

/// A body that ends too early may have been cut on its way, whatever its length said; any other is no JSON.
fn no_json(answer: &Answer, body: &[u8], error: &serde_json::Error) -> Fault {
    if error.is_eof() && !body.trim_ascii().is_empty() {
        return Fault::CutShort { at: body.len(), expected: None };
    }
    let reason = if body.trim_ascii().is_empty() {
        "it is empty".to_owned()
    } else {
        shown(&error.to_string(), 120)
    };
    let content_type = answer.content_type.clone();
    Fault::NotJson { reason, content_type, excerpt: excerpt(body, 60) }
}

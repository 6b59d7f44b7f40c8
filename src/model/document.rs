//! What the source says of one launch, read but not yet believed: no rule has been asked.

/// The state of one key of a document. Missing is not null: the source serves every key it knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Field<T> {
    /// The key is not there.
    #[default]
    Missing,
    /// The key is there and is `null`.
    Null,
    /// The key holds a value of the expected JSON type.
    Value(T),
    /// The key holds something else; the text says what, for a person ("a number", "text with a lone surrogate").
    Unreadable(&'static str),
}

/// One launch document, as served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LaunchDocument {
    /// The id, if it is one (24 hex digits); a document without has no place in the key order.
    pub(crate) id: Option<String>,
    /// The document's JSON exactly as served; bytes that are no UTF-8 are replaced by U+FFFD.
    pub(crate) text: String,
    /// SHA-256 of the bytes as served, in hex: names a document that has no id.
    pub(crate) content_sha256: String,
    /// The tracked fields, or why the document could not be read at all.
    pub(crate) fields: Result<LaunchFields, DocumentFault>,
}

/// Why nothing could be read from a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DocumentFault {
    /// It is no JSON object.
    NotAnObject,
    /// The same key stands twice in it.
    DuplicateKey(String),
    /// It holds bytes that are no UTF-8.
    NotUtf8,
    /// Nested too deep, or another fault of its JSON; the parser's own words.
    Unreadable(String),
}

/// The tracked fields under the source's names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LaunchFields {
    pub(crate) id: Field<String>,
    pub(crate) name: Field<String>,
    pub(crate) date_utc: Field<String>,
    pub(crate) date_precision: Field<String>,
    pub(crate) static_fire_date_utc: Field<String>,
    pub(crate) success: Field<bool>,
    pub(crate) upcoming: Field<bool>,
    /// The number's own text, so that nothing is lost before the rules have seen it.
    pub(crate) flight_number: Field<String>,
    pub(crate) launchpad: Field<Reference>,
    pub(crate) rocket: Field<Reference>,
    /// In the source's order. An entry that is `Null` is a reference that did not resolve and whose id is not known.
    pub(crate) payloads: Field<Vec<Field<PayloadReference>>>,
}

/// A reference to a pad or a rocket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Reference {
    pub(crate) id: Field<String>,
    /// `Missing` where only the id is known (not populated, or it did not resolve).
    pub(crate) name: Field<String>,
}

/// A reference to a payload.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PayloadReference {
    pub(crate) id: Field<String>,
    /// `Missing` where only the id is known (not populated, or it did not resolve).
    pub(crate) name: Field<String>,
    /// Kilograms, as the number's own text; `Missing` as for `name`.
    pub(crate) mass_kg: Field<String>,
}

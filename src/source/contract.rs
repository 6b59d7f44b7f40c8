//! Holds an answer against its question: the server says 200 also when it did not understand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use thiserror::Error;

use super::answer::Served;
use super::document::BARE_ID;
use super::query::{Bound, Question, Selection, Shape, WindowBounds};
use crate::model::document::{Field, LaunchDocument, LaunchFields};
use crate::model::shown::shown;

/// How an answer can fail to be one to the question.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ContractBreach {
    #[error("it is JSON, but no page of launches: {reason}; {content_type}, beginning `{excerpt}`")]
    NotAPage { reason: String, content_type: String, excerpt: String },
    #[error("it is JSON, but no launch document; {content_type}, beginning `{excerpt}`")]
    NotADocument { content_type: String, excerpt: String },
    #[error("asked for {asked} documents a page, it gives {limit} as its limit and holds {held}")]
    LimitNotHonoured { asked: u32, limit: String, held: usize },
    #[error("its totalDocs is `{total}`, which is no count")]
    TotalUnreadable { total: String },
    #[error(
        "it holds {held} documents of a limit of {limit}, but gives {total} as the total that is left"
    )]
    TotalMismatch { held: usize, limit: u32, total: u64 },
    #[error(
        "none of the {held} documents of a full page has a valid id, so that there is no next page"
    )]
    NoValidId { held: usize },
    #[error("the cursor did not advance: all its ids are at or before {cursor}, the last one seen")]
    CursorStuck { cursor: String },
    #[error("the source repeated id {id}")]
    IdRepeated { id: String },
    #[error("ids are not ascending: {id} follows {before}")]
    IdsNotAscending { id: String, before: String },
    #[error("the filter was ignored: document {id} is not among what was asked for ({why})")]
    FilterIgnored { id: String, why: String },
    #[error("the selected key {key} is missing from every document")]
    SelectedKeyMissing { key: String },
    #[error("{path} was to be populated, and holds bare ids in every document")]
    PopulateIgnored { path: &'static str },
    #[error(
        "after {pages} pages the sweep should long be over: the first one gave {total} documents in all"
    )]
    TooManyPages { pages: u64, total: u64 },
}

impl ContractBreach {
    /// The breach's name; stable.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NotAPage { .. } => "not_a_page",
            Self::NotADocument { .. } => "not_a_document",
            Self::LimitNotHonoured { .. } => "limit_not_honoured",
            Self::TotalUnreadable { .. } => "total_unreadable",
            Self::TotalMismatch { .. } => "total_mismatch",
            Self::NoValidId { .. } => "no_valid_id",
            Self::CursorStuck { .. } => "cursor_stuck",
            Self::IdRepeated { .. } => "id_repeated",
            Self::IdsNotAscending { .. } => "ids_not_ascending",
            Self::FilterIgnored { .. } => "filter_ignored",
            Self::SelectedKeyMissing { .. } => "selected_key_missing",
            Self::PopulateIgnored { .. } => "populate_ignored",
            Self::TooManyPages { .. } => "too_many_pages",
        }
    }
}

/// Checks a page and returns its total: the documents at and after this page.
pub(crate) fn check(served: &Served, question: &Question) -> Result<u64, ContractBreach> {
    limit_is_honoured(served, question)?;
    let total = total(served, question)?;
    ids_ascend(&served.documents, question.cursor.as_deref())?;
    a_full_page_has_an_id(&served.documents, question.limit)?;
    filter_is_applied(&served.documents, &question.selection)?;
    selected_keys_are_there(&served.documents, question.shape)?;
    Ok(total)
}

fn limit_is_honoured(served: &Served, question: &Question) -> Result<(), ContractBreach> {
    let (asked, held) = (question.limit, served.documents.len());
    if served.limit.parse() == Ok(asked) && !exceeds(held, asked) {
        return Ok(());
    }
    let limit = shown(&served.limit, 40);
    Err(ContractBreach::LimitNotHonoured { asked, limit, held })
}

fn exceeds(held: usize, limit: u32) -> bool {
    u32::try_from(held).map_or(true, |held| held > limit)
}

/// A page that ends the sweep holds as many as it says are left; only a full one may say that more follow.
fn total(served: &Served, question: &Question) -> Result<u64, ContractBreach> {
    let Ok(total) = served.total.parse::<u64>() else {
        let total = shown(&served.total, 40);
        return Err(ContractBreach::TotalUnreadable { total });
    };
    let held = served.documents.len();
    let full = is_full(held, question.limit);
    if total == held as u64 || (full && total > held as u64) {
        return Ok(total);
    }
    Err(ContractBreach::TotalMismatch { held, limit: question.limit, total })
}

fn is_full(held: usize, limit: u32) -> bool {
    u32::try_from(held) == Ok(limit)
}

/// In byte order, each strictly above the one before, and all above the cursor.
fn ids_ascend(documents: &[LaunchDocument], cursor: Option<&str>) -> Result<(), ContractBreach> {
    let ids = || documents.iter().filter_map(|document| document.id.as_deref());
    if let Some(cursor) = cursor
        && ids().next().is_some()
        && ids().all(|id| id <= cursor)
    {
        return Err(ContractBreach::CursorStuck { cursor: cursor.to_owned() });
    }
    let mut before = cursor;
    let mut seen = BTreeSet::new();
    for id in ids() {
        if let Some(before) = before.filter(|before| id <= *before) {
            // At or below the cursor everything was served already.
            let repeated = !seen.insert(id) || cursor.is_some_and(|cursor| id <= cursor);
            return Err(if repeated {
                ContractBreach::IdRepeated { id: id.to_owned() }
            } else {
                ContractBreach::IdsNotAscending { id: id.to_owned(), before: before.to_owned() }
            });
        }
        seen.insert(id);
        before = Some(id);
    }
    Ok(())
}

fn a_full_page_has_an_id(documents: &[LaunchDocument], limit: u32) -> Result<(), ContractBreach> {
    let held = documents.len();
    if is_full(held, limit) && documents.iter().all(|document| document.id.is_none()) {
        return Err(ContractBreach::NoValidId { held });
    }
    Ok(())
}

fn filter_is_applied(
    documents: &[LaunchDocument],
    selection: &Selection,
) -> Result<(), ContractBreach> {
    for document in documents {
        let (Some(id), Ok(fields)) = (&document.id, &document.fields) else { continue };
        let outside = match selection {
            Selection::Everything => None,
            Selection::Ids(ids) if ids.contains(id) => None,
            Selection::Ids(_) => Some("its id was not asked for".to_owned()),
            Selection::Recent { ids, .. } if ids.contains(id) => None,
            Selection::Recent { bound, .. } => too_old(fields, bound),
            Selection::Window(bounds) => outside_window(fields, bounds),
        };
        if let Some(why) = outside {
            return Err(ContractBreach::FilterIgnored { id: id.clone(), why });
        }
    }
    Ok(())
}

/// Says why a launch lies outside the window, as text and as an instant.
fn outside_window(fields: &LaunchFields, bounds: &WindowBounds) -> Option<String> {
    let Field::Value(date) = &fields.date_utc else { return None };
    let text = date.as_str();
    let inside_as_text = bounds.since.as_ref().is_none_or(|since| since.text.as_str() <= text)
        && bounds.until.as_ref().is_none_or(|until| text < until.text.as_str());
    let inside_as_instant = || {
        DateTime::parse_from_rfc3339(text).map_or(true, |at| bounds.window.contains(at.to_utc()))
    };
    if inside_as_text || inside_as_instant() {
        return None;
    }
    Some(format!("launched {}, outside the window asked for", shown(date, 40)))
}

/// Says why a flown launch lies before the bound. One whose date or state cannot be read is for the rules.
fn too_old(fields: &LaunchFields, bound: &Bound) -> Option<String> {
    let (Field::Value(false), Field::Value(date)) = (&fields.upcoming, &fields.date_utc) else {
        return None;
    };
    let late_as_text = date.as_str() >= bound.text.as_str();
    let late_as_instant =
        || DateTime::parse_from_rfc3339(date).map_or(true, |at| at >= bound.instant);
    if late_as_text || late_as_instant() {
        return None;
    }
    let date = shown(date, 40);
    Some(format!("flown {date}, before {}", bound.text))
}

/// How often a key was looked for, and how often it was missing or came in another shape.
#[derive(Default)]
struct Tally {
    looked_for: usize,
    missing: usize,
    bare: usize,
}

impl Tally {
    fn note<T>(&mut self, field: &Field<T>) {
        self.looked_for += 1;
        self.missing += usize::from(matches!(field, Field::Missing));
        self.bare += usize::from(matches!(field, Field::Unreadable(what) if *what == BARE_ID));
    }
}

/// A key missing from some documents is their own fault; one missing from all was not understood.
fn selected_keys_are_there(
    documents: &[LaunchDocument],
    shape: Shape,
) -> Result<(), ContractBreach> {
    let mut tallies = BTreeMap::new();
    for fields in documents.iter().filter_map(|document| document.fields.as_ref().ok()) {
        note_keys(&mut tallies, fields);
        if shape == Shape::Populated {
            note_populated(&mut tallies, fields);
        }
    }
    for (key, tally) in &tallies {
        let selected = shape.keys().contains(key) || key.contains('.');
        if selected && tally.missing == tally.looked_for {
            return Err(ContractBreach::SelectedKeyMissing { key: (*key).to_owned() });
        }
    }
    for path in ["launchpad", "rocket", "payload"] {
        if tallies.get(path).is_some_and(|tally| tally.bare > 0 && tally.bare == tally.looked_for) {
            return Err(ContractBreach::PopulateIgnored { path });
        }
    }
    Ok(())
}

type Tallies = BTreeMap<&'static str, Tally>;

fn note_keys(tallies: &mut Tallies, fields: &LaunchFields) {
    tallies.entry("name").or_default().note(&fields.name);
    tallies.entry("date_utc").or_default().note(&fields.date_utc);
    tallies.entry("date_precision").or_default().note(&fields.date_precision);
    tallies.entry("static_fire_date_utc").or_default().note(&fields.static_fire_date_utc);
    tallies.entry("success").or_default().note(&fields.success);
    tallies.entry("upcoming").or_default().note(&fields.upcoming);
    tallies.entry("flight_number").or_default().note(&fields.flight_number);
    tallies.entry("launchpad").or_default().note(&fields.launchpad);
    tallies.entry("rocket").or_default().note(&fields.rocket);
    tallies.entry("payloads").or_default().note(&fields.payloads);
}

fn note_populated(tallies: &mut Tallies, fields: &LaunchFields) {
    if let Field::Value(pad) = &fields.launchpad {
        tallies.entry("launchpad.name").or_default().note(&pad.name);
    }
    if let Field::Value(rocket) = &fields.rocket {
        tallies.entry("rocket.name").or_default().note(&rocket.name);
    }
    let Field::Value(payloads) = &fields.payloads else { return };
    for payload in payloads {
        tallies.entry("payload").or_default().note(payload);
        if let Field::Value(payload) = payload {
            tallies.entry("payloads.name").or_default().note(&payload.name);
            tallies.entry("payloads.mass_kg").or_default().note(&payload.mass_kg);
        }
    }
}

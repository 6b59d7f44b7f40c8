//! The calls we make, and the body of `/launches/query`.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::model::source_filter::Window;

/// A call to the API.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    /// The flown launch with the highest flight number.
    Latest,
    /// A page of launches; the body asks for it.
    Query(Arc<str>),
}

impl Call {
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::Latest => "GET",
            Self::Query(_) => "POST",
        }
    }

    pub(crate) fn path(&self) -> &'static str {
        match self {
            Self::Latest => "/launches/latest",
            Self::Query(_) => "/launches/query",
        }
    }
}

/// Which launches one query asks for: what fits into one body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    Everything,
    /// Flown on or after the bound, or upcoming, or named.
    Recent {
        bound: Bound,
        ids: BTreeSet<String>,
    },
    Window(WindowBounds),
    Ids(BTreeSet<String>),
}

/// A window of launch dates as the server compares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WindowBounds {
    pub(crate) since: Option<Bound>,
    pub(crate) until: Option<Bound>,
    pub(crate) window: Window,
}

impl WindowBounds {
    pub(crate) fn new(window: Window) -> Self {
        Self { since: window.since.map(Bound::new), until: window.until.map(Bound::new), window }
    }
}

/// The earliest launch date asked for, as the server compares it: as text, in exactly its own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) text: String,
    pub(crate) instant: DateTime<Utc>,
}

impl Bound {
    /// Rounded down to the millisecond, so that it never cuts off what the caller asked for.
    pub(crate) fn new(instant: DateTime<Utc>) -> Self {
        use chrono::SubsecRound;
        let instant = instant.trunc_subsecs(3);
        Self { text: instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(), instant }
    }
}

/// What a page is asked for, and what its answer is checked against.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) selection: Selection,
    /// The last id seen: only later ones are asked for.
    pub(crate) cursor: Option<String>,
    pub(crate) limit: u32,
    pub(crate) shape: Shape,
}

/// How references are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Pads, rockets and payloads as objects with the names and masses we need; all tracked fields.
    Populated,
    /// References alone, as bare ids.
    Plain,
}

impl Shape {
    /// The keys each document must have, `id` aside, which always comes.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Populated => &[
                "name",
                "date_utc",
                "date_precision",
                "static_fire_date_utc",
                "success",
                "upcoming",
                "flight_number",
                "launchpad",
                "rocket",
                "payloads",
            ],
            Self::Plain => &["launchpad", "rocket", "payloads"],
        }
    }
}

impl Question {
    pub(crate) fn call(&self) -> Call {
        let mut options = json!({
            "limit": self.limit,
            "sort": { "_id": 1 },
            "select": self.shape.keys().join(" "),
        });
        if let (Shape::Populated, Some(options)) = (self.shape, options.as_object_mut()) {
            options.insert("populate".to_owned(), populate());
        }
        let body = json!({ "query": self.filter(), "options": options });
        Call::Query(body.to_string().into())
    }

    /// `_id` is the id's name in queries; `id`, its name in answers, would be ignored there without a word.
    fn filter(&self) -> Value {
        let mut filter = serde_json::Map::new();
        let mut id = serde_json::Map::new();
        match &self.selection {
            Selection::Everything => {}
            Selection::Recent { bound, ids } => {
                let mut any = vec![
                    json!({ "upcoming": false, "date_utc": { "$gte": bound.text } }),
                    json!({ "upcoming": true }),
                ];
                if !ids.is_empty() {
                    any.push(json!({ "_id": { "$in": ids } }));
                }
                filter.insert("$or".to_owned(), any.into());
            }
            Selection::Window(WindowBounds { since, until, .. }) => {
                let mut dates = serde_json::Map::new();
                if let Some(since) = since {
                    dates.insert("$gte".to_owned(), json!(since.text));
                }
                if let Some(until) = until {
                    dates.insert("$lt".to_owned(), json!(until.text));
                }
                filter.insert("date_utc".to_owned(), dates.into());
            }
            Selection::Ids(ids) => {
                id.insert("$in".to_owned(), json!(ids));
            }
        }
        if let Some(cursor) = &self.cursor {
            id.insert("$gt".to_owned(), json!(cursor));
        }
        if !id.is_empty() {
            filter.insert("_id".to_owned(), id.into());
        }
        filter.into()
    }
}

/// Without `retainNullValues` a payload that does not resolve would be dropped from its list in silence.
fn populate() -> Value {
    json!([
        {
            "path": "payloads",
            "select": "name mass_kg",
            "options": { "retainNullValues": true }
        },
        { "path": "launchpad", "select": "name" },
        { "path": "rocket", "select": "name" }
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(selection: Selection, cursor: Option<&str>) -> Value {
        let question = Question {
            selection,
            cursor: cursor.map(str::to_owned),
            limit: 1000,
            shape: Shape::Populated,
        };
        match question.call() {
            Call::Query(body) => serde_json::from_str(&body).unwrap(),
            Call::Latest => panic!("a question is a query"),
        }
    }

    #[test]
    fn the_first_page_of_everything_asks_for_just_the_tracked_fields() {
        assert_eq!(
            question(Selection::Everything, None),
            json!({
                "query": {},
                "options": {
                    "limit": 1000,
                    "sort": { "_id": 1 },
                    "select": "name date_utc date_precision static_fire_date_utc success upcoming \
                               flight_number launchpad rocket payloads",
                    "populate": [
                        { "path": "payloads", "select": "name mass_kg",
                          "options": { "retainNullValues": true } },
                        { "path": "launchpad", "select": "name" },
                        { "path": "rocket", "select": "name" }
                    ]
                }
            })
        );
    }

    #[test]
    fn a_later_page_begins_above_the_cursor() {
        let body = question(Selection::Everything, Some("5eb87cd9ffd86e000604b32a"));
        assert_eq!(body["query"], json!({ "_id": { "$gt": "5eb87cd9ffd86e000604b32a" } }));
    }

    #[test]
    fn a_recent_question_has_the_servers_form_of_date_and_the_ids() {
        let bound = Bound::new("2022-10-05T18:00:00.123999+02:00".parse().unwrap());
        assert_eq!(bound.text, "2022-10-05T16:00:00.123Z");
        let ids = BTreeSet::from(["5eb87cd9ffd86e000604b32a".to_owned()]);
        let body = question(Selection::Recent { bound, ids }, Some("5e"));
        assert_eq!(
            body["query"],
            json!({
                "$or": [
                    { "upcoming": false, "date_utc": { "$gte": "2022-10-05T16:00:00.123Z" } },
                    { "upcoming": true },
                    { "_id": { "$in": ["5eb87cd9ffd86e000604b32a"] } }
                ],
                "_id": { "$gt": "5e" }
            })
        );
    }

    #[test]
    fn a_window_begins_with_its_first_instant_and_ends_before_its_last() {
        let window = Window {
            since: Some("2022-01-01T00:00:00Z".parse().unwrap()),
            until: Some("2022-02-01T00:00:00Z".parse().unwrap()),
        };
        let dates = |window| question(Selection::Window(WindowBounds::new(window)), None);
        assert_eq!(
            dates(window)["query"],
            json!({ "date_utc": {
                "$gte": "2022-01-01T00:00:00.000Z", "$lt": "2022-02-01T00:00:00.000Z"
            } })
        );
        let open = dates(Window { since: None, ..window });
        assert_eq!(open["query"], json!({ "date_utc": { "$lt": "2022-02-01T00:00:00.000Z" } }));
    }

    #[test]
    fn a_bound_on_the_second_still_has_three_digits() {
        assert_eq!(
            Bound::new("2022-10-05T16:00:00Z".parse().unwrap()).text,
            "2022-10-05T16:00:00.000Z"
        );
    }
}

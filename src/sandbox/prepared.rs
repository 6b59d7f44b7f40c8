//! A filter made ready for one store: what can be told of an invented launch without making JSON of it is told so, since
//! a question about what is recent is asked of every launch there is.

use serde_json::Value;

use super::document::Document;
use super::filter::{Filter, Test};
use super::instant;
use super::store::{Kind, Store};

/// The first second of the year 0 and the last of the year 9999: within them the text of a date has one length.
const SECONDS: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;

/// The same question as the filter that it was made of.
pub(super) enum Prepared<'a> {
    All(Vec<Prepared<'a>>),
    Any(Vec<Prepared<'a>>),
    /// Ids were listed; these are their places, ascending.
    Places(Vec<usize>),
    /// Asked of the document, but for an invented launch, of which the answer is known.
    Known {
        path: &'a str,
        test: &'a Test,
        of_launch: OfLaunch,
    },
    Ask {
        path: &'a str,
        test: &'a Test,
    },
}

/// What a test comes to, asked of an invented launch.
pub(super) enum OfLaunch {
    Upcoming(bool),
    /// Its date is within these seconds.
    Date(std::ops::Range<i64>),
}

impl<'a> Prepared<'a> {
    pub(super) fn new(filter: &'a Filter, store: &Store, kind: Kind) -> Self {
        let each = |parts: &'a [Filter]| parts.iter().map(|part| Self::new(part, store, kind));
        match filter {
            Filter::All(parts) => Self::All(each(parts).collect()),
            Filter::Any(parts) => Self::Any(each(parts).collect()),
            Filter::Field { path, test } => match (path.as_str(), test.listed_texts()) {
                ("_id", Some(ids)) => {
                    Self::Places(ids.iter().filter_map(|id| store.place_of(kind, id)).collect())
                }
                _ => match of_launch(path, test) {
                    Some(of_launch) => Self::Known { path, test, of_launch },
                    None => Self::Ask { path, test },
                },
            },
        }
    }

    /// Whether the document at that place is one that was asked for.
    pub(super) fn matches(&self, place: usize, document: Document<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(place, document)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(place, document)),
            Self::Places(places) => places.binary_search(&place).is_ok(),
            Self::Known { path, test, of_launch } => match document.invented_launch() {
                Some(launch) => match of_launch {
                    OfLaunch::Upcoming(upcoming) => launch.upcoming == *upcoming,
                    OfLaunch::Date(seconds) => seconds.contains(&launch.date),
                },
                None => test.holds(document, path),
            },
            Self::Ask { path, test } => test.holds(document, path),
        }
    }
}

fn of_launch(path: &str, test: &Test) -> Option<OfLaunch> {
    match (path, test) {
        ("upcoming", Test::Is(Value::Bool(upcoming))) => Some(OfLaunch::Upcoming(*upcoming)),
        ("date_utc", Test::Greater(Value::String(bound))) => {
            Some(OfLaunch::Date(first_second(|date| date > bound.as_str())..SECONDS.end))
        }
        ("date_utc", Test::GreaterOrEqual(Value::String(bound))) => {
            Some(OfLaunch::Date(first_second(|date| date >= bound.as_str())..SECONDS.end))
        }
        ("date_utc", Test::Less(Value::String(bound))) => {
            Some(OfLaunch::Date(SECONDS.start..first_second(|date| date >= bound.as_str())))
        }
        ("date_utc", Test::LessOrEqual(Value::String(bound))) => {
            Some(OfLaunch::Date(SECONDS.start..first_second(|date| date > bound.as_str())))
        }
        _ => None,
    }
}

/// Dates are compared as texts, whose order is that of time: the first second whose text is that far.
fn first_second(is_so_far: impl Fn(&str) -> bool) -> i64 {
    let (mut from, mut to) = (SECONDS.start, SECONDS.end);
    while from < to {
        let middle = from + (to - from) / 2;
        if is_so_far(&instant::utc(middle)) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_in_any_form_is_compared_as_the_text_that_it_is() {
        let store = Store::generated(300, 3);
        let bounds = [
            "2019-03-04T05:06:00.000Z",
            "2019-03-04T05:06:00.001Z",
            "2019-03-04T05:06:00+00:00",
            "2019",
            "",
            "soon",
            "0000-01-01T00:00:00.000Z",
            "9999-12-31T23:59:59.999Z",
            "2022-11-01",
        ];
        let dates: Vec<String> = (0..store.count(Kind::Launches))
            .filter_map(|place| store.at(Kind::Launches, place)?.value("date_utc"))
            .map(|date| date.as_str().unwrap_or_default().to_owned())
            .collect();
        let own = dates.iter().step_by(50).map(String::as_str);
        for bound in bounds.into_iter().chain(own) {
            for operator in ["$gt", "$gte", "$lt", "$lte"] {
                let query = serde_json::json!({ "date_utc": { operator: bound } });
                let filter = Filter::read(Kind::Launches, query.as_object().unwrap()).unwrap();
                let prepared = Prepared::new(&filter, &store, Kind::Launches);
                for (place, date) in dates.iter().enumerate() {
                    let expected = match operator {
                        "$gt" => date.as_str() > bound,
                        "$gte" => date.as_str() >= bound,
                        "$lt" => date.as_str() < bound,
                        _ => date.as_str() <= bound,
                    };
                    let document = store.at(Kind::Launches, place).unwrap();
                    assert_eq!(
                        prepared.matches(place, document),
                        expected,
                        "{date} {operator} {bound}"
                    );
                }
            }
        }
    }

    #[test]
    fn invented_and_edited_launches_match_alike() {
        let (invented, mut edited) = (Store::generated(200, 5), Store::generated(200, 5));
        let ids: Vec<String> = (0..200)
            .filter_map(|place| Some(invented.at(Kind::Launches, place)?.id().into_owned()))
            .collect();
        for id in &ids {
            assert!(edited.edit(Kind::Launches, id, |stored| stored.set("details", "\"edited\"")));
        }
        let recent = serde_json::json!({ "$or": [
            { "upcoming": false, "date_utc": { "$gte": "2021-01-01T00:00:00.000Z" } },
            { "upcoming": true },
            { "_id": { "$in": [ids[3], ids[77], "000000000000000000000000"] } },
        ], "_id": { "$gt": ids[1] } });
        let filter = Filter::read(Kind::Launches, recent.as_object().unwrap()).unwrap();
        let matching = |store: &Store| -> Vec<usize> {
            let prepared = Prepared::new(&filter, store, Kind::Launches);
            (0..200)
                .filter(|place| prepared.matches(*place, store.at(Kind::Launches, *place).unwrap()))
                .collect()
        };
        assert_eq!(matching(&invented), matching(&edited));
        assert!(matching(&invented).contains(&77) && !matching(&invented).contains(&78));
    }
}

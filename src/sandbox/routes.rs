//! The paths of the real API that launches, payloads, pads and rockets are read by.

use serde_json::Value;

use super::document::Document;
use super::filter::compare_any;
use super::http::{Request, Response};
use super::projection::Projection;
use super::query::{self, Query};
use super::store::{Kind, Store};

/// Answers as the real server does; with `ignore_filter` a query's filter is not looked at.
pub(super) fn answer(store: &Store, request: &Request, ignore_filter: bool) -> Response {
    let path = request.path().trim_end_matches('/');
    let Some(path) = path.strip_prefix("/v4/") else { return not_found() };
    if path == "admin/health" && is_read(request) {
        return Response::text(200, "OK");
    }
    let (collection, rest) =
        path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(kind) = Kind::from_path(collection) else { return not_found() };
    let response = match (request.method.as_str(), rest) {
        ("GET" | "HEAD", None) => list(store, kind),
        ("GET" | "HEAD", Some(name)) => single_or_part(store, kind, name),
        ("POST", Some("query")) => query(store, kind, request, ignore_filter),
        ("POST", None) | ("PATCH" | "DELETE", Some(_)) => {
            Response::text(401, "https://youtu.be/RfiQYRn7fBg")
        }
        _ => not_found(),
    };
    response
        .header("Access-Control-Allow-Origin", "*")
        .header("Access-Control-Expose-Headers", "spacex-api-cache,spacex-api-response-time")
        .header("Vary", "Origin")
}

fn is_read(request: &Request) -> bool {
    matches!(request.method.as_str(), "GET" | "HEAD")
}

fn not_found() -> Response {
    Response::text(404, "Not Found")
}

/// All documents as a bare array, in the order of the collection's list.
pub(super) fn list(store: &Store, kind: Kind) -> Response {
    let sorted_by = match kind {
        Kind::Launches => Some("flight_number"),
        Kind::Rockets => Some("first_flight"),
        Kind::Payloads | Kind::Launchpads => None,
    };
    let places = ordered(store, kind, (0..store.count(kind)).collect(), sorted_by);
    documents(store, kind, &places)
}

fn ordered(
    store: &Store,
    kind: Kind,
    mut places: Vec<usize>,
    sorted_by: Option<&str>,
) -> Vec<usize> {
    store.put_in_own_order(kind, &mut places);
    let sort: Vec<(String, bool)> =
        sorted_by.map(|path| (path.to_owned(), true)).into_iter().collect();
    query::order(store, kind, &mut places, &sort);
    places
}

fn documents(store: &Store, kind: Kind, places: &[usize]) -> Response {
    let mut out = vec![b'['];
    for document in places.iter().filter_map(|place| store.at(kind, *place)) {
        if out.len() > 1 {
            out.push(b',');
        }
        Projection::default().write(store, kind, document, &mut out);
    }
    out.push(b']');
    Response::json(200, out)
}

fn single_or_part(store: &Store, kind: Kind, name: &str) -> Response {
    match (kind, name) {
        (Kind::Launches, "past") => documents(store, kind, &part(store, false)),
        (Kind::Launches, "upcoming") => documents(store, kind, &part(store, true)),
        (Kind::Launches, "latest") => single(store, kind, last_flown(store)),
        (Kind::Launches, "next") => single(store, kind, next_upcoming(store)),
        (_, id) => single(store, kind, store.place_of(kind, &id.to_ascii_lowercase())),
    }
}

/// The launches that have flown, or those that have not, by flight number.
fn part(store: &Store, upcoming: bool) -> Vec<usize> {
    let mut places = unordered_part(store, upcoming);
    store.put_in_own_order(Kind::Launches, &mut places);
    let by_number = [("flight_number".to_owned(), true)];
    query::order(store, Kind::Launches, &mut places, &by_number);
    places
}

fn unordered_part(store: &Store, upcoming: bool) -> Vec<usize> {
    let belongs = |document: Document<'_>| match document.invented_launch() {
        Some(launch) => launch.upcoming == upcoming,
        None => document.value("upcoming").is_some_and(|value| *value == Value::Bool(upcoming)),
    };
    (0..store.count(Kind::Launches))
        .filter(|place| store.at(Kind::Launches, *place).is_some_and(belongs))
        .collect()
}

/// The last of those that have flown, without putting all of them in order.
fn last_flown(store: &Store) -> Option<usize> {
    numbered(store, false).max_by(|(one, _), (other, _)| compare_any(one, other)).map(in_place)
}

/// The first of those that have not.
fn next_upcoming(store: &Store) -> Option<usize> {
    numbered(store, true).min_by(|(one, _), (other, _)| compare_any(one, other)).map(in_place)
}

fn in_place((_, place): (Value, usize)) -> usize {
    place
}

/// The places of a part in the store's own order, which decides between equal flight numbers, with these.
fn numbered(store: &Store, upcoming: bool) -> impl Iterator<Item = (Value, usize)> {
    let mut places = unordered_part(store, upcoming);
    store.put_in_own_order(Kind::Launches, &mut places);
    places.into_iter().map(|place| {
        let document = store.at(Kind::Launches, place);
        let invented = document.and_then(Document::invented_launch);
        let number = invented.map_or_else(
            || query::sort_key(document, "flight_number"),
            |launch| Value::from(launch.flight_number),
        );
        (number, place)
    })
}

fn single(store: &Store, kind: Kind, place: Option<usize>) -> Response {
    let Some(document) = place.and_then(|place| store.at(kind, place)) else { return not_found() };
    let mut out = Vec::new();
    Projection::default().write(store, kind, document, &mut out);
    Response::json(200, out)
}

fn query(store: &Store, kind: Kind, request: &Request, ignore_filter: bool) -> Response {
    let is_json = request
        .header("content-type")
        .is_some_and(|value| value.trim().to_ascii_lowercase().starts_with("application/json"));
    // Without the right type the real server does not look at the body, and asks for everything.
    let text = if is_json { String::from_utf8_lossy(&request.body) } else { "".into() };
    let body = match text.trim() {
        "" => Value::Null,
        text => match serde_json::from_str::<Value>(text) {
            Ok(body @ (Value::Object(_) | Value::Array(_))) => body,
            Ok(_) => return Response::text(400, "invalid JSON, only supports object and array"),
            Err(_) => return Response::text(400, &malformed(text)),
        },
    };
    match Query::read(kind, &body, &text) {
        Ok(mut query) => {
            if ignore_filter {
                query.ignore_filter();
            }
            Response::json(200, query.answer(store, kind))
        }
        Err(message) => Response::text(400, &message),
    }
}

/// The message that the real server's parser gives, near enough.
fn malformed(text: &str) -> String {
    match text.chars().next() {
        Some(letter) if !matches!(letter, '{' | '[') => {
            format!("Unexpected token '{letter}' is not valid JSON")
        }
        _ => "Unexpected end of JSON input".to_owned(),
    }
}

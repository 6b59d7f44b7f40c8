//! `POST .../query`: options, order and pages, and the answer with its keys.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::document::{Document, Stored};
use super::filter::{self, Filter};
use super::prepared::Prepared;
use super::projection::{ObjectWriter, Population, Projection, Selection};
use super::store::{Kind, Store};

/// A question, read and cast.
pub(super) struct Query {
    filter: Filter,
    sort: Vec<(String, bool)>,
    projection: Projection,
    page: Paging,
}

/// The page that was asked for.
#[derive(Debug, Clone, Copy)]
struct Paging {
    on: bool,
    limit: u64,
    start: Start,
}

/// Where the page begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    Offset(u64),
    Page(u64),
    /// A page was named by something that is no number.
    NoNumber,
}

impl Query {
    /// Reads a body; `text` is the same, for the order of keys in a sort. The error is the text of a 400.
    pub(super) fn read(kind: Kind, body: &Value, text: &str) -> Result<Self, String> {
        let nothing = Map::new();
        let query = body.get("query").and_then(Value::as_object).unwrap_or(&nothing);
        let options = body.get("options").and_then(Value::as_object).unwrap_or(&nothing);
        if kind == Kind::Launches && options.get("lean").is_some_and(|lean| lean == true) {
            return Err("The option `lean` cannot be used with launches".to_owned());
        }
        let select = options.get("select").or_else(|| options.get("projection"));
        Ok(Self {
            filter: Filter::read(kind, query)?,
            sort: read_sort(options.get("sort"), text)?,
            projection: Projection {
                selection: Selection::read(select)?,
                populations: Population::read(kind, options.get("populate"))?,
            },
            page: Paging::read(options)?,
        })
    }

    /// Matches everything, whatever was asked.
    pub(super) fn ignore_filter(&mut self) {
        self.filter = Filter::everything();
    }

    pub(super) fn answer(&self, store: &Store, kind: Kind) -> Vec<u8> {
        let candidates = self.filter.candidates(store, kind);
        let prepared = Prepared::new(&self.filter, store, kind);
        let matches = |place: usize| {
            store.at(kind, place).is_some_and(|document| prepared.matches(place, document))
        };
        let by_id = matches!(self.sort.as_slice(), [(path, true)] if path == "_id");
        let (total, places) = if by_id && !candidates.ask {
            let (skip, take) = self.page.window();
            (candidates.count(), candidates.places().skip(skip).take(take).collect())
        } else {
            let asked = |place: &usize| !candidates.ask || matches(*place);
            let matching: Vec<usize> = candidates.places().filter(asked).collect();
            (matching.len(), self.cut(store, kind, matching))
        };
        let mut docs = vec![b'['];
        for document in places.into_iter().filter_map(|place| store.at(kind, place)) {
            if docs.len() > 1 {
                docs.push(b',');
            }
            self.projection.write(store, kind, document, &mut docs);
        }
        docs.push(b']');
        self.page.answer(&String::from_utf8_lossy(&docs), u64::try_from(total).unwrap_or_default())
    }

    /// Orders the matching places and keeps the page.
    fn cut(&self, store: &Store, kind: Kind, mut places: Vec<usize>) -> Vec<usize> {
        if self.sort.first().is_none_or(|(path, _)| path != "_id") {
            store.put_in_own_order(kind, &mut places);
        }
        order(store, kind, &mut places, &self.sort);
        let (skip, take) = self.page.window();
        places.into_iter().skip(skip).take(take).collect()
    }
}

/// Sorts places by the given fields; ties keep their order.
pub(super) fn order(store: &Store, kind: Kind, places: &mut Vec<usize>, sort: &[(String, bool)]) {
    if sort.is_empty() {
        return;
    }
    let keys = |place: usize| -> Vec<Value> {
        sort.iter().map(|(path, _)| sort_key(store.at(kind, place), path)).collect()
    };
    let mut keyed: Vec<(Vec<Value>, usize)> =
        places.iter().map(|place| (keys(*place), *place)).collect();
    keyed.sort_by(|(one, _), (other, _)| {
        let mut pairs = one.iter().zip(other).zip(sort);
        pairs
            .find_map(|((one, other), (_, ascending))| {
                let order = filter::compare_any(one, other);
                (order != Ordering::Equal).then(|| if *ascending { order } else { order.reverse() })
            })
            .unwrap_or(Ordering::Equal)
    });
    *places = keyed.into_iter().map(|(_, place)| place).collect();
}

/// What a document is ordered by.
pub(super) fn sort_key(document: Option<Document<'_>>, path: &str) -> Value {
    let found = document.map(|document| filter::values_at(document, path));
    found.and_then(|mut found| found.drain(..).next()).map_or(Value::Null, Cow::into_owned)
}

/// Reads `"-date_utc name"`, `{"_id": "asc"}` or `[["name", -1]]`: path and whether it ascends.
fn read_sort(sort: Option<&Value>, body: &str) -> Result<Vec<(String, bool)>, String> {
    let direction = |value: &Value| {
        let word = value.as_str().map_or_else(|| value.to_string(), str::to_lowercase);
        match word.as_str() {
            "1" | "asc" | "ascending" => Ok(true),
            "-1" | "desc" | "descending" => Ok(false),
            _ => Err(format!("Invalid sort value: {{ {word} }}")),
        }
    };
    match sort {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(words)) => Ok(words
            .split_whitespace()
            .map(|word| {
                word.strip_prefix('-')
                    .map_or((word.to_owned(), true), |path| (path.to_owned(), false))
            })
            .collect()),
        Some(Value::Object(paths)) => {
            let mut read = Vec::new();
            for path in keys_in_order(body).unwrap_or_else(|| paths.keys().cloned().collect()) {
                let direction = direction(paths.get(&path).unwrap_or(&Value::Null))?;
                read.push((path, direction));
            }
            Ok(read)
        }
        Some(Value::Array(pairs)) => pairs
            .iter()
            .map(|pair| match pair.as_array().map(Vec::as_slice) {
                Some([Value::String(path), value]) => Ok((path.clone(), direction(value)?)),
                _ => Err("Invalid sort() argument, must be array of arrays".to_owned()),
            })
            .collect(),
        Some(_) => Err("Invalid sort() argument. Must be a string, object, or array.".to_owned()),
    }
    .map(|mut paths: Vec<(String, bool)>| {
        // No stored document has an `id`: a sort by it does nothing.
        paths.retain(|(path, _)| path != "id");
        paths
    })
}

/// The keys of `options.sort` as they were written: their order decides.
fn keys_in_order(body: &str) -> Option<Vec<String>> {
    let inside = |text: &str, wanted: &str| {
        let fields = Stored::parse(text).ok()?;
        fields.into_iter().rev().find(|(key, _)| key == wanted).map(|(_, text)| text)
    };
    let sort = inside(&inside(body, "options")?, "sort")?;
    Some(Stored::parse(&sort).ok()?.into_iter().map(|(key, _)| key).collect())
}

/// What JavaScript's `parseInt` would read: leading digits, whatever follows.
fn parse_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let text = number.to_string();
            text.split(['.', 'e']).next().and_then(|whole| whole.parse().ok())
        }),
        Value::String(text) => {
            let text = text.trim_start();
            let end = text.char_indices().find(|(place, letter)| {
                !(letter.is_ascii_digit() || (*place == 0 && matches!(letter, '-' | '+')))
            });
            text.get(..end.map_or(text.len(), |(place, _)| place))?.parse().ok()
        }
        _ => None,
    }
}

impl Paging {
    fn read(options: &Map<String, Value>) -> Result<Self, String> {
        let limit = match options.get("limit") {
            None => 10,
            Some(value) => {
                parse_int(value).and_then(|limit| u64::try_from(limit).ok()).unwrap_or(0)
            }
        };
        let falsy = |value: &Value| {
            matches!(value, Value::Null | Value::Bool(false))
                || value == &Value::from("")
                || *value == json!(0)
        };
        let on = !options.get("pagination").is_some_and(falsy);
        let start = match (options.get("offset"), options.get("page")) {
            (Some(offset), _) => {
                Start::Offset(u64::try_from(parse_int(offset).unwrap_or_default()).map_err(
                    |_| "Skip value must be non-negative, but received a negative value".to_owned(),
                )?)
            }
            (None, Some(page)) => parse_int(page).map_or(Start::NoNumber, |page| {
                Start::Page(u64::try_from(page).unwrap_or(1).max(1))
            }),
            (None, None) => Start::Offset(0),
        };
        Ok(Self { on, limit, start })
    }

    /// How many to skip and how many to take.
    fn window(&self) -> (usize, usize) {
        if !self.on {
            return (0, usize::MAX);
        }
        let skip = match self.start {
            Start::Offset(offset) => offset,
            Start::Page(page) => (page - 1).saturating_mul(self.limit),
            Start::NoNumber => 0,
        };
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        (size(skip), size(self.limit))
    }

    /// The page's number; nothing where it is no number.
    fn number(&self) -> Option<u64> {
        match self.start {
            Start::Offset(offset) => Some(offset.saturating_add(1).div_ceil(self.limit.max(1))),
            Start::Page(page) => Some(page),
            Start::NoNumber => None,
        }
    }

    fn answer(&self, docs: &str, total: u64) -> Vec<u8> {
        let page = if self.limit == 0 { Some(1) } else { self.number() };
        let pages = if self.limit == 0 || !self.on { 1 } else { total.div_ceil(self.limit).max(1) };
        let next =
            page.filter(|page| self.on && self.limit > 0 && *page < pages).map(|page| page + 1);
        let offset = match self.start {
            Start::Offset(offset) => Some(offset),
            _ => None,
        };
        let previous = match page {
            _ if !self.on || self.limit == 0 => None,
            Some(page) if page > 1 => Some(page - 1),
            Some(1) if offset.is_some_and(|offset| offset > 0) => Some(1),
            _ => None,
        };
        let counter = page.map(|page| (page - 1).saturating_mul(self.limit).saturating_add(1));
        let mut out = Vec::with_capacity(docs.len() + 200);
        let mut writer = ObjectWriter::open(&mut out);
        writer.field("docs", docs);
        writer.field("totalDocs", &total.to_string());
        if let Some(offset) = offset {
            writer.field("offset", &offset.to_string());
        }
        writer.field("limit", &(if self.on { self.limit } else { total }).to_string());
        writer.field("totalPages", &pages.to_string());
        writer.field("page", &json!(page).to_string());
        writer.field("pagingCounter", &json!(counter).to_string());
        writer.field("hasPrevPage", &previous.is_some().to_string());
        writer.field("hasNextPage", &next.is_some().to_string());
        writer.field("prevPage", &json!(previous).to_string());
        writer.field("nextPage", &json!(next).to_string());
        writer.close();
        out
    }
}

//! The `query` of a question: read and cast as the server does, then asked of each document.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::document::Document;
use super::fields::{self, Type};
use super::http::hex;
use super::store::{Kind, Store};

/// A question to one document.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Field { path: String, test: Test },
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Is(Value),
    IsNot(Value),
    In(Listed),
    NotIn(Listed),
    Greater(Value),
    GreaterOrEqual(Value),
    Less(Value),
    LessOrEqual(Value),
}

/// The values of a list; the texts, which can be many thousand ids, are found without looking at each.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    texts: BTreeSet<String>,
    others: Vec<Value>,
}

impl Listed {
    fn new(values: Vec<Value>) -> Self {
        let mut listed = Self { texts: BTreeSet::new(), others: Vec::new() };
        for value in values {
            match value {
                Value::String(text) => drop(listed.texts.insert(text)),
                other => listed.others.push(other),
            }
        }
        listed
    }

    fn contains(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.texts.contains(text),
            Value::Null => self.others.contains(&Value::Null),
            value => self
                .others
                .iter()
                .any(|other| compare_like(value, other).is_some_and(Ordering::is_eq)),
        }
    }
}

impl Filter {
    pub(super) fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Reads a query. Fields that the schema does not know are dropped; the error is the text of a 400.
    pub(super) fn read(kind: Kind, query: &Map<String, Value>) -> Result<Self, String> {
        let mut parts = Vec::new();
        for (key, value) in query {
            match key.as_str() {
                "$and" => parts.extend(read_list(kind, key, value)?),
                "$or" => parts.push(Self::Any(read_list(kind, key, value)?)),
                "$nor" | "$text" | "$where" | "$expr" | "$comment" | "$jsonSchema" => {
                    return Err(format!("The sandbox does not know the operator {key}"));
                }
                path => {
                    if let Some(kind_of_value) = fields::type_of(kind, path) {
                        read_field(kind, path, kind_of_value, value, &mut parts)?;
                    }
                }
            }
        }
        Ok(Self::All(parts))
    }

    pub(super) fn matches(&self, document: Document<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(document)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(document)),
            Self::Field { path, test } => test.holds(document, path),
        }
    }

    /// The places of the id order that can match at all.
    pub(super) fn candidates(&self, store: &Store, kind: Kind) -> Candidates {
        let mut found = Candidates { range: 0..store.count(kind), listed: None, ask: true };
        let Self::All(parts) = self else { return found };
        found.ask = false;
        for part in parts {
            match part {
                Self::Field { path, test } if path == "_id" => found.narrow(test, store, kind),
                _ => found.ask = true,
            }
        }
        found
    }
}

/// Where the documents that can match stand.
pub(super) struct Candidates {
    range: std::ops::Range<usize>,
    /// Only these places of the range, where ids were listed.
    listed: Option<Vec<usize>>,
    /// A document there still has to be asked.
    pub(super) ask: bool,
}

impl Candidates {
    fn narrow(&mut self, test: &Test, store: &Store, kind: Kind) {
        let below = |id: &str| store.places_below(kind, id, false);
        let through = |id: &str| store.places_below(kind, id, true);
        let (from, to) = match test {
            Test::Greater(Value::String(id)) => (through(id), usize::MAX),
            Test::GreaterOrEqual(Value::String(id)) => (below(id), usize::MAX),
            Test::Less(Value::String(id)) => (0, below(id)),
            Test::LessOrEqual(Value::String(id)) => (0, through(id)),
            Test::Is(Value::String(id)) => (below(id), through(id)),
            Test::In(ids) if self.listed.is_none() => {
                self.listed =
                    Some(ids.texts.iter().filter_map(|id| store.place_of(kind, id)).collect());
                return;
            }
            _ => {
                self.ask = true;
                return;
            }
        };
        self.range = self.range.start.max(from)..self.range.end.min(to);
    }

    /// The places, ascending.
    pub(super) fn places(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match &self.listed {
            Some(places) => {
                Box::new(places.iter().copied().filter(|place| self.range.contains(place)))
            }
            None => Box::new(self.range.clone()),
        }
    }

    pub(super) fn count(&self) -> usize {
        match &self.listed {
            Some(_) => self.places().count(),
            None => self.range.len(),
        }
    }
}

fn read_list(kind: Kind, key: &str, value: &Value) -> Result<Vec<Filter>, String> {
    let Value::Array(alternatives) = value else { return Err(format!("{key} must be an array")) };
    if alternatives.is_empty() {
        return Err(format!("{key} must be a nonempty array"));
    }
    let read = |alternative: &Value| match alternative {
        Value::Object(query) => Filter::read(kind, query),
        _ => Err(format!("{key} entries need to be full objects")),
    };
    alternatives.iter().map(read).collect()
}

fn read_field(
    kind: Kind,
    path: &str,
    of: Type,
    value: &Value,
    parts: &mut Vec<Filter>,
) -> Result<(), String> {
    let cast = |value: &Value| cast(kind, path, of, value);
    let mut push = |test| parts.push(Filter::Field { path: path.to_owned(), test });
    match value {
        Value::Object(operators) if operators.keys().any(|key| key.starts_with('$')) => {
            for (operator, value) in operators {
                push(match operator.as_str() {
                    "$gt" => Test::Greater(cast(value)?),
                    "$gte" => Test::GreaterOrEqual(cast(value)?),
                    "$lt" => Test::Less(cast(value)?),
                    "$lte" => Test::LessOrEqual(cast(value)?),
                    "$ne" => Test::IsNot(cast(value)?),
                    "$in" => Test::In(cast_list(value, cast)?),
                    "$nin" => Test::NotIn(cast_list(value, cast)?),
                    _ => return Err(format!("Can't use {operator} with {}.", of.name())),
                });
            }
        }
        Value::Array(values) if !of.is_list() && of != Type::Nested => {
            push(Test::In(Listed::new(values.iter().map(cast).collect::<Result<_, _>>()?)));
        }
        Value::Array(values) if of.is_list() => {
            push(Test::Is(Value::Array(values.iter().map(cast).collect::<Result<_, _>>()?)));
        }
        _ => push(Test::Is(cast(value)?)),
    }
    Ok(())
}

fn cast_list(
    value: &Value,
    cast: impl Fn(&Value) -> Result<Value, String>,
) -> Result<Listed, String> {
    match value {
        Value::Array(values) => values.iter().map(cast).collect::<Result<_, _>>().map(Listed::new),
        single => Ok(Listed::new(vec![cast(single)?])),
    }
}

/// A value as the schema's type would hold it.
fn cast(kind: Kind, path: &str, of: Type, value: &Value) -> Result<Value, String> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let casted = match of {
        Type::Id | Type::Ids => cast_id(value),
        Type::Text | Type::Texts => match value {
            Value::String(_) => Some(value.clone()),
            Value::Number(_) | Value::Bool(_) => Some(Value::from(value.to_string())),
            _ => None,
        },
        Type::Number | Type::Numbers => cast_number(value),
        Type::Flag => cast_flag(value),
        Type::Nested => value.is_object().then(|| value.clone()),
    };
    casted.ok_or_else(|| {
        let (name, type_name) = (of.name(), type_name(value));
        let shown = match value {
            Value::String(text) => format!("\"{text}\""),
            other => other.to_string(),
        };
        let model = kind.model();
        format!("Cast to {name} failed for value {shown} (type {type_name}) at path \"{path}\" for model \"{model}\"")
    })
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Array(_) => "Array",
        Value::Object(_) | Value::Null => "Object",
    }
}

/// 24 hex digits, or any 12 bytes.
fn cast_id(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    if text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(Value::from(text.to_ascii_lowercase()));
    }
    (text.len() == 12).then(|| Value::from(hex(text.as_bytes())))
}

fn cast_number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::Bool(flag) => Some(Value::from(u8::from(*flag))),
        Value::String(text) if text.trim().is_empty() => Some(Value::Null),
        Value::String(text) => {
            let text = text.trim();
            text.parse::<i64>()
                .map(Value::from)
                .ok()
                .or_else(|| text.parse::<f64>().map(Value::from).ok())
        }
        _ => None,
    }
}

fn cast_flag(value: &Value) -> Option<Value> {
    let flag = match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) if number.as_i64() == Some(1) => Some(true),
        Value::Number(number) if number.as_i64() == Some(0) => Some(false),
        Value::String(text) => match text.as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    };
    flag.map(Value::Bool)
}

impl Test {
    /// The texts that are asked for, if it asks for listed ones and nothing else.
    pub(super) fn listed_texts(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::In(listed) if listed.others.is_empty() => Some(&listed.texts),
            _ => None,
        }
    }

    /// A list holds what any of its entries holds; a missing field is null.
    pub(super) fn holds(&self, document: Document<'_>, path: &str) -> bool {
        let found = values_at(document, path);
        let any = |wanted: &Value, test: fn(Ordering) -> bool, null_too: bool| {
            found.iter().any(|value| match (value.as_ref(), wanted) {
                (Value::Null, Value::Null) => null_too,
                (value, wanted) => compare_like(value, wanted).is_some_and(test),
            })
        };
        let equals = |wanted: &Value| any(wanted, Ordering::is_eq, true);
        match self {
            Self::Is(wanted) => equals(wanted),
            Self::IsNot(wanted) => !equals(wanted),
            Self::In(wanted) => found.iter().any(|value| wanted.contains(value)),
            Self::NotIn(wanted) => !found.iter().any(|value| wanted.contains(value)),
            Self::Greater(bound) => any(bound, Ordering::is_gt, false),
            Self::GreaterOrEqual(bound) => any(bound, Ordering::is_ge, true),
            Self::Less(bound) => any(bound, Ordering::is_lt, false),
            Self::LessOrEqual(bound) => any(bound, Ordering::is_le, true),
        }
    }
}

/// The values that a path leads to: those of each entry where it meets a list, and the list itself at its end.
pub(super) fn values_at<'a>(document: Document<'a>, path: &str) -> Vec<Cow<'a, Value>> {
    let (first, rest) =
        path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(top) = document.value(first) else { return vec![Cow::Owned(Value::Null)] };
    if rest.is_none() && !top.is_array() {
        return vec![top];
    }
    let mut found = Vec::new();
    collect(&top, rest, &mut found);
    if found.is_empty() {
        found.push(Value::Null);
    }
    found.into_iter().map(Cow::Owned).collect()
}

fn collect(value: &Value, path: Option<&str>, found: &mut Vec<Value>) {
    match (value, path) {
        (Value::Array(entries), None) => {
            found.extend(entries.iter().cloned());
            found.push(value.clone());
        }
        (Value::Array(entries), Some(_)) => {
            for entry in entries {
                collect(entry, path, found);
            }
        }
        (_, None) => found.push(value.clone()),
        (Value::Object(fields), Some(path)) => {
            let (first, rest) =
                path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
            collect(fields.get(first).unwrap_or(&Value::Null), rest, found);
        }
        _ => found.push(Value::Null),
    }
}

/// Compares two values of one type; values of different types have no order.
fn compare_like(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_))
            if one == other =>
        {
            Some(Ordering::Equal)
        }
        _ => None,
    }
}

/// The order of a sort, over all types.
pub(super) fn compare_any(one: &Value, other: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Object(_) => 3,
        Value::Array(_) => 4,
        Value::Bool(_) => 5,
    };
    compare_like(one, other).unwrap_or_else(|| rank(one).cmp(&rank(other)))
}

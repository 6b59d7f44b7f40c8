//! Which fields of a document an answer carries (`select`), and which references it replaces by what they lead to (`populate`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::Document;
use super::fields::{self, Type};
use super::filter::Filter;
use super::store::{Kind, Store};

/// Which fields are served.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    mode: Mode,
    paths: Vec<String>,
    without_id: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Whole,
    Only,
    Without,
}

impl Selection {
    /// Reads `"name -details"`, `["name"]` or `{"name": 1}`.
    pub(super) fn read(select: Option<&Value>) -> Result<Self, String> {
        let mut selection = Self::default();
        match select {
            Some(Value::String(text)) => {
                text.split_whitespace().try_for_each(|word| selection.add_word(word))?;
            }
            Some(Value::Array(words)) => {
                for word in words {
                    selection.add_word(word.as_str().ok_or_else(invalid_select)?)?;
                }
            }
            Some(Value::Object(paths)) => {
                for (path, wanted) in paths {
                    selection.add(path, is_true(wanted))?;
                }
            }
            Some(Value::Null) | None => {}
            Some(_) => return Err(invalid_select()),
        }
        Ok(selection)
    }

    fn add_word(&mut self, word: &str) -> Result<(), String> {
        match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some(path), _) => self.add(path, false),
            (_, Some(_)) => Ok(()),
            _ => self.add(word, true),
        }
    }

    fn add(&mut self, path: &str, wanted: bool) -> Result<(), String> {
        if path == "_id" {
            self.without_id |= !wanted;
            if wanted && self.mode == Mode::Whole {
                self.mode = Mode::Only;
            }
            return Ok(());
        }
        let mode = if wanted { Mode::Only } else { Mode::Without };
        if self.mode != Mode::Whole && self.mode != mode {
            return Err("Projection cannot have a mix of inclusion and exclusion.".to_owned());
        }
        self.mode = mode;
        self.paths.push(path.to_owned());
        Ok(())
    }

    fn write(
        &self,
        kind: Kind,
        document: Document<'_>,
        replaced: &Replacements,
        out: &mut Vec<u8>,
    ) {
        if let Some(raw) = document.raw() {
            out.extend_from_slice(raw.as_bytes());
            return;
        }
        let mut writer = ObjectWriter::open(out);
        for key in self.keys(document, replaced) {
            if let Some(text) = replaced.get(key) {
                writer.field(key, text);
            } else if let Some(text) = self.text_of(kind, document, key) {
                writer.field(key, &text);
            }
        }
        if !self.without_id
            && let Some(id) = document.text("id")
        {
            writer.field("id", &id);
        }
        writer.close();
    }

    /// The top-level keys to serve, the id aside; a populated path comes even if it was not selected.
    fn keys<'a>(&'a self, document: Document<'a>, replaced: &'a Replacements) -> Vec<&'a str> {
        let mut keys: Vec<&str> = match self.mode {
            Mode::Only => self.paths.iter().map(|path| first_segment(path)).collect(),
            Mode::Whole => document.keys(),
            Mode::Without => {
                let excluded = |key: &&str| !self.paths.iter().any(|path| path == key);
                document.keys().into_iter().filter(excluded).collect()
            }
        };
        keys.extend(replaced.keys().map(String::as_str));
        let mut seen: Vec<&str> = Vec::with_capacity(keys.len());
        for key in keys {
            if key != "id" && !seen.contains(&key) {
                seen.push(key);
            }
        }
        seen
    }

    fn text_of(&self, kind: Kind, document: Document<'_>, key: &str) -> Option<String> {
        let nested: Vec<&str> = self
            .paths
            .iter()
            .filter_map(|path| path.strip_prefix(key)?.strip_prefix('.'))
            .collect();
        let whole = nested.is_empty() || self.paths.iter().any(|path| path == key);
        if self.mode == Mode::Whole || whole {
            return document.text(key).map(std::borrow::Cow::into_owned);
        }
        let value = document.value(key)?.into_owned();
        if self.mode == Mode::Without {
            return Some(nested.iter().fold(value, |value, path| without(value, path)).to_string());
        }
        let known = |path: &&&str| fields::type_of(kind, &format!("{key}.{path}")).is_some();
        let paths: Vec<&str> = nested.iter().filter(known).copied().collect();
        Some(only(&value, &paths).to_string())
    }
}

fn invalid_select() -> String {
    "Invalid select() argument. Must be string or object.".to_owned()
}

fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
        && value.as_f64() != Some(0.0)
        && value != &Value::from("")
}

fn first_segment(path: &str) -> &str {
    path.split_once('.').map_or(path, |(first, _)| first)
}

/// The wanted nested fields; asked of `null`, they are null each.
fn only(value: &Value, paths: &[&str]) -> Value {
    if let Value::Array(entries) = value {
        return entries.iter().map(|entry| only(entry, paths)).collect();
    }
    let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let (first, rest) =
            path.split_once('.').map_or((*path, None), |(first, rest)| (first, Some(rest)));
        wanted.entry(first).or_default().extend(rest);
    }
    let field = |(key, rest): (&str, Vec<&str>)| {
        let found = value.get(key).unwrap_or(&Value::Null);
        (key.to_owned(), if rest.is_empty() { found.clone() } else { only(found, &rest) })
    };
    Value::Object(wanted.into_iter().map(field).collect())
}

fn without(mut value: Value, path: &str) -> Value {
    match (&mut value, path.split_once('.')) {
        (Value::Array(entries), _) => {
            for entry in entries {
                *entry = without(entry.take(), path);
            }
        }
        (Value::Object(fields), Some((first, rest))) => {
            if let Some(field) = fields.get_mut(first) {
                *field = without(field.take(), rest);
            }
        }
        (Value::Object(fields), None) => {
            fields.remove(path);
        }
        _ => {}
    }
    value
}

/// One reference to follow.
#[derive(Debug)]
pub(super) struct Population {
    path: String,
    target: Kind,
    selection: Selection,
    filter: Filter,
    retain_nulls: bool,
}

/// Populated fields, as JSON text by key.
type Replacements = BTreeMap<String, String>;

impl Population {
    /// Reads `"payloads rocket"`, `{"path": "payloads", ...}` or a list of them.
    pub(super) fn read(kind: Kind, populate: Option<&Value>) -> Result<Vec<Self>, String> {
        match populate {
            Some(Value::String(paths)) => {
                paths.split_whitespace().map(|path| Self::of(kind, path, &Map::new())).collect()
            }
            Some(Value::Object(how)) => {
                let paths = how.get("path").and_then(Value::as_str).unwrap_or_default();
                paths.split_whitespace().map(|path| Self::of(kind, path, how)).collect()
            }
            Some(Value::Array(entries)) => {
                let mut populations = Vec::new();
                for entry in entries {
                    populations.extend(Self::read(kind, Some(entry))?);
                }
                Ok(populations)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn of(kind: Kind, path: &str, how: &Map<String, Value>) -> Result<Self, String> {
        let target = fields::target(kind, path).ok_or_else(|| {
            format!(
                "Cannot populate path `{path}` because it is not in your schema. \
                 Set the `strictPopulate` option to false to override."
            )
        })?;
        let filter = match how.get("match") {
            Some(Value::Object(query)) => Filter::read(target, query)?,
            _ => Filter::everything(),
        };
        let retain = how.get("options").and_then(|options| options.get("retainNullValues"));
        Ok(Self {
            path: path.to_owned(),
            target,
            selection: Selection::read(how.get("select"))?,
            filter,
            retain_nulls: retain.is_some_and(is_true),
        })
    }

    /// The populated field: what is not found is dropped from a list, and null when single.
    fn text(&self, store: &Store, kind: Kind, document: Document<'_>) -> Option<String> {
        let value = document.value(&self.path)?;
        let mut out = Vec::new();
        let is_list = fields::type_of(kind, &self.path) == Some(Type::Ids);
        match value.as_ref() {
            Value::Array(ids) if is_list => {
                out.push(b'[');
                for id in ids {
                    let before = out.len();
                    if before > 1 {
                        out.push(b',');
                    }
                    if !self.write_target(store, id, &mut out) {
                        if self.retain_nulls {
                            out.extend_from_slice(b"null");
                        } else {
                            out.truncate(before);
                        }
                    }
                }
                out.push(b']');
            }
            Value::String(_) => {
                if !self.write_target(store, value.as_ref(), &mut out) {
                    out.extend_from_slice(b"null");
                }
            }
            // Not a reference at all: served as it is.
            _ => return document.text(&self.path).map(std::borrow::Cow::into_owned),
        }
        String::from_utf8(out).ok()
    }

    fn write_target(&self, store: &Store, id: &Value, out: &mut Vec<u8>) -> bool {
        let found = id.as_str().and_then(|id| store.find(self.target, id));
        match found.filter(|document| self.filter.matches(*document)) {
            Some(document) => {
                self.selection.write(self.target, document, &Replacements::new(), out);
                true
            }
            None => false,
        }
    }
}

/// How the documents of an answer are written.
#[derive(Debug, Default)]
pub(super) struct Projection {
    pub(super) selection: Selection,
    pub(super) populations: Vec<Population>,
}

impl Projection {
    pub(super) fn write(
        &self,
        store: &Store,
        kind: Kind,
        document: Document<'_>,
        out: &mut Vec<u8>,
    ) {
        let replaced = self
            .populations
            .iter()
            .filter_map(|population| {
                Some((population.path.clone(), population.text(store, kind, document)?))
            })
            .collect();
        self.selection.write(kind, document, &replaced, out);
    }
}

/// Writes a JSON object whose values are JSON texts already.
pub(super) struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> ObjectWriter<'a> {
    pub(super) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    pub(super) fn field(&mut self, key: &str, text: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.extend_from_slice(Value::from(key).to_string().as_bytes());
        self.out.push(b':');
        self.out.extend_from_slice(text.as_bytes());
    }

    pub(super) fn close(self) {
        self.out.push(b'}');
    }
}

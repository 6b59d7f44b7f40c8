//! One document: generated from the universe when it is asked for, or kept whole with each value's own text.

use std::borrow::Cow;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::portrait;
use super::universe::{Launch, Universe};

/// A document that is kept whole.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// The id by which it is found and ordered, whatever its `id` field says now.
    pub(super) id: String,
    /// Its place in the store's own order.
    pub(super) position: usize,
    fields: Vec<Entry>,
    /// Served instead of the fields, to the letter.
    raw: Option<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: String,
    /// The JSON exactly as it was given.
    text: String,
    /// What comparisons read: the last value that could be read.
    value: Value,
}

impl Stored {
    pub(super) fn new(id: &str, position: usize, fields: &[(String, String)]) -> Self {
        let mut stored = Self { id: id.to_owned(), position, fields: Vec::new(), raw: None };
        for (key, text) in fields {
            stored.set(key, text);
        }
        stored
    }

    /// Reads a JSON object, keeping each value's own text.
    pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, serde_json::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(String, String)>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    fields.push((key, value.get().to_owned()));
                }
                Ok(fields)
            }
        }
        serde_json::Deserializer::from_str(text).deserialize_map(Fields)
    }

    pub(super) fn set(&mut self, key: &str, text: &str) {
        let value = serde_json::from_str(text).ok();
        if let Some(entry) = self.fields.iter_mut().find(|entry| entry.key == key) {
            text.clone_into(&mut entry.text);
            if let Some(value) = value {
                entry.value = value;
            }
        } else {
            let entry = Entry {
                key: key.to_owned(),
                text: text.to_owned(),
                value: value.unwrap_or_default(),
            };
            self.fields.push(entry);
        }
    }

    pub(super) fn unset(&mut self, key: &str) {
        self.fields.retain(|entry| entry.key != key);
    }

    pub(super) fn set_raw(&mut self, raw: Option<String>) {
        self.raw = raw;
    }
}

/// One document, wherever it comes from.
#[derive(Clone, Copy)]
pub(super) enum Document<'a> {
    Launch(&'a Universe, u32),
    Payload(&'a Universe, u32),
    Stored(&'a Stored),
}

impl<'a> Document<'a> {
    pub(super) fn id(self) -> Cow<'a, str> {
        match self {
            Self::Launch(universe, index) => Cow::Owned(universe.launch_id(index)),
            Self::Payload(universe, index) => Cow::Owned(universe.payload_id(index)),
            Self::Stored(stored) => Cow::Borrowed(&stored.id),
        }
    }

    /// An invented launch as it was drawn.
    pub(super) fn invented_launch(self) -> Option<&'a Launch> {
        match self {
            Self::Launch(universe, index) => universe.launches.get(usize::try_from(index).ok()?),
            _ => None,
        }
    }

    /// The value of a top-level field, as comparisons see it; `_id` is the id that the store knows.
    pub(super) fn value(self, key: &str) -> Option<Cow<'a, Value>> {
        match self {
            Self::Launch(universe, index) => {
                portrait::launch_field(universe, index, key).map(Cow::Owned)
            }
            Self::Payload(universe, index) => {
                portrait::payload_field(universe, index, key).map(Cow::Owned)
            }
            Self::Stored(stored) if key == "_id" => {
                Some(Cow::Owned(Value::from(stored.id.as_str())))
            }
            Self::Stored(stored) => stored
                .fields
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| Cow::Borrowed(&entry.value)),
        }
    }

    /// The JSON text of a top-level field, as served.
    pub(super) fn text(self, key: &str) -> Option<Cow<'a, str>> {
        match self {
            Self::Stored(stored) => stored
                .fields
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| Cow::Borrowed(entry.text.as_str())),
            _ => self.value(key).map(|value| Cow::Owned(value.to_string())),
        }
    }

    pub(super) fn keys(self) -> Vec<&'a str> {
        match self {
            Self::Launch(..) => portrait::LAUNCH_KEYS.to_vec(),
            Self::Payload(..) => portrait::PAYLOAD_KEYS.to_vec(),
            Self::Stored(stored) => stored.fields.iter().map(|entry| entry.key.as_str()).collect(),
        }
    }

    pub(super) fn raw(self) -> Option<&'a str> {
        match self {
            Self::Stored(stored) => stored.raw.as_deref(),
            _ => None,
        }
    }

    pub(super) fn position(self) -> usize {
        match self {
            Self::Launch(_, index) | Self::Payload(_, index) => {
                usize::try_from(index).unwrap_or(usize::MAX)
            }
            Self::Stored(stored) => stored.position,
        }
    }

    pub(super) fn to_stored(self) -> Stored {
        if let Self::Stored(stored) = self {
            return stored.clone();
        }
        let texts = self
            .keys()
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), self.text(key)?.into_owned())));
        Stored::new(&self.id(), self.position(), &texts.collect::<Vec<_>>())
    }
}

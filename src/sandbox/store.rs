//! The documents as they stand now: generated ones, and in their place those that were edited, added or read from files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::universe::Universe;
use super::{ground, portrait};

/// The four collections that the sandbox keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Launches,
    Payloads,
    Launchpads,
    Rockets,
}

impl Kind {
    pub(super) const ALL: [Self; 4] =
        [Self::Launches, Self::Payloads, Self::Launchpads, Self::Rockets];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Launches => "launches",
            Self::Payloads => "payloads",
            Self::Launchpads => "launchpads",
            Self::Rockets => "rockets",
        }
    }

    pub(super) fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.path() == path)
    }

    /// The name that the server's messages use.
    pub(super) fn model(self) -> &'static str {
        match self {
            Self::Launches => "Launch",
            Self::Payloads => "Payload",
            Self::Launchpads => "Launchpad",
            Self::Rockets => "Rocket",
        }
    }
}

/// A document that is kept whole.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// The id by which it is found and ordered, whatever its `id` field says now.
    id: String,
    /// Its place in the store's own order.
    position: usize,
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

enum Slot {
    Generated(u32),
    Stored(Box<Stored>),
}

struct Collection {
    /// Ascending by id.
    slots: Vec<Slot>,
    /// The store's own order is not that of the ids.
    has_own_order: bool,
    removed: BTreeMap<String, Stored>,
}

/// Everything that is served.
pub(super) struct Store {
    pub(super) universe: Universe,
    launches: Collection,
    payloads: Collection,
    launchpads: Collection,
    rockets: Collection,
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

    fn position(self) -> usize {
        match self {
            Self::Launch(_, index) | Self::Payload(_, index) => {
                usize::try_from(index).unwrap_or(usize::MAX)
            }
            Self::Stored(stored) => stored.position,
        }
    }

    fn to_stored(self) -> Stored {
        match self {
            Self::Stored(stored) => stored.clone(),
            _ => {
                let mut stored = Stored {
                    id: self.id().into_owned(),
                    position: self.position(),
                    fields: Vec::new(),
                    raw: None,
                };
                for key in self.keys() {
                    if let Some(text) = self.text(key) {
                        stored.set(key, &text);
                    }
                }
                stored
            }
        }
    }
}

impl Store {
    /// An invented history.
    pub(super) fn generated(launches: u32, seed: u64) -> Self {
        let universe = Universe::new(launches, seed);
        let (pads, rockets) = (ground::launchpads(&universe), ground::rockets(&universe));
        let payloads = u32::try_from(universe.payloads.len()).unwrap_or(u32::MAX);
        Self {
            launches: Collection::of_generated(launches),
            payloads: Collection::of_generated(payloads),
            launchpads: Collection::of_values(&pads),
            rockets: Collection::of_values(&rockets),
            universe,
        }
    }

    /// The four files of a directory. An error names the file.
    pub(super) fn from_directory(directory: &Path, seed: u64) -> io::Result<Self> {
        Ok(Self {
            universe: Universe::empty(seed),
            launches: read_file(directory, Kind::Launches)?,
            payloads: read_file(directory, Kind::Payloads)?,
            launchpads: read_file(directory, Kind::Launchpads)?,
            rockets: read_file(directory, Kind::Rockets)?,
        })
    }

    fn collection(&self, kind: Kind) -> &Collection {
        match kind {
            Kind::Launches => &self.launches,
            Kind::Payloads => &self.payloads,
            Kind::Launchpads => &self.launchpads,
            Kind::Rockets => &self.rockets,
        }
    }

    fn collection_mut(&mut self, kind: Kind) -> &mut Collection {
        match kind {
            Kind::Launches => &mut self.launches,
            Kind::Payloads => &mut self.payloads,
            Kind::Launchpads => &mut self.launchpads,
            Kind::Rockets => &mut self.rockets,
        }
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.collection(kind).slots.len()
    }

    /// The document at a place of the id order.
    pub(super) fn at(&self, kind: Kind, place: usize) -> Option<Document<'_>> {
        self.collection(kind).slots.get(place).map(|slot| self.document(kind, slot))
    }

    fn document<'a>(&'a self, kind: Kind, slot: &'a Slot) -> Document<'a> {
        match (slot, kind) {
            (Slot::Stored(stored), _) => Document::Stored(stored),
            (Slot::Generated(index), Kind::Payloads) => Document::Payload(&self.universe, *index),
            (Slot::Generated(index), _) => Document::Launch(&self.universe, *index),
        }
    }

    /// How many ids are below `id`; with `inclusive`, below or equal.
    pub(super) fn places_below(&self, kind: Kind, id: &str, inclusive: bool) -> usize {
        self.collection(kind).slots.partition_point(|slot| {
            let own = self.document(kind, slot).id();
            *own < *id || (inclusive && *own == *id)
        })
    }

    pub(super) fn place_of(&self, kind: Kind, id: &str) -> Option<usize> {
        let place = self.places_below(kind, id, false);
        self.at(kind, place).filter(|document| *document.id() == *id).map(|_| place)
    }

    pub(super) fn find(&self, kind: Kind, id: &str) -> Option<Document<'_>> {
        self.place_of(kind, id).and_then(|place| self.at(kind, place))
    }

    /// Puts places of the id order into the store's own order.
    pub(super) fn into_own_order(&self, kind: Kind, places: &mut [usize]) {
        if self.collection(kind).has_own_order {
            places.sort_by_key(|place| self.at(kind, *place).map(Document::position));
        }
    }

    /// Changes a document; false when there is none of that id.
    pub(super) fn edit(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Stored)) -> bool {
        let Some(place) = self.place_of(kind, id) else { return false };
        let Some(mut stored) = self.at(kind, place).map(Document::to_stored) else { return false };
        change(&mut stored);
        if let Some(slot) = self.collection_mut(kind).slots.get_mut(place) {
            *slot = Slot::Stored(Box::new(stored));
        }
        true
    }

    /// Adds a document under a new id; an existing one of that id is replaced.
    pub(super) fn add(&mut self, kind: Kind, id: &str, fields: &[(String, String)]) {
        let mut stored =
            Stored { id: id.to_owned(), position: usize::MAX, fields: Vec::new(), raw: None };
        for (key, text) in fields {
            stored.set(key, text);
        }
        self.insert(kind, stored);
    }

    fn insert(&mut self, kind: Kind, stored: Stored) {
        let place = self.places_below(kind, &stored.id, false);
        let there = self.place_of(kind, &stored.id).is_some();
        let slot = Slot::Stored(Box::new(stored));
        let collection = self.collection_mut(kind);
        match collection.slots.get_mut(place) {
            Some(old) if there => *old = slot,
            _ => collection.slots.insert(place, slot),
        }
    }

    /// Removes a document, which can be brought back; false when there is none of that id.
    pub(super) fn remove(&mut self, kind: Kind, id: &str) -> bool {
        let Some(place) = self.place_of(kind, id) else { return false };
        let Some(stored) = self.at(kind, place).map(Document::to_stored) else { return false };
        let collection = self.collection_mut(kind);
        collection.slots.remove(place);
        collection.removed.insert(id.to_owned(), stored);
        true
    }

    /// Brings a removed document back, under another id if one is given; false when none was removed.
    pub(super) fn restore(&mut self, kind: Kind, id: &str, new_id: Option<&str>) -> bool {
        let Some(mut stored) = self.collection_mut(kind).removed.remove(id) else { return false };
        if let Some(new_id) = new_id {
            new_id.clone_into(&mut stored.id);
            stored.set("id", &Value::from(new_id).to_string());
        }
        self.insert(kind, stored);
        true
    }
}

impl Collection {
    fn of_generated(count: u32) -> Self {
        let slots = (0..count).map(Slot::Generated).collect();
        Self { slots, has_own_order: false, removed: BTreeMap::new() }
    }

    fn of_values(values: &[Value]) -> Self {
        let texts = values.iter().filter_map(|value| {
            let id = value.get("id")?.as_str()?.to_owned();
            Some((id, Stored::parse(&value.to_string()).ok()?))
        });
        Self::of_texts(texts)
    }

    fn of_texts(documents: impl Iterator<Item = (String, Vec<(String, String)>)>) -> Self {
        let mut slots: Vec<Stored> = documents
            .enumerate()
            .map(|(position, (id, fields))| {
                let mut stored = Stored { id, position, fields: Vec::new(), raw: None };
                fields.iter().for_each(|(key, text)| stored.set(key, text));
                stored
            })
            .collect();
        slots.sort_by(|one, other| one.id.cmp(&other.id));
        let slots = slots.into_iter().map(|stored| Slot::Stored(Box::new(stored))).collect();
        Self { slots, has_own_order: true, removed: BTreeMap::new() }
    }
}

/// Reads one file of documents; each needs an `id`, unlike any other's.
fn read_file(directory: &Path, kind: Kind) -> io::Result<Collection> {
    let path = directory.join(format!("{}.json", kind.path()));
    let refuse = |why: String| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    let values: Vec<Box<RawValue>> = serde_json::from_str(&text)
        .map_err(|error| refuse(format!("not a JSON array: {error}")))?;
    let mut documents = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let fields = Stored::parse(value.get())
            .map_err(|error| refuse(format!("document {}: {error}", index + 1)))?;
        let id = fields
            .iter()
            .find(|(key, _)| key == "id")
            .and_then(|(_, text)| serde_json::from_str::<String>(text).ok())
            .ok_or_else(|| {
                refuse(format!("document {} has no \"id\" that is a text", index + 1))
            })?;
        documents.push((id, fields));
    }
    let collection = Collection::of_texts(documents.into_iter());
    let ids = || {
        collection.slots.iter().map(|slot| match slot {
            Slot::Stored(stored) => stored.id.as_str(),
            Slot::Generated(_) => "",
        })
    };
    match ids().zip(ids().skip(1)).find(|(one, other)| one == other) {
        Some((id, _)) => Err(refuse(format!("the id {id} stands twice"))),
        None => Ok(collection),
    }
}

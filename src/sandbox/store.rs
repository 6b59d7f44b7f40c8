//! The documents as they stand now: generated ones, and in their place those that were edited, added or read from files.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;

use super::document::{Document, Stored};
use super::ground;
use super::universe::Universe;

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
    pub(super) fn put_in_own_order(&self, kind: Kind, places: &mut [usize]) {
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
        self.insert(kind, Stored::new(id, usize::MAX, fields));
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
            .map(|(position, (id, fields))| Stored::new(&id, position, &fields))
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

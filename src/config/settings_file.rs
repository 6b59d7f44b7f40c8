//! `etl.toml`: settings by the long names of their flags, for every command or in a section for one.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::ConfigError;
use super::own_file::{self, Trust};
use super::slots::Slot;
use crate::model::nearest::nearest;

pub(super) const NAME: &str = "etl.toml";

/// What the file says; nothing if there is none.
#[derive(Debug, Default)]
pub(super) struct SettingsFile {
    pub(super) path: PathBuf,
    pub(super) entries: Vec<Entry>,
    pub(super) is_open_to_all: bool,
}

/// A setting of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The command in whose section it stands; empty where it is for all.
    pub(super) section: Vec<String>,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) line: usize,
}

impl SettingsFile {
    /// Reads the file that was named, or the one in the working directory.
    pub(super) fn read(named: Option<&Path>, slots: &[Slot]) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(NAME));
        let trust = if named.is_some() { Trust::Named } else { Trust::Found };
        let Some(file) = own_file::read(path, trust)? else { return Ok(Self::default()) };
        let reader = Reader { path, text: &file.text, slots };
        Ok(Self {
            path: path.to_owned(),
            entries: reader.entries()?,
            is_open_to_all: file.is_open_to_all,
        })
    }

    /// What it says of a flag to a command; the section that is nearest to the command counts.
    pub(super) fn find(&self, name: &str, path: &[String]) -> Option<&Entry> {
        let stands = |entry: &&Entry| entry.name == name && path.starts_with(&entry.section);
        self.entries.iter().filter(stands).max_by_key(|entry| entry.section.len())
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    slots: &'a [Slot],
}

impl Reader<'_> {
    fn entries(&self) -> Result<Vec<Entry>, ConfigError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().unwrap_or_default();
            self.refuse(&at, error.message(), "see that it is TOML: name = \"value\"")
        })?;
        let mut entries = Vec::new();
        self.collect(table.get_ref(), &[], &mut entries)?;
        entries.sort_by_key(|entry| entry.line);
        Ok(entries)
    }

    fn collect(
        &self,
        table: &DeTable<'_>,
        section: &[String],
        entries: &mut Vec<Entry>,
    ) -> Result<(), ConfigError> {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let value = match value.get_ref() {
                DeValue::Table(table) => {
                    let section: Vec<String> =
                        section.iter().cloned().chain([name.to_owned()]).collect();
                    self.refuse_unknown_section(&key.span(), &section)?;
                    self.collect(table, &section, entries)?;
                    continue;
                }
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.to_string(),
                DeValue::Boolean(value) => value.to_string(),
                DeValue::Datetime(instant) => instant.to_string(),
                DeValue::Float(_) | DeValue::Array(_) => {
                    let wrong = format!("{name} is of the type {}", value.get_ref().type_str());
                    return Err(self.refuse(
                        &value.span(),
                        &wrong,
                        "a value is a text, a whole number, true, false or a date",
                    ));
                }
            };
            self.refuse_unknown(&key.span(), section, name)?;
            let line = self.line(&key.span());
            entries.push(Entry { section: section.to_vec(), name: name.to_owned(), value, line });
        }
        Ok(())
    }

    fn refuse_unknown_section(
        &self,
        at: &Range<usize>,
        section: &[String],
    ) -> Result<(), ConfigError> {
        let known = || self.slots.iter().filter(|slot| !slot.path.is_empty());
        if known().any(|slot| slot.path.starts_with(section)) {
            return Ok(());
        }
        let typed = section.join(".");
        let names: Vec<String> = known().map(|slot| slot.path.join(".")).collect();
        let meant = nearest(&typed, names.iter().map(String::as_str));
        let wrong = format!("no command {typed} has settings; did you mean [{meant}]?");
        Err(self.refuse(at, &wrong, "a section is named after a command, as in [run]"))
    }

    fn refuse_unknown(
        &self,
        at: &Range<usize>,
        section: &[String],
        name: &str,
    ) -> Result<(), ConfigError> {
        let in_reach = |slot: &&Slot| slot.is_on(section) || slot.path.starts_with(section);
        let known = || self.slots.iter().filter(in_reach).filter(|slot| slot.name != "config");
        if known().any(|slot| slot.name == name) {
            return Ok(());
        }
        let meant = nearest(&name.replace('_', "-"), known().map(|slot| slot.name.as_str()));
        let place = match section {
            [] => String::new(),
            section => format!(" in [{}]", section.join(".")),
        };
        let wrong = format!("there is no setting {name}{place}; did you mean {meant}?");
        Err(self.refuse(
            at,
            &wrong,
            "settings are the long flags of `etl --help` and `etl COMMAND --help`",
        ))
    }

    fn refuse(&self, at: &Range<usize>, what: &str, hint: &'static str) -> ConfigError {
        let before = self.text.get(..at.start).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let place = format!("{}:{}:{column}", self.path.display(), self.line(at));
        ConfigError { message: format!("{place}: {what}"), hint }
    }

    fn line(&self, at: &Range<usize>) -> usize {
        self.text.get(..at.start).unwrap_or_default().matches('\n').count() + 1
    }
}

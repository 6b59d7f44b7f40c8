//! The types that cross a boundary between rooms: data and `Display`, no I/O and no database.

pub(crate) mod catalog;
pub(crate) mod configuration;
pub(crate) mod diagnosis;
pub(crate) mod digest;
pub(crate) mod document;
pub(crate) mod failure;
pub(crate) mod figures;
pub(crate) mod fingerprint;
pub(crate) mod launch;
pub(crate) mod migration;
pub(crate) mod nearest;
pub(crate) mod publication;
pub(crate) mod query;
pub(crate) mod rejection;
pub(crate) mod run;
pub(crate) mod settings;
pub(crate) mod shown;
pub(crate) mod source_filter;
pub(crate) mod verification;

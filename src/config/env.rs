//! The environment, read in one place. An empty variable is an unset one.

use std::env::VarError;

use super::ConfigError;
use crate::model::nearest::{distance, nearest};

/// The variable's value, if it has one.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
pub(super) fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(ConfigError {
            message: format!("the variable {name} is not valid UTF-8"),
            hint: "set it anew, or unset it",
        }),
    }
}

/// Letters by which a name may differ from a known one and still be meant for it.
const MISTYPED: usize = 2;

/// Warns of every variable of our family that nobody reads, where it is almost one that somebody does.
pub(crate) fn warn_of_mistyped(known: &[String]) {
    let given = std::env::vars_os().filter_map(|(name, value)| {
        name.into_string().ok().filter(|name| name.starts_with("ETL_") && !value.is_empty())
    });
    for name in given {
        let meant = nearest(&name, known.iter().map(String::as_str));
        if meant != name && distance(&name, meant) <= MISTYPED {
            log::warn!("the variable {name} is not known; did you mean {meant}?");
        }
    }
}

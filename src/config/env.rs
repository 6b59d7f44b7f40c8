//! The environment and `.env` behind it, read in one place. An empty variable is an unset one.

use std::env::VarError;
use std::sync::OnceLock;

use super::ConfigError;
use super::dot_env::{self, DotEnv};
use crate::model::configuration::Origin;

/// Read once, at the start.
static DOT_ENV: OnceLock<DotEnv> = OnceLock::new();

/// Reads `.env`, whose variables are known from here on.
pub(super) fn read_dot_env() -> Result<(), ConfigError> {
    let read = DotEnv::read()?;
    // A second start changes nothing.
    DOT_ENV.set(read).unwrap_or_default();
    Ok(())
}

pub(super) fn dot_env() -> Option<&'static DotEnv> {
    DOT_ENV.get()
}

/// The variable's value, if it has one.
pub(super) fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    Ok(find(name)?.map(|(value, _)| value))
}

/// The variable's value and where it stands, if it has one.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
pub(super) fn find(name: &str) -> Result<Option<(String, Origin)>, ConfigError> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Some((value, Origin::Variable(name.to_owned())))),
        Ok(_) | Err(VarError::NotPresent) => Ok(in_dot_env(name)),
        Err(VarError::NotUnicode(_)) => Err(ConfigError {
            message: format!("the variable {name} is not valid UTF-8"),
            hint: "set it anew, or unset it",
        }),
    }
}

fn in_dot_env(name: &str) -> Option<(String, Origin)> {
    let line = dot_env()?.find(name)?;
    let (name, file) = (name.to_owned(), dot_env::NAME.to_owned());
    Some((line.value.clone(), Origin::DotEnv { name, file, line: line.number }))
}

/// Every variable of our family that has a value, and where it stands.
pub(super) fn of_our_family() -> Vec<(String, Origin)> {
    let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let mut found: Vec<_> = set
        .filter_map(|(name, _)| name.into_string().ok())
        .map(|name| (name.clone(), Origin::Variable(name)))
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    let lines = dot_env().map(DotEnv::lines).unwrap_or_default();
    found.extend(lines.iter().map(|line| {
        let (name, file) = (line.name.clone(), dot_env::NAME.to_owned());
        (line.name.clone(), Origin::DotEnv { name, file, line: line.number })
    }));
    found.retain(|(name, _)| name.starts_with("ETL_"));
    found
}

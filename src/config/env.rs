//! The environment, read in one place. An empty variable is an unset one.

use std::env::VarError;

use super::ConfigError;

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

//! Whom a run tells how it went: values, never flags.

use std::path::PathBuf;

use super::settings::Network;
use crate::secret::Secret;

/// Where a run leaves word of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct TelemetrySettings {
    pub(crate) metrics_file: Option<PathBuf>,
    /// The address of a dead-man's switch is the key to it.
    pub(crate) ping_url: Option<Secret>,
    pub(crate) lineage: Option<LineageSettings>,
    pub(crate) network: Network,
}

/// How events of lineage are told, and what they name.
#[derive(Debug, Clone)]
pub(crate) struct LineageSettings {
    pub(crate) place: LineagePlace,
    pub(crate) api_key: Option<Secret>,
    pub(crate) job_namespace: String,
    pub(crate) input: Dataset,
    /// The tables: to the name that of each is added.
    pub(crate) output: Dataset,
}

/// Where events of lineage go.
#[derive(Debug, Clone)]
pub(crate) enum LineagePlace {
    File(PathBuf),
    /// It may hold a key.
    Url(Secret),
}

/// A dataset, as `OpenLineage` names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dataset {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Dataset {
    /// What an address leads to, without what may be secret in it.
    pub(crate) fn at(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self { namespace: format!("{scheme}://{host}"), name: path.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_login_and_no_option_is_part_of_a_name() {
        let at = |url| {
            let Dataset { namespace, name } = Dataset::at(url);
            format!("{namespace} {name}")
        };
        assert_eq!(at("https://api.example.org/v4"), "https://api.example.org v4");
        assert_eq!(at("postgres://u:p@ss@db:5433/x?sslmode=require"), "postgres://db:5433 x");
        assert_eq!(at("postgres:///x"), "postgres:// x");
        assert_eq!(at("u:p@h"), "://h ");
    }
}

//! What the rooms are told: values, never flags.

use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Secret;

/// How to talk to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceSettings {
    /// Base address, the version being part of it (`https://api.spacexdata.com/v4`), without a slash at the end.
    pub(crate) base_url: String,
    /// For one try, body included.
    pub(crate) timeout: Duration,
    /// Launches asked for in one call.
    pub(crate) page_size: u32,
    pub(crate) network: Network,
}

/// The way out to servers that are not near.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Network {
    pub(crate) proxy: Option<ProxyAddress>,
    /// Hosts that are reached without it, as `NO_PROXY` lists them.
    pub(crate) no_proxy: String,
    /// Certificate authorities in place of those that the program brings.
    pub(crate) trusted: Vec<Trusted>,
}

/// A proxy, and the variable that named it; the address may hold a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyAddress {
    pub(crate) variable: &'static str,
    pub(crate) url: Secret,
}

/// Where certificates of authorities are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trusted {
    File(PathBuf),
    Folder(PathBuf),
}

/// A schema of a catalog of Trino, in which tables lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) catalog: String,
    pub(crate) schema: String,
}

impl Schema {
    /// For people.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.catalog, self.schema)
    }

    /// As it stands in front of the name of a table.
    pub(crate) fn quoted(&self) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        format!("{}.{}", quoted(&self.catalog), quoted(&self.schema))
    }
}

/// How to talk to Trino.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrinoSettings {
    /// Scheme, host and port.
    pub(crate) base_url: String,
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
    /// By which the server knows our queries from others.
    pub(crate) source: String,
    /// Where Trino sees the tables of PostgreSQL.
    pub(crate) tables: Schema,
    /// Where the published tables lie.
    pub(crate) lake: Schema,
    /// How long to go on trying while the server is not up.
    pub(crate) patience: Duration,
    pub(crate) network: Network,
}

/// As the containers under `docker/` have it.
impl Default for TrinoSettings {
    fn default() -> Self {
        let place = |catalog: &str, schema: &str| Schema {
            catalog: catalog.to_owned(),
            schema: schema.to_owned(),
        };
        Self {
            base_url: "http://localhost:8080".to_owned(),
            user: "etl".to_owned(),
            password: None,
            source: "etl".to_owned(),
            tables: place("postgresql", "public"),
            lake: place("lake", "spacex"),
            patience: Duration::ZERO,
            network: Network::default(),
        }
    }
}

/// Which database to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server; the address may hold a password.
    Postgres(Secret),
}

impl DatabaseUrl {
    /// Where it is, for a person: the file, or user, host and database without the password.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(url) => without_secrets(url.expose()),
        }
    }
}

/// `postgres://user:secret@host/name?options` as `user@host/name`.
fn without_secrets(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((login, place)) => {
            format!("{}@{place}", login.split(':').next().unwrap_or_default())
        }
        None => rest.to_owned(),
    }
}

/// How long to go on trying where something is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Patience {
    /// Fail at once.
    #[default]
    None,
    /// Try again until the time is up.
    Wait(Duration),
}

/// The public API, asked politely.
impl Default for SourceSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.spacexdata.com/v4".to_owned(),
            timeout: Duration::from_secs(30),
            page_size: 1000,
            network: Network::default(),
        }
    }
}

/// What answers at the address, as its first answer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    /// The public API, or a mirror of it.
    Api,
    /// The stand-in: it names itself in a header.
    Sandbox,
}

impl SourceKind {
    /// The name under which the kind is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Sandbox => "sandbox",
        }
    }

    /// The kind that is stored under this name.
    pub(crate) fn from_name(name: &str) -> Self {
        if name == Self::Sandbox.as_str() { Self::Sandbox } else { Self::Api }
    }
}

//! Which database is meant: `DATABASE_URL`, else `POSTGRES_*`, else a SQLite file in the working directory.

use std::path::{Path, PathBuf};

use super::ConfigError;
use super::env::variable;
use super::own_file::{self, Trust};
use super::system_certificates::with_system_certificates;
use crate::cli::Global;
use crate::model::settings::DatabaseUrl;
use crate::secret::{Secret, redacted};

/// The SQLite file that is used with nothing configured.
const DEFAULT_FILE: &str = "etl.db";

const FORMS: &str = "give postgres://USER@HOST/NAME, sqlite:PATH or the path of a SQLite file";

/// A database, and whether anybody asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) url: DatabaseUrl,
    /// Nothing was configured, so it is the embedded file.
    pub(crate) is_default: bool,
}

/// The database that is meant.
pub(crate) fn place(global: &Global) -> Result<Place, ConfigError> {
    if let Some(given) = &global.database_url {
        return configured(parse(given)?);
    }
    if let Some(file) = &global.database_url_file {
        return configured(in_file(file)?);
    }
    let variables = Variables {
        user: variable("POSTGRES_USER")?,
        password: variable("POSTGRES_PASSWORD")?,
        name: variable("POSTGRES_DB")?,
        host: variable("POSTGRES_HOST")?,
        port: variable("POSTGRES_PORT")?,
    };
    if variables.name.is_some() || variables.host.is_some() {
        return configured(from_variables(variables)?);
    }
    let url = DatabaseUrl::Sqlite(PathBuf::from(DEFAULT_FILE));
    Ok(Place { url, is_default: true })
}

fn configured(url: DatabaseUrl) -> Result<Place, ConfigError> {
    let url = match url {
        DatabaseUrl::Postgres(url) => {
            DatabaseUrl::Postgres(Secret::new(with_system_certificates(url.expose())?))
        }
        file @ DatabaseUrl::Sqlite(_) => file,
    };
    Ok(Place { url, is_default: false })
}

/// The address in the file, without the line's end that an editor leaves behind.
fn in_file(path: &Path) -> Result<DatabaseUrl, ConfigError> {
    let file = own_file::read(path, Trust::Named)?.unwrap_or_default();
    let address = file.text.strip_suffix('\n').unwrap_or(&file.text);
    let address = address.strip_suffix('\r').unwrap_or(address);
    let of_file = |error: ConfigError| ConfigError {
        message: format!("{}: {}", path.display(), error.message),
        hint: error.hint,
    };
    if address.contains(['\n', '\r']) {
        return Err(of_file(refuse(
            "it has more than one line",
            "write the address alone into it",
        )));
    }
    parse(address).map_err(of_file)
}

/// The address as it can be shown: without a password, or not at all where it is none.
pub(super) fn shown(address: &str) -> String {
    parse(address).map_or_else(|_| "***".to_owned(), |_| redacted(address))
}

/// Whether the address holds a password.
pub(super) fn holds_password(address: &str) -> bool {
    shown(address) != address
}

fn parse(given: &str) -> Result<DatabaseUrl, ConfigError> {
    let file = |path: &str| match path {
        "" => Err(refuse("the database URL names no file", FORMS)),
        path => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
    };
    match given.split_once("://") {
        Some(("postgres" | "postgresql", rest)) => postgres(given, rest),
        Some(("sqlite", path)) => file(path),
        Some((scheme, _)) => {
            Err(refuse(format!("no database of the kind {scheme:?} is known"), FORMS))
        }
        None if is_login(given) => {
            Err(refuse("the database URL begins with no kind of database", FORMS))
        }
        None => file(given.strip_prefix("sqlite:").unwrap_or(given)),
    }
}

/// Whether this would be user, password and host, if only its kind stood in front: no path is to show a password.
fn is_login(given: &str) -> bool {
    let login = given.rsplit_once('@').and_then(|(login, _)| login.split_once(':'));
    login.is_some_and(|(user, _)| user != "sqlite" && !user.contains('/'))
}

/// What `libpq` would misread is refused here, where no part of a password can be quoted.
fn postgres(url: &str, rest: &str) -> Result<DatabaseUrl, ConfigError> {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if rest.split('?').next().unwrap_or_default().matches('@').count() > 1 {
        return Err(refuse(
            "the database URL has more than one @",
            "write an @ of the password as %40, or give user and password as POSTGRES_USER and POSTGRES_PASSWORD",
        ));
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|_| !host.ends_with(']'));
    match port {
        Some(port) if port.parse::<u16>().is_err() => {
            Err(refuse("the port in the database URL is no number from 0 to 65535", FORMS))
        }
        _ => Ok(DatabaseUrl::Postgres(Secret::new(url))),
    }
}

struct Variables {
    user: Option<String>,
    password: Option<String>,
    name: Option<String>,
    host: Option<String>,
    port: Option<String>,
}

fn from_variables(variables: Variables) -> Result<DatabaseUrl, ConfigError> {
    let user = variables.user.unwrap_or_else(|| "postgres".to_owned());
    let name = variables.name.unwrap_or_else(|| user.clone());
    let host = variables.host.unwrap_or_else(|| "localhost".to_owned());
    let port = variables.port.unwrap_or_else(|| "5432".to_owned());
    if port.parse::<u16>().is_err() {
        return Err(refuse(
            "POSTGRES_PORT is no number from 0 to 65535",
            "set it anew, or unset it",
        ));
    }
    let login = match variables.password {
        Some(password) => format!("{}:{}", encoded(&user), encoded(&password)),
        None => encoded(&user),
    };
    // A host that is a path is the folder of a socket.
    let host = if host.contains(':') { format!("[{host}]") } else { encoded(&host) };
    let url = format!("postgres://{login}@{host}:{port}/{}", encoded(&name));
    Ok(DatabaseUrl::Postgres(Secret::new(url)))
}

/// Percent-encoded, all but what is never special in a URL.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn refuse(message: impl Into<String>, hint: &'static str) -> ConfigError {
    ConfigError { message: message.into(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(path: &str) -> DatabaseUrl {
        DatabaseUrl::Sqlite(PathBuf::from(path))
    }

    #[test]
    fn a_file_is_named_in_three_ways() {
        assert_eq!(parse("sqlite:a/b.db").unwrap(), sqlite("a/b.db"));
        assert_eq!(parse("sqlite:///a/b.db").unwrap(), sqlite("/a/b.db"));
        assert_eq!(parse("b.db").unwrap(), sqlite("b.db"));
        assert_eq!(parse("sqlite:a@b.db").unwrap(), sqlite("a@b.db"));
        assert_eq!(parse("a@b.db").unwrap(), sqlite("a@b.db"));
    }

    #[test]
    fn what_is_no_database_is_refused_without_its_value() {
        for wrong in [
            "mysql://u:hunter2@h/d",
            "postgres://u:hunter2@x@h/d",
            "postgres://u:hunter2@h:99999/d",
            "u:hunter2@h/d",
            "sqlite:",
        ] {
            let error = parse(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_password_of_any_characters_arrives_whole() {
        let variables = Variables {
            user: None,
            password: Some("p@ss:/w#%? ü".to_owned()),
            name: Some("db".to_owned()),
            host: None,
            port: None,
        };
        let DatabaseUrl::Postgres(url) = from_variables(variables).unwrap() else { panic!() };
        assert_eq!(
            url.expose(),
            "postgres://postgres:p%40ss%3A%2Fw%23%25%3F%20%C3%BC@localhost:5432/db"
        );
    }
}

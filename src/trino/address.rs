//! The address of a server: what is refused of it, and what makes two of them the same.

use ureq::http::Uri;

use super::error::{Fault, TrinoError};
use crate::model::settings::TrinoSettings;
use crate::network::is_loopback;

/// What it says of a bad address holds nothing that may be secret.
pub(super) fn address(settings: &TrinoSettings) -> Result<Uri, TrinoError> {
    let bad = |why: &str| {
        let message = format!("the address of Trino {why}");
        Err(TrinoError::new(Fault::Unusable, message)
            .with_hint("set ETL_TRINO_URL (--trino-url) as in https://trino.example.org or http://localhost:8080"))
    };
    let Ok(uri) = settings.base_url.parse::<Uri>() else { return bad("is no URL") };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return bad("names no host");
    };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return bad(
            "holds a user or password, which ETL_TRINO_USER and ETL_TRINO_PASSWORD are for",
        );
    }
    if !uri.path().trim_end_matches('/').is_empty() || uri.query().is_some() {
        return bad("holds more than host and port");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if settings.password.is_some() => {
            bad("is plain http, over which no password goes")
        }
        Some("http") if is_loopback(host) || is_of_this_network(host) => Ok(uri),
        Some("http") => bad("is plain http, which is for loopback and names without a dot only"),
        _ => bad("begins with neither https:// nor http://"),
    }
}

/// A name that nobody outside can have: that of a container beside this one.
fn is_of_this_network(host: &str) -> bool {
    !host.contains(['.', ':'])
}

/// Scheme, host and port, the port also where the scheme says it.
pub(super) fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let host = uri.host().unwrap_or_default().to_lowercase();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    format!("{scheme}://{host}:{port}")
}

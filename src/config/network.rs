//! The way out to the network, by the variables that every program honours: proxies, and who is trusted.

use std::path::PathBuf;

use super::ConfigError;
use super::env::variable;
use crate::model::settings::{Network, ProxyAddress, Trusted};
use crate::secret::Secret;

/// What speaks of https first, then what speaks of everything; an API that is not on loopback is asked by https.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];

pub(super) fn network() -> Result<Network, ConfigError> {
    let no_proxy = first(&["NO_PROXY", "no_proxy"])?;
    Ok(Network {
        proxy: first(&PROXIES)?
            .map(|(variable, url)| ProxyAddress { variable, url: Secret::new(url) }),
        no_proxy: no_proxy.map(|(_, hosts)| hosts).unwrap_or_default(),
        trusted: trusted()?,
    })
}

/// Who is trusted in place of the certificate authorities that the program brings.
fn trusted() -> Result<Vec<Trusted>, ConfigError> {
    let file = variable("SSL_CERT_FILE")?.map(|file| Trusted::File(PathBuf::from(file)));
    let folders = variable("SSL_CERT_DIR")?.unwrap_or_default();
    let folders = std::env::split_paths(&folders).filter(|path| !path.as_os_str().is_empty());
    Ok(file.into_iter().chain(folders.map(Trusted::Folder)).collect())
}

/// The first of the variables that has a value, with its name.
fn first(names: &[&'static str]) -> Result<Option<(&'static str, String)>, ConfigError> {
    for name in names {
        if let Some(value) = variable(name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

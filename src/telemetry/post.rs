//! A word to a server, in one try: by https, or by http on loopback; nothing leads it elsewhere.

use ureq::Agent;
use ureq::http::Uri;

use super::PATIENCE;
use crate::model::settings::Network;
use crate::model::shown::shown;
use crate::network::{NetworkError, Route, is_loopback, route};
use crate::secret::Secret;

/// An address, or the way to it, that cannot be used; nothing of it is repeated that may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

impl From<NetworkError> for Unusable {
    fn from(NetworkError { message, hint }: NetworkError) -> Self {
        Self { message, hint }
    }
}

/// The way to a server.
#[derive(Clone)]
pub(super) struct Post {
    agent: Agent,
    /// Scheme and host, for people.
    place: String,
}

impl Post {
    /// `named` says where the address comes from.
    pub(super) fn open(url: &Secret, named: &str, network: &Network) -> Result<Self, Unusable> {
        let refuse = |why: &str| Unusable {
            message: format!("the address in {named} {why}"),
            hint: "give it as https://HOST/PATH; http is for loopback only",
        };
        let uri: Uri = url.expose().parse().map_err(|_| refuse("is no URL"))?;
        let host = uri.host().unwrap_or_default();
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") if is_loopback(host) => "http",
            Some("http") => return Err(refuse("is plain http, which is for loopback only")),
            _ => return Err(refuse("begins with neither https:// nor http://")),
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(refuse("holds a user name or password"));
        }
        let Route { proxy, tls, .. } = route(&uri, network)?;
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(proxy)
            .tls_config(tls)
            .user_agent(concat!("etl/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { agent, place: format!("{scheme}://{host}") })
    }

    /// What was in the way is told without the address, which may be secret.
    pub(super) fn send(
        &self,
        url: &str,
        kind: &str,
        key: Option<&Secret>,
        body: &str,
    ) -> Result<(), String> {
        let mut request = self.agent.post(url).content_type(kind);
        if let Some(key) = key {
            request = request.header("Authorization", format!("Bearer {}", key.expose()));
        }
        let place = &self.place;
        match request.send(body) {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => {
                Err(format!("{place} answered with status {}", response.status().as_u16()))
            }
            Err(ureq::Error::Timeout(_)) => {
                Err(format!("{place} did not answer within {} s", PATIENCE.as_secs()))
            }
            Err(ureq::Error::Io(error)) => {
                Err(format!("{place}: {}", shown(&error.to_string(), 200)))
            }
            Err(error) => {
                let said = error.to_string();
                // Some of them repeat the address.
                let said = if said.contains("://") { "it could not be asked" } else { &said };
                Err(format!("{place}: {}", shown(said, 200)))
            }
        }
    }
}

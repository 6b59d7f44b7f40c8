//! The way out to a server: through which proxy, and who is trusted to say that it is the one that was meant.

mod proxy;
mod trust;

use std::net::IpAddr;

use ureq::Proxy;
use ureq::http::Uri;
use ureq::tls::TlsConfig;

use crate::model::settings::Network;
pub(crate) use proxy::Via;
pub(crate) use trust::reason;

/// A variable about the way out that cannot be used; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct NetworkError {
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

/// How one server is reached.
pub(crate) struct Route {
    pub(crate) proxy: Option<Proxy>,
    /// The proxy as errors speak of it.
    pub(crate) via: Option<Via>,
    pub(crate) tls: TlsConfig,
}

/// Directly to what is near: plain http goes nowhere else, and without TLS nobody is asked to be trusted.
pub(crate) fn route(uri: &Uri, network: &Network) -> Result<Route, NetworkError> {
    let is_https = uri.scheme_str() == Some("https");
    let is_near = !is_https || is_loopback(uri.host().unwrap_or_default());
    let (proxy, via) = if is_near { None } else { proxy::proxy_for(uri, network)? }.unzip();
    let trusted = if is_https { network.trusted.as_slice() } else { &[] };
    Ok(Route { proxy, via, tls: trust::tls_config(trusted)? })
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

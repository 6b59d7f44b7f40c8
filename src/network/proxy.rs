//! Which calls go through a proxy, and through which.

use std::fmt;

use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use super::NetworkError;
use crate::model::settings::{Network, ProxyAddress};

/// A proxy as errors speak of it: without what may be secret in its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Via {
    place: String,
    variable: &'static str,
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} (set by {})", self.place, self.variable)
    }
}

pub(super) fn proxy_for(
    uri: &Uri,
    network: &Network,
) -> Result<Option<(Proxy, Via)>, NetworkError> {
    let Some(ProxyAddress { variable, url }) = &network.proxy else { return Ok(None) };
    if is_exempt(uri, &network.no_proxy) {
        return Ok(None);
    }
    let refuse = |why: &str| NetworkError {
        message: format!("the variable {variable} {why}"),
        hint: "give it as http://HOST:PORT, unset it, or list the host in NO_PROXY",
    };
    let Ok(proxy) = Proxy::new(url.expose()) else {
        return Err(refuse("is not the address of a proxy"));
    };
    if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(refuse(&format!(
            "names a proxy of the kind {}, which is not supported",
            proxy.protocol()
        )));
    }
    let place = format!("{}:{}", proxy.host(), proxy.port());
    Ok(Some((proxy, Via { place, variable })))
}

/// `NO_PROXY` as curl and others read it: hosts and domains, with or without a dot in front or a port behind.
fn is_exempt(uri: &Uri, no_proxy: &str) -> bool {
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let port = uri.port_u16().unwrap_or(443).to_string();
    let names = |entry: &str| {
        let entry = entry.to_ascii_lowercase();
        let (name, wanted) = match entry.split_once(':') {
            Some((name, port)) if !port.contains(':') => (name, Some(port)),
            _ => (entry.as_str(), None),
        };
        let domain = name.trim_start_matches('*').trim_start_matches('.');
        let is_within = host
            .strip_suffix(domain)
            .is_some_and(|rest| !domain.is_empty() && (rest.is_empty() || rest.ends_with('.')));
        name == "*" || (is_within && wanted.is_none_or(|wanted| wanted == port))
    };
    no_proxy.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()).any(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_domains_are_exempt() {
        let exempt = |url: &str, no_proxy| is_exempt(&url.parse().unwrap(), no_proxy);
        let api = "https://api.example.org/v4";
        for no_proxy in [
            "*",
            "api.example.org",
            "example.org",
            ".example.org",
            "*.example.org",
            "localhost, API.Example.org",
            "other.org example.org",
            "example.org:443",
        ] {
            assert!(exempt(api, no_proxy), "{no_proxy}");
        }
        for no_proxy in
            ["", ",", ".", "example.com", "ple.org", "api.example.org.uk", "example.org:8443"]
        {
            assert!(!exempt(api, no_proxy), "{no_proxy}");
        }
        assert!(exempt("https://[fd00::1]:8443/v4", "[fd00::1]"));
        assert!(!exempt("https://192.0.2.1/v4", "192.0.2.2"));
    }
}

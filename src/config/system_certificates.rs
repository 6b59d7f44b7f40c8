//! `sslrootcert=system`: the authorities that this system trusts, which the OpenSSL in this program cannot find alone.

use std::path::Path;

use super::ConfigError;
use super::env::variable;

/// Where systems keep them: Debian and Alpine, Fedora, its newer form, SUSE, Alpine and BSD.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The address with the system's file in place of the word. Where `SSL_CERT_FILE` or `SSL_CERT_DIR` say who is
/// trusted, OpenSSL reads them itself.
pub(super) fn with_system_certificates(url: &str) -> Result<String, ConfigError> {
    let root = option(url, "sslrootcert").map(str::to_owned);
    let mode = option(url, "sslmode").map(str::to_owned);
    let (root, mode) = (root.or(variable("PGSSLROOTCERT")?), mode.or(variable("PGSSLMODE")?));
    let is_said = variable("SSL_CERT_FILE")?.or(variable("SSL_CERT_DIR")?).is_some();
    let bundle = BUNDLES.into_iter().find(|bundle| Path::new(bundle).is_file());
    match bundle {
        Some(bundle) if root.as_deref() == Some("system") && !is_said => {
            Ok(trusting(url, mode.as_deref(), bundle))
        }
        _ => Ok(url.to_owned()),
    }
}

/// With `system` goes `verify-full` and nothing weaker, which is left to `libpq` to refuse.
fn trusting(url: &str, mode: Option<&str>, bundle: &str) -> String {
    if mode.is_some_and(|mode| mode != "verify-full") {
        return url.to_owned();
    }
    let (place, options) = url.split_once('?').unwrap_or((url, ""));
    let named = |option: &&str| {
        !option.is_empty() && !option.starts_with("sslrootcert=") && !option.starts_with("sslmode=")
    };
    let mut options: Vec<&str> = options.split('&').filter(named).collect();
    let root = format!("sslrootcert={bundle}");
    options.extend([root.as_str(), "sslmode=verify-full"]);
    format!("{place}?{}", options.join("&"))
}

fn option<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, options) = url.split_once('?')?;
    options
        .split('&')
        .filter_map(|option| option.split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::trusting;

    #[test]
    fn the_word_becomes_the_file_and_checks_the_name() {
        let trusting = |url, mode| trusting(url, mode, "/b.crt");
        let named = "postgres://u@h/d?sslrootcert=system&connect_timeout=3";
        let file = "postgres://u@h/d?connect_timeout=3&sslrootcert=/b.crt&sslmode=verify-full";
        assert_eq!(trusting(named, None), file);
        assert_eq!(trusting(named, Some("require")), named);
        let plain = "postgres://u@h/d?sslrootcert=/b.crt&sslmode=verify-full";
        assert_eq!(trusting("postgres://u@h/d", Some("verify-full")), plain);
    }
}

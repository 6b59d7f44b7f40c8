//! Who is trusted to sign for a server: the certificate authorities that the program brings, or those it is given.

use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::NetworkError;
use crate::model::settings::Trusted;

/// What was wrong with a certificate, in words for whoever runs the program; else the words of the library.
pub(crate) fn reason(said: &str) -> String {
    let known = [
        ("UnknownIssuer", "the certificate is signed by no authority that is trusted"),
        ("certificate expired", "the certificate has expired"),
        ("certificate not valid yet", "the certificate is not valid yet"),
        ("CaUsedAsEndEntity", "the certificate is an authority's own, not one that it signed"),
        ("ProtocolVersion", "the server speaks no TLS of version 1.2 or later"),
    ];
    let known = known.iter().find(|(words, _)| said.contains(words));
    known.map_or_else(
        // Behind it stand the names that the certificate has, in a form for programmers.
        || said.split("; certificate is only valid for").next().unwrap_or_default().to_owned(),
        |(_, reason)| (*reason).to_owned(),
    )
}

pub(super) fn tls_config(trusted: &[Trusted]) -> Result<TlsConfig, NetworkError> {
    let roots = match trusted {
        [] => RootCerts::WebPki,
        trusted => RootCerts::from(given(trusted)?),
    };
    Ok(TlsConfig::builder().root_certs(roots).build())
}

fn given(trusted: &[Trusted]) -> Result<Vec<Certificate<'static>>, NetworkError> {
    let mut certificates = Vec::new();
    for place in trusted {
        match place {
            Trusted::File(file) => certificates.extend(in_file(file)?),
            Trusted::Folder(folder) => certificates.extend(in_folder(folder)?),
        }
    }
    Ok(certificates)
}

fn in_file(file: &Path) -> Result<Vec<Certificate<'static>>, NetworkError> {
    let refuse = |why: String| NetworkError {
        message: format!("SSL_CERT_FILE names {}: {why}", file.display()),
        hint: "give the file with the certificates of the authorities in PEM, or unset it to trust the usual ones",
    };
    let text = std::fs::read(file).map_err(|error| refuse(error.to_string()))?;
    match certificates(&text) {
        found if found.is_empty() => Err(refuse("no certificate is in it".to_owned())),
        found => Ok(found),
    }
}

/// Such a folder holds links and lists as well; what is no certificate is passed over.
fn in_folder(folder: &Path) -> Result<Vec<Certificate<'static>>, NetworkError> {
    let refuse = |why: String| NetworkError {
        message: format!("SSL_CERT_DIR names {}: {why}", folder.display()),
        hint: "give the folder with the certificates of the authorities, or unset it to trust the usual ones",
    };
    let files = std::fs::read_dir(folder).map_err(|error| refuse(error.to_string()))?;
    let texts = files.filter_map(|file| std::fs::read(file.ok()?.path()).ok());
    match texts.flat_map(|text| certificates(&text)).collect::<Vec<_>>() {
        found if found.is_empty() => Err(refuse("no certificate is in it".to_owned())),
        found => Ok(found),
    }
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}

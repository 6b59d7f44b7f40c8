//! What stands between us and the API: proxies and certificates.

use super::scene::{CANARY, Scene};
use super::{Ends, On, Row, Start, Then, try_rows};
use crate::support::authority::{Authority, Signed};
use crate::support::http_proxy::HttpProxy;
use crate::support::tls_front::TlsFront;
use crate::support::{Etl, Output};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        if Authority::new().is_some() && TlsFront::is_at_hand() {
            try_rows(database, ROWS);
        }
    }
}

/// Nobody answers to this name, so whoever is reached is reached through the proxy.
const ELSEWHERE: &str = "https://api.etl-tests.invalid/v4";

fn authority() -> Authority {
    Authority::new().expect("there was one before")
}

/// A run that knows the API by an address elsewhere, and this proxy.
fn proxied(scene: &Scene<'_>, variable: &str, proxy: &str) -> Etl {
    let etl = scene.etl("run --migrate").env("HTTPS_PROXY", "").env("SPACEX_API_URL", ELSEWHERE);
    etl.env(variable, format!("http://proxy:{CANARY}@{proxy}"))
}

/// A run that meets the API behind this certificate, and trusts this authority.
fn behind(scene: &Scene<'_>, signed: &Signed, host: &str, trusted: Option<&Authority>) -> Output {
    let front = TlsFront::start(scene.source(), signed);
    let etl = scene.etl("run --migrate").env("SPACEX_API_URL", front.url(host));
    match trusted {
        Some(authority) => etl.env("SSL_CERT_FILE", authority.certificate()).run(),
        None => etl.run(),
    }
}

const fn row(number: &'static str, name: &'static str, how: &'static str, ends: Ends) -> Row {
    Row {
        number,
        name,
        how,
        on: On::Both,
        start: Start::Loaded,
        ends,
        says: &[],
        then: Then::Converges,
        meet: |scene| scene.etl("run").run(),
    }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        says: &["the proxy 127.0.0.1:1", "set by HTTPS_PROXY", "connection refused", "4 tries"],
        meet: |scene| proxied(scene, "HTTPS_PROXY", "127.0.0.1:1").run(),
        ..row(
            "25a",
            "a dead proxy",
            "HTTPS_PROXY names a closed port",
            Ends::Failing(3, "api_proxy"),
        )
    },
    Row {
        says: &["the proxy 127.0.0.1:1", "set by ALL_PROXY"],
        meet: |scene| proxied(scene, "ALL_PROXY", "127.0.0.1:1").run(),
        on: On::Sqlite,
        ..row(
            "25b",
            "a dead proxy for all",
            "ALL_PROXY names a closed port",
            Ends::Failing(3, "api_proxy"),
        )
    },
    Row {
        says: &["the proxy 127.0.0.1:1", "set by http_proxy"],
        meet: |scene| proxied(scene, "http_proxy", "127.0.0.1:1").run(),
        on: On::Sqlite,
        ..row(
            "25c",
            "a dead proxy, in small letters",
            "http_proxy names a closed port",
            Ends::Failing(3, "api_proxy"),
        )
    },
    Row {
        says: &["refuses to connect to api.etl-tests.invalid", "set by HTTPS_PROXY", "status 407"],
        meet: |scene| {
            let proxy = HttpProxy::answering("407 Proxy Authentication Required");
            let output = proxied(scene, "HTTPS_PROXY", &proxy.address()).run();
            assert!(proxy.asked().len() <= 2, "a refusal is asked for again: {:?}", proxy.asked());
            output
        },
        ..row(
            "25d",
            "a proxy that refuses",
            "CONNECT is answered with 407",
            Ends::Failing(3, "api_proxy"),
        )
    },
    Row {
        says: &["the variable HTTPS_PROXY", "is not the address of a proxy"],
        meet: |scene| proxied(scene, "HTTPS_PROXY", "a b").run(),
        then: Then::NothingWritten,
        ..row(
            "25e",
            "a proxy variable that is none",
            "a blank in it",
            Ends::Failing(2, "configuration"),
        )
    },
    Row {
        says: &["the variable ALL_PROXY", "SOCKS5"],
        meet: |scene| {
            let etl = scene.etl("run").env("HTTPS_PROXY", "").env("SPACEX_API_URL", ELSEWHERE);
            etl.env("ALL_PROXY", format!("socks5://u:{CANARY}@127.0.0.1:1")).run()
        },
        then: Then::NothingWritten,
        ..row("25f", "a proxy of another kind", "socks5://", Ends::Failing(2, "configuration"))
    },
    Row {
        meet: |scene| scene.etl("run").env("ALL_PROXY", "http://127.0.0.1:1").run(),
        ..row("25g", "a dead proxy, the API on loopback", "every proxy variable is set", Ends::Well)
    },
    Row {
        says: &["api.etl-tests.invalid", "cannot be resolved"],
        meet: |scene| {
            proxied(scene, "HTTPS_PROXY", "127.0.0.1:1")
                .env("NO_PROXY", "x.org, .etl-tests.invalid")
                .run()
        },
        on: On::Sqlite,
        ..row(
            "25h",
            "a dead proxy, the API exempt",
            "NO_PROXY names its domain",
            Ends::Failing(3, "api_unreachable"),
        )
    },
    Row {
        meet: |scene| {
            let authority = authority();
            let signed = authority.sign("DNS:api.etl-tests.invalid");
            let front = TlsFront::start(scene.source(), &signed);
            let proxy = HttpProxy::leading_to(front.port());
            let etl = proxied(scene, "HTTPS_PROXY", &proxy.address());
            let output = etl.env("SSL_CERT_FILE", authority.certificate()).run();
            let asked = proxy.asked().join("");
            assert!(asked.contains("CONNECT api.etl-tests.invalid:443"), "{asked}");
            let basic = asked.split("Basic ").nth(1).and_then(|rest| rest.lines().next());
            let basic = basic.expect("the proxy is told who asks");
            assert!(!output.everything().contains(basic), "shows a secret");
            output
        },
        ..row("25i", "a live proxy in between", "CONNECT, with user and password", Ends::Well)
    },
    Row {
        says: &["the certificate has expired", "this machine's clock"],
        meet: |scene| {
            let authority = authority();
            behind(scene, &authority.sign_expired("DNS:localhost"), "localhost", Some(&authority))
        },
        ..row(
            "26a",
            "an expired certificate",
            "valid until a second ago",
            Ends::Failing(3, "api_tls"),
        )
    },
    Row {
        says: &["the certificate is signed by no authority that is trusted", "SSL_CERT_FILE"],
        meet: |scene| {
            let front = TlsFront::start(scene.source(), &authority().sign("DNS:localhost"));
            let off_switches = [
                ("CURL_INSECURE", "1"),
                ("GIT_SSL_NO_VERIFY", "1"),
                ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
                ("PYTHONHTTPSVERIFY", "0"),
            ];
            let etl = scene.etl("run").env("SPACEX_API_URL", front.url("localhost"));
            off_switches.iter().fold(etl, |etl, (name, value)| etl.env(name, value)).run()
        },
        ..row(
            "26b",
            "an authority that nobody knows",
            "and every switch that other programs know",
            Ends::Failing(3, "api_tls"),
        )
    },
    Row {
        says: &["certificate not valid for name", "127.0.0.1"],
        meet: |scene| {
            let authority = authority();
            behind(scene, &authority.sign("DNS:localhost"), "127.0.0.1", Some(&authority))
        },
        ..row(
            "26c",
            "a certificate for another host",
            "for localhost, asked as 127.0.0.1",
            Ends::Failing(3, "api_tls"),
        )
    },
    Row {
        says: &["TLS with localhost", "no TLS of version 1.2 or later"],
        meet: |scene| {
            let authority = authority();
            let front = TlsFront::start_old(scene.source(), &authority.sign("DNS:localhost"));
            let etl = scene.etl("run").env("SPACEX_API_URL", front.url("localhost"));
            etl.env("SSL_CERT_FILE", authority.certificate()).run()
        },
        ..row(
            "26d",
            "TLS 1.1 at most",
            "a server that speaks nothing newer",
            Ends::Failing(3, "api_tls"),
        )
    },
    Row {
        meet: |scene| {
            let authority = authority();
            behind(scene, &authority.sign("DNS:localhost"), "localhost", Some(&authority))
        },
        ..row(
            "26e",
            "an authority of the company's own",
            "in the file that SSL_CERT_FILE names",
            Ends::Well,
        )
    },
    Row {
        meet: |scene| {
            let authority = authority();
            let front = TlsFront::start(scene.source(), &authority.sign("DNS:localhost"));
            let certificate = authority.certificate();
            let etl = scene.etl("run").env("SPACEX_API_URL", front.url("localhost"));
            etl.env("SSL_CERT_DIR", certificate.parent().expect("a folder")).run()
        },
        on: On::Sqlite,
        ..row(
            "26f",
            "the same in a folder",
            "among other files of the folder in SSL_CERT_DIR",
            Ends::Well,
        )
    },
    Row {
        says: &["TLS with localhost", "the certificate is"],
        meet: |scene| behind(scene, &authority().itself(), "localhost", None),
        on: On::Sqlite,
        ..row(
            "26g",
            "a certificate that signed itself",
            "as appliances come with",
            Ends::Failing(3, "api_tls"),
        )
    },
    Row {
        says: &["SSL_CERT_FILE", "/nowhere/ca.crt", "No such file"],
        meet: |scene| {
            let etl = scene.etl("run").env("SPACEX_API_URL", "https://localhost:1/v4");
            etl.env("SSL_CERT_FILE", "/nowhere/ca.crt").run()
        },
        then: Then::NothingWritten,
        ..row(
            "26h",
            "no file of authorities",
            "SSL_CERT_FILE names none",
            Ends::Failing(2, "configuration"),
        )
    },
];

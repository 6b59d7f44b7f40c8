//! PostgreSQL over TLS: who is trusted, and what is said of a server that is not.

use std::path::Path;

use crate::support::authority::Authority;
use crate::support::own_server::OwnServer;
use crate::support::{Etl, Output, folder};

const ASKED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// A call that is told who is trusted by what is in its URL, and by nothing else.
fn etl(url: &str, words: &str) -> Etl {
    Etl::new().args(words).env("DATABASE_URL", url).env("RUST_LOG", "trace")
}

fn verified_by(file: &Path) -> String {
    format!("sslmode=verify-full&sslrootcert={}", file.display())
}

/// The connection of this call is encrypted.
#[track_caller]
fn is_encrypted(etl: Etl) {
    let folder = folder();
    let file = folder.path().join("asked.sql");
    std::fs::write(&file, ASKED).unwrap();
    let output = etl.args("query --format csv --file").arg(&file).run().succeeds();
    assert_eq!(output.stdout.trim_end().lines().last(), Some("true"), "{}", output.everything());
}

/// Refused as a matter of configuration, in one line with these words, and nothing secret in it.
#[track_caller]
fn is_refused(server: &OwnServer, etl: Etl, kind: &str, says: &[&str]) {
    let output: Output = etl.args("run --sandbox --format json").run().exits(2);
    assert_eq!(output.json()["error"]["kind"], kind, "{}", output.everything());
    let told: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("etl: ")).collect();
    assert!(told.len() == 1 && says.iter().all(|words| told[0].contains(words)), "{told:?}");
    let everything = output.everything();
    assert!(!everything.contains(server.password()), "a secret: {everything}");
}

#[test]
fn a_server_is_held_against_name_and_authority() {
    let Some(authority) = Authority::new() else { return };
    let Some(server) = OwnServer::start(&authority.sign("DNS:localhost")) else { return };
    let ours = authority.certificate();
    etl(&server.url("localhost", &verified_by(&ours)), "migrate").run().succeeds();
    is_encrypted(etl(&server.url("localhost", &verified_by(&ours)), ""));
    is_encrypted(etl(&server.url("127.0.0.1", "sslmode=require"), ""));
    let by_system = etl(&server.url("localhost", "sslrootcert=system"), "");
    is_encrypted(by_system.env("SSL_CERT_FILE", &ours));
    let by_variables = etl("", "").env("POSTGRES_HOST", "localhost").env("POSTGRES_DB", "postgres");
    let by_variables = by_variables
        .env("POSTGRES_USER", "etl_test")
        .env("POSTGRES_PASSWORD", server.password())
        .env("POSTGRES_PORT", server.port())
        .env("PGSSLMODE", "verify-full")
        .env("PGSSLROOTCERT", &ours);
    is_encrypted(by_variables);

    let untrusted = |host: &str, options: &str, says: &[&str]| {
        is_refused(&server, etl(&server.url(host, options), ""), "database_untrusted", says);
    };
    let other_name =
        ["server certificate for", "does not match host name \"127.0.0.1\"", "names this host"];
    untrusted("127.0.0.1", &verified_by(&ours), &other_name);
    let stranger = Authority::new().expect("there was one before");
    let signed = ["certificate verify failed", "signed by an authority in sslrootcert"];
    untrusted("localhost", &verified_by(&stranger.certificate()), &signed);
    untrusted("localhost", "sslrootcert=system", &signed[..1]);
    let nowhere = Path::new("/nowhere/root.crt");
    untrusted("localhost", &verified_by(nowhere), &["/nowhere/root.crt", "does not exist"]);
    untrusted("localhost", "sslmode=verify-full", &["root certificate file", "does not exist"]);
    let weak = etl(&server.url("localhost", "sslmode=require&sslrootcert=system"), "");
    is_refused(&server, weak, "database_unusable", &["weak sslmode", "verify-full"]);
}

#[test]
fn an_expired_certificate_is_refused_and_not_waited_for() {
    let Some(authority) = Authority::new() else { return };
    let Some(server) = OwnServer::start(&authority.sign_expired("DNS:localhost")) else { return };
    let url = server.url("localhost", &verified_by(&authority.certificate()));
    let says = ["certificate verify failed", "valid today"];
    is_refused(&server, etl(&url, "--wait=60s"), "database_untrusted", &says);
}

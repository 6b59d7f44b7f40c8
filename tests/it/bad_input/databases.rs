//! A database that is not there, refuses us, or is none.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::thread::spawn;
use std::time::{Duration, Instant};

use super::{CANARY, Expected, faults, nothing_wrong};
use crate::support::{Database, Etl, Output};

fn run_on(url: &str) -> Output {
    let etl = Etl::new().args("run --sandbox --format json --database-url").arg(url);
    etl.env("RUST_LOG", "trace").run()
}

type Row = (&'static str, String, i32, &'static str, &'static [&'static str]);

fn check(rows: Vec<Row>) {
    let check = |(what, url, code, kind, says): Row| {
        let output = run_on(&url);
        // At this level libraries may say what they like, but for secrets.
        let calm = Etl::new().args("run --sandbox --format json").env("DATABASE_URL", &url).run();
        let mut wrong = faults(&calm, &Expected { code, kind, says });
        wrong.extend(super::secrets(&output));
        (what.to_owned(), wrong, calm)
    };
    nothing_wrong(rows.into_iter().map(check).collect());
}

#[test]
fn a_server_that_is_not_there() {
    check(vec![
        (
            "an unknown host",
            format!("postgres://u:{CANARY}@no-such-host.invalid/d"),
            75,
            "database_unavailable",
            &["no-such-host.invalid", "--wait"],
        ),
        (
            "a closed port",
            format!("postgres://u:{CANARY}@127.0.0.1:1/d"),
            75,
            "database_unavailable",
            &["u@127.0.0.1:1/d", "--wait"],
        ),
    ]);
}

#[test]
fn a_server_that_does_not_come_is_waited_for() {
    let url = format!("postgres://u:{CANARY}@127.0.0.1:1/d");
    for words in ["status --wait=2s", "migrate --wait=2s"] {
        let began = Instant::now();
        let output = Etl::new().args(words).env("DATABASE_URL", &url).run();
        let took = began.elapsed();
        assert!(super::secrets(&output).is_none());
        output.exits(75).says("trying again").says("check that the server is up");
        assert!((Duration::from_secs(2)..Duration::from_secs(6)).contains(&took), "{took:?}");
    }
}

/// Hands on what comes to this port, in both directions, until the test ends.
fn stand_in(port: u16, server: String) {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is still free");
    spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&server).expect("the server is there");
            for (mut from, mut to) in [(&client, &server), (&server, &client)]
                .map(|(from, to)| (from.try_clone().unwrap(), to.try_clone().unwrap()))
            {
                // A side that goes away is the end of the call.
                spawn(move || {
                    drop(std::io::copy(&mut from, &mut to));
                    drop(to.shutdown(Shutdown::Both));
                });
            }
        }
    });
}

#[test]
fn a_server_that_comes_late_is_waited_for() {
    let Some(database) = Database::postgres() else { return };
    let url = database.url();
    let (login, place) = url.rsplit_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let late = format!("{login}@127.0.0.1:{port}/{name}");
    let mut waiting = Etl::new().args("migrate --wait").env("DATABASE_URL", late).spawn();
    waiting.wait_for_stderr("trying again");
    stand_in(port, server.to_owned());
    assert!(waiting.wait().succeeds().stdout.contains("applied 2"));
}

#[test]
fn a_server_that_refuses() {
    let Some(database) = Database::postgres() else { return };
    let url = database.url();
    let (login, place) = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).unwrap();
    let user = login.split(':').next().unwrap();
    let host = place.split('/').next().unwrap();
    check(vec![
        (
            "a wrong password",
            format!("postgres://{user}:{CANARY}@{place}"),
            2,
            "database_rejected_login",
            &["password authentication failed", "check user, password"],
        ),
        (
            "an unknown user",
            format!("postgres://nobody:{CANARY}@{place}"),
            2,
            "database_rejected_login",
            &["nobody"],
        ),
        (
            "no password",
            format!("postgres://{user}@{place}"),
            2,
            "database_rejected_login",
            &["no password"],
        ),
        (
            "an unknown database",
            format!("postgres://{login}@{host}/no_such_database"),
            2,
            "database_rejected_login",
            &["no_such_database", "does not exist"],
        ),
        ("no encryption there", format!("{url}?sslmode=require"), 2, "database_unusable", &["SSL"]),
        ("not migrated", url.clone(), 2, "database_unusable", &["not migrated", "`etl migrate`"]),
    ]);
}

#[test]
fn a_file_that_is_no_database_stays_as_it_is() {
    let folder = crate::support::folder();
    let file = folder.path().join("notes.txt");
    let text = "Dear diary, this is no database at all.\n".repeat(100);
    std::fs::write(&file, &text).unwrap();
    for words in ["run --sandbox --migrate", "migrate", "status", "trends", "migrate status"] {
        let output =
            Etl::new().args(words).args("--database-url notes.txt").in_folder(folder.path()).run();
        output.exits(3).says("notes.txt").says("not a database").says("--database-url");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "{words}");
    }
}

#[test]
fn a_path_where_no_file_can_be() {
    let folder = crate::support::folder();
    let of = |path: &Path| path.to_str().unwrap().to_owned();
    let no_parent = folder.path().join("missing").join("etl.db");
    check(vec![
        ("a folder", of(folder.path()), 3, "database_failed", &["unable to open", "name another"]),
        (
            "in a folder that is not there",
            of(&no_parent),
            3,
            "database_failed",
            &["cannot create", "name another"],
        ),
    ]);
    assert!(!no_parent.parent().unwrap().exists());
}

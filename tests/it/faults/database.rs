//! A database that cannot be reached, lets nobody in, or is not as it must be.

use super::{Ends, On, Row, Scene, Start, Then, try_rows};
use crate::support::{Output, Session, refusing_server, silent_server};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }
}

const UNAVAILABLE: Ends = Ends::Failing(75, "database_unavailable");
const REJECTED: Ends = Ends::Failing(2, "database_rejected_login");

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "54a",
        name: "nobody listens",
        how: "a port that nobody has",
        on: On::Postgres,
        start: Start::Loaded,
        ends: UNAVAILABLE,
        says: &["127.0.0.1:1/", "Connection refused", "--wait"],
        then: Then::NothingWritten,
        meet: |scene| run_on(scene, &at(scene, "127.0.0.1:1")),
    },
    Row {
        number: "54b",
        name: "the server takes connections and says nothing",
        how: "a listener that never reads; 5 s are given",
        on: On::Postgres,
        start: Start::Loaded,
        ends: UNAVAILABLE,
        says: &["timeout expired", "--wait"],
        then: Then::NothingWritten,
        meet: |scene| {
            let (_listening, address) = silent_server();
            run_on(scene, &at(scene, &address.to_string()))
        },
    },
    Row {
        number: "54c",
        name: "the server is starting up",
        how: "a server that answers every login with 57P03",
        on: On::Postgres,
        start: Start::Loaded,
        ends: UNAVAILABLE,
        says: &["the database system is starting up", "--wait"],
        then: Then::NothingWritten,
        meet: |scene| {
            let address = refusing_server("57P03", "the database system is starting up");
            run_on(scene, &at(scene, &address.to_string()))
        },
    },
    Row {
        number: "54d",
        name: "too many clients",
        how: "a server that answers every login with 53300",
        on: On::Postgres,
        start: Start::Loaded,
        ends: UNAVAILABLE,
        says: &["too many clients already", "--wait"],
        then: Then::NothingWritten,
        meet: |scene| {
            let address = refusing_server("53300", "sorry, too many clients already");
            run_on(scene, &at(scene, &address.to_string()))
        },
    },
    Row {
        number: "54e",
        name: "one connection and no second",
        how: "a role with CONNECTION LIMIT 1",
        on: On::Postgres,
        start: Start::Loaded,
        ends: UNAVAILABLE,
        says: &["too many connections for role"],
        then: Then::NothingWritten,
        meet: |scene| {
            as_role(scene, "CONNECTION LIMIT 1", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO")
        },
    },
    Row {
        number: "55a",
        name: "a wrong password",
        how: "the canary in its place",
        on: On::Postgres,
        start: Start::Loaded,
        ends: REJECTED,
        says: &["password authentication failed", "check user, password"],
        then: Then::NothingWritten,
        meet: |scene| run_on(scene, &with_login(scene, "etl_test", super::scene::CANARY)),
    },
    Row {
        number: "55b",
        name: "an unknown role",
        how: "nobody in the URL",
        on: On::Postgres,
        start: Start::Loaded,
        ends: REJECTED,
        says: &["nobody@", "check user, password"],
        then: Then::NothingWritten,
        meet: |scene| run_on(scene, &with_login(scene, "nobody", super::scene::CANARY)),
    },
    Row {
        number: "55c",
        name: "an unknown database",
        how: "no_such_database in the URL",
        on: On::Postgres,
        start: Start::Loaded,
        ends: REJECTED,
        says: &["\"no_such_database\" does not exist", "database name"],
        then: Then::NothingWritten,
        meet: |scene| {
            let url = scene.database.url();
            let (server, _) = url.rsplit_once('/').unwrap();
            run_on(scene, &format!("{server}/no_such_database"))
        },
    },
    Row {
        number: "56",
        name: "not migrated",
        how: "an empty database, and no --migrate",
        on: On::Postgres,
        start: Start::Empty,
        ends: Ends::Failing(2, "database_unusable"),
        says: &["not migrated", "`etl migrate`"],
        then: Then::NothingWritten,
        meet: |scene| scene.etl("run").run(),
    },
    Row {
        number: "58",
        name: "a newer schema than this program's",
        how: "a migration of the future in the ledger",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Failing(2, "database_unusable"),
        says: &["20991231000001"],
        then: Then::Converges,
        meet: |scene| {
            let ledger = "__diesel_schema_migrations";
            let insert = format!("INSERT INTO {ledger} (version) VALUES ('20991231000001')");
            scene.database.execute(&insert).unwrap();
            let output = scene.etl("run --reconcile").run();
            let delete = format!("DELETE FROM {ledger} WHERE version = '20991231000001'");
            scene.database.execute(&delete).unwrap();
            output
        },
    },
    Row {
        number: "59a",
        name: "a server that may only be read",
        how: "default_transaction_read_only=on",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(3, "database_read_only"),
        says: &["read-only", "may be written"],
        then: Then::NothingWritten,
        meet: |scene| with_setting(scene, "default_transaction_read_only = on"),
    },
    Row {
        number: "60",
        name: "a role that may only read",
        how: "a role with SELECT and no more",
        on: On::Postgres,
        start: Start::Loaded,
        ends: Ends::Failing(3, "database_permission_denied"),
        says: &[
            "permission denied for table pipeline_runs",
            "grant the user SELECT, INSERT and UPDATE",
        ],
        then: Then::NothingWritten,
        meet: |scene| as_role(scene, "", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO"),
    },
];

pub(super) fn run_on(scene: &Scene<'_>, url: &str) -> Output {
    scene.etl("run --reconcile").env("DATABASE_URL", url).run()
}

/// The database's URL with another host and port.
pub(super) fn at(scene: &Scene<'_>, address: &str) -> String {
    let url = scene.database.url();
    let (login, place) = url.rsplit_once('@').unwrap();
    let (_, name) = place.split_once('/').unwrap();
    format!("{login}@{address}/{name}")
}

fn with_login(scene: &Scene<'_>, user: &str, password: &str) -> String {
    let url = scene.database.url();
    let (_, place) = url.rsplit_once('@').unwrap();
    format!("postgres://{user}:{password}@{place}")
}

/// A run as a role of its own, with one grant; the role is gone afterwards.
fn as_role(scene: &Scene<'_>, attributes: &str, grant: &str) -> Output {
    let role = format!("role_{}", fastrand::u32(..));
    let made = format!(
        "CREATE ROLE {role} LOGIN PASSWORD '{}' {attributes}; {grant} {role};",
        super::scene::CANARY
    );
    scene.database.script(&made).unwrap();
    let output = run_on(scene, &with_login(scene, &role, super::scene::CANARY));
    scene.database.wait_until_left();
    scene.database.script(&format!("DROP OWNED BY {role}; DROP ROLE {role};")).unwrap();
    output
}

/// A run while every session of the database begins with a setting.
pub(super) fn with_setting(scene: &Scene<'_>, setting: &str) -> Output {
    // Begun before the setting, which would keep it from taking it back.
    let mut session = Session::open(&scene.database);
    let name = scene.database.value("SELECT current_database()");
    session.script(&format!("ALTER DATABASE {name} SET {setting}")).unwrap();
    let output = scene.etl("run --reconcile").run();
    session.script(&format!("ALTER DATABASE {name} RESET ALL")).unwrap();
    output
}

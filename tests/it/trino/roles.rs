//! What Trino may do: its reader sees every table, those that come later too, and writes none; the lake's role keeps
//! the list of Iceberg tables and sees nothing else.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::support::trino::make_roles;
use crate::support::{Database, Sandbox, Trino, variable};

/// A session of one of the roles in this database.
fn session(database: &Database, role: &str, password: &str) -> PgConnection {
    let url = database.url();
    let (_, place) = url.split_once('@').expect("a place");
    let password = variable(password).expect("the password of the role");
    PgConnection::establish(&format!("postgres://{role}:{password}@{place}"))
        .expect("the role logs in")
}

#[track_caller]
fn refused(session: &mut PgConnection, sql: &str) {
    let error = session.batch_execute(sql).expect_err(sql).to_string();
    assert!(error.contains("permission denied"), "{sql}: {error}");
}

#[test]
fn the_reader_writes_nothing() {
    let Some((database, trino)) = Trino::with_database() else { return };
    let database = database.migrated();
    Sandbox::of(10).run(&database, "");
    let before = database.whole("raw_launches");
    let catalog = trino.catalog();
    for sql in [
        format!("DELETE FROM {catalog}.public.raw_launches"),
        format!("UPDATE {catalog}.public.raw_launches SET mission_name = 'x'"),
        format!(
            "INSERT INTO {catalog}.public.rockets (rocket_id, pipeline_run_id, updated_at) VALUES ('x', 'x', now())"
        ),
        format!("CREATE TABLE {catalog}.public.mine (a bigint)"),
        format!("DROP TABLE {catalog}.public.raw_launches"),
    ] {
        let error = trino.ask(&sql, "UTC").expect_err(&sql);
        let denied = error.contains("permission denied") || error.contains("must be owner");
        assert!(denied, "{sql}: {error}");
    }
    assert_eq!(database.whole("raw_launches"), before);
    let mut reader = session(&database, "trino_reader", "TRINO_READER_PASSWORD");
    reader.batch_execute("SELECT * FROM launches_by_year").expect("it reads");
    refused(&mut reader, "TRUNCATE pipeline_runs");
    refused(&mut reader, "CREATE TABLE mine (a bigint)");
    refused(&mut reader, "SELECT * FROM lake.iceberg_tables");
}

#[test]
fn the_reader_sees_every_column_of_every_table_and_of_those_that_come_later() {
    let Some((database, trino)) = Trino::with_database() else { return };
    let database = database.migrated();
    database.execute("CREATE TABLE came_later AS SELECT 1 AS a").unwrap();
    let seen = trino.answer(&format!(
        "SELECT table_name || '.' || column_name FROM {}.information_schema.columns WHERE table_schema = 'public'",
        trino.catalog()
    ));
    let mut seen: Vec<String> = seen.rows.into_iter().flatten().flatten().collect();
    let mut there = database.rows(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'",
    );
    assert!(there.contains(&"came_later.a".to_owned()), "{there:?}");
    seen.sort();
    there.sort();
    assert_eq!(seen, there);
    let count =
        trino.answer(&format!("SELECT count(*) FROM {}.public.came_later", trino.catalog()));
    assert_eq!(count.rows, [[Some("1".to_owned())]]);
}

#[test]
fn the_role_of_the_lake_keeps_its_list_and_sees_nothing_else() {
    let Some((database, trino)) = Trino::with_database() else { return };
    let database = database.migrated();
    Sandbox::of(10).run(&database, "");
    let (catalog, lake) = (trino.catalog(), trino.lake());
    trino.answer(&format!("CREATE SCHEMA {lake}.tried"));
    trino.answer(&format!("CREATE TABLE {lake}.tried.copy AS SELECT launch_id, date_utc FROM {catalog}.public.raw_launches"));
    let both = |table: String| {
        trino.answer(&format!("SELECT launch_id, date_utc FROM {table} ORDER BY launch_id"))
    };
    let copied = both(format!("{lake}.tried.copy"));
    assert_eq!(copied.rows.len(), 10);
    assert_eq!(copied, both(format!("{catalog}.public.raw_launches")));
    assert_eq!(database.value("SELECT count(*) FROM lake.iceberg_tables"), "1");
    trino.answer(&format!("DROP TABLE {lake}.tried.copy"));
    trino.answer(&format!("DROP SCHEMA {lake}.tried"));
    let mut role = session(&database, "trino_lake", "TRINO_LAKE_PASSWORD");
    role.batch_execute("SELECT * FROM lake.iceberg_tables").expect("it reads its list");
    refused(&mut role, "SELECT * FROM public.raw_launches");
    refused(&mut role, "CREATE TABLE lake.mine (a bigint)");
    refused(&mut role, "CREATE TABLE public.mine (a bigint)");
}

#[test]
fn the_script_of_the_roles_can_run_again_and_does_not_look_like_drift() {
    let Some((database, _trino)) = Trino::with_database() else { return };
    let database = database.migrated();
    make_roles(&database.url());
    crate::support::Etl::new().args("migrate verify").database(&database).run().succeeds();
    session(&database, "trino_reader", "TRINO_READER_PASSWORD");
}

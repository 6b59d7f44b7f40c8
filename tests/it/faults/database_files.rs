//! A file that is none, is damaged or hostile, may not be written, or has no room to grow.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{Ends, On, Row, Scene, Start, Then, try_rows};
use crate::support::other_user::set_mode;
use crate::support::{Database, OtherUser, Output, Session, SmallDisk};

#[test]
fn every_row_ends_as_the_table_says() {
    try_rows(Database::sqlite(), ROWS);
}

#[test]
fn rows_of_another_user_end_as_the_table_says() {
    if OtherUser::new().is_some() {
        try_rows(Database::sqlite(), ROWS_OF_ANOTHER_USER);
    }
}

#[test]
fn a_full_disk_under_sqlite_ends_as_the_table_says() {
    if SmallDisk::mount(64).is_some() {
        try_rows(Database::sqlite(), ROWS_OF_A_SMALL_DISK);
    }
}

#[test]
fn a_full_disk_under_postgres_ends_as_the_table_says() {
    if SmallDisk::mount(64).is_some()
        && let Some(database) = Database::postgres()
    {
        try_rows(database, ROWS_OF_A_SMALL_DISK);
    }
}

const fn failing(kind: &'static str) -> Ends {
    Ends::Failing(3, kind)
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "72c",
        name: "the path is a folder",
        how: "the working folder as the file",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_failed"),
        says: &["unable to open", "name another with --database-url"],
        then: Then::NothingWritten,
        meet: |scene| run_on(scene, scene.folder()),
    },
    Row {
        number: "72d",
        name: "the path is a FIFO",
        how: "mkfifo",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_failed"),
        says: &["pipe", "name another with --database-url"],
        then: Then::NothingWritten,
        meet: |scene| {
            let path = scene.folder().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
            assert!(made.success());
            let output = run_on(scene, &path);
            fs::remove_file(path).unwrap();
            output
        },
    },
    Row {
        number: "72e",
        name: "the folder is missing",
        how: "a path in a folder that is not there",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_failed"),
        says: &["cannot create", "missing/etl.db", "make its folder writable"],
        then: Then::NothingWritten,
        meet: |scene| run_on(scene, &scene.folder().join("missing/etl.db")),
    },
    Row {
        number: "73a",
        name: "not a database",
        how: "a text file; it stays as it is",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_failed"),
        says: &["diary.txt", "not a database", "--database-url"],
        then: Then::NothingWritten,
        meet: |scene| {
            let path = scene.folder().join("diary.txt");
            let text = "Dear diary, this is no database at all.\n".repeat(100);
            fs::write(&path, &text).unwrap();
            let output = run_on(scene, &path);
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            fs::remove_file(path).unwrap();
            output
        },
    },
    Row {
        number: "73b",
        name: "a damaged page",
        how: "garbage over the first page of pipeline_runs",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_failed"),
        says: &["malformed", "look after the database"],
        then: Then::NothingWritten,
        meet: |scene| {
            let path = scene.database.sqlite_path();
            let whole = fs::read(&path).unwrap();
            let page = "SELECT rootpage FROM sqlite_schema WHERE name = 'pipeline_runs'";
            let page: usize = scene.database.value(page).parse().unwrap();
            let mut damaged = whole.clone();
            damaged[(page - 1) * 4096..][..64].fill(0xA5);
            fs::write(&path, &damaged).unwrap();
            let output = scene.etl("run --reconcile").run();
            fs::write(&path, whole).unwrap();
            output
        },
    },
    Row {
        number: "73c",
        name: "a file without a byte",
        how: "touch; it counts as new",
        on: On::Sqlite,
        start: Start::Empty,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            fs::write(scene.database.sqlite_path(), "").unwrap();
            scene.etl("run").run()
        },
    },
    Row {
        number: "75",
        name: "copied without its -wal",
        how: "cp of the file alone, while a reader keeps the last run in the log",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            let path = scene.database.sqlite_path();
            let before = fs::read(&path).unwrap();
            let mut reader = Session::open(&scene.database);
            reader.script("BEGIN; SELECT count(*) FROM raw_launches").unwrap();
            scene.etl("run --reconcile").run().succeeds();
            assert!(Path::new(&format!("{path}-wal")).metadata().unwrap().len() > 0);
            drop(reader);
            fs::write(&path, before).unwrap();
            // An earlier truth, and whole: nothing in the file says that there was a later one.
            scene.etl("verify --all").run().succeeds();
            scene.etl("run").run()
        },
    },
    Row {
        number: "114b",
        name: "a hostile file",
        how: "a trigger of a stranger on a table of ours",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: Ends::Failing(2, "database_unusable"),
        says: &["ingestion_state.stranger", "no migration makes it", "use another file"],
        then: Then::NothingWritten,
        meet: |scene| {
            let made = "CREATE TRIGGER stranger AFTER UPDATE ON ingestion_state
                BEGIN DELETE FROM payloads; END";
            scene.database.script(made).unwrap();
            let output = scene.etl("run --reconcile").run();
            scene.database.script("DROP TRIGGER stranger").unwrap();
            output
        },
    },
    Row {
        number: "114c",
        name: "a hostile file that hides",
        how: "the same under a name as SQLite keeps for itself, written into its catalog by hand",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: Ends::Failing(2, "database_unusable"),
        says: &["ingestion_state.sqlite_stranger", "no migration makes it", "use another file"],
        then: Then::NothingWritten,
        meet: |scene| {
            let made = "PRAGMA writable_schema = ON;
                INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql)
                VALUES ('trigger', 'sqlite_stranger', 'ingestion_state', 0, 'CREATE TRIGGER sqlite_stranger
                    AFTER UPDATE ON ingestion_state BEGIN DELETE FROM payloads; END')";
            scene.database.script(made).unwrap();
            let output = scene.etl("run --reconcile").run();
            scene.database.script("DROP TRIGGER sqlite_stranger").unwrap();
            output
        },
    },
];

pub(super) const ROWS_OF_ANOTHER_USER: &[Row] = &[
    Row {
        number: "59b",
        name: "a file that may only be read",
        how: "mode 0444, and another user",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_read_only"),
        says: &["readonly", "may be written"],
        then: Then::NothingWritten,
        meet: |scene| as_another(scene, |_, file| set_mode(file, 0o444)),
    },
    Row {
        number: "72a",
        name: "a folder that may only be read",
        how: "mode 0555, and another user",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_read_only"),
        says: &["readonly", "etl.db", "its folder is owned by user 65534, mode 555"],
        then: Then::NothingWritten,
        meet: |scene| as_another(scene, |user, _| set_mode(user.path(), 0o555)),
    },
    Row {
        number: "72b",
        name: "somebody else's file",
        how: "mode 0600, owned by root, and another user",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_failed"),
        says: &["unable to open", "etl.db", "owned by user 0"],
        then: Then::NothingWritten,
        meet: |scene| {
            as_another(scene, |_, file| {
                std::os::unix::fs::chown(file, Some(0), Some(0)).unwrap();
                set_mode(file, 0o600);
            })
        },
    },
];

pub(super) const ROWS_OF_A_SMALL_DISK: &[Row] = &[
    Row {
        number: "61",
        name: "the server's disk is full",
        how: "the tables in a tablespace on a tmpfs without room",
        on: On::Postgres,
        start: Start::Loaded,
        ends: failing("database_full"),
        says: &["raw_launches", "No space left on device", "make room"],
        then: Then::Converges,
        meet: on_a_full_server,
    },
    Row {
        number: "62a",
        name: "the disk is full",
        how: "the file on a tmpfs with 120 kB of room",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: failing("database_full"),
        says: &["full", "make room"],
        then: Then::Converges,
        meet: |scene| {
            let disk = SmallDisk::mount(4096).expect("it went a moment ago");
            let original = scene.database.sqlite_path();
            let file = disk.path().join("etl.db");
            fs::copy(&original, &file).unwrap();
            disk.fill_but(120);
            rename_everything(scene);
            let output = run_on(scene, &file);
            let log = disk.path().join("etl.db-wal");
            if log.exists() {
                fs::copy(log, format!("{original}-wal")).unwrap();
            }
            fs::copy(&file, &original).unwrap();
            output
        },
    },
];

fn run_on(scene: &Scene<'_>, file: &Path) -> Output {
    scene.etl("run --reconcile --database-url").arg(file).without("DATABASE_URL").run()
}

/// A call of another user on a copy of the file in a folder of theirs, which was made ready.
fn as_another(scene: &Scene<'_>, ready: impl FnOnce(&OtherUser, &Path)) -> Output {
    let user = OtherUser::new().expect("it went a moment ago");
    let file = user.copy_of(&scene.database);
    ready(&user, &file);
    let before = fs::read(&file).unwrap();
    let etl = scene.etl("run --reconcile --database-url").arg(&file).without("DATABASE_URL");
    let output = user.calls(etl).run();
    set_mode(user.path(), 0o755);
    assert!(fs::read(&file).unwrap() == before, "the file was written");
    output
}

/// So that every row is written anew, and its former version too.
pub(super) fn rename_everything(scene: &Scene<'_>) {
    let source = scene.source();
    for (number, id) in source.ids().iter().enumerate() {
        let name = format!("{number} {}", "long name ".repeat(18));
        source.edit(id, &json!({ "name": name.trim() }));
    }
}

fn on_a_full_server(scene: &Scene<'_>) -> Output {
    let disk = SmallDisk::mount(4096).expect("it went a moment ago");
    let space = format!("space_{}", fastrand::u32(..));
    let tables = ["raw_launches", "raw_launch_revisions"];
    let place = disk.path().join("space");
    fs::create_dir(&place).unwrap();
    let owner = std::process::Command::new("chown").arg("postgres").arg(&place).status().unwrap();
    assert!(owner.success(), "the server runs as the user postgres");
    let location = format!("CREATE TABLESPACE {space} LOCATION '{}'", place.display());
    scene.database.execute(&location).unwrap();
    for table in tables {
        scene.database.execute(&format!("ALTER TABLE {table} SET TABLESPACE {space}")).unwrap();
    }
    disk.fill_but(0);
    rename_everything(scene);
    let output = scene.etl("run --reconcile").run();
    disk.make_room();
    for table in tables {
        let back = format!("ALTER TABLE {table} SET TABLESPACE pg_default");
        scene.database.execute(&back).unwrap();
    }
    scene.database.execute(&format!("DROP TABLESPACE {space}")).unwrap();
    output
}

//! `etl export`: every table and view, the same bytes from both databases, whole or not at all.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Database, Etl, Sandbox, folder};

fn export(database: &Database, words: &str) -> Etl {
    Etl::new().args("export").args(words).database(database)
}

/// A few launches with what is hard to write down, and a former version.
fn with_oddities(database: &Database) -> Sandbox {
    let sandbox = Sandbox::seeded(4, 3);
    let ids = sandbox.ids();
    sandbox.edit(&ids[0], &json!({ "name": "=cmd|' /C calc'!A0" }));
    sandbox.edit(&ids[1], &json!({ "name": "Two\nlines, \"quoted\"; é" }));
    sandbox.edit(&ids[2], &json!({ "name": "-12.50", "launchpad": null, "payloads": [] }));
    sandbox.run(database, "");
    sandbox.edit(&ids[0], &json!({ "name": "@SUM(A1)", "success": null }));
    sandbox.edit(&ids[3], &json!({ "name": 5 }));
    sandbox.run(database, "--reconcile");
    sandbox
}

/// Every table and view of the database, but for those of the migrations.
fn relations(database: &Database) -> Vec<String> {
    let catalog = if database.is_postgres() {
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema"
    } else {
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    };
    database.rows(&format!(
        "SELECT name FROM ({catalog}) AS t WHERE name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY name"
    ))
}

fn columns(database: &Database, relation: &str) -> Vec<String> {
    database.rows(&if database.is_postgres() {
        format!("SELECT column_name FROM information_schema.columns WHERE table_name = '{relation}' AND table_schema = current_schema ORDER BY ordinal_position")
    } else {
        format!("SELECT name FROM pragma_table_xinfo('{relation}') ORDER BY cid")
    })
}

on_both! {
    fn every_table_and_view_can_be_exported_with_all_its_columns(database: Database) {
        let _sandbox = with_oddities(&database);
        for relation in relations(&database) {
            let csv = export(&database, &relation).run().succeeds().stdout;
            let header = csv.lines().next().unwrap().trim_end();
            assert_eq!(header, columns(&database, &relation).join(","), "{relation}");
            let lines = export(&database, &relation).args("--format ndjson").run().succeeds().stdout;
            let rows: usize = database.value(&format!("SELECT count(*) FROM {relation}")).parse().unwrap();
            assert_eq!(lines.lines().count(), rows, "{relation}");
            for line in lines.lines() {
                let row: Value = serde_json::from_str(line).unwrap();
                assert_eq!(row.as_object().unwrap().len(), header.split(',').count());
            }
        }
    }

    fn both_databases_give_the_same_bytes(database: Database) {
        let _sandbox = with_oddities(&database);
        for relation in ["raw_launches", "raw_launch_revisions", "launch_changes", "launch_aggregations", "payloads", "launch_sites"] {
            let csv = export(&database, relation).run().succeeds().stdout;
            assert_eq!(csv.matches("\r\n").count(), csv.matches('\n').count() - usize::from(csv.contains("Two\nlines")));
            freeze!(format!("export__{relation}_csv"), csv.replace('\r', ""));
            let ndjson = export(&database, relation).args("--format ndjson").run().succeeds().stdout;
            freeze!(format!("export__{relation}_ndjson"), ndjson);
        }
    }

    fn a_file_is_its_owners_alone_and_as_long_as_what_is_printed(database: Database) {
        let _sandbox = with_oddities(&database);
        let folder = folder();
        let file = folder.path().join("launches.csv");
        let ended = export(&database, "raw_launches --out").arg(&file).run().succeeds();
        assert_eq!(ended.stdout, "");
        let printed = export(&database, "raw_launches").run().succeeds().stdout;
        assert_eq!(fs::read_to_string(&file).unwrap(), printed);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    fn an_unknown_name_is_answered_with_the_nearest(database: Database) {
        Etl::new().args("migrate").database(&database).run().succeeds();
        export(&database, "raw_launch").run().exits(2).says("did you mean raw_launches?");
        export(&database, "launch_site").run().exits(2).says("did you mean launch_sites?");
        export(&database, "raw_launches --format xml").run().exits(2).says("ndjson");
        let asked = export(&database, "rockets").env("ETL_FORMAT", "json").run().succeeds();
        assert_eq!(asked.stdout, "");
    }

    fn a_load_under_way_has_rows_but_no_figures(database: Database) {
        Etl::new().args("migrate").database(&database).run().succeeds();
        let state = "INSERT INTO ingestion_state (source, source_kind, fingerprint_version) VALUES ('launches', 'api', 1)";
        database.execute(state).unwrap();
        let folder = folder();
        let file = folder.path().join("sites.csv");
        let refused = export(&database, "launch_sites --out").arg(&file).run();
        refused.exits(2).says("initial load is not complete").says("etl run");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        export(&database, "raw_launches").run().succeeds();
    }

    fn a_kill_leaves_the_old_file_or_the_new_one(database: Database) {
        let sandbox = Sandbox::seeded(2_000, 2);
        sandbox.run(&database, "");
        let whole = export(&database, "raw_launches").run().succeeds().stdout;
        let folder = folder();
        let file = folder.path().join("launches.csv");
        let mut old = 0;
        for delay in 0..8 {
            fs::write(&file, "old").unwrap();
            let running = export(&database, "raw_launches --out").arg(&file).spawn();
            std::thread::sleep(Duration::from_millis(delay * 20));
            running.kill();
            let left = fs::read_to_string(&file).unwrap();
            assert!(left == "old" || left == whole, "half a file after {delay}");
            old += usize::from(left == "old");
        }
        assert!(old > 0, "no kill came in time");
    }

    fn an_interruption_leaves_no_trace(database: Database) {
        let sandbox = Sandbox::seeded(2_000, 2);
        sandbox.run(&database, "");
        let folder = folder();
        let file = folder.path().join("launches.csv");
        let mut codes = vec![];
        for delay in [30, 90, 150, 300] {
            fs::write(&file, "old").unwrap();
            let running = export(&database, "raw_launches --out").arg(&file).spawn();
            std::thread::sleep(Duration::from_millis(delay));
            running.signal("TERM");
            let ended = running.wait();
            let is_old = fs::read_to_string(&file).unwrap() == "old";
            assert_eq!(is_old, ended.code != Some(0), "{}", ended.everything());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            codes.push(ended.code);
        }
        // Before it has learnt to listen, a signal ends it as it ends any process.
        assert!(codes.iter().all(|code| matches!(code, None | Some(0 | 143))), "{codes:?}");
    }

    fn a_full_disk_leaves_the_old_file_and_no_trace(database: Database) {
        let Some(disk) = SmallDisk::mount() else { return };
        let sandbox = Sandbox::seeded(500, 2);
        sandbox.run(&database, "");
        let file = disk.folder.path().join("launches.csv");
        fs::write(&file, "old").unwrap();
        let ended = export(&database, "raw_launches --out").arg(&file).run().exits(3);
        assert!(ended.stderr.contains("launches.csv: No space left on device"), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(fs::read_dir(disk.folder.path()).unwrap().count(), 1);
        let filled = fs::write(disk.folder.path().join("filler"), vec![0; 1 << 20]);
        assert!(filled.is_err(), "the disk is not small");
        let words = Etl::new().args("snapshot --out").arg(&file).database(&database);
        words.run().exits(3).says("launches.csv: No space left on device");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        let words = Etl::new().args("report --out").arg(&file).database(&database);
        words.run().exits(3).says("launches.csv: No space left on device");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(fs::read_dir(disk.folder.path()).unwrap().count(), 2);
    }

    fn a_reader_that_has_enough_is_no_failure_and_a_full_device_is_one(database: Database) {
        let sandbox = Sandbox::seeded(500, 2);
        sandbox.run(&database, "");
        let head = shell(&database, "\"$ETL\" export raw_launches | head -n 1; echo \"code ${PIPESTATUS[0]}\"");
        assert!(head.ends_with("code 0\n") && head.starts_with("launch_id,"), "{head}");
        let full = shell(&database, "\"$ETL\" export raw_launches 2>&1 > /dev/full; echo \"code $?\"");
        assert!(full.contains("standard output: No space left on device"), "{full}");
        assert!(full.ends_with("code 3\n"), "{full}");
        let closed = shell(&database, "\"$ETL\" snapshot 2>&1 > /dev/full; echo \"code $?\"");
        assert!(closed.ends_with("code 3\n"), "{closed}");
    }
}

/// What a script prints that calls `"$ETL"`.
fn shell(database: &Database, script: &str) -> String {
    let output = Command::new("bash")
        .args(["-c", script])
        .env("ETL", env!("CARGO_BIN_EXE_etl"))
        .env("DATABASE_URL", database.url())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A file system of 64 KiB; unmounted with the value.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// None, and said so, where this user may not mount.
    fn mount() -> Option<SmallDisk> {
        let folder = folder();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(folder.path())
            .output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(SmallDisk { folder });
        }
        crate::support::skip("a full disk", "mounting a small one needs root");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.folder.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

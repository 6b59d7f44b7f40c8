//! `etl snapshot`: the figures as a file to review, compared with the figures as they are.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::{Database, Etl, Sandbox, folder};

fn snapshot(database: &Database, words: &str) -> Etl {
    Etl::new().args("snapshot").args(words).database(database)
}

on_both! {
    fn the_file_is_the_same_from_both_databases_and_changes_with_the_figures(database: Database) {
        let sandbox = Sandbox::seeded(40, 5);
        sandbox.run(&database, "");
        let folder = folder();
        let file = folder.path().join("figures.snap");
        let ended = snapshot(&database, "--out figures.snap").in_folder(folder.path()).run();
        assert_eq!(ended.succeeds().stdout, "");
        let text = fs::read_to_string(&file).unwrap();
        freeze!("snapshot__file", &text);
        assert_eq!(snapshot(&database, "").run().succeeds().stdout, text);
        sandbox.run(&database, "");
        let check = || snapshot(&database, "--check figures.snap").in_folder(folder.path());
        check().run().succeeds();
        let ids = sandbox.ids();
        sandbox.edit(&ids[0], &json!({ "success": null }));
        sandbox.delete(&ids[1]);
        sandbox.run(&database, "--reconcile");
        freeze!("snapshot__differs", check().run().exits(1).everything());
        let answer = check().args("--format json").run().exits(1).json();
        assert_eq!(answer["status"], "failed");
        let total = answer["differences"].as_array().unwrap().iter().find(|d| d["figure"] == "total_launches");
        assert_eq!(total.unwrap(), &json!({ "figure": "total_launches", "kept": "40", "now": "39" }));
        snapshot(&database, "--out figures.snap").in_folder(folder.path()).run().succeeds();
        check().run().succeeds();
    }

    fn the_file_is_one_that_insta_reads(database: Database) {
        let sandbox = Sandbox::seeded(10, 5);
        sandbox.run(&database, "");
        let folder = folder();
        let file = folder.path().join("figures.snap");
        snapshot(&database, "--out").arg(&file).run().succeeds();
        let read = insta::Snapshot::from_file(&file).unwrap();
        assert_eq!(read.metadata().source(), Some("etl"));
        let figures = snapshot(&database, "--format json").run().json();
        let total = format!("total_launches: {}", figures["figures"]["total_launches"].as_str().unwrap());
        assert!(format!("{:?}", read.contents()).contains(&total), "{:?}", read.contents());
    }

    fn a_kill_leaves_the_old_file_or_the_new_one(database: Database) {
        let sandbox = Sandbox::seeded(10, 5);
        sandbox.run(&database, "");
        let whole = snapshot(&database, "").run().succeeds().stdout;
        let folder = folder();
        let file = folder.path().join("figures.snap");
        for delay in 0..20 {
            fs::write(&file, "old").unwrap();
            let running = snapshot(&database, "--out").arg(&file).spawn();
            std::thread::sleep(Duration::from_millis(delay * 2));
            running.kill();
            let left = fs::read_to_string(&file).unwrap();
            assert!(left == "old" || left == whole, "half a file: {left}");
        }
    }

    fn what_cannot_be_compared_or_written_is_refused(database: Database) {
        let folder = folder();
        Etl::new().args("migrate").database(&database).run().succeeds();
        snapshot(&database, "").run().exits(2).says("`etl run`");
        snapshot(&database, "--check missing.snap").run().exits(2).says("missing.snap: No such file");
        let sandbox = Sandbox::seeded(10, 5);
        sandbox.run(&database, "");
        std::os::unix::fs::symlink("elsewhere", folder.path().join("link")).unwrap();
        let write = |to: &str| snapshot(&database, "--out").arg(to).in_folder(folder.path()).run();
        write("link").exits(2).says("link is a symbolic link");
        write(".").exits(2).says("a folder");
        write("/dev/null").exits(2).says("no regular file");
        write("no/folder/x.snap").exits(3).says("no/folder/x.snap: No such file");
        assert!(!folder.path().join("elsewhere").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

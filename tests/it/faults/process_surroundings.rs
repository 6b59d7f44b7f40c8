//! What a process is given or denied by whoever starts it, a clock that cannot be trusted, and its own defects.

use super::{Ends, On, Row, Scene, Start, Then, try_rows};
use crate::support::{Output, skip};

on_both! {
    fn every_row_ends_as_the_table_says(database: Database) {
        try_rows(database, ROWS);
    }

    fn a_defect_ends_as_the_table_says(database: Database) {
        if cfg!(debug_assertions) {
            try_rows(database, ROWS_OF_DEFECTS);
        } else {
            skip("a defect", "a release has no switch for one");
        }
    }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        number: "90a",
        name: "the clock went back by a day",
        how: "when it looked last, and when runs were, moved a day ahead: no clock can be injected",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| ahead(scene, "1 days"),
    },
    Row {
        number: "90b",
        name: "the clock went back by ten years",
        how: "the same, ten years ahead",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| ahead(scene, "3652 days"),
    },
    Row {
        number: "92a",
        name: "an empty environment",
        how: "env -i with the two addresses",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            let (database, source) = (scene.database.url(), scene.source().url().to_owned());
            let words = format!("env -i DATABASE_URL={database} SPACEX_API_URL={source}");
            scene.etl("run --reconcile --format json").under(&words).run()
        },
    },
    Row {
        number: "92b",
        name: "the working folder is gone",
        how: "rmdir of it before the start",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| {
            scene.etl("run --reconcile").after("mkdir gone; cd gone; rmdir ../gone").run()
        },
    },
    Row {
        number: "92c",
        name: "the working folder is gone, and the database would be there",
        how: "rmdir of it before the start, and no DATABASE_URL",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: Ends::Failing(3, "database_failed"),
        says: &["cannot create", "etl.db", "--database-url"],
        then: Then::NothingWritten,
        meet: |scene| {
            let etl = scene.etl("run").without("DATABASE_URL");
            etl.after("mkdir gone; cd gone; rmdir ../gone").run()
        },
    },
    Row {
        number: "92d",
        name: "nothing is open",
        how: "standard input closed",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| scene.etl("run --reconcile").after("exec 0<&-").run(),
    },
    Row {
        number: "93a",
        name: "too few files may be open",
        how: "ulimit -n 6",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: Ends::Failing(3, "database_failed"),
        says: &["etl.db.lock", "Too many open files"],
        then: Then::NothingWritten,
        meet: |scene| scene.etl("run --reconcile").after("ulimit -n 6").run(),
    },
    Row {
        number: "93b",
        name: "twelve files may be open",
        how: "ulimit -n 14: enough",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| scene.etl("run --reconcile").after("ulimit -n 14").run(),
    },
    Row {
        number: "93c",
        name: "half a gigabyte of addresses",
        how: "ulimit -v 500000: enough",
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Well,
        says: &[],
        then: Then::Converges,
        meet: |scene| scene.etl("run --reconcile").after("ulimit -v 500000").run(),
    },
    Row {
        number: "93d",
        name: "files may not grow",
        how: "ulimit -f, below what the log of the database needs",
        on: On::Sqlite,
        start: Start::Loaded,
        ends: Ends::Failing(3, "database_failed"),
        says: &["disk I/O error"],
        then: Then::Converges,
        meet: |scene| {
            super::database_files::rename_everything(scene);
            scene.etl("run --reconcile").after("ulimit -f 64").run()
        },
    },
];

const fn defect(number: &'static str, how: &'static str, meet: fn(&Scene<'_>) -> Output) -> Row {
    Row {
        number,
        name: "a panic",
        how,
        on: On::Both,
        start: Start::Loaded,
        ends: Ends::Failing(3, "defect"),
        says: &["a defect in etl itself: as ordered, at the step", "src/defect.rs:", "report"],
        then: Then::Converges,
        meet,
    }
}

pub(super) const ROWS_OF_DEFECTS: &[Row] = &[
    defect("94a", "when the latest launch is compared", |scene| struck(scene, "run", "detect")),
    defect("94b", "in the thread that fetches", |scene| struck(scene, "run --reconcile", "fetch")),
    defect("94c", "when a page is validated", |scene| struck(scene, "run --reconcile", "validate")),
    defect("94d", "when a page is loaded", |scene| struck(scene, "run --reconcile", "load")),
    defect("94e", "before the figures", |scene| struck(scene, "run --reconcile", "aggregate")),
    defect("94f", "before the COMMIT", |scene| struck(scene, "run --reconcile", "commit")),
    Row {
        start: Start::Empty,
        ..defect("94g", "when a page of an initial load is loaded", |scene| {
            struck(scene, "run --migrate --page-size 25", "load")
        })
    },
];

fn struck(scene: &Scene<'_>, words: &str, step: &str) -> Output {
    scene.etl(words).env("ETL_PANIC_AT", step).run()
}

/// A run that finds everything it remembers in the future.
fn ahead(scene: &Scene<'_>, span: &str) -> Output {
    let moved = |column: &str| {
        if scene.database.is_postgres() {
            format!("{column} = {column} + interval '{span}'")
        } else {
            format!("{column} = strftime('%Y-%m-%dT%H:%M:%f000Z', {column}, '+{span}')")
        }
    };
    let state = ["last_checked_at", "last_reconciled_at"].map(moved).join(", ");
    let runs = ["started_at", "finished_at"].map(moved).join(", ");
    scene.database.execute(&format!("UPDATE ingestion_state SET {state}")).unwrap();
    scene.database.execute(&format!("UPDATE pipeline_runs SET {runs}")).unwrap();
    scene.etl("run").run()
}

//! `etl migrate verify` and `repair`: every kind of tampering and drift is found and named.

use crate::migrate::{etl, names};

/// What is done to a database, and the line by which it is found.
type Drift = (&'static str, &'static str);

const ON_POSTGRES: &[Drift] = &[
    ("CREATE TABLE stray (a int)", "unexpected: table stray: "),
    ("DROP TABLE ingestion_state", "lost: table ingestion_state: "),
    ("ALTER TABLE payloads ADD COLUMN note varchar", "unexpected: column payloads.note: "),
    (
        "ALTER TABLE launchpads DROP COLUMN pipeline_run_id",
        "lost: column launchpads.pipeline_run_id: ",
    ),
    ("ALTER TABLE payloads ALTER name TYPE text", "changed: column payloads.name: it is \"text"),
    (
        "ALTER TABLE quarantined_launches ALTER launch_id TYPE varchar(24)",
        "changed: column quarantined_launches.launch_id: it is \"varchar(24)",
    ),
    (
        "ALTER TABLE quarantined_launches ALTER attempts SET DEFAULT 2",
        "changed: column quarantined_launches.attempts: ",
    ),
    (
        "ALTER TABLE payloads ALTER updated_at DROP NOT NULL",
        "changed: column payloads.updated_at: ",
    ),
    (
        "CREATE INDEX stray_index ON pipeline_runs (kind)",
        "unexpected: index pipeline_runs.stray_index: ",
    ),
    (
        "DROP INDEX raw_launch_revisions_ended_by_run_id",
        "lost: index raw_launch_revisions.raw_launch_revisions_ended_by_run_id: ",
    ),
    (
        "DROP INDEX quarantined_launches_open_content; \
      CREATE UNIQUE INDEX quarantined_launches_open_content ON quarantined_launches (content_sha256)",
        "changed: index quarantined_launches.quarantined_launches_open_content: ",
    ),
    (
        "ALTER TABLE pipeline_runs DROP CONSTRAINT pipeline_runs_status_check",
        "lost: check pipeline_runs.pipeline_runs_status_check: ",
    ),
    (
        "ALTER TABLE launch_aggregations ADD CHECK (total_launches >= 0)",
        "unexpected: check launch_aggregations.launch_aggregations_total_launches_check: ",
    ),
    ("ALTER TABLE payloads DROP CONSTRAINT payloads_pkey", "lost: key payloads.payloads_pkey: "),
    (
        "ALTER TABLE pipeline_runs DROP CONSTRAINT pipeline_runs_pipeline_run_id_key",
        "lost: unique pipeline_runs.pipeline_runs_pipeline_run_id_key: ",
    ),
    (
        "ALTER TABLE payloads ADD FOREIGN KEY (pipeline_run_id) REFERENCES raw_launches (launch_id)",
        "unexpected: foreign key payloads.payloads_pipeline_run_id_fkey: ",
    ),
    (
        "CREATE OR REPLACE VIEW launch_figure_inputs AS SELECT launch_id, date_utc, launchpad_id, 1::bigint AS succeeded, \
      0::bigint AS failed, 0::bigint AS upcoming, 0::bigint AS mass_hundredths, 0::bigint AS delay_whole_seconds, \
      0::bigint AS delay_rest_micros FROM raw_launches",
        "changed: view launch_figure_inputs: ",
    ),
    ("DROP VIEW launch_changes", "lost: view launch_changes: "),
    ("CREATE VIEW stray_view AS SELECT 1 AS a", "unexpected: view stray_view: "),
    (
        "ALTER TABLE raw_launches DISABLE TRIGGER raw_launches_refuse_delete",
        "changed: trigger raw_launches.raw_launches_refuse_delete: ",
    ),
    (
        "DROP TRIGGER raw_launch_revisions_refuse_change ON raw_launch_revisions",
        "lost: trigger raw_launch_revisions.raw_launch_revisions_refuse_change: ",
    ),
    (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "changed: function refuse_change(): ",
    ),
    (
        "ALTER SEQUENCE launch_aggregations_id_seq INCREMENT 2",
        "changed: sequence launch_aggregations_id_seq: ",
    ),
];

macro_rules! rewrite {
    ($of:literal, $from:literal, $to:literal) => {
        concat!(
            "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, '",
            $from,
            "', '",
            $to,
            "') WHERE name = '",
            $of,
            "'; PRAGMA writable_schema = RESET"
        )
    };
}

const ON_SQLITE: &[Drift] = &[
    ("CREATE TABLE stray (a int)", "unexpected: table stray: "),
    ("DROP TABLE ingestion_state", "lost: table ingestion_state: "),
    ("ALTER TABLE payloads ADD COLUMN note varchar", "unexpected: column payloads.note: "),
    (
        "ALTER TABLE launchpads DROP COLUMN pipeline_run_id",
        "lost: column launchpads.pipeline_run_id: ",
    ),
    (
        rewrite!("payloads", "name varchar", "name text"),
        "changed: column payloads.name: it is \"text",
    ),
    (
        rewrite!("pipeline_runs", "kind varchar NOT", "kind varchar(9) NOT"),
        "changed: column pipeline_runs.kind: it is \"varchar(9)",
    ),
    (
        rewrite!("quarantined_launches", "DEFAULT 1", "DEFAULT 2"),
        "changed: column quarantined_launches.attempts: ",
    ),
    (
        rewrite!("payloads", "updated_at text NOT NULL", "updated_at text"),
        "changed: column payloads.updated_at: ",
    ),
    (
        "CREATE INDEX stray_index ON pipeline_runs (kind)",
        "unexpected: index pipeline_runs.stray_index: ",
    ),
    (
        "DROP INDEX raw_launch_revisions_ended_by_run_id",
        "lost: index raw_launch_revisions.raw_launch_revisions_ended_by_run_id: ",
    ),
    (
        "DROP INDEX quarantined_launches_open_content; \
      CREATE UNIQUE INDEX quarantined_launches_open_content ON quarantined_launches (content_sha256)",
        "changed: index quarantined_launches.quarantined_launches_open_content: ",
    ),
    (
        rewrite!("pipeline_runs", "''failed'', ''interrupted''", "''failed''"),
        "lost: check pipeline_runs.(status in (",
    ),
    (
        rewrite!(
            "launch_aggregations",
            "total_launches bigint",
            "total_launches bigint CHECK (total_launches >= 0)"
        ),
        "unexpected: check launch_aggregations.(total_launches >= 0): ",
    ),
    (
        rewrite!(
            "raw_launch_revisions",
            "PRIMARY KEY (launch_id, revision)",
            "UNIQUE (launch_id, revision)"
        ),
        "lost: key raw_launch_revisions: ",
    ),
    (
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL UNIQUE', 'NOT NULL') WHERE name = 'pipeline_runs'; \
      DELETE FROM sqlite_master WHERE name = 'sqlite_autoindex_pipeline_runs_1'; PRAGMA writable_schema = RESET",
        "lost: unique pipeline_runs.(pipeline_run_id): ",
    ),
    (
        rewrite!("payloads", "mass_kg numeric(10,2)", "mass_kg numeric(10,2) REFERENCES stray (a)"),
        "unexpected: foreign key payloads.(mass_kg) references stray",
    ),
    (
        "DROP VIEW launch_figure_inputs; CREATE VIEW launch_figure_inputs AS SELECT 1 AS a",
        "changed: view launch_figure_inputs: ",
    ),
    ("DROP VIEW launch_changes", "lost: view launch_changes: "),
    ("CREATE VIEW stray_view AS SELECT 1 AS a", "unexpected: view stray_view: "),
    (
        "DROP TRIGGER raw_launches_refuse_delete; CREATE TRIGGER raw_launches_refuse_delete BEFORE DELETE ON raw_launches BEGIN SELECT 1; END",
        "changed: trigger raw_launches.raw_launches_refuse_delete: ",
    ),
    (
        "DROP TRIGGER raw_launch_revisions_refuse_update",
        "lost: trigger raw_launch_revisions.raw_launch_revisions_refuse_update: ",
    ),
    (
        rewrite!("quarantined_launches", "AUTOINCREMENT", ""),
        "changed: column quarantined_launches.id: ",
    ),
];

on_both! {
    fn every_kind_of_drift_is_found_and_named(database: Database) {
        let database = database.migrated();
        etl(&database, "migrate verify").succeeds();
        let kinds = if database.is_postgres() { ON_POSTGRES } else { ON_SQLITE };
        for (drift, line) in kinds {
            database.script(drift).unwrap_or_else(|error| panic!("{error}\nin {drift}"));
            let before = etl(&database, "migrate dump").succeeds().stdout;
            let found = etl(&database, "migrate verify").exits(1).stdout;
            assert!(found.lines().any(|found| found.starts_with(line)), "{drift}\n{line}\nis not in\n{found}");
            let after = etl(&database, "migrate dump").succeeds().stdout;
            assert_eq!(after, before, "looking changed something");
        }
        let json = etl(&database, "migrate verify --format json").exits(1).json();
        assert!(json["findings"].as_array().unwrap().len() >= 20, "{json}");
    }

    fn an_edited_migration_is_refused_with_both_checksums(database: Database) {
        let database = database.migrated();
        let applied = "0123".repeat(16);
        let known = database.value("SELECT checksum FROM __etl_migration_checksums WHERE version = '20261123000002'");
        database.execute(&format!("UPDATE __etl_migration_checksums SET checksum = '{applied}' WHERE version = '20261123000002'")).unwrap();
        for words in ["migrate", "migrate --dry-run", "run --migrate --sandbox"] {
            etl(&database, words).exits(1).says("2026-11-23-000002_add_tracked_columns_and_figures was edited")
                .says(&applied).says(&known).says("`etl migrate repair 20261123000002`");
        }
        let found = etl(&database, "migrate verify").exits(1).stdout;
        assert!(found.starts_with("edited: 2026-11-23-000002_add_tracked_columns_and_figures: "), "{found}");
        // What was applied can be used, whatever became of the text since.
        etl(&database, "run --sandbox").succeeds();
        etl(&database, "migrate repair").exits(2);
        etl(&database, "migrate repair 20261123000003").exits(2).says("nothing to repair");
        let repaired = etl(&database, "migrate repair 2026-11-23-000002").succeeds();
        assert!(repaired.stdout.starts_with("accepted 2026-11-23-000002_"), "{}", repaired.stdout);
        etl(&database, "migrate verify").succeeds();
        etl(&database, "migrate").succeeds();
    }

    fn an_edit_that_is_not_cosmetic_is_not_repaired(database: Database) {
        let database = database.migrated();
        database.execute("UPDATE __etl_migration_checksums SET checksum = 'x' WHERE version = '20261123000003'").unwrap();
        database.execute("ALTER TABLE payloads ADD COLUMN mass_lb integer").unwrap();
        etl(&database, "migrate repair 20261123000003").exits(1).says("column payloads.mass_lb");
        assert_eq!(database.value("SELECT checksum FROM __etl_migration_checksums WHERE version = '20261123000003'"), "x");
    }

    fn a_tampered_ledger_is_found(database: Database) {
        let database = database.migrated();
        let forgotten = &names()[2];
        database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '20261123000003'").unwrap();
        let found = etl(&database, "migrate verify").exits(1).stdout;
        assert!(found.contains("missing: 20261123000003: "), "{found}");
        assert!(found.contains(&format!("out of order: {forgotten}: ")), "{found}");
        assert!(found.contains("unexpected: table rockets: "), "{found}");
        etl(&database, "migrate").exits(3).says("is older than what is applied").says(forgotten).says("nothing was applied");
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261123000003')").unwrap();
        etl(&database, "migrate verify").succeeds();
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20200101000000')").unwrap();
        let found = etl(&database, "migrate verify").exits(1).stdout;
        assert!(found.contains("missing: 20200101000000: "), "{found}");
        etl(&database, "migrate").exits(2).says("20200101000000").says("which this etl lacks");
    }

    fn a_database_from_before_the_checksums_gets_them_at_the_next_up(database: Database) {
        let database = database.migrated();
        let checksums = "SELECT version || ' ' || checksum FROM __etl_migration_checksums ORDER BY 1";
        let remembered = database.rows(checksums);
        database.execute("DROP TABLE __etl_migration_checksums").unwrap();
        for words in ["migrate status --exit-code", "migrate verify", "migrate dump", "run --sandbox"] {
            etl(&database, words).succeeds();
        }
        assert!(etl(&database, "migrate").succeeds().stdout.starts_with("nothing to migrate"));
        assert_eq!(database.rows(checksums), remembered);
    }

    fn the_ledger_is_diesels_own(database: Database) {
        let database = database.migrated();
        let columns = database.rows(if database.is_postgres() {
            "SELECT concat_ws(' ', column_name, data_type, character_maximum_length, is_nullable, column_default)
             FROM information_schema.columns WHERE table_name = '__diesel_schema_migrations' ORDER BY ordinal_position"
        } else {
            "SELECT concat_ws(' ', name, type, \"notnull\", dflt_value) FROM pragma_table_info('__diesel_schema_migrations')"
        });
        let expected = if database.is_postgres() {
            ["version character varying 50 NO", "run_on timestamp without time zone NO CURRENT_TIMESTAMP"]
        } else {
            ["version VARCHAR(50) 1", "run_on TIMESTAMP 1 CURRENT_TIMESTAMP"]
        };
        assert_eq!(columns, expected);
    }

    fn a_migration_that_fails_is_named_with_its_statement(database: Database) {
        database.execute("CREATE TABLE launchpads (in_the_way integer)").unwrap();
        etl(&database, "migrate").exits(3)
            .says("migration 2026-11-23-000003_create_payloads_launchpads_and_rockets: statement 2, line 9")
            .says("launchpads").says("already exists").says("nothing was applied").says("`etl migrate baseline`");
    }
}

//! The migrations of `etl`, embedded: the folders under `migrations/`, in order.

use crate::db::AnyConnection;
use crate::model::digest::sha256_hex;

/// One migration for both databases.
#[derive(Debug)]
pub(crate) struct Step {
    /// The folder's name; what stands in front of the underscore is the version.
    pub(crate) name: &'static str,
    pub(crate) postgres: Scripts,
    pub(crate) sqlite: Scripts,
}

/// The SQL of one migration on one database.
#[derive(Debug)]
pub(crate) struct Scripts {
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Postgres,
    Sqlite,
}

impl Backend {
    pub(crate) fn of(connection: &AnyConnection) -> Self {
        match connection {
            AnyConnection::Postgres(_) => Self::Postgres,
            AnyConnection::Sqlite(_) => Self::Sqlite,
        }
    }
}

macro_rules! steps {
    ($($name:literal),* $(,)?) => {
        &[$(Step {
            name: $name,
            postgres: scripts!("postgres", $name),
            sqlite: scripts!("sqlite", $name),
        }),*]
    };
}

macro_rules! scripts {
    ($backend:literal, $name:literal) => {
        Scripts {
            up: include_str!(concat!("../../migrations/", $backend, "/", $name, "/up.sql")),
            down: include_str!(concat!("../../migrations/", $backend, "/", $name, "/down.sql")),
        }
    };
}

/// All of them, the oldest first.
pub(crate) const STEPS: &[Step] = steps![
    "2026-11-23-000001_create_raw_launches_and_launch_aggregations",
    "2026-11-23-000002_add_tracked_columns_and_figures",
    "2026-11-23-000003_create_payloads_launchpads_and_rockets",
    "2026-11-23-000004_create_pipeline_runs_and_ingestion_state",
    "2026-11-23-000005_create_quarantined_launches",
    "2026-11-23-000006_keep_every_revision",
    "2026-11-23-000007_show_versions_and_changes",
    "2026-11-23-000008_show_the_inputs_of_the_figures",
    "2026-11-23-000009_show_launches_by_period",
    "2026-11-23-000010_show_sites_delays_and_masses",
    "2026-11-23-000011_show_milestones_and_success_rates",
    "2026-11-23-000012_show_the_growth_of_the_pipeline",
    "2026-11-23-000013_index_what_a_run_asks",
    "2026-11-23-000014_carry_the_sums_of_the_figures",
    "2026-11-23-000015_create_publications",
    "2026-11-23-000016_note_who_kept_a_launch_up",
];

impl Step {
    /// As Diesel's ledger has it: the digits of the date and the number.
    pub(crate) fn version(&self) -> String {
        version_of(self.name)
    }

    /// What is left of the name, in words.
    pub(crate) fn title(&self) -> String {
        self.name.split_once('_').map_or(self.name, |(_, title)| title).replace('_', " ")
    }

    pub(super) fn scripts(&self, backend: Backend) -> &Scripts {
        match backend {
            Backend::Postgres => &self.postgres,
            Backend::Sqlite => &self.sqlite,
        }
    }

    /// SHA-256 of the text that makes it, however its lines end.
    pub(super) fn checksum(&self, backend: Backend) -> String {
        let text = self.scripts(backend).up.replace("\r\n", "\n");
        sha256_hex(text.as_bytes())
    }
}

/// The version in a name, or in a version as a person types it, with its hyphens.
pub(super) fn version_of(name: &str) -> String {
    name.split('_').next().unwrap_or_default().replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::STEPS;

    #[test]
    fn every_folder_is_a_step_and_every_step_a_folder() {
        for backend in ["postgres", "sqlite"] {
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/");
            let mut folders: Vec<String> = std::fs::read_dir(format!("{root}{backend}"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            folders.sort();
            let steps: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            assert_eq!(folders, steps, "{backend}");
        }
    }
}

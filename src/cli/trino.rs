//! Where Trino is, for every command that asks it.

use clap::{Args, ValueEnum};

/// Who answers a question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// The database that the launches are loaded into
    #[default]
    Database,
    /// Trino over that database (with --as-of: over what was published)
    Trino,
    /// Trino over what `etl publish` published
    Lake,
}

/// The server; a password is given by `ETL_TRINO_PASSWORD` alone.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Trino (its password: ETL_TRINO_PASSWORD, over https only)")]
pub(crate) struct TrinoArgs {
    /// Address of the server
    #[arg(
        long,
        value_name = "URL",
        env = "ETL_TRINO_URL",
        default_value = "http://localhost:8080"
    )]
    pub(crate) trino_url: String,
    /// Who asks
    #[arg(long, value_name = "NAME", env = "ETL_TRINO_USER", default_value = "etl")]
    pub(crate) trino_user: String,
    /// The catalog that looks at PostgreSQL
    #[arg(long, value_name = "NAME", env = "ETL_TRINO_CATALOG", default_value = "postgresql")]
    pub(crate) trino_catalog: String,
    /// The schema of it in which the tables lie
    #[arg(long, value_name = "NAME", env = "ETL_TRINO_SCHEMA", default_value = "public")]
    pub(crate) trino_schema: String,
    /// The catalog of the published tables
    #[arg(long, value_name = "NAME", env = "ETL_LAKE_CATALOG", default_value = "lake")]
    pub(crate) lake_catalog: String,
    /// The schema of the published tables
    #[arg(long, value_name = "NAME", env = "ETL_LAKE_SCHEMA", default_value = "spacex")]
    pub(crate) lake_schema: String,
}

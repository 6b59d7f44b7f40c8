//! Whom a run tells how it went. `OpenLineage`'s own variables are honoured, as its other producers do.

use std::path::PathBuf;

use super::ConfigError;
use super::database_url::place;
use super::env::variable;
use super::network::network;
use crate::cli::Global;
use crate::cli::run::RunArgs;
use crate::model::settings::DatabaseUrl;
use crate::model::telemetry::{Dataset, LineagePlace, LineageSettings, TelemetrySettings};
use crate::secret::Secret;

/// Where a server of `OpenLineage` takes events.
const EVENTS: &str = "/api/v1/lineage";

/// A rehearsal is no run that anybody should hear of.
pub(crate) fn telemetry_settings(
    global: &Global,
    args: &RunArgs,
) -> Result<TelemetrySettings, ConfigError> {
    if args.dry_run {
        return Ok(TelemetrySettings::default());
    }
    let told = &args.telemetry;
    Ok(TelemetrySettings {
        metrics_file: told.metrics_file.clone(),
        ping_url: told.ping_url.clone().map(Secret::new),
        lineage: lineage(global, args)?,
        network: network()?,
    })
}

fn lineage(global: &Global, args: &RunArgs) -> Result<Option<LineageSettings>, ConfigError> {
    let given = match &args.telemetry.lineage {
        Some(given) => Some(given.clone()),
        None => variable("OPENLINEAGE_URL")?,
    };
    let is_off =
        variable("OPENLINEAGE_DISABLED")?.is_some_and(|off| off.eq_ignore_ascii_case("true"));
    let Some(given) = given.filter(|_| !is_off) else { return Ok(None) };
    Ok(Some(LineageSettings {
        place: lineage_place(&given),
        api_key: variable("OPENLINEAGE_API_KEY")?.map(Secret::new),
        job_namespace: variable("OPENLINEAGE_NAMESPACE")?.unwrap_or_else(|| "etl".to_owned()),
        input: if args.sandbox {
            Dataset { namespace: "sandbox".to_owned(), name: "launches".to_owned() }
        } else {
            Dataset::at(&format!("{}/launches", args.api.api_url.trim_end_matches('/')))
        },
        output: tables(&place(global)?.url),
    }))
}

/// A server that is named alone is asked where such servers listen.
fn lineage_place(given: &str) -> LineagePlace {
    if !given.contains("://") {
        return LineagePlace::File(PathBuf::from(given));
    }
    let Dataset { name: path, .. } = Dataset::at(given);
    let url = if path.is_empty() {
        format!("{}{EVENTS}", given.trim_end_matches('/'))
    } else {
        given.to_owned()
    };
    LineagePlace::Url(Secret::new(url))
}

fn tables(url: &DatabaseUrl) -> Dataset {
    match url {
        DatabaseUrl::Sqlite(file) => {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            Dataset { namespace: format!("sqlite://{}", file.display()), name: String::new() }
        }
        DatabaseUrl::Postgres(url) => postgres_tables(url.expose()),
    }
}

/// As `OpenLineage` names tables of PostgreSQL, whatever kind of address was given.
fn postgres_tables(url: &str) -> Dataset {
    let Dataset { namespace, name } = Dataset::at(url);
    let authority = namespace.split_once("://").map_or("", |(_, authority)| authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, "5432"),
    };
    let host = if host.is_empty() { "localhost" } else { host };
    Dataset { namespace: format!("postgres://{host}:{port}"), name: format!("{name}.public.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_by_server_and_database() {
        let named = |url: &str| {
            let Dataset { namespace, name } = tables(&DatabaseUrl::Postgres(Secret::new(url)));
            format!("{namespace} {name}")
        };
        assert_eq!(named("postgresql://u:p@db/x?a=b"), "postgres://db:5432 x.public.");
        assert_eq!(named("postgres://u@[::1]:5433/x"), "postgres://[::1]:5433 x.public.");
        assert_eq!(named("postgres://u@[::1]/x"), "postgres://[::1]:5432 x.public.");
        assert_eq!(named("postgres:///x?host=/run"), "postgres://localhost:5432 x.public.");
        let file = tables(&DatabaseUrl::Sqlite(PathBuf::from("/var/lib/etl.db")));
        assert_eq!(file.namespace, "sqlite:///var/lib/etl.db");
    }

    #[test]
    fn a_server_alone_is_asked_where_such_servers_listen() {
        let posted = |given: &str| match lineage_place(given) {
            LineagePlace::Url(url) => url.expose().to_owned(),
            LineagePlace::File(file) => file.display().to_string(),
        };
        assert_eq!(posted("https://h:5000/"), "https://h:5000/api/v1/lineage");
        assert_eq!(posted("https://h/elsewhere"), "https://h/elsewhere");
        assert_eq!(posted("lineage.ndjson"), "lineage.ndjson");
    }
}

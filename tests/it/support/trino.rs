//! A real Trino, asked over plain HTTP as any program would, with catalogs of the test's own over its database.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Database, skip, variable};

/// Roles belong to the whole server: who makes them at the same time is refused.
static ROLES: Mutex<()> = Mutex::new(());

/// The server with two catalogs over one database, gone with the value: that of its tables, and a lake.
pub(crate) struct Trino {
    server: String,
    catalog: String,
    shipped: bool,
}

/// What was asked for, as text: nothing where it is NULL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl Trino {
    /// A database of the server's PostgreSQL and Trino over it; none, and said so, without a server.
    pub(crate) fn with_database() -> Option<(Database, Trino)> {
        let server = server()?;
        let database = Database::postgres()?;
        let Database::Postgres { name, .. } = &database else { panic!("no PostgreSQL") };
        let trino = Trino { server, catalog: name.clone(), shipped: false };
        make_roles(&database.url());
        trino.make_catalog("postgresql", &trino.catalog);
        trino.make_catalog("lake", &trino.lake());
        Some((database, trino))
    }

    /// The catalogs as they are shipped, and the URL of the one database behind them.
    pub(crate) fn shipped() -> Option<(String, Trino)> {
        let server = server()?;
        let database =
            variable("ETL_TEST_TRINO_DATABASE_URL").expect("the database of the catalogs");
        Some((database, Trino { server, catalog: "postgresql".into(), shipped: true }))
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// The catalog of the tables in PostgreSQL.
    pub(crate) fn catalog(&self) -> &str {
        &self.catalog
    }

    /// The catalog of the Iceberg tables.
    pub(crate) fn lake(&self) -> String {
        if self.shipped { "lake".into() } else { format!("{}_lake", self.catalog) }
    }

    /// A file of `docker/trino/analytics`, to be asked over this database.
    #[track_caller]
    pub(crate) fn mart(&self, name: &str) -> String {
        let sql = std::fs::read_to_string(mart_file(name)).expect("the file of a mart");
        let tables = format!("{}.public.", self.catalog);
        sql.trim_end().trim_end_matches(';').replace("postgresql.public.", &tables)
    }

    #[track_caller]
    pub(crate) fn answer(&self, sql: &str) -> Answer {
        self.ask(sql, "UTC").unwrap_or_else(|error| panic!("{error}\nin {sql}"))
    }

    /// The answer in a session of that time zone, or what the server said: its name of the error and its words.
    pub(crate) fn ask(&self, sql: &str, zone: &str) -> Result<Answer, String> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("{}/v1/statement", self.server);
        let first =
            agent.post(&url).header("X-Trino-Time-Zone", zone).header("X-Trino-User", "test");
        // Else instants come with milliseconds only.
        let first = first.header("X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME");
        let mut page = json(first.send(sql).expect("Trino answers"));
        let (mut columns, mut rows) = (vec![], vec![]);
        loop {
            if let Some(error) = page.get("error") {
                return Err(format!("{}: {}", error["errorName"], error["message"]));
            }
            if let Some(described) = page["columns"].as_array() {
                columns.clone_from(described);
            }
            for row in page["data"].as_array().into_iter().flatten() {
                let cells = row.as_array().expect("a row").iter().zip(&columns);
                rows.push(cells.map(|(value, column)| text(value, &column["type"])).collect());
            }
            let Some(next) = page["nextUri"].as_str() else { break };
            page =
                json(agent.get(next).header("X-Trino-User", "test").call().expect("Trino answers"));
        }
        let name = |column: &Value| column["name"].as_str().expect("a name").to_owned();
        Ok(Answer { columns: columns.iter().map(name).collect(), rows })
    }

    fn make_catalog(&self, shipped: &str, name: &str) {
        let folder = variable("ETL_TEST_TRINO_CATALOGS").expect("the folder of the catalogs");
        let file = Path::new(&folder).join(format!("{shipped}.properties"));
        let text = std::fs::read_to_string(file).expect("a catalog file");
        let text = text.replace("${ENV:POSTGRES_DB}", &self.catalog);
        let text = text.replace("local:///lake", &format!("local:///{name}"));
        let mut properties: Vec<(&str, &str)> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .collect();
        let at =
            properties.iter().position(|(key, _)| *key == "connector.name").expect("a connector");
        let (_, connector) = properties.remove(at);
        let with: Vec<String> =
            properties.iter().map(|(key, value)| format!("\"{key}\" = '{value}'")).collect();
        self.answer(&format!("CREATE CATALOG {name} USING {connector} WITH ({})", with.join(", ")));
    }
}

impl Answer {
    /// What `etl query --format json` wrote, digit by digit.
    #[track_caller]
    pub(crate) fn of_etl(output: &str) -> Answer {
        let written: Written = serde_json::from_str(output).expect("an answer");
        let cell = |value: &RawValue| match value.get() {
            "null" => None,
            text if text.starts_with('"') => serde_json::from_str(text).expect("a text"),
            text => Some(text.to_owned()),
        };
        let row = |row: &BTreeMap<String, Box<RawValue>>| {
            written.columns.iter().map(|column| cell(&row[column])).collect()
        };
        Answer { rows: written.rows.iter().map(row).collect(), columns: written.columns.clone() }
    }

    /// Without the columns of these names.
    pub(crate) fn without(&self, left_out: &[&str]) -> Answer {
        let kept = |at: &usize| !left_out.contains(&self.columns[*at].as_str());
        let kept: Vec<usize> = (0..self.columns.len()).filter(kept).collect();
        let row = |row: &Vec<Option<String>>| kept.iter().map(|at| row[*at].clone()).collect();
        Answer {
            columns: kept.iter().map(|at| self.columns[*at].clone()).collect(),
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

#[derive(Deserialize)]
struct Written {
    columns: Vec<String>,
    rows: Vec<BTreeMap<String, Box<RawValue>>>,
}

impl Drop for Trino {
    fn drop(&mut self) {
        if !self.shipped {
            for catalog in [self.catalog.clone(), self.lake()] {
                let dropped = self.ask(&format!("DROP CATALOG {catalog}"), "UTC");
                assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
            }
        }
    }
}

fn server() -> Option<String> {
    let server = variable("ETL_TEST_TRINO_URL");
    if server.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        skip(&test, "ETL_TEST_TRINO_URL is not set (`scripts/trino run --` starts a server)");
    }
    server
}

/// The roles that Trino logs in as, by the script that is shipped.
pub(crate) fn make_roles(database_url: &str) {
    let _alone = ROLES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/initdb/trino_roles.sql");
    let made = Command::new("psql").args(["-q", "-X", "-f", script, database_url]).output();
    let made = made.expect("psql starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

pub(crate) fn mart_file(name: &str) -> String {
    format!("{}/docker/trino/analytics/{name}.sql", env!("CARGO_MANIFEST_DIR"))
}

fn json(mut answer: ureq::http::Response<ureq::Body>) -> Value {
    let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().expect("a text");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\nin {text}"))
}

/// The value as `etl` writes it: instants with a `Z`, and without a fraction where it is zero.
fn text(value: &Value, of_type: &Value) -> Option<String> {
    let is_instant = of_type == "timestamp(6) with time zone";
    match value {
        Value::Null => None,
        Value::String(text) if is_instant => {
            let (instant, zone) = text.rsplit_once(' ').expect("a time and a zone");
            assert_eq!(zone, "UTC", "{text}");
            Some(format!("{}Z", instant.replacen(' ', "T", 1).replace(".000000", "")))
        }
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

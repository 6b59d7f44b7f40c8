//! A sandbox process of the test's own, told over HTTP what happens at the source.

use serde_json::{Value, json};

use super::etl::Running;
use super::{Database, Etl};

/// Launches that a test makes happen.
pub(crate) struct Universe {
    url: String,
    _process: Running,
}

impl Universe {
    /// Invents so many launches; the same seed invents the same.
    pub(crate) fn new(launches: u32, seed: u64) -> Universe {
        let arguments = format!("sandbox --launches {launches} --seed {seed}");
        let mut process = Etl::new().args(&arguments).spawn();
        Universe { url: process.first_line(), _process: process }
    }

    /// `etl` as it loads this universe into a database.
    pub(crate) fn etl(&self, database: &Database, words: &str) -> Etl {
        Etl::new().args(words).database(database).env("SPACEX_API_URL", &self.url)
    }

    /// A run that succeeds.
    #[track_caller]
    pub(crate) fn run(&self, database: &Database, flags: &str) {
        self.etl(database, &format!("run {flags}")).run().succeeds();
    }

    /// Ids of the launches that the source has, in their order.
    pub(crate) fn ids(&self) -> Vec<String> {
        let launches = self.control("GET", "launches", &Value::Null);
        let id = |launch: &Value| launch["id"].as_str().expect("an id").to_owned();
        launches.as_array().expect("a list").iter().map(id).collect()
    }

    pub(crate) fn edit(&self, id: &str, fields: &Value) {
        self.control("PATCH", &format!("launches/{id}"), fields);
    }

    pub(crate) fn delete(&self, id: &str) {
        self.control("DELETE", &format!("launches/{id}"), &Value::Null);
    }

    pub(crate) fn restore(&self, id: &str) {
        self.control("POST", &format!("launches/{id}/restore"), &json!({}));
    }

    pub(crate) fn add(&self, what: &Value) {
        self.control("POST", "launches", what);
    }

    /// Time passes: `36h`, `30d`.
    pub(crate) fn advance(&self, time: &str) {
        self.control("POST", "clock", &json!({ "advance": time }));
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let place = self.url.strip_suffix("/v4").expect("the address of the API");
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{place}/sandbox/{path}"))
            .header("Content-Type", "application/json")
            .body(if body.is_null() { String::new() } else { body.to_string() })
            .expect("a request");
        let mut answer = ureq::run(request).unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let text = answer.body_mut().read_to_string().expect("an answer");
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{method} {path}: {e}: {text}"))
    }
}

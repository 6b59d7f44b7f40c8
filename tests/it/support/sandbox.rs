//! `etl sandbox` as a process of its own, told over HTTP what is to happen at the source.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::etl::Running;
use super::{Database, Etl};

const PATIENCE: Duration = Duration::from_mins(1);

/// A source of its own; gone with the value.
pub(crate) struct Sandbox {
    url: String,
    _process: Running,
}

impl Sandbox {
    /// The default history: 205 launches, 14 of them still to come.
    pub(crate) fn start() -> Sandbox {
        Sandbox::of(205)
    }

    pub(crate) fn of(launches: u32) -> Sandbox {
        Sandbox::spawn(Etl::new().args(&format!("sandbox --launches {launches}")))
    }

    /// Another history: the same seed invents the same.
    pub(crate) fn seeded(launches: u32, seed: u64) -> Sandbox {
        let words = format!("sandbox --launches {launches} --seed {seed}");
        Sandbox::spawn(Etl::new().args(&words))
    }

    /// Serves the files of a folder.
    pub(crate) fn serving(folder: &Path) -> Sandbox {
        Sandbox::spawn(Etl::new().args("sandbox --data").arg(folder))
    }

    fn spawn(etl: Etl) -> Sandbox {
        let mut process = etl.spawn();
        Sandbox { url: process.first_line(), _process: process }
    }

    /// What a user would put into `SPACEX_API_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches("/v4")
    }

    /// An `etl run` against this source that is put together no further than that.
    pub(crate) fn etl(&self, database: &Database, words: &str) -> Etl {
        Etl::new().args(words).database(database).env("SPACEX_API_URL", &self.url)
    }

    /// Runs `etl run --migrate --format json` and what else is given; it must succeed.
    #[track_caller]
    pub(crate) fn run(&self, database: &Database, words: &str) -> Value {
        self.run_to(database, words, 0)
    }

    /// The same, with another exit code.
    #[track_caller]
    pub(crate) fn run_to(&self, database: &Database, words: &str, code: i32) -> Value {
        self.etl(database, &format!("run --migrate --format json {words}")).run().exits(code).json()
    }

    /// Says something to the sandbox; a text that is no JSON goes as it is.
    #[track_caller]
    pub(crate) fn tell(&self, method: &str, path: &str, body: &str) -> Value {
        serde_json::from_str(&self.told(method, path, body)).expect("JSON")
    }

    /// Every launch document as it stands, in its own text: what is poison stays poison.
    pub(crate) fn served(&self) -> String {
        self.told("GET", "launches", "")
    }

    #[track_caller]
    fn told(&self, method: &str, path: &str, body: &str) -> String {
        let uri = format!("http://{}/sandbox/{path}", self.address());
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(&uri)
            .body(body.to_owned())
            .expect("a request");
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let mut answer = agent.run(request).expect("the sandbox answers");
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().expect("a text");
        assert!(answer.status() == 200, "{method} {uri} {body}\n{text}");
        text
    }

    /// Every launch document as it stands.
    pub(crate) fn launches(&self) -> Vec<Value> {
        match self.tell("GET", "launches", "") {
            Value::Array(launches) => launches,
            other => panic!("no list of launches: {other}"),
        }
    }

    /// The ids of all launches.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.launches().iter().map(id_of).collect()
    }

    /// The ids of the launches that have flown, the latest first.
    pub(crate) fn flown(&self) -> Vec<String> {
        let mut flown: Vec<Value> =
            self.launches().into_iter().filter(|launch| launch["upcoming"] == false).collect();
        flown.sort_by_key(|launch| launch["date_utc"].to_string());
        flown.iter().rev().map(id_of).collect()
    }

    /// The id of the launch that `/launches/latest` names: the highest number, not the latest date.
    pub(crate) fn latest(&self) -> String {
        let launches = self.launches();
        let flown = launches.iter().filter(|launch| launch["upcoming"] == false);
        id_of(flown.max_by_key(|launch| launch["flight_number"].as_i64()).expect("one has flown"))
    }

    /// The ids of the launches still to come.
    pub(crate) fn upcoming(&self) -> Vec<String> {
        self.launches().iter().filter(|launch| launch["upcoming"] == true).map(id_of).collect()
    }

    pub(crate) fn launch(&self, id: &str) -> Value {
        let found = self.launches().into_iter().find(|launch| launch["id"] == id);
        found.unwrap_or_else(|| panic!("the sandbox has no launch {id}"))
    }

    /// Adds an invented launch; its id.
    pub(crate) fn add(&self, wishes: &Value) -> String {
        id_of(&self.tell("POST", "launches", &wishes.to_string()))
    }

    pub(crate) fn edit(&self, id: &str, fields: &Value) {
        self.tell("PATCH", &format!("launches/{id}"), &fields.to_string());
    }

    pub(crate) fn delete(&self, id: &str) {
        self.tell("DELETE", &format!("launches/{id}"), "");
    }

    /// Brings a deleted launch back, under a new id if asked; its id.
    pub(crate) fn restore(&self, id: &str, under_a_new_id: bool) -> String {
        let body = json!({ "new_id": under_a_new_id }).to_string();
        id_of(&self.tell("POST", &format!("launches/{id}/restore"), &body))
    }

    /// Lets time pass at the source.
    pub(crate) fn advance(&self, span: &str) -> Value {
        self.tell("POST", "clock", &json!({ "advance": span }).to_string())
    }

    pub(crate) fn faults(&self, faults: &Value) {
        self.tell("POST", "faults", &faults.to_string());
    }

    pub(crate) fn no_more_faults(&self) {
        self.tell("DELETE", "faults", "");
    }

    /// The requests to the API so far, each as method, path and body.
    pub(crate) fn requests(&self) -> Vec<Value> {
        match self.tell("GET", "log", "") {
            Value::Array(requests) => requests,
            other => panic!("no list of requests: {other}"),
        }
    }

    /// Waits until the API was asked so many times in all.
    #[track_caller]
    pub(crate) fn wait_for_requests(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.requests().len() < count {
            assert!(Instant::now() < deadline, "request {count} never came");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub(crate) fn id_of(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

/// A fault that the next request to this path meets.
pub(crate) fn once(mut fault: Value, path: &str) -> Value {
    fault["path"] = json!(path);
    fault
}

/// A fault that every request to this path meets.
pub(crate) fn always(fault: Value, path: &str) -> Value {
    let mut fault = once(fault, path);
    fault["times"] = json!("always");
    fault
}

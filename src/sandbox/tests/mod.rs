//! The sandbox as a client meets it: over real HTTP on loopback.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a test reads better with the JSON in its place"
)]

mod control;
mod faults;
mod server;
mod universe;

use serde_json::{Value, json};

use super::{Options, Sandbox};

struct Client {
    sandbox: Sandbox,
    agent: ureq::Agent,
}

struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Client {
    fn of(launches: u32) -> Self {
        Self::with(Options { launches, ..Options::default() })
    }

    fn with(options: Options) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(std::time::Duration::from_secs(20)))
            .build();
        Self { sandbox: Sandbox::start(options).unwrap(), agent: config.into() }
    }

    fn address(&self, path: &str) -> String {
        let root = self.sandbox.url();
        format!("{}{path}", root.strip_suffix("/v4").unwrap())
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(self.address(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = if body.is_empty() {
            self.agent.run(request.body(()).unwrap())?
        } else {
            self.agent.run(request.body(body.to_owned()).unwrap())?
        };
        let (parts, mut body) = response.into_parts();
        let text = body.with_config().limit(1 << 30).read_to_string()?;
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, text })
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").unwrap()
    }

    fn try_query(&self, body: &Value) -> Result<Answer, ureq::Error> {
        let headers = [("Content-Type", "application/json")];
        self.send("POST", "/v4/launches/query", &headers, &body.to_string())
    }

    fn ask(&self, query: Value, options: Value) -> Answer {
        self.try_query(&json!({ "query": query, "options": options })).unwrap()
    }

    fn query(&self, query: Value, options: Value) -> Value {
        let answer = self.ask(query, options);
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// What the sandbox is told; the answer, which must be a good one.
    fn tell(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.send(method, &format!("/sandbox/{path}"), &[], &body).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    fn launches(&self) -> Vec<Value> {
        self.get("/v4/launches").json().as_array().unwrap().clone()
    }
}

fn ids(docs: &Value) -> Vec<String> {
    docs["docs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|doc| doc["id"].as_str().unwrap().to_owned())
        .collect()
}

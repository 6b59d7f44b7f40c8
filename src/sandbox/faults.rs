//! Faults on demand: which request meets which, and what it does to the answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::http::Response;

/// One entry of the list posted to `/sandbox/faults`.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    /// Only requests to this path; any without.
    path: Option<String>,
    #[serde(default)]
    times: Times,
    /// So many matching requests pass first.
    #[serde(default)]
    skip: u64,
    #[serde(flatten)]
    pub(super) fault: Fault,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Times {
    Count(u64),
    Word(Always),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Always {
    Always,
}

impl Default for Times {
    fn default() -> Self {
        Self::Count(1)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub(super) enum Fault {
    Status {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: String,
    },
    Latency {
        ms: u64,
    },
    Reset,
    ResetMidBody,
    Truncate {
        bytes: usize,
        #[serde(default)]
        length: Length,
    },
    Garbage {
        body: String,
        content_type: Option<String>,
    },
    Drip {
        bytes_per_second: u32,
    },
    Oversize,
    Stall,
    Redirect {
        location: String,
        status: Option<u16>,
    },
    EditAnswer(Edit),
}

/// What a truncated answer says of its length.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Length {
    #[default]
    Keep,
    None,
    Actual,
}

/// Changes to the JSON of an answer.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Edit {
    /// A merge patch onto the answer object.
    merge: Option<Value>,
    #[serde(default)]
    reverse_docs: bool,
    #[serde(default)]
    duplicate_last_doc: bool,
    #[serde(default)]
    drop_docs: usize,
    /// The query's filter is not looked at.
    #[serde(default)]
    pub(super) ignore_filter: bool,
    /// A key to take out of every document.
    unset: Option<String>,
}

const KEYS: [&str; 20] = [
    "path",
    "times",
    "skip",
    "fault",
    "status",
    "headers",
    "body",
    "ms",
    "bytes",
    "length",
    "content_type",
    "bytes_per_second",
    "location",
    "merge",
    "reverse_docs",
    "duplicate_last_doc",
    "drop_docs",
    "ignore_filter",
    "unset",
    "comment",
];

/// Reads a list of rules, or a single one.
pub(super) fn read(body: &str) -> Result<Vec<Rule>, String> {
    let value: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let entries = match value {
        Value::Array(entries) => entries,
        single => vec![single],
    };
    let rule = |entry: Value| {
        if let Some(key) =
            entry.as_object().and_then(|rule| rule.keys().find(|key| !KEYS.contains(&key.as_str())))
        {
            return Err(format!("a fault has no \"{key}\""));
        }
        let rule: Rule = serde_json::from_value(entry).map_err(|error| error.to_string())?;
        match &rule.path {
            Some(path) if !path.starts_with("/v4/") => {
                Err(format!("the path {path} is never asked for: they begin with /v4/"))
            }
            _ => Ok(rule),
        }
    };
    entries.into_iter().map(rule).collect()
}

/// The fault that this request meets: that of the first rule for its path, unless it still lets requests pass.
pub(super) fn next(rules: &mut Vec<Rule>, path: &str) -> Option<Fault> {
    let place = rules.iter().position(|rule| rule.path.as_ref().is_none_or(|own| own == path))?;
    let rule = rules.get_mut(place)?;
    if rule.skip > 0 {
        rule.skip -= 1;
        return None;
    }
    let fault = rule.fault.clone();
    if let Times::Count(left) = &mut rule.times {
        *left = left.saturating_sub(1);
        if *left == 0 {
            rules.remove(place);
        }
    }
    Some(fault)
}

impl Fault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Latency { .. } => "latency",
            Self::Reset => "reset",
            Self::ResetMidBody => "reset_mid_body",
            Self::Truncate { .. } => "truncate",
            Self::Garbage { .. } => "garbage",
            Self::Drip { .. } => "drip",
            Self::Oversize => "oversize",
            Self::Stall => "stall",
            Self::Redirect { .. } => "redirect",
            Self::EditAnswer(_) => "edit_answer",
        }
    }

    /// The answer that this fault makes of a good one; faults of the wire leave it alone.
    pub(super) fn alter(&self, response: Response) -> Response {
        match self {
            Self::Status { status, headers, body } => {
                headers.iter().fold(Response::text(*status, body), |response, (name, value)| {
                    response.header(name, value)
                })
            }
            Self::Garbage { body, content_type } => {
                let content_type =
                    content_type.as_deref().unwrap_or("application/json; charset=utf-8");
                Response::of(200, content_type, body.as_bytes().to_vec())
            }
            Self::Redirect { location, status } => {
                Response::text(status.unwrap_or(302), "Redirecting").header("Location", location)
            }
            Self::EditAnswer(edit) => edit.apply(response),
            _ => response,
        }
    }
}

impl Edit {
    /// Leaves an answer that is no JSON as it is.
    fn apply(&self, mut response: Response) -> Response {
        let Ok(mut answer) = serde_json::from_slice::<Value>(&response.body) else {
            return response;
        };
        if let Some(Value::Array(docs)) = answer.get_mut("docs") {
            self.edit_docs(docs);
        }
        if let (Some(key), Some(document)) = (&self.unset, answer.as_object_mut()) {
            document.remove(key);
        }
        if let Some(patch) = &self.merge {
            merge(&mut answer, patch);
        }
        response.body = answer.to_string().into_bytes();
        response
    }

    fn edit_docs(&self, docs: &mut Vec<Value>) {
        if let Some(key) = &self.unset {
            for document in docs.iter_mut().filter_map(Value::as_object_mut) {
                document.remove(key);
            }
        }
        if self.duplicate_last_doc
            && let Some(last) = docs.last().cloned()
        {
            docs.push(last);
        }
        docs.truncate(docs.len().saturating_sub(self.drop_docs));
        if self.reverse_docs {
            docs.reverse();
        }
    }
}

/// RFC 7396: objects merge, null removes, anything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        patch.clone_into(target);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(fields) = target {
        for (key, value) in patch {
            if value.is_null() {
                fields.remove(key);
            } else {
                merge(fields.entry(key).or_insert(Value::Null), value);
            }
        }
    }
}

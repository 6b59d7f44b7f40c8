//! What happens at the source: each event told to the sandbox.

use serde_json::{Value, json};

use super::documents::Source;
use super::events::{Event, Trouble};
use crate::support::Sandbox;

/// What makes a document break a rule: a field of the launch, or of its first payload, and a value.
fn poisons() -> [(&'static str, Value); 13] {
    [
        ("name", Value::Null),
        ("name", json!(" ")),
        ("name", json!(5)),
        ("name", json!("A\u{0}B")),
        ("date_utc", Value::Null),
        ("date_utc", json!("2022-02-30T00:00:00.000Z")),
        ("date_precision", json!("eon")),
        ("flight_number", json!(0)),
        ("success", json!("true")),
        ("upcoming", json!("maybe")),
        ("static_fire_date_utc", json!("soon")),
        ("mass_kg", json!(-1)),
        ("id", Value::Null),
    ]
}

struct Poisoned {
    collection: &'static str,
    id: String,
    field: &'static str,
    before: Value,
}

/// The source as this history has made it.
pub(crate) struct Player {
    pub(crate) sandbox: Sandbox,
    ids: Vec<String>,
    removed: Vec<String>,
    poisoned: Vec<Poisoned>,
    /// The launch whose document has no id at the moment.
    lost: Option<String>,
    numbers: i64,
    steps: usize,
}

impl Player {
    pub(crate) fn new(launches: u32, seed: u64) -> Player {
        let sandbox = Sandbox::within(launches, seed);
        let mut ids = sandbox.ids();
        ids.sort();
        Player {
            sandbox,
            ids,
            removed: vec![],
            poisoned: vec![],
            lost: None,
            numbers: 41,
            steps: 0,
        }
    }

    pub(crate) fn source(&self) -> Source {
        Source::read(&self.sandbox, self.lost.as_deref())
    }

    fn id(&self, launch: usize) -> String {
        self.ids[launch % self.ids.len()].clone()
    }

    fn launch(&self, id: &str) -> Value {
        let text = self.sandbox.ask("GET", &format!("/v4/launches/{id}"), "");
        serde_json::from_str(&text.expect("it is there")).expect("JSON")
    }

    /// Does what an event says; runs are no business of the source.
    pub(crate) fn play(&mut self, event: &Event) {
        self.steps += 1;
        match *event {
            Event::Add { flown } => {
                let id = self.sandbox.add(&json!({ "flown": flown }));
                self.ids.push(id);
            }
            Event::Rename { launch } => {
                let name = format!("Name {}", self.steps % 3);
                self.edit(launch, &json!({ "name": name }));
            }
            Event::Untracked { launch } => {
                self.edit(launch, &json!({ "details": format!("Step {}", self.steps) }));
            }
            Event::Move { launch, days } => self.move_by(launch, days),
            Event::Fly { launch } => self.fly(launch),
            Event::Unfly { launch } => {
                self.edit(launch, &json!({ "upcoming": true, "success": null }));
            }
            Event::Outcome { launch, success } => self.edit(launch, &json!({ "success": success })),
            Event::Renumber { launch, number } => {
                self.edit(launch, &json!({ "flight_number": number }));
            }
            Event::Delete { launch, count } => self.delete(launch, count),
            Event::Restore { under_a_new_id } => self.restore(under_a_new_id),
            Event::Poison { launch, how } => self.poison(launch, how),
            Event::Cure => self.cure(),
            Event::Mass { launch, hundredths } => self.weigh(launch, hundredths),
            Event::LosePayload { launch } => {
                if let Some(payload) = self.first_payload(&self.id(launch)) {
                    let path = format!("/sandbox/payloads/{payload}");
                    drop(self.sandbox.ask("DELETE", &path, ""));
                }
            }
            Event::Advance { hours } => drop(self.sandbox.advance(&format!("{hours}h"))),
            Event::Run(_) | Event::Verify => {}
        }
    }

    fn edit(&self, launch: usize, fields: &Value) {
        self.sandbox.edit(&self.id(launch), fields);
    }

    fn move_by(&self, launch: usize, days: i64) {
        let date = self.launch(&self.id(launch))["date_utc"].to_string();
        let date = chrono::DateTime::parse_from_rfc3339(date.trim_matches('"'));
        if let Ok(date) = date {
            let moved = date.to_utc() + chrono::Duration::days(days);
            let moved = moved.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            self.edit(launch, &json!({ "date_utc": moved }));
        }
    }

    fn fly(&mut self, launch: usize) {
        let now = self.sandbox.tell("GET", "clock", "")["now"].clone();
        self.numbers += 1;
        let flown = json!({ "upcoming": false, "success": true, "date_utc": now,
            "flight_number": self.numbers });
        self.edit(launch, &flown);
    }

    fn delete(&mut self, launch: usize, count: usize) {
        for _ in 0..count {
            let id = self.id(launch);
            if self.ids.len() > 5 && self.lost.as_ref() != Some(&id) {
                self.sandbox.delete(&id);
                self.ids.retain(|other| *other != id);
                self.removed.push(id);
            }
        }
    }

    fn restore(&mut self, under_a_new_id: bool) {
        let Some(id) = self.removed.pop() else { return };
        let new = self.sandbox.restore(&id, under_a_new_id);
        for poisoned in self.poisoned.iter_mut().filter(|poisoned| poisoned.id == id) {
            poisoned.id.clone_from(&new);
        }
        self.ids.push(new);
    }

    /// Never so many that they would speak against the whole source.
    fn poison(&mut self, launch: usize, how: usize) {
        let id = self.id(launch);
        let (field, value) = poisons()[how % poisons().len()].clone();
        if self.poisoned.len() >= self.ids.len() / 4 {
            return;
        }
        let (collection, id) = match field {
            "mass_kg" => match self.first_payload(&id) {
                Some(payload) => ("payloads", payload),
                None => return,
            },
            "id" if self.lost.is_some() => return,
            _ => ("launches", id),
        };
        let path = format!("{collection}/{id}");
        let Ok(text) = self.sandbox.ask("GET", &format!("/v4/{path}"), "") else { return };
        let before: Value = serde_json::from_str(&text).expect("JSON");
        if before[field] == value || self.poisoned.iter().any(|one| one.id == id) {
            return;
        }
        self.sandbox.tell("PATCH", &path, &json!({ field: value }).to_string());
        if field == "id" {
            self.lost = Some(id.clone());
        }
        let before = before[field].clone();
        self.poisoned.push(Poisoned { collection, id, field, before });
    }

    fn cure(&mut self) {
        let mut kept = Vec::new();
        while let Some(poisoned) = self.poisoned.pop() {
            if self.cure_one(&poisoned) {
                break;
            }
            kept.push(poisoned);
        }
        self.poisoned.extend(kept);
    }

    /// Of what is deleted at the moment nothing can be cured.
    fn cure_one(&mut self, poisoned: &Poisoned) -> bool {
        let path = format!("/sandbox/{}/{}", poisoned.collection, poisoned.id);
        let before = json!({ poisoned.field: poisoned.before }).to_string();
        let cured = self.sandbox.ask("PATCH", &path, &before).is_ok();
        if cured && poisoned.field == "id" {
            self.lost = None;
        }
        cured
    }

    /// Makes every document good again, so that nothing of ours can be stale.
    pub(crate) fn cure_all(&mut self) {
        for poisoned in std::mem::take(&mut self.poisoned) {
            self.cure_one(&poisoned);
        }
    }

    fn weigh(&self, launch: usize, hundredths: Option<i64>) {
        let Some(payload) = self.first_payload(&self.id(launch)) else { return };
        if self.poisoned.iter().any(|poisoned| poisoned.id == payload) {
            return;
        }
        let mass = hundredths.map(|mass| format!("{}.{:02}", mass / 100, mass % 100));
        let body = format!("{{\"mass_kg\":{}}}", mass.as_deref().unwrap_or("null"));
        // One that was lost has no mass.
        drop(self.sandbox.ask("PATCH", &format!("/sandbox/payloads/{payload}"), &body));
    }

    fn first_payload(&self, id: &str) -> Option<String> {
        self.launch(id)["payloads"][0].as_str().map(str::to_owned)
    }

    /// Puts in the way of the next run what it shall meet.
    pub(crate) fn trouble(&self, trouble: Trouble) {
        let query = "/v4/launches/query";
        let fault = match trouble {
            Trouble::Unavailable { after } => json!({ "fault": "status", "status": 503,
                "headers": { "Retry-After": "0" }, "skip": after }),
            Trouble::Cut { after, bytes } => {
                json!({ "fault": "truncate", "bytes": bytes, "skip": after })
            }
            Trouble::Short => json!({ "fault": "edit_answer", "drop_docs": 1, "path": query }),
            Trouble::Gone { after } => json!({ "fault": "status", "status": 404, "skip": after,
                "times": "always", "path": query }),
            Trouble::NoLatest => json!({ "fault": "status", "status": 404, "times": "always",
                "path": "/v4/launches/latest" }),
            Trouble::KilledAtRequest { request } => {
                json!({ "fault": "stall", "skip": request - 1, "times": "always" })
            }
            Trouble::None | Trouble::KilledAtWrite { .. } | Trouble::Twin { .. } => return,
        };
        self.sandbox.faults(&fault);
    }

    /// How often the API was asked so far.
    pub(crate) fn requests(&self) -> usize {
        let log = self.sandbox.ask("GET", "/sandbox/log", "").expect("it keeps a log");
        log.matches("\"number\":").count()
    }
}

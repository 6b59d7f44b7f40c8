//! What the sandbox can be told over `/sandbox/`: documents, time, faults, and changes that come with a later request.

use serde_json::{Value, json};

use super::document::Stored;
use super::draw::Draw;
use super::http::Response;
use super::store::Kind;
use super::world::World;
use super::{clockwork, faults, instant, portrait, routes};

/// A change that is made just before a later request is answered.
pub(super) struct Scheduled {
    pub(super) at_request: u64,
    method: String,
    path: String,
    body: String,
}

type Outcome = Result<Value, (u16, String)>;

/// Does what a request to `/sandbox/...` says.
pub(super) fn act(world: &mut World, method: &str, path: &str, body: &str) -> Response {
    let path = path.trim_end_matches('/').strip_prefix("/sandbox/").unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    if let ("GET", [name]) = (method, parts.as_slice())
        && let Some(kind) = Kind::from_path(name)
    {
        return routes::list(&world.store, kind);
    }
    let outcome = match (method, parts.as_slice()) {
        ("GET", ["log"]) => Ok(Value::from(world.log.clone())),
        ("GET", ["clock"]) => Ok(json!({ "now": instant::utc(world.clock.now()) })),
        ("POST", ["clock"]) => advance(world, body),
        ("POST", ["faults"]) => faults::read(body).map_err(refused).map(|mut rules| {
            world.faults.append(&mut rules);
            json!({ "faults": world.faults.len() })
        }),
        ("DELETE", ["faults"]) => {
            world.faults.clear();
            world.schedule.clear();
            Ok(json!({ "faults": 0 }))
        }
        ("POST", ["schedule"]) => schedule(world, body),
        ("POST", ["launches"]) => add_launch(world, body),
        (_, [collection, rest @ ..]) => match Kind::from_path(collection) {
            Some(kind) => change(world, kind, method, rest, body),
            None => Err(unknown(method, path)),
        },
        _ => Err(unknown(method, path)),
    };
    match outcome {
        Ok(answer) => Response::json(200, answer.to_string().into_bytes()),
        Err((status, message)) => {
            Response::json(status, json!({ "error": message }).to_string().into_bytes())
        }
    }
}

fn refused(message: String) -> (u16, String) {
    (400, message)
}

fn unknown(method: &str, path: &str) -> (u16, String) {
    (404, format!("the sandbox knows no {method} /sandbox/{path}; see: etl sandbox --help"))
}

fn change(world: &mut World, kind: Kind, method: &str, rest: &[&str], body: &str) -> Outcome {
    match (method, rest) {
        ("PATCH", [id]) => {
            let changes = read_object(body)?;
            done(world.store.edit(kind, id, |stored| apply(stored, &changes)), kind, id)
        }
        ("DELETE", [id]) => done(world.store.remove(kind, id), kind, id),
        ("POST", [id, "restore"]) => {
            let new_id = read_value(body)?.get("new_id").is_some_and(|wanted| wanted == true);
            let new_id = new_id.then(|| world.new_id());
            let there = world.store.restore(kind, id, new_id.as_deref());
            done(there, kind, new_id.as_deref().unwrap_or(id))
        }
        _ => Err(unknown(method, &format!("{}/{}", kind.path(), rest.join("/")))),
    }
}

fn done(there: bool, kind: Kind, id: &str) -> Outcome {
    if there { Ok(json!({ "id": id })) } else { Err((404, format!("no {id} in {}", kind.path()))) }
}

fn read_value(body: &str) -> Result<Value, (u16, String)> {
    let body = if body.trim().is_empty() { "{}" } else { body };
    serde_json::from_str(body).map_err(|error| refused(error.to_string()))
}

/// The fields of an object with each value's own text: what is poison stays poison.
fn read_object(body: &str) -> Result<Vec<(String, String)>, (u16, String)> {
    let body = if body.trim().is_empty() { "{}" } else { body };
    Stored::parse(body).map_err(|error| refused(error.to_string()))
}

fn apply(stored: &mut Stored, changes: &[(String, String)]) {
    for (key, text) in changes {
        match key.as_str() {
            "$unset" => {
                let names: Vec<String> = serde_json::from_str(text).unwrap_or_default();
                for name in &names {
                    stored.unset(name);
                }
            }
            "raw" => stored.set_raw(serde_json::from_str(text).unwrap_or_default()),
            key => stored.set(key, text),
        }
    }
}

fn advance(world: &mut World, body: &str) -> Outcome {
    let body = read_value(body)?;
    let span = body.get("advance").and_then(Value::as_str).and_then(instant::parse_span);
    let seconds = span
        .ok_or_else(|| refused("say how far: {\"advance\": \"36h\"} (s, m, h, d, w)".to_owned()))?;
    let passed = world.clock.advance(&mut world.store, seconds);
    if let Some(cache) = &mut world.cache {
        cache.advance(seconds);
    }
    let now = instant::utc(world.clock.now());
    Ok(json!({ "now": now, "flown": passed.flown, "slipped": passed.slipped }))
}

fn schedule(world: &mut World, body: &str) -> Outcome {
    let fields = read_object(body)?;
    let text =
        |wanted: &str| fields.iter().find(|(key, _)| key == wanted).map(|(_, text)| text.as_str());
    let named =
        |wanted: &str| text(wanted).and_then(|text| serde_json::from_str::<String>(text).ok());
    let at = text("at_request").and_then(|text| text.parse::<u64>().ok());
    let (Some(at), Some(method), Some(path)) = (at, named("method"), named("path")) else {
        return Err(refused(
            "say at_request (1 is the next one), method, path and body".to_owned(),
        ));
    };
    let body = text("body").unwrap_or("{}").to_owned();
    let at_request = world.served + at;
    world.schedule.push(Scheduled { at_request, method, path, body });
    Ok(json!({ "at_request": at_request }))
}

/// Makes the changes that are due with the request of this number; the log says which could not be made.
pub(super) fn run_scheduled(world: &mut World, number: u64) {
    let (due, later) =
        std::mem::take(&mut world.schedule).into_iter().partition(|one| one.at_request <= number);
    world.schedule = later;
    let due: Vec<Scheduled> = due;
    for Scheduled { method, path, body, .. } in due {
        let outcome = act(world, &method, &path, &body);
        if outcome.status != 200 {
            let why = String::from_utf8_lossy(&outcome.body).into_owned();
            world.log.push(json!({ "number": number, "method": method, "path": path, "body": body,
                "status": outcome.status, "fault": why }));
        }
    }
}

fn add_launch(world: &mut World, body: &str) -> Outcome {
    let wishes = read_object(body)?;
    let wish =
        |wanted: &str| wishes.iter().find(|(key, _)| key == wanted).map(|(_, text)| text.as_str());
    let flown = wish("flown") == Some("true");
    let given = read_object(wish("document").unwrap_or("{}"))?;
    let named: Option<String> = given
        .iter()
        .find(|(key, _)| key == "id")
        .and_then(|(_, text)| serde_json::from_str(text).ok());
    let id = named.unwrap_or_else(|| world.new_id());
    let payload = world.new_id();
    let mut draw = Draw::of(world.store.universe.seed, 41, world.created.into());
    let mass = json!({ "name": portrait::invented(&mut draw), "launch": id, "mass_kg": 400 + draw.below(9_000),
        "id": payload });
    let launch = invent(world, &id, &payload, flown, &mut draw);
    world.store.add(Kind::Payloads, &payload, &texts(&mass, &portrait::PAYLOAD_KEYS));
    world.store.add(Kind::Launches, &id, &texts(&launch, &portrait::LAUNCH_KEYS));
    world.store.edit(Kind::Launches, &id, |stored| apply(stored, &given));
    Ok(json!({ "id": id }))
}

/// The fields of an object in a given order; null for those it lacks.
fn texts(object: &Value, keys: &[&str]) -> Vec<(String, String)> {
    keys.iter()
        .map(|key| {
            ((*key).to_owned(), object.get(key).map_or_else(|| "null".to_owned(), Value::to_string))
        })
        .collect()
}

/// A launch that is on its way to the first pad, or has just left it.
fn invent(world: &World, id: &str, payload: &str, flown: bool, draw: &mut Draw) -> Value {
    let minutes = i64::from(world.created % 50);
    let wait = i64::from(draw.below(40 * 24)) + 24;
    let date = world.clock.now() + if flown { (minutes - 60) * 60 } else { wait * 3600 };
    let first_id = |kind| world.store.at(kind, 0).map(|document| document.id().into_owned());
    json!({
        "fairings": { "reused": null, "recovery_attempt": null, "recovered": null, "ships": [] },
        "links": { "patch": { "small": null, "large": null },
            "reddit": { "campaign": null, "launch": null, "media": null, "recovery": null },
            "flickr": { "small": [], "original": [] },
            "presskit": null, "webcast": null, "youtube_id": null, "article": null, "wikipedia": null },
        "net": false, "failures": [], "crew": [], "ships": [], "capsules": [], "cores": [],
        "rocket": first_id(Kind::Rockets), "launchpad": first_id(Kind::Launchpads), "payloads": [payload],
        "success": flown.then_some(true), "upcoming": !flown,
        "flight_number": clockwork::highest_flown_number(&world.store) + 1,
        "name": format!("{} {}", portrait::invented(draw), draw.below(90) + 1),
        "date_utc": instant::utc(date), "date_unix": date, "date_local": instant::local(date, -4),
        "date_precision": "hour", "auto_update": true, "tbd": false, "id": id,
    })
}

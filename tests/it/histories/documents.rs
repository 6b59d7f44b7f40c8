//! What the source says, read from its plain lists and judged by rules of our own: nothing here knows the product.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::support::Sandbox;

/// One launch as analysts shall see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch {
    pub(crate) name: String,
    pub(crate) date: DateTime<Utc>,
    pub(crate) success: Option<bool>,
    pub(crate) payloads: Vec<String>,
    pub(crate) pad: Option<String>,
    pub(crate) static_fire: Option<DateTime<Utc>>,
    /// Hundredths of a kilogram, of the payloads whose mass is known.
    pub(crate) mass: Option<i64>,
    pub(crate) upcoming: bool,
    pub(crate) number: i64,
    pub(crate) rocket: Option<String>,
    pub(crate) precision: String,
}

/// A document at the source.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Where it stands in the order of ids, which it keeps when its own id is taken away.
    pub(crate) key: String,
    pub(crate) id: Option<String>,
    /// What the server's filters look at.
    pub(crate) upcoming: Option<bool>,
    pub(crate) date_text: Option<String>,
    /// The launch, or every rule that it breaks.
    pub(crate) launch: Result<Launch, Vec<String>>,
    /// The launch as `/launches/latest` shows it, without masses.
    pub(crate) bare: Option<Launch>,
    pub(crate) without_mass: usize,
    /// All that is asked for of it, to tell one state from another.
    pub(crate) content: String,
}

/// Everything that the source serves at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// By key.
    pub(crate) documents: Vec<Document>,
    /// What `/launches/latest` names, unless that is nothing which can be used.
    pub(crate) latest: Option<String>,
}

impl Document {
    /// When it flew, if that was loaded and does not lie ahead.
    pub(crate) fn flown(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let launch = self.launch.as_ref().ok().filter(|launch| !launch.upcoming)?;
        Some(launch.date).filter(|date| *date <= now)
    }
}

impl Source {
    /// Reads it. `lost` is the launch whose document has no id at the moment.
    pub(crate) fn read(sandbox: &Sandbox, lost: Option<&str>) -> Source {
        let every = |path: &str| match sandbox.tell("GET", path, "") {
            Value::Array(documents) => documents,
            other => panic!("{path} is no list: {other}"),
        };
        let masses: BTreeMap<String, Value> = every("payloads")
            .iter()
            .map(|payload| (text(&payload["id"]).unwrap_or_default(), payload["mass_kg"].clone()))
            .collect();
        let mut documents: Vec<Document> =
            every("launches").iter().map(|launch| document(launch, &masses, lost)).collect();
        documents.sort_by(|one, other| one.key.cmp(&other.key));
        let latest = sandbox.ask("GET", "/v4/launches/latest", "").ok();
        let latest = latest.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let latest = latest.and_then(|launch| text(&launch["id"]));
        // It carries no masses, so that a bad one does not show.
        let usable = |id: &String| {
            let found = documents.iter().find(|document| document.id.as_ref() == Some(id));
            found.is_some_and(|found| found.bare.is_some())
        };
        Source { latest: latest.filter(usable), documents }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn document(launch: &Value, masses: &BTreeMap<String, Value>, lost: Option<&str>) -> Document {
    let id = text(&launch["id"]);
    let payloads: Vec<String> =
        launch["payloads"].as_array().into_iter().flatten().filter_map(text).collect();
    let known: Vec<Option<i64>> = payloads
        .iter()
        .map(|id| masses.get(id).and_then(Value::as_f64).map(hundredths).filter(|mass| *mass > 0))
        .collect();
    let served: Vec<Option<&Value>> = payloads.iter().map(|id| masses.get(id)).collect();
    let content = [
        "name",
        "date_utc",
        "date_precision",
        "static_fire_date_utc",
        "success",
        "upcoming",
        "flight_number",
        "launchpad",
        "rocket",
        "payloads",
    ];
    let content = content.map(|field| launch[field].to_string()).join(" ");
    let mass = known.iter().any(Option::is_some).then(|| known.iter().flatten().sum());
    let broken = broken(launch, &served);
    let shows = |breach: &String| !breach.ends_with("mass_out_of_range");
    let bare = if broken.iter().any(shows) { None } else { bare(launch, payloads) };
    Document {
        key: id.clone().or(lost.map(str::to_owned)).expect("the lost id is known"),
        upcoming: launch["upcoming"].as_bool(),
        date_text: text(&launch["date_utc"]),
        without_mass: known.iter().filter(|mass| mass.is_none()).count(),
        content: format!("{content} {served:?}"),
        launch: match (&bare, broken.is_empty()) {
            (Some(bare), true) => Ok(Launch { mass, ..bare.clone() }),
            _ => Err(broken),
        },
        bare,
        id,
    }
}

fn bare(launch: &Value, payloads: Vec<String>) -> Option<Launch> {
    Some(Launch {
        name: text(&launch["name"])?,
        date: instant(&launch["date_utc"])?,
        success: launch["success"].as_bool(),
        payloads,
        pad: text(&launch["launchpad"]),
        static_fire: instant(&launch["static_fire_date_utc"]),
        mass: None,
        upcoming: launch["upcoming"].as_bool()?,
        number: launch["flight_number"].as_i64()?,
        rocket: text(&launch["rocket"]),
        precision: text(&launch["date_precision"])?,
    })
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|at| at.to_utc())
}

/// Rounded half away from zero, as the shortest decimal text of the number has it.
fn hundredths(mass: f64) -> i64 {
    let text = format!("{mass}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digit = |place: usize| fraction.as_bytes().get(place).map_or(0, |d| i64::from(d - b'0'));
    whole.parse::<i64>().expect("digits") * 100
        + digit(0) * 10
        + digit(1)
        + i64::from(digit(2) >= 5)
}

/// The rules that the histories break, as `field:code`.
fn broken(launch: &Value, masses: &[Option<&Value>]) -> Vec<String> {
    let mut broken = BTreeSet::new();
    let mut breaks = |rule: &str, is: bool| is.then(|| broken.insert(rule.to_owned()));
    let name = &launch["name"];
    breaks("id:null", launch["id"].is_null());
    breaks("name:null", name.is_null());
    breaks("name:wrong_type", !name.is_null() && !name.is_string());
    breaks("name:blank", name.as_str().is_some_and(|name| name.trim().is_empty()));
    breaks("name:nul_character", name.as_str().is_some_and(|name| name.contains('\0')));
    breaks("date_utc:null", launch["date_utc"].is_null());
    let date = launch["date_utc"].is_string() && instant(&launch["date_utc"]).is_none();
    breaks("date_utc:not_a_timestamp", date);
    let fire = &launch["static_fire_date_utc"];
    breaks("static_fire_date_utc:not_a_timestamp", fire.is_string() && instant(fire).is_none());
    breaks("date_precision:unknown_precision", launch["date_precision"] == "eon");
    breaks("success:wrong_type", launch["success"].is_string());
    breaks("upcoming:wrong_type", launch["upcoming"].is_string());
    let number = launch["flight_number"].as_i64();
    breaks("flight_number:flight_number_out_of_range", number.is_none_or(|number| number < 1));
    for (place, mass) in masses.iter().enumerate() {
        // What has no id cannot be asked for once more, without which only ids that resolve are known.
        breaks(&format!("payloads[{place}]:unresolved"), launch["id"].is_null() && mass.is_none());
        let negative = mass.and_then(Value::as_f64).is_some_and(|mass| mass < 0.0);
        breaks(&format!("payloads[{place}].mass_kg:mass_out_of_range"), negative);
    }
    broken.into_iter().collect()
}

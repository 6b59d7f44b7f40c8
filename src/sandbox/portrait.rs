//! How a generated launch or payload reads: one field at a time, so that a page of a million renders only what was asked for.

use serde_json::{Value, json};

use super::draw::Draw;
use super::instant;
use super::universe::{Launch, Payload, Universe};

/// The keys of a launch document in the server's order.
pub(super) const LAUNCH_KEYS: [&str; 27] = [
    "fairings",
    "links",
    "static_fire_date_utc",
    "static_fire_date_unix",
    "net",
    "window",
    "rocket",
    "success",
    "failures",
    "details",
    "crew",
    "ships",
    "capsules",
    "payloads",
    "launchpad",
    "flight_number",
    "name",
    "date_utc",
    "date_unix",
    "date_local",
    "date_precision",
    "upcoming",
    "cores",
    "auto_update",
    "tbd",
    "launch_library_id",
    "id",
];

/// The keys of a payload document in the server's order.
pub(super) const PAYLOAD_KEYS: [&str; 28] = [
    "dragon",
    "name",
    "type",
    "reused",
    "launch",
    "customers",
    "norad_ids",
    "nationalities",
    "manufacturers",
    "mass_kg",
    "mass_lbs",
    "orbit",
    "reference_system",
    "regime",
    "longitude",
    "semi_major_axis_km",
    "eccentricity",
    "periapsis_km",
    "apoapsis_km",
    "inclination_deg",
    "period_min",
    "lifespan_years",
    "epoch",
    "mean_motion",
    "raan",
    "arg_of_pericenter",
    "mean_anomaly",
    "id",
];

const FRONT: [&str; 16] = [
    "Quill", "Marrow", "Thistle", "Ember", "Hollow", "Pebble", "Larch", "Cinder", "Willow",
    "Bracken", "Saffron", "Tarn", "Juniper", "Otter", "Fenn", "Lantern",
];
const BACK: [&str; 12] = [
    "wick", "mere", "fold", "gate", "sail", "holm", "ridge", "song", "hart", "ward", "fall",
    "light",
];
const NOT_ASCII: [&str; 6] =
    ["Žluťásek", "Åsgråd", "Ñandubay Señal", "Çınarlı", "夜鷹-コメット", "Étoile d’Œuvre"];
/// Hours east of UTC, by pad.
const ZONES: [i32; 5] = [-4, -4, -8, 12, -5];

/// One field of the launch at `index` (in order of creation); nothing for a key that launches do not have.
pub(super) fn launch_field(universe: &Universe, index: u32, key: &str) -> Option<Value> {
    let launch = universe.launches.get(usize::try_from(index).ok()?)?;
    Some(match key {
        "id" | "_id" => json!(universe.launch_id(index)),
        "name" => json!(launch_name(universe.seed, launch)),
        "date_utc" => json!(instant::utc(launch.date)),
        "date_precision" => json!(launch.precision),
        "flight_number" => json!(launch.flight_number),
        "success" => json!(launch.success),
        "upcoming" => json!(launch.upcoming),
        "rocket" => json!(universe.rocket_id(launch.rocket)),
        "launchpad" => json!(launch.pad.map(|pad| universe.pad_id(pad))),
        "payloads" => Universe::payloads_of(launch)
            .map(|payload| json!(universe.payload_id(payload)))
            .collect(),
        "static_fire_date_utc" => json!(launch.static_fire.map(instant::utc)),
        "static_fire_date_unix" => json!(launch.static_fire),
        // In places an hour off, as in the real history.
        "date_unix" => json!(launch.date + if launch.order % 67 == 13 { 3600 } else { 0 }),
        "date_local" => json!(date_local(launch)),
        _ => return launch_trimmings(universe.seed, launch, key),
    })
}

fn date_local(launch: &Launch) -> String {
    let zone = ZONES.get(usize::from(launch.pad.unwrap_or_default())).copied().unwrap_or_default();
    let a_day_off = launch.order % 71 == 20;
    instant::local(launch.date + if a_day_off { 86_400 } else { 0 }, zone)
}

/// The fields that the pipeline does not track; they make the document whole.
fn launch_trimmings(seed: u64, launch: &Launch, key: &str) -> Option<Value> {
    let mut draw = Draw::of(seed, 20, u64::from(launch.order));
    let capsule = launch.order % 5 == 4;
    let known = !launch.upcoming;
    Some(match key {
        "fairings" if capsule => Value::Null,
        "fairings" => json!({
            "reused": known.then(|| draw.per_mille(300)), "recovery_attempt": known.then(|| draw.per_mille(500)),
            "recovered": known.then(|| draw.per_mille(400)), "ships": [],
        }),
        "links" => links(launch, &mut draw),
        "net" | "tbd" => json!(false),
        "auto_update" => json!(true),
        "window" => {
            known.then(|| draw.below(9) * 600).map_or(Value::Null, |seconds| json!(seconds))
        }
        "failures" if launch.success == Some(false) => json!([{
            "time": 30 + draw.below(500), "altitude": known.then(|| draw.below(90)), "reason": "helium line burst",
        }]),
        "failures" | "crew" | "ships" | "capsules" => json!([]),
        "details" if draw.per_mille(400) => Value::Null,
        "details" => {
            json!(format!("Flight {} of an invented history.", launch.order + 1))
        }
        "cores" => cores(launch, &mut draw),
        "launch_library_id" => Value::Null,
        _ => return None,
    })
}

fn links(launch: &Launch, draw: &mut Draw) -> Value {
    let video = (!launch.upcoming).then(|| format!("sandbox{:04}", launch.order));
    let picture = |size: &str| {
        (!launch.upcoming)
            .then(|| format!("https://images.invalid/{}/{size}.png", launch.order + 1))
    };
    let photos: Vec<String> = (0..if launch.upcoming { 0 } else { draw.below(4) })
        .map(|photo| format!("https://photos.invalid/{}/{photo}.jpg", launch.order + 1))
        .collect();
    json!({
        "patch": { "small": picture("small"), "large": picture("large") },
        "reddit": { "campaign": null, "launch": null, "media": null, "recovery": null },
        "flickr": { "small": [], "original": photos },
        "presskit": null,
        "webcast": video.as_ref().map(|video| format!("https://video.invalid/{video}")),
        "youtube_id": video,
        "article": null,
        "wikipedia": null,
    })
}

fn cores(launch: &Launch, draw: &mut Draw) -> Value {
    let count = if launch.rocket == 2 { 3 } else { 1 };
    let core = |draw: &mut Draw| {
        if launch.upcoming {
            return json!({ "core": null, "flight": null, "gridfins": null, "legs": null, "reused": null,
                "landing_attempt": null, "landing_success": null, "landing_type": null, "landpad": null });
        }
        let flight = draw.below(9) + 1;
        let lands = draw.per_mille(700);
        json!({
            "core": format!("5900000000000000{:08x}", draw.below(400)), "flight": flight, "gridfins": lands,
            "legs": lands, "reused": flight > 1, "landing_attempt": lands,
            "landing_success": lands.then(|| draw.per_mille(940)),
            "landing_type": lands.then_some("ASDS"), "landpad": null,
        })
    };
    (0..count).map(|_| core(draw)).collect()
}

fn launch_name(seed: u64, launch: &Launch) -> String {
    let mut draw = Draw::of(seed, 21, u64::from(launch.order));
    let number = draw.below(30) + 1;
    match launch.order {
        order if order % 101 == 60 => format!("Hitchhiker {}", order / 101 + 1),
        order if order % 37 == 3 => format!("{} {number}", draw.pick(&NOT_ASCII)),
        _ => {
            let name = invented(&mut draw);
            if draw.per_mille(500) { format!("{name} {number}") } else { name }
        }
    }
}

pub(super) fn invented(draw: &mut Draw) -> String {
    format!("{}{}", draw.pick(&FRONT), draw.pick(&BACK))
}

/// One field of the payload at `index`; nothing for a key that payloads do not have.
pub(super) fn payload_field(universe: &Universe, index: u32, key: &str) -> Option<Value> {
    let payload = universe.payloads.get(usize::try_from(index).ok()?)?;
    let mut draw = Draw::of(universe.seed, 22, u64::from(index));
    Some(match key {
        "id" | "_id" => json!(universe.payload_id(index)),
        "name" => json!(payload_name(&mut draw, index)),
        "launch" => json!(universe.launch_id(payload.launch)),
        "mass_kg" => mass_kg(payload),
        "mass_lbs" => payload.mass.map_or(Value::Null, |mass| {
            json!(
                f64::from((u32::try_from(u64::from(mass) * 220_462 / 1_000_000)).unwrap_or(0))
                    / 10.0
            )
        }),
        "type" => json!("Satellite"),
        "reused" => json!(false),
        "customers" | "manufacturers" => json!([format!("{} Works", invented(&mut draw))]),
        "nationalities" => json!(["United States"]),
        "norad_ids" => json!([70_000 + index]),
        "orbit" => json!("LEO"),
        "reference_system" => json!("geocentric"),
        "regime" => json!("low-earth"),
        "periapsis_km" => json!(200 + draw.below(900)),
        "apoapsis_km" => json!(1_200 + draw.below(900)),
        "inclination_deg" => json!(f64::from(draw.below(9_800)) / 100.0),
        "dragon" => json!({ "capsule": null, "mass_returned_kg": null, "mass_returned_lbs": null,
            "flight_time_sec": null, "manifest": null, "water_landing": null, "land_landing": null }),
        _ if PAYLOAD_KEYS.contains(&key) => Value::Null,
        _ => return None,
    })
}

fn payload_name(draw: &mut Draw, index: u32) -> String {
    if index % 41 == 6 {
        format!("{} {}", draw.pick(&NOT_ASCII), index + 1)
    } else {
        format!("{}-{}", invented(draw), draw.below(90) + 1)
    }
}

/// A whole number of kilograms has no fraction, as in the source.
fn mass_kg(payload: &Payload) -> Value {
    match payload.mass {
        None => Value::Null,
        Some(mass) if mass % 100 == 0 => json!(mass / 100),
        Some(mass) => json!(f64::from(mass) / 100.0),
    }
}

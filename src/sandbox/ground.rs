//! The invented launch pads and rockets: few, so they are whole documents from the start.

use serde_json::{Value, json};

use super::universe::{PADS, ROCKETS, Universe};

/// A pad lists no more of its launches than this.
const LISTED_LAUNCHES: usize = 200;

pub(super) fn launchpads(universe: &Universe) -> Vec<Value> {
    let names = [
        ("GC SLC 4", "Gannet Cape Space Launch Complex 4", "Florida", "active"),
        ("GC LC 11B", "Gannet Cape Launch Complex 11B", "Florida", "active"),
        ("PV SLC 7E", "Point Verity Space Launch Complex 7E", "California", "active"),
        ("Motu Atoll", "Motu Atoll Ōmere Island", "Marshall Islands", "retired"),
        ("Sandbar", "Sandbar Beach Launch Site", "Texas", "under construction"),
    ];
    (0..PADS)
        .zip(names)
        .map(|(index, (name, full_name, region, status))| {
            let here = || universe.launches.iter().filter(|launch| launch.pad == Some(index) && !launch.upcoming);
            let launches: Vec<String> = (0u32..)
                .zip(&universe.launches)
                .filter(|(_, launch)| launch.pad == Some(index))
                .map(|(place, _)| universe.launch_id(place))
                .take(LISTED_LAUNCHES)
                .collect();
            json!({
                "images": { "large": [format!("https://images.invalid/pad/{index}.png")] },
                "name": name, "full_name": full_name, "locality": full_name, "region": region,
                "latitude": 28.5 + f64::from(index), "longitude": -80.5 - f64::from(index),
                "launch_attempts": here().count(),
                "launch_successes": here().filter(|launch| launch.success == Some(true)).count(),
                "rockets": [universe.rocket_id(u8::from(index != 3))], "timezone": "America/New_York",
                "launches": launches, "status": status, "details": "An invented launch site.",
                "id": universe.pad_id(index),
            })
        })
        .collect()
}

pub(super) fn rockets(universe: &Universe) -> Vec<Value> {
    let kinds = [
        ("Merrin 1", "2006-03-24", false, 450),
        ("Merrin 9", "2010-06-04", true, 22_800),
        ("Merrin Trio", "2018-02-06", true, 63_800),
        ("Tallship", "2023-12-01", false, 100_000),
    ];
    (0..ROCKETS)
        .zip(kinds)
        .map(|(index, (name, first_flight, active, payload_kg))| {
            rocket(&universe.rocket_id(index), name, first_flight, active, payload_kg)
        })
        .collect()
}

fn rocket(id: &str, name: &str, first_flight: &str, active: bool, payload_kg: u32) -> Value {
    let thrust = json!({ "kN": 420, "lbf": 94_000 });
    json!({
        "height": { "meters": 70, "feet": 229.6 }, "diameter": { "meters": 3.7, "feet": 12 },
        "mass": { "kg": payload_kg * 24, "lb": payload_kg * 53 },
        "first_stage": { "thrust_sea_level": thrust, "thrust_vacuum": thrust, "reusable": active, "engines": 9,
            "fuel_amount_tons": 385, "burn_time_sec": 162 },
        "second_stage": { "thrust": thrust, "reusable": false, "engines": 1, "fuel_amount_tons": 90,
            "burn_time_sec": 397, "payloads": { "option_1": "composite fairing", "composite_fairing": {
            "height": { "meters": 13.1, "feet": 43 }, "diameter": { "meters": 5.2, "feet": 17.1 } } } },
        "engines": { "isp": { "sea_level": 288, "vacuum": 312 }, "thrust_sea_level": thrust, "thrust_vacuum": thrust,
            "number": 9, "type": "wren", "version": "1D+", "layout": "octagon", "engine_loss_max": 2,
            "propellant_1": "liquid oxygen", "propellant_2": "kerosene", "thrust_to_weight": 180.1 },
        "landing_legs": { "number": 4, "material": "carbon fiber" },
        "payload_weights": [{ "id": "leo", "name": "Low Earth Orbit", "kg": payload_kg, "lb": payload_kg * 2 }],
        "flickr_images": [], "name": name, "type": "rocket", "active": active, "stages": 2, "boosters": 0,
        "cost_per_launch": 50_000_000, "success_rate_pct": 97, "first_flight": first_flight,
        "country": "United States", "company": "SpaceX", "wikipedia": null,
        "description": "An invented rocket.", "id": id,
    })
}

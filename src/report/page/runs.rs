//! What the runs did: what they changed, how the database grew, and what could not be loaded.

use super::Contents;
use super::answer::Row;
use super::chart::stacked::{self, Column, Part};
use super::chart::{Frame, Shade};
use super::contents::Entry;
use super::history::empty;
use super::html::Html;
use super::table;
use crate::model::rejection::Breach;
use crate::report::changes::{
    Changes, Event, FieldChange, LaunchChange, RunChanges, TOMBSTONE, headline, value,
};
use crate::report::instant;

pub(super) fn changes(html: &mut Html, contents: &Contents) {
    if contents.changes.is_empty() {
        return empty(html, "No run has changed anything yet.");
    }
    for changes in &contents.changes {
        for run in &changes.runs {
            of_run(html, run);
        }
        more(html, changes);
    }
}

fn of_run(html: &mut Html, run: &RunChanges) {
    let headline = headline(run, false);
    html.leaf("h3", &[], &headline);
    let is_load = run.launches.iter().all(|launch| launch.event == Event::Created);
    let headings: &[(&str, bool)] = &[
        ("launch", false),
        ("id", false),
        ("what", false),
        ("field", false),
        ("before", false),
        ("after", false),
    ];
    let (caption, columns) =
        if is_load { ("launches, as created", 3) } else { ("launches, field by field", 6) };
    table::draw(html, caption, headings.get(..columns).unwrap_or(headings), |html| {
        for launch in &run.launches {
            of_launch(html, launch, is_load);
        }
    });
}

/// A row for each field; the launch stands beside all of its own.
fn of_launch(html: &mut Html, launch: &LaunchChange, is_load: bool) {
    let what = match launch.event {
        Event::Created => "created",
        Event::Changed => "changed",
        Event::Vanished => "vanished at the source",
        Event::Restored => "came back at the source",
    };
    let fields: Vec<&FieldChange> =
        launch.fields.iter().filter(|change| change.field != TOMBSTONE).collect();
    let rows = fields.len().max(1).to_string();
    let mut fields = fields.into_iter();
    html.element("tr", &[], |html| {
        let name = launch.mission_name.as_deref().unwrap_or("without a name");
        html.leaf("th", &[("scope", "row"), ("rowspan", &rows)], name);
        html.leaf("td", &[("rowspan", &rows)], &launch.launch_id);
        html.leaf("td", &[("rowspan", &rows)], what);
        match fields.next() {
            Some(change) => of_field(html, change),
            None if is_load => {}
            None => html.leaf("td", &[("colspan", "3")], "–"),
        }
    });
    for change in fields {
        html.element("tr", &[], |html| of_field(html, change));
    }
}

fn of_field(html: &mut Html, change: &FieldChange) {
    html.leaf("td", &[], &change.field);
    html.leaf("td", &[], &value(change.old.as_deref()));
    html.leaf("td", &[], &value(change.new.as_deref()));
}

fn more(html: &mut Html, changes: &Changes) {
    let shown = i64::try_from(changes.shown()).unwrap_or(i64::MAX);
    let run_id = changes.runs.iter().find_map(|run| run.run_id.as_deref());
    if let Some(run_id) = run_id.filter(|_| changes.total > shown) {
        html.element("p", &[("class", "left-out")], |html| {
            html.text(&format!("Launches left out: {}. ", changes.total - shown));
            html.leaf("code", &[], &format!("etl changes --run {run_id} --limit 10000"));
            html.text(" shows them.");
        });
    }
}

pub(super) fn growth(html: &mut Html, contents: &Contents) {
    let answer = &contents.growth;
    if answer.is_empty() {
        return empty(html, "No run has made figures yet.");
    }
    let column = |row: Row<'_>| {
        let started = row.text("started_at");
        let day = started.split('T').next().unwrap_or_default().to_owned();
        let (run, net) = (row.text("pipeline_run_id"), row.count("net"));
        Column {
            name: run,
            tick: Some(day),
            above: Some(if net == 0 { "0".to_owned() } else { format!("{net:+}") }),
            parts: vec![Part {
                shade: Shade::Total,
                count: row.count("total_launches"),
                word: "launches in all",
            }],
        }
    };
    let columns: Vec<Column> = answer.rows().map(column).collect();
    html.leaf(
        "p",
        &[],
        "The launches in all after each run that made figures; what they grew by stands above.",
    );
    let frame = Frame {
        id: "chart-growth",
        title: "Launches in all after each run",
        description: "A column for each run that made figures: the launches in all that it \
                      left. The table below has what each added and removed.",
    };
    html.element("figure", &[], |html| stacked::draw(html, &frame, &columns));
    let what = "Runs that made no figures, and earlier ones,";
    table::left_out(html, answer, what, "pipeline_growth");
    table::folded(
        html,
        "growth by run",
        answer,
        &[
            "pipeline_run_id",
            "kind",
            "status",
            "started_at",
            "added",
            "removed",
            "net",
            "total_launches",
        ],
    );
    table::definitions(html, "pipeline_growth");
}

pub(super) fn quarantine(html: &mut Html, contents: &Contents) {
    let open = contents.status.open_quarantine;
    if contents.entries.is_empty() {
        return empty(
            html,
            "Nothing is in quarantine: every document of the source kept the rules.",
        );
    }
    html.leaf(
        "p",
        &[],
        &format!(
            "Documents that broke a rule and were not loaded: {open}. Launches that are older here \
         than at the source because of it: {}.",
            contents.status.stale
        ),
    );
    let headings = [
        ("entry", false),
        ("launch", false),
        ("last seen", false),
        ("times", true),
        ("what is wrong", false),
    ];
    table::draw(html, "open entries of the quarantine", &headings, |html| {
        for entry in &contents.entries {
            of_entry(html, entry);
        }
    });
    let shown = i64::try_from(contents.entries.len()).unwrap_or(i64::MAX);
    if open > shown {
        html.element("p", &[("class", "left-out")], |html| {
            html.text(&format!("Earlier entries left out: {}. ", open - shown));
            html.leaf("code", &[], "etl quarantine list");
            html.text(" has all of them.");
        });
    }
}

fn of_entry(html: &mut Html, entry: &Entry) {
    // What cannot be read as breaches was written by hand, and is shown as it is.
    let breaches = serde_json::from_value::<Vec<Breach>>(entry.breaches.0.clone());
    html.element("tr", &[], |html| {
        html.leaf("th", &[("scope", "row")], &entry.id.to_string());
        html.leaf("td", &[], entry.launch_id.as_deref().unwrap_or("without a valid id"));
        html.leaf("td", &[], &instant(entry.last_seen_at.0));
        html.leaf("td", &[("class", "number")], &entry.attempts.to_string());
        html.element("td", &[], |html| match &breaches {
            Ok(breaches) => {
                for Breach { field, code, message } in breaches {
                    html.element("div", &[], |html| {
                        html.leaf("code", &[], field);
                        html.text(&format!(" [{code}]: {message}"));
                    });
                }
            }
            Err(_) => html.text(&entry.breaches.0.to_string()),
        });
    });
}

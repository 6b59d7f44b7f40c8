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
    let headings: &[&str] = if is_load {
        &["launch", "id", "what"]
    } else {
        &["launch", "id", "what", "field", "before", "after"]
    };
    let caption = if is_load { "launches, as created" } else { "launches, field by field" };
    table::draw(html, caption, headings, |html| {
        for launch in &run.launches {
            of_launch(html, launch, is_load);
        }
    });
}

fn of_launch(html: &mut Html, launch: &LaunchChange, is_load: bool) {
    let what = match launch.event {
        Event::Created => "created",
        Event::Changed => "changed",
        Event::Vanished => "vanished at the source",
        Event::Restored => "came back at the source",
    };
    let named = |html: &mut Html| {
        let name = launch.mission_name.as_deref().unwrap_or("without a name");
        html.leaf("th", &[("scope", "row")], name);
        html.leaf("td", &[], &launch.launch_id);
        html.leaf("td", &[], what);
    };
    let fields: Vec<&FieldChange> =
        launch.fields.iter().filter(|change| change.field != TOMBSTONE).collect();
    for change in &fields {
        html.element("tr", &[], |html| {
            named(html);
            html.leaf("td", &[], &change.field);
            html.leaf("td", &[], &value(change.old.as_deref()));
            html.leaf("td", &[], &value(change.new.as_deref()));
        });
    }
    if fields.is_empty() {
        html.element("tr", &[], |html| {
            named(html);
            for _ in 0..if is_load { 0 } else { 3 } {
                html.leaf("td", &[], "–");
            }
        });
    }
}

fn more(html: &mut Html, changes: &Changes) {
    let shown = i64::try_from(changes.shown()).unwrap_or(i64::MAX);
    let run_id = changes.runs.iter().find_map(|run| run.run_id.as_deref());
    if let Some(run_id) = run_id.filter(|_| changes.total > shown) {
        html.element("p", &[("class", "left-out")], |html| {
            html.text(&format!("{} more are left out: ", changes.total - shown));
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
            name: format!("{run}, {net:+}"),
            tick: Some(day),
            above: Some(format!("{net:+}")),
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
        "The launches in all after each run that made figures, with what it added and removed.",
    );
    let frame = Frame {
        id: "chart-growth",
        title: "Launches in all after each run",
        description: "A column for each run that made figures: the launches in all that it left. The table below \
                      has what each added and removed.",
    };
    html.element("figure", &[], |html| stacked::draw(html, &frame, &columns));
    let what = "Runs that found nothing new or failed, and those long ago:";
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
    html.leaf("p", &[], &format!(
        "{open} documents of the source broke a rule and were not loaded; {} launches are older than the source \
         has them because of it.", contents.status.stale
    ));
    let headings = ["entry", "launch", "last seen", "times", "what is wrong"];
    table::draw(html, "open entries of the quarantine", &headings, |html| {
        for entry in &contents.entries {
            of_entry(html, entry);
        }
    });
    let shown = i64::try_from(contents.entries.len()).unwrap_or(i64::MAX);
    if open > shown {
        html.element("p", &[("class", "left-out")], |html| {
            html.text(&format!("{} earlier entries are left out: ", open - shown));
            html.leaf("code", &[], "etl quarantine list");
            html.text(" has all.");
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

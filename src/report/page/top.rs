//! The top of the page: what it is, where it goes on, the totals, and how fresh they are.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};

use super::html::Html;
use super::{Contents, SECTIONS, section, table};
use crate::report::{instant, percent};

/// Writes the title, a warning where the launches are invented, and the way to the sections.
pub(super) fn write(html: &mut Html, contents: &Contents) {
    html.element("header", &[], |html| {
        html.leaf("h1", &[], "SpaceX launches");
        let figures = &contents.figures;
        html.leaf(
            "p",
            &[("class", "lead")],
            &match figures.total_launches {
                0 => "No launch is in the database yet: etl run loads them.".to_owned(),
                1 => format!("1 launch, {} upcoming.", figures.total_upcoming_launches),
                launches => {
                    format!("{launches} launches, {} upcoming.", figures.total_upcoming_launches)
                }
            },
        );
        let source = contents.status.source.as_ref();
        if source.is_some_and(|source| source.source_kind == "sandbox") {
            let warning = "These launches are invented: the database was loaded from the sandbox.";
            html.leaf("p", &[("class", "warning")], warning);
        }
        html.element("nav", &[("aria-label", "Sections")], |html| {
            html.element("ul", &[], |html| {
                for (id, heading) in SECTIONS {
                    let target = format!("#{id}");
                    html.element("li", &[], |html| html.leaf("a", &[("href", &target)], heading));
                }
            });
        });
    });
}

/// Writes the figures of all launches, and when they were checked and changed.
pub(super) fn totals(html: &mut Html, contents: &Contents) {
    section(html, "totals", "Totals and freshness", |html| {
        let figures = &contents.figures;
        let number = |number: &Option<BigDecimal>, unit: &str| {
            number.as_ref().map_or_else(
                || "unknown".to_owned(),
                |number| format!("{} {unit}", number.to_plain_string()),
            )
        };
        list(
            html,
            "figures",
            &[
                ("Launches", figures.total_launches.to_string()),
                ("Successes", figures.total_successful_launches.to_string()),
                ("Failures", figures.total_failed_launches.to_string()),
                ("Upcoming", figures.total_upcoming_launches.to_string()),
                ("Success rate, of all launches", percent(figures.success_rate.as_ref())),
                (
                    "Success rate, of known outcomes",
                    percent(figures.completed_success_rate.as_ref()),
                ),
                ("Launch sites", figures.total_launch_sites.to_string()),
                ("Mean payload mass", number(&figures.average_payload_mass_kg, "kg")),
                ("Mean delay after static fire", number(&figures.average_delay_hours, "h")),
            ],
        );
        freshness(html, contents);
        table::definitions(html, "launch_aggregations");
    });
}

fn freshness(html: &mut Html, contents: &Contents) {
    let status = &contents.status;
    let ever = |at: Option<DateTime<Utc>>| at.map_or_else(|| "never".to_owned(), instant);
    let source = status.source.as_ref();
    let at =
        |of: fn(&_) -> Option<_>| ever(source.and_then(of).map(|at: crate::db::Timestamp| at.0));
    let mut facts = vec![
        ("Last checked at the source", at(|source| source.last_checked_at)),
        ("Last changed", at(|source| source.last_changed_at)),
        ("Last reconciled", at(|source| source.last_reconciled_at)),
        ("First launch", ever(contents.figures.earliest_launch_date)),
        ("Watermark, the last flown launch", at(|source| source.watermark)),
        ("Last launch planned or flown", ever(contents.figures.latest_launch_date)),
        ("Vanished at the source", status.tombstones.to_string()),
        ("In quarantine", status.open_quarantine.to_string()),
    ];
    if let Some(run) = &status.last_run {
        facts.push(("Last run", format!("{}, {}", run.status, run.pipeline_run_id)));
    }
    list(html, "facts", &facts);
    html.ours(
        "<p class=\"note\">The source can be asked and have nothing new: when it was last checked and when \
         anything last changed are two facts.</p>\n",
    );
}

fn list(html: &mut Html, class: &str, facts: &[(&str, String)]) {
    html.element("dl", &[("class", class)], |html| {
        for (name, value) in facts {
            html.element("div", &[], |html| {
                html.leaf("dt", &[], name);
                html.leaf("dd", &[], value);
            });
        }
    });
}

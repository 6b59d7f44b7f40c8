//! The launches over time, at the pads, and the milestones: a chart with its table each.

use super::Contents;
use super::answer::{Answer, Row};
use super::chart::bars::{self, Bar};
use super::chart::line::{self, Point};
use super::chart::span::Span;
use super::chart::stacked::{self, Column, Part};
use super::chart::time_line::{self, Lane, Moment};
use super::chart::{Frame, Shade};
use super::html::Html;
use super::table;
use crate::model::query::Cell;
use crate::model::shown::shown;

/// What becomes of launches: how it looks, the column that counts it, the word for it.
const OUTCOMES: [(Shade, &str, &str); 4] = [
    (Shade::Success, "successes", "succeeded"),
    (Shade::Failure, "failures", "failed"),
    (Shade::Unknown, "unknown", "flown, outcome unknown"),
    (Shade::Upcoming, "upcoming", "upcoming"),
];

const NOTHING_YET: &str = "No launch is in the database yet.";
const NONE_FLOWN: &str = "No launch has flown yet.";

/// The longest name beside a bar, in characters.
const LONGEST: usize = 32;

/// Says why there is no chart.
pub(super) fn empty(html: &mut Html, why: &str) {
    html.leaf("p", &[("class", "empty")], why);
}

pub(super) fn years(html: &mut Html, contents: &Contents) {
    let year = |row: Row<'_>| (row.text("year"), Some(row.text("year")));
    let frame = Frame {
        id: "chart-years",
        title: "Launches by year and outcome",
        description: "A column for each year, made of the launches that succeeded, that failed, \
                      whose outcome is not known, and that are upcoming. The table below has \
                      the numbers.",
    };
    by_period(html, &frame, &contents.years, year);
    table::left_out(html, &contents.years, "Earlier years", "launches_by_year");
    table::folded(
        html,
        "launches by year",
        &contents.years,
        &[
            "year",
            "launches",
            "flown",
            "upcoming",
            "successes",
            "failures",
            "unknown",
            "success_rate",
            "completed_success_rate",
            "known_mass_kg",
            "cumulative_launches",
        ],
    );
    table::definitions(html, "launches_by_year");
}

pub(super) fn months(html: &mut Html, contents: &Contents) {
    let month = |row: Row<'_>| {
        let (year, month) = (row.count("year"), row.count("month"));
        (format!("{year}-{month:02}"), (month == 1).then(|| year.to_string()))
    };
    let frame = Frame {
        id: "chart-months",
        title: "Launches by month and outcome",
        description: "A column for each month, made of the launches that succeeded, that \
                      failed, whose outcome is not known, and that are upcoming. The table \
                      below has the numbers.",
    };
    by_period(html, &frame, &contents.months, month);
    table::left_out(html, &contents.months, "Earlier months", "launches_by_month");
    table::folded(
        html,
        "launches by month",
        &contents.months,
        &[
            "year",
            "month",
            "launches",
            "flown",
            "upcoming",
            "successes",
            "failures",
            "unknown",
            "success_rate",
            "completed_success_rate",
            "known_mass_kg",
            "cumulative_launches",
        ],
    );
    table::definitions(html, "launches_by_month");
}

/// A column for each row, whose name and label at the foot are given.
fn by_period(
    html: &mut Html,
    frame: &Frame<'_>,
    answer: &Answer,
    named: impl Fn(Row<'_>) -> (String, Option<String>),
) {
    if answer.is_empty() {
        return empty(html, NOTHING_YET);
    }
    let columns: Vec<Column> = answer
        .rows()
        .map(|row| {
            let (name, tick) = named(row);
            let part = |(shade, column, word)| Part { shade, count: row.count(column), word };
            Column { name, tick, above: None, parts: OUTCOMES.map(part).into() }
        })
        .collect();
    html.element("figure", &[], |html| {
        let present =
            |(_, column, _): &&(Shade, &str, &str)| answer.rows().any(|row| row.count(column) > 0);
        let shown = OUTCOMES.iter().filter(present);
        legend(html, &shown.map(|(shade, _, word)| (shade.class(), *word)).collect::<Vec<_>>());
        stacked::draw(html, frame, &columns);
    });
}

/// Writes which look means what.
fn legend(html: &mut Html, words: &[(&str, &str)]) {
    html.element("ul", &[("class", "legend")], |html| {
        for (class, word) in words {
            html.element("li", &[], |html| {
                let swatch = [
                    ("class", "swatch"),
                    ("width", "14"),
                    ("height", "14"),
                    ("aria-hidden", "true"),
                ];
                html.element("svg", &swatch, |html| match *class {
                    "dot failure" => html.leaf(
                        "circle",
                        &[("class", class), ("cx", "7"), ("cy", "7"), ("r", "5")],
                        "",
                    ),
                    "first" | "second" => {
                        html.leaf("path", &[("class", class), ("d", "M0 7H14")], "");
                    }
                    _ => html.leaf(
                        "rect",
                        &[("class", class), ("width", "14"), ("height", "14")],
                        "",
                    ),
                });
                html.text(word);
            });
        }
    });
}

pub(super) fn rates(html: &mut Html, contents: &Contents) {
    let answer = &contents.rates;
    match Span::around(answer.rows().filter_map(|row| row.instant("date_utc"))) {
        None => empty(html, NONE_FLOWN),
        Some(span) => html.element("figure", &[], |html| running(html, answer, &span)),
    }
    table::folded(
        html,
        "running success rate, by launch",
        answer,
        &[
            "date_utc",
            "mission_name",
            "success",
            "flown",
            "successes",
            "failures",
            "success_rate",
            "completed_success_rate",
        ],
    );
    table::folded(
        html,
        "success rates by year",
        &contents.rates_by_year,
        &[
            "year",
            "flown",
            "successes",
            "failures",
            "unknown",
            "success_rate",
            "completed_success_rate",
            "running_success_rate",
            "running_completed_success_rate",
        ],
    );
    table::definitions(html, "success_rate_over_time");
}

fn running(html: &mut Html, answer: &Answer, span: &Span) {
    let is_whole = answer.stride == 1;
    let point = |row: Row<'_>| {
        let outcome = match row.cell("success") {
            Cell::Truth(true) => "succeeded",
            Cell::Truth(false) => "failed",
            _ => "outcome unknown",
        };
        let (name, rate) = (row.text("mission_name"), row.text("success_rate"));
        let date = row.text("date_utc");
        let of_launch = format!("{date}: {name}, {outcome}; {rate} % so far");
        let of_many = format!("{date}: {rate} % of {} launches", row.count("flown"));
        Some(Point {
            at: span.share(row.instant("date_utc")?),
            rate: row.number("success_rate")?,
            second: row.number("completed_success_rate"),
            shade: match outcome {
                "failed" if is_whole => Shade::Failure,
                _ => Shade::Total,
            },
            name: if is_whole { of_launch } else { of_many },
        })
    };
    let points: Vec<Point> = answer.rows().filter_map(point).collect();
    let mut words = vec![
        ("first", "successes of all that flew, %"),
        ("second", "successes of known outcomes, %"),
    ];
    if is_whole {
        words.push(("dot failure", "a launch that failed"));
    }
    legend(html, &words);
    let frame = Frame {
        id: "chart-rates",
        title: "Running success rate",
        description: "A line over time: the share of successes among all launches that had \
                      flown by then, and a dashed one: among those with a known outcome. The \
                      tables below have the numbers.",
    };
    line::draw(html, &frame, &points, &span.labels());
    if !is_whole {
        let every = answer.stride;
        html.leaf(
            "p",
            &[("class", "left-out")],
            &format!("One point for every {every} of {} launches, and the last one.", answer.total),
        );
    }
}

pub(super) fn pads(html: &mut Html, contents: &Contents) {
    let answer = &contents.pads;
    let bars: Vec<Bar> = answer
        .rows()
        .map(|row| {
            let name = match row.text("name") {
                name if name.is_empty() => row.text("launchpad_id"),
                name => name,
            };
            let mass = row.text("mean_known_mass_kg");
            Bar {
                name: shown(&name, LONGEST),
                length: row.number("mean_known_mass_kg"),
                text: if mass.is_empty() {
                    "no known mass".to_owned()
                } else {
                    format!("{mass} kg")
                },
            }
        })
        .collect();
    let frame = Frame {
        id: "chart-pads",
        title: "Mean known payload mass by pad",
        description: "A bar for each pad: the mean mass of its launches of which a mass is \
                      known, in kilograms. The table below has the numbers.",
    };
    if bars.is_empty() {
        empty(html, "No launch names a pad yet.");
    } else {
        html.leaf(
            "p",
            &[],
            "Mean over the launches of which a mass is known; the busiest pad comes first.",
        );
        html.element("figure", &[], |html| bars::draw(html, &frame, &bars));
    }
    table::left_out(html, answer, "Pads with fewer launches", "launch_sites");
    table::folded(
        html,
        "pads",
        answer,
        &[
            "name",
            "launches",
            "flown",
            "upcoming",
            "successes",
            "failures",
            "success_rate",
            "completed_success_rate",
            "mean_known_mass_kg",
            "first_launch",
            "last_launch",
        ],
    );
    table::definitions(html, "launch_sites");
}

pub(super) fn milestones(html: &mut Html, contents: &Contents) {
    let answer = &contents.milestones;
    match Span::around(answer.rows().filter_map(|row| row.instant("date_utc"))) {
        None => empty(html, NONE_FLOWN),
        Some(span) => {
            let frame = Frame {
                id: "chart-milestones",
                title: "Milestones on a time line",
                description: "Two lines of time, one for launches and one for successes, with a \
                              mark where a milestone was reached. The table below has the \
                              dates.",
            };
            let lanes = [
                ("launches", "Launches", Shade::Total),
                ("successes", "Successes", Shade::Success),
            ];
            let lanes = lanes.map(|(counted, name, shade)| Lane {
                name,
                shade,
                moments: answer
                    .rows()
                    .filter(|row| row.text("counted") == counted)
                    .filter_map(|row| moment(row, &span))
                    .collect(),
            });
            html.element("figure", &[], |html| {
                time_line::draw(html, &frame, &lanes, &span.labels());
            });
        }
    }
    table::left_out(html, answer, "Milestones between those shown", "launch_milestones");
    table::folded(
        html,
        "milestones",
        answer,
        &["milestone", "counted", "date_utc", "mission_name"],
    );
    table::definitions(html, "launch_milestones");
}

fn moment(row: Row<'_>, span: &Span) -> Option<Moment> {
    let label = row.text("milestone");
    let (date, mission) = (row.text("date_utc"), row.text("mission_name"));
    let name = format!("{label} of {}: {date}, {mission}", row.text("counted"));
    Some(Moment { at: span.share(row.instant("date_utc")?), label, name })
}

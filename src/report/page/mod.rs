//! `etl report`: the history on one page that needs nothing but itself: no script, no font, no picture from elsewhere.

mod answer;
mod chart;
mod contents;
mod history;
mod html;
mod prose;
mod runs;
mod table;
mod top;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub(crate) use contents::{Contents, read};

use super::{definitions, instant};
use html::Html;

const STYLE: &str = include_str!("page.css");

/// What the style sheet refers to for whoever cannot tell its colors apart.
const PATTERNS: &str = include_str!("patterns.svg");

/// The sections after the first, with their headings.
const SECTIONS: [(&str, &str); 8] = [
    ("years", "Launches by year"),
    ("months", "Launches by month"),
    ("rates", "Running success rate"),
    ("pads", "Payload mass by pad"),
    ("milestones", "Milestones"),
    ("changes", "What the last runs changed"),
    ("growth", "Growth by run"),
    ("quarantine", "Quarantine"),
];

/// Writes the page.
pub(crate) fn write(out: &mut dyn Write, contents: &Contents) -> io::Result<()> {
    let mut html = Html::default();
    html.ours("<!DOCTYPE html>\n");
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], head);
        html.element("body", &[], |html| body(html, contents));
    });
    out.write_all(html.into_text().as_bytes())?;
    out.flush()
}

fn head(html: &mut Html) {
    // The one style sheet is allowed by its digest; nothing else is, from anywhere.
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    );
    html.ours("<meta charset=\"utf-8\">\n");
    html.ours("<meta http-equiv=\"Content-Security-Policy\" content=\"");
    html.text(&policy);
    html.ours("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.ours("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.ours("<meta name=\"referrer\" content=\"no-referrer\">\n");
    html.leaf("title", &[], "SpaceX launches");
    html.ours("\n<style>");
    html.ours(STYLE);
    html.ours("</style>\n");
}

fn body(html: &mut Html, contents: &Contents) {
    html.ours(PATTERNS);
    top::write(html, contents);
    html.element("main", &[], |html| {
        top::totals(html, contents);
        for (id, heading) in SECTIONS {
            section(html, id, heading, |html| match id {
                "years" => history::years(html, contents),
                "months" => history::months(html, contents),
                "rates" => history::rates(html, contents),
                "pads" => history::pads(html, contents),
                "milestones" => history::milestones(html, contents),
                "changes" => runs::changes(html, contents),
                "growth" => runs::growth(html, contents),
                _ => runs::quarantine(html, contents),
            });
        }
        section(html, "definitions", "All figures", |html| {
            prose::write(html, definitions::section("All figures"));
        });
    });
    html.element("footer", &[], |html| {
        let version = env!("CARGO_PKG_VERSION");
        let made_at = instant(contents.made_at);
        html.text(&format!("Made by etl {version} at {made_at}. All times are UTC."));
    });
}

fn section(html: &mut Html, id: &str, heading: &str, inside: impl FnOnce(&mut Html)) {
    let name = format!("{id}-heading");
    html.element("section", &[("id", id), ("aria-labelledby", &name)], |html| {
        html.leaf("h2", &[("id", &name)], heading);
        inside(html);
    });
}

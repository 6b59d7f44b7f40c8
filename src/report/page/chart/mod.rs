//! Charts as plain SVG, one kind a file: they fit any width without a script, since places across are shares of it.

pub(super) mod axis;
pub(super) mod bars;
pub(super) mod line;
pub(super) mod span;
pub(super) mod stacked;
pub(super) mod time_line;

use super::html::Html;

/// What becomes of a launch, in the order in which it is stacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shade {
    Success,
    Failure,
    Unknown,
    Upcoming,
    /// Where outcomes are not told apart.
    Total,
}

impl Shade {
    /// Its look in the style sheet: a color, and a pattern for whoever cannot tell the colors apart.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Unknown => "unknown",
            Self::Upcoming => "upcoming",
            Self::Total => "total",
        }
    }
}

/// What a chart is called, and what somebody hears who does not see it.
pub(crate) struct Frame<'a> {
    pub(super) id: &'static str,
    pub(super) title: &'a str,
    pub(super) description: &'a str,
}

impl Frame<'_> {
    fn draw(&self, html: &mut Html, height: f64, inside: impl FnOnce(&mut Html)) {
        let (title, description) = (format!("{}-title", self.id), format!("{}-text", self.id));
        let labelled = format!("{title} {description}");
        let height = pixels(height);
        html.element(
            "svg",
            &[
                ("id", self.id),
                ("class", "plot"),
                ("role", "img"),
                ("aria-labelledby", &labelled),
                ("width", "100%"),
                ("height", &height),
            ],
            |html| {
                html.leaf("title", &[("id", &title)], self.title);
                html.leaf("desc", &[("id", &description)], self.description);
                inside(html);
            },
        );
    }
}

/// A share of the width, from 0 to 1.
fn share(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

fn pixels(pixels: f64) -> String {
    format!("{pixels:.2}")
}

//! Rates over time: two lines of steps, and a mark on the first where something happened.

use std::fmt::Write as _;

use super::axis::{ABOVE, BELOW, HEIGHT, Label, Scale, draw_labels};
use super::{Frame, Html, Shade, pixels, share};

/// A moment.
pub(crate) struct Point {
    /// When, as a share of the time that is shown.
    pub(crate) at: f64,
    /// In percent: that of the solid line, which has the marks, and that of the dashed one.
    pub(crate) rate: f64,
    pub(crate) second: Option<f64>,
    /// How the mark looks.
    pub(crate) shade: Shade,
    /// What happened.
    pub(crate) name: String,
}

/// Draws both lines, with these labels at the foot.
pub(crate) fn draw(html: &mut Html, frame: &Frame<'_>, points: &[Point], foot: &[Label]) {
    let scale = Scale::percent();
    frame.draw(html, ABOVE + HEIGHT + BELOW, |html| {
        scale.draw(html);
        let (top, height) = (pixels(ABOVE), pixels(HEIGHT));
        // A drawing of its own, stretched to the width; the style sheet keeps the strokes from being so.
        let stretched = [
            ("x", "0"),
            ("y", top.as_str()),
            ("width", "100%"),
            ("height", height.as_str()),
            ("viewBox", "0 0 1000 100"),
            ("preserveAspectRatio", "none"),
        ];
        html.element("svg", &stretched, |html| {
            let first = points.iter().map(|point| (point.at, point.rate));
            html.leaf("path", &[("class", "first"), ("d", &steps(first))], "");
            let second = points.iter().filter_map(|point| Some((point.at, point.second?)));
            html.leaf("path", &[("class", "second"), ("d", &steps(second))], "");
        });
        for Point { at, rate, shade, name, .. } in points {
            let class = format!("mark dot {}", shade.class());
            let radius = if *shade == Shade::Failure { "4.5" } else { "2" };
            html.element(
                "circle",
                &[
                    ("class", &class),
                    ("cx", &share(*at)),
                    ("cy", &pixels(scale.y(*rate))),
                    ("r", radius),
                ],
                |html| html.leaf("title", &[], name),
            );
        }
        draw_labels(html, foot, ABOVE + HEIGHT + 18.0, "tick");
    });
}

/// A rate holds until the next.
fn steps(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (at, rate) in points {
        let (x, y) = (at * 1000.0, 100.0 - rate);
        let written = if path.is_empty() {
            write!(path, "M{x:.2} {y:.2}")
        } else {
            write!(path, "H{x:.2}V{y:.2}")
        };
        // Writing to a String does not fail.
        written.unwrap_or_default();
    }
    path
}

//! Moments on lines of time, one line for each kind of them.

use super::axis::{BELOW, Label, draw_labels};
use super::{Frame, Html, Shade, pixels, share};

const LANE: f64 = 74.0;

/// The moments of one kind.
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) shade: Shade,
    pub(crate) moments: Vec<Moment>,
}

/// One moment: when, as a share of the time that is shown.
pub(crate) struct Moment {
    pub(crate) at: f64,
    pub(crate) label: String,
    pub(crate) name: String,
}

/// Draws the lines, with these labels at the foot.
pub(crate) fn draw(html: &mut Html, frame: &Frame<'_>, lanes: &[Lane], foot: &[Label]) {
    let middles = std::iter::successors(Some(54.0), |middle| Some(middle + LANE));
    let height: f64 = lanes.iter().map(|_| LANE).sum();
    frame.draw(html, height + BELOW, |html| {
        for (Lane { name, shade, moments }, middle) in lanes.iter().zip(middles) {
            let title = pixels(middle - 36.0);
            html.leaf("text", &[("class", "name"), ("x", "0"), ("y", &title)], name);
            let y = pixels(middle);
            html.leaf(
                "line",
                &[("class", "foot"), ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)],
                "",
            );
            let class = format!("mark {}", shade.class());
            for Moment { at, name, .. } in moments {
                html.element(
                    "circle",
                    &[("class", &class), ("cx", &share(*at)), ("cy", &y), ("r", "5")],
                    |html| html.leaf("title", &[], name),
                );
            }
            let labels: Vec<Label> = moments
                .iter()
                .map(|Moment { at, label, .. }| Label { at: *at, text: label.clone() })
                .collect();
            draw_labels(html, &labels, middle - 12.0, "tick");
        }
        draw_labels(html, foot, height + 18.0, "tick");
    });
}

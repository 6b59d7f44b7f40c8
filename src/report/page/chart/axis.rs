//! Round numbers along the side, and labels along the foot that do not run into each other.

use bigdecimal::ToPrimitive;

use super::{Html, pixels, share};

/// The height of what is drawn, in pixels, without its labels.
pub(super) const HEIGHT: f64 = 240.0;
/// Room above it for a label, and below it for those of the foot.
pub(super) const ABOVE: f64 = 22.0;
pub(super) const BELOW: f64 = 26.0;

/// The least width of a chart on a phone, and the widths from which the style sheet shows the labels of a class too.
const WIDTHS: [(f64, &str); 3] = [(265.0, ""), (540.0, " wide"), (800.0, " widest")];
/// About what a character takes, and what stays free between two labels.
const CHARACTER: f64 = 6.7;
const GAP: f64 = 12.0;

/// From zero to a round number that no value exceeds.
pub(super) struct Scale {
    step: i64,
    steps: i64,
}

impl Scale {
    pub(super) fn up_to(highest: i64) -> Self {
        let mut steps =
            (0..18).flat_map(|power| [1, 2, 5].map(|factor| factor * 10_i64.pow(power)));
        let step = steps.find(|step| step * 4 >= highest).unwrap_or(i64::MAX / 8);
        Self { step, steps: (highest.max(1) + step - 1) / step }
    }

    pub(super) fn percent() -> Self {
        Self { step: 25, steps: 4 }
    }

    fn top(&self) -> f64 {
        (self.step * self.steps).to_f64().unwrap_or(1.0)
    }

    /// How far down a value stands, in pixels.
    pub(super) fn y(&self, value: f64) -> f64 {
        ABOVE + HEIGHT * (1.0 - value / self.top())
    }

    pub(super) fn draw(&self, html: &mut Html) {
        for value in (0..=self.steps).map(|step| step * self.step) {
            let y = self.y(value.to_f64().unwrap_or_default());
            let class = if value == 0 { "foot" } else { "grid" };
            let at = pixels(y);
            html.leaf(
                "line",
                &[("class", class), ("x1", "0"), ("x2", "100%"), ("y1", &at), ("y2", &at)],
                "",
            );
            let y = pixels(y + 4.0);
            html.leaf("text", &[("class", "side"), ("x", "-8"), ("y", &y)], &value.to_string());
        }
    }
}

/// A text that wants to stand at a share of the width.
pub(crate) struct Label {
    pub(super) at: f64,
    pub(super) text: String,
}

/// Writes those labels for which there is room, some of them on a wide screen only.
pub(super) fn draw_labels(html: &mut Html, labels: &[Label], y: f64, class: &'static str) {
    let y = pixels(y);
    for (label, from) in fitting(labels) {
        let class = format!("{class}{from}");
        html.leaf("text", &[("class", &class), ("x", &share(label.at)), ("y", &y)], &label.text);
    }
}

/// The labels that fit, each with the class of the width from which it does.
fn fitting(labels: &[Label]) -> impl Iterator<Item = (&Label, &'static str)> {
    let mut chosen: Vec<(usize, &str)> = Vec::new();
    for (width, from) in WIDTHS {
        let mut fits: Vec<(usize, &str)> = Vec::new();
        let mut earlier = chosen.iter().peekable();
        for (at, label) in labels.iter().enumerate() {
            if let Some(known) = earlier.next_if(|known| known.0 == at) {
                fits.push(*known);
                continue;
            }
            let before = fits.last().and_then(|(before, _)| labels.get(*before));
            let after = earlier.peek().and_then(|(after, _)| labels.get(*after));
            let clear =
                |other: Option<&Label>| other.is_none_or(|other| is_apart(label, other, width));
            if clear(before) && clear(after) {
                fits.push((at, from));
            }
        }
        chosen = fits;
    }
    chosen.into_iter().filter_map(|(at, from)| Some((labels.get(at)?, from)))
}

fn is_apart(one: &Label, other: &Label, width: f64) -> bool {
    let characters = one.text.chars().count() + other.text.chars().count();
    let needed = characters.to_f64().unwrap_or_default() / 2.0 * CHARACTER + GAP;
    (one.at - other.at).abs() * width >= needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_round_and_never_too_low() {
        for (highest, step, steps) in [
            (0, 1, 1),
            (1, 1, 1),
            (4, 1, 4),
            (5, 2, 3),
            (9, 5, 2),
            (61, 20, 4),
            (205, 100, 3),
            (1_000_000, 500_000, 2),
        ] {
            let scale = Scale::up_to(highest);
            assert_eq!((scale.step, scale.steps), (step, steps), "{highest}");
        }
    }

    #[test]
    fn labels_keep_apart_and_a_wide_screen_shows_more() {
        let labels: Vec<Label> =
            (0..17).map(|n| Label { at: f64::from(n) / 17.0, text: "2006".to_owned() }).collect();
        let shown = |classes: &[&str]| {
            let fitting = fitting(&labels).filter(|(_, from)| classes.contains(from));
            fitting.map(|(label, _)| label.at * 17.0).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[""]), [0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
        assert_eq!(shown(&["", " wide"]), [0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
        assert_eq!(shown(&["", " wide", " widest"]).len(), 17);
        let far = [Label { at: 0.0, text: "1".into() }, Label { at: 1.0, text: "2".into() }];
        assert!(fitting(&far).all(|(_, from)| from.is_empty()));
    }
}

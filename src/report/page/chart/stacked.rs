//! Columns of parts that stand on each other.

use bigdecimal::ToPrimitive;

use super::axis::{ABOVE, BELOW, HEIGHT, Label, Scale, draw_labels};
use super::{Frame, Html, Shade, pixels, share};

/// So many columns fill the width; fewer leave it free to the right.
const FEW: usize = 12;
/// How much of its place a column takes.
const THICKNESS: f64 = 0.78;

/// One column.
pub(crate) struct Column {
    /// What it stands for.
    pub(crate) name: String,
    /// A label at its foot, where it can have one.
    pub(crate) tick: Option<String>,
    /// A label above it, where it can have one.
    pub(crate) above: Option<String>,
    pub(crate) parts: Vec<Part>,
}

/// A part of a column.
pub(crate) struct Part {
    pub(crate) shade: Shade,
    pub(crate) count: i64,
    /// What is counted.
    pub(crate) word: &'static str,
}

impl Column {
    fn height(&self) -> i64 {
        self.parts.iter().map(|part| part.count).sum()
    }
}

/// Draws the columns from left to right; a part of nothing leaves no mark.
pub(crate) fn draw(html: &mut Html, frame: &Frame<'_>, columns: &[Column]) {
    let scale = Scale::up_to(columns.iter().map(Column::height).max().unwrap_or_default());
    let places = columns.len().max(FEW).to_f64().unwrap_or(1.0);
    let middle = |place: usize| (place.to_f64().unwrap_or_default() + 0.5) / places;
    frame.draw(html, ABOVE + HEIGHT + BELOW, |html| {
        scale.draw(html);
        for (place, column) in columns.iter().enumerate() {
            let left = middle(place) - THICKNESS / 2.0 / places;
            draw_column(html, column, &scale, (left, THICKNESS / places));
        }
        let labels = |text: fn(&Column) -> Option<&String>| -> Vec<Label> {
            let texts = columns.iter().enumerate();
            texts
                .filter_map(|(place, column)| {
                    Some(Label { at: middle(place), text: text(column)?.clone() })
                })
                .collect()
        };
        let foot = labels(|column| column.tick.as_ref());
        draw_labels(html, &foot, ABOVE + HEIGHT + 18.0, "tick");
        let above = labels(|column| column.above.as_ref());
        draw_labels(html, &above, ABOVE - 9.0, "tick");
    });
}

fn draw_column(html: &mut Html, column: &Column, scale: &Scale, (left, width): (f64, f64)) {
    let mut below = 0;
    for Part { shade, count, word } in column.parts.iter().filter(|part| part.count > 0) {
        let foot = scale.y(below.to_f64().unwrap_or_default());
        below += count;
        let top = scale.y(below.to_f64().unwrap_or_default());
        let class = format!("mark {}", shade.class());
        html.element(
            "rect",
            &[
                ("class", &class),
                ("x", &share(left)),
                ("width", &share(width)),
                ("y", &pixels(top)),
                ("height", &pixels(foot - top)),
            ],
            |html| html.leaf("title", &[], &format!("{}: {count} {word}", column.name)),
        );
    }
}

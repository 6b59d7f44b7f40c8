//! Bars that lie, each under its name.

use super::{Frame, Html, pixels, share};

const ROW: f64 = 46.0;
const THICKNESS: f64 = 14.0;

/// One bar, or a name alone where nothing is known.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) length: Option<f64>,
    /// The length in words.
    pub(crate) text: String,
}

/// Draws the bars from the top down.
pub(crate) fn draw(html: &mut Html, frame: &Frame<'_>, bars: &[Bar]) {
    let longest = bars.iter().filter_map(|bar| bar.length).fold(f64::MIN_POSITIVE, f64::max);
    let tops = std::iter::successors(Some(0.0), |top| Some(top + ROW));
    let height: f64 = bars.iter().map(|_| ROW).sum();
    frame.draw(html, height, |html| {
        for (bar, top) in bars.iter().zip(tops) {
            let words = pixels(top + 16.0);
            html.leaf("text", &[("class", "name"), ("x", "0"), ("y", &words)], &bar.name);
            html.leaf("text", &[("class", "amount"), ("x", "100%"), ("y", &words)], &bar.text);
            let y = pixels(top + 23.0);
            let (thick, length) = (pixels(THICKNESS), bar.length.unwrap_or_default() / longest);
            let track =
                [("class", "track"), ("x", "0"), ("y", &y), ("width", "100%"), ("height", &thick)];
            html.leaf("rect", &track, "");
            if bar.length.is_some() {
                let width = share(length);
                html.element(
                    "rect",
                    &[
                        ("class", "mark total"),
                        ("x", "0"),
                        ("y", &y),
                        ("width", &width),
                        ("height", &thick),
                    ],
                    |html| html.leaf("title", &[], &format!("{}: {}", bar.name, bar.text)),
                );
            }
        }
    });
}

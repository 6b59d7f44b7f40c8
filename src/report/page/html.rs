//! Markup in which nothing that was read can act: what was not written by us in advance is always escaped.

use crate::model::shown::shown;

/// The longest text, in characters; a path that is drawn may be longer.
const LONGEST: usize = 500;

/// The attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// A piece of a page.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Markup of our own: a text that was there before the program ran.
    pub(super) fn ours(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// A text, whatever is in it: nothing acts, neither in the markup nor on the screen.
    pub(super) fn text(&mut self, text: &str) {
        self.0.push_str(&escaped(&shown(text, LONGEST)));
    }

    /// An element with what stands in it.
    pub(super) fn element(
        &mut self,
        tag: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(tag, attributes);
        inside(self);
        self.close(tag);
    }

    /// An element of text.
    pub(super) fn leaf(&mut self, tag: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(tag, attributes, |html| html.text(text));
    }

    fn open(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.0.push_str(&escaped(&shown(value, usize::MAX)));
            self.0.push('"');
        }
        self.0.push('>');
    }

    fn close(&mut self, tag: &'static str) {
        self.0.push_str("</");
        self.0.push_str(tag);
        self.0.push('>');
        if !matches!(tag, "a" | "b" | "code" | "span" | "title" | "td" | "th") {
            self.0.push('\n');
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Text as it may stand between tags and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_stays_text() {
        let mut html = Html::default();
        let name = "<img src=x onerror=\"alert('1')\"> & \u{1b}[31m\u{202e}\n";
        html.leaf("td", &[("title", name)], name);
        let text = "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; \\x1b[31m\\u{202e}\\x0a";
        assert_eq!(html.into_text(), format!("<td title=\"{text}\">{text}</td>"));
    }
}

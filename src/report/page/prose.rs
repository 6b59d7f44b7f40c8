//! The definitions of the figures as a page shows them: paragraphs, lists, names and stress of `docs/FIGURES.md`.

use super::html::Html;

/// Writes a section.
pub(super) fn write(html: &mut Html, section: &str) {
    for paragraph in section.split("\n\n") {
        if paragraph.starts_with("- ") {
            html.element("ul", &[], |html| {
                for item in paragraph.trim_start_matches("- ").split("\n- ") {
                    html.element("li", &[], |html| inline(html, item));
                }
            });
        } else if !paragraph.trim().is_empty() {
            html.element("p", &[], |html| inline(html, paragraph));
        }
    }
}

/// What stands between two marks of one kind is an element; a mark without a second one is none.
fn inline(html: &mut Html, text: &str) {
    let mut rest = text;
    while let Some((before, tag, inside, after)) = next_marked(rest) {
        words(html, before);
        html.element(tag, &[], |html| words(html, inside));
        rest = after;
    }
    words(html, rest);
}

fn next_marked(text: &str) -> Option<(&str, &'static str, &str, &str)> {
    let marked = |mark: &str, tag| {
        let (before, rest) = text.split_once(mark)?;
        let (inside, after) = rest.split_once(mark)?;
        Some((before, tag, inside, after))
    };
    let (code, stress) = (marked("`", "code"), marked("**", "b"));
    match (code, stress) {
        (Some(code), Some(stress)) => {
            Some(if code.0.len() < stress.0.len() { code } else { stress })
        }
        (code, stress) => code.or(stress),
    }
}

/// A line ends where the page is wide enough, not where the file was.
fn words(html: &mut Html, text: &str) {
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            html.text(" ");
        }
        html.text(if number > 0 { line.trim_start() } else { line });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_names_and_stress_are_written() {
        let mut html = Html::default();
        write(
            &mut html,
            "Launches\nof <all>.\n\n- **Flown**: not `upcoming`\n  at the source.\n- a ` alone",
        );
        assert_eq!(
            html.into_text(),
            "<p>Launches of &lt;all&gt;.</p>\n<ul><li><b>Flown</b>: not <code>upcoming</code> at the \
             source.</li>\n<li>a ` alone</li>\n</ul>\n"
        );
    }
}

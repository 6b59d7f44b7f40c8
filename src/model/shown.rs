//! Text of a stranger made fit for one line of a terminal.

use std::fmt::Write as _;

/// The text's first characters, at most `most`, none of which acts: what would is shown as `\x1b` or `\u{202e}`.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for c in text.chars().take(most) {
        let code = u32::from(c);
        let written = if c.is_control() {
            write!(shown, "\\x{code:02x}")
        } else if is_invisible(c) {
            write!(shown, "\\u{{{code:04x}}}")
        } else {
            shown.push(c);
            Ok(())
        };
        // Writing to a String does not fail.
        written.unwrap_or_default();
    }
    shown
}

/// Turns the direction of the text, ends the line, or has no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_and_nothing_is_too_long() {
        assert_eq!(shown("\u{1b}[2J\r\n\u{9b}\u{7}\0", 60), "\\x1b[2J\\x0d\\x0a\\x9b\\x07\\x00");
        assert_eq!(shown("a\u{202e}b\u{2028}", 60), "a\\u{202e}b\\u{2028}");
        assert_eq!(shown("Pâques d'été \"x\" 🚀", 60), "Pâques d'été \"x\" 🚀");
        assert_eq!(shown("éèà", 2), "éè");
    }
}

//! A field of CSV as RFC 4180 has it, and nothing that a spreadsheet would run.

/// A text as a field: `""` where it is empty, so that it is told from NULL, which is nothing at all.
pub(super) fn field(text: &str) -> String {
    let harmless = if is_formula(text) { "'" } else { "" };
    if text.is_empty() || text.contains([',', '"', '\r', '\n']) {
        format!("\"{harmless}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{harmless}{text}")
    }
}

/// Whether a spreadsheet would run the text. A number is none, whatever its sign.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'])
        && !is_number(text)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_made_harmless_and_a_number_is_left_alone() {
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
        assert_eq!(field("+1-800"), "'+1-800");
        assert_eq!(field("-cmd"), "'-cmd");
        assert_eq!(field("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(field("＝1"), "'＝1");
        assert_eq!(field("\tx"), "'\tx");
        assert_eq!(field("\0x"), "'\0x");
        assert_eq!(field("\rx"), "\"'\rx\"");
        assert_eq!(field("\nx"), "\"'\nx\"");
        assert_eq!(field("-"), "'-");
        assert_eq!(field("-12541.70"), "-12541.70");
        assert_eq!(field("a=b"), "a=b");
    }

    #[test]
    fn a_field_is_quoted_where_it_must_be() {
        assert_eq!(field("plain é"), "plain é");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(field("two\nlines"), "\"two\nlines\"");
        assert_eq!(field(""), "\"\"");
        assert_eq!(field("[\"a\",\"b\"]"), "\"[\"\"a\"\",\"\"b\"\"]\"");
    }
}

//! Masses: from a number's own text to whole hundredths, exactly, rounded once.

/// Hundredths of a kilogram.
pub(crate) type Hundredths = i64;

/// Where a numeric(10,2) ends: 1e8 kg.
pub(crate) const END: Hundredths = 10_000_000_000;

/// A mass that is negative, or 1e8 kg or more once rounded; or text that is no number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OutOfRange;

/// Reads the text of a JSON number, rounded to hundredths half away from zero.
pub(crate) fn hundredths(text: &str) -> Result<Hundredths, OutOfRange> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(OutOfRange);
    }
    let Some(first) = digits.iter().position(|digit| *digit != b'0') else { return Ok(0) };
    if negative {
        return Err(OutOfRange);
    }
    let significant = digits.get(first..).unwrap_or_default();
    // How many of the significant digits count whole hundredths.
    let places = count(whole.len()) - count(first) + 2;
    round(significant, places.saturating_add(power(exponent)?))
}

/// The power of ten; one that no number can hold counts as one that is far too large or too small.
fn power(exponent: &str) -> Result<i64, OutOfRange> {
    let digits = exponent.trim_start_matches(['+', '-']);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(OutOfRange);
    }
    let far = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(exponent.parse().unwrap_or(far))
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn round(significant: &[u8], places: i64) -> Result<Hundredths, OutOfRange> {
    let Ok(places) = usize::try_from(places) else { return Ok(0) };
    if places > 10 {
        return Err(OutOfRange);
    }
    let digit = |place: usize| i64::from(significant.get(place).map_or(0, |digit| digit - b'0'));
    let cut = (0..places).fold(0, |sum, place| sum * 10 + digit(place));
    let rounded = cut + i64::from(digit(places) >= 5);
    if rounded < END { Ok(rounded) } else { Err(OutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_form_are_read_exactly() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0e7", 0),
            ("20", 2_000),
            ("5383.85", 538_385),
            ("0.01", 1),
            ("1e3", 100_000),
            ("1E+3", 100_000),
            ("12.5e-1", 125),
            ("0.00125e3", 125),
            ("99999999.99", 9_999_999_999),
        ] {
            assert_eq!(hundredths(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (text, expected) in [
            ("5383.855", 538_386),
            ("5383.8549999999999999999999", 538_385),
            ("0.005", 1),
            ("0.004", 0),
            ("0.0049999", 0),
            ("9e-3", 1),
            ("1e-400", 0),
            ("1e-99999999999999999999", 0),
            ("99999999.994999", 9_999_999_999),
        ] {
            assert_eq!(hundredths(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_the_column_cannot_hold_is_refused() {
        for text in [
            "99999999.995",
            "1e8",
            "100000000",
            "1e308",
            "1e400",
            "1e99999999999999999999",
            "-1",
            "-0.001",
            "",
            "x",
            "1e",
        ] {
            assert_eq!(hundredths(text), Err(OutOfRange), "{text}");
        }
    }
}

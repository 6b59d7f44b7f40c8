//! Dates: RFC 3339 and nothing beside it, for what a lenient parser lets through the databases read differently.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, Utc};

/// The years a date may lie in.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1950..=2100;

/// Why a text is no date of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Another form, or a day or time that does not exist.
    Malformed,
    /// A real instant far from any launch.
    OutOfRange,
}

/// Reads `YYYY-MM-DDThh:mm:ss[.f]` with a zone: `Z`, `z` or `+hh:mm`; the fraction has one to six digits.
pub(crate) fn parse(text: &str) -> Result<DateTime<Utc>, Fault> {
    let instant = read(text.as_bytes()).ok_or(Fault::Malformed)?;
    if YEARS.contains(&instant.year()) { Ok(instant) } else { Err(Fault::OutOfRange) }
}

fn read(text: &[u8]) -> Option<DateTime<Utc>> {
    let mut rest = Rest(text);
    let year = rest.number(4)?;
    rest.expect(b'-')?;
    let month = rest.number(2)?;
    rest.expect(b'-')?;
    let day = rest.number(2)?;
    rest.expect(b'T')?;
    let hour = rest.number(2)?;
    rest.expect(b':')?;
    let minute = rest.number(2)?;
    rest.expect(b':')?;
    let second = rest.number(2)?;
    let micros = rest.fraction()?;
    let zone = rest.zone()?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?;
    let instant = date.and_time(time).and_local_timezone(zone).single()?;
    Some(instant.to_utc())
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<u32> {
        (0..digits).try_fold(0, |number, _| {
            let digit = self.next().filter(u8::is_ascii_digit)?;
            Some(number * 10 + u32::from(digit - b'0'))
        })
    }

    /// Microseconds; none without a point.
    fn fraction(&mut self) -> Option<u32> {
        if self.0.first() != Some(&b'.') {
            return Some(0);
        }
        self.next()?;
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=6).contains(&digits) {
            return None;
        }
        let missing = u32::try_from(6 - digits).ok()?;
        Some(self.number(digits)? * 10_u32.pow(missing))
    }

    /// The zone, with which the text ends.
    fn zone(&mut self) -> Option<FixedOffset> {
        let sign = match self.next()? {
            b'Z' | b'z' => return self.0.is_empty().then(|| FixedOffset::east_opt(0))?,
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.number(2).filter(|hours| *hours < 24)?;
        self.expect(b':')?;
        let minutes = self.number(2).filter(|minutes| *minutes < 60)?;
        let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
        self.0.is_empty().then(|| FixedOffset::east_opt(sign * seconds))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_of_an_instant_is_the_same_instant() {
        let expected = utc("2022-05-06T09:42:00Z");
        for text in [
            "2022-05-06T09:42:00.000Z",
            "2022-05-06T09:42:00Z",
            "2022-05-06T09:42:00.000000z",
            "2022-05-06T15:12:00+05:30",
            "2022-05-05T23:42:00.0-10:00",
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        assert_eq!(parse("2022-05-06T09:42:00.000001Z"), Ok(utc("2022-05-06T09:42:00.000001Z")));
        assert_eq!(parse("2022-05-06T09:42:00.5Z"), Ok(utc("2022-05-06T09:42:00.500Z")));
        assert_eq!(parse("2020-02-29T23:59:59Z"), Ok(utc("2020-02-29T23:59:59Z")));
    }

    #[test]
    fn what_is_not_strictly_a_date_is_malformed() {
        for text in [
            "",
            "2022-05-06",
            "2022-05-06T09:42Z",
            "2022-05-06T09:42:00",
            "2022-05-06 09:42:00Z",
            "2022-05-06t09:42:00Z",
            "2022-02-30T00:00:00Z",
            "2022-13-01T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2022-05-06T24:00:00Z",
            "2022-05-06T09:60:00Z",
            "2022-05-06T09:42:00.Z",
            "2022-05-06T09:42:00.1234567Z",
            "2022-05-06T09:42:00+0530",
            "2022-05-06T09:42:00+24:00",
            "2022-05-06T09:42:00+05:60",
            "2022-05-06T09:42:00Z ",
            " 2022-05-06T09:42:00Z",
            "+262142-01-01T00:00:00Z",
            "22-05-06T09:42:00Z",
            "2022-05-06T09:42:00ZZ",
            "２022-05-06T09:42:00Z",
        ] {
            assert_eq!(parse(text), Err(Fault::Malformed), "{text}");
        }
    }

    #[test]
    fn years_end_where_they_are_said_to_end_in_utc() {
        assert!(parse("1950-01-01T00:00:00Z").is_ok());
        assert!(parse("2100-12-31T23:59:59.999999Z").is_ok());
        for text in [
            "1949-12-31T23:59:59.999Z",
            "2101-01-01T00:00:00Z",
            "1950-01-01T00:00:00+00:01",
            "2100-12-31T23:59:00-00:01",
            "0000-01-01T00:00:00Z",
            "9999-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), Err(Fault::OutOfRange), "{text}");
        }
    }
}

//! The time that a chart shows, from left to right.

use bigdecimal::ToPrimitive;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};

use super::axis::Label;

/// The labels at the foot are no more than these, however long the time.
const YEARS: usize = 100;

/// From the first moment to the last.
pub(crate) struct Span {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Span {
    /// Around all of these; none around nothing.
    pub(crate) fn around(moments: impl Iterator<Item = DateTime<Utc>> + Clone) -> Option<Self> {
        Some(Self { from: moments.clone().min()?, to: moments.max()? })
    }

    /// Where a moment stands, from 0 to 1.
    pub(crate) fn share(&self, at: DateTime<Utc>) -> f64 {
        let seconds = |at: DateTime<Utc>| (at - self.from).num_seconds().to_f64().unwrap_or(0.0);
        let whole = seconds(self.to);
        if whole > 0.0 { seconds(at) / whole } else { 0.5 }
    }

    /// The years that begin within; where none does, the days at both ends.
    pub(crate) fn labels(&self) -> Vec<Label> {
        let years = self.from.year() + 1..=self.to.year();
        let step = years.clone().count() / YEARS + 1;
        let begin =
            |year| Some(NaiveDate::from_ymd_opt(year, 1, 1)?.and_time(NaiveTime::MIN).and_utc());
        let years = years.step_by(step).filter_map(|year| {
            Some(Label { at: self.share(begin(year)?), text: year.to_string() })
        });
        let years: Vec<Label> = years.collect();
        if !years.is_empty() {
            return years;
        }
        let mut days = vec![self.from];
        days.extend((self.from.date_naive() != self.to.date_naive()).then_some(self.to));
        let label =
            |at: DateTime<Utc>| Label { at: self.share(at), text: at.date_naive().to_string() };
        days.into_iter().map(label).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: &str, to: &str) -> Vec<(String, String)> {
        let ends = [from, to].map(|at| at.parse::<DateTime<Utc>>().unwrap());
        let labels = Span::around(ends.into_iter()).unwrap().labels();
        labels.into_iter().map(|Label { at, text }| (format!("{at:.2}"), text)).collect()
    }

    #[test]
    fn years_are_named_where_they_begin_and_days_where_none_does() {
        let named = |labels: Vec<(String, String)>| {
            labels.into_iter().map(|(at, text)| format!("{text} at {at}")).collect::<Vec<_>>()
        };
        assert_eq!(
            named(labels("2006-07-02T00:00:00Z", "2008-07-02T00:00:00Z")),
            ["2007 at 0.25", "2008 at 0.75"]
        );
        assert_eq!(
            named(labels("2006-03-24T00:00:00Z", "2006-03-26T00:00:00Z")),
            ["2006-03-24 at 0.00", "2006-03-26 at 1.00"]
        );
        assert_eq!(
            named(labels("2006-03-24T01:00:00Z", "2006-03-24T01:00:00Z")),
            ["2006-03-24 at 0.50"]
        );
        assert!(labels("0001-03-24T00:00:00Z", "9998-03-24T00:00:00Z").len() <= 101);
    }
}

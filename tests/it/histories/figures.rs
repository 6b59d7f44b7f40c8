//! The published numbers, computed once more from their definitions, in whole numbers.

use std::collections::BTreeSet;

use super::documents::Launch;

/// Every figure of these launches, as the columns of a snapshot show them.
pub(crate) fn figures(launches: &[&Launch]) -> Vec<String> {
    let count = |matches: &dyn Fn(&Launch) -> bool| {
        i128::try_from(launches.iter().filter(|launch| matches(launch)).count()).expect("a count")
    };
    let total = count(&|_| true);
    let (won, lost) = (count(&|l| l.success == Some(true)), count(&|l| l.success == Some(false)));
    let sites: BTreeSet<_> = launches.iter().filter_map(|launch| launch.pad.as_ref()).collect();
    let masses: Vec<i128> = launches.iter().filter_map(|l| l.mass).map(i128::from).collect();
    let delays: Vec<i128> = launches
        .iter()
        .filter(|launch| !launch.upcoming)
        .filter_map(|launch| (launch.date - launch.static_fire?).num_microseconds())
        .filter(|delay| *delay >= 0)
        .map(i128::from)
        .collect();
    let dates = || launches.iter().map(|launch| super::lines::instant(Some(launch.date)));
    vec![
        total.to_string(),
        won.to_string(),
        lost.to_string(),
        count(&|launch| launch.upcoming).to_string(),
        quotient(won * 100, total),
        quotient(won * 100, won + lost),
        dates().min().unwrap_or_else(|| "NULL".to_owned()),
        dates().max().unwrap_or_else(|| "NULL".to_owned()),
        sites.len().to_string(),
        quotient(masses.iter().sum(), 100 * length(&masses)),
        quotient(delays.iter().sum(), 3_600_000_000 * length(&delays)),
    ]
}

fn length(numbers: &[i128]) -> i128 {
    i128::try_from(numbers.len()).expect("a count")
}

/// Two decimals, rounded half away from zero; of nothing there is no figure.
fn quotient(sum: i128, divisor: i128) -> String {
    if divisor == 0 {
        return "NULL".to_owned();
    }
    let hundredths = (sum * 200 + divisor) / (2 * divisor);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

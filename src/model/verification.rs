//! What a verification of the database saw: checks by name, each with what it found.

use bigdecimal::BigDecimal;

/// Rows that a failed check shows; all are counted.
const SHOWN: usize = 10;

/// What a verification saw.
#[derive(Debug)]
pub(crate) struct Verification {
    pub(crate) checks: Vec<CheckResult>,
    /// Worth knowing, and no failure.
    pub(crate) notes: Vec<String>,
    /// Living launches, counted.
    pub(crate) total_launches: i64,
    /// Recomputed from them.
    pub(crate) success_rate: Option<BigDecimal>,
    pub(crate) snapshots: usize,
}

impl Verification {
    /// How many checks failed.
    pub(crate) fn failed(&self) -> usize {
        self.checks.iter().filter(|check| !check.passed()).count()
    }
}

/// One check.
#[derive(Debug)]
pub(crate) struct CheckResult {
    /// For scripts.
    pub(crate) name: &'static str,
    /// What holds where it passes.
    pub(crate) title: String,
    pub(crate) findings: Findings,
}

impl CheckResult {
    pub(crate) fn passed(&self) -> bool {
        self.findings.count == 0
    }
}

/// What a check found: the first rows, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) rows: Vec<String>,
    pub(crate) count: u64,
}

impl Findings {
    pub(crate) fn add(&mut self, row: impl Into<String>) {
        self.count += 1;
        if self.rows.len() < SHOWN {
            self.rows.push(row.into());
        }
    }

    pub(crate) fn named(self, name: &'static str, title: impl Into<String>) -> CheckResult {
        CheckResult { name, title: title.into(), findings: self }
    }
}

//! What a verification saw: a line for each check, and the rows of those that failed.

use std::io::{self, Write};

use serde_json::json;

use super::{SCHEMA_VERSION, json::number, line, percent};
use crate::model::shown::shown;
use crate::model::verification::{CheckResult, Verification};

/// The checks that answer what most people ask stand first, with the figures below them.
const FIRST: usize = 3;

/// The longest row that is printed, in characters.
const LONGEST: usize = 500;

/// Writes the checks for people.
pub(crate) fn text(out: &mut dyn Write, verification: &Verification) -> io::Result<()> {
    let Verification { checks, notes, total_launches, success_rate, snapshots } = verification;
    let (first, others) = checks.split_at(FIRST.min(checks.len()));
    for check in first {
        write_check(out, check)?;
    }
    let rate = percent(success_rate.as_ref());
    writeln!(
        out,
        "  total launches {total_launches}, success rate {rate}, number of snapshots {snapshots}"
    )?;
    for check in others {
        write_check(out, check)?;
    }
    for note in notes {
        writeln!(out, "  note: {}", shown(note, LONGEST))?;
    }
    match verification.failed() {
        0 => writeln!(out, "all {} checks passed", checks.len())?,
        failed => writeln!(out, "{failed} of {} checks failed", checks.len())?,
    }
    out.flush()
}

/// Writes the checks of a lake for people.
pub(crate) fn lake_text(out: &mut dyn Write, checks: &[CheckResult]) -> io::Result<()> {
    for check in checks {
        write_check(out, check)?;
    }
    match checks.iter().filter(|check| !check.passed()).count() {
        0 => writeln!(out, "all {} checks passed", checks.len())?,
        failed => writeln!(out, "{failed} of {} checks failed", checks.len())?,
    }
    out.flush()
}

/// Writes the checks of a lake for scripts.
pub(crate) fn lake_json(out: &mut dyn Write, checks: &[CheckResult]) -> io::Result<()> {
    let passed = checks.iter().all(CheckResult::passed);
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "status": if passed { "success" } else { "failed" },
            "checks": checks.iter().map(check_object).collect::<Vec<_>>(),
        }),
    )
}

fn check_object(check: &CheckResult) -> serde_json::Value {
    json!({
        "name": check.name,
        "title": check.title,
        "result": if check.passed() { "passed" } else { "failed" },
        "findings": check.findings.count,
        "rows": check.findings.rows,
    })
}

fn write_check(out: &mut dyn Write, check: &CheckResult) -> io::Result<()> {
    let CheckResult { title, findings, .. } = check;
    if check.passed() {
        return writeln!(out, "✓ {title}");
    }
    writeln!(out, "✗ {title}: {} found", findings.count)?;
    for row in &findings.rows {
        writeln!(out, "    {}", shown(row, LONGEST))?;
    }
    match findings.count.saturating_sub(findings.rows.len() as u64) {
        0 => Ok(()),
        more => writeln!(out, "    and {more} more"),
    }
}

/// Writes the checks for scripts.
pub(crate) fn json(out: &mut dyn Write, verification: &Verification) -> io::Result<()> {
    let checks: Vec<_> = verification.checks.iter().map(check_object).collect();
    let passed = verification.failed() == 0;
    line(
        out,
        &json!({
            "schema_version": SCHEMA_VERSION,
            "status": if passed { "success" } else { "failed" },
            "total_launches": verification.total_launches,
            "success_rate": number(verification.success_rate.as_ref()),
            "snapshots": verification.snapshots,
            "checks": checks,
            "notes": verification.notes,
        }),
    )
}

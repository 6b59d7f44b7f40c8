//! Whatever destroys data asks on a terminal, and wants `--yes` elsewhere.

use std::io::{self, IsTerminal, Write};

use crate::error::Error;
use crate::migrate::{MigrateError, Plan};

/// Comes back when the user wants what the plan takes back to go.
pub(super) fn agree(plan: &Plan, place: &str, yes: bool) -> Result<(), Error> {
    let reverted = plan.steps().reverted;
    if yes || reverted.is_empty() {
        return Ok(());
    }
    let question = format!(
        "this takes {} back from {place}, with all data in their tables",
        reverted.join(", ")
    );
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(MigrateError::refused(
            question,
            "type --yes if that is what you want, or --dry-run to see the SQL",
        )
        .into());
    }
    let mut answer = String::new();
    write!(io::stderr(), "{question}.\nGo on? [y/N] ")?;
    io::stderr().flush()?;
    io::stdin().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(MigrateError::refused("nothing was reverted", "answer y to go on").into()),
    }
}

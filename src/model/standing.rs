//! How the schema of a database stands to the one of this program.

/// The migrations of this program, and those of a database that it does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Version, title, and was it applied? One for each migration, in order.
    pub(crate) steps: Vec<(String, String, bool)>,
    /// Versions in the ledger that this program does not know.
    pub(crate) unknown: Vec<String>,
}

impl Standing {
    pub(crate) fn pending(&self) -> usize {
        self.steps.iter().filter(|(_, _, applied)| !applied).count()
    }
}

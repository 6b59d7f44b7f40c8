//! Asks the rules once more about what is in quarantine: rules change with the program, documents do not.

use super::{Done, Failed, Run, RunError};
use crate::db::{AnyConnection, DbError};
use crate::load::{Loader, launches, quarantine};
use crate::model::launch::Launch;
use crate::model::rejection::Entry;
use crate::model::run::Optimization;
use crate::source::reread;
use crate::validate::validate;

impl Run<'_> {
    /// Loads what keeps the rules by now, but never over a newer row; the rest stays where it is.
    pub(super) fn replay(&mut self, connection: &mut AnyConnection) -> Result<Done, Failed> {
        let has_launches =
            self.state.as_ref().is_some_and(|s| s.initial_load_completed_at.is_some());
        if !has_launches {
            return Err(RunError::NothingLoaded.into());
        }
        self.commit(connection, |run, connection| {
            let stamp = run.stamp(connection)?;
            let mut loader = Loader::begin(connection, stamp, run.request.batch_size)?;
            loader.expect_known();
            let entries = quarantine::list(connection, false)?;
            let mut good = Vec::new();
            for entry in &entries {
                good.extend(replayed(connection, entry)?);
            }
            let still_bad = entries.len() - good.len();
            loader.load(connection, good, &[])?;
            loader.count_rejected(still_bad);
            let optimization = Some(Optimization::None);
            run.finish(connection, &loader, Done { optimization, ..Done::default() })
        })
    }
}

/// The launch of an entry, if it is one that may be loaded.
fn replayed(connection: &mut AnyConnection, entry: &Entry) -> Result<Option<Launch>, DbError> {
    let document = reread(&entry.document);
    // The text of a document that was no UTF-8 is not what was served.
    if document.content_sha256 != entry.content_sha256 {
        return Ok(None);
    }
    let Ok(launch) = validate(document) else { return Ok(None) };
    let newer = launches::is_newer_than(connection, &launch.launch_id, entry.last_seen_at)?;
    Ok((!newer).then_some(launch))
}

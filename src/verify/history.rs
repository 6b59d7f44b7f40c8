//! What is checked version by version: the chain of each launch, fingerprints, tombstones, and what each run did.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::figures::{Sums, instant};
use super::snapshots::Snapshots;
use super::versions::{Seen, Version};
use crate::model::fingerprint::{FINGERPRINT_VERSION, fingerprint};
use crate::model::verification::{CheckResult, Findings};

/// The run that the database names where an UPDATE by hand named none.
pub(super) const BY_HAND: &str = "manual";

/// The figures as of one snapshot.
pub(super) struct AsOf {
    instant: DateTime<Utc>,
    pub(super) sums: Sums,
}

/// What the rows say that a run did.
#[derive(Debug, Default, Clone)]
pub(super) struct Made {
    pub(super) inserted: i64,
    pub(super) updated: i64,
    pub(super) deleted: i64,
    pub(super) restored: i64,
    /// All rows of a run carry one instant.
    pub(super) first: Option<DateTime<Utc>>,
    pub(super) last: Option<DateTime<Utc>>,
}

/// What the walk through the versions leaves.
pub(super) struct History {
    chain: Findings,
    neighbours: Findings,
    fingerprints: Findings,
    tombstones: Findings,
    by_hand: u64,
    adopted: u64,
    other_rule: u64,
    pub(super) made: HashMap<String, Made>,
    /// In the order of the snapshots that are recomputed.
    pub(super) as_of: Vec<AsOf>,
    pub(super) now: Sums,
    /// Latest `date_utc` of any version that had flown.
    pub(super) latest_flown: Option<DateTime<Utc>>,
}

impl History {
    pub(super) fn of(snapshots: &Snapshots) -> Self {
        let as_of = |instant| AsOf { instant, sums: Sums::default() };
        Self {
            chain: Findings::default(),
            neighbours: Findings::default(),
            fingerprints: Findings::default(),
            tombstones: Findings::default(),
            by_hand: 0,
            adopted: 0,
            other_rule: 0,
            made: HashMap::new(),
            as_of: snapshots.instants().map(as_of).collect(),
            now: Sums::default(),
            latest_flown: None,
        }
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>) {
        match seen {
            Seen::Orphan(version) => self.chain.add(format!(
                "launch {}: revision {} was kept, but its row in raw_launches is gone",
                version.launch_id, version.revision
            )),
            Seen::Version { before, version } => {
                let before = *before;
                self.see_chain(before, version);
                self.see_fingerprint(version);
                self.see_tombstone(version);
                self.see_run(before, version);
                self.see_figures(version);
            }
        }
    }

    fn see_chain(&mut self, before: Option<&Version>, version: &Version) {
        let Version { launch_id, revision, .. } = version;
        let expected = before.map_or(1, |before| before.revision + 1);
        if *revision != expected {
            self.chain.add(format!(
                "launch {launch_id}: revision {revision} stands where {expected} is expected"
            ));
        }
        if let Some(end) = version.valid_to.filter(|end| *end <= version.valid_from) {
            self.chain.add(format!(
                "launch {launch_id}: revision {revision} ends at {}, before it began",
                instant(end)
            ));
        }
        let Some(before) = before else { return };
        if before.valid_to != Some(version.valid_from) {
            self.chain.add(format!(
                "launch {launch_id}: revision {} ends at {}, revision {revision} begins at {}",
                before.revision,
                before.valid_to.map(instant).unwrap_or_default(),
                instant(version.valid_from)
            ));
        }
        if before.ended_by_run_id != version.pipeline_run_id {
            self.chain.add(format!(
                "launch {launch_id}: revision {} was ended by run {}, revision {revision} was made by {}",
                before.revision,
                before.ended_by_run_id.as_deref().unwrap_or("unknown"),
                version.pipeline_run_id.as_deref().unwrap_or("unknown")
            ));
        }
        if before.content == version.content {
            self.neighbours.add(format!(
                "launch {launch_id}: revisions {} and {revision} are the same",
                before.revision
            ));
        }
    }

    fn see_fingerprint(&mut self, version: &Version) {
        let Version { launch_id, revision, .. } = version;
        let Some(stored) = &version.fingerprint else {
            match version.pipeline_run_id.as_deref() {
                Some(BY_HAND) | None => {}
                Some(run) => self.fingerprints.add(format!(
                    "launch {launch_id}: revision {revision} of run {run} has no fingerprint"
                )),
            }
            return;
        };
        if !stored.starts_with(&format!("{FINGERPRINT_VERSION}:")) && has_rule(stored) {
            self.other_rule += 1;
            return;
        }
        let recomputed = version.content.tracked().map(|tracked| fingerprint(&tracked));
        if recomputed.as_ref() != Some(stored) {
            self.fingerprints.add(format!(
                "launch {launch_id}: revision {revision} does not have the fingerprint of its columns"
            ));
        }
    }

    fn see_tombstone(&mut self, version: &Version) {
        let Version { launch_id, revision, .. } = version;
        let Some(deleted_at) = version.content.deleted_at else { return };
        if version.pipeline_run_id.as_deref() == Some(BY_HAND) {
            return;
        }
        if *revision == 1 {
            self.tombstones.add(format!(
                "launch {launch_id}: was never living, its first revision is a tombstone"
            ));
        } else if deleted_at.0 != version.valid_from {
            self.tombstones.add(format!(
                "launch {launch_id}: vanished at {}, but revision {revision} is of {}",
                instant(deleted_at.0),
                instant(version.valid_from)
            ));
        }
    }

    fn see_run(&mut self, before: Option<&Version>, version: &Version) {
        let run = match version.pipeline_run_id.as_deref() {
            None => {
                self.adopted += 1;
                return;
            }
            Some(BY_HAND) => {
                self.by_hand += 1;
                return;
            }
            Some(run) => run,
        };
        if !self.made.contains_key(run) {
            self.made.insert(run.to_owned(), Made::default());
        }
        let Some(made) = self.made.get_mut(run) else { return };
        let was = before.map(|before| before.content.is_tombstone());
        match (was, version.content.is_tombstone()) {
            (None, _) => made.inserted += 1,
            (Some(false), true) => made.deleted += 1,
            (Some(true), false) => made.restored += 1,
            (Some(_), _) => made.updated += 1,
        }
        made.first = Some(made.first.map_or(version.valid_from, |at| at.min(version.valid_from)));
        made.last = made.last.max(Some(version.valid_from));
    }

    fn see_figures(&mut self, version: &Version) {
        let Version { content, valid_from, valid_to, .. } = version;
        if valid_to.is_none() {
            self.now.add(content);
        }
        if content.upcoming == Some(false) {
            self.latest_flown = self.latest_flown.max(Some(content.date_utc.0));
        }
        for as_of in &mut self.as_of {
            if *valid_from <= as_of.instant && valid_to.is_none_or(|end| as_of.instant < end) {
                as_of.sums.add(content);
            }
        }
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.by_hand > 0 {
            notes.push(format!("{} versions were made by hand, not by a run", self.by_hand));
        }
        if self.adopted > 0 {
            notes.push(format!("{} versions are from before the first run", self.adopted));
        }
        if self.other_rule > 0 {
            notes.push(format!(
                "{} fingerprints were made by another version of the rule, and were not recomputed",
                self.other_rule
            ));
        }
        notes
    }

    pub(super) fn into_checks(self) -> [CheckResult; 4] {
        [
            self.chain.named(
                "history",
                "the revisions of each launch are 1..n, each beginning where the one before it ended",
            ),
            self.neighbours.named("revisions_differ", "each revision differs from the one before it"),
            self.fingerprints.named("fingerprints", "each fingerprint is that of its columns"),
            self.tombstones.named("tombstones", "each tombstone was set by the revision that carries it"),
        ]
    }
}

/// Whether a version of the rule stands in front.
fn has_rule(fingerprint: &str) -> bool {
    fingerprint.split_once(':').is_some_and(|(rule, _)| rule.parse::<u32>().is_ok())
}

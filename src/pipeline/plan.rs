//! What kind of run it will be: a pure function of what was asked for and what is known.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::load::state::State;
use crate::model::fingerprint::FINGERPRINT_VERSION;
use crate::model::run::{RunKind, RunMode, RunRequest};

/// Decides, before the source is asked anything.
pub(super) fn plan(state: Option<&State>, request: &RunRequest, now: DateTime<Utc>) -> RunKind {
    let loaded = state.filter(|state| state.initial_load_completed_at.is_some());
    match (request.mode, loaded) {
        (RunMode::Recompute, _) => RunKind::Recompute,
        (RunMode::Replay, _) => RunKind::Replay,
        (_, None) => RunKind::Initial,
        (RunMode::Backfill(window), Some(_)) => RunKind::Backfill(window),
        (RunMode::Full, Some(_)) => RunKind::Full,
        (_, Some(state)) if state.fingerprint_version != FINGERPRINT_VERSION => RunKind::Full,
        (RunMode::Reconcile, Some(_)) => RunKind::Reconcile,
        (RunMode::Ordinary, Some(state)) if reconcile_is_due(state, request, now) => {
            RunKind::Reconcile
        }
        (RunMode::Ordinary, Some(_)) => RunKind::Ordinary,
    }
}

fn reconcile_is_due(state: &State, request: &RunRequest, now: DateTime<Utc>) -> bool {
    state.reconcile_due || is_older(state.last_reconciled_at, request.reconcile_after, now)
}

/// An instant that was never, or that lies in the future of a clock that went back, counts as long ago.
fn is_older(instant: Option<DateTime<Utc>>, age: Duration, now: DateTime<Utc>) -> bool {
    let age_of = |instant: DateTime<Utc>| (now - instant).to_std().ok();
    instant.and_then(age_of).is_none_or(|passed| passed > age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::SourceKind;

    const NOW: &str = "2022-11-01T12:00:00Z";

    fn request(mode: RunMode) -> RunRequest {
        RunRequest {
            mode,
            dry_run: false,
            allow_mass_deletion: false,
            lookback: Duration::ZERO,
            reconcile_after: Duration::from_hours(20),
            batch_size: 100,
        }
    }

    fn state(reconciled: &str) -> State {
        State {
            source_kind: SourceKind::Api,
            fingerprint_version: FINGERPRINT_VERSION,
            watermark: None,
            initial_load_completed_at: Some(NOW.parse().unwrap()),
            last_checked_at: None,
            last_changed_at: None,
            last_reconciled_at: Some(reconciled.parse().unwrap()),
            reconcile_due: false,
            load: None,
        }
    }

    fn kind(state: Option<&State>, mode: RunMode) -> RunKind {
        plan(state, &request(mode), NOW.parse().unwrap())
    }

    #[test]
    fn without_a_complete_load_every_run_is_an_initial_one() {
        let unfinished = State { initial_load_completed_at: None, ..state(NOW) };
        for mode in [RunMode::Ordinary, RunMode::Reconcile, RunMode::Full] {
            assert_eq!(kind(None, mode), RunKind::Initial);
            assert_eq!(kind(Some(&unfinished), mode), RunKind::Initial);
        }
    }

    #[test]
    fn a_reconcile_is_due_by_age_by_mark_and_by_a_clock_that_went_back() {
        let ordinary = |state: &State| kind(Some(state), RunMode::Ordinary);
        assert_eq!(ordinary(&state("2022-10-31T16:00:00Z")), RunKind::Ordinary);
        assert_eq!(ordinary(&state("2022-10-31T15:59:59Z")), RunKind::Reconcile);
        assert_eq!(ordinary(&state("2022-11-01T12:00:01Z")), RunKind::Reconcile);
        assert_eq!(ordinary(&State { last_reconciled_at: None, ..state(NOW) }), RunKind::Reconcile);
        assert_eq!(ordinary(&State { reconcile_due: true, ..state(NOW) }), RunKind::Reconcile);
    }

    #[test]
    fn a_new_rule_of_the_fingerprint_asks_for_everything() {
        let old = State { fingerprint_version: FINGERPRINT_VERSION - 1, ..state(NOW) };
        assert_eq!(kind(Some(&old), RunMode::Ordinary), RunKind::Full);
        assert_eq!(kind(Some(&old), RunMode::Reconcile), RunKind::Full);
    }

    #[test]
    fn what_was_asked_for_is_what_is_done() {
        assert_eq!(kind(Some(&state(NOW)), RunMode::Reconcile), RunKind::Reconcile);
        assert_eq!(kind(Some(&state(NOW)), RunMode::Full), RunKind::Full);
        assert_eq!(kind(Some(&state(NOW)), RunMode::Recompute), RunKind::Recompute);
    }
}

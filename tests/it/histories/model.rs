//! What must be in the database after any history: written from what is promised, over plain maps. It knows no loader.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

use super::documents::{Document, Launch, Source};
use super::events::{Mode, Run};
use super::figures::figures;
use super::lines::instant;

#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) launch: Launch,
    pub(crate) without_mass: usize,
    pub(crate) deleted: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) launch: Option<String>,
    content: String,
    pub(crate) broken: Vec<String>,
    pub(crate) resolution: Option<&'static str>,
}

/// What a run says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) kind: &'static str,
    pub(crate) code: i32,
    pub(crate) early_exit: bool,
    pub(crate) fetched: u64,
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) deleted: u64,
    pub(crate) restored: u64,
    pub(crate) quarantined: u64,
}

/// A load that commits page by page: where it stands, and which run it is.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) cursor: String,
    run: usize,
    did: Answer,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) launches: BTreeMap<String, Vec<Version>>,
    pub(crate) quarantine: Vec<Entry>,
    pub(crate) snapshots: Vec<String>,
    pub(crate) runs: Vec<(&'static str, &'static str)>,
    pub(crate) loaded: bool,
    pub(crate) reconcile_due: bool,
    pub(crate) watermark: Option<DateTime<Utc>>,
    pub(crate) load: Option<Load>,
    pub(crate) answer: Answer,
}

impl Model {
    /// What a run may leave, one state after the other; the last one if nothing stops it.
    pub(crate) fn run(&self, run: &Run, source: &Source, now: DateTime<Utc>) -> Vec<Model> {
        let mut model = self.clone();
        let kind = match (run.mode, self.loaded) {
            (Mode::Recompute, _) => "recompute",
            (Mode::Replay, _) => "replay",
            (_, false) => "initial",
            (Mode::Window { .. }, _) => "backfill",
            (Mode::Full, _) => "full",
            (Mode::Ordinary, _) if !self.reconcile_due => "pipeline",
            _ => "reconcile",
        };
        model.answer = Answer { kind, ..Answer::default() };
        if run.dry_run {
            model.runs.push((kind, "running"));
            model.execute(kind, run, source, now);
            return vec![Model { answer: model.answer, ..self.clone() }];
        }
        let mut stages = vec![self.clone()];
        model.runs.iter_mut().filter(|(_, s)| *s == "running").for_each(|(_, s)| *s = "crashed");
        stages.push(model.clone());
        match model.load.clone() {
            Some(load) if kind == "initial" => {
                model.runs[load.run].1 = "running";
                model.answer = load.did;
            }
            _ => model.runs.push((kind, "running")),
        }
        stages.push(model.clone());
        if kind == "initial" {
            stages.extend(model.load_pages(run, source, now));
        } else {
            model.execute(kind, run, source, now);
            stages.push(model);
        }
        stages
    }

    /// The same state with the run under way marked as failed.
    pub(crate) fn failed(mut self) -> Model {
        self.runs.iter_mut().filter(|(_, s)| *s == "running").for_each(|(_, s)| *s = "failed");
        self
    }

    fn load_pages(&mut self, run: &Run, source: &Source, now: DateTime<Utc>) -> Vec<Model> {
        let cursor = self.load.as_ref().map(|load| load.cursor.clone());
        let index = self.load.as_ref().map_or(self.runs.len() - 1, |load| load.run);
        let documents: Vec<&Document> = source.documents.iter().collect();
        let mut stages = Vec::new();
        for page in pages(&documents, cursor.as_deref(), run.page_size) {
            self.take(&page, now, self.watermark);
            let cursor = page.iter().filter_map(|document| document.id.clone()).next_back();
            let did = self.answer.clone();
            let load = cursor.map(|cursor| Load { cursor, run: index, did });
            stages.push(Model { load, ..self.clone() });
        }
        stages.pop();
        // What vanished while it was cut only a reconcile can tell.
        self.reconcile_due = self.load.take().is_some();
        self.loaded = true;
        self.finish("initial", self.answer.fetched - self.answer.quarantined);
        self.runs[index].1 = "success";
        stages.push(self.clone());
        stages
    }

    fn execute(&mut self, kind: &'static str, run: &Run, source: &Source, now: DateTime<Utc>) {
        let done = match kind {
            "recompute" => {
                let can = !self.launches.is_empty() && self.load.is_none();
                if can {
                    self.snapshot("manual", 0);
                }
                can
            }
            "replay" => {
                let open =
                    self.quarantine.iter().filter(|entry| entry.resolution.is_none()).count();
                self.answer.fetched = u64::try_from(open).expect("a count");
                self.answer.quarantined = self.answer.fetched;
                self.loaded
            }
            _ if kind == "pipeline" && self.equals_latest(source) => {
                self.answer.early_exit = true;
                true
            }
            _ => return self.sweep(kind, run, source, now),
        };
        self.answer.code = if done { 0 } else { 2 };
        let status = if done { "success" } else { "failed" };
        self.runs.last_mut().expect("it was opened").1 = status;
    }

    /// Our row of the latest launch is as the source says, and none of ours is ahead of it.
    fn equals_latest(&self, source: &Source) -> bool {
        let found = source.documents.iter().find(|d| d.id.is_some() && d.id == source.latest);
        let (Some(found), Some(id)) = (found, &source.latest) else { return false };
        let (Some(ours), Some(theirs)) = (self.living(id), found.bare.clone()) else {
            return false;
        };
        let highest = self.all_living().filter(|l| !l.upcoming).map(|l| l.number).max();
        let as_ours = Launch { mass: ours.mass, ..theirs };
        !ours.upcoming && highest == Some(ours.number) && *ours == as_ours
    }

    fn sweep(&mut self, kind: &'static str, run: &Run, source: &Source, now: DateTime<Utc>) {
        let since = self.watermark.map(|mark| mark - Duration::days(30));
        let since = since.filter(|_| kind == "pipeline");
        let recent = source.latest.is_some() && since.is_some();
        let everything = !recent && kind != "backfill";
        let window = match run.mode {
            Mode::Window { back, days } if kind == "backfill" => Some(window(back, days)),
            _ => None,
        };
        let (first, last) = (asked(since.or(window.map(|w| w.0))), asked(window.map(|w| w.1)));
        let open: BTreeSet<String> = self.open_ids().collect();
        let is_upcoming = |id: &String| self.living(id).is_some_and(|launch| launch.upcoming);
        let is_asked_for = |document: &&Document| {
            let key = &document.key;
            let late = document.date_text.as_ref().is_some_and(|date| *date >= first);
            let early = document.date_text.as_ref().is_some_and(|date| *date < last);
            everything
                || window.is_some() && late && early
                || recent
                    && (document.upcoming == Some(true)
                        || document.upcoming == Some(false) && late
                        || is_upcoming(key)
                        || open.contains(key))
        };
        let asked_for: Vec<&Document> = source.documents.iter().filter(is_asked_for).collect();
        let served: BTreeSet<String> = asked_for.iter().filter_map(|d| d.id.clone()).collect();
        let before = self.watermark;
        let mark = if kind == "full" || kind == "initial" { None } else { before };
        let known = self.all_living().count();
        for page in pages(&asked_for, None, run.page_size) {
            self.take(&page, now, None);
        }
        self.watermark = asked_for.iter().filter_map(|d| d.flown(now)).chain(mark).max();
        if kind == "backfill" {
            self.watermark = before;
        }
        let mut plausible = true;
        if everything && asked_for.iter().all(|document| document.id.is_some()) {
            let ours = known + usize::try_from(self.answer.restored).expect("a count");
            plausible = self.vanish(&served, ours, run.allow_mass_deletion, &asked_for);
        }
        let is_within = |launch: &Launch| match window {
            Some((first, last)) => first <= launch.date && launch.date < last,
            None => recent && (launch.upcoming || since.is_some_and(|since| launch.date >= since)),
        };
        let lacks = |id: &String| !served.contains(id) && self.living(id).is_some_and(is_within);
        self.reconcile_due |= self.launches.keys().any(lacks);
        if everything && plausible {
            self.reconcile_due = false;
            self.loaded = true;
        }
        let kind_of_snapshot = match kind {
            "reconcile" | "full" => "reconcile",
            "initial" => "initial",
            _ => "incremental",
        };
        self.finish(kind_of_snapshot, self.answer.inserted + self.answer.restored);
        self.answer.code = i32::from(!plausible);
        let status = if plausible { "success" } else { "failed" };
        self.runs.last_mut().expect("it was opened").1 = status;
    }

    fn take(&mut self, page: &[&Document], now: DateTime<Utc>, mark: Option<DateTime<Utc>>) {
        self.watermark = page.iter().filter_map(|document| document.flown(now)).chain(mark).max();
        for document in page {
            self.answer.fetched += 1;
            match (&document.launch, &document.id) {
                (Ok(launch), Some(id)) => {
                    self.resolve("good", |entry| entry.launch.as_ref() == Some(id));
                    self.upsert(id, launch, document.without_mass);
                }
                (launch, _) => {
                    let broken = launch.clone().err().unwrap_or_default();
                    self.answer.quarantined += 1;
                    self.keep(document, broken);
                }
            }
        }
    }

    fn upsert(&mut self, id: &str, launch: &Launch, without_mass: usize) {
        let new = Version { launch: launch.clone(), without_mass, deleted: false };
        let versions = self.launches.entry(id.to_owned()).or_default();
        match versions.last_mut() {
            None => self.answer.inserted += 1,
            Some(last) if last.deleted => self.answer.restored += 1,
            Some(last) if last.launch != *launch => self.answer.updated += 1,
            Some(last) => {
                self.answer.unchanged += 1;
                last.without_mass = without_mass;
                return;
            }
        }
        versions.push(new);
    }

    fn keep(&mut self, document: &Document, broken: Vec<String>) {
        let Document { id, content, .. } = document;
        let same = |entry: &&mut Entry| {
            entry.resolution.is_none()
                && entry.launch == *id
                && (id.is_some() || entry.content == *content)
        };
        let entry =
            Entry { launch: id.clone(), content: content.clone(), broken, resolution: None };
        match self.quarantine.iter_mut().find(same) {
            Some(open) => *open = entry,
            None => self.quarantine.push(entry),
        }
    }

    fn resolve(&mut self, how: &'static str, which: impl Fn(&Entry) -> bool) {
        let open = self.quarantine.iter_mut().filter(|entry| entry.resolution.is_none());
        open.filter(|entry| which(entry)).for_each(|entry| entry.resolution = Some(how));
    }

    /// Marks what everything that was served lacks, unless that is too much to believe.
    fn vanish(
        &mut self,
        served: &BTreeSet<String>,
        ours: usize,
        believe: bool,
        documents: &[&Document],
    ) -> bool {
        let lacks = |id: &&String| !served.contains(*id) && self.living(id).is_some();
        let missing: Vec<String> = self.launches.keys().filter(lacks).cloned().collect();
        let too_many = missing.len() > 5 && missing.len() * 10 > ours;
        if !believe && (too_many || documents.is_empty() && !missing.is_empty()) {
            return false;
        }
        for id in &missing {
            let versions = self.launches.get_mut(id).expect("it is one of ours");
            let last = versions.last().expect("a version").clone();
            versions.push(Version { deleted: true, ..last });
            self.answer.deleted += 1;
        }
        let bad: BTreeSet<&String> =
            documents.iter().filter(|d| d.launch.is_err()).filter_map(|d| d.id.as_ref()).collect();
        self.resolve("vanished", |entry| entry.launch.as_ref().is_none_or(|id| !bad.contains(id)));
        true
    }

    fn finish(&mut self, kind_of_snapshot: &'static str, added: u64) {
        let Answer { inserted, updated, deleted, restored, .. } = self.answer;
        if inserted + updated + deleted + restored > 0 || kind_of_snapshot == "initial" {
            self.snapshot(kind_of_snapshot, added);
        }
    }

    fn snapshot(&mut self, kind: &str, added: u64) {
        let living: Vec<&Launch> = self.all_living().collect();
        let figures = figures(&living).join("|");
        self.snapshots.push(format!("{kind}|{added}|{}|{figures}", instant(self.watermark)));
    }

    fn living(&self, id: &str) -> Option<&Launch> {
        let last = self.launches.get(id)?.last()?;
        (!last.deleted).then_some(&last.launch)
    }

    fn all_living(&self) -> impl Iterator<Item = &Launch> {
        self.launches.keys().filter_map(|id| self.living(id))
    }

    fn open_ids(&self) -> impl Iterator<Item = String> {
        self.quarantine.iter().filter(|e| e.resolution.is_none()).filter_map(|e| e.launch.clone())
    }
}

/// Pages of so many documents, each beginning behind the last id of the one before; at least one.
fn pages<'a>(documents: &[&'a Document], after: Option<&str>, size: u32) -> Vec<Vec<&'a Document>> {
    let (mut pages, mut cursor) = (Vec::new(), after.unwrap_or_default().to_owned());
    loop {
        let left: Vec<&Document> = documents.iter().copied().filter(|d| d.key > cursor).collect();
        let size = usize::try_from(size).expect("a page");
        let page: Vec<&Document> = left.iter().copied().take(size).collect();
        cursor = page.iter().filter_map(|d| d.id.clone()).next_back().unwrap_or(cursor);
        let is_last = page.len() == left.len();
        pages.push(page);
        if is_last {
            return pages;
        }
    }
}

/// The window of a backfill: from so many days before November 2022 on, so many days long.
pub(crate) fn window(back: i64, days: i64) -> (DateTime<Utc>, DateTime<Utc>) {
    let november: DateTime<Utc> = "2022-11-01T00:00:00Z".parse().expect("a date");
    let first = november - Duration::days(back);
    (first, first + Duration::days(days))
}

/// An instant as the server's filters take it.
fn asked(instant: Option<DateTime<Utc>>) -> String {
    instant.map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()).unwrap_or_default()
}

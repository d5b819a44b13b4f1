//! The states of one run: where the power goes, where the disk fails, where bytes rot.
//!
//! For: choosing states by seed, judging each, counting. Invariants: a state is a disk that was
//! opened (or rightly refused) and compared with the model; what is counted was judged.

use crate::dice::Dice;
use crate::judge::{Closeness, Judged, judge};
use crate::model::Model;
use crate::record::Run;
use crate::report::{Failure, Kind, Report};
use base::disk::{Crash, FaultyDisk};
use std::time::Instant;

/// Explores one run until its states or the time are used up.
pub(crate) struct Explorer<'a> {
    pub(crate) run: &'a Run,
    pub(crate) report: &'a mut Report,
    pub(crate) until: Option<Instant>,
    pub(crate) dice: Dice,
}

impl<'a> Explorer<'a> {
    pub(crate) fn new(run: &'a Run, report: &'a mut Report, until: Option<Instant>) -> Self {
        let dice = Dice::new(run.seed, 2);
        Self {
            run,
            report,
            until,
            dice,
        }
    }

    /// All kinds of faults, each at places chosen by the run's seed.
    pub(crate) fn all(&mut self) {
        self.creations();
        self.faults(FAULTS_PER_RUN);
        self.kms_faults();
        self.rot(ROT_PER_RUN);
        self.recoveries(RECOVERIES_PER_RUN);
        self.restores(RESTORES_PER_RUN);
        self.power_cuts();
    }

    pub(crate) fn time_is_up(&self) -> bool {
        let now = Instant::now();
        self.until.is_some_and(|until| now >= until)
    }

    pub(crate) fn note<T>(
        &mut self,
        kind: Kind,
        place: &str,
        judged: Result<T, String>,
    ) -> Option<T> {
        self.report.count(kind);
        match judged {
            Ok(judged) => Some(judged),
            Err(what) => {
                self.report.fail(Failure {
                    run: self.run.seed,
                    kind,
                    place: place.to_owned(),
                    what,
                });
                None
            }
        }
    }

    /// Counts a state that was judged elsewhere.
    pub(crate) fn judged(&mut self, place: &str, judged: Result<(), String>) {
        self.note(Kind::Fault, place, judged);
    }

    /// The power goes behind every event.
    pub(crate) fn power_cuts(&mut self) {
        let mut replay = self.run.replay();
        let mut synced = true;
        for events in self.run.event_of(0)..=self.run.events() {
            if self.time_is_up() {
                return;
            }
            let pending = replay.pending();
            replay.advance(events);
            synced |= replay.pending() < pending;
            let seed = self.dice.next();
            let mut crashes = vec![Crash::Seeded(seed)];
            // What no sync has reached is the same behind every write until the next sync.
            if synced {
                crashes.push(Crash::KeepNothing);
                synced = false;
            }
            if replay.pending() < pending {
                crashes.push(Crash::KeepAll);
            }
            for crash in crashes {
                let closeness = match self.dice.below(32) {
                    0 => Closeness::WorkedOn,
                    1..3 => Closeness::Scrutinised,
                    _ => Closeness::Looked,
                };
                self.power_cut(&replay.power_cut(crash), events, crash, closeness);
            }
        }
    }

    /// One state after a power cut.
    pub(crate) fn power_cut(
        &mut self,
        disk: &FaultyDisk,
        events: usize,
        crash: Crash,
        closeness: Closeness,
    ) -> Option<Judged> {
        let acts = self.run.acknowledged_at(events)?;
        let roots = self.run.roots.at(events, disk);
        let judged = judge(disk, roots, self.run.candidates(acts), closeness);
        let doing = self.run.acts.get(acts);
        let place = format!("event {events}, {crash:?}, {closeness:?}, while {doing:?}");
        self.note(Kind::PowerCut, &place, judged)
    }

    /// The power goes again at some events of a recovery and of the first deposit after it.
    fn recoveries(&mut self, recoveries: usize) {
        for _ in 0..recoveries {
            if self.time_is_up() {
                return;
            }
            let first = self.run.event_of(0);
            let events = first + self.dice.below(self.run.events() - first + 1);
            let crash = Crash::Seeded(self.dice.next());
            self.recovery(events, crash);
        }
    }

    fn recovery(&mut self, events: usize, crash: Crash) {
        let Some(acts) = self.run.acknowledged_at(events) else {
            return;
        };
        let (disk, _) = self.run.disk.after_power_cut(events, crash);
        let roots = self.run.roots.at(events, &disk);
        disk.start_recording();
        let place = format!("recovery from event {events}, {crash:?}");
        let candidates = self.run.candidates(acts);
        let judged = judge(&disk, roots.clone(), candidates, Closeness::WorkedOn);
        let Some(judged) = self.note(Kind::PowerCut, &place, judged) else {
            return;
        };
        let mut models = candidates.to_vec();
        models.push(judged.model.clone());
        drop(judged);
        let last = disk.events();
        let mut replay = disk.replay();
        for again in 0..=last {
            if self.time_is_up() {
                return;
            }
            replay.advance(again);
            if again % RECOVERY_STRIDE != self.dice.below(RECOVERY_STRIDE) {
                continue;
            }
            let crash = Crash::Seeded(self.dice.next());
            let cut = replay.power_cut(crash);
            let judged = judge(&cut, roots.at(again, &cut), &models, Closeness::Looked);
            let place = format!("{place}, again at {again}, {crash:?}");
            self.note(Kind::Recovery, &place, judged);
        }
    }

    /// A bit of a closed store flips, or a page is that of an older commit.
    fn rot(&mut self, rots: usize) {
        let Some((disk, model)) = self.closed() else {
            return;
        };
        let files = disk.files();
        for _ in 0..rots {
            if self.time_is_up() {
                return;
            }
            let Some((name, length, at)) = self.byte_of(&files) else {
                return;
            };
            let rotten = disk.copy();
            if self.dice.below(2) == 0 {
                let bit = u8::try_from(self.dice.below(8)).unwrap_or(0);
                let flipped = rotten.flip(name, at, bit).map(|()| true);
                let place = format!("bit {bit} of byte {at} of {name}");
                self.rotten(Kind::BitFlip, &place, flipped, &rotten, &model);
            } else {
                self.stale(&rotten, (name, length, at), &model);
            }
        }
    }

    /// A byte of the disk, each as likely as any other: its file, that file's length, where.
    fn byte_of<'f>(&mut self, files: &'f [(String, u64)]) -> Option<(&'f str, u64, u64)> {
        let total: u64 = files.iter().map(|(_, length)| length).sum();
        let mut at = self.dice.next() % total.max(1);
        for (name, length) in files {
            if at < *length {
                return Some((name, *length, at));
            }
            at -= length;
        }
        None
    }

    /// The page around a byte is that of an older commit, if there is one that differs.
    fn stale(&mut self, disk: &FaultyDisk, place: (&str, u64, u64), model: &Model) {
        let (name, length, at) = place;
        let page = at / PAGE_BYTES * PAGE_BYTES;
        let bytes = usize::try_from((length - page).min(PAGE_BYTES)).unwrap_or(0);
        let first = self.run.event_of(0);
        for _ in 0..STALE_ATTEMPTS {
            let events = first + self.dice.below(self.run.events() - first + 1);
            let (older, _) = self.run.disk.after_power_cut(events, Crash::KeepAll);
            let stale = disk.make_stale(&older, name, page, bytes);
            if matches!(stale, Ok(true)) {
                let place = format!("page at {page} of {name} as behind event {events}");
                return self.rotten(Kind::StalePage, &place, stale, disk, model);
            }
        }
    }

    /// The store after all acts, closed.
    fn closed(&mut self) -> Option<(FaultyDisk, Model)> {
        let events = self.run.events();
        let (disk, _) = self.run.disk.after_power_cut(events, Crash::KeepAll);
        let roots = self.run.roots.at(events, &disk);
        let judged = judge(
            &disk,
            roots,
            self.run.candidates(self.run.acts.len()),
            Closeness::Looked,
        );
        let mut judged = self.note(Kind::PowerCut, "the end", judged)?;
        let closed = judged.play.close().map_err(|error| error.to_string());
        self.note(Kind::PowerCut, "closing", closed)?;
        Some((disk.copy(), judged.model))
    }

    fn rotten(
        &mut self,
        kind: Kind,
        place: &str,
        changed: std::io::Result<bool>,
        disk: &FaultyDisk,
        model: &Model,
    ) {
        if !matches!(changed, Ok(true)) {
            return;
        }
        let roots = self.run.roots.at(self.run.events(), disk);
        let outcome = crate::rot::outcome(disk, roots, model, kind == Kind::StalePage);
        if let Some(outcome) = self.note(kind, place, outcome) {
            self.report.outcome(kind, outcome);
        }
    }
}

const FAULTS_PER_RUN: usize = 24;
const ROT_PER_RUN: usize = 80;
const RESTORES_PER_RUN: usize = 12;
const RECOVERIES_PER_RUN: usize = 2;
const RECOVERY_STRIDE: usize = 3;
const PAGE_BYTES: u64 = 4096;
/// After so many pages that had not changed another byte is chosen.
const STALE_ATTEMPTS: usize = 8;

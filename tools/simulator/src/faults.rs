//! Faults that strike in the middle of an act: of the disk, and of the key store.
//!
//! For: planting one, doing the act, judging what comes of it. Invariants: a fault of the disk is
//! counted where an operation failed by it, under what failed and where; one that nothing met is
//! planted again, at an operation that the act was seen to make.

use crate::explore::Explorer;
use crate::judge::{Closeness, Judged, judge, judge_open, judge_play};
use crate::keys::KmsFault;
use crate::look::{Depth, look};
use crate::model::Model;
use crate::play::{Play, patients};
use crate::report::Kind;
use base::disk::{Crash, FaultPlan, Strike, Touch};

/// What goes wrong with an operation of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DiskFault {
    /// A sync fails.
    Sync,
    /// An operation fails.
    Broken,
    /// There is no space once.
    NoSpaceOnce,
    /// A sync finds no space.
    SyncFull,
    /// A read fails.
    Unread,
    /// There is no space from some byte on.
    NoSpaceLeft,
}

impl DiskFault {
    pub(crate) const ALL: [Self; 6] = [
        Self::Sync,
        Self::Broken,
        Self::NoSpaceOnce,
        Self::SyncFull,
        Self::Unread,
        Self::NoSpaceLeft,
    ];

    /// Strikes at this operation, read or byte, of a disk that holds so many bytes.
    fn plan(self, at: u64, used: u64) -> FaultPlan {
        let (mut plan, once) = (FaultPlan::default(), Some(at));
        match self {
            Self::Sync => plan.sync_fails_at = once,
            Self::Broken => plan.broken_at = once,
            Self::NoSpaceOnce => plan.full_at = once,
            Self::SyncFull => plan.sync_full_at = once,
            Self::Unread => plan.unread_at = once,
            Self::NoSpaceLeft => plan.capacity = Some(used + at),
        }
        plan
    }

    /// Where it would strike an act that was seen to do this.
    fn places(self, seen: &Seen) -> Vec<u64> {
        let numbered = (1..).zip(&seen.touches);
        let of = |touch: Touch| numbered.clone().filter(move |(_, it)| **it == touch);
        match self {
            Self::Sync | Self::SyncFull => of(Touch::Sync).map(|(at, _)| at).collect(),
            Self::NoSpaceOnce => of(Touch::Write).map(|(at, _)| at).collect(),
            Self::Broken => numbered.map(|(at, _)| at).collect(),
            Self::Unread => (1..=seen.reads).collect(),
            Self::NoSpaceLeft => vec![0, 100, 1_000, 4_000],
        }
    }

    /// At most where it is planted before anything is known of the act.
    const fn first_max(self) -> u64 {
        match self {
            Self::Sync | Self::SyncFull | Self::Broken | Self::NoSpaceOnce => 60,
            Self::Unread => 120,
            Self::NoSpaceLeft => 60_000,
        }
    }
}

/// What an act was seen to do to the disk, and what failed of it.
#[derive(Default)]
struct Seen {
    touches: Vec<Touch>,
    reads: u64,
    strike: Option<Strike>,
}

impl Explorer<'_> {
    /// An operation fails during an act; the process goes on or starts again, then the power
    /// goes.
    pub(crate) fn faults(&mut self, faults: usize) {
        for _ in 0..faults {
            if self.time_is_up() {
                return;
            }
            let acts = self.dice.below(self.run.acts.len());
            let fault = DiskFault::ALL[self.dice.below(DiskFault::ALL.len())];
            self.disk_fault(acts, fault);
        }
    }

    fn disk_fault(&mut self, acts: usize, fault: DiskFault) {
        let mut at = 1 + self.dice.next() % fault.first_max();
        for _ in 0..TIMES {
            let (judged, seen) = self.under_fault(acts, |play| {
                let used = play.disk.files().iter().map(|(_, length)| length).sum();
                play.disk.set_plan(fault.plan(at, used));
            });
            let place = format!("{fault:?} at {at}, while {:?}", self.run.acts[acts]);
            if let Some(strike) = &seen.strike {
                self.report.struck(fault, &strike.name);
            }
            if seen.strike.is_some() || judged.is_err() {
                return self.under(&place, judged);
            }
            let places = fault.places(&seen);
            if places.is_empty() {
                return;
            }
            at = places[self.dice.below(places.len())];
        }
    }

    /// Each call to the KMS fails, before or after it did what it was asked for.
    pub(crate) fn kms_faults(&mut self) {
        for fault in [KmsFault::Refused, KmsFault::AnswerLost] {
            let rotations = 0..self.run.acts.len();
            let rotations: Vec<_> = rotations
                .filter(|act| self.run.acts[*act].is_rotation())
                .collect();
            if rotations.is_empty() || self.time_is_up() {
                return;
            }
            let acts = rotations[self.dice.below(rotations.len())];
            let call = 1 + self.dice.next() % CALLS_OF_AN_ERASURE;
            let place = format!(
                "call {call} to the KMS: {fault:?}, while {:?}",
                self.run.acts[acts]
            );
            self.fault(acts, &place, |play| {
                play.roots.set_fault(Some((call, fault)));
            });
        }
    }

    /// Does an act under a fault and judges what comes of it.
    pub(crate) fn fault(&mut self, acts: usize, place: &str, plant: impl FnOnce(&Play)) {
        let (judged, _) = self.under_fault(acts, plant);
        self.under(place, judged);
    }

    /// Notes what came of a fault, and has the power go behind it.
    fn under(&mut self, place: &str, judged: Result<Judged, String>) {
        let Some(struck) = self.note(Kind::Fault, place, judged) else {
            return;
        };
        let Judged { play, model } = struck;
        let disk = play.disk.clone();
        let roots = play.roots.clone();
        drop(play);
        let (cut, _) = disk.after_power_cut(disk.events(), Crash::KeepNothing);
        let roots = roots.at(disk.events(), &cut);
        let judged = judge(&cut, roots, &[model], Closeness::Scrutinised);
        let place = format!("{place}; restarted, deposited, power cut");
        self.note(Kind::Fault, &place, judged);
    }

    fn under_fault(
        &self,
        acts: usize,
        plant: impl FnOnce(&Play),
    ) -> (Result<Judged, String>, Seen) {
        let mut seen = Seen::default();
        let judged = self.acted(acts, plant, &mut seen);
        (judged, seen)
    }

    fn acted(
        &self,
        acts: usize,
        plant: impl FnOnce(&Play),
        seen: &mut Seen,
    ) -> Result<Judged, String> {
        let events = self.run.event_of(acts);
        let (disk, _) = self.run.disk.after_power_cut(events, Crash::KeepAll);
        let roots = self.run.roots.at(events, &disk);
        let mut play = Play::found(&disk, roots, 7).map_err(|error| error.to_string())?;
        disk.start_recording();
        play.open().map_err(|error| format!("open: {error}"))?;
        play.model = self.run.models[acts].clone();
        let act = &self.run.acts[acts];
        plant(&play);
        let told = play.act(act);
        *seen = Seen {
            touches: disk.touches(),
            reads: disk.reads(),
            strike: disk.strike(),
        };
        let before = play.model.clone();
        let full = matches!(&told, Err(error) if error.code() == liasse::Code::Full);
        if full && !act.is_many_commits() {
            while_full(&play, &before)?;
        }
        disk.set_plan(FaultPlan::default());
        play.roots.set_fault(None);
        let mut models = vec![before.clone()];
        match &told {
            Ok(()) => {}
            // A full disk gives a certain answer, and the engine works on as it is.
            Err(_) if full && !act.is_many_commits() => {
                return judge_open(play, &models, Closeness::WorkedOn)
                    .map_err(|what| format!("in the same process: {what}"));
            }
            Err(_) => models.extend(before.between(act).into_iter().chain([before.after(act)])),
        }
        play.kill();
        let judged = judge_play(play, &models, Closeness::WorkedOn);
        judged.map_err(|what| format!("told {:?}: {what}", told.err().map(|e| e.to_string())))
    }
}

/// While the disk is full, whatever is answered is what was there before the act that found it so;
/// what needs space for its trace may be refused, for want of space.
fn while_full(play: &Play, before: &Model) -> Result<(), String> {
    let engine = play.engine().map_err(|error| error.to_string())?;
    match look(engine, patients(), Depth::Plain) {
        Ok(shown) => shown.fits(before),
        Err(error) if error.code() == liasse::Code::Full => Ok(()),
        Err(error) => Err(error.to_string()),
    }
    .map_err(|what| format!("while the disk is full: {what}"))
}

/// How often a fault that nothing met is planted again.
const TIMES: usize = 4;
const CALLS_OF_AN_ERASURE: u64 = 6;

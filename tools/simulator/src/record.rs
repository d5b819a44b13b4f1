//! A recorded run: acts on a disk without faults, and what must be true after each.
//!
//! Invariant: after `n` events of the recording, at least the acts acknowledged by then are
//! true, and at most the one that was being done besides.

use crate::act::{Act, DEPOSITS_MAX, Manner};
use crate::dice::Dice;
use crate::keys::Roots;
use crate::look::last_number;
use crate::model::Model;
use crate::play::{Keeping, Play};
use base::disk::{FaultyDisk, Replay};

/// A run that was recorded to its end.
pub(crate) struct Run {
    pub(crate) disk: FaultyDisk,
    pub(crate) roots: Roots,
    pub(crate) seed: u64,
    pub(crate) acts: Vec<Act>,
    /// What must be true after so many acts.
    pub(crate) models: Vec<Model>,
    /// What may be there while each act is under way.
    candidates: Vec<Vec<Model>>,
    /// Behind which event each state was acknowledged.
    acknowledged: Vec<usize>,
}

impl Run {
    /// Makes a store and does `acts` acts; `play` may be meddled with before the acts.
    pub(crate) fn record(
        seed: u64,
        acts: usize,
        meddle: impl FnOnce(&Play),
    ) -> Result<Self, String> {
        let manner = Manner::of(seed);
        let mut play = Play::create(seed, manner).map_err(|error| format!("create: {error}"))?;
        meddle(&play);
        let mut run = Self {
            disk: play.disk.clone(),
            roots: play.roots.clone(),
            seed,
            acts: Vec::new(),
            models: vec![play.model.clone()],
            candidates: Vec::new(),
            acknowledged: vec![play.disk.events()],
        };
        let mut dice = Dice::new(seed, 1);
        for number in 0..acts {
            let number = number * DEPOSITS_MAX;
            let act = Act::choose(&mut dice, &play.model, manner, number);
            run.perform(&mut play, act)?;
        }
        play.kill();
        Ok(run)
    }

    /// Makes a store, does `before`, then `act`: for looking at every moment of that one act.
    pub(crate) fn of_act(keeping: Keeping, before: &[Act], act: Act) -> Result<Self, String> {
        let manner = Manner::plain(keeping);
        let mut play = Play::create(1, manner).map_err(|error| format!("create: {error}"))?;
        for act in before {
            let done = play.act(act);
            done.map_err(|error| format!("{act:?}: {error}"))?;
        }
        play.restart_recording();
        let mut run = Self {
            disk: play.disk.clone(),
            roots: play.roots.clone(),
            seed: 1,
            acts: Vec::new(),
            models: vec![play.model.clone()],
            candidates: Vec::new(),
            acknowledged: vec![0],
        };
        run.perform(&mut play, act)?;
        play.kill();
        Ok(run)
    }

    fn perform(&mut self, play: &mut Play, act: Act) -> Result<(), String> {
        let mut candidates = vec![play.model.clone()];
        candidates.extend(play.model.between(&act));
        let done = play.act(&act);
        done.map_err(|error| format!("{act:?} on a disk without faults: {error}"))?;
        candidates.push(play.model.clone());
        self.candidates.push(candidates);
        self.acts.push(act);
        self.models.push(play.model.clone());
        self.acknowledged.push(play.disk.events());
        Ok(())
    }

    /// How many acts were acknowledged by this event; `None` while the store was being made.
    pub(crate) fn acknowledged_at(&self, events: usize) -> Option<usize> {
        self.acknowledged
            .partition_point(|at| *at <= events)
            .checked_sub(1)
    }

    /// The event behind which so many acts were acknowledged.
    pub(crate) fn event_of(&self, acts: usize) -> usize {
        self.acknowledged.get(acts).copied().unwrap_or(0)
    }

    /// The states that a crash after this many acknowledged acts may leave.
    pub(crate) fn candidates(&self, acts: usize) -> &[Model] {
        let last = || self.models.get(acts..);
        let during = self.candidates.get(acts).map(Vec::as_slice);
        during.or_else(last).unwrap_or_default()
    }

    /// The states that a restore after this many acknowledged acts may bring back, from that
    /// after `first` acts on: deltas may be missing, but none that says that something is gone.
    pub(crate) fn restorable(&self, first: usize, acts: usize) -> Vec<Model> {
        let gone = self.models.get(acts).map_or(0, |model| model.gone.len());
        let before = self.models.get(first..=acts).unwrap_or_default();
        let states = before.iter().chain(self.candidates(acts));
        let mut states: Vec<_> = states.filter(|it| it.gone.len() >= gone).cloned().collect();
        for state in &mut states {
            // The restored store has a log of its own.
            state.entries = 0;
        }
        states
    }

    /// How many events there are to crash behind.
    pub(crate) fn events(&self) -> usize {
        self.acknowledged.last().copied().unwrap_or(0)
    }

    /// The recording, to be played again.
    pub(crate) fn replay(&self) -> Replay {
        self.disk.replay()
    }
}

/// A deposit that no run makes, for asking whether a store works on.
pub(crate) fn probe(model: &Model) -> Act {
    Act::Deposit {
        patient: 0,
        number: 10_000 + last_number(model),
    }
}

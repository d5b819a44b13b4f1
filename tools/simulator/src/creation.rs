//! A power cut while a store is made.
//!
//! Invariant: what is left is an empty store, or none: then it says so, and the folder takes a
//! new store. The key that was given to the first attempt may be bound to it.

use crate::explore::Explorer;
use crate::judge::{Closeness, judge_open, judge_play};
use crate::keys::{Ring, Roots};
use crate::model::Model;
use crate::play::Play;
use crate::report::Kind;
use base::disk::{Crash, FaultyDisk};
use liasse::Code;
use std::sync::Arc;

impl Explorer<'_> {
    /// The power goes behind every event of the making, in one run of four: they are alike.
    pub(crate) fn creations(&mut self) {
        if self.run.seed % 8 > 1 {
            return;
        }
        let mut replay = self.run.replay();
        for events in 0..self.run.event_of(0) {
            if self.time_is_up() {
                return;
            }
            replay.advance(events);
            let crash = Crash::Seeded(self.dice.next());
            for crash in [Crash::KeepNothing, crash] {
                let disk = replay.power_cut(crash);
                let roots = self.run.roots.at(events, &disk);
                let closeness = match self.dice.below(16) {
                    0 => Closeness::WorkedOn,
                    _ => Closeness::Looked,
                };
                let judged = made(&disk, roots, closeness);
                let place = format!("event {events} of the making, {crash:?}");
                self.note(Kind::Creation, &place, judged);
            }
        }
    }
}

fn made(disk: &FaultyDisk, roots: Roots, closeness: Closeness) -> Result<(), String> {
    let told = |error: liasse::Error| error.to_string();
    // The key file is made before the store, and its making is not judged here.
    if roots.root().is_err() {
        return Ok(());
    }
    let mut play = Play::found(disk, roots, 99).map_err(told)?;
    play.tail_documents_max = usize::MAX;
    let empty = [Model::default()];
    match play.open() {
        Ok(_) => judge_open(play, &empty, closeness).map(drop),
        Err(error) if error.code() == Code::NotAStore => {
            let fresh = Ring::new(disk, 77).map_err(|error| error.to_string())?;
            let mut again = Play::found(disk, Roots::Ring(Arc::new(fresh)), 98).map_err(told)?;
            let made = again.make();
            made.map_err(|error| format!("making it anew: {error}"))?;
            again.close().map_err(told)?;
            judge_play(again, &empty, Closeness::Looked).map(drop)
        }
        Err(error) => Err(format!("open: {error} of code {:?}", error.code())),
    }
}

//! The store is lost, and restored from its backup and its sink.
//!
//! Invariants: the restored store is one of the states between the backup and the loss, whole
//! but for the bytes that it names as lost; nothing that was erased is in it.

use crate::act::Act;
use crate::disk::Folder;
use crate::explore::Explorer;
use crate::keys::Roots;
use crate::look::{Depth, look_but_for, scrutinise};
use crate::model::Model;
use crate::play::{BACKUP, Play, patients, sink};
use crate::report::Kind;
use base::disk::{Crash, Disk, FaultyDisk};
use liasse::{Engine, Ground, Sources};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Explorer<'_> {
    /// The power goes at some events behind the first backup, and the store with it.
    pub(crate) fn restores(&mut self, restores: usize) {
        let acts = &self.run.acts;
        let Some(backup) = acts.iter().position(|act| matches!(act, Act::Backup)) else {
            return;
        };
        if !self
            .run
            .disk
            .files()
            .iter()
            .any(|(name, _)| name.starts_with("sink/"))
        {
            return;
        }
        let first = self.run.event_of(backup + 1);
        for _ in 0..restores {
            if self.time_is_up() {
                return;
            }
            let events = first + self.dice.below(self.run.events() - first + 1);
            let crash = Crash::Seeded(self.dice.next());
            let (disk, _) = self.run.disk.after_power_cut(events, crash);
            let Some(acts) = self.run.acknowledged_at(events) else {
                continue;
            };
            let roots = self.run.roots.at(events, &disk);
            let restored = restored(&disk, roots, &self.run.restorable(backup + 1, acts));
            let place = format!("restored from event {events}, {crash:?}");
            self.note(Kind::Restore, &place, restored);
        }
    }
}

/// Restores what is left, and compares it with the states that may be there.
fn restored(disk: &FaultyDisk, roots: Roots, models: &[Model]) -> Result<(), String> {
    let told = |error: liasse::Error| error.to_string();
    let system = |error: std::io::Error| error.to_string();
    let backup = Folder::new(disk, BACKUP).map_err(system)?;
    let sources = Sources::on(Arc::new(backup), vec![sink(disk).map_err(told)?]);
    let mut play = Play::found_in(disk, RESTORED, roots.clone(), 97).map_err(told)?;
    let target: Arc<dyn Disk> = Arc::new(play.folder.clone());
    let root = roots.root().map_err(told)?;
    let restored = Engine::restore_on(&sources, &target, &root, &play.options());
    let (_, restored) = restored.map_err(|error| format!("restoring: {error}"))?;
    // The store before it is gone, and its sink becomes this one's.
    play.ground = Ground::TakeOver;
    let lost: BTreeSet<_> = restored.lost.iter().map(|lost| lost.document).collect();
    let engine = play.open().map_err(|error| format!("open: {error}"))?;
    let seen = look_but_for(engine, patients(), Depth::Plain, &lost).map_err(told)?;
    let mut differences = Vec::new();
    for model in models {
        match seen.fits(model) {
            Ok(()) if lost.is_empty() => return scrutinise(engine, patients(), model),
            Ok(()) => return Ok(()),
            Err(difference) => differences.push(difference),
        }
    }
    Err(format!("none of the states that may be: {differences:?}"))
}

const RESTORED: &str = "restored";

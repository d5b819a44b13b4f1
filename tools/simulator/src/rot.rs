//! What becomes of a store in which bytes rotted.
//!
//! Invariant: whatever a reader is told is what was kept, or an error that names damage; what
//! no reader can know (a whole page of an older commit) is found by the engine's check.

use crate::disk::Folder;
use crate::keys::Roots;
use crate::look::{Depth, look};
use crate::model::Model;
use crate::play::{Play, STORE, patients};
use base::disk::{Disk, FaultyDisk};
use liasse::{Class, Error, StoreOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use store::{Catalog, StoreError};

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Nobody notices, and nothing is wrong: free space.
    Harmless,
    /// The store does not open, and says why.
    RefusedAtOpen,
    /// A verb refuses, and says where the damage is.
    RefusedAtRead,
    /// Verbs answer as before; the check names the place.
    FoundByCheck,
}

/// Opens a rotten store and asks it everything.
pub(crate) fn outcome(
    disk: &FaultyDisk,
    roots: Roots,
    model: &Model,
    stale: bool,
) -> Result<Outcome, String> {
    let asked = catch_unwind(AssertUnwindSafe(|| ask(disk, roots, model, stale)));
    asked.unwrap_or_else(|_| Err("a panic".to_owned()))
}

fn ask(disk: &FaultyDisk, roots: Roots, model: &Model, stale: bool) -> Result<Outcome, String> {
    let untouched = disk.copy();
    let mut play = Play::found(disk, roots, 5).map_err(|error| error.to_string())?;
    let engine = match play.open() {
        Ok(engine) => engine,
        Err(error) => return named(&error).map(|()| Outcome::RefusedAtOpen),
    };
    let seen = match look(engine, patients(), Depth::Whole) {
        Ok(seen) => seen,
        Err(error) => return named(&error).map(|()| Outcome::RefusedAtRead),
    };
    let fits = seen.fits(model);
    let findings = match engine.check() {
        Ok(report) => report.findings.len(),
        Err(error) => return named(&error).map(|()| Outcome::RefusedAtRead),
    };
    match fits {
        Ok(()) if findings == 0 => Ok(Outcome::Harmless),
        Ok(()) => Ok(Outcome::FoundByCheck),
        Err(_) if stale && findings > 0 => Ok(Outcome::FoundByCheck),
        Err(_) if stale && !pages_agree(&untouched) => Ok(Outcome::FoundByCheck),
        Err(what) => Err(format!(
            "told without an error: {what}; check: {findings} findings"
        )),
    }
}

/// Whether the catalog's own checksums hold from its header down. What they do not know, and the
/// check of an engine that went on from there cannot, is that the topmost page is an older one.
fn pages_agree(disk: &FaultyDisk) -> bool {
    let folder = Folder::new(disk, STORE).map_err(StoreError::from);
    let checked = folder.and_then(|folder| {
        let folder: Arc<dyn Disk> = Arc::new(folder);
        Catalog::check_pages(folder, StoreOptions::default())
    });
    checked.is_ok()
}

/// Whether the error says that the store or its key is damaged, and not that we are wrong.
fn named(error: &Error) -> Result<(), String> {
    if matches!(error.class(), Class::Corrupt | Class::Environment) {
        Ok(())
    } else {
        Err(format!("told {error} of class {:?}", error.class()))
    }
}

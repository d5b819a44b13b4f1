//! The root's turn: what makes forgetting final.
//!
//! Invariants: the older root is destroyed only after the commit that no longer needs it; a turn
//! that the key store cut short is kept and finished before the next one begins, with the second
//! turn that a root found staged asks for; after a turn no cache holds what the older root opened.

use super::steps::Steps;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::group::Group;
use std::sync::{Arc, MutexGuard, PoisonError};
use vault::{Finished, Forgotten, Halted, Opened, Retiring, Rotation};

/// A rotation that the key store cut short.
pub(crate) enum CutShort {
    /// It is committed, and the new root is not active yet.
    Activate(Rotation),
    /// The new root is active, and an older one still exists.
    Destroy(Retiring),
    /// The new root had been staged before, and another must take its place.
    Again,
}

/// Commits a rotation that replaces no leaf: after it, an older root opens nothing.
pub(super) fn rotate(steps: &mut impl Steps) -> Result<Forgotten> {
    steps.core().shipping.require_named()?;
    let (rotation, _) = steps.alone(plain)?;
    complete(steps, rotation)
}

/// Destroys the root before a committed rotation, and, when the new root had been staged for an
/// attempt that did not commit, turns once more.
pub(super) fn complete(steps: &mut impl Steps, rotation: Rotation) -> Result<Forgotten> {
    let mut finished = finish(steps.core(), rotation)?;
    loop {
        match finished {
            Finished::Forgotten(forgotten) => return Ok(forgotten),
            Finished::RotateAgain(_) => {
                hold(steps.core(), CutShort::Again);
                let (rotation, _) = steps.alone(plain)?;
                kept(steps.core()).take();
                finished = finish(steps.core(), rotation)?;
            }
        }
    }
}

/// Has the log told that the older root is destroyed, where no step follows that would.
pub(super) fn tell(steps: &mut impl Steps) -> Result<()> {
    steps.alone(|_| Ok(())).map(drop)
}

/// Finishes the rotation that was cut short, if there is one, and does what it asks for.
pub(super) fn settle(steps: &mut impl Steps) -> Result<()> {
    let cut_short = kept(steps.core()).take();
    let again = match cut_short {
        None => return Ok(()),
        Some(CutShort::Activate(rotation)) => noted(steps.core(), finish(steps.core(), rotation)?),
        Some(CutShort::Destroy(retiring)) => noted(steps.core(), destroy(steps.core(), retiring)?),
        Some(CutShort::Again) => Again::Yes,
    };
    if again == Again::Yes {
        hold(steps.core(), CutShort::Again);
        rotate(steps)?;
        kept(steps.core()).take();
    }
    Ok(())
}

/// Completes a rotation that a crash cut short, before anything else is done; a turn that it
/// asks for is kept for [`settle`].
pub(crate) fn complete_rotation(core: &Core, opened: Opened) -> Result<()> {
    match opened {
        Opened::Ready(keys) => core.destroyed.note(&keys),
        Opened::Activate(rotation) => {
            noted(core, finish(core, rotation)?);
        }
        Opened::Destroy(retiring) => {
            noted(core, destroy(core, retiring)?);
        }
        Opened::RotateAgain(keys) => {
            core.destroyed.note(&keys);
            hold(core, CutShort::Again);
        }
    }
    Ok(())
}

/// Whether the root must turn once more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    Yes,
}

/// Keeps in mind that the root must turn once more.
fn noted(core: &Core, finished: Finished) -> Again {
    match finished {
        Finished::Forgotten(_) => Again::No,
        Finished::RotateAgain(_) => {
            hold(core, CutShort::Again);
            Again::Yes
        }
    }
}

/// Lets go of all that is cached of keys, and of what they opened.
pub(super) fn purge(core: &Core) {
    let (_, keys) = core.current.state();
    core.policies.forget_sessions();
    core.panels.forget();
    core.heads.forget();
    keys.purge();
    core.index.purge();
}

fn plain(group: &mut Group<'_>) -> Result<Rotation> {
    let core = Arc::clone(group.core);
    let stage = group.keys().stage(&core.kms, &*core.entropy)?;
    let rotation = stage.replace(&mut group.transaction, &[], &core.kms, &*core.entropy)?;
    group.set_keys(rotation.tree())?;
    Ok(rotation)
}

/// Activates the new root and destroys the older ones, once every sink can do without them.
fn finish(core: &Core, rotation: Rotation) -> Result<Finished> {
    if let Err(behind) = core.shipping.require() {
        hold(core, CutShort::Activate(rotation));
        return Err(behind);
    }
    let view = core.view()?;
    let activated = rotation.activate(view.rows(), &core.kms);
    let retiring = activated.map_err(|halted| keep(core, *halted, CutShort::Activate))?;
    drop(view);
    destroy(core, retiring)
}

fn destroy(core: &Core, retiring: Retiring) -> Result<Finished> {
    let keys = Arc::clone(retiring.tree());
    let destroyed = retiring.destroy(&core.kms, &*core.entropy);
    let finished = destroyed.map_err(|halted| keep(core, *halted, CutShort::Destroy))?;
    core.destroyed.note(&keys);
    purge(core);
    Ok(finished)
}

/// Keeps a step that failed, for the next erasure; tells why it failed.
fn keep<S>(core: &Core, halted: Halted<S>, cut_short: fn(S) -> CutShort) -> Error {
    let Halted { step, error } = halted;
    hold(core, cut_short(step));
    error.into()
}

fn hold(core: &Core, cut_short: CutShort) {
    *kept(core) = Some(cut_short);
}

fn kept(core: &Core) -> MutexGuard<'_, Option<CutShort>> {
    let kept = core.cut_short.lock();
    kept.unwrap_or_else(PoisonError::into_inner)
}

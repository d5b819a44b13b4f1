//! The root's turn: what makes forgetting final.
//!
//! Invariants: the older root is destroyed only after the commit that no longer needs it; a turn
//! that the key store cut short is kept and finished before the next one begins.

use super::steps::Steps;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::group::Group;
use std::sync::{Arc, PoisonError};
use vault::{Finished, Forgotten, Halted, Opened, Retiring, Rotation};

/// A rotation that the key store cut short.
pub(crate) enum CutShort {
    /// It is committed, and the new root is not active yet.
    Activate(Rotation),
    /// The new root is active, and an older one still exists.
    Destroy(Retiring),
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
                let (rotation, _) = steps.alone(plain)?;
                finished = finish(steps.core(), rotation)?;
            }
        }
    }
}

/// Finishes the rotation that was cut short while the engine ran, if there is one.
pub(super) fn settle(core: &Core) -> Result<()> {
    let cut_short = core
        .cut_short
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    match cut_short {
        None => Ok(()),
        Some(CutShort::Activate(rotation)) => finish(core, rotation).map(drop),
        Some(CutShort::Destroy(retiring)) => destroy(core, retiring).map(drop),
    }
}

/// Completes a rotation that a crash cut short, before anything else is done.
pub(crate) fn complete_rotation(core: &Core, opened: Opened) -> Result<()> {
    match opened {
        Opened::Ready(_) => Ok(()),
        Opened::Activate(rotation) => finish(core, rotation).map(drop),
        Opened::Destroy(retiring) => destroy(core, retiring).map(drop),
        // The root that was found staged goes with the rotation of the next erasure step.
        Opened::RotateAgain(_) => Ok(()),
    }
}

fn plain(group: &mut Group<'_>) -> Result<Rotation> {
    let core = Arc::clone(group.core);
    let stage = group.keys().stage(&*core.kms, &*core.entropy)?;
    let rotation = stage.replace(&mut group.transaction, &[], &*core.kms, &*core.entropy)?;
    group.set_keys(rotation.tree())?;
    Ok(rotation)
}

/// Activates the new root and destroys the older ones, once every sink can do without them.
fn finish(core: &Core, rotation: Rotation) -> Result<Finished> {
    let tree = Arc::clone(rotation.tree());
    if let Err(behind) = core.shipping.require() {
        hold(core, CutShort::Activate(rotation));
        return Err(behind);
    }
    let view = core.view()?;
    let activated = rotation.activate(view.rows(), &*core.kms);
    let retiring = activated.map_err(|halted| keep(core, *halted, CutShort::Activate))?;
    drop(view);
    let finished = destroy(core, retiring)?;
    core.policies.forget_sessions();
    core.panels.forget();
    tree.purge();
    core.index.purge();
    Ok(finished)
}

fn destroy(core: &Core, retiring: Retiring) -> Result<Finished> {
    let destroyed = retiring.destroy(&*core.kms, &*core.entropy);
    destroyed.map_err(|halted| keep(core, *halted, CutShort::Destroy))
}

/// Keeps a step that failed, for the next erasure; tells why it failed.
fn keep<S>(core: &Core, halted: Halted<S>, cut_short: fn(S) -> CutShort) -> Error {
    let Halted { step, error } = halted;
    hold(core, cut_short(step));
    error.into()
}

fn hold(core: &Core, cut_short: CutShort) {
    let mut kept = core
        .cut_short
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    *kept = Some(cut_short);
}

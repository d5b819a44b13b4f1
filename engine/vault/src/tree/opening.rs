//! Opening a key tree: which copy of the store is this, and what did a crash leave undone?
//!
//! Invariant: an open destroys nothing and writes nothing; what must be completed comes back as
//! the step that completes it, and that step holds its own checks.

use super::rotation::{Retiring, Rotation};
use super::top::{Top, TopRow};
use super::{KeyTree, Shared, TreeError};
use crate::kms::{Kms, Staging, Use};
use base::{RowRead, StoreId};
use std::sync::Arc;

/// An opened tree, and what a rotation that was cut short still needs.
#[must_use = "a rotation that was cut short must be completed before a receipt is given"]
pub enum Opened {
    /// Nothing is left to do.
    Ready(Arc<KeyTree>),
    /// A rotation committed and was not activated: ship what the sinks lack, then
    /// [`Rotation::activate`].
    Activate(Rotation),
    /// A rotation was activated and an older root still exists: [`Retiring::destroy`].
    Destroy(Retiring),
    /// As [`super::Finished::RotateAgain`]: rotate once more before any receipt.
    RotateAgain(Arc<KeyTree>),
}

impl Opened {
    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &Arc<KeyTree> {
        match self {
            Self::Ready(tree) | Self::RotateAgain(tree) => tree,
            Self::Activate(rotation) => rotation.tree(),
            Self::Destroy(retiring) => retiring.tree(),
        }
    }
}

pub(super) fn open(rows: &dyn RowRead, kms: &dyn Kms, store: StoreId) -> Result<Opened, TreeError> {
    let row = Top::row(rows)?;
    let catalog = TopRow::parse(&row)?.epoch;
    let state = kms.load(store, Use::Open)?;
    let active = state.active;
    if catalog < active {
        return Err(TreeError::OlderCopy { catalog, active });
    }
    if catalog > active.next() {
        return Err(TreeError::OlderKey { catalog, active });
    }
    let top = Top::open(&row, kms, store)?;
    let staging = top.staging;
    let tree = Arc::new(KeyTree {
        store,
        top,
        shared: Shared::new(),
    });
    Ok(if catalog > active {
        Opened::Activate(Rotation::resume(tree))
    } else if !state.retired.is_empty() {
        Opened::Destroy(Retiring::resume(tree, state.retired))
    } else {
        match staging {
            Staging::Fresh => Opened::Ready(tree),
            Staging::Found => Opened::RotateAgain(tree),
        }
    })
}

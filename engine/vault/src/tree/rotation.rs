//! The rotation of a root, in steps that consume one another.
//!
//! ```text
//! KeyTree::stage -> Stage            the KMS has a root e+1
//! Stage::replace -> Rotation         the catalog's transaction holds the new paths
//!    (commit; ship the delta to every keyring sink)
//! Rotation::activate -> Retiring     the KMS is at e+1; e is never needed again
//! Retiring::destroy -> Finished      e is gone
//! ```
//! A rotation that is dropped before its commit leaves a staged root and an old tree, as if it
//! never was; one dropped after its commit is completed when the store is opened again.
//!
//! Why [`Finished::RotateAgain`]: an attempt that did not commit may have left, in a free page
//! of the catalog or in a copy of it, a top record under root e+1. When a later erasure commits
//! under the same e+1, that page and the living root open what was just erased. The root can be
//! neither replaced (another copy of the catalog may name it) nor destroyed (only epochs below
//! the active one ever are). So an erasure under a root that was found, not made, is complete
//! only when a second rotation has destroyed that root too.

use super::node::{Address, Child, Keys};
use super::top::Top;
use super::{Grove, KeyTree, NO_CHILD, Slot, TreeError};
use crate::kms::{Destruction, Epoch, Forgetting, Kms, Staging};
use crate::secret::Secret;
use base::{Entropy, RowRead, RowWrite};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The root of the next epoch is staged; the catalog knows nothing of it.
#[must_use]
pub struct Stage {
    tree: Arc<KeyTree>,
    next: Epoch,
    staging: Staging,
}

/// The new paths are in a transaction, or committed.
#[must_use]
pub struct Rotation {
    tree: Arc<KeyTree>,
}

/// The new epoch is active; older roots are still there.
#[must_use]
pub struct Retiring {
    tree: Arc<KeyTree>,
    epochs: Vec<Epoch>,
}

/// A rotation is at its end.
#[must_use]
pub enum Finished {
    /// What was forgotten is forgotten.
    Forgotten(Forgotten),
    /// The new root had been staged for an attempt that did not commit: rotate once more
    /// (`stage`, `replace` with no slots) before any receipt.
    RotateAgain(Arc<KeyTree>),
}

/// The proof that the older roots are destroyed, for a receipt.
pub struct Forgotten {
    epochs: Vec<Epoch>,
    active: Epoch,
    destruction: Destruction,
    kind: &'static str,
    forgetting: Forgetting,
}

/// A step that failed and can be tried again.
pub struct Halted<S> {
    /// The step, as it was.
    pub step: S,
    /// Why it failed.
    pub error: TreeError,
}

impl Stage {
    pub(super) fn begin(
        tree: &Arc<KeyTree>,
        kms: &dyn Kms,
        entropy: &dyn Entropy,
    ) -> Result<Self, TreeError> {
        let next = tree.epoch().next();
        let staging = kms.stage(tree.shared.writer(), next, entropy)?;
        Ok(Self {
            tree: Arc::clone(tree),
            next,
            staging,
        })
    }

    /// Gives each of `slots` a fresh key and writes the new paths and the new top record in the
    /// transaction `rows`. No slots: only the root is rotated.
    ///
    /// The new keys come from [`Rotation::tree`]; whatever was sealed under the old keys and is
    /// to live on must be sealed again in the same transaction.
    ///
    /// # Errors
    /// [`TreeError`]; the transaction must then be dropped.
    pub fn replace(
        self,
        rows: &mut dyn RowWrite,
        slots: &[(Grove, Slot)],
        kms: &dyn Kms,
        entropy: &dyn Entropy,
    ) -> Result<Rotation, TreeError> {
        let old = &self.tree;
        let mut by_grove: BTreeMap<Grove, Vec<Slot>> = BTreeMap::new();
        for (grove, slot) in slots {
            by_grove.entry(*grove).or_default().push(*slot);
        }
        let mut rewriting = Rewriting {
            tree: old,
            epoch: self.next,
            rows,
            entropy,
        };
        let mut groves = old.top.groves()?;
        for (grove, targets) in &mut by_grove {
            targets.sort_unstable();
            targets.dedup();
            let child = &mut groves[usize::from(grove.number())];
            let key = rewriting.node(Address::grove(*grove), child.copy(), targets)?;
            *child = Child::Kept(key);
        }
        let top = Top::write(
            rows,
            kms,
            old.store,
            self.next,
            self.staging,
            groves,
            entropy,
        )?;
        Ok(Rotation {
            tree: Arc::new(KeyTree {
                store: old.store,
                top,
                shared: Arc::clone(&old.shared),
            }),
        })
    }
}

struct Rewriting<'a> {
    tree: &'a KeyTree,
    epoch: Epoch,
    rows: &'a mut dyn RowWrite,
    entropy: &'a dyn Entropy,
}

impl Rewriting<'_> {
    /// Writes the node and those below it on the way to `targets`; returns its fresh key.
    fn node(&mut self, address: Address, at: Child, targets: &[Slot]) -> Result<Secret, TreeError> {
        let mut keys = match &at {
            Child::Derived(key) => Keys::derive(address, key),
            Child::Kept(key) => self.tree.read(self.rows, address, key)?,
        };
        let mut rest = targets;
        while let Some(first) = rest.first() {
            let place = address.child_toward(*first);
            let count = rest
                .iter()
                .take_while(|s| address.child_toward(**s) == place)
                .count();
            let (here, after) = rest.split_at(count);
            rest = after;
            let key = match address.child(place) {
                Some(below) => {
                    let child = keys.child(place).ok_or(NO_CHILD)?;
                    self.node(below, child, here)?
                }
                None => Secret::random(self.entropy)?,
            };
            keys.set(place, &key);
        }
        // INVARIANT(V2): made here, used for this one row, and kept by the parent alone.
        let fresh = keys.fresh_key(address, self.epoch, self.entropy)?;
        let sealed = keys.seal(self.tree.store, address, &fresh);
        self.rows.put(super::TABLE, &address.row(), &sealed)?;
        Ok(fresh)
    }
}

impl Rotation {
    pub(super) const fn resume(tree: Arc<KeyTree>) -> Self {
        Self { tree }
    }

    /// The tree as the transaction writes it: the one to use with its rows, and with every
    /// snapshot taken after its commit.
    #[must_use]
    pub const fn tree(&self) -> &Arc<KeyTree> {
        &self.tree
    }

    /// Makes the new root the active one. Call it after the commit and after every keyring sink
    /// has the delta: the older root is not needed from here on.
    ///
    /// # Errors
    /// [`TreeError::NotCommitted`] when `committed`, a snapshot taken after the commit, does not
    /// show this rotation's top record; what the KMS gives. The step comes back.
    pub fn activate(
        self,
        committed: &dyn RowRead,
        kms: &dyn Kms,
    ) -> Result<Retiring, Box<Halted<Self>>> {
        match self.try_activate(committed, kms) {
            Ok(epochs) => Ok(Retiring {
                tree: self.tree,
                epochs,
            }),
            Err(error) => Err(Box::new(Halted { step: self, error })),
        }
    }

    fn try_activate(&self, rows: &dyn RowRead, kms: &dyn Kms) -> Result<Vec<Epoch>, TreeError> {
        if Top::digest_of(&Top::row(rows)?) != self.tree.top.digest {
            return Err(TreeError::NotCommitted);
        }
        kms.activate(self.tree.shared.writer(), self.tree.epoch())?;
        Ok(kms.load(self.tree.store, crate::kms::Use::Open)?.retired)
    }
}

impl Retiring {
    pub(super) const fn resume(tree: Arc<KeyTree>, epochs: Vec<Epoch>) -> Self {
        Self { tree, epochs }
    }

    /// The tree that is active now.
    #[must_use]
    pub const fn tree(&self) -> &Arc<KeyTree> {
        &self.tree
    }

    /// Destroys the older roots.
    ///
    /// # Errors
    /// What the KMS gives; the step comes back.
    pub fn destroy(
        self,
        kms: &dyn Kms,
        entropy: &dyn Entropy,
    ) -> Result<Finished, Box<Halted<Self>>> {
        let mut destruction = Destruction::Done;
        let writer = self.tree.shared.writer();
        for epoch in &self.epochs {
            match kms.destroy(writer, *epoch, entropy) {
                Ok(Destruction::Done) => {}
                Ok(Destruction::Scheduled) => destruction = Destruction::Scheduled,
                Err(error) => {
                    return Err(Box::new(Halted {
                        step: self,
                        error: error.into(),
                    }));
                }
            }
        }
        Ok(match self.tree.top.staging {
            Staging::Found => Finished::RotateAgain(self.tree),
            Staging::Fresh => Finished::Forgotten(Forgotten {
                epochs: self.epochs,
                active: self.tree.epoch(),
                destruction,
                kind: kms.kind(),
                forgetting: kms.forgetting(),
            }),
        })
    }
}

impl Forgotten {
    /// The epochs whose roots were destroyed by this step.
    #[must_use]
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// The epoch that is active.
    #[must_use]
    pub const fn active(&self) -> Epoch {
        self.active
    }

    /// Whether destruction is done or scheduled.
    #[must_use]
    pub const fn destruction(&self) -> Destruction {
        self.destruction
    }

    /// The kind of KMS.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// What destroying a root there is worth.
    #[must_use]
    pub const fn forgetting(&self) -> Forgetting {
        self.forgetting
    }
}

//! Several packs, of which the one in force at the instant decides.
//!
//! Invariants: never two packs in force at once; in a gap nothing is permitted; a set is
//! immutable, so that replacing it is one pointer and a session never sees half of it.

use crate::error::PackError;
use crate::facts::SessionFacts;
use crate::lens::Lens;
use crate::pack::Pack;
use base::Instant;
use std::sync::Arc;

/// The packs of a store.
#[derive(Clone)]
pub struct Policies {
    packs: Vec<Arc<Pack>>,
}

impl Policies {
    /// A set of packs whose validities do not overlap.
    ///
    /// # Errors
    /// [`PackError::NoPack`], [`PackError::Overlap`].
    pub fn new(packs: Vec<Pack>) -> Result<Self, PackError> {
        let mut packs: Vec<_> = packs.into_iter().map(Arc::new).collect();
        packs.sort_by_key(|pack| pack.validity().from());
        for pair in packs.windows(2) {
            if let [first, second] = pair
                && second.validity().from() < first.validity().until()
            {
                let name = |pack: &Pack| format!("{} {}", pack.name(), pack.version());
                let (first, second) = (name(first), name(second));
                return Err(PackError::Overlap { first, second });
            }
        }
        if packs.is_empty() {
            return Err(PackError::NoPack);
        }
        Ok(Self { packs })
    }

    /// The default: `dmp-2011` alone.
    ///
    /// # Errors
    /// [`PackError`]; a test keeps the packs that are built in loadable.
    pub fn builtin() -> Result<Self, PackError> {
        Self::builtin_named("dmp-2011")
    }

    /// One pack that is built in, by name: `dmp-2011` or `dmp-2023`.
    ///
    /// # Errors
    /// [`PackError::Unknown`].
    pub fn builtin_named(name: &str) -> Result<Self, PackError> {
        Self::new(vec![Pack::builtin(name)?])
    }

    /// The pack in force at the instant.
    #[must_use]
    pub fn at(&self, at: Instant) -> Option<&Arc<Pack>> {
        self.packs.iter().find(|pack| pack.validity().contains(at))
    }

    /// What the session may see at the instant; `None` when no pack is in force, and then
    /// nothing may be shown.
    #[must_use]
    pub fn lens(&self, session: &SessionFacts, at: Instant) -> Option<Lens> {
        self.at(at).map(|pack| pack.lens(session, at))
    }

    /// The packs, in the order of their validity.
    pub fn packs(&self) -> impl Iterator<Item = &Arc<Pack>> {
        self.packs.iter()
    }

    /// All packs in a canonical form, for the digest that the journal binds.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for pack in &self.packs {
            base::bytes::put_bytes(&mut bytes, pack.canonical());
        }
        bytes
    }
}

#[cfg(test)]
mod tests;

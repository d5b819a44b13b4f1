//! Ids promised to dossiers that are about to be opened.
//!
//! For: several deposits for one new patient at once; all seal for the same id. Invariant: a
//! promise is forgotten only after the commit that opened the dossier is what readers see, so
//! that whoever finds no dossier finds the promise; an id that was erased is never opened again.

use crate::core::{Core, View};
use crate::error::Result;
use crate::names::alias_key;
use crate::session::find;
use base::DossierId;
use intake::Ins;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// The ids promised, by identity.
#[derive(Default)]
pub(crate) struct Promises {
    ids: Mutex<BTreeMap<Vec<u8>, DossierId>>,
    erased: Mutex<VecDeque<DossierId>>,
}

impl Promises {
    /// Notes that the dossier of this id is erased: what was begun for it before is dropped.
    pub(crate) fn note_erased(&self, id: DossierId) {
        let mut erased = self.erased.lock().unwrap_or_else(PoisonError::into_inner);
        if erased.len() >= ERASED_MAX {
            erased.pop_front();
        }
        erased.push_back(id);
    }

    /// Whether the dossier of this id was erased while something waited for it.
    pub(crate) fn was_erased(&self, id: DossierId) -> bool {
        let erased = self.erased.lock().unwrap_or_else(PoisonError::into_inner);
        erased.contains(&id)
    }
}

impl Core {
    /// The id that the dossier of this identity has, or will have. In what was `seen` of the
    /// store, if anything, it has none.
    pub(crate) fn promise(&self, seen: Option<&Arc<View>>, identity: &Ins) -> Result<DossierId> {
        let mut ids = self
            .promises
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Looked up under the lock, see above, unless that is what was seen.
        let view = self.view()?;
        if !seen.is_some_and(|seen| Arc::ptr_eq(&view, seen))
            && let Some(name) = find(&view, std::slice::from_ref(identity))?
        {
            return Ok(name.id);
        }
        let key = alias_key(identity);
        if let Some(id) = ids.get(&key).filter(|id| !self.promises.was_erased(**id)) {
            return Ok(*id);
        }
        // Promises that were never kept, by hosts that failed, must not pile up.
        if ids.len() >= PROMISES_MAX {
            ids.clear();
        }
        let id = DossierId::random(&*self.entropy)?;
        ids.insert(key, id);
        Ok(id)
    }

    /// Forgets the promise: the dossier is open.
    pub(crate) fn keep_promise(&self, identity: &Ins) {
        let mut ids = self
            .promises
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ids.remove(&alias_key(identity));
    }
}

/// Most ids remembered: far more than deposits that can wait at once.
const ERASED_MAX: usize = 65_536;
/// Most promises held at once.
const PROMISES_MAX: usize = 100_000;

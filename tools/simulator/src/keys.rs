//! The key stores under the simulated engine.
//!
//! For: a KMS that remembers its state at every point of the disk's recording, so that a power
//! cut between a call to it and a write of the catalog finds both as they were; and a key file
//! on the same faulty disk, whose own writes can be torn. Not for: keeping anything.
//! Invariants: a call that changes the KMS is an event of the disk's recording; a call that
//! returned is never undone.

use crate::disk::Folder;
use base::disk::{FaultPlan, FaultyDisk};
use base::entropy::NoEntropy;
use base::{Entropy, SeededEntropy, StoreId};
use liasse::{Error, RootKey};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::StoreError;
use vault::kms::{unwrap_under, wrap_under};
use vault::{
    Destruction, Epoch, Forgetting, KeyFile, Kms, KmsError, KmsState, Secret, Staging, Use, Writer,
};

/// How the root key of a simulated store is kept.
#[derive(Clone)]
pub(crate) enum Roots {
    /// In a KMS of its own.
    Ring(Arc<Ring>),
    /// In a key file on the same disk.
    File(FaultyDisk),
}

impl Roots {
    /// A new key file on `disk`.
    pub(crate) fn file(disk: &FaultyDisk, seed: u64) -> Result<Self, Error> {
        let folder = Folder::new(disk, KEYS).map_err(StoreError::from)?;
        KeyFile::create_on(Arc::new(folder), "key", &SeededEntropy::new(seed))?;
        Ok(Self::File(disk.clone()))
    }

    /// What an engine is opened with.
    pub(crate) fn root(&self) -> Result<RootKey, Error> {
        Ok(RootKey::Kms(match self {
            Self::Ring(ring) => Arc::clone(ring) as Arc<dyn Kms>,
            Self::File(disk) => {
                let folder = Folder::new(disk, KEYS).map_err(StoreError::from)?;
                Arc::new(KeyFile::open_on(Arc::new(folder), "key")?)
            }
        }))
    }

    /// The same after a power cut behind `events` events, which left `disk`.
    pub(crate) fn at(&self, events: usize, disk: &FaultyDisk) -> Self {
        match self {
            Self::Ring(ring) => Self::Ring(Arc::new(ring.at(events, disk))),
            Self::File(_) => Self::File(disk.clone()),
        }
    }

    /// Forgets how it came to its present state: the disk records anew.
    pub(crate) fn restart(&self) {
        match self {
            Self::Ring(ring) => {
                let mut inner = ring.lock();
                inner.past = vec![(0, inner.keys.clone())];
            }
            Self::File(_) => {}
        }
    }

    /// Says which call to the KMS fails, and how.
    pub(crate) fn set_fault(&self, fault: Option<(u64, KmsFault)>) {
        match self {
            Self::Ring(ring) => {
                let mut inner = ring.lock();
                inner.fault = fault;
                inner.calls = 0;
            }
            Self::File(disk) => {
                let broken_at = fault.map(|(call, _)| call);
                disk.set_plan(FaultPlan {
                    broken_at,
                    ..FaultPlan::default()
                });
            }
        }
    }
}

/// How a call to the KMS fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KmsFault {
    /// Nothing is done.
    Refused,
    /// It is done, and the answer is lost.
    AnswerLost,
}

/// A KMS in memory.
pub(crate) struct Ring {
    disk: FaultyDisk,
    inner: Mutex<Inner>,
}

struct Inner {
    keys: Keys,
    past: Vec<(usize, Keys)>,
    fault: Option<(u64, KmsFault)>,
    calls: u64,
}

#[derive(Clone, Default)]
struct Keys {
    store: Option<StoreId>,
    active: u64,
    roots: BTreeMap<u64, [u8; 32]>,
    writer: Option<Writer>,
}

impl Keys {
    fn writer(&self) -> Writer {
        self.writer.unwrap_or(Writer::NOBODY)
    }

    fn check(&self, writer: Writer) -> Result<(), KmsError> {
        if self.writer() == writer {
            Ok(())
        } else {
            Err(KmsError::OtherWriter)
        }
    }
}

impl Ring {
    /// A KMS that serves no store yet; its changes are events of `disk`.
    pub(crate) fn new(disk: &FaultyDisk, seed: u64) -> Result<Self, NoEntropy> {
        let mut root = [0; 32];
        SeededEntropy::new(seed).fill(&mut root)?;
        let keys = Keys {
            store: None,
            active: 1,
            roots: BTreeMap::from([(1, root)]),
            writer: None,
        };
        Ok(Self::of(disk, keys))
    }

    fn of(disk: &FaultyDisk, keys: Keys) -> Self {
        let inner = Inner {
            past: vec![(0, keys.clone())],
            keys,
            fault: None,
            calls: 0,
        };
        Self {
            disk: disk.clone(),
            inner: Mutex::new(inner),
        }
    }

    fn at(&self, events: usize, disk: &FaultyDisk) -> Self {
        let inner = self.lock();
        let past = inner.past.iter().rev();
        let keys = past.into_iter().find(|(at, _)| *at <= events);
        Self::of(disk, keys.map(|(_, keys)| keys.clone()).unwrap_or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the keys, as one event of the disk.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Keys) -> Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        let mut inner = self.lock();
        inner.calls += 1;
        let fault = inner.fault.filter(|(call, _)| *call == inner.calls);
        let lost = || KmsError::Unreachable {
            what: "planted".to_owned(),
        };
        if let Some((_, KmsFault::Refused)) = fault {
            return Err(lost());
        }
        let done = change(&mut inner.keys)?;
        self.disk.mark(0);
        let (at, keys) = (self.disk.events(), inner.keys.clone());
        inner.past.push((at, keys));
        match fault {
            Some(_) => Err(lost()),
            None => Ok(done),
        }
    }

    fn secret(&self, epoch: Epoch) -> Result<Secret, KmsError> {
        let inner = self.lock();
        let root = inner.keys.roots.get(&epoch.number());
        root.map(Secret::from_bytes)
            .ok_or(KmsError::NoRoot { epoch })
    }
}

impl Kms for Ring {
    fn kind(&self) -> &'static str {
        "simulated key store"
    }

    fn forgetting(&self) -> Forgetting {
        Forgetting::Real
    }

    fn load(&self, store: StoreId, purpose: Use) -> Result<KmsState, KmsError> {
        let bound = self.lock().keys.store;
        match (bound, purpose) {
            (Some(bound), Use::Create | Use::Open) if bound == store => {}
            (Some(_), Use::Create | Use::Open) => return Err(KmsError::OtherStore),
            (None, Use::Open) => return Err(KmsError::Unbound),
            (None, Use::Create) => self.change(|keys| {
                keys.store = Some(store);
                Ok(())
            })?,
        }
        let inner = self.lock();
        let keys = &inner.keys;
        Ok(KmsState {
            writer: keys.writer(),
            active: Epoch::new(keys.active),
            next_staged: keys.roots.contains_key(&(keys.active + 1)),
            retired: keys
                .roots
                .range(..keys.active)
                .map(|(epoch, _)| Epoch::new(*epoch))
                .collect(),
        })
    }

    fn hand_over(&self, from: Writer, to: Writer) -> Result<(), KmsError> {
        self.change(|keys| {
            if keys.writer() != to {
                keys.check(from)?;
                keys.writer = Some(to);
            }
            Ok(())
        })
    }

    fn stage(
        &self,
        writer: Writer,
        next: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<Staging, KmsError> {
        let mut fresh = [0; 32];
        entropy.fill(&mut fresh)?;
        self.change(|keys| {
            keys.check(writer)?;
            if next.number() != keys.active + 1 {
                return Err(conflict(keys, next));
            }
            if keys.roots.contains_key(&next.number()) {
                return Ok(Staging::Found);
            }
            keys.roots.insert(next.number(), fresh);
            Ok(Staging::Fresh)
        })
    }

    fn activate(&self, writer: Writer, next: Epoch) -> Result<(), KmsError> {
        self.change(|keys| {
            keys.check(writer)?;
            if next.number() == keys.active {
                return Ok(());
            }
            if next.number() != keys.active + 1 {
                return Err(conflict(keys, next));
            }
            if !keys.roots.contains_key(&next.number()) {
                return Err(KmsError::NoRoot { epoch: next });
            }
            keys.active = next.number();
            Ok(())
        })
    }

    fn destroy(
        &self,
        writer: Writer,
        epoch: Epoch,
        _: &dyn Entropy,
    ) -> Result<Destruction, KmsError> {
        self.change(|keys| {
            keys.check(writer)?;
            if epoch.number() >= keys.active {
                return Err(conflict(keys, epoch));
            }
            keys.roots.remove(&epoch.number());
            Ok(Destruction::Done)
        })
    }

    fn wrap(
        &self,
        epoch: Epoch,
        context: &[u8],
        secret: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        wrap_under(&self.secret(epoch)?, epoch, context, secret, entropy)
    }

    fn unwrap(&self, epoch: Epoch, context: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        unwrap_under(&self.secret(epoch)?, epoch, context, wrapped)
    }
}

fn conflict(keys: &Keys, asked: Epoch) -> KmsError {
    KmsError::Conflict {
        active: Epoch::new(keys.active),
        asked,
    }
}

const KEYS: &str = "keys";

#[cfg(test)]
mod tests;

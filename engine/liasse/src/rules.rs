//! The rules in force: read from the store, kept in it, replaced while the engine runs.
//!
//! For: every verb, which takes its lens here. Invariants: what is in force is one immutable value
//! behind one pointer, so that no session ever sees half of a pack; it is replaced only after the
//! commit that keeps it and names it in the journal; rules that do not load change nothing.

use crate::answer::{PackInForce, Rechecks};
use crate::core::Core;
use crate::error::{Code, Error, RESTORE, Result};
use crate::group::Group;
use crate::recorder::slot;
use crate::upkeep::ENGINE;
use base::{Digest, DossierId, Entropy, Instant, RowRead, RowWrite, StoreId};
use journal::{Fact, Log};
use policy::{
    DossierFacts, DossierLens, Lens, Pack, Policies, SecondOpinion, SessionCache, SessionFacts,
    builtin_files,
};
use std::sync::{Arc, PoisonError, RwLock};
use store::{Counter, Transaction};
use vault::{KeyTree, Place, Slot};

/// Whether documents about to be returned are asked about again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recheck {
    /// No: the predicate that the rules come down to has decided.
    #[default]
    Off,
    /// Yes: Cedar itself is asked about each, some tens of microseconds a document. What it would
    /// not show is left out of the answer and counted.
    Returned,
}

/// A set of packs, ready to decide.
pub(crate) struct InForce {
    policies: Policies,
    digest: Digest,
    /// Cedar's own reading of each pack; empty without [`Recheck::Returned`].
    seconds: Vec<(Arc<Pack>, Arc<SecondOpinion>)>,
}

/// The rules of an engine.
pub(crate) struct Rules {
    in_force: RwLock<Arc<InForce>>,
    sessions: SessionCache,
    recheck: Recheck,
}

impl InForce {
    fn new(policies: Policies, recheck: Recheck) -> Result<Self> {
        let mut seconds = Vec::new();
        if recheck == Recheck::Returned {
            for pack in policies.packs() {
                let second = Arc::new(SecondOpinion::new(pack)?);
                seconds.push((Arc::clone(pack), second));
            }
        }
        Ok(Self {
            digest: vault::digest("liasse policies v1", &[&policies.canonical()]),
            policies,
            seconds,
        })
    }

    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }

    /// What the session may see at an instant of the past, by the packs that are in force; kept
    /// for no other request.
    pub(crate) fn lens(&self, session: &SessionFacts, at: Instant) -> Option<Lens> {
        self.policies.lens(session, at)
    }

    fn second(&self, pack: &Arc<Pack>) -> Option<&Arc<SecondOpinion>> {
        let mut seconds = self.seconds.iter();
        seconds
            .find(|(of, _)| Arc::ptr_eq(of, pack))
            .map(|(_, second)| second)
    }
}

impl Rules {
    /// The rules kept in a store.
    pub(crate) fn open(
        rows: &dyn RowRead,
        keys: &KeyTree,
        store: StoreId,
        recheck: Recheck,
    ) -> Result<Self> {
        Self::new(kept(rows, keys, store)?, recheck)
    }

    fn new(policies: Policies, recheck: Recheck) -> Result<Self> {
        Ok(Self {
            in_force: RwLock::new(Arc::new(InForce::new(policies, recheck)?)),
            sessions: SessionCache::new(),
            recheck,
        })
    }

    /// What is in force now, as one value.
    pub(crate) fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The pack that decides at the instant.
    pub(crate) fn at(&self, at: Instant) -> Option<Arc<Pack>> {
        self.in_force().policies.at(at).cloned()
    }

    /// What the session may see at the instant; `None` when no pack is in force.
    pub(crate) fn lens(&self, session: &SessionFacts, at: Instant) -> Option<Lens> {
        let in_force = self.in_force();
        let pack = in_force.policies.at(at)?;
        let lens = self.sessions.lens(pack, session, at);
        Some(match in_force.second(pack) {
            Some(second) => lens.seconded_by(Arc::clone(second)),
            None => lens,
        })
    }

    /// The lens narrowed to a dossier whose record has this version.
    pub(crate) fn scope(
        &self,
        lens: &Lens,
        dossier: (DossierId, u64),
        facts: impl FnOnce() -> DossierFacts,
    ) -> DossierLens {
        self.sessions.scope(lens, dossier, facts)
    }

    /// Forgets what was decided for earlier requests.
    pub(crate) fn forget_sessions(&self) {
        self.sessions.clear();
    }

    /// Makes a set of packs, once its commit is durable, the one in force.
    pub(crate) fn replace(&self, fresh: Arc<InForce>) {
        *self
            .in_force
            .write()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        self.sessions.clear();
    }

    /// Makes packs ready to decide.
    pub(crate) fn ready(&self, policies: Policies) -> Result<InForce> {
        InForce::new(policies, self.recheck)
    }

    /// The packs, in the order of their validity.
    pub(crate) fn list(&self) -> Vec<PackInForce> {
        let in_force = self.in_force();
        let packs = in_force.policies.packs();
        packs
            .map(|pack| PackInForce {
                name: pack.name().to_owned(),
                version: pack.version().to_owned(),
                valid_from: pack.validity().from(),
                valid_until: pack.validity().until(),
            })
            .collect()
    }

    /// What the second opinion was asked since these packs were loaded.
    pub(crate) fn rechecks(&self) -> Rechecks {
        let mut sum = Rechecks::default();
        for (_, second) in &self.in_force().seconds {
            sum.asked += second.asked();
            sum.withheld += second.refusals();
        }
        sum
    }
}

/// Keeps the packs in a group, names each in the journal, and has them come into force with the
/// group's commit.
pub(crate) fn load(group: &mut Group<'_>, fresh: Arc<InForce>) -> Result<()> {
    let core: &Arc<Core> = group.core;
    let keys = Arc::clone(group.keys());
    let (store, entropy) = (core.store, &*core.entropy);
    keep(
        &mut group.transaction,
        &keys,
        (store, entropy),
        &fresh.policies,
    )?;
    announce(group, &fresh)?;
    group.come_into_force(fresh);
    Ok(())
}

/// Whether the last commit binds these rules. They are others after a new version of the engine
/// with other packs built in, and when someone put older packs back into the catalog.
pub(crate) fn are_named(core: &Core, log: &Log) -> Result<bool> {
    let last = log.last_commit(core.view()?.rows())?;
    let digest = core.policies.in_force().digest();
    Ok(last.is_some_and(|(_, commit)| commit.policy == digest))
}

/// Names each pack in the journal.
pub(crate) fn announce(group: &mut Group<'_>, in_force: &InForce) -> Result<()> {
    for pack in in_force.policies.packs() {
        let fact = Fact::PolicyLoaded {
            at: group.now(),
            pack: format!("{} {}", pack.name(), pack.version()),
            digest: vault::digest("liasse pack v1", &[pack.canonical()]),
            valid_from: pack.validity().from(),
        };
        group.tell(&fact)?;
    }
    Ok(())
}

/// Keeps the packs a store is created with: by name when they are built in.
pub(crate) fn keep_first(
    transaction: &mut Transaction,
    keys: &KeyTree,
    (store, entropy): (StoreId, &dyn Entropy),
    name: &str,
) -> Result<()> {
    if builtin_files(name).is_some() {
        return Ok(transaction.put(ENGINE, PACK, name.as_bytes())?);
    }
    keep(transaction, keys, (store, entropy), &Policies::named(name)?)
}

/// Keeps packs sealed, since whoever could alter them could open every dossier.
fn keep(
    transaction: &mut Transaction,
    keys: &KeyTree,
    (store, entropy): (StoreId, &dyn Entropy),
    policies: &Policies,
) -> Result<()> {
    let before = transaction.row(ENGINE, PACKS)?;
    let before = before.and_then(|row| row.first_chunk::<4>().copied());
    let number = match before {
        Some(number) => u32::from_le_bytes(number),
        None => u32::try_from(transaction.take(Counter::UnitSlot)).unwrap_or(u32::MAX),
    };
    let unit = keys.unit_key(transaction, slot(number)?)?;
    let mut row = number.to_le_bytes().to_vec();
    row.extend(unit.seal(&place(store), &policies.canonical(), entropy)?);
    transaction.put(ENGINE, PACKS, &row)?;
    // Were the row lost, the rules of the beginning must not come back in its place.
    transaction.remove(ENGINE, PACK)?;
    Ok(())
}

fn kept(rows: &dyn RowRead, keys: &KeyTree, store: StoreId) -> Result<Policies> {
    let Some(row) = rows.row(ENGINE, PACKS)? else {
        let name = name(rows)?;
        if builtin_files(&name).is_none() {
            return Err(damaged("it has no pack that is known"));
        }
        return Ok(Policies::builtin_named(&name)?);
    };
    let damaged = || damaged("the policy packs do not open");
    let (number, sealed) = row.split_first_chunk::<4>().ok_or_else(damaged)?;
    let number = Slot::new(u32::from_le_bytes(*number)).map_err(|_| damaged())?;
    let unit = keys.unit_key(rows, number)?;
    let packs = unit.open(&place(store), sealed).map_err(|_| damaged())?;
    Ok(Policies::from_canonical(&packs)?)
}

fn damaged(what: &'static str) -> Error {
    Error::new(Code::Corrupt, what, RESTORE).at("catalog.redb, table engine")
}

/// The pack that is built in under which the store was created.
fn name(rows: &dyn RowRead) -> Result<String> {
    let name = rows.row(ENGINE, PACK)?;
    // INVARIANT(S18): what is a store by its FORMAT had its rules, so that they are lost.
    name.and_then(|name| String::from_utf8(name).ok())
        .ok_or_else(|| damaged("the policy packs are gone"))
}

fn place(store: StoreId) -> Place<'static> {
    Place {
        store,
        table: ENGINE,
        row: PACKS,
        version: 1,
        codec: 0,
        dictionary: 0,
    }
}

const PACK: &[u8] = b"pack";
const PACKS: &[u8] = b"packs";

#[cfg(test)]
mod tests;

//! A group of changes that become true together.
//!
//! For: the committer, which hands it to each work of the group. Invariants: work that refuses
//! has changed nothing, or the whole group fails; every group ends with an entry that binds the
//! catalog; what was written can be read back within the group.

use crate::backup::Shipped;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::recorder::{Line, Recorder, slot};
use crate::roots;
use crate::rules::InForce;
use crate::unindexed;
use crate::upkeep;
use base::{CommitSeq, Digest, DossierNumber, Instant, RowRead};
use index::{Analysed, Forget, Rewrite};
use journal::{Appended, Commit, Draft, Durable, Fact, Log, Recorded};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{
    Compaction, DossierSeal, FORMAT_VERSION, Head, OpenUnits, Prepared, SealedHead, Step,
    StoreError, Transaction, UnitChanges, UnitKind, Units,
};
use vault::{DossierKey, Grove, KeyTree, Slot};

/// Changes on their way into one commit.
pub(crate) struct Group<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) transaction: Transaction,
    keys: Arc<KeyTree>,
    units: Units,
    /// Units that were looked into; none of them has been changed since.
    open: RefCell<OpenUnits>,
    items: BTreeMap<UnitKind, UnitChanges>,
    heads: BTreeMap<DossierNumber, Loaded>,
    leaves: BTreeMap<DossierNumber, Option<Digest>>,
    drafts: Vec<Draft>,
    analysed: Vec<Analysed>,
    forgotten: Option<Forget>,
    index_work: Vec<Rewrite>,
    /// The index manifest before the first work that replaced segments.
    rewritten: Option<Digest>,
    rules: Option<Arc<InForce>>,
    changes: u64,
    broken: Option<Error>,
}

/// A dossier that is being changed.
struct Loaded {
    head: Head,
    key: DossierKey,
    changed: bool,
}

/// A group that is complete and waits for its commit.
pub(crate) struct Finished {
    core: Arc<Core>,
    prepared: Prepared,
    keys: Arc<KeyTree>,
    appended: Appended,
    shipped: Option<Shipped>,
    rules: Option<Arc<InForce>>,
    changed: Vec<DossierNumber>,
    analysed: Vec<Analysed>,
    index_work: Vec<Rewrite>,
    forgotten: Option<Forget>,
}

/// What a commit made true.
pub(crate) struct Committed {
    proofs: Vec<Option<Recorded<Durable>>>,
    first_entry: u64,
    broken: Option<Error>,
}

impl Committed {
    /// The proof of the draft that was added as number `at`; given once.
    pub(crate) fn proof(&mut self, at: usize) -> Result<Recorded<Durable>> {
        if let Some(broken) = &self.broken {
            // INVARIANT(X5): what it speaks of is durable, and nobody may be told that it failed.
            return Err(broken.uncertain());
        }
        let proof = self.proofs.get_mut(at).and_then(Option::take);
        proof.ok_or_else(|| base::Bug::new("a committed draft has one proof").into())
    }

    /// Why what is durable could not be shown; readers need the store opened again then.
    pub(crate) const fn broken(&self) -> Option<&Error> {
        self.broken.as_ref()
    }

    /// The journal's index of the draft that was added as number `at`.
    pub(crate) fn entry(&self, at: usize) -> u64 {
        self.first_entry + at as u64
    }
}

impl<'a> Group<'a> {
    /// A group that begins with the traces that waited.
    pub(crate) fn new(
        core: &'a Arc<Core>,
        mut transaction: Transaction,
        traces: Vec<Draft>,
    ) -> Result<Self> {
        core.tried.skip(&mut transaction)?;
        upkeep::note_waiting(core, &mut transaction)?;
        let (rows, keys) = core.current.state();
        let units = Units::open(core.store, &keys, &*rows)?;
        Ok(Self {
            core,
            transaction,
            keys,
            units,
            open: RefCell::default(),
            items: BTreeMap::new(),
            heads: BTreeMap::new(),
            leaves: BTreeMap::new(),
            drafts: traces,
            analysed: Vec::new(),
            forgotten: None,
            index_work: Vec::new(),
            rewritten: None,
            rules: None,
            changes: 0,
            broken: None,
        })
    }

    /// Runs work; when it refuses after it changed something, here or in the transaction, the
    /// group is broken.
    pub(crate) fn attempt<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let changes = |group: &Self| (group.changes, group.transaction.changes());
        let before = changes(self);
        let outcome = work(self);
        if let Err(error) = &outcome
            && changes(self) != before
        {
            self.broken.get_or_insert_with(|| error.clone());
        }
        outcome
    }

    /// The instant of this commit.
    pub(crate) const fn now(&self) -> Instant {
        self.transaction.instant()
    }

    /// The number of this commit.
    pub(crate) const fn seq(&self) -> CommitSeq {
        self.transaction.seq()
    }

    /// The keys this group seals with.
    pub(crate) const fn keys(&self) -> &Arc<KeyTree> {
        &self.keys
    }

    /// Goes on under other keys: those of a rotation written in this group.
    pub(crate) fn set_keys(&mut self, keys: &Arc<KeyTree>) -> Result<()> {
        roots::replace(&mut self.transaction, &self.keys, keys)?;
        self.tell(&roots::created(keys, self.now()))?;
        self.keys = Arc::clone(keys);
        self.units = Units::open(self.core.store, keys, &self.transaction)?;
        self.open.take();
        Ok(())
    }

    /// Takes the items that this group has changed so far: the caller writes them.
    pub(crate) fn take_items(&mut self) -> BTreeMap<UnitKind, UnitChanges> {
        std::mem::take(&mut self.items)
    }

    /// Seals a dossier of the group under the key that a rotation gave its slot.
    pub(crate) fn rekey(&mut self, number: DossierNumber) -> Result<()> {
        let loaded = self.heads.get_mut(&number);
        let loaded = loaded.ok_or(base::Bug::new("a dossier sealed anew was looked at"))?;
        let slot = slot(loaded.head.slot())?;
        loaded.key = self.keys.dossier_key(&self.transaction, slot)?;
        loaded.changed = true;
        Ok(())
    }

    /// The sealed units under the keys of this group.
    pub(crate) fn units(&mut self) -> (&Units, &mut Transaction) {
        self.changes += 1;
        self.open.take();
        (&self.units, &mut self.transaction)
    }

    /// An item of the sealed units, as this group leaves it.
    pub(crate) fn item(&self, kind: UnitKind, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.items.get(&kind).and_then(|changes| changes.get(key)) {
            Some(changed) => Ok(changed.clone()),
            None => {
                let open = &mut self.open.borrow_mut();
                Ok(self.units.lookup_open(&self.transaction, open, kind, key)?)
            }
        }
    }

    /// Sets an item of the sealed units; `None` removes it.
    pub(crate) fn set_item(&mut self, kind: UnitKind, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.changes += 1;
        self.items.entry(kind).or_default().insert(key, value);
    }

    /// Puts a dossier that was just opened into the group.
    pub(crate) fn add_head(&mut self, head: Head) -> Result<()> {
        self.changes += 1;
        let key = self
            .keys
            .dossier_key(&self.transaction, slot(head.slot())?)?;
        self.heads.insert(
            head.number(),
            Loaded {
                head,
                key,
                changed: true,
            },
        );
        Ok(())
    }

    /// Looks at a dossier as this group leaves it; `None` when there is none.
    pub(crate) fn with_head<T>(
        &mut self,
        number: DossierNumber,
        look: impl FnOnce(&mut Head, &Transaction, DossierSeal<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        if !self.load(number)? {
            return Ok(None);
        }
        let Some(loaded) = self.heads.get_mut(&number) else {
            return Ok(None);
        };
        let seal = DossierSeal {
            store: self.core.store,
            key: &loaded.key,
        };
        look(&mut loaded.head, &self.transaction, seal).map(Some)
    }

    /// Changes a dossier that [`Self::with_head`] has found.
    pub(crate) fn change_head<T>(
        &mut self,
        number: DossierNumber,
        change: impl FnOnce(&mut Head, &Transaction, DossierSeal<'_>) -> Result<T>,
    ) -> Result<T> {
        self.changes += 1;
        let loaded = self.heads.get_mut(&number);
        let loaded = loaded.ok_or(base::Bug::new("a changed dossier was looked at"))?;
        loaded.changed = true;
        let seal = DossierSeal {
            store: self.core.store,
            key: &loaded.key,
        };
        change(&mut loaded.head, &self.transaction, seal)
    }

    /// Takes a dossier out of the group and of the state tree; its rows are the caller's.
    pub(crate) fn drop_head(&mut self, number: DossierNumber) {
        self.changes += 1;
        self.heads.remove(&number);
        self.leaves.insert(number, None);
    }

    /// Adds documents to the index's tail once this group is committed.
    pub(crate) fn index(&mut self, analysed: Analysed) {
        self.changes += 1;
        self.analysed.push(analysed);
    }

    /// Takes documents out of the index's tail once this group is committed.
    pub(crate) fn forget(&mut self, forget: Forget) {
        self.changes += 1;
        self.forgotten = Some(forget);
    }

    /// Makes index work visible once this group is committed; the keys of the segments it
    /// replaces wait for the next erasure.
    pub(crate) fn record_index(&mut self, work: Rewrite) -> Result<()> {
        self.changes += 1;
        if !work.retires().is_empty() && self.rewritten.is_none() {
            self.rewritten = Some(index::manifest_digest(&self.transaction)?);
        }
        work.record(&mut self.transaction)?;
        unindexed::forget(&mut self.transaction, work.watermark())?;
        for slot in work.retires() {
            store::retire(&mut self.transaction, Grove::Segment, *slot)?;
        }
        self.index_work.push(work);
        Ok(())
    }

    /// As [`Self::record_index`], for work whose slots were taken ahead, unless something came
    /// between since it was planned: then the keys of what it wrote go on waiting for the next
    /// erasure, or were replaced by this one, and the answer is `false`.
    pub(crate) fn offer_index(&mut self, work: Rewrite) -> Result<bool> {
        let listed = store::retired(&self.transaction, Grove::Segment)?;
        let whole = work.writes().iter().all(|slot| listed.contains(slot));
        if !whole || !work.is_current(&self.transaction)? {
            work.abandon()?;
            return Ok(false);
        }
        for slot in work.writes() {
            store::take_up(&mut self.transaction, Grove::Segment, slot)?;
        }
        self.record_index(work)?;
        Ok(true)
    }

    /// Has other rules come into force with this group's commit, which binds them.
    pub(crate) fn come_into_force(&mut self, fresh: Arc<InForce>) {
        self.changes += 1;
        self.rules = Some(fresh);
    }

    /// Moves live bodies out of a segment that is being compacted.
    pub(crate) fn compact(&mut self, compaction: &mut Compaction, bytes_max: u64) -> Result<Step> {
        self.changes += 1;
        let keys = Arc::clone(&self.keys);
        let mut key_of = |rows: &dyn RowRead, number: u32| {
            let damaged = StoreError::damaged(vault::tree::TABLE);
            let slot = Slot::new(number).map_err(|_| damaged.clone())?;
            keys.dossier_key(rows, slot).map_err(|_| damaged)
        };
        let (catalog, entropy) = (&self.core.catalog, &*self.core.entropy);
        let transaction = &mut self.transaction;
        Ok(compaction.step(catalog, transaction, &mut key_of, entropy, bytes_max)?)
    }

    /// Adds a sealed entry; its number is what [`Committed::proof`] is asked with.
    pub(crate) fn draft(&mut self, draft: Draft) -> usize {
        self.changes += 1;
        self.drafts.push(draft);
        self.drafts.len() - 1
    }

    /// Adds an entry that says something in clear.
    pub(crate) fn tell(&mut self, fact: &Fact) -> Result<usize> {
        Ok(self.draft(Draft::fact(fact, None)?))
    }

    /// Seals a trace and adds it.
    pub(crate) fn trace(&mut self, line: &Line<'_>) -> Result<usize> {
        let recorder = Recorder {
            store: self.core.store,
            rows: &self.transaction,
            keys: &self.keys,
            entropy: &*self.core.entropy,
        };
        let draft = recorder.draft(line)?;
        Ok(self.draft(draft))
    }

    /// Makes everything true.
    pub(crate) fn commit(self, log: &mut Log) -> Result<Committed> {
        self.finish(log)?.commit()
    }

    /// Seals and numbers everything; later groups are built on it while it waits for its
    /// commit.
    pub(crate) fn finish(mut self, log: &mut Log) -> Result<Finished> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        self.store_heads()?;
        let mut open = self.open.take();
        for (kind, changes) in std::mem::take(&mut self.items) {
            let (transaction, entropy) = (&mut self.transaction, &*self.core.entropy);
            self.units
                .change_open(transaction, &mut open, kind, changes, entropy)?;
        }
        for (number, leaf) in &self.leaves {
            self.transaction.set_leaf(*number, *leaf)?;
        }
        let state = self.transaction.state_root()?;
        let fresh = self.analysed.iter().map(|it| it.ordinal().dossier());
        let (seq, fresh) = (self.seq(), fresh.collect());
        unindexed::note(&mut self.transaction, seq, &fresh)?;
        self.core.shipping.remember(&mut self.transaction)?;
        let manifest = index::manifest_digest(&self.transaction)?;
        self.tell_changes(manifest)?;
        let bound = self.bound(state, manifest)?;
        self.tell(&Fact::Commit(bound))?;
        let drafts = std::mem::take(&mut self.drafts);
        let before = log.root();
        let appended = log.append(&mut self.transaction, drafts)?;
        log.sign(&mut self.transaction, &self.core.signing)?;
        self.core.tried.note(self.transaction.counters());
        let prepared = self.transaction.prepare()?;
        let bindings = (before, log.root());
        let shipped = self.core.shipping.wrap(&prepared, bindings, &self.keys);
        Ok(Finished {
            core: Arc::clone(self.core),
            prepared,
            keys: self.keys,
            appended,
            shipped,
            rules: self.rules,
            changed: self.leaves.into_keys().collect(),
            analysed: self.analysed,
            index_work: self.index_work,
            forgotten: self.forgotten,
        })
    }

    fn store_heads(&mut self) -> Result<()> {
        for (number, loaded) in &mut self.heads {
            if loaded.changed {
                let seal = DossierSeal {
                    store: self.core.store,
                    key: &loaded.key,
                };
                let entropy = &*self.core.entropy;
                let leaf = loaded.head.store(&mut self.transaction, seal, entropy)?;
                self.leaves.insert(*number, Some(leaf));
            }
        }
        Ok(())
    }

    /// Tells what became of the index's segments and of older roots.
    fn tell_changes(&mut self, manifest: Digest) -> Result<()> {
        let at = self.now();
        if let Some(before) = self.rewritten {
            let after = manifest;
            self.tell(&Fact::IndexRewritten { at, before, after })?;
        }
        for gone in roots::take(&mut self.transaction, &self.core.destroyed)? {
            self.tell(&gone)?;
        }
        Ok(())
    }

    /// What binds the catalog.
    fn bound(&mut self, state: Digest, manifest: Digest) -> Result<Commit> {
        let rows = self.transaction.row_sum()?;
        let fresh = self.rules.clone();
        let rules = fresh.unwrap_or_else(|| self.core.policies.in_force());
        Ok(Commit {
            store: self.core.store,
            seq: self.seq(),
            at: self.now(),
            epoch: self.keys.epoch().number(),
            format: FORMAT_VERSION,
            state,
            keys: self.keys.root_digest(),
            manifest,
            policy: rules.digest(),
            rows,
        })
    }

    fn load(&mut self, number: DossierNumber) -> Result<bool> {
        if self.heads.contains_key(&number) {
            return Ok(true);
        }
        if self.leaves.contains_key(&number) {
            return Ok(false);
        }
        let Some(sealed) = SealedHead::read(&self.transaction, number)? else {
            return Ok(false);
        };
        let key = self
            .keys
            .dossier_key(&self.transaction, slot(sealed.slot())?)?;
        let head = sealed.open_for_change(DossierSeal {
            store: self.core.store,
            key: &key,
        })?;
        self.heads.insert(
            number,
            Loaded {
                head,
                key,
                changed: false,
            },
        );
        Ok(true)
    }
}

impl Finished {
    /// Makes the group durable, and has readers see it. Groups commit in the order in which
    /// they were finished.
    pub(crate) fn commit(self) -> Result<Committed> {
        let core = &self.core;
        let seq = self.prepared.commit()?;
        if let Some(fresh) = self.rules {
            core.policies.replace(fresh);
        }
        core.changes.add(seq, self.changed);
        // INVARIANT(X5): the commit is durable, so nothing below may call it failed. What cannot
        // be shown after it is told with its proofs missing, and the committer stops answering.
        let shown = show(
            core,
            &self.keys,
            self.analysed,
            self.index_work,
            self.forgotten.as_ref(),
        );
        core.shipping.push(self.shipped);
        let first_entry = self.appended.range().start;
        let durable = shown
            .and_then(|()| core.view())
            .and_then(|view| Ok(self.appended.durable(view.rows())?));
        let (proofs, broken) = match durable {
            Ok(proofs) => (proofs.into_iter().map(Some).collect(), None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Ok(Committed {
            proofs,
            first_entry,
            broken,
        })
    }
}

/// Lets readers see what was committed.
fn show(
    core: &Core,
    keys: &Arc<KeyTree>,
    analysed: Vec<Analysed>,
    index_work: Vec<Rewrite>,
    forgotten: Option<&Forget>,
) -> Result<()> {
    core.index.append(analysed);
    if let Some(forgotten) = forgotten {
        core.index.forget_tail(forgotten);
    }
    for work in index_work {
        core.index.publish(work)?;
    }
    core.publish(keys)
}

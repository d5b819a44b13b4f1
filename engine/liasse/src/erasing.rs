//! Erasing a dossier, step by step; each step is one commit, and each can be resumed.
//!
//! ```text
//! forget         stage root e+1; one commit: new key paths, touched units sealed anew, rows
//!                gone, "begun" in the journal, a mark that says how far it is
//! retire         activate e+1, destroy e, let go of cached keys
//! confirm        receipt 1 in the journal
//! rewrite_index  segments that held the dossier are written anew; the old segments' keys are
//!                replaced under root e+2
//! retire_index   activate e+2, destroy e+1
//! conclude       receipt 2 in the journal, the mark is removed
//! ```
//! Invariants: a receipt is given only after the roots it speaks of are destroyed; the mark
//! outlives every crash; traces keep their own key and stay.

use crate::answer::Receipt;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::group::{Committed, Group};
use crate::names;
use crate::recorder::{AuditPlace, Line, slot, trace};
use crate::relations;
use crate::upkeep::segment_slot;
use base::{AuditHandle, Cursor, Digest, DossierNumber, DossierSet, RowRead, RowWrite, Table};
use index::Forget;
use intake::{Ins, InsAuthority};
use journal::{Act, Agent, Decision, Draft, ErasureStage, Fact, Log};
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{Spending, UnitKind, remove_rows};
use vault::{Destruction, Finished, Forgetting, Forgotten, Grove, KeyTree, Opened, Rotation, Slot};

/// A rotation that is committed with its group.
pub(crate) struct Begun {
    rotation: Rotation,
    core: Arc<Core>,
}

/// A receipt that waits for the number of its journal entry.
pub(crate) struct Unnumbered {
    receipt: Receipt,
    draft: usize,
}

impl Unnumbered {
    pub(crate) fn numbered(mut self, committed: &mut Committed) -> Result<Receipt> {
        self.receipt.entry = committed.entry(self.draft);
        Ok(self.receipt)
    }
}

/// Forgets the dossier's keys and everything that mentions it outside them.
pub(crate) fn forget(
    group: &mut Group<'_>,
    number: DossierNumber,
    place: AuditPlace,
    agent: &Agent,
) -> Result<Begun> {
    let mentions = Mentions::of(group, number)?;
    let core = Arc::clone(group.core);
    let (kms, entropy) = (&*core.kms, &*core.entropy);
    let stage = group.keys().stage(kms, entropy)?;
    let mut units = Vec::new();
    for (kind, keys) in &mentions.items {
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let (all, transaction) = group.units();
        let taken = all.take(transaction, *kind, &keys)?;
        units.extend(taken.into_iter().map(|mut unit| {
            keys.iter().for_each(|key| unit.remove(key));
            unit
        }));
    }
    let mut slots = vec![(Grove::Dossier, slot(mentions.key_slot)?)];
    for unit in &units {
        slots.push((Grove::Unit, slot(unit.slot())?));
    }
    for body in &mentions.bodies {
        group.transaction.release(*body)?;
    }
    let rotation = stage.replace(&mut group.transaction, &slots, kms, entropy)?;
    group.set_keys(rotation.tree())?;
    for unit in units {
        let (all, transaction) = group.units();
        all.put_back(transaction, unit, entropy)?;
    }
    for (key, value) in mentions.relations {
        group.set_item(UnitKind::Relation, key, Some(value));
    }
    remove_rows(&mut group.transaction, number)?;
    group.drop_head(number);
    core.index.forget_tail(&[number].into_iter().collect());
    mark(group, number, place, Step::Begun)?;
    let now = group.now();
    let pack = core
        .policies
        .at(now)
        .map(|it| format!("{} {}", it.name(), it.version()));
    let act = Act::Erased {
        documents: Vec::new(),
    };
    let pack = pack.unwrap_or_default();
    let trace = trace(now, mentions.id, agent, &pack, Decision::Permit, act);
    group.trace(&Line {
        place,
        trace,
        words: None,
    })?;
    fact(group, place, ErasureStage::Begun)?;
    Ok(Begun { rotation, core })
}

/// Destroys the older root, once the commit that no longer needs it is durable.
pub(crate) fn retire(begun: Begun, committed: &mut Committed) -> Result<Forgotten> {
    let core = begun.core;
    core.policies.forget_sessions();
    match finish(&core, begun.rotation, committed.view.rows())? {
        Finished::Forgotten(forgotten) => Ok(forgotten),
        Finished::RotateAgain(_) => Err(again()),
    }
}

/// The first receipt.
pub(crate) fn confirm(
    group: &mut Group<'_>,
    number: DossierNumber,
    place: AuditPlace,
    forgotten: Forgotten,
) -> Result<Unnumbered> {
    mark(group, number, place, Step::KeysDestroyed)?;
    let draft = fact(group, place, ErasureStage::KeysDestroyed)?;
    Ok(Unnumbered {
        receipt: receipt(1, &forgotten),
        draft,
    })
}

/// Writes the segments that held the dossier anew, and replaces the old segments' keys.
pub(crate) fn rewrite_index(group: &mut Group<'_>, number: DossierNumber) -> Result<Begun> {
    let core = Arc::clone(group.core);
    let dossiers: DossierSet = [number].into_iter().collect();
    let mut retired: Vec<(Grove, Slot)> = Vec::new();
    for plan in core.index.plan_forgetting(&Forget::Dossiers(dossiers)) {
        let slots: Vec<_> = (0..plan.slots_needed())
            .map(|_| segment_slot(group))
            .collect::<Result<_>>()?;
        retired.extend(
            plan.sources()
                .iter()
                .map(|source| (Grove::Segment, *source)),
        );
        let work = core.index.rewrite(&plan, &slots)?;
        group.record_index(work)?;
    }
    let stage = group.keys().stage(&*core.kms, &*core.entropy)?;
    let rotation = stage.replace(&mut group.transaction, &retired, &*core.kms, &*core.entropy)?;
    group.set_keys(rotation.tree())?;
    Ok(Begun { rotation, core })
}

/// Destroys the root under which the old segments' keys lay.
pub(crate) fn retire_index(begun: Begun, committed: &mut Committed) -> Result<Forgotten> {
    begun.core.index.purge();
    retire(begun, committed)
}

/// The second receipt.
pub(crate) fn conclude(
    group: &mut Group<'_>,
    number: DossierNumber,
    place: AuditPlace,
    forgotten: Forgotten,
) -> Result<Unnumbered> {
    group.transaction.remove(ERASURES, &mark_key(number))?;
    let draft = fact(group, place, ErasureStage::IndexRewritten)?;
    Ok(Unnumbered {
        receipt: receipt(2, &forgotten),
        draft,
    })
}

/// Completes a rotation that a crash cut short, before anything else is done.
pub(crate) fn complete_rotation(core: &Core, opened: Opened) -> Result<()> {
    let view = core.view()?;
    match opened {
        Opened::Ready(_) => Ok(()),
        Opened::Activate(rotation) => finish(core, rotation, view.rows()).map(drop),
        Opened::Destroy(retiring) => {
            let done = retiring.destroy(&*core.kms, &*core.entropy);
            done.map(drop).map_err(|halted| halted.error.into())
        }
        // The root that was found staged goes with the rotation of the next erasure step.
        Opened::RotateAgain(_) => Ok(()),
    }
}

/// Completes the erasures that were begun and not concluded.
pub(crate) fn resume(core: &Arc<Core>, log: &mut Log) -> Result<()> {
    for (number, place, step) in marks(core.view()?.rows())? {
        if step == Step::Begun {
            let forgotten = rotate(core, log, plain_rotation)?;
            in_group(core, log, |group| confirm(group, number, place, forgotten))?;
        }
        let forgotten = rotate(core, log, |group| rewrite_index(group, number))?;
        in_group(core, log, |group| conclude(group, number, place, forgotten))?;
    }
    Ok(())
}

/// A rotation that replaces no leaf: after it, an older root opens nothing.
fn plain_rotation(group: &mut Group<'_>) -> Result<Begun> {
    let core = Arc::clone(group.core);
    let stage = group.keys().stage(&*core.kms, &*core.entropy)?;
    let rotation = stage.replace(&mut group.transaction, &[], &*core.kms, &*core.entropy)?;
    group.set_keys(rotation.tree())?;
    Ok(Begun { rotation, core })
}

/// Commits a rotation and destroys the older root; once more when the new root was found.
fn rotate(
    core: &Arc<Core>,
    log: &mut Log,
    begin: impl FnOnce(&mut Group<'_>) -> Result<Begun>,
) -> Result<Forgotten> {
    let (begun, committed) = in_group(core, log, begin)?;
    let mut finished = finish(core, begun.rotation, committed.view.rows())?;
    loop {
        match finished {
            Finished::Forgotten(forgotten) => return Ok(forgotten),
            Finished::RotateAgain(_) => {
                let (begun, committed) = in_group(core, log, plain_rotation)?;
                finished = finish(core, begun.rotation, committed.view.rows())?;
            }
        }
    }
}

fn in_group<T>(
    core: &Arc<Core>,
    log: &mut Log,
    work: impl FnOnce(&mut Group<'_>) -> Result<T>,
) -> Result<(T, Committed)> {
    let transaction = core.catalog.begin(Spending::Reserve, core.clock.now())?;
    let mut group = Group::new(core, transaction, Vec::new())?;
    let value = work(&mut group)?;
    Ok((value, group.commit(log)?))
}

fn finish(core: &Core, rotation: Rotation, committed: &dyn RowRead) -> Result<Finished> {
    let tree: Arc<KeyTree> = Arc::clone(rotation.tree());
    let retiring = rotation
        .activate(committed, &*core.kms)
        .map_err(|halted| halted.error)?;
    let finished = retiring
        .destroy(&*core.kms, &*core.entropy)
        .map_err(|halted| halted.error)?;
    tree.purge();
    core.index.purge();
    Ok(finished)
}

/// Where a dossier is mentioned outside its own rows.
struct Mentions {
    id: base::DossierId,
    key_slot: u32,
    items: Vec<(UnitKind, Vec<Vec<u8>>)>,
    relations: Vec<(Vec<u8>, Vec<u8>)>,
    bodies: Vec<store::BodyPlace>,
}

impl Mentions {
    fn of(group: &mut Group<'_>, number: DossierNumber) -> Result<Self> {
        let looked = group.with_head(number, |head, rows, seal| {
            let bodies = head.bodies(rows, seal)?;
            let dossier = head.dossier()?;
            let aliases: Vec<_> = dossier
                .aliases()
                .filter_map(|alias| {
                    let authority = InsAuthority::from_oid(alias.authority())?;
                    Ins::new(alias.matricule(), authority).ok()
                })
                .map(|identity| names::alias_key(&identity))
                .collect();
            Ok((dossier.id(), head.slot(), bodies, aliases))
        })?;
        let (id, key_slot, bodies, aliases) = looked.ok_or_else(Error::refused)?;
        let key = group
            .keys()
            .dossier_key(&group.transaction, slot(key_slot)?)?;
        let seal = store::DossierSeal {
            store: group.core.store,
            key: &key,
        };
        let sealed = store::SealedHead::read(&group.transaction, number)?;
        let listing = sealed.ok_or_else(changed)?.open(&group.transaction, seal)?;
        let documents: Vec<_> = listing
            .entries()
            .map(|entry| entry.document().as_bytes().to_vec())
            .collect();
        let (mut related, mut relations) = (Vec::new(), Vec::new());
        for party in relations::parties(listing.dossier()?, listing.entries()) {
            if let Some((key, value)) = relations::unrelated(group, &party, number)? {
                related.push(key.clone());
                relations.push((key, value));
            }
        }
        let items = vec![
            (UnitKind::Alias, aliases),
            (UnitKind::Dossier, vec![id.as_bytes().to_vec()]),
            (UnitKind::Document, documents),
            (UnitKind::Relation, related),
        ];
        Ok(Self {
            id,
            key_slot,
            items,
            relations,
            bodies,
        })
    }
}

/// How far an erasure is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Begun,
    KeysDestroyed,
}

fn mark(group: &mut Group<'_>, number: DossierNumber, place: AuditPlace, step: Step) -> Result<()> {
    let mut value = vec![match step {
        Step::Begun => 1,
        Step::KeysDestroyed => 2,
    }];
    value.extend_from_slice(place.handle.as_bytes());
    value.extend_from_slice(&place.slot.to_le_bytes());
    group.transaction.put(ERASURES, &mark_key(number), &value)?;
    Ok(())
}

fn marks(rows: &dyn RowRead) -> Result<Vec<(DossierNumber, AuditPlace, Step)>> {
    let mut found = Vec::new();
    rows.visit(ERASURES, &[], &[0xff; 8], &mut |key, value| {
        found.extend(parse_mark(key, value));
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn parse_mark(key: &[u8], value: &[u8]) -> Option<(DossierNumber, AuditPlace, Step)> {
    let number = DossierNumber::new(u64::from_be_bytes(key.try_into().ok()?)).ok()?;
    let mut cursor = Cursor::new(value);
    let step = match cursor.u8().ok()? {
        1 => Step::Begun,
        2 => Step::KeysDestroyed,
        _ => return None,
    };
    let handle = AuditHandle::from_bytes(cursor.array().ok()?);
    Some((
        number,
        AuditPlace {
            handle,
            slot: cursor.u32().ok()?,
        },
        step,
    ))
}

fn mark_key(number: DossierNumber) -> [u8; 8] {
    number.number().to_be_bytes()
}

fn fact(group: &mut Group<'_>, place: AuditPlace, stage: ErasureStage) -> Result<usize> {
    let epoch = group.keys().epoch().number();
    let fact = Fact::Erasure {
        at: group.now(),
        stage,
        epoch,
        receipt: Digest::ZERO,
    };
    let draft = Draft::fact(&fact, Some(place.handle))?;
    Ok(group.draft(draft))
}

fn receipt(number: u8, forgotten: &Forgotten) -> Receipt {
    let destruction = match forgotten.destruction() {
        Destruction::Done => "destroyed",
        Destruction::Scheduled => "scheduled for destruction",
    };
    let caveat = match forgotten.forgetting() {
        Forgetting::Real => "",
        Forgetting::BestEffort => {
            "a key file is overwritten in place; an SSD or a copying file system may keep it"
        }
        Forgetting::Never => "a passphrase can be typed again: this is not erasure",
    };
    Receipt {
        number,
        root: forgotten.kind().to_owned(),
        destruction: destruction.to_owned(),
        caveat: caveat.to_owned(),
        entry: 0,
    }
}

fn again() -> Error {
    Error::new(
        crate::error::Code::Changed,
        "the erasure was begun under a root that an earlier attempt had staged",
        "open the store again: it completes the erasure",
    )
}

fn changed() -> Error {
    Error::new(
        crate::error::Code::Changed,
        "the dossier changed meanwhile",
        "try again",
    )
}

/// Erasures that were begun, and how far they are.
const ERASURES: Table = Table::new("erasures");

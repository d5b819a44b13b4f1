//! The first step: keys go, and everything that mentions the erased outside them.
//!
//! Works in a group of its own, so that nothing that waits beside it was sealed for what goes.
//! Invariants: a request that is refused has changed nothing; erasing a dossier takes all linked
//! ones; erasing a document takes its earlier versions, never a later one.

use super::marks::{self, Mark};
use super::receipts;
use crate::core::Core;
use crate::error::{Code, Error, Result};
use crate::group::Group;
use crate::names::{self, Audited};
use crate::recorder::{AuditPlace, Line, slot, trace};
use crate::verb::open;
use crate::{facts, kept_words, relations};
use base::{AuditHandle, Digest, DocumentId, DocumentNumber, DossierId, DossierNumber, Instant};
use journal::{Act, Agent, Decision, ErasureStage};
use policy::{Action, SessionFacts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{BodyPlace, Dossier, UnitKind, remove_rows};
use vault::{Grove, Rotation, Stage};

/// A request to erase, as it waits.
pub(crate) struct Request {
    pub(crate) by: By,
    pub(crate) agent: Agent,
    pub(crate) number: DossierNumber,
    pub(crate) id: DossierId,
    pub(crate) what: Wanted,
}

/// On whose word.
pub(crate) enum By {
    /// A session's, if its rules allow it.
    Session(SessionFacts),
    /// The law's: the term of a closed dossier has passed.
    Term,
}

/// What is to go.
pub(crate) enum Wanted {
    /// The whole dossier.
    Dossier,
    /// One document.
    Document(DocumentId),
}

/// A batch that was begun; without a rotation nothing was left to erase.
pub(super) struct Begun {
    pub(super) rotation: Option<Rotation>,
    pub(super) outcomes: Vec<Result<DossierNumber>>,
}

/// Forgets keys and mentions of all that may be erased.
pub(super) fn forget(group: &mut Group<'_>, requests: &[Request]) -> Result<Begun> {
    let mut leaving = Leaving::default();
    let outcomes = requests
        .iter()
        .map(|request| leaving.add(group, request).map(|()| request.number))
        .collect();
    if leaving.wholes.is_empty() && leaving.parts.is_empty() {
        return Ok(Begun {
            rotation: None,
            outcomes,
        });
    }
    // Before anything is changed: a key store that is away stops nothing but this.
    let stage = group.keys().stage(&group.core.kms, &*group.core.entropy)?;
    for (number, whole) in &leaving.wholes {
        unname(group, *number, whole)?;
    }
    let mut words = BTreeMap::new();
    for (number, part) in &leaving.parts {
        let gone = part.documents.values().copied().collect();
        words.insert(
            *number,
            kept_words::gather(group, *number, part.place, &gone)?,
        );
        take_out(group, *number, part)?;
    }
    let rotation = reseal(group, &leaving, stage)?;
    for (number, whole) in &leaving.wholes {
        remove_rows(&mut group.transaction, *number)?;
        kept_words::remove(&mut group.transaction, *number)?;
        group.drop_head(*number);
        group.core.promises.note_erased(whole.state.id);
        keep_audited(group, whole)?;
    }
    for (number, part) in &leaving.parts {
        group.rekey(*number)?;
        let words = words.remove(number).unwrap_or_default();
        kept_words::keep(group, *number, part.key_slot, &words)?;
    }
    let marks = leaving.marks();
    for mark in &marks {
        mark.set(group)?;
    }
    group.forget(marks::forget(&marks));
    leaving.record(group)?;
    Ok(Begun {
        rotation: Some(rotation),
        outcomes,
    })
}

/// What goes in this batch.
#[derive(Default)]
struct Leaving {
    wholes: BTreeMap<DossierNumber, Whole>,
    parts: BTreeMap<DossierNumber, Part>,
}

/// A dossier that goes.
struct Whole {
    state: Dossier,
    key_slot: u32,
    documents: Vec<DocumentId>,
    bodies: Vec<BodyPlace>,
    agent: Agent,
}

/// Documents that go out of a dossier that stays.
struct Part {
    id: DossierId,
    place: AuditPlace,
    key_slot: u32,
    documents: BTreeMap<DocumentNumber, DocumentId>,
    agent: Agent,
}

impl Leaving {
    /// Adds what a request asks for, if it may go; reads only.
    fn add(&mut self, group: &mut Group<'_>, request: &Request) -> Result<()> {
        if self.wholes.contains_key(&request.number) {
            return Err(Error::refused());
        }
        let state = state_of(group, request.number)?.ok_or_else(Error::refused)?;
        match (&request.by, &request.what) {
            (By::Session(session), wanted) => may(group, session, request, wanted)?,
            (By::Term, _) => has_passed(&state, group.now())?,
        }
        match request.what {
            Wanted::Dossier => self.add_linked(group, request),
            Wanted::Document(document) => self.add_document(group, request, document),
        }
    }

    fn add_linked(&mut self, group: &mut Group<'_>, request: &Request) -> Result<()> {
        let mut found = vec![request.number];
        while let Some(number) = found.pop() {
            if self.wholes.contains_key(&number) {
                continue;
            }
            let Some(whole) = Whole::of(group, number, &request.agent)? else {
                continue;
            };
            for link in &whole.state.links {
                let lookup = |kind, key: &[u8]| group.item(kind, key);
                found.extend(names::numbered(&lookup, link.dossier)?);
            }
            self.parts.remove(&number);
            self.wholes.insert(number, whole);
        }
        Ok(())
    }

    fn add_document(
        &mut self,
        group: &mut Group<'_>,
        request: &Request,
        document: DocumentId,
    ) -> Result<()> {
        let number = request.number;
        let documents = with_earlier(group, number, document)?;
        let state = state_of(group, number)?.ok_or_else(Error::refused)?;
        let key_slot = group.with_head(number, |head, _, _| Ok(head.slot()))?;
        let part = Part {
            id: state.id,
            place: place_of(&state),
            key_slot: key_slot.ok_or_else(Error::refused)?,
            documents: BTreeMap::new(),
            agent: request.agent.clone(),
        };
        let part = self.parts.entry(number).or_insert(part);
        part.documents.extend(documents);
        Ok(())
    }

    fn marks(&self) -> Vec<Mark> {
        let wholes = self.wholes.iter();
        let wholes = wholes.map(|(number, it)| Mark::begun(*number, None, place_of(&it.state)));
        let parts = self.parts.iter().flat_map(|(number, part)| {
            let documents = part.documents.keys();
            documents.map(|document| Mark::begun(*number, Some(*document), part.place))
        });
        wholes.chain(parts).collect()
    }

    /// Says in the journal who erased, and that it is begun.
    fn record(&self, group: &mut Group<'_>) -> Result<()> {
        let now = group.now();
        let pack = group.core.policies.at(now);
        let pack = pack.map(|it| format!("{} {}", it.name(), it.version()));
        let pack = pack.unwrap_or_default();
        let wholes = self.wholes.values();
        let wholes = wholes.map(|it| (it.state.id, place_of(&it.state), &it.agent, Vec::new()));
        let parts = self.parts.values().map(|it| {
            let documents = it.documents.values().copied().collect();
            (it.id, it.place, &it.agent, documents)
        });
        for (id, place, agent, documents) in wholes.chain(parts) {
            let act = Act::Erased { documents };
            let trace = trace(now, id, agent, &pack, Decision::Permit, act);
            group.trace(&Line {
                place,
                trace,
                words: None,
            })?;
            receipts::fact(group, place, (ErasureStage::Begun, Digest::ZERO))?;
        }
        Ok(())
    }
}

impl Whole {
    fn of(group: &mut Group<'_>, number: DossierNumber, agent: &Agent) -> Result<Option<Self>> {
        group.with_head(number, |head, rows, seal| {
            let mut documents = Vec::new();
            head.find(rows, seal, &mut |entry| {
                documents.push(entry.document());
                false
            })?;
            Ok(Self {
                state: head.dossier()?.to_dossier()?,
                key_slot: head.slot(),
                documents,
                bodies: head.bodies(rows, seal)?,
                agent: agent.clone(),
            })
        })
    }
}

/// Asks the rules, about the dossier as it is there.
fn may(
    group: &mut Group<'_>,
    session: &SessionFacts,
    request: &Request,
    wanted: &Wanted,
) -> Result<()> {
    let lens = open::lens_for(group, session, Some(request.number), request.id)?;
    if !lens.may(Action::Erase).is_allowed() {
        return Err(Error::refused());
    }
    let Wanted::Document(document) = wanted else {
        return Ok(());
    };
    let entry = group.with_head(request.number, |head, rows, seal| {
        let found = head.find(rows, seal, &mut |entry| entry.document() == *document)?;
        match found {
            Some(number) => Ok(head.entry(rows, seal, number)?),
            None => Ok(None),
        }
    })?;
    let entry = entry.flatten().ok_or_else(Error::refused)?;
    let facts = facts::of_entry(&entry, session, lens.lens().pack().dictionary());
    if lens.shows(&facts) {
        Ok(())
    } else {
        Err(Error::refused())
    }
}

fn has_passed(state: &Dossier, now: Instant) -> Result<()> {
    let closing = state.closing.as_ref();
    if closing.is_some_and(|closing| closing.purge <= now) {
        Ok(())
    } else {
        Err(Error::new(
            Code::Changed,
            "the dossier was reopened meanwhile",
            "nothing is to be done",
        ))
    }
}

/// A document and the versions it replaced, each with its number.
fn with_earlier(
    group: &mut Group<'_>,
    number: DossierNumber,
    document: DocumentId,
) -> Result<BTreeMap<DocumentNumber, DocumentId>> {
    let found = group.with_head(number, |head, rows, seal| {
        let mut chain = BTreeMap::new();
        let mut wanted = Some(document);
        while let Some(document) = wanted.take() {
            let at = head.find(rows, seal, &mut |entry| entry.document() == document)?;
            let Some(at) = at else { break };
            if chain.insert(at, document).is_none() {
                wanted = head.entry(rows, seal, at)?.and_then(|entry| entry.replaces);
            }
        }
        Ok(chain)
    })?;
    found.ok_or_else(Error::refused)
}

/// Takes every mention of a dossier out of the sealed units, and gives up its bodies' room.
fn unname(group: &mut Group<'_>, number: DossierNumber, whole: &Whole) -> Result<()> {
    for party in relations::parties(group, number)? {
        relations::part(group, &party, number)?;
    }
    for alias in aliases(&whole.state) {
        group.set_item(UnitKind::Alias, alias, None);
    }
    let id = whole.state.id.as_bytes().to_vec();
    group.set_item(UnitKind::Dossier, id, None);
    for document in &whole.documents {
        group.set_item(UnitKind::Document, document.as_bytes().to_vec(), None);
    }
    if let Some(closing) = &whole.state.closing {
        let key = names::due_key(closing.purge, number);
        group.set_item(UnitKind::Due, key, None);
    }
    for body in &whole.bodies {
        group.transaction.release(*body)?;
    }
    Ok(())
}

/// Takes documents out of a dossier, and the mentions that only they made.
fn take_out(group: &mut Group<'_>, number: DossierNumber, part: &Part) -> Result<()> {
    let before = relations::parties(group, number)?;
    let bodies = group.change_head(number, |head, rows, seal| {
        let mut bodies = Vec::new();
        for document in part.documents.keys() {
            bodies.extend(head.forget(rows, seal, *document)?);
        }
        let gone: BTreeSet<DocumentId> = part.documents.values().copied().collect();
        let later = &mut |entry: store::EntryView<'_>| {
            entry.replaces().is_some_and(|old| gone.contains(&old))
        };
        while let Some(at) = head.find(rows, seal, later)? {
            let entry = head.entry(rows, seal, at)?;
            let mut entry = entry.ok_or(base::Bug::new("a found entry is there"))?;
            entry.replaces = None;
            head.set_entry(rows, seal, &entry)?;
        }
        head.prepare_reseal(rows, seal)?;
        Ok(bodies)
    })?;
    for body in bodies {
        group.transaction.release(body)?;
    }
    let after = relations::parties(group, number)?;
    for party in before.difference(&after) {
        relations::part(group, party, number)?;
    }
    for document in part.documents.values() {
        group.set_item(UnitKind::Document, document.as_bytes().to_vec(), None);
    }
    Ok(())
}

/// Replaces the keys of all that goes and of every unit that mentioned it, and seals the units
/// again without the mentions.
fn reseal(group: &mut Group<'_>, leaving: &Leaving, stage: Stage) -> Result<Rotation> {
    let changes = group.take_items();
    let mut units = Vec::new();
    for (kind, changes) in &changes {
        let keys: Vec<&[u8]> = changes.keys().map(Vec::as_slice).collect();
        let (all, transaction) = group.units();
        let taken = all.take(transaction, *kind, &keys)?;
        units.extend(taken.into_iter().map(|mut unit| {
            unit.apply(changes);
            unit
        }));
    }
    let mut slots = Vec::new();
    let wholes = leaving.wholes.values().map(|whole| whole.key_slot);
    for key_slot in wholes.chain(leaving.parts.values().map(|part| part.key_slot)) {
        slots.push((Grove::Dossier, slot(key_slot)?));
    }
    for unit in &units {
        slots.push((Grove::Unit, slot(unit.slot())?));
    }
    for grove in [Grove::Dossier, Grove::Unit] {
        let retired = store::take_retired(&mut group.transaction, grove)?;
        slots.extend(retired.into_iter().map(|retired| (grove, retired)));
    }
    let core: Arc<Core> = Arc::clone(group.core);
    let rotation = stage.replace(&mut group.transaction, &slots, &core.kms, &*core.entropy)?;
    group.set_keys(rotation.tree())?;
    for unit in units {
        let (all, transaction) = group.units();
        all.put_back(transaction, unit, &*core.entropy)?;
    }
    Ok(rotation)
}

/// Keeps the way from a person's identities to the traces of her erased dossier.
fn keep_audited(group: &mut Group<'_>, whole: &Whole) -> Result<()> {
    let audited = Audited {
        id: whole.state.id,
        place: place_of(&whole.state),
    };
    for alias in aliases(&whole.state) {
        let key = names::audited_key(group.units().0, &alias);
        let before = group.item(UnitKind::Alias, &key)?.unwrap_or_default();
        let value = names::audited_value(before, audited);
        group.set_item(UnitKind::Alias, key, Some(value));
    }
    Ok(())
}

fn aliases(state: &Dossier) -> impl Iterator<Item = Vec<u8>> {
    let aliases = state.aliases.iter();
    aliases.map(|alias| names::alias_key_of(&alias.authority, &alias.matricule))
}

fn state_of(group: &mut Group<'_>, number: DossierNumber) -> Result<Option<Dossier>> {
    group.with_head(number, |head, _, _| Ok(head.dossier()?.to_dossier()?))
}

fn place_of(state: &Dossier) -> AuditPlace {
    AuditPlace {
        handle: AuditHandle::from_bytes(state.audit),
        slot: state.audit_slot,
    }
}

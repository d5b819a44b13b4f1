//! The documents a session may be shown, with what they are asked by.
//!
//! For: searches and counts. Not for: content, which is cleared document by document.
//! Invariants: a document stands here exactly while the rules show it to the session; what was
//! changed since, or is decided otherwise from some instant on, is looked at again.

use crate::core::View;
use crate::error::{Code, Error, Result};
use crate::facts;
use crate::relations;
use crate::session::{Entered, Session};
use base::{Availability, CommitSeq, DossierNumber, Instant, SessionId};
use policy::{Gate, Gathering, Lens, Pack};
use query::{Coded, Columns, Field, Question, Record, Watch};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{AuthorView, CodedView, EntryView};

/// What a session may be shown of some dossiers.
pub(crate) struct Shown {
    pub(crate) columns: Columns,
    /// Each dossier that was looked at, and when it may be decided otherwise.
    dossiers: BTreeMap<DossierNumber, Instant>,
    seq: CommitSeq,
    at: Instant,
    pack: Arc<Pack>,
}

impl Shown {
    /// Nothing yet.
    pub(crate) fn new(view: &View, lens: &Lens) -> Self {
        Self {
            columns: Columns::new(),
            dossiers: BTreeMap::new(),
            seq: view.rows.counters().commit,
            at: lens.at(),
            pack: Arc::clone(lens.pack()),
        }
    }

    /// What a session may be shown of a dossier it has entered, with what one question reads.
    pub(crate) fn of(
        view: &View,
        session: &Session,
        entered: &Entered,
        question: &Question,
    ) -> Self {
        let lens = entered.lens.lens();
        let mut shown = Self::new(view, lens);
        shown.columns = Columns::of(question);
        shown.add(
            session,
            lens,
            std::slice::from_ref(entered),
            Counting::Shown,
        );
        shown
    }

    /// What may be counted of dossiers, whether or not it may be shown.
    pub(crate) fn add_counted(&mut self, session: &Session, lens: &Lens, dossiers: &[Entered]) {
        self.add(session, lens, dossiers, Counting::Counted);
    }

    fn add(&mut self, session: &Session, lens: &Lens, dossiers: &[Entered], counting: Counting) {
        let dictionary = lens.pack().dictionary();
        let (mut gathering, mut entries) = (Gathering::new(), Vec::new());
        for entered in dossiers {
            let mut until = entered.lens.valid_until();
            if entered.lens.gate() == Gate::Open {
                gathering.dossier(&entered.lens);
                for entry in entered.listing.entries() {
                    if entry.status() == Availability::Deleted {
                        continue;
                    }
                    let facts = facts::document(entry, &session.facts, dictionary);
                    until = until.min(entered.lens.document_valid_until(&facts));
                    gathering.push(facts);
                    entries.push((entered, entry));
                }
            }
            self.dossiers.insert(entered.number, until);
        }
        let permitted = match counting {
            Counting::Shown => gathering.let_out(lens),
            Counting::Counted => gathering.let_count(lens),
        };
        let permitted = entries.into_iter().zip(permitted).filter(|(_, it)| *it);
        for ((entered, entry), _) in permitted {
            push(&mut self.columns, entered, entry);
        }
        self.columns.settle();
    }

    /// Looks at dossiers, again or for the first time.
    fn look_at(
        &mut self,
        session: &Session,
        (view, lens, watch): (&View, &Lens, Watch<'_>),
        numbers: impl IntoIterator<Item = DossierNumber>,
    ) -> Result<()> {
        let numbers: BTreeSet<_> = numbers.into_iter().collect();
        if numbers.is_empty() {
            return Ok(());
        }
        self.columns.forget(&numbers);
        self.dossiers.retain(|number, _| !numbers.contains(number));
        let mut together = Vec::new();
        for number in numbers {
            watch.go_on()?;
            together.extend(session.look(view, lens, number)?);
            if together.len() == DOSSIERS_TOGETHER {
                self.add(session, lens, &together, Counting::Shown);
                together.clear();
            }
        }
        self.add(session, lens, &together, Counting::Shown);
        Ok(())
    }

    /// Whether it can be brought up to date, and what has to be looked at for it.
    fn stale(
        &self,
        session: &Session,
        view: &View,
        lens: &Lens,
    ) -> Result<Option<Vec<DossierNumber>>> {
        let seq = view.rows.counters().commit;
        if !Arc::ptr_eq(&self.pack, lens.pack()) || lens.at() < self.at || seq < self.seq {
            return Ok(None);
        }
        let Some(mut changed) = session.shared.core.changes.since(self.seq) else {
            return Ok(None);
        };
        if changed.len() > CHANGES_LOOKED_AT_MAX {
            let candidates = candidates(session, view)?;
            changed.retain(|number| {
                candidates.contains(*number) || self.dossiers.contains_key(number)
            });
        }
        let expired = self
            .dossiers
            .iter()
            .filter(|(_, until)| **until <= lens.at());
        changed.extend(expired.map(|(number, _)| *number));
        changed.sort_unstable();
        changed.dedup();
        Ok(Some(changed))
    }
}

/// What is kept of sessions' searches across dossiers. Invariant: nothing of an erased dossier is
/// kept once its keys are destroyed, whoever was searching meanwhile.
#[derive(Default)]
pub(crate) struct Panels {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// How often everything was forgotten.
    round: u64,
    panels: BTreeMap<SessionId, Box<Shown>>,
}

impl Panels {
    fn take(&self, session: SessionId) -> (u64, Option<Box<Shown>>) {
        let mut kept = self.kept();
        (kept.round, kept.panels.remove(&session))
    }

    fn keep(&self, session: SessionId, round: u64, shown: Box<Shown>) {
        let mut kept = self.kept();
        if kept.round == round {
            kept.panels.insert(session, shown);
        }
    }

    /// Forgets what was kept of all sessions.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept();
        kept.round += 1;
        kept.panels.clear();
    }

    /// Forgets what was kept of a session.
    pub(crate) fn end(&self, session: SessionId) {
        self.kept().panels.remove(&session);
    }

    /// How many sessions something is kept of.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.kept().panels.len()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether documents are shown or only counted.
#[derive(Clone, Copy)]
enum Counting {
    Shown,
    Counted,
}

impl Session {
    /// What the session may be shown of all its dossiers; kept from one search to the next.
    pub(crate) fn with_panel<T>(
        &self,
        view: &View,
        lens: &Lens,
        watch: Watch<'_>,
        look: impl FnOnce(&Shown) -> Result<T>,
    ) -> Result<T> {
        let (panels, id) = (&self.shared.core.panels, self.agent().session);
        let (round, kept) = panels.take(id);
        let stale = match &kept {
            Some(kept) => kept.stale(self, view, lens)?,
            None => None,
        };
        let shown = match (kept, stale) {
            (Some(mut kept), Some(stale)) => {
                kept.look_at(self, (view, lens, watch), stale)?;
                kept.seq = view.rows.counters().commit;
                kept.at = lens.at();
                kept
            }
            _ => {
                let mut shown = Box::new(Shown::new(view, lens));
                let candidates = candidates(self, view)?;
                shown.look_at(self, (view, lens, watch), candidates.iter())?;
                shown
            }
        };
        let answer = look(&shown);
        panels.keep(id, round, shown);
        answer
    }
}

/// The dossiers that the actor or her structure may have to do with.
pub(crate) fn candidates(session: &Session, view: &View) -> Result<base::DossierSet> {
    let parties = [
        relations::actor(&session.facts.actor),
        relations::structure(&session.facts.structure),
    ];
    relations::candidates(view, &parties)
}

fn push(columns: &mut Columns, entered: &Entered, entry: EntryView<'_>) {
    let entry_id = if columns.reads(Field::EntryId) {
        entry.entry().to_string()
    } else {
        String::new()
    };
    let record = Record {
        ordinal: entered.number.ordinal(entry.number()),
        document: entry.document(),
        status: entry.status(),
        created: entry.created(),
        deposited: entry.deposited(),
        service: (
            entry.service_start(),
            entry.service_end().unwrap_or(entry.service_start()),
        ),
        values: [
            coded(entry.kind()),
            // The class follows from the type by a table of this system.
            Coded {
                code: entry.class().code(),
                system: CLASSES,
            },
            coded(entry.format()),
            coded(entry.facility()),
            coded(entry.practice()),
            entry.depositor().profession().into(),
            entry.unique_id().into(),
            entry_id.as_str().into(),
        ],
    };
    let listed = listed(columns, entry);
    columns.push(&record, &listed);
}

fn coded(view: CodedView<'_>) -> Coded<'_> {
    Coded {
        code: view.code(),
        system: view.system(),
    }
}

/// The values of the fields of which a document may have several, as far as they are asked for.
fn listed<'a>(columns: &Columns, entry: EntryView<'a>) -> Vec<(Field, Coded<'a>)> {
    let mut listed = Vec::new();
    if columns.reads(Field::Confidentiality) {
        let label = |code, system| (Field::Confidentiality, Coded { code, system });
        listed.push(label(entry.confidentiality(), CONFIDENTIALITY));
        listed.extend(entry.flags().codes().map(|code| label(code, VISIBILITY)));
    }
    if AUTHORS.into_iter().any(|field| columns.reads(field)) {
        listed.extend(entry.authors().flat_map(of_author));
    }
    if columns.reads(Field::Event) {
        listed.extend(entry.events().map(|event| (Field::Event, coded(event))));
    }
    if columns.reads(Field::Reference) {
        listed.extend(entry.references().map(|reference| {
            let (id, authority) = (reference.id(), reference.authority());
            let reference = if id.is_empty() {
                Coded::from(authority)
            } else {
                Coded {
                    code: id,
                    system: authority,
                }
            };
            (Field::Reference, reference)
        }));
    }
    listed
}

fn of_author(author: AuthorView<'_>) -> impl Iterator<Item = (Field, Coded<'_>)> {
    let (id, structure) = (author.id(), author.structure_id());
    let named = |name: &'_ str| !name.is_empty();
    let shown = [author.name(), facts::extension(id)];
    let house = [author.structure_name(), facts::extension(structure)];
    let values = [
        (
            Field::Author,
            shown.into_iter().find(|it| named(it)).map(Coded::from),
        ),
        (Field::AuthorId, named(id).then(|| of_authority(id))),
        (
            Field::Structure,
            house.into_iter().find(|it| named(it)).map(Coded::from),
        ),
        (
            Field::StructureId,
            named(structure).then(|| of_authority(structure)),
        ),
    ];
    values
        .into_iter()
        .filter_map(|(field, it)| Some((field, it?)))
}

/// An id, and the authority that gave it.
fn of_authority(id: &str) -> Coded<'_> {
    let code = facts::extension(id);
    let system = id.split_once('^').map_or("", |(root, _)| root);
    Coded { code, system }
}

/// A search across dossiers under a purpose that looks into one.
pub(crate) fn name_the_patient() -> Error {
    Error::new(
        Code::WrongPurpose,
        "this purpose looks into one dossier",
        "name the patient, or ask with purpose panel",
    )
}

/// The fields that authors fill.
const AUTHORS: [Field; 4] = [
    Field::Author,
    Field::AuthorId,
    Field::Structure,
    Field::StructureId,
];
/// The system of classes of documents (TRE_A03).
const CLASSES: &str = "1.2.250.1.213.1.1.4.1";
/// HL7's system of confidentiality codes.
const CONFIDENTIALITY: &str = "2.16.840.1.113883.5.25";
/// The system of visibility flags (TRE_A07).
const VISIBILITY: &str = "1.2.250.1.213.1.1.4.13";
/// Changed dossiers that are looked at without asking first whether the actor has to do with
/// them.
const CHANGES_LOOKED_AT_MAX: usize = 64;
/// Dossiers whose documents are decided together: enough to fill the blocks of the rules, few
/// enough to be held open at once.
pub(crate) const DOSSIERS_TOGETHER: usize = 64;

#[cfg(test)]
mod tests;

//! `deposit`: a document taken in, and the dossier opened when it may be.
//!
//! The caller's thread reads, packs, seals and analyses; the committer decides, numbers and
//! writes. Invariants: what a depositor is told never depends on documents hidden from her, nor,
//! before she breaks the glass, on any but her own deposits; a document that she deposited before,
//! or her structure and she may see it, is told as present, with a trace; another copy is not seen.

use crate::answer::{Deposited, Outcome};
use crate::ask::{Absent, Deposit};
use crate::committer::Ticket;
use crate::error::{Code, Error, Result};
use crate::group::Group;
use crate::measure::UnderWay;
use crate::names::{self, DossierName};
use crate::session::{Session, Sight, find};
use crate::verb::open::{self, NewDossier};
use crate::verb::refusal::{self, Asked};
use crate::{facts, paper, relations};
use base::{
    Availability, CommitSeq, DocumentId, DossierId, DossierNumber, EntryId, Flags, Instant, Ordinal,
};
use index::{Analysed, Code as IndexCode, DocumentText};
use intake::Metadata;
use journal::{Act, Agent, Verb, Writing};
use policy::{Action, Agreement, SessionFacts, Version};
use query::{SYSTEM_AUTHOR, SYSTEM_CLASS, SYSTEM_STRUCTURE, SYSTEM_TYPE};
use std::sync::Arc;
use store::{Body, DocumentName, Entry, SealedDocument, Spending, UnitKind};

impl Session {
    /// Takes a document in, and waits until it is durable.
    ///
    /// # Errors
    /// As [`Self::begin_deposit`], and why it could not be made durable. After an error nothing
    /// of it is kept, but for [`Code::Poisoned`]: then the document is there or not once the store
    /// is open again, and depositing it anew tells.
    pub fn deposit(&self, deposit: &Deposit<'_>) -> Result<Deposited> {
        self.redone(|| self.begin_deposit(deposit)?.wait())
    }

    /// Takes a document in; the ticket says when it is durable. While more than
    /// [`crate::Options::waiting_bytes_max`] bytes wait for their commit, it waits before it
    /// reads the document; those that came before go before.
    ///
    /// # Errors
    /// Why the document cannot be read, with the place; [`Code::WriteRefused`] when the rules
    /// refuse it.
    pub fn begin_deposit(&self, deposit: &Deposit<'_>) -> Result<Ticket<Deposited>> {
        let berth = self.shared.room_for(deposit.bytes_given());
        let work = self.work(deposit)?;
        let bytes = work.bytes();
        let opener = Arc::clone(&self.shared.core);
        let identity = work.new.identity.clone();
        Ok(self.shared.submit_bytes(
            Spending::Ordinary,
            (berth, bytes),
            move |group| {
                let deposited = work.run(group);
                let under_way = UnderWay::decided(&deposited, |it| vec![it.outcome]);
                deposited.map(|deposited| (deposited, under_way))
            },
            move |(deposited, under_way), _| {
                under_way.durable();
                opener.keep_promise(&identity);
                deposited
            },
        ))
    }

    /// Does it again when the dossier was erased or opened meanwhile, a few times.
    pub(super) fn redone<T>(&self, deposit: impl Fn() -> Result<T>) -> Result<T> {
        for _ in 1..ATTEMPTS_MAX {
            match deposit() {
                Err(error) if error.code() == Code::Changed => {}
                done => return done,
            }
        }
        deposit()
    }

    /// Reads, packs, seals and analyses a document.
    pub(super) fn work(&self, deposit: &Deposit<'_>) -> Result<DepositWork> {
        let core = &self.shared.core;
        let paper = intake::read(deposit.bytes, None)?;
        let view = core.view()?;
        let identity = paper.metadata.patient.ins.clone();
        let found = find(&view, std::slice::from_ref(&identity))?;
        let dossier = match (found, deposit.absent) {
            (Some(name), _) => name.id,
            (None, Absent::Open) => core.promise(Some(&view), &identity)?,
            // Refused by the committer, on the way a dossier closed to this session is refused.
            (None, Absent::Refuse) => DossierId::random(&*core.entropy)?,
        };
        let document = DocumentId::random(&*core.entropy)?;
        let entry_id = EntryId::random(&*core.entropy)?;
        let superseding = EntryId::random(&*core.entropy)?;
        let name = DocumentName {
            store: core.store,
            dossier,
            document,
        };
        let text = deposit.text.or(paper.text.as_deref()).unwrap_or_default();
        let body = paper.body_bytes(deposit.bytes);
        let sealed = SealedDocument::seal(name, body, text, &*core.entropy)?;
        let analysed = analyse(&paper.metadata, text)?;
        let flags = paper.metadata.flags.with(deposit.flags);
        let entry = paper::entry(
            &paper.metadata,
            (document, entry_id),
            &self.facts,
            flags,
            core.now(&view),
        );
        let text_length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        Ok(DepositWork {
            facts: self.facts.clone(),
            agent: self.agent().clone(),
            new: NewDossier {
                id: dossier,
                identity,
                traits: open::traits(&paper.metadata),
            },
            replaces: paper
                .metadata
                .replaces
                .iter()
                .map(intake::Identifier::xds)
                .collect(),
            superseding,
            absent: deposit.absent,
            sight: self.sight(dossier),
            entry: Entry {
                text_length,
                ..entry
            },
            sealed,
            analysed,
        })
    }
}

/// A document that was read and sealed, on its way into the store.
pub(super) struct DepositWork {
    facts: SessionFacts,
    agent: Agent,
    pub(super) new: NewDossier,
    replaces: Vec<String>,
    /// What the metadata version of a document that it replaces is called: nothing of it tells
    /// which document that is, which its reader may not see.
    superseding: EntryId,
    absent: Absent,
    sight: Sight,
    pub(super) entry: Entry,
    sealed: SealedDocument,
    analysed: Analysed,
}

/// What is to become of a document; deciding it has changed nothing.
pub(super) enum Decision {
    /// Its structure deposited it before, into the dossier of this number.
    Present(DossierNumber, DocumentId),
    /// It is written, into the dossier of this number or a new one, in the place of another.
    Written {
        /// Where.
        number: Option<DossierNumber>,
        /// Which it replaces.
        replaced: Option<Box<Entry>>,
    },
}

impl Decision {
    /// The same, in a dossier that was opened for a document before it.
    pub(super) fn in_dossier(self, opened: Option<DossierNumber>) -> Self {
        match self {
            Self::Written { number, replaced } => Self::Written {
                number: number.or(opened),
                replaced,
            },
            present @ Self::Present(..) => present,
        }
    }
}

impl DepositWork {
    /// About how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        let sealed = self.sealed.as_sealed();
        sealed.body.len() + sealed.text.len() + self.analysed.bytes()
    }

    fn run(mut self, group: &mut Group<'_>) -> Result<Result<Deposited>> {
        self.kept(group).and_then(|decided| match decided {
            Ok(decision) => Ok(Ok(self.carry_out(group, decision)?.0)),
            Err(refused) => Ok(Err(refused)),
        })
    }

    /// As [`Self::decide`]; a refusal leaves its trace, in a dossier that is there and of one that
    /// is not.
    pub(super) fn kept(&mut self, group: &mut Group<'_>) -> Result<Result<Decision>> {
        let lookup = |kind, key: &[u8]| group.item(kind, key);
        let found = names::dossier(&lookup, std::slice::from_ref(&self.new.identity))?;
        let decided = self.decide(group, found);
        let number = found.map(|name| name.number);
        let asked = Asked::of(Verb::Deposit);
        refusal::kept(group, &self.agent, (number, asked), decided)
    }

    /// The uniqueIds of what it replaces.
    pub(super) fn replaces(&self) -> impl Iterator<Item = &str> {
        self.replaces.iter().map(String::as_str)
    }

    /// Whether it may be written, and where; changes nothing of the group.
    fn decide(&mut self, group: &mut Group<'_>, found: Option<DossierName>) -> Result<Decision> {
        let number = match found {
            Some(name) if name.id == self.new.id => Some(name.number),
            // Opened, or erased and opened anew, since the document was sealed for another id.
            Some(_) => return Err(changed()),
            None => None,
        };
        let lens = open::lens_for(group, &self.facts, number, self.new.id)?;
        if number.is_none() {
            if self.absent == Absent::Refuse {
                return Err(self.denied());
            }
            // The same words as for a dossier that is there and closed to this session.
            open::check_opening(&lens, Agreement::Collected).map_err(|_| self.denied())?;
        } else if !lens
            .may(Action::Deposit(lens.dossier().stamp(self.entry.flags)))
            .is_allowed()
        {
            return Err(self.denied());
        }
        let replaced = match number {
            Some(number) => {
                if let Some(document) = self.already_there(group, number, &lens)? {
                    return Ok(Decision::Present(number, document));
                }
                self.replaced(group, number, &lens)?
            }
            None => None,
        };
        let now = self.entry.deposited;
        let inherited = replaced.as_ref().map_or(Flags::NONE, |old| {
            let standing = facts::of_entry(old, &self.facts, lens.lens().pack().dictionary());
            standing.flags_at(now)
        });
        let flags = lens.dossier().stamp(self.entry.flags.with(inherited));
        let lens = match number {
            Some(_) => lens,
            None => open::active_lens(group, &self.facts, self.new.id)?,
        };
        if !lens.may(Action::Deposit(flags)).is_allowed() {
            return Err(self.denied());
        }
        self.entry.flags = flags;
        // A replacement does not begin the month anew.
        let begun = replaced.as_ref().and_then(|old| old.invisible_until);
        self.entry.invisible_until = flags
            .contains(Flags::INVISIBLE_PATIENT)
            .then(|| policy::lapse_of(now).min(begun.unwrap_or(Instant::MAX)));
        let replaced = replaced.map(Box::new);
        Ok(Decision::Written { number, replaced })
    }

    /// Does what was decided in the same group; tells also which dossier it was written into.
    pub(super) fn carry_out(
        self,
        group: &mut Group<'_>,
        decision: Decision,
    ) -> Result<(Deposited, Option<DossierNumber>)> {
        match decision {
            Decision::Present(number, document) => {
                // That it is there, and where, is told.
                let act = Act::Accessed {
                    verb: Verb::Deposit,
                    documents: vec![document],
                };
                open::trace(group, number, &self.agent, act, None)?;
                let (dossier, outcome) = (self.new.id, Outcome::AlreadyPresent);
                let deposited = Deposited {
                    document,
                    dossier,
                    outcome,
                };
                Ok((deposited, None))
            }
            Decision::Written { number, replaced } => {
                let number = match number {
                    Some(number) => number,
                    None => open::open(group, &self.new, &self.agent, None)?,
                };
                let written = self.write(group, number, replaced.map(|old| *old))?;
                Ok((written, Some(number)))
            }
        }
    }

    /// Absent and closed to this session look the same, in the words of an absent dossier when
    /// none was to be opened.
    fn denied(&self) -> Error {
        match self.absent {
            Absent::Refuse => Error::refused(),
            Absent::Open => refused(),
        }
    }

    /// Everything was decided: from here on the group stands or falls with it.
    fn write(
        mut self,
        group: &mut Group<'_>,
        number: DossierNumber,
        replaced: Option<Entry>,
    ) -> Result<Deposited> {
        let document = self.entry.document;
        let next = group
            .with_head(number, |head, _, _| Ok(head.next_document()?))?
            .ok_or(base::Bug::new("a dossier written to is there"))?;
        let unnamed = relations::unnamed(group, number, self.parties())?;
        let ordinal = number.ordinal(next);
        let (place, digest) = group.transaction.append(ordinal, self.sealed.as_sealed())?;
        self.entry.commit = group.seq();
        self.entry.changed = group.seq();
        self.entry.replaces = replaced.as_ref().map(|old| old.document);
        let body = Body {
            key: self.sealed.key(),
            digest,
            place,
        };
        let entry = &mut self.entry;
        let replaced = replaced.map(|old| deprecated(old, entry, self.superseding));
        group.change_head(number, |head, rows, seal| {
            head.push(rows, seal, entry, Some(body))?;
            if let Some(old) = replaced {
                head.set_entry(rows, seal, &old)?;
            }
            Ok(())
        })?;
        group.set_item(
            UnitKind::Document,
            document.as_bytes().to_vec(),
            Some(ordinal.value().to_le_bytes().to_vec()),
        );
        for party in &unnamed {
            relations::relate(group, party, number)?;
        }
        let writing = if self.entry.replaces.is_some() {
            Writing::Replaced
        } else {
            Writing::Deposited
        };
        let replaces = self.entry.replaces;
        let act = Act::Wrote {
            writing,
            documents: vec![document],
            replaces,
        };
        open::trace(group, number, &self.agent, act, None)?;
        self.analysed.place(ordinal, group.seq());
        group.index(self.analysed);
        Ok(Deposited {
            document,
            dossier: self.new.id,
            outcome: Outcome::Kept,
        })
    }

    /// The parties its entry names.
    fn parties(&self) -> Vec<Vec<u8>> {
        let depositor = &self.entry.depositor;
        let mut parties = vec![
            relations::actor(&depositor.actor),
            relations::structure(&depositor.structure),
        ];
        if let Some(author) = self.entry.authors.first() {
            parties.push(relations::actor(facts::professional(&author.id)));
            parties.push(relations::structure(facts::establishment(
                &author.structure_id,
            )));
        }
        parties.retain(|party| party.len() > 1);
        parties.sort();
        parties.dedup();
        parties
    }

    /// The document this actor deposited before under the same uniqueId, or her structure and
    /// it is shown to her, unless it was deleted since.
    fn already_there(
        &self,
        group: &mut Group<'_>,
        number: DossierNumber,
        lens: &policy::DossierLens,
    ) -> Result<Option<DocumentId>> {
        let ours = &self.entry.depositor;
        let dictionary = lens.lens().pack().dictionary();
        let there = |entry: &Entry| {
            entry.status != Availability::Deleted && entry.depositor.structure == ours.structure
        };
        let own = |entry: &Entry| there(entry) && entry.depositor.actor == ours.actor;
        let mut found = find_entry(group, number, &self.entry.unique_id, &own)?;
        if found.is_none() && !ours.structure.is_empty() && self.sight == Sight::Ruled {
            // What a colleague deposited and she may not see is as absent.
            let shown = |entry: &Entry| {
                there(entry) && lens.shows(&facts::of_entry(entry, &self.facts, dictionary))
            };
            found = find_entry(group, number, &self.entry.unique_id, &shown)?;
        }
        Ok(found.map(|entry| entry.document))
    }

    /// The visible document that this one replaces; it must be the latest of its chain. One
    /// that is hidden is as one that is absent: the new document is kept beside it.
    fn replaced(
        &self,
        group: &mut Group<'_>,
        number: DossierNumber,
        lens: &policy::DossierLens,
    ) -> Result<Option<Entry>> {
        for unique_id in &self.replaces {
            let dictionary = lens.lens().pack().dictionary();
            let facts = |entry: &Entry| facts::of_entry(entry, &self.facts, dictionary);
            // Another's hidden copy of the same uniqueId must not stand in for the visible one.
            let shown = |entry: &Entry| self.sight == Sight::Ruled && lens.shows(&facts(entry));
            let Some(old) = find_entry(group, number, unique_id, &shown)? else {
                continue;
            };
            let facts = facts(&old);
            let version = match old.replaced_by {
                None => Version::Latest,
                Some(_) => Version::Superseded,
            };
            if !lens.may(Action::Replace(&facts, version)).is_allowed() {
                return Err(refused());
            }
            return Ok(Some(old));
        }
        Ok(None)
    }
}

/// The entry of a document that another has replaced.
fn deprecated(mut old: Entry, new: &Entry, version: EntryId) -> Entry {
    let (flags, status) = (old.flags, Availability::Deprecated);
    old.supersede(version, flags, status, new.deposited, new.commit);
    old.replaced_by = Some(new.document);
    old
}

/// The newest entry of this uniqueId for which `wanted` holds.
fn find_entry(
    group: &mut Group<'_>,
    number: DossierNumber,
    unique_id: &str,
    wanted: &dyn Fn(&Entry) -> bool,
) -> Result<Option<Entry>> {
    let found = group.with_head(number, |head, rows, seal| {
        let mut named = Vec::new();
        // Looked at where they lie: a dossier may hold a hundred thousand.
        head.find(rows, seal, &mut |entry| {
            if entry.unique_id() == unique_id {
                named.push(entry.number());
            }
            false
        })?;
        for number in named {
            match head.entry(rows, seal, number)? {
                Some(entry) if wanted(&entry) => return Ok(Some(entry)),
                Some(_) | None => {}
            }
        }
        Ok(None)
    })?;
    Ok(found.flatten())
}

fn analyse(metadata: &Metadata, text: &str) -> Result<Analysed> {
    let mut codes: Vec<IndexCode<'_>> = vec![
        IndexCode {
            system: SYSTEM_TYPE,
            code: &metadata.type_code.code,
        },
        IndexCode {
            system: SYSTEM_CLASS,
            code: &metadata.class_code,
        },
    ];
    let names: Vec<(&str, String)> = metadata
        .authors
        .iter()
        .flat_map(|author| {
            let person = author.person.as_ref().map(intake::Person::display_name);
            let id = author.id.as_ref().and_then(|id| id.extension.clone());
            let institution = author.institution.as_ref();
            let place = institution.and_then(|it| it.name.clone());
            let place_id = institution.and_then(|it| it.id.as_ref()?.extension.clone());
            [
                (SYSTEM_AUTHOR, person),
                (SYSTEM_AUTHOR, id),
                (SYSTEM_STRUCTURE, place),
                (SYSTEM_STRUCTURE, place_id),
            ]
        })
        .filter_map(|(system, name)| Some((system, name?)))
        .collect();
    codes.extend(
        names
            .iter()
            .map(|(system, code)| IndexCode { system, code }),
    );
    codes.extend(paper::codes(metadata));
    codes.truncate(base::limit::DOCUMENT_CODES_MAX);
    Ok(Analysed::new(&DocumentText {
        ordinal: Ordinal::from_value(0),
        commit: CommitSeq::new(0),
        title: &metadata.title,
        body: text,
        codes: &codes,
        date: Some(metadata.creation_time),
    })?)
}

fn refused() -> Error {
    Error::new(
        Code::WriteRefused,
        "the rules do not let this session deposit that here",
        "check the purpose, the profession and the flags of the deposit",
    )
}

fn changed() -> Error {
    Error::new(
        Code::Changed,
        "the dossier changed meanwhile",
        "deposit the document again",
    )
}

/// How often a deposit is tried while its dossier changes under it.
const ATTEMPTS_MAX: usize = 4;

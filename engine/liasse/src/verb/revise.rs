//! Changes of documents: visibility flags, status, and masking by default.
//!
//! Invariants: the rules are asked on the committer, about the document as it is there; a document
//! the session may not see is refused as one that is not there, with as many traces; a change is
//! a new metadata version, the bytes stay as they are until they are erased; one that changes
//! nothing is asked of the rules too, and traced as what it tells.

use crate::ask::{FlagChange, Matricule, Statement};
use crate::error::{Code, Error, Result};
use crate::facts;
use crate::group::Group;
use crate::session::{Session, find};
use crate::verb::change::{denied, refused};
use crate::verb::open;
use crate::verb::refusal::{self, Asked};
use base::{Availability, DocumentId, DocumentNumber, DossierNumber, EntryId, Flags, Instant};
use journal::{Act, Agent, DossierChange, Verb, Words};
use policy::{Action, DocumentFacts, DossierLens, SessionFacts};
use store::{Entry, Masking, Spending};

/// What becomes of a document's flags and status.
struct Revised {
    flags: Flags,
    status: Availability,
    act: Act,
}

impl Revised {
    /// As it was: that she knows it now is all there is to keep.
    fn unchanged(entry: &Entry) -> Self {
        Self {
            flags: entry.flags,
            status: entry.status,
            act: Act::Accessed {
                verb: Verb::Modify,
                documents: vec![entry.document],
            },
        }
    }
}

impl Session {
    /// Sets and clears a document's visibility flags; a new metadata version is made.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] when the session may not see the document,
    /// [`crate::Code::WriteRefused`] when the rules do not allow the change, also when it would
    /// change nothing; [`crate::Code::Invalid`] when no flag is named.
    pub fn set_flags(&self, document: DocumentId, change: FlagChange) -> Result<Flags> {
        if change.set.with(change.clear) == Flags::NONE {
            return Err(Error::new(
                Code::Invalid,
                "no flag is named",
                "name one to set or to clear",
            ));
        }
        self.revise(document, move |entry, seen, lens| {
            let status = entry.status;
            let before = seen.flags_at(lens.dossier().at());
            let after = before.without(change.clear).with(change.set);
            if before == after {
                // What is told of the flags is told to whoever could have made the change.
                let otherwise = DocumentFacts {
                    flags: before
                        .without(change.set)
                        .with(change.clear.without(change.set)),
                    hidden_until: Instant::MAX,
                    ..*seen
                };
                if !lens.may(Action::SetFlags(&otherwise, after)).is_allowed() {
                    return Err(refused());
                }
                return Ok((after, Revised::unchanged(entry)));
            }
            if !lens.may(Action::SetFlags(seen, after)).is_allowed() {
                return Err(refused());
            }
            let act = Act::Flagged {
                document,
                before,
                after,
            };
            let revised = Revised {
                flags: after,
                status,
                act,
            };
            Ok((after, revised))
        })
    }

    /// Deletes a document, archives it, or takes it out of the archive. A deleted document is
    /// shown to nobody any more; its bytes go when it is erased. It is its author's to delete, or
    /// her structure's, or the patient's who deposited it.
    ///
    /// # Errors
    /// [`crate::Code::Refused`] when the session may not see the document,
    /// [`crate::Code::WriteRefused`] when the rules do not allow the change: nobody deprecates a
    /// document but by replacing it, and what was replaced is not approved again.
    pub fn set_status(&self, document: DocumentId, status: Availability) -> Result<()> {
        self.revise(document, move |entry, seen, lens| {
            let before = entry.status;
            let again = status == Availability::Approved && entry.replaced_by.is_some();
            if again || !lens.may(Action::SetStatus(seen, status)).is_allowed() {
                return Err(refused());
            }
            if before == status {
                return Ok(((), Revised::unchanged(entry)));
            }
            let act = Act::StatusSet {
                document,
                before,
                after: status,
            };
            let revised = Revised {
                flags: entry.flags,
                status,
                act,
            };
            Ok(((), revised))
        })
    }

    /// Masks every document the session may mask, and from now on every deposit
    /// ([`Masking::ByDefault`]); or ends that, and leaves what is masked as it is.
    ///
    /// # Errors
    /// [`crate::Code::Refused`], [`crate::Code::WriteRefused`].
    pub fn mask_by_default(
        &self,
        patient: &Matricule,
        masking: Masking,
        stated: &Statement,
    ) -> Result<()> {
        let (agreement, words) = (stated.agreement, stated.words()?);
        let view = self.shared.core.view()?;
        let found = find(&view, &patient.candidates())?;
        let (facts, agent) = (self.facts.clone(), self.agent().clone());
        let entropy = std::sync::Arc::clone(&self.shared.core.entropy);
        let ticket = self.shared.submit(
            Spending::Ordinary,
            move |group| {
                let lens = match found {
                    Some(name) => open::lens_for(group, &facts, Some(name.number), name.id)?,
                    None => return refuse(group, &agent, None, Error::refused()),
                };
                let Some(name) =
                    found.filter(|_| lens.may(Action::Consent(agreement)).is_allowed())
                else {
                    let number = found.map(|name| name.number);
                    return refuse(group, &agent, number, denied(&lens));
                };
                stamp(group, name.number, &agent, (masking, words))?;
                let version = || Ok(EntryId::random(&*entropy)?);
                match masking {
                    Masking::ByDefault => {
                        mask_all(group, name.number, (&lens, &facts, &agent), &version)?;
                    }
                    Masking::Open => {}
                }
                Ok(Ok(()))
            },
            |done, _| done,
        );
        ticket.wait()
    }

    /// Makes a new metadata version of a document, as `decide` says about the document on the
    /// committer.
    fn revise<T: Send + 'static>(
        &self,
        document: DocumentId,
        decide: impl FnOnce(&Entry, &DocumentFacts, &DossierLens) -> Result<(T, Revised)>
        + Send
        + 'static,
    ) -> Result<T> {
        let view = self.shared.core.view()?;
        let (entered, ordinal) = self.enter_for(&view, document, Verb::Modify)?;
        let dictionary = entered.lens.lens().pack().dictionary();
        let seen = entered.listing.find(document);
        let seen = seen.map(|entry| facts::document(entry, &self.facts, dictionary));
        if !seen.is_some_and(|seen| entered.lens.shows(&seen)) {
            self.record_denial(&view, &entered, Verb::Modify, Some(document))?;
            return Err(Error::refused());
        }
        let (facts, agent) = (self.facts.clone(), self.agent().clone());
        let version = EntryId::random(&*self.shared.core.entropy)?;
        let (number, id) = (entered.number, entered.id);
        let ticket = self.shared.submit(
            Spending::Ordinary,
            move |group| {
                let lens = open::lens_for(group, &facts, Some(number), id)?;
                let entry = entry_of(group, number, ordinal.document())?;
                let entry = entry
                    .filter(|entry| entry.document == document)
                    .ok_or_else(Error::refused)?;
                let seen = facts::of_entry(&entry, &facts, lens.lens().pack().dictionary());
                if !lens.shows(&seen) {
                    return Err(Error::refused());
                }
                let decided = decide(&entry, &seen, &lens);
                let asked = Asked {
                    verb: Verb::Modify,
                    document: Some(document),
                };
                match refusal::kept(group, &agent, (Some(number), asked), decided)? {
                    Ok((told, revised)) => {
                        write(group, number, &agent, entry, version, revised)?;
                        Ok(Ok(told))
                    }
                    Err(refused) => Ok(Err(refused)),
                }
            },
            |told, _| told,
        );
        ticket.wait()
    }
}

fn refuse(
    group: &mut Group<'_>,
    agent: &Agent,
    number: Option<DossierNumber>,
    error: Error,
) -> Result<Result<()>> {
    let asked = Asked::of(Verb::Administer);
    refusal::kept(group, agent, (number, asked), Err(error))
}

fn entry_of(
    group: &mut Group<'_>,
    number: DossierNumber,
    document: DocumentNumber,
) -> Result<Option<Entry>> {
    let entry = group.with_head(number, |head, rows, seal| {
        Ok(head.entry(rows, seal, document)?)
    })?;
    Ok(entry.flatten())
}

fn write(
    group: &mut Group<'_>,
    number: DossierNumber,
    agent: &Agent,
    mut entry: Entry,
    version: EntryId,
    revised: Revised,
) -> Result<()> {
    if (revised.flags, revised.status) == (entry.flags, entry.status) {
        open::trace(group, number, agent, revised.act, None)?;
        return Ok(());
    }
    let (now, seq) = (group.now(), group.seq());
    entry.supersede(version, revised.flags, revised.status, now, seq);
    let hidden = revised.flags.contains(Flags::INVISIBLE_PATIENT);
    // The month counts from the deposit, and one that is running is not made longer.
    let running = entry.invisible_until.unwrap_or(Instant::MAX);
    entry.invisible_until = hidden.then(|| policy::lapse_of(entry.deposited).min(running));
    group.change_head(number, |head, rows, seal| {
        Ok(head.set_entry(rows, seal, &entry)?)
    })?;
    open::trace(group, number, agent, revised.act, None)?;
    Ok(())
}

/// Says of a dossier whether its deposits are masked by default.
fn stamp(
    group: &mut Group<'_>,
    number: DossierNumber,
    agent: &Agent,
    (masking, words): (Masking, Option<Words>),
) -> Result<()> {
    let seq = group.seq();
    let dossier = group.with_head(number, |head, _, _| Ok(head.dossier()?.to_dossier()?))?;
    let mut dossier = dossier.ok_or_else(Error::refused)?;
    if dossier.masking == masking {
        return Ok(());
    }
    dossier.masking = masking;
    dossier.changed = seq;
    group.change_head(number, |head, _, _| {
        head.set_dossier(&dossier);
        Ok(())
    })?;
    let change = match masking {
        Masking::ByDefault => DossierChange::MaskedByDefault,
        Masking::Open => DossierChange::ShownByDefault,
    };
    open::trace(group, number, agent, Act::DossierChanged { change }, words)?;
    Ok(())
}

/// Masks all documents of a dossier that the session may mask; one hidden from the holder is not
/// among them, for it cannot be both.
fn mask_all(
    group: &mut Group<'_>,
    number: DossierNumber,
    (lens, facts, agent): (&DossierLens, &SessionFacts, &Agent),
    version: &dyn Fn() -> Result<EntryId>,
) -> Result<()> {
    let next = group.with_head(number, |head, _, _| Ok(head.next_document()?.number()))?;
    for at in 0..next.unwrap_or_default() {
        let at = DocumentNumber::new(at)
            .map_err(|_| base::Bug::new("a document below the next has a number"))?;
        let Some(entry) = entry_of(group, number, at)? else {
            continue;
        };
        let seen = facts::of_entry(&entry, facts, lens.lens().pack().dictionary());
        let before = seen.flags_at(lens.dossier().at());
        let after = before.with(Flags::MASQUE_PS);
        if before == after || !lens.may(Action::SetFlags(&seen, after)).is_allowed() {
            continue;
        }
        let revised = Revised {
            flags: after,
            status: entry.status,
            act: Act::Flagged {
                document: entry.document,
                before,
                after,
            },
        };
        write(group, number, agent, entry, version()?, revised)?;
    }
    Ok(())
}

//! From a dossier's record to the facts its rules are asked with.
//!
//! For: every verb; facts live in `store`, rules in `policy`, and this is where they meet.
//! Invariants: a fact that the record does not state is the one that permits less; a session is
//! the author only of what names her by an id of the national authorities.

use base::{Flags, Instant, Purpose};
use policy::{
    Consents, Dictionary, DocumentFacts, DossierFacts, DossierStatus, Party, Relation,
    SessionFacts, Window,
};
use store::{DossierView, Entry, EntryView, Masking, PartyKind, PartyView, RepresentativeRole};

/// The dossier as it stands towards the session at the instant.
pub(crate) fn dossier<'a>(
    view: DossierView<'a>,
    entries: impl Iterator<Item = EntryView<'a>>,
    session: &SessionFacts,
    at: Instant,
) -> DossierFacts {
    let closed = view.closing().is_some();
    let status = if closed {
        DossierStatus::Closed
    } else {
        DossierStatus::Active
    };
    let mut facts = DossierFacts::new(view.id(), status, at);
    facts.consents = Consents {
        consultation: view.consultation().0,
        deposit: view.deposit().0,
        etreat: view.samu().0,
        btg: view.break_glass().0,
        masked: view.masked_in_emergency().0,
    };
    facts.majority = view.majority().unwrap_or(Instant::MIN);
    facts.stamped = match view.masking() {
        Masking::Open => Flags::NONE,
        Masking::ByDefault => Flags::MASQUE_PS,
    };
    hold_parties(&mut facts, view, session);
    hold_persons(&mut facts, view, session);
    hold_authorship(&mut facts, entries, session);
    facts
}

/// The document as rules see it.
pub(crate) fn document(
    view: EntryView<'_>,
    session: &SessionFacts,
    dictionary: &Dictionary,
) -> DocumentFacts {
    let depositor = view.depositor();
    DocumentFacts {
        document: view.document(),
        kind: dictionary.type_ordinal(view.kind().code()),
        class: dictionary.class_ordinal(view.class().code()),
        author_profession: dictionary.profession_ordinal(depositor.profession()),
        status: view.status(),
        flags: view.flags(),
        hidden_until: view.invisible_until().unwrap_or(Instant::MAX),
        created: view.created(),
        deposited: view.deposited(),
        parties: parties(view, session),
    }
}

/// The same, from an entry that is being changed.
pub(crate) fn of_entry(
    entry: &Entry,
    session: &SessionFacts,
    dictionary: &Dictionary,
) -> DocumentFacts {
    let depositor = Party {
        actor: &entry.depositor.actor,
        structure: &entry.depositor.structure,
        profession: &entry.depositor.profession,
    };
    let author = entry.authors.first().map(|author| Party {
        actor: professional(&author.id),
        structure: establishment(&author.structure_id),
        profession: "",
    });
    DocumentFacts {
        document: entry.document,
        kind: dictionary.type_ordinal(&entry.kind.code),
        class: dictionary.class_ordinal(&entry.class.code),
        author_profession: dictionary.profession_ordinal(depositor.profession),
        status: entry.status,
        flags: entry.flags,
        hidden_until: entry.invisible_until.unwrap_or(Instant::MAX),
        created: entry.created,
        deposited: entry.deposited,
        parties: session.parties(author.unwrap_or(depositor), depositor),
    }
}

/// Which of the document's signatures are the session's own.
fn parties(view: EntryView<'_>, session: &SessionFacts) -> policy::Parties {
    let depositor = view.depositor();
    let depositor = Party {
        actor: depositor.actor(),
        structure: depositor.structure(),
        profession: depositor.profession(),
    };
    let author = view.authors().next().map(|author| Party {
        actor: professional(author.id()),
        structure: establishment(author.structure_id()),
        profession: "",
    });
    session.parties(author.unwrap_or(depositor), depositor)
}

fn hold_parties(facts: &mut DossierFacts, view: DossierView<'_>, session: &SessionFacts) {
    for leave in view.authorisations() {
        let relation = (Relation::Authorised, Relation::AuthorisedStructure);
        let window = Window::new(leave.from(), leave.until());
        hold(facts, leave.party(), session, relation, window);
    }
    for block in view.blocks() {
        let relation = (Relation::Blocked, Relation::BlockedStructure);
        let window = Window::new(block.since(), Instant::MAX);
        hold(facts, block.party(), session, relation, window);
    }
    let ties = view.attending().map(|tie| (tie, Relation::Attending));
    let ties = ties.chain(view.team().map(|tie| (tie, Relation::CareTeam)));
    for (tie, relation) in ties {
        let window = Window::new(tie.from(), tie.until());
        // No structure attends.
        let person = tie.party().kind() == PartyKind::Professional;
        if person || relation != Relation::Attending {
            hold(facts, tie.party(), session, (relation, relation), window);
        }
    }
}

fn hold(
    facts: &mut DossierFacts,
    party: PartyView<'_>,
    session: &SessionFacts,
    (by_actor, by_structure): (Relation, Relation),
    window: Window,
) {
    match party.kind() {
        PartyKind::Professional if party.id() == session.actor => facts.hold(by_actor, window),
        PartyKind::Structure
            if party.id() == session.structure && !session.structure.is_empty() =>
        {
            facts.hold(by_structure, window);
        }
        PartyKind::Professional | PartyKind::Structure => {}
    }
}

fn hold_persons(facts: &mut DossierFacts, view: DossierView<'_>, session: &SessionFacts) {
    match session.purpose {
        Purpose::Holder if session.patient == Some(view.id()) => {
            facts.hold(Relation::Holder, Window::ALWAYS);
        }
        Purpose::Representative => {
            for person in view.representatives().filter(|it| it.id() == session.actor) {
                let relation = match person.role() {
                    RepresentativeRole::Legal => Relation::Representative,
                    RepresentativeRole::HealthCare | RepresentativeRole::Aidant => {
                        Relation::Delegate
                    }
                };
                facts.hold(relation, Window::new(person.from(), person.until()));
            }
        }
        Purpose::Holder
        | Purpose::Care
        | Purpose::Panel
        | Purpose::EmergencyBtg
        | Purpose::EmergencySamu
        | Purpose::Population
        | Purpose::Audit
        | Purpose::Contract => {}
    }
}

fn hold_authorship<'a>(
    facts: &mut DossierFacts,
    entries: impl Iterator<Item = EntryView<'a>>,
    session: &SessionFacts,
) {
    // What a person has written opens no dossier to her: her own is open, another's is not.
    if session.is_person() {
        return;
    }
    for entry in entries {
        if parties(entry, session).is_own() {
            facts.hold(Relation::Author, Window::ALWAYS);
            return;
        }
    }
}

/// The actor that a document's author id names: nobody, unless the national authority gave it.
/// Another authority may have given the same characters to somebody else.
pub(crate) fn professional(id: &str) -> &str {
    given_by(PROFESSIONALS, id)
}

/// The same of a structure.
pub(crate) fn establishment(id: &str) -> &str {
    given_by(STRUCTURES, id)
}

fn given_by<'a>(authority: &str, id: &'a str) -> &'a str {
    match id.split_once('^') {
        Some((root, extension)) if root == authority => extension,
        Some(_) | None => "",
    }
}

/// What stands behind the last `^`, or all of it: what documents are searched and counted by.
pub(crate) fn extension(id: &str) -> &str {
    id.rsplit('^').next().unwrap_or(id)
}

/// The authority of `PS_IdNat`.
const PROFESSIONALS: &str = "1.2.250.1.71.4.2.1";
/// The authority of `Struct_IdNat`.
const STRUCTURES: &str = "1.2.250.1.71.4.2.2";

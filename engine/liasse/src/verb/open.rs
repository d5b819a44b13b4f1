//! `open_dossier`: a dossier for a person who has none; and what other writes share with it.

use crate::ask::{Matricule, Statement};
use crate::error::{Code, Error, Result};
use crate::facts;
use crate::group::Group;
use crate::names::{self, DossierName};
use crate::recorder::{AuditPlace, Line, patient_slot, slot, trace as compose};
use crate::session::Session;
use crate::verb::refusal::{self, Asked};
use base::{AuditHandle, DossierId, DossierNumber, Instant};
use intake::{Ins, Metadata};
use journal::{Act, Agent, Decision, DossierChange, Verb, Words};
use policy::{Action, Agreement, DossierFacts, DossierLens, DossierStatus, SessionFacts};
use store::{Alias, Counter, Dossier, Head, Spending, Traits, UnitKind};

/// Whose dossier is to be opened.
pub(crate) struct NewDossier {
    pub(crate) id: DossierId,
    pub(crate) identity: Ins,
    pub(crate) traits: Option<Traits>,
}

impl Session {
    /// Opens a dossier for a person who has none, and who agrees as the statement says.
    ///
    /// # Errors
    /// [`Code::WriteRefused`] when the rules refuse it, or there is one already.
    pub fn open_dossier(&self, patient: &Matricule, stated: &Statement) -> Result<DossierId> {
        let (agreement, words) = (stated.agreement, stated.words()?);
        let core = &self.shared.core;
        let identity = patient.identity()?;
        let candidates = patient.candidates();
        let kept = identity.clone();
        let new = NewDossier {
            id: core.promise(None, &identity)?,
            identity,
            traits: None,
        };
        let (facts, agent) = (self.facts.clone(), self.agent().clone());
        let ticket = self.shared.submit(
            Spending::Ordinary,
            move |group| {
                let lookup = |kind, key: &[u8]| group.item(kind, key);
                // Asked here alone, so that a dossier that is there is refused as late, and for
                // want of space too, as one that must not be opened.
                let found = names::dossier(&lookup, &candidates)?;
                let decided = match found {
                    Some(_) => Err(refused()),
                    None => check_opening(&lens_for(group, &facts, None, new.id)?, agreement),
                };
                let number = found.map(|name| name.number);
                let asked = Asked::of(Verb::LifeCycle);
                let decided = refusal::kept(group, &agent, (number, asked), decided)?;
                if decided.is_ok() {
                    open(group, &new, &agent, words)?;
                }
                Ok(decided.map(|()| new.id))
            },
            |id, _| id,
        );
        let opened = ticket.wait();
        core.keep_promise(&kept);
        opened
    }
}

/// The session's rules for a dossier as the group leaves it, or for one that does not exist.
pub(crate) fn lens_for(
    group: &mut Group<'_>,
    session: &SessionFacts,
    number: Option<DossierNumber>,
    id: DossierId,
) -> Result<DossierLens> {
    let now = group.now();
    let found = match number {
        Some(number) => group.with_head(number, |head, _, _| {
            Ok(facts::dossier(
                head.dossier()?,
                head.newest_entries(),
                session,
                now,
            ))
        })?,
        None => None,
    };
    let facts = found.unwrap_or_else(|| DossierFacts::new(id, DossierStatus::Absent, now));
    scoped(group, session, &facts)
}

/// The session's rules for a dossier that this group is about to open.
pub(crate) fn active_lens(
    group: &Group<'_>,
    session: &SessionFacts,
    id: DossierId,
) -> Result<DossierLens> {
    let facts = DossierFacts::new(id, DossierStatus::Active, group.now());
    scoped(group, session, &facts)
}

fn scoped(group: &Group<'_>, session: &SessionFacts, facts: &DossierFacts) -> Result<DossierLens> {
    let lens = group
        .core
        .policies
        .lens(session, group.now())
        .ok_or_else(|| {
            Error::new(
                Code::Refused,
                "no policy pack is in force",
                "install one that is",
            )
        })?;
    Ok(lens.scope(facts))
}

/// Whether the rules let the session open a dossier, by what she says of the person's agreement.
pub(crate) fn check_opening(lens: &DossierLens, agreement: Agreement) -> Result<()> {
    if lens.may(Action::OpenDossier(agreement)).is_allowed() {
        Ok(())
    } else {
        Err(refused())
    }
}

/// Opens a dossier in the group.
pub(crate) fn open(
    group: &mut Group<'_>,
    new: &NewDossier,
    agent: &Agent,
    words: Option<Words>,
) -> Result<DossierNumber> {
    let core = group.core;
    // What was begun for a dossier before it was erased does not bring its id back.
    if core.promises.was_erased(new.id) {
        return Err(Error::new(
            Code::Changed,
            "the dossier changed meanwhile",
            "try again",
        ));
    }
    let number = group.transaction.take_dossier()?;
    let key_slot = group.transaction.take(Counter::DossierSlot);
    let key_slot = slot(u32::try_from(key_slot).unwrap_or(u32::MAX))?.number();
    let mut dossier = Dossier::open(new.id, number, group.now());
    dossier.audit = *AuditHandle::random(&*core.entropy)?.as_bytes();
    dossier.audit_slot = patient_slot(group.transaction.take(Counter::AuditSlot))?;
    dossier.traits.clone_from(&new.traits);
    dossier.changed = group.seq();
    dossier.aliases.push(Alias {
        matricule: new.identity.matricule().to_owned(),
        authority: new.identity.authority().oid().to_owned(),
        from: group.now(),
        until: Instant::MAX,
    });
    let name = DossierName { id: new.id, number };
    group.set_item(
        UnitKind::Alias,
        names::alias_key(&new.identity),
        Some(names::alias_value(name)),
    );
    group.set_item(
        UnitKind::Dossier,
        new.id.as_bytes().to_vec(),
        Some(number.number().to_le_bytes().to_vec()),
    );
    group.add_head(Head::new(&dossier, key_slot))?;
    let act = Act::DossierChanged {
        change: DossierChange::Created,
    };
    trace(group, number, agent, act, words)?;
    Ok(number)
}

/// Adds the trace of an act in a dossier of the group.
pub(crate) fn trace(
    group: &mut Group<'_>,
    number: DossierNumber,
    agent: &Agent,
    act: Act,
    words: Option<Words>,
) -> Result<usize> {
    let now = group.now();
    let (id, handle, audit_slot, key_slot) = group
        .with_head(number, |head, _, _| {
            let dossier = head.dossier()?;
            Ok((
                dossier.id(),
                dossier.audit(),
                dossier.audit_slot(),
                head.slot(),
            ))
        })?
        .ok_or(base::Bug::new("a dossier written to is there"))?;
    let pack = pack_at(group, now);
    let trace = compose(now, id, agent, &pack, Decision::Permit, act);
    let place = AuditPlace {
        handle,
        slot: audit_slot,
    };
    match words {
        None => group.trace(&Line {
            place,
            trace,
            words: None,
        }),
        Some(words) => {
            let key = group
                .keys()
                .dossier_key(&group.transaction, slot(key_slot)?)?;
            group.trace(&Line {
                place,
                trace,
                words: Some((&key, words)),
            })
        }
    }
}

/// The pack in force and its version, as traces name them.
pub(crate) fn pack_at(group: &Group<'_>, now: Instant) -> String {
    let pack = group.core.policies.at(now);
    let named = pack.map(|it| format!("{} {}", it.name(), it.version()));
    named.unwrap_or_default()
}

/// The traits of the identity, as the document states them.
pub(crate) fn traits(metadata: &Metadata) -> Option<Traits> {
    let traits = &metadata.patient.traits;
    Some(Traits {
        birth_name: traits.birth_family.clone()?,
        given_names: traits
            .birth_given
            .clone()
            .or_else(|| traits.first_given.clone())?,
        used_name: traits.used_family.clone().unwrap_or_default(),
        sex: traits
            .sex
            .map(|sex| sex.code().to_owned())
            .unwrap_or_default(),
        born: traits.birth_date?,
        birth_place: traits.birth_place.clone().unwrap_or_default(),
    })
}

fn refused() -> Error {
    Error::new(
        Code::WriteRefused,
        "the rules do not let this session open that dossier, or there is one",
        "check the purpose and the profession",
    )
}

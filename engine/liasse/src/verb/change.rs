//! Changes of a dossier: grants, break-glass, closing.
//!
//! Invariant: the rules are asked on the committer, about the dossier as it is there.

use crate::ask::{Grant, Matricule, Matter, Party};
use crate::error::{Code, Error, Result};
use crate::group::Group;
use crate::session::{Session, enters};
use crate::verb::open;
use crate::{names, relations};
use base::{Consent, DossierNumber, Instant, Purpose, limit};
use journal::{Act, Agent, ConsentMatter, DossierChange, RelationChange, Verb, Words};
use policy::{Action, Agreement, DossierLens, Motive, SessionFacts, Whom};
use store::{Answer, Authorisation, Block, Closing, Dossier, PartyKind, Spending, Tie, UnitKind};

impl Session {
    /// Changes who may do what in a dossier. A professional who calls it says that she has
    /// collected the holder's agreement.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`].
    pub fn grant(&self, patient: &Matricule, grant: Grant) -> Result<()> {
        self.change_dossier(patient, move |lens, session| {
            allow(lens, session, &grant).map(|()| {
                let grant = grant.clone();
                Box::new(move |dossier: &mut Dossier, now: Instant, by: &str| {
                    apply(dossier, &grant, now, by)
                }) as Change
            })
        })
    }

    /// Closes a dossier; it is kept ten years.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`].
    pub fn close_dossier(&self, patient: &Matricule) -> Result<()> {
        self.change_dossier(patient, |lens, _| {
            let action = Action::Close(Agreement::Collected, Motive::Given);
            if !lens.may(action).is_allowed() {
                return Err(denied(lens));
            }
            Ok(Box::new(|dossier: &mut Dossier, now: Instant, _: &str| {
                dossier.closing = Some(Closing {
                    at: now,
                    reason: "holder".to_owned(),
                    purge: now.plus_months(12 * ARCHIVE_YEARS),
                });
                Act::DossierChanged {
                    change: DossierChange::Closed,
                }
            }) as Change)
        })
    }

    /// Reopens a closed dossier, with all that it held.
    ///
    /// # Errors
    /// [`Code::Refused`], [`Code::WriteRefused`].
    pub fn reopen(&self, patient: &Matricule) -> Result<()> {
        self.change_dossier(patient, |lens, _| {
            if !lens.may(Action::Reopen(Agreement::Collected)).is_allowed() {
                return Err(denied(lens));
            }
            Ok(Box::new(|dossier: &mut Dossier, _: Instant, _: &str| {
                dossier.closing = None;
                Act::DossierChanged {
                    change: DossierChange::Reopened,
                }
            }) as Change)
        })
    }

    /// Breaks the glass of a dossier: from now on this session reads it as the emergency
    /// rules say. The motive is kept; the holder and the attending physician will see it.
    ///
    /// # Errors
    /// [`Code::Refused`] when the holder opposed it or there is no such dossier,
    /// [`Code::Invalid`] without a motive.
    pub fn break_glass(&self, patient: &Matricule, motive: &str) -> Result<()> {
        let motive = motive.trim();
        if motive.is_empty() || motive.len() > limit::FIELD_BYTES_MAX {
            return Err(Error::new(
                Code::Invalid,
                "breaking the glass needs a motive of at most 4096 bytes",
                "say in a sentence why the person cannot be asked",
            ));
        }
        let view = self.shared.core.view()?;
        let entered = self.enter(&view, patient, Verb::BreakGlass)?;
        if !entered
            .lens
            .may(Action::BreakGlass(Motive::Given))
            .is_allowed()
        {
            self.record_denial(&view, &entered, Verb::BreakGlass, None)?;
            return Err(Error::refused());
        }
        let words = Words {
            query: String::new(),
            motive: motive.to_owned(),
        };
        let (number, id, agent) = (entered.number, entered.id, self.agent().clone());
        // Sealed on the committer, under the key that the dossier has there.
        let ticket = self.shared.submit(
            Spending::Reserve,
            move |group| {
                let there = group.with_head(number, |_, _, _| Ok(()))?;
                there.ok_or_else(Error::refused)?;
                open::trace(group, number, &agent, Act::BrokeGlass, Some(words))
            },
            |_, _| Ok(()),
        );
        ticket.wait()?;
        self.break_glass_of(id);
        Ok(())
    }

    fn change_dossier(
        &self,
        patient: &Matricule,
        decide: impl FnOnce(&DossierLens, &SessionFacts) -> Result<Change> + Send + 'static,
    ) -> Result<()> {
        let view = self.shared.core.view()?;
        let found = crate::session::find(&view, &patient.candidates())?;
        let (facts, agent) = (self.facts.clone(), self.agent().clone());
        let ticket = self.shared.submit(
            Spending::Ordinary,
            move |group| {
                // Refused here, where one that is there and closed to this session is.
                let name = found.ok_or_else(Error::refused)?;
                let lens = open::lens_for(group, &facts, Some(name.number), name.id)?;
                let change = decide(&lens, &facts)?;
                rewrite(group, name.number, &agent, change)
            },
            |(), _| Ok(()),
        );
        ticket.wait()
    }
}

/// A change of a dossier's state, and the act its trace tells.
pub(crate) type Change = Box<dyn FnOnce(&mut Dossier, Instant, &str) -> Act + Send>;

pub(crate) fn rewrite(
    group: &mut Group<'_>,
    number: DossierNumber,
    agent: &Agent,
    change: Change,
) -> Result<()> {
    let (now, seq) = (group.now(), group.seq());
    let dossier = group.with_head(number, |head, _, _| Ok(head.dossier()?.to_dossier()?))?;
    let mut dossier = dossier.ok_or_else(Error::refused)?;
    let before = relations::parties(group, number)?;
    let due = due(&dossier);
    let act = change(&mut dossier, now, &agent.actor);
    dossier.changed = seq;
    group.change_head(number, |head, _, _| {
        head.set_dossier(&dossier);
        Ok(())
    })?;
    let after = relations::parties(group, number)?;
    for party in after.difference(&before) {
        relations::relate(group, party, number)?;
    }
    for party in before.difference(&after) {
        relations::part(group, party, number)?;
    }
    if due != self::due(&dossier) {
        for (due, value) in [(due, None), (self::due(&dossier), Some(Vec::new()))] {
            if let Some(due) = due {
                group.set_item(UnitKind::Due, names::due_key(due, number), value);
            }
        }
    }
    open::trace(group, number, agent, act, None)?;
    Ok(())
}

/// When the dossier's archive is to be erased.
fn due(dossier: &Dossier) -> Option<Instant> {
    dossier.closing.as_ref().map(|closing| closing.purge)
}

fn allow(lens: &DossierLens, session: &SessionFacts, grant: &Grant) -> Result<()> {
    let whom = |party: &Party| match party {
        Party::Actor(id) if *id == session.actor => Whom::Herself,
        Party::Structure(id) if *id == session.structure => Whom::Herself,
        Party::Actor(_) | Party::Structure(_) => Whom::Another,
    };
    let agreed = Agreement::Collected;
    let action = match grant {
        Grant::Authorise { party, .. } => Action::Authorise(agreed, whom(party)),
        Grant::Revoke(party) => Action::Revoke(whom(party)),
        Grant::Block(_) => Action::Block,
        Grant::Unblock(_) => Action::Unblock,
        Grant::SetAttending(party) => Action::SetAttending(agreed, whom(party)),
        Grant::UnsetAttending(party) => Action::LeaveAttending(whom(party)),
        Grant::Consent { .. } => Action::Consent(agreed),
    };
    if lens.may(action).is_allowed() {
        Ok(())
    } else {
        Err(denied(lens))
    }
}

fn apply(dossier: &mut Dossier, grant: &Grant, now: Instant, by: &str) -> Act {
    use journal::Relation as R;
    match grant {
        Grant::Authorise { party, until } => {
            let (party, until) = (kept(party), *until);
            dossier.authorisations.retain(|it| it.party != party);
            let act = made(R::Authorisation, &party, until);
            let granted_by = by.to_owned();
            dossier.authorisations.push(Authorisation {
                party,
                from: now,
                until,
                granted_by,
            });
            act
        }
        Grant::Revoke(party) => {
            let party = kept(party);
            dossier.authorisations.retain(|it| it.party != party);
            ended(R::Authorisation, &party, now)
        }
        Grant::Block(party) => {
            let party = kept(party);
            dossier.blocks.retain(|it| it.party != party);
            let act = made(R::Block, &party, Instant::MAX);
            dossier.blocks.push(Block { party, since: now });
            act
        }
        Grant::Unblock(party) => {
            let party = kept(party);
            dossier.blocks.retain(|it| it.party != party);
            ended(R::Block, &party, now)
        }
        Grant::SetAttending(party) => {
            let party = kept(party);
            dossier.attending.retain(|it| it.party != party);
            let act = made(R::Attending, &party, Instant::MAX);
            dossier.attending.push(Tie {
                party,
                from: now,
                until: Instant::MAX,
            });
            act
        }
        Grant::UnsetAttending(party) => {
            let party = kept(party);
            dossier.attending.retain(|it| it.party != party);
            ended(R::Attending, &party, now)
        }
        Grant::Consent { matter, answer } => answered(dossier, *matter, *answer, now),
    }
}

fn answered(dossier: &mut Dossier, matter: Matter, answer: Consent, now: Instant) -> Act {
    let consents = &mut dossier.consents;
    let (slot, matter) = match matter {
        Matter::Consultation => (&mut consents.consultation, ConsentMatter::Consultation),
        Matter::Deposit => (&mut consents.deposit, ConsentMatter::Deposit),
        Matter::Etreat => (&mut consents.samu, ConsentMatter::Centre15),
        Matter::Btg => (&mut consents.break_glass, ConsentMatter::BreakGlass),
        Matter::Masked => (&mut consents.masked_in_emergency, ConsentMatter::Masked),
    };
    let before = slot.consent;
    *slot = Answer {
        consent: answer,
        at: now,
    };
    Act::Consented {
        matter,
        before,
        after: answer,
    }
}

pub(crate) fn made(relation: journal::Relation, party: &store::Party, until: Instant) -> Act {
    related(relation, RelationChange::Made, party, until)
}

pub(crate) fn ended(relation: journal::Relation, party: &store::Party, at: Instant) -> Act {
    related(relation, RelationChange::Ended, party, at)
}

fn related(
    relation: journal::Relation,
    change: RelationChange,
    party: &store::Party,
    until: Instant,
) -> Act {
    Act::Related {
        relation,
        change,
        party: party.id.clone(),
        until,
    }
}

pub(crate) fn kept(party: &Party) -> store::Party {
    match party {
        Party::Actor(id) => store::Party {
            kind: PartyKind::Professional,
            id: id.clone(),
        },
        Party::Structure(id) => store::Party {
            kind: PartyKind::Structure,
            id: id.clone(),
        },
    }
}

/// Who may not even enter the dossier is not told that it exists.
pub(crate) fn denied(lens: &DossierLens) -> Error {
    // An emergency's gate stands open to whoever has not broken the glass yet.
    let unbroken = lens.lens().session().purpose == Purpose::EmergencyBtg;
    if enters(lens) && !unbroken {
        refused()
    } else {
        Error::refused()
    }
}

pub(crate) fn refused() -> Error {
    Error::new(
        Code::WriteRefused,
        "the rules do not let this session make that change",
        "see docs/rules.md for who may",
    )
}

/// How long a closed dossier is kept (R26).
const ARCHIVE_YEARS: i64 = 10;

//! Grants: what each of them asks of the rules, and what it makes of a dossier.
//!
//! For: the verb `grant`. Not for: deciding, nor what the host declares. Invariants: an attending
//! physician is a person; what a structure was granted is nobody's own to give up; who gives her
//! access up keeps none that was hers.

use crate::ask::{Grant, Matter, Party};
use crate::error::{Code, Error, Result};
use base::{Consent, Instant, limit};
use journal::{Act, ConsentMatter, RelationChange};
use policy::{Action, Agreement, SessionFacts, Whom};
use store::{Answer, Authorisation, Block, Dossier, PartyKind, Tie};

/// That a grant is one, whatever the dossier: a structure is no attending physician.
pub(crate) fn check(grant: &Grant) -> Result<()> {
    let id = match grant {
        Grant::SetAttending(Party::Structure(_)) => {
            return Err(Error::new(
                Code::Invalid,
                "a structure is no attending physician",
                "name the physician",
            ));
        }
        Grant::Authorise { party, .. }
        | Grant::Revoke(party)
        | Grant::Block(party)
        | Grant::Unblock(party)
        | Grant::SetAttending(party)
        | Grant::UnsetAttending(party) => match party {
            Party::Actor(id) | Party::Structure(id) => id,
        },
        Grant::Consent { .. } => return Ok(()),
    };
    let fits = (1..=limit::ACTOR_FIELD_BYTES_MAX).contains(&id.len());
    if fits && !id.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::new(
        Code::Invalid,
        "an id is empty, too long or holds a control character",
        "give ids of at most 255 bytes",
    ))
}

/// What the rules are asked.
pub(crate) fn action(grant: &Grant, agreed: Agreement, session: &SessionFacts) -> Action<'static> {
    let whom = |party: &Party| match party {
        Party::Actor(id) if *id == session.actor => Whom::Herself,
        Party::Actor(_) | Party::Structure(_) => Whom::Another,
    };
    match grant {
        Grant::Authorise { party, .. } => Action::Authorise(agreed, whom(party)),
        Grant::Revoke(party) => Action::Revoke(whom(party)),
        Grant::Block(_) => Action::Block,
        Grant::Unblock(_) => Action::Unblock,
        Grant::SetAttending(party) => Action::SetAttending(agreed, whom(party)),
        Grant::UnsetAttending(party) => Action::LeaveAttending(whom(party)),
        Grant::Consent { .. } => Action::Consent(agreed),
    }
}

/// Makes the change, and tells the act of its trace.
pub(crate) fn apply(dossier: &mut Dossier, grant: &Grant, now: Instant, by: &str) -> Act {
    use journal::Relation as R;
    match grant {
        Grant::Revoke(party) => {
            let party = kept(party);
            let authorised = dossier.authorisations.iter().any(|it| it.party == party);
            dossier.authorisations.retain(|it| it.party != party);
            let herself = party.kind == PartyKind::Professional && party.id == by;
            let of_team = dossier.team.iter().any(|it| it.party == party);
            if herself && of_team {
                dossier.team.retain(|it| it.party != party);
                if !authorised {
                    return ended(R::CareTeam, &party.id, now);
                }
            }
            ended(R::Authorisation, &party.id, now)
        }
        Grant::Block(party) => {
            let party = kept(party);
            dossier.blocks.retain(|it| it.party != party);
            let act = made(R::Block, &party.id, Instant::MAX);
            dossier.blocks.push(Block { party, since: now });
            act
        }
        Grant::Unblock(party) => {
            let party = kept(party);
            dossier.blocks.retain(|it| it.party != party);
            ended(R::Block, &party.id, now)
        }
        Grant::SetAttending(party) => {
            let party = kept(party);
            let ties = dossier.attending.iter().filter(|it| it.party == party);
            let from = since(ties.map(|it| (it.from, it.until)), now);
            dossier.attending.retain(|it| it.party != party);
            let act = made(R::Attending, &party.id, Instant::MAX);
            dossier.attending.push(Tie {
                party,
                from,
                until: Instant::MAX,
            });
            act
        }
        Grant::UnsetAttending(party) => {
            let party = kept(party);
            dossier.attending.retain(|it| it.party != party);
            ended(R::Attending, &party.id, now)
        }
        Grant::Authorise { party, until } => authorise(dossier, party, (now, *until), by),
        Grant::Consent { matter, answer } => answered(dossier, *matter, *answer, now),
    }
}

fn authorise(
    dossier: &mut Dossier,
    party: &Party,
    (from, until): (Instant, Instant),
    by: &str,
) -> Act {
    let party = kept(party);
    let held = dossier.authorisations.iter().filter(|it| it.party == party);
    let from = since(held.map(|it| (it.from, it.until)), from);
    dossier.authorisations.retain(|it| it.party != party);
    let act = made(journal::Relation::Authorisation, &party.id, until);
    let granted_by = by.to_owned();
    dossier.authorisations.push(Authorisation {
        party,
        from,
        until,
        granted_by,
    });
    act
}

/// Since when a right holds that is given now: one that is prolonged while it holds goes on, and
/// nothing becomes visible by it.
pub(crate) fn since(mut held: impl Iterator<Item = (Instant, Instant)>, now: Instant) -> Instant {
    let going_on = held.find(|(from, until)| (*from..*until).contains(&now));
    going_on.map_or(now, |(from, _)| from)
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

pub(crate) fn made(relation: journal::Relation, party: &str, until: Instant) -> Act {
    related(relation, RelationChange::Made, party, until)
}

pub(crate) fn ended(relation: journal::Relation, party: &str, at: Instant) -> Act {
    related(relation, RelationChange::Ended, party, at)
}

fn related(
    relation: journal::Relation,
    change: RelationChange,
    party: &str,
    until: Instant,
) -> Act {
    Act::Related {
        relation,
        change,
        party: party.to_owned(),
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

//! `declare`: what the host knows of the persons around a dossier.
//!
//! For: the host's identity and admission services: who represents a person, when she comes of
//! age, who takes care of her. Not for: sessions; what a holder grants is a `Grant`.
//! Invariants: nothing is read; each declaration leaves a trace of its own; what is not declared
//! is what permits less: no care team, no representative, a majority that is past.

use crate::ask::{Declaration, Matricule};
use crate::engine::Engine;
use crate::error::{Code, Error, Result};
use crate::grants::{ended, kept, made, since};
use crate::group::Group;
use crate::session::find;
use crate::verb::change::rewrite;
use crate::verb::link::{host, there};
use base::{Instant, limit};
use journal::{Act, DossierChange, RelationChange};
use store::{Dossier, Representative, Spending, Tie};

impl Engine {
    /// Keeps what the host knows of the persons around a dossier; the rules ask it from the next
    /// request on. The same again replaces what was declared before.
    ///
    /// # Errors
    /// [`Code::Refused`] when there is no such dossier, [`Code::Invalid`] for an id that is empty,
    /// too long or holds a control character, [`Code::Limit`] for one more than a dossier keeps.
    pub fn declare(&self, patient: &Matricule, declaration: Declaration) -> Result<()> {
        check(&declaration)?;
        let core = &self.shared.core;
        let view = core.view()?;
        let name = find(&view, &patient.candidates())?.ok_or_else(Error::refused)?;
        let agent = host(core)?;
        let declared = self.shared.submit(
            Spending::Ordinary,
            move |group| {
                if !there(group, name)? {
                    return Err(Error::refused());
                }
                if !fits(group, name.number, &declaration)? {
                    return Err(too_many());
                }
                let change = move |dossier: &mut Dossier, now: Instant, _: &str| {
                    apply(dossier, &declaration, now)
                };
                rewrite(group, name.number, &agent, (Box::new(change), None))
            },
            |(), _| Ok(()),
        );
        declared.wait()
    }
}

fn apply(dossier: &mut Dossier, declaration: &Declaration, now: Instant) -> Act {
    use journal::Relation as R;
    match declaration {
        Declaration::Team { party, until } => {
            let party = kept(party);
            let ties = dossier.team.iter().filter(|it| it.party == party);
            let from = since(ties.map(|it| (it.from, it.until)), now);
            dossier.team.retain(|it| it.party != party);
            let act = made(R::CareTeam, &party.id, *until);
            dossier.team.push(Tie {
                party,
                from,
                until: *until,
            });
            act
        }
        Declaration::LeftTeam(party) => {
            let party = kept(party);
            dossier.team.retain(|it| it.party != party);
            ended(R::CareTeam, &party.id, now)
        }
        Declaration::Represented {
            person,
            role,
            until,
        } => {
            let same = dossier.representatives.iter();
            let same = same.filter(|it| it.id == *person && it.role == *role);
            let from = since(same.map(|it| (it.from, it.until)), now);
            dossier.representatives.retain(|it| it.id != *person);
            dossier.representatives.push(Representative {
                id: person.clone(),
                role: *role,
                from,
                until: *until,
            });
            of_person(person, RelationChange::Made, *until)
        }
        Declaration::NotRepresented(person) => {
            dossier.representatives.retain(|it| it.id != *person);
            of_person(person, RelationChange::Ended, now)
        }
        Declaration::Majority(at) => {
            dossier.majority = Some(*at);
            Act::DossierChanged {
                change: DossierChange::Edited,
            }
        }
    }
}

fn of_person(person: &str, change: RelationChange, until: Instant) -> Act {
    Act::Related {
        relation: journal::Relation::Representative,
        change,
        party: person.to_owned(),
        until,
    }
}

/// Whether the dossier takes one more.
fn fits(
    group: &mut Group<'_>,
    number: base::DossierNumber,
    declaration: &Declaration,
) -> Result<bool> {
    let others = group.with_head(number, |head, _, _| {
        let dossier = head.dossier()?;
        Ok(match declaration {
            Declaration::Team { party, .. } => {
                let members = dossier.team().map(|it| it.party());
                members.filter(|it| it.id() != party.id()).count()
            }
            Declaration::Represented { person, .. } => {
                let persons = dossier.representatives();
                persons.filter(|it| it.id() != person).count()
            }
            Declaration::LeftTeam(_)
            | Declaration::NotRepresented(_)
            | Declaration::Majority(_) => 0,
        })
    })?;
    Ok(others.is_some_and(|others| others < limit::DECLARED_PARTIES_MAX))
}

fn check(declaration: &Declaration) -> Result<()> {
    let id = match declaration {
        Declaration::Team { party, .. } | Declaration::LeftTeam(party) => party.id(),
        Declaration::Represented { person, .. } | Declaration::NotRepresented(person) => person,
        Declaration::Majority(_) => return Ok(()),
    };
    let fits = !id.is_empty() && id.len() <= limit::ACTOR_FIELD_BYTES_MAX;
    if fits && !id.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::new(
        Code::Invalid,
        "the id of a person or party is empty, too long or holds a control character",
        "give an id of at most 255 bytes",
    ))
}

fn too_many() -> Error {
    Error::new(
        Code::Limit,
        "the dossier has as many of these as it can keep",
        "end some that are over",
    )
}

//! Sets that hang on a dossier or a document: who is authorised, who signed.
//!
//! Invariant: such a set is only ever asked whether it contains the request's own principal or
//! her structure; that question is a relation, kept as one bit in the facts. A rule that names
//! another person's membership is refused.

use super::{EntityKind, Lowered, Lowering, Mutant, Value, refuse};
use crate::error::Reason;
use crate::facts::{Parties, Relation};
use crate::predicate::{Predicate, Test};
use crate::schema::PrincipalKind;

/// A set of actors, structures or persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Members {
    of: Who,
    test: Bit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Actors,
    Structures,
    Persons,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bit {
    Relation(Relation),
    Parties(u8),
}

impl Members {
    pub(super) fn of_dossier(attribute: &str) -> Option<Self> {
        let (of, relation) = match attribute {
            "authorised" => (Who::Actors, Relation::Authorised),
            "authorisedStructures" => (Who::Structures, Relation::AuthorisedStructure),
            "careTeam" => (Who::Actors, Relation::CareTeam),
            "attending" => (Who::Actors, Relation::Attending),
            "blocked" => (Who::Actors, Relation::Blocked),
            "blockedStructures" => (Who::Structures, Relation::BlockedStructure),
            "authors" => (Who::Actors, Relation::Author),
            "authorStructures" => (Who::Structures, Relation::AuthorStructure),
            "representatives" => (Who::Persons, Relation::Representative),
            "delegates" => (Who::Persons, Relation::Delegate),
            _ => return None,
        };
        Some(Self {
            of,
            test: Bit::Relation(relation),
        })
    }

    pub(super) fn of_document(attribute: &str) -> Option<Self> {
        let (of, bits) = match attribute {
            "authors" => (Who::Actors, Parties::AUTHOR),
            "structures" => (Who::Structures, Parties::STRUCTURE),
            "persons" => (Who::Persons, Parties::PERSON),
            _ => return None,
        };
        Some(Self {
            of,
            test: Bit::Parties(bits),
        })
    }

    /// The actor's own relation beside her structure's: a planted fault.
    const fn of_the_actor(self) -> Self {
        let test = match self.test {
            Bit::Relation(Relation::AuthorisedStructure) => Bit::Relation(Relation::Authorised),
            Bit::Relation(Relation::BlockedStructure) => Bit::Relation(Relation::Blocked),
            Bit::Relation(_) => Bit::Relation(Relation::Author),
            Bit::Parties(_) => Bit::Parties(Parties::AUTHOR),
        };
        Self { test, ..self }
    }

    fn predicate(self) -> Predicate {
        Predicate::Test(match self.test {
            Bit::Relation(relation) => Test::Relation(relation),
            Bit::Parties(bits) => Test::Parties(bits),
        })
    }
}

impl Lowering<'_> {
    /// Whether the set contains the value.
    pub(super) fn member(&self, members: Members, value: &Value) -> Lowered<Predicate> {
        let confused = self.mutated(Mutant::StructureAsActor);
        let actor = self.principal == PrincipalKind::Actor;
        match (members.of, value) {
            (Who::Actors, Value::Principal) if actor => Ok(members.predicate()),
            (Who::Persons, Value::Principal) if !actor => Ok(members.predicate()),
            (Who::Structures, Value::PrincipalStructure) if confused => {
                Ok(members.of_the_actor().predicate())
            }
            (Who::Structures, Value::PrincipalStructure) => Ok(members.predicate()),
            (_, Value::Principal | Value::PrincipalStructure) => Ok(Predicate::Never),
            (_, Value::Entity(..) | Value::Holder) => refuse(&"a membership", Reason::NamesAnother),
            _ => refuse(&"a membership", Reason::NotInTheSubset),
        }
    }

    /// `value in set`: membership, or, for an actor, her structure's membership.
    pub(super) fn inside(&self, value: &Value, members: Members) -> Lowered<Predicate> {
        let own = self.member(members, value)?;
        if let (Value::Principal, Who::Structures, PrincipalKind::Actor) =
            (value, members.of, self.principal)
        {
            return Ok(own.or(self.member(members, &Value::PrincipalStructure)?));
        }
        Ok(own)
    }

    /// Whether the principal is the one this literal names.
    pub(super) fn names_principal(&self, kind: EntityKind, id: &str) -> Predicate {
        match (kind, self.principal) {
            (EntityKind::Actor, PrincipalKind::Actor)
            | (EntityKind::Person, PrincipalKind::Person) => {
                Predicate::Test(Test::Actor(id.into()))
            }
            (
                EntityKind::Actor
                | EntityKind::Person
                | EntityKind::Profession
                | EntityKind::DocType
                | EntityKind::Structure
                | EntityKind::Action,
                _,
            ) => Predicate::Never,
        }
    }
}

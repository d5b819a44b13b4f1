//! Equality, hierarchy and containment between lowered values.

use super::{Column, EntityKind, Lowered, Lowering, Mutant, Quantifier, Value, refuse};
use crate::error::Reason;
use crate::facts::Relation;
use crate::predicate::{Known, Order, Predicate, Test, TimeTest};
use crate::schema::{self, PrincipalKind, ResourceKind};
use cedar_policy::pst;

impl Lowering<'_> {
    pub(super) fn equal(&self, left: &Value, right: &Value) -> Lowered<Predicate> {
        match (left, right) {
            (Value::Condition(left), Value::Condition(right)) => {
                let both = left.clone().and(right.clone());
                if self.mutated(Mutant::EqualAsAnd) {
                    return Ok(both);
                }
                let neither = left.clone().negated().and(right.clone().negated());
                Ok(both.or(neither))
            }
            (Value::Text(left), Value::Text(right)) => Ok(Predicate::constant(left == right)),
            (Value::Entity(kind, left), Value::Entity(other, right)) => {
                Ok(Predicate::constant(kind == other && left == right))
            }
            (Value::Column(left), Value::Column(right)) => self.same_code(*left, *right),
            (Value::Column(column), literal) | (literal, Value::Column(column)) => {
                let bit = self.code(*column, literal)?;
                Ok(self.among(*column, bit.as_slice()))
            }
            (Value::Principal, Value::Principal)
            | (Value::PrincipalStructure, Value::PrincipalStructure)
            | (Value::PrincipalSpeciality, Value::PrincipalSpeciality)
            | (Value::Holder, Value::Holder) => Ok(Predicate::Always),
            (Value::Principal, Value::Entity(kind, id))
            | (Value::Entity(kind, id), Value::Principal) => Ok(self.names_principal(*kind, id)),
            (Value::PrincipalStructure, Value::Entity(kind, id))
            | (Value::Entity(kind, id), Value::PrincipalStructure) => Ok(structure_is(*kind, id)),
            (Value::PrincipalSpeciality, Value::Text(code))
            | (Value::Text(code), Value::PrincipalSpeciality) => {
                Ok(Predicate::Test(Test::Speciality(code.as_str().into())))
            }
            (Value::Principal, Value::Holder) | (Value::Holder, Value::Principal) => {
                Ok(match self.principal {
                    PrincipalKind::Person => Predicate::Test(Test::Relation(Relation::Holder)),
                    PrincipalKind::Actor => Predicate::Never,
                })
            }
            (Value::Principal, Value::PrincipalStructure)
            | (Value::PrincipalStructure, Value::Principal) => Ok(Predicate::Never),
            _ => same_moment(left, right),
        }
    }

    pub(super) fn is_in(&self, left: &Value, right: &Value) -> Lowered<Predicate> {
        match (left, right) {
            (_, Value::Set(parts)) => {
                let parts = if self.mutated(Mutant::FirstOfSet) && !parts.is_empty() {
                    &parts[..1]
                } else {
                    parts
                };
                let mut inside = Predicate::Never;
                for part in parts {
                    inside = inside.or(self.is_in(left, part)?);
                }
                Ok(inside)
            }
            (_, Value::Members(members)) => self.inside(left, *members),
            (Value::Column(Column::Type), Value::Entity(EntityKind::Profession, code)) => {
                let cells = self.cells(code);
                Ok(self.among(Column::Type, &cells))
            }
            (
                Value::Entity(EntityKind::DocType, kind),
                Value::Entity(EntityKind::Profession, code),
            ) => Ok(Predicate::constant(self.matrix.permits(kind, code))),
            (Value::Column(Column::Type), Value::Column(Column::AuthorProfession)) => {
                let mut inside = Predicate::Never;
                for (bit, code) in Column::AuthorProfession.codes(self.dictionary) {
                    let cells = self.among(Column::Type, &self.cells(code));
                    inside = inside.or(self.among(Column::AuthorProfession, &[bit]).and(cells));
                }
                Ok(inside)
            }
            (Value::Entity(EntityKind::DocType, kind), Value::Column(Column::AuthorProfession)) => {
                let codes = Column::AuthorProfession.codes(self.dictionary).into_iter();
                let given = codes.filter(|(_, code)| self.matrix.permits(kind, code));
                let bits: Vec<_> = given.map(|(bit, _)| bit).collect();
                Ok(self.among(Column::AuthorProfession, &bits))
            }
            // Whose structure another actor belongs to is no fact of this request.
            (
                Value::Entity(EntityKind::Actor, id),
                Value::Entity(EntityKind::Structure, _) | Value::PrincipalStructure,
            ) => refuse(id, Reason::NamesAnother),
            (Value::Principal, Value::PrincipalStructure) => {
                Ok(Predicate::constant(self.principal == PrincipalKind::Actor))
            }
            (Value::Principal, Value::Entity(EntityKind::Structure, id))
                if self.principal == PrincipalKind::Actor =>
            {
                Ok(structure_is(EntityKind::Structure, id))
            }
            _ => self.equal(left, right),
        }
    }

    /// The types the matrix gives this profession, by bit.
    fn cells(&self, profession: &str) -> Vec<usize> {
        let names = self.dictionary.type_names().iter().enumerate();
        let given = names.filter(|(_, name)| self.matrix.permits(name, profession));
        let shift = usize::from(self.mutated(Mutant::MatrixShifted));
        given.map(|(bit, _)| bit + shift).collect()
    }

    pub(super) fn contains(&self, set: &Value, value: &Value) -> Lowered<Predicate> {
        if let Value::Members(members) = set {
            return self.member(*members, value);
        }
        let Value::Set(parts) = set else {
            return refuse(&"a containment", Reason::NotInTheSubset);
        };
        let mut found = Predicate::Never;
        for part in parts {
            found = found.or(self.equal(value, part)?);
        }
        Ok(found)
    }

    pub(super) fn contains_each(
        &self,
        left: &Value,
        right: &Value,
        quantifier: Quantifier,
    ) -> Lowered<Predicate> {
        let (set, parts) = match (left, right, quantifier) {
            (set, Value::Set(parts), _) => (set, parts),
            (Value::Set(parts), set @ Value::Members(_), Quantifier::Any) => (set, parts),
            _ => return refuse(&"a containment", Reason::NotInTheSubset),
        };
        let all = quantifier == Quantifier::All && !self.mutated(Mutant::AllAsAny);
        let mut result = Predicate::constant(all);
        for part in parts {
            let one = self.contains(set, part)?;
            result = if all { result.and(one) } else { result.or(one) };
        }
        Ok(result)
    }

    pub(super) fn is(&self, value: &Value, kind: &pst::EntityType) -> Lowered<Predicate> {
        let Some(name) = schema::type_name(kind) else {
            return refuse(kind, Reason::NotInTheSubset);
        };
        let actual = match value {
            Value::Principal if self.mutated(Mutant::IsAlways) => name,
            Value::Principal => match self.principal {
                PrincipalKind::Actor => "Actor",
                PrincipalKind::Person => "Person",
            },
            Value::Document => ResourceKind::Document.name(),
            Value::Dossier => ResourceKind::Dossier.name(),
            Value::PrincipalStructure => "Structure",
            Value::Holder => "Person",
            Value::Entity(kind, _) => kind.name(),
            Value::Column(Column::Type) => "DocType",
            Value::Column(Column::AuthorProfession) => "Profession",
            Value::Column(_)
            | Value::Condition(_)
            | Value::Context
            | Value::Long(_)
            | Value::Members(_)
            | Value::Moment(_)
            | Value::PrincipalSpeciality
            | Value::Set(_)
            | Value::Text(_) => return refuse(kind, Reason::NotInTheSubset),
        };
        Ok(Predicate::constant(actual == name))
    }
}

impl EntityKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Profession => "Profession",
            Self::DocType => "DocType",
            Self::Structure => "Structure",
            Self::Actor => "Actor",
            Self::Person => "Person",
            Self::Action => "Action",
        }
    }
}

fn structure_is(kind: EntityKind, id: &str) -> Predicate {
    if kind == EntityKind::Structure {
        Predicate::Test(Test::Structure(id.into()))
    } else {
        Predicate::Never
    }
}

fn same_moment(left: &Value, right: &Value) -> Lowered<Predicate> {
    let (Some(left), Some(right)) = (left.moment(), right.moment()) else {
        return refuse(&"a comparison", Reason::NotInTheSubset);
    };
    let test = TimeTest {
        left,
        order: Order::Same,
        right,
    };
    Ok(match test.answer(Known::default()) {
        Some(truth) => Predicate::constant(truth),
        None => Predicate::Test(Test::Time(test)),
    })
}

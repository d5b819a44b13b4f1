//! From Cedar's syntax to the predicate: our own partial evaluator.
//!
//! For: `pst` policies, one profession and one action at a time; constants are folded and
//! columns bound in one pass. Not for: parsing or validating, which Cedar does before.
//! Invariants: total or refused. Whatever has no exact predicate, or could make Cedar skip the
//! policy (arithmetic, extension functions, tags), is an error that names it; nothing is
//! approximated. `pst` enums may grow: what this file does not know it refuses.

mod column;
mod relate;
mod set;

use crate::dictionary::Dictionary;
use crate::error::Reason;
use crate::matrix::Matrix;
use crate::predicate::{Circumstance, ConsentTo, Moment, Order, Predicate, Test, TimeTest};
use crate::schema::{self, ActionName, PrincipalKind, ResourceKind};
use base::Flags;
use cedar_policy::pst::{self, BinaryOp, Expr, Literal, UnaryOp, Var};
use column::Column;
use relate::Members;

/// What a lowering is done for.
pub(crate) struct Lowering<'a> {
    pub(crate) dictionary: &'a Dictionary,
    pub(crate) matrix: &'a Matrix,
    pub(crate) principal: PrincipalKind,
    /// The profession's code, for a professional.
    pub(crate) profession: &'a str,
    pub(crate) action: ActionName,
    #[cfg(test)]
    pub(crate) mutant: Option<Mutant>,
}

/// Why an expression has no predicate.
#[derive(Debug)]
pub(crate) struct Unsupported {
    pub(crate) expression: String,
    pub(crate) reason: Reason,
}

/// A Cedar value while it is lowered: a constant, a column, or a condition.
#[derive(Clone, Debug)]
enum Value {
    Condition(Predicate),
    Long(i64),
    Moment(Moment),
    Text(String),
    Entity(EntityKind, String),
    Set(Vec<Value>),
    Principal,
    PrincipalStructure,
    PrincipalSpeciality,
    Context,
    Dossier,
    Document,
    Holder,
    Column(Column),
    Members(Members),
}

/// The entity types rules can name by a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntityKind {
    Profession,
    DocType,
    Structure,
    Actor,
    Person,
    Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    Any,
    All,
}

type Lowered<T> = Result<T, Unsupported>;

impl Lowering<'_> {
    /// The condition under which the policy applies.
    pub(crate) fn policy(&self, policy: &pst::Template) -> Lowered<Predicate> {
        let mut condition = self.principal_scope(&policy.principal)?;
        if condition == Predicate::Never || !self.action_scope(&policy.action) {
            return Ok(Predicate::Never);
        }
        condition = condition.and(self.resource_scope(&policy.resource)?);
        for clause in policy.clauses() {
            if condition == Predicate::Never {
                break;
            }
            let clause = match clause {
                pst::Clause::When(expression) => self.condition(expression, 0)?,
                pst::Clause::Unless(expression) => {
                    let stated = self.condition(expression, 0)?;
                    if self.mutated(Mutant::UnlessAsWhen) {
                        stated
                    } else {
                        stated.negated()
                    }
                }
            };
            condition = condition.and(clause);
        }
        Ok(condition)
    }

    fn literal(&self, literal: &Literal) -> Lowered<Value> {
        match literal {
            Literal::Bool(truth) => Ok(condition(Predicate::constant(*truth))),
            Literal::Long(number) => Ok(Value::Long(*number)),
            Literal::String(text) => Ok(Value::Text(text.to_string())),
            Literal::EntityUID(entity) => self.entity(entity),
            _ => refuse(&"a literal", Reason::NotInTheSubset),
        }
    }

    /// A named entity. A code the pack does not know is refused wherever it stands.
    fn entity(&self, entity: &pst::EntityUID) -> Lowered<Value> {
        let (kind, codes) = match schema::type_name(&entity.ty) {
            Some("Profession") => (
                EntityKind::Profession,
                Some(self.dictionary.profession_names()),
            ),
            Some("DocType") => (EntityKind::DocType, Some(self.dictionary.type_names())),
            Some("Structure") => (EntityKind::Structure, None),
            Some("Actor") => (EntityKind::Actor, None),
            Some("Person") => (EntityKind::Person, None),
            Some("Action") => (EntityKind::Action, None),
            _ => return refuse(entity, Reason::NamesOneResource),
        };
        let id = entity.eid.to_string();
        if codes.is_some_and(|codes| !codes.contains(&id)) {
            return refuse(entity, Reason::UnknownCode);
        }
        Ok(Value::Entity(kind, id))
    }

    fn scope_entity(&self, entity: &pst::EntityOrSlot) -> Lowered<Value> {
        match entity {
            pst::EntityOrSlot::Entity(entity) => self.entity(entity),
            pst::EntityOrSlot::Slot(_) => refuse(&"a template", Reason::NotInTheSubset),
        }
    }

    fn principal_scope(&self, scope: &pst::PrincipalConstraint) -> Lowered<Predicate> {
        use pst::PrincipalConstraint as Scope;
        let principal = Value::Principal;
        match scope {
            Scope::Any => Ok(Predicate::Always),
            Scope::Is(kind) => self.is(&principal, kind),
            Scope::Eq(entity) => self.equal(&principal, &self.scope_entity(entity)?),
            Scope::In(entity) => self.is_in(&principal, &self.scope_entity(entity)?),
            Scope::IsIn(kind, entity) => {
                let inside = self.is_in(&principal, &self.scope_entity(entity)?)?;
                Ok(self.is(&principal, kind)?.and(inside))
            }
        }
    }

    fn action_scope(&self, scope: &pst::ActionConstraint) -> bool {
        if self.mutated(Mutant::AnyAction) {
            return true;
        }
        let is_mine = |action: &pst::EntityUID| action.eid.as_str() == self.action.code();
        match scope {
            pst::ActionConstraint::Any => true,
            pst::ActionConstraint::Eq(action) => is_mine(action),
            pst::ActionConstraint::In(actions) => actions.iter().any(is_mine),
        }
    }

    fn resource_scope(&self, scope: &pst::ResourceConstraint) -> Lowered<Predicate> {
        match scope {
            pst::ResourceConstraint::Any => Ok(Predicate::Always),
            pst::ResourceConstraint::Is(kind) => self.is(&self.resource(), kind),
            pst::ResourceConstraint::Eq(_)
            | pst::ResourceConstraint::In(_)
            | pst::ResourceConstraint::IsIn(..) => refuse(scope, Reason::NamesOneResource),
        }
    }

    const fn resource(&self) -> Value {
        match self.action.resource() {
            ResourceKind::Dossier => Value::Dossier,
            ResourceKind::Document => Value::Document,
        }
    }

    /// Lowers an expression that must be a condition.
    fn condition(&self, expression: &Expr, depth: usize) -> Lowered<Predicate> {
        let Value::Condition(condition) = self.value(expression, depth)? else {
            return refuse(expression, Reason::NotACondition);
        };
        Ok(condition)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what a later Cedar adds is refused"
    )]
    fn value(&self, expression: &Expr, depth: usize) -> Lowered<Value> {
        if depth > DEPTH_MAX {
            return refuse(&"an expression", Reason::TooDeep);
        }
        let below = depth + 1;
        match expression {
            Expr::Literal(literal) => self.literal(literal),
            Expr::Var(Var::Principal) => Ok(Value::Principal),
            Expr::Var(Var::Resource) => Ok(self.resource()),
            Expr::Var(Var::Context) => Ok(Value::Context),
            Expr::Var(Var::Action) => Ok(Value::Entity(
                EntityKind::Action,
                self.action.code().to_owned(),
            )),
            Expr::Set(parts) => {
                let parts = parts.iter().map(|part| self.value(part, below));
                Ok(Value::Set(parts.collect::<Lowered<_>>()?))
            }
            Expr::GetAttr { expr, attr } => {
                let base = self.value(expr, below)?;
                let value = self.attribute(&base, attr.as_str());
                value.map_or_else(|| refuse(expression, Reason::UnknownAttribute), Ok)
            }
            Expr::HasAttr { expr, attrs } => {
                let base = self.value(expr, below)?;
                let names = attrs.iter().map(|name| name.as_str());
                let has = self.has(expression, base, names)?;
                Ok(condition(Predicate::constant(has)))
            }
            Expr::UnaryOp { op, expr } => self.unary(expression, *op, expr, below).map(condition),
            Expr::BinaryOp { op, left, right } => self
                .binary(expression, *op, (left, right), below)
                .map(condition),
            Expr::Like { expr, pattern } => {
                let value = self.value(expr, below)?;
                self.like(expression, &value, pattern).map(condition)
            }
            Expr::Is {
                expr,
                entity_type,
                in_expr,
            } => {
                let value = self.value(expr, below)?;
                let mut stated = self.is(&value, entity_type)?;
                if let Some(inside) = in_expr {
                    stated = stated.and(self.is_in(&value, &self.value(inside, below)?)?);
                }
                Ok(condition(stated))
            }
            Expr::IfThenElse {
                cond,
                then_expr,
                else_expr,
            } => self
                .choice([cond, then_expr, else_expr], below)
                .map(condition),
            _ => refuse(expression, Reason::NotInTheSubset),
        }
    }

    /// `has`: the schema has no optional attributes, so presence is known of whatever a
    /// request surely has; of a named entity it is not.
    fn has<'n>(
        &self,
        whole: &Expr,
        mut base: Value,
        names: impl Iterator<Item = &'n str>,
    ) -> Lowered<bool> {
        for name in names {
            let certain = matches!(
                base,
                Value::Principal | Value::Context | Value::Dossier | Value::Document
            );
            match self.attribute(&base, name) {
                Some(value) => base = value,
                None if certain => return Ok(false),
                None => return refuse(whole, Reason::NamesAnother),
            }
        }
        Ok(true)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what a later Cedar adds is refused"
    )]
    fn unary(&self, whole: &Expr, op: UnaryOp, expr: &Expr, depth: usize) -> Lowered<Predicate> {
        match op {
            UnaryOp::Not => {
                let stated = self.condition(expr, depth)?;
                Ok(if self.mutated(Mutant::NotDropped) {
                    stated
                } else {
                    stated.negated()
                })
            }
            UnaryOp::IsEmpty => {
                let Value::Set(parts) = self.value(expr, depth)? else {
                    return refuse(whole, Reason::SizeOfASet);
                };
                Ok(Predicate::constant(parts.is_empty()))
            }
            _ => refuse(whole, Reason::MayError),
        }
    }

    fn choice(&self, [test, then, otherwise]: [&Expr; 3], depth: usize) -> Lowered<Predicate> {
        let test = self.condition(test, depth)?;
        let then = self.condition(then, depth)?;
        let otherwise = self.condition(otherwise, depth)?;
        let refuted = if self.mutated(Mutant::ElseAlwaysOpen) {
            otherwise
        } else {
            test.clone().negated().and(otherwise)
        };
        Ok(test.and(then).or(refuted))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what a later Cedar adds is refused"
    )]
    fn binary(
        &self,
        whole: &Expr,
        op: BinaryOp,
        (left, right): (&Expr, &Expr),
        depth: usize,
    ) -> Lowered<Predicate> {
        match op {
            BinaryOp::And => {
                let left = self.condition(left, depth)?;
                if left == Predicate::Never {
                    return Ok(left);
                }
                let right = self.condition(right, depth)?;
                Ok(if self.mutated(Mutant::AndAsOr) {
                    left.or(right)
                } else {
                    left.and(right)
                })
            }
            BinaryOp::Or => {
                let left = self.condition(left, depth)?;
                if left == Predicate::Always {
                    return Ok(left);
                }
                Ok(left.or(self.condition(right, depth)?))
            }
            _ => {
                let (left, right) = (self.value(left, depth)?, self.value(right, depth)?);
                self.compare(whole, op, &left, &right)
            }
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what a later Cedar adds is refused"
    )]
    fn compare(
        &self,
        whole: &Expr,
        op: BinaryOp,
        left: &Value,
        right: &Value,
    ) -> Lowered<Predicate> {
        let strict = if self.mutated(Mutant::BeforeOrAt) {
            Order::NotAfter
        } else {
            Order::Before
        };
        match op {
            BinaryOp::Eq => self.equal(left, right),
            BinaryOp::NotEq => Ok(self.equal(left, right)?.negated()),
            BinaryOp::Less => self.in_order(whole, left, strict, right),
            BinaryOp::LessEq => self.in_order(whole, left, Order::NotAfter, right),
            BinaryOp::Greater => self.in_order(whole, right, strict, left),
            BinaryOp::GreaterEq => self.in_order(whole, right, Order::NotAfter, left),
            BinaryOp::In => self.is_in(left, right),
            BinaryOp::Contains => self.contains(left, right),
            BinaryOp::ContainsAny => self.contains_each(left, right, Quantifier::Any),
            BinaryOp::ContainsAll => self.contains_each(left, right, Quantifier::All),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => refuse(whole, Reason::MayError),
            _ => refuse(whole, Reason::NotInTheSubset),
        }
    }

    fn in_order(
        &self,
        whole: &Expr,
        left: &Value,
        order: Order,
        right: &Value,
    ) -> Lowered<Predicate> {
        let (Some(left), Some(right)) = (left.moment(), right.moment()) else {
            return refuse(whole, Reason::NotAMoment);
        };
        let swapped = self.mutated(Mutant::TimeSwapped);
        let (left, right) = if swapped {
            (right, left)
        } else {
            (left, right)
        };
        let test = TimeTest { left, order, right };
        Ok(match test.answer(crate::predicate::Known::default()) {
            Some(truth) => Predicate::constant(truth),
            None => Predicate::Test(Test::Time(test)),
        })
    }

    fn attribute(&self, base: &Value, name: &str) -> Option<Value> {
        if let Value::Principal = base {
            self.principal_attribute(name)
        } else if let Value::Context = base {
            context_attribute(name)
        } else if let Value::Dossier = base {
            dossier_attribute(name)
        } else if let Value::Document = base {
            document_attribute(name)
        } else {
            None
        }
    }

    fn principal_attribute(&self, name: &str) -> Option<Value> {
        match (self.principal, name) {
            (PrincipalKind::Actor, "profession") => Some(Value::Entity(
                EntityKind::Profession,
                self.profession.to_owned(),
            )),
            (PrincipalKind::Actor, "speciality") => Some(Value::PrincipalSpeciality),
            (PrincipalKind::Actor, "structure") => Some(Value::PrincipalStructure),
            _ => None,
        }
    }

    /// Whether the planted fault is on; never outside tests.
    const fn mutated(&self, mutant: Mutant) -> bool {
        #[cfg(test)]
        let planted = self.mutant;
        #[cfg(not(test))]
        let planted: Option<Mutant> = None;
        match planted {
            Some(planted) => planted as u8 == mutant as u8,
            None => false,
        }
    }
}

impl Value {
    const fn moment(&self) -> Option<Moment> {
        match self {
            Self::Long(millis) => Some(Moment::Fixed(*millis)),
            Self::Moment(moment) => Some(*moment),
            Self::Column(_)
            | Self::Condition(_)
            | Self::Context
            | Self::Document
            | Self::Dossier
            | Self::Entity(..)
            | Self::Holder
            | Self::Members(_)
            | Self::Principal
            | Self::PrincipalSpeciality
            | Self::PrincipalStructure
            | Self::Set(_)
            | Self::Text(_) => None,
        }
    }
}

/// Faults that tests plant to see that the oracle catches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mutant {
    /// `unless` read as `when`.
    UnlessAsWhen,
    /// The action scope ignored.
    AnyAction,
    /// `!` ignored.
    NotDropped,
    /// The else branch not guarded by the refuted test.
    ElseAlwaysOpen,
    /// `&&` as `||`.
    AndAsOr,
    /// `<` as `<=`.
    BeforeOrAt,
    /// The sides of a comparison exchanged.
    TimeSwapped,
    /// `*` of a pattern must match something.
    StarNeedsOne,
    /// `in` a set takes its first member only.
    FirstOfSet,
    /// `containsAll` as `containsAny`.
    AllAsAny,
    /// A profession's cells include the type beside each.
    MatrixShifted,
    /// A structure's relation taken for the actor's.
    StructureAsActor,
    /// `==` between conditions as `&&`.
    EqualAsAnd,
    /// `is` true of every principal.
    IsAlways,
    /// The rest of a set of codes is lost after the first.
    OneCodeOnly,
    /// Consents mixed up.
    BtgAsEtreat,
}

#[cfg(test)]
impl Mutant {
    pub(crate) const ALL: [Self; 16] = [
        Self::UnlessAsWhen,
        Self::AnyAction,
        Self::NotDropped,
        Self::ElseAlwaysOpen,
        Self::AndAsOr,
        Self::BeforeOrAt,
        Self::TimeSwapped,
        Self::StarNeedsOne,
        Self::FirstOfSet,
        Self::AllAsAny,
        Self::MatrixShifted,
        Self::StructureAsActor,
        Self::EqualAsAnd,
        Self::IsAlways,
        Self::OneCodeOnly,
        Self::BtgAsEtreat,
    ];
}

fn condition(predicate: Predicate) -> Value {
    Value::Condition(predicate)
}

fn refuse<T>(expression: &dyn std::fmt::Display, reason: Reason) -> Lowered<T> {
    let expression = expression.to_string();
    Err(Unsupported { expression, reason })
}

fn context_attribute(name: &str) -> Option<Value> {
    match name {
        "purpose" => Some(Value::Column(Column::Purpose)),
        "now" => Some(Value::Moment(Moment::Now)),
        "secret" => Some(condition(Predicate::Test(Test::Secret))),
        _ => Circumstance::ALL
            .into_iter()
            .find(|circumstance| circumstance.code() == name)
            .map(|circumstance| condition(Predicate::Test(Test::Circumstance(circumstance)))),
    }
}

fn dossier_attribute(name: &str) -> Option<Value> {
    Some(match name {
        "status" => Value::Column(Column::DossierStatus),
        "consultation" => Value::Column(Column::Consent(ConsentTo::Consultation)),
        "deposit" => Value::Column(Column::Consent(ConsentTo::Deposit)),
        "etreat" => Value::Column(Column::Consent(ConsentTo::Etreat)),
        "btg" => Value::Column(Column::Consent(ConsentTo::Btg)),
        "maskedInEmergency" => Value::Column(Column::Consent(ConsentTo::Masked)),
        "majority" => Value::Moment(Moment::Majority),
        "holder" => Value::Holder,
        _ => Value::Members(Members::of_dossier(name)?),
    })
}

fn document_attribute(name: &str) -> Option<Value> {
    Some(match name {
        "dossier" => Value::Dossier,
        "type" => Value::Column(Column::Type),
        "class" => Value::Column(Column::Class),
        "authorProfession" => Value::Column(Column::AuthorProfession),
        "status" => Value::Column(Column::Status),
        "masked" => flag(Flags::MASQUE_PS),
        "hiddenFromRepresentatives" => flag(Flags::INVISIBLE_REPRESENTANTS_LEGAUX),
        "hiddenFromHolderUntil" => Value::Moment(Moment::HiddenUntil),
        "created" => Value::Moment(Moment::Created),
        "deposited" => Value::Moment(Moment::Deposited),
        _ => Value::Members(Members::of_document(name)?),
    })
}

fn flag(flag: Flags) -> Value {
    condition(Predicate::Test(Test::Flag(flag)))
}

/// Deepest nesting of an expression.
const DEPTH_MAX: usize = 200;

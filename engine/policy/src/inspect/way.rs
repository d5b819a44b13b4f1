//! Whether something can be: a request, a dossier and a document that meet a condition.
//!
//! For: `check`, which asks it of a rule alone and of a rule beside a bound. Invariant: what is
//! said to be impossible holds for no request, dossier and document; of what is too long to be
//! looked through, that is said.

use crate::facts::{DossierStatus, Parties, Relations};
use crate::predicate::{ConsentTo, Moment, Order, Predicate, Test, TimeTest};
use crate::schema::PrincipalKind;
use std::collections::BTreeMap;

/// Whether a condition can be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// By something that could be.
    Possible,
    /// By nothing.
    Impossible,
    /// It was not found out within the limit.
    TooLong,
}

/// A condition, and how it must come out.
pub(crate) type Stated<'a> = (&'a Predicate, bool);

/// A test, and how it must come out.
type Literal<'a> = (&'a Test, bool);

/// Whether all of the conditions can come out so at once, for a principal of this kind and a
/// dictionary of so many types.
pub(crate) fn possible(all: &[Stated<'_>], principal: PrincipalKind, types: usize) -> Answer {
    let way = Way {
        literals: Vec::new(),
        left: BTreeMap::new(),
        types: (0..types.div_ceil(64))
            .map(|word| u64::MAX >> (64 - (types - word * 64).min(64)))
            .collect(),
        parties: match principal {
            PrincipalKind::Actor => Parties::AUTHOR | Parties::STRUCTURE,
            PrincipalKind::Person => Parties::PERSON,
        },
        relations: match principal {
            PrincipalKind::Actor => Relations::OF_PROFESSIONALS,
            PrincipalKind::Person => Relations::OF_PERSONS,
        },
    };
    let mut steps = STEPS_MAX;
    match search(way, all.to_vec(), Vec::new(), &mut steps) {
        Some(true) => Answer::Possible,
        Some(false) => Answer::Impossible,
        None => Answer::TooLong,
    }
}

/// Literals that hold together, and what they leave of what there is.
#[derive(Clone)]
struct Way<'a> {
    literals: Vec<Literal<'a>>,
    left: BTreeMap<About, u64>,
    /// Types that the document may be of.
    types: Vec<u64>,
    /// Signatures that may be the principal's own.
    parties: u8,
    /// Relations that the principal may have.
    relations: Relations,
}

/// Looks for a way on which everything stated holds, from one on which `choices` are still open:
/// statements of which one part decides. `None` once there are no steps left.
fn search<'a>(
    mut way: Way<'a>,
    mut stated: Vec<Stated<'a>>,
    mut choices: Vec<Stated<'a>>,
    steps: &mut usize,
) -> Option<bool> {
    loop {
        *steps = steps.checked_sub(1)?;
        while let Some((condition, truth)) = stated.pop() {
            match (condition, truth) {
                (Predicate::Always, true) | (Predicate::Never, false) => {}
                (Predicate::Always, false) | (Predicate::Never, true) => return Some(false),
                (Predicate::Not(inner), truth) => stated.push((inner, !truth)),
                (Predicate::Test(test), truth) => {
                    if !way.take((test, truth)) {
                        return Some(false);
                    }
                }
                (Predicate::All(parts), true) | (Predicate::Any(parts), false) => {
                    stated.extend(parts.iter().map(|part| (part, truth)));
                }
                (Predicate::Any(_), true) | (Predicate::All(_), false) => {
                    choices.push((condition, truth));
                }
            }
        }
        let mut open = Vec::new();
        let mut narrowest: Option<Vec<Stated<'a>>> = None;
        let mut at = 0;
        for choice in choices {
            match way.alternatives(choice) {
                None => {}
                Some(parts) if parts.is_empty() => return Some(false),
                Some(parts) => {
                    let before = narrowest.as_ref().map_or(usize::MAX, Vec::len);
                    if parts.len() < before {
                        at = open.len();
                        narrowest = Some(parts);
                    }
                    open.push(choice);
                }
            }
        }
        choices = open;
        let Some(parts) = narrowest else {
            return Some(true);
        };
        choices.swap_remove(at);
        if let [only] = parts[..] {
            stated.push(only);
            continue;
        }
        for part in parts {
            if search(way.clone(), vec![part], choices.clone(), steps)? {
                return Some(true);
            }
        }
        return Some(false);
    }
}

impl<'a> Way<'a> {
    /// Adds a literal; whether the way is still one that could be.
    fn take(&mut self, literal: Literal<'a>) -> bool {
        if !self.leaves(literal) {
            return false;
        }
        let (test, truth) = literal;
        if let Some((about, set, all)) = values(test) {
            *self.left.entry(about).or_insert(all) &= if truth { set } else { all & !set };
        } else if let Test::Type(set) = test {
            set.narrow(&mut self.types, truth);
        } else if let (Test::Parties(bits), false) = (test, truth) {
            self.parties &= !bits;
        }
        self.literals.push(literal);
        true
    }

    /// Whether the literal can hold beside those that hold.
    fn leaves(&self, literal: Literal<'_>) -> bool {
        let (test, truth) = literal;
        if let Some((about, set, all)) = values(test) {
            let set = if truth { set } else { all & !set };
            return self.left.get(&about).unwrap_or(&all) & set != 0;
        }
        if let Test::Type(set) = test {
            return set.leaves(&self.types, truth);
        }
        if let Test::Parties(bits) = test {
            let left = if truth {
                self.parties
            } else {
                self.parties & !bits
            };
            let mut held = self.literals.iter().copied().chain([literal]);
            return held.all(|held| match held {
                (Test::Parties(one), true) => left & one != 0,
                _ => true,
            });
        }
        if let (Test::Relation(relation), true) = (test, truth)
            && !self.relations.contains(*relation)
        {
            return false;
        }
        let mut held = self.literals.iter();
        !held.any(|other| contradict(literal, *other))
    }

    /// How a statement must come out on this way; `None` when both are open.
    fn verdict(&self, (condition, truth): Stated<'_>) -> Option<bool> {
        match condition {
            Predicate::Always => Some(truth),
            Predicate::Never => Some(!truth),
            Predicate::Not(inner) => self.verdict((inner, !truth)),
            Predicate::Test(test) => {
                match (self.leaves((test, truth)), self.leaves((test, !truth))) {
                    (false, _) => Some(false),
                    (true, false) => Some(true),
                    (true, true) => None,
                }
            }
            Predicate::All(parts) | Predicate::Any(parts) => {
                let one_decides = matches!(condition, Predicate::Any(_)) == truth;
                let mut open = false;
                for part in parts {
                    match self.verdict((part, truth)) {
                        Some(it) if it == one_decides => return Some(one_decides),
                        Some(_) => {}
                        None => open = true,
                    }
                }
                (!open).then_some(!one_decides)
            }
        }
    }

    /// The parts by which a statement of which one decides can still come out so; `None` when it
    /// does already.
    fn alternatives(&self, (condition, truth): Stated<'a>) -> Option<Vec<Stated<'a>>> {
        let (Predicate::All(parts) | Predicate::Any(parts)) = condition else {
            return Some(vec![(condition, truth)]);
        };
        let mut open = Vec::new();
        for part in parts {
            match self.verdict((part, truth)) {
                Some(true) => return None,
                Some(false) => {}
                None => open.push((part, truth)),
            }
        }
        Some(open)
    }
}

/// What a literal speaks of, of which only one value holds at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Purpose,
    DossierStatus,
    Consent(ConsentTo),
    Class,
    AuthorProfession,
    Status,
}

/// The values a test lets through, and all there are.
fn values(test: &Test) -> Option<(About, u64, u64)> {
    use base::{Availability, Consent, Purpose};
    let all = |bytes: &mut dyn Iterator<Item = u8>| bytes.fold(0, |all, byte| all | 1_u64 << byte);
    let purposes = || all(&mut Purpose::ALL.iter().map(|it| it.byte()));
    let statuses = || all(&mut DossierStatus::ALL.iter().map(|it| *it as u8));
    let answers = || all(&mut Consent::ALL.iter().map(|it| it.byte()));
    let states = || all(&mut Availability::ALL.iter().map(|it| it.byte()));
    Some(match test {
        Test::Purpose(set) => (About::Purpose, u64::from(*set), purposes()),
        Test::DossierStatus(set) => (About::DossierStatus, u64::from(*set), statuses()),
        Test::Consent(to, set) => (About::Consent(*to), u64::from(*set), answers()),
        Test::Status(set) => (About::Status, u64::from(*set), states()),
        Test::Class(set) => (About::Class, *set, u64::MAX),
        Test::AuthorProfession(set) => (About::AuthorProfession, *set, u64::MAX),
        Test::Secret
        | Test::Speciality(_)
        | Test::Actor(_)
        | Test::Structure(_)
        | Test::Circumstance(_)
        | Test::Relation(_)
        | Test::Parties(_)
        | Test::Flag(_)
        | Test::Type(_)
        | Test::Time(_) => return None,
    })
}

fn contradict((one, is): Literal<'_>, (other, was): Literal<'_>) -> bool {
    if one == other {
        return is != was;
    }
    match (one, other) {
        // Of one person there is one of each.
        (Test::Speciality(_), Test::Speciality(_))
        | (Test::Actor(_), Test::Actor(_))
        | (Test::Structure(_), Test::Structure(_)) => is && was,
        (Test::Time(one), Test::Time(other)) => disagree((*one, is), (*other, was)),
        _ => false,
    }
}

/// Whether two comparisons of the same two moments cannot both come out so.
fn disagree((one, is): (TimeTest, bool), (other, was): (TimeTest, bool)) -> bool {
    let turned = (other.left, other.right) == (one.right, one.left);
    if !turned && (other.left, other.right) != (one.left, one.right) {
        return bounds_disagree((one, is), (other, was));
    }
    let (these, those) = (orders(one.order, is), orders(other.order, was));
    let those = if turned {
        [those[2], those[1], those[0]]
    } else {
        those
    };
    !these.iter().zip(those).any(|(this, that)| *this && that)
}

/// Before, at the same time, after: which of them an order leaves open.
const fn orders(order: Order, truth: bool) -> [bool; 3] {
    match (order, truth) {
        (Order::Before, true) => [true, false, false],
        (Order::Before, false) => [false, true, true],
        (Order::NotAfter, true) => [true, true, false],
        (Order::NotAfter, false) => [false, false, true],
        (Order::Same, true) => [false, true, false],
        (Order::Same, false) => [true, false, true],
    }
}

/// Whether one moment cannot lie within what two comparisons with literals leave of it.
fn bounds_disagree(one: (TimeTest, bool), other: (TimeTest, bool)) -> bool {
    let (Some(one), Some(other)) = (bounds(one), bounds(other)) else {
        return false;
    };
    one.0 == other.0 && one.1.max(other.1) > one.2.min(other.2)
}

/// A moment and the first and last millisecond left of it; `None` when they are not one span.
fn bounds((test, truth): (TimeTest, bool)) -> Option<(Moment, i64, i64)> {
    let (moment, literal, turned) = match (test.left, test.right) {
        (moment, Moment::Fixed(at)) => (moment, at, false),
        (Moment::Fixed(at), moment) => (moment, at, true),
        _ => return None,
    };
    let left = orders(test.order, truth);
    let left = if turned {
        [left[2], left[1], left[0]]
    } else {
        left
    };
    let (first, last) = match left {
        [true, false, false] => (i64::MIN, literal.checked_sub(1)?),
        [true, true, false] => (i64::MIN, literal),
        [false, true, false] => (literal, literal),
        [false, true, true] => (literal, i64::MAX),
        [false, false, true] => (literal.checked_add(1)?, i64::MAX),
        _ => return None,
    };
    Some((moment, first, last))
}

/// Steps before a question is given up.
const STEPS_MAX: usize = 20_000;

//! Whether a rule can apply at all.
//!
//! For: `check`. Invariant: what is said to make no sense holds for no session, dossier and
//! document; of what is too long to be looked through, nothing is said.

use crate::facts::{DossierStatus, Relations};
use crate::predicate::{ConsentTo, Moment, Order, Predicate, Test, TimeTest};
use crate::schema::PrincipalKind;
use std::collections::BTreeMap;

/// Whether something can satisfy the condition, for a principal of this kind.
pub(super) fn makes_sense(condition: &Predicate, principal: PrincipalKind) -> bool {
    let Some(ways) = ways(condition, true) else {
        return true;
    };
    ways.iter().any(|way| is_possible(way, principal))
}

/// A test that must come out one way.
type Literal<'a> = (&'a Test, bool);

/// The ways in which the condition comes out so, each all of its literals; `None` when there are
/// too many.
fn ways(condition: &Predicate, truth: bool) -> Option<Vec<Vec<Literal<'_>>>> {
    match (condition, truth) {
        (Predicate::Always, true) | (Predicate::Never, false) => Some(vec![Vec::new()]),
        (Predicate::Always, false) | (Predicate::Never, true) => Some(Vec::new()),
        (Predicate::Not(inner), truth) => ways(inner, !truth),
        (Predicate::Test(test), truth) => Some(vec![vec![(test, truth)]]),
        (Predicate::All(parts), true) | (Predicate::Any(parts), false) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                let more = ways(part, truth)?;
                if all.len().saturating_mul(more.len()) > WAYS_MAX {
                    return None;
                }
                let pairs = all
                    .iter()
                    .flat_map(|one| more.iter().map(move |it| (one, it)));
                all = pairs
                    .map(|(one, it)| [&one[..], &it[..]].concat())
                    .collect();
            }
            Some(all)
        }
        (Predicate::Any(parts), true) | (Predicate::All(parts), false) => {
            let mut any = Vec::new();
            for part in parts {
                any.extend(ways(part, truth)?);
                if any.len() > WAYS_MAX {
                    return None;
                }
            }
            Some(any)
        }
    }
}

/// What a literal speaks of, of which only one value holds at a time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Purpose,
    DossierStatus,
    Consent(ConsentTo),
    Class,
    AuthorProfession,
    Status,
}

fn is_possible(way: &[Literal<'_>], principal: PrincipalKind) -> bool {
    let mut left: BTreeMap<About, u64> = BTreeMap::new();
    for (at, (test, truth)) in way.iter().enumerate() {
        let rest = way.get(at + 1..).unwrap_or_default();
        if rest.iter().any(|other| contradict((test, *truth), *other)) {
            return false;
        }
        if let Some((about, set, all)) = values(test) {
            let set = if *truth { set } else { all & !set };
            let held = left.entry(about).or_insert(all);
            *held &= set;
            if *held == 0 {
                return false;
            }
        }
        if let Test::Relation(relation) = test
            && *truth
        {
            let possible = match principal {
                PrincipalKind::Actor => Relations::OF_PROFESSIONALS,
                PrincipalKind::Person => Relations::OF_PERSONS,
            };
            if !possible.contains(*relation) {
                return false;
            }
        }
    }
    true
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
        (Test::Type(these), Test::Type(those)) => is && was && !these.meets(those),
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

/// Ways looked through before a rule is left alone.
const WAYS_MAX: usize = 4096;

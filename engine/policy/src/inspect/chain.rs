//! What has to be permitted before an action is looked at.
//!
//! For: `bound` and `gain`, which ask whether something could be that a pack permits. Invariant:
//! the same order of questions as the lens and `action` ask them in: the gate, then the sight of
//! the document, and for a replacement the deposit that it is.

use super::way::Stated;
use crate::matrix::Effect;
use crate::pack::Conditioned;
use crate::predicate::{Circumstance, Moment, Order, Predicate, Test, TimeTest};
use crate::schema::{ActionName, ResourceKind};
use base::Flags;

/// A condition, and how it must come out.
pub(super) type Held = (Predicate, bool);

/// What must hold of the rules that decide before `action` is asked; `rules` gives those of an
/// action.
pub(super) fn before(
    rules: &dyn Fn(ActionName) -> Vec<Conditioned>,
    action: ActionName,
) -> Vec<Held> {
    let mut all = Vec::new();
    for (first, said) in chain(action) {
        let (mut any, mut forbidden) = (Predicate::Never, Vec::new());
        for rule in rules(*first) {
            let condition = rule.condition.replaced(&|test| said.of(test));
            match rule.effect {
                Effect::Permit => any = any.or(condition),
                Effect::Deny => forbidden.push((condition, false)),
            }
        }
        all.extend(forbidden);
        all.push((any, true));
    }
    all
}

/// The same by reference.
pub(super) fn stated(held: &[Held]) -> impl Iterator<Item = Stated<'_>> {
    held.iter().map(|(condition, truth)| (condition, *truth))
}

/// What an earlier question says of the request beside who asks and why.
#[derive(Clone, Copy)]
enum Said {
    /// Nothing more.
    Nothing,
    /// Whose trace it is about.
    Trace,
    /// The flags that a replacement inherits.
    Inherited,
}

impl Said {
    fn of(self, test: &Test) -> Predicate {
        let Test::Circumstance(one) = test else {
            return Predicate::Test(test.clone());
        };
        match self {
            Self::Nothing => Predicate::Never,
            Self::Trace => Predicate::Test(test.clone()),
            Self::Inherited => inherited(*one),
        }
    }
}

/// The document's flags as a deposit of it would carry them.
fn inherited(circumstance: Circumstance) -> Predicate {
    let flag = |flag| Predicate::Test(Test::Flag(flag));
    let hidden = || {
        Predicate::Test(Test::Time(TimeTest {
            left: Moment::Now,
            order: Order::Before,
            right: Moment::HiddenUntil,
        }))
    };
    match circumstance {
        Circumstance::Masks => flag(Flags::MASQUE_PS),
        Circumstance::HidesFromHolder => hidden(),
        Circumstance::HidesFromRepresentatives => flag(Flags::INVISIBLE_REPRESENTANTS_LEGAUX),
        Circumstance::Cumulates => flag(Flags::MASQUE_PS).and(hidden()),
        Circumstance::Unmasks
        | Circumstance::ShowsToHolder
        | Circumstance::ShowsToRepresentatives
        | Circumstance::Latest
        | Circumstance::Consented
        | Circumstance::Motivated
        | Circumstance::ForSelf
        | Circumstance::SecretTrace => Predicate::Never,
    }
}

const fn chain(action: ActionName) -> &'static [(ActionName, Said)] {
    const GATE: (ActionName, Said) = (ActionName::Consult, Said::Nothing);
    const SIGHT: (ActionName, Said) = (ActionName::Read, Said::Nothing);
    match (action.resource(), action) {
        (ResourceKind::Dossier, ActionName::History)
        | (ResourceKind::Document, ActionName::Read | ActionName::Count) => &[GATE],
        (ResourceKind::Dossier, _) => &[],
        (ResourceKind::Document, ActionName::Trace) => &[GATE, (ActionName::History, Said::Trace)],
        (ResourceKind::Document, ActionName::Replace) => {
            &[GATE, SIGHT, (ActionName::Deposit, Said::Inherited)]
        }
        (ResourceKind::Document, _) => &[GATE, SIGHT],
    }
}

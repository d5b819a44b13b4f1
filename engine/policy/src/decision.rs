//! A decision and the rules that made it.
//!
//! Invariants: allowed means that one rule permits and none forbids, as Cedar has it; the rules
//! of a decision are all those that permit, or all those that forbid.

use crate::facts::Relations;
use crate::matrix::Effect;
use crate::pack::{Conditioned, RuleNumber};
use crate::predicate::block::Columns;
use crate::predicate::{Known, Moment, Predicate, Test};
use base::{Instant, limit};

/// Allowed or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One rule permits, none forbids.
    Allowed,
    /// No rule permits, or one forbids.
    Refused,
}

/// What was decided, and by which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    outcome: Outcome,
    rules: RuleSet,
}

/// Rules of one pack, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleSet {
    words: [u64; WORDS],
}

/// The rules that can still apply, each with what is left of its condition.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    permits: Vec<(RuleNumber, Predicate)>,
    forbids: Vec<(RuleNumber, Predicate)>,
}

impl Decision {
    pub(crate) const fn refused() -> Self {
        Self {
            outcome: Outcome::Refused,
            rules: RuleSet::NONE,
        }
    }

    /// Allowed or refused.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether it is allowed.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        match self.outcome {
            Outcome::Allowed => true,
            Outcome::Refused => false,
        }
    }

    /// The rules that permit it when it is allowed; those that forbid it when it is refused,
    /// none when no rule permits it.
    #[must_use]
    pub const fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Both decisions at once: refused by whichever refuses.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self.outcome, other.outcome) {
            (Outcome::Allowed, Outcome::Allowed) => Self {
                rules: self.rules.union(other.rules),
                ..self
            },
            (Outcome::Refused, Outcome::Allowed | Outcome::Refused) => self,
            (Outcome::Allowed, Outcome::Refused) => other,
        }
    }
}

impl RuleSet {
    const NONE: Self = Self { words: [0; WORDS] };

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether the rule is among them.
    #[must_use]
    pub fn contains(&self, rule: RuleNumber) -> bool {
        let word = self.words.get(rule.index() / 64);
        word.is_some_and(|word| word >> (rule.index() % 64) & 1 == 1)
    }

    /// The rules in the order of the pack's text.
    pub fn iter(&self) -> impl Iterator<Item = RuleNumber> + '_ {
        (0..)
            .take(WORDS * 64)
            .map(RuleNumber)
            .filter(|rule| self.contains(*rule))
    }

    fn insert(&mut self, rule: RuleNumber) {
        if let Some(word) = self.words.get_mut(rule.index() / 64) {
            *word |= 1 << (rule.index() % 64);
        }
    }

    fn union(mut self, other: Self) -> Self {
        for (word, more) in self.words.iter_mut().zip(other.words) {
            *word |= more;
        }
        self
    }
}

impl Rules {
    /// The rules with what is known folded in; those that cannot apply any more are left out.
    pub(crate) fn new(conditioned: &[Conditioned], known: Known<'_>) -> Self {
        let mut rules = Self {
            permits: Vec::new(),
            forbids: Vec::new(),
        };
        for one in conditioned {
            let list = match one.effect {
                Effect::Permit => &mut rules.permits,
                Effect::Deny => &mut rules.forbids,
            };
            fold_into(list, one.rule, &one.condition, known);
        }
        rules
    }

    pub(crate) fn fold(&self, known: Known<'_>) -> Self {
        let mut rules = Self {
            permits: Vec::new(),
            forbids: Vec::new(),
        };
        for (rule, condition) in &self.permits {
            fold_into(&mut rules.permits, *rule, condition, known);
        }
        for (rule, condition) in &self.forbids {
            fold_into(&mut rules.forbids, *rule, condition, known);
        }
        rules
    }

    /// Whether it is allowed. What is not known enough forbids, or does not permit.
    pub(crate) fn allow(&self, known: Known<'_>) -> bool {
        self.permits.iter().any(|(_, permit)| permit.holds(known))
            && !self
                .forbids
                .iter()
                .any(|(_, forbid)| forbid.may_hold(known))
    }

    pub(crate) fn decide(&self, known: Known<'_>) -> Decision {
        let mut forbidding = RuleSet::NONE;
        for (rule, forbid) in &self.forbids {
            if forbid.may_hold(known) {
                forbidding.insert(*rule);
            }
        }
        if !forbidding.is_empty() {
            return Decision {
                outcome: Outcome::Refused,
                rules: forbidding,
            };
        }
        let mut permitting = RuleSet::NONE;
        for (rule, permit) in &self.permits {
            if permit.holds(known) {
                permitting.insert(*rule);
            }
        }
        if permitting.is_empty() {
            return Decision::refused();
        }
        Decision {
            outcome: Outcome::Allowed,
            rules: permitting,
        }
    }

    pub(crate) fn block(&self, columns: &Columns, block: usize, live: u64, now: Instant) -> u64 {
        let mut permitted = 0;
        for (_, permit) in &self.permits {
            permitted |= permit.block(columns, block, live & !permitted, now);
        }
        for (_, forbid) in &self.forbids {
            permitted &= !forbid.block(columns, block, permitted, now);
        }
        permitted
    }

    /// Relations of which one must hold for anything to be allowed; `None`: not known.
    pub(crate) fn guard(&self) -> Option<Relations> {
        self.permits
            .iter()
            .try_fold(Relations::NONE, |sum, (_, permit)| {
                Some(sum.union(permit.guard()?))
            })
    }

    /// The first later instant at which a comparison with "now" may turn.
    pub(crate) fn boundary(&self, known: Known<'_>) -> Instant {
        let Some(now) = known.now else {
            return Instant::MAX;
        };
        let mut first = Instant::MAX;
        let mut visit = |test: &Test| {
            if let Test::Time(time) = test {
                let other = match (time.left, time.right) {
                    (Moment::Now, other) | (other, Moment::Now) => other,
                    _ => return,
                };
                let Some(millis) = other.millis(known) else {
                    return;
                };
                for turn in [millis, millis.saturating_add(1)] {
                    if turn > now.millis() {
                        first = first.min(Instant::from_millis(turn));
                    }
                }
            }
        };
        for (_, condition) in self.permits.iter().chain(&self.forbids) {
            condition.tests(&mut visit);
        }
        first
    }

    /// The rules and what is left of their conditions, permits first.
    pub(crate) fn each(&self) -> impl Iterator<Item = (RuleNumber, Effect, &Predicate)> {
        let permits = self
            .permits
            .iter()
            .map(|(rule, it)| (*rule, Effect::Permit, it));
        let forbids = self
            .forbids
            .iter()
            .map(|(rule, it)| (*rule, Effect::Deny, it));
        permits.chain(forbids)
    }
}

fn fold_into(
    list: &mut Vec<(RuleNumber, Predicate)>,
    rule: RuleNumber,
    condition: &Predicate,
    known: Known<'_>,
) {
    let folded = condition.fold(known);
    if folded != Predicate::Never {
        list.push((rule, folded));
    }
}

const WORDS: usize = limit::PACK_POLICIES_MAX.div_ceil(64);

//! What a pack permits that another does not: who gains which action, by which rule.
//!
//! For: `check` against the previous version of a pack. Both packs are put into one vocabulary;
//! then it is asked, for every profession, action and permitting rule, whether a request, a dossier
//! and a document could be that the new pack permits and the old one does not, as `way` answers it.
//! Not for: validity; the packs are compared at the instants at which the new one is in force, as
//! if the old one were too. Invariants: what is gained is told, whatever it hangs on; what is too
//! long to be looked through is said to be so.

use super::bound::in_force;
use super::chain::{Held, before, stated};
use super::way::{Answer, Stated, possible};
use crate::action::circumstances;
use crate::dictionary::{ClassOrdinal, Dictionary, ProfessionOrdinal};
use crate::matrix::Effect;
use crate::pack::{Conditioned, Pack, RuleNumber, principal_kind};
use crate::predicate::{Predicate, Test, TypeSet};
use crate::schema::ActionName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What someone may do under a pack that the previous one did not permit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gain {
    /// The actions, as rules write them.
    pub actions: Vec<&'static str>,
    /// Whose.
    pub professions: Vec<String>,
    /// The document types, for what documents are seen by; none: all of them.
    pub kinds: Vec<String>,
    /// The rules that permit it now, each with its line.
    pub rules: Vec<String>,
    /// The rules that forbade it before, each with its line.
    pub forbade: Vec<String>,
    /// Whether the action's own rules give it: else only what comes before it, the gate of the
    /// dossier or the sight of the document, is gained and told by itself.
    pub own: bool,
}

/// What is gained, and the rules that are too long to tell.
pub(crate) struct Gains {
    pub(crate) gained: Vec<Gain>,
    pub(crate) too_long: BTreeSet<RuleNumber>,
}

/// What `new` permits and `old` does not; `None` when together they have more classes or
/// professions than can be told apart.
pub(crate) fn gains(old: &Pack, new: &Pack) -> Option<Gains> {
    let types = old.matrix().types().chain(new.matrix().types());
    let professions = old.dictionary().professions();
    let professions = professions.chain(new.dictionary().professions());
    let dictionary = Dictionary::new(types, professions);
    let small = dictionary
        .class_names()
        .len()
        .max(dictionary.profession_names().len());
    if small > 64 {
        return None;
    }
    let comparer = Comparer {
        old,
        new,
        dictionary: &dictionary,
        in_force: in_force(new),
    };
    let mut found = Found::default();
    for profession in dictionary.professions() {
        for action in ActionName::ALL {
            comparer.compare(profession, *action, &mut found);
        }
    }
    Some(Gains {
        gained: found.together(),
        too_long: found.too_long,
    })
}

/// Two packs in one vocabulary.
struct Comparer<'a> {
    old: &'a Pack,
    new: &'a Pack,
    dictionary: &'a Dictionary,
    in_force: Predicate,
}

/// What is gained the same way: by which rules, of which types, in spite of which.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    own: bool,
    rules: Vec<String>,
    kinds: Vec<String>,
    forbade: Vec<String>,
}

#[derive(Default)]
struct Found {
    ways: BTreeMap<Way, BTreeMap<ActionName, Vec<String>>>,
    too_long: BTreeSet<RuleNumber>,
}

impl Found {
    /// Actions that the same professions gain the same way are told at once.
    fn together(&self) -> Vec<Gain> {
        let mut all = Vec::new();
        for (way, actions) in &self.ways {
            let mut by: BTreeMap<&Vec<String>, Vec<&'static str>> = BTreeMap::new();
            for (action, professions) in actions {
                by.entry(professions).or_default().push(action.code());
            }
            all.extend(by.into_iter().map(|(professions, actions)| Gain {
                actions,
                professions: professions.clone(),
                kinds: way.kinds.clone(),
                rules: way.rules.clone(),
                forbade: way.forbade.clone(),
                own: way.own,
            }));
        }
        all.sort_unstable_by_key(|gain| !gain.own);
        all
    }
}

/// What decides one action of one profession under one pack.
struct Side {
    before: Vec<Held>,
    rules: Vec<Conditioned>,
}

impl Side {
    fn of(&self, effect: Effect) -> impl Iterator<Item = &Conditioned> {
        self.rules.iter().filter(move |it| it.effect == effect)
    }

    /// That the action's own rules, or with `all` also what comes before it, permit it; what is
    /// said among `held` already is left out. `Always` when nothing else is needed.
    fn permits(&self, all: bool, held: &[Stated<'_>]) -> Predicate {
        let any = self.of(Effect::Permit).map(|it| it.condition.clone());
        let any = any.fold(Predicate::Never, Predicate::or);
        let permit = |one: &Conditioned| held.contains(&(&one.condition, true));
        let mut parts = Vec::new();
        if !self.of(Effect::Permit).any(permit) {
            parts.push((any, true));
        }
        let forbids = self
            .of(Effect::Deny)
            .map(|it| (it.condition.clone(), false));
        parts.extend(forbids);
        if all {
            parts.extend(self.before.iter().cloned());
        }
        let needed = parts
            .into_iter()
            .filter(|(it, truth)| !held.contains(&(it, *truth)));
        let needed = needed.map(|(it, truth)| if truth { it } else { it.negated() });
        needed.fold(Predicate::Always, Predicate::and)
    }
}

impl Comparer<'_> {
    fn compare(&self, profession: &str, action: ActionName, found: &mut Found) {
        let (old, new) = (
            self.side(self.old, profession, action),
            self.side(self.new, profession, action),
        );
        let said = circumstances(action);
        let mut all: Vec<Stated<'_>> = vec![(&self.in_force, true), (&said, true)];
        all.extend(stated(&new.before));
        all.extend(new.of(Effect::Deny).map(|it| (&it.condition, false)));
        for permit in new.of(Effect::Permit) {
            let mut asked = all.clone();
            asked.push((&permit.condition, true));
            let by_itself = old.permits(false, &asked);
            let mut alone = asked.clone();
            alone.push((&by_itself, false));
            let whole = old.permits(true, &asked);
            asked.push((&whole, false));
            let (answer, asked) = match (self.ask(&alone, profession), &whole) {
                (Answer::Impossible, Predicate::Always) => continue,
                (Answer::Impossible, _) => (self.ask(&asked, profession), (asked, false)),
                (answer, _) => (answer, (alone, true)),
            };
            match answer {
                Answer::Impossible => {}
                Answer::TooLong => {
                    found.too_long.insert(permit.rule);
                }
                Answer::Possible => {
                    let forbids = old.of(Effect::Deny);
                    let way = self.way(asked, permit, forbids, (profession, action));
                    let ways = found.ways.entry(way).or_default();
                    let professions = ways.entry(action).or_default();
                    professions.push(profession.to_owned());
                }
            }
        }
    }

    fn way<'a>(
        &self,
        (asked, own): (Vec<Stated<'a>>, bool),
        permit: &Conditioned,
        forbids: impl Iterator<Item = &'a Conditioned>,
        (profession, action): (&str, ActionName),
    ) -> Way {
        let could_be = |more: Stated<'_>| {
            let mut asked: Vec<Stated<'_>> = asked.clone();
            asked.push(more);
            self.ask(&asked, profession) != Answer::Impossible
        };
        let named = |pack: &Pack, rule| {
            let rule = pack.rule(rule);
            rule.map(|rule| format!("line {}: {}", rule.line, rule.id))
        };
        let forbade = forbids.filter(|it| own && could_be((&it.condition, true)));
        Way {
            own,
            rules: named(self.new, permit.rule).into_iter().collect(),
            kinds: self.kinds(action, could_be),
            forbade: forbade.filter_map(|it| named(self.old, it.rule)).collect(),
        }
    }

    /// The types of which something is seen; none when it is all of them.
    fn kinds(&self, action: ActionName, could_be: impl Fn(Stated<'_>) -> bool) -> Vec<String> {
        if !matches!(
            action,
            ActionName::Read | ActionName::Count | ActionName::Trace
        ) {
            return Vec::new();
        }
        let of_type = |at| Predicate::Test(Test::Type(Arc::new(TypeSet::new(std::iter::once(at)))));
        let names = self.dictionary.type_names();
        let seen = names
            .iter()
            .enumerate()
            .filter(|(at, _)| could_be((&of_type(*at), true)));
        let seen: Vec<_> = seen.map(|(_, name)| name.clone()).collect();
        if seen.len() == names.len() {
            Vec::new()
        } else {
            seen
        }
    }

    fn ask(&self, stated: &[Stated<'_>], profession: &str) -> Answer {
        let types = self.dictionary.type_names().len();
        possible(stated, principal_kind(profession), types)
    }

    fn side(&self, pack: &Pack, profession: &str, action: ActionName) -> Side {
        let ordinal = pack.dictionary().profession_ordinal(profession);
        let rules = |action| -> Vec<Conditioned> {
            let rules = pack.lowered(ordinal, action).iter();
            let said = |it: &Conditioned| Conditioned {
                condition: it.condition.replaced(&|test| self.translated(test, pack)),
                ..it.clone()
            };
            rules.map(said).collect()
        };
        Side {
            before: before(&rules, action),
            rules: rules(action),
        }
    }

    /// A pack's test of its own numbers in those of both: what a pack does not know is to it what
    /// nobody knows.
    fn translated(&self, test: &Test, pack: &Pack) -> Predicate {
        let (own, both) = (pack.dictionary(), self.dictionary);
        let bits = |names: &[String], holds: &dyn Fn(&str) -> bool| {
            let held = names.iter().enumerate().filter(|(_, name)| holds(name));
            held.fold(0, |mask, (bit, _)| mask | 1_u64 << bit)
        };
        Predicate::Test(if let Test::Type(set) = test {
            let names = both.type_names().iter().enumerate();
            let held = names.filter(|(_, name)| set.contains(own.type_ordinal(name).0));
            Test::Type(Arc::new(TypeSet::new(held.map(|(at, _)| at))))
        } else if let Test::Class(set) = test {
            Test::Class(bits(both.class_names(), &|name| {
                let ClassOrdinal(at) = own.class_ordinal(name);
                set >> at & 1 == 1
            }))
        } else if let Test::AuthorProfession(set) = test {
            Test::AuthorProfession(bits(both.profession_names(), &|name| {
                let ProfessionOrdinal(at) = own.profession_ordinal(name);
                set >> at & 1 == 1
            }))
        } else {
            test.clone()
        })
    }
}

#[cfg(test)]
mod tests;

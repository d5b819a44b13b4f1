//! What no pack should permit, and who finds out whether one does.
//!
//! For: `check`. The bounds are rules as a pack has them (`packs/bounds.cedar`), lowered as a
//! pack's are; a pack goes beyond one when a request, a dossier and a document could be that the
//! pack permits and the bound forbids. Nothing is tried out: whatever a rule compares (an actor, a
//! speciality, a date, ..) is a test that may come out either way.
//! Invariants: the packs that are built in go beyond none; what is too long to be looked through is
//! said to be so.

use super::chain::{before, stated};
use super::way::{Answer, Stated, possible};
use crate::action::circumstances;
use crate::dictionary::Dictionary;
use crate::error::PackError;
use crate::lower::Lowering;
use crate::matrix::Effect;
use crate::pack::{
    Conditioned, Pack, ParsedRule, RuleNumber, lower_rules, parse_rules, principal_kind,
};
use crate::predicate::{Moment, Order, Predicate, Test, TimeTest};
use crate::schema::ActionName;
use std::collections::{BTreeMap, BTreeSet};

/// A bound that a pack goes beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The bound's stable name.
    pub bound: String,
    /// What it forbids, said of whoever the pack permits it to.
    pub says: String,
    /// Which professions.
    pub professions: Vec<String>,
    /// The rules that permit it, each with its line.
    pub rules: Vec<String>,
}

/// What a pack permits beyond the bounds, in their order, and the rules that are too long to tell.
pub(super) struct Excesses {
    pub(super) beyond: Vec<Excess>,
    pub(super) too_long: BTreeSet<RuleNumber>,
}

/// Every bound with what it says, in the order of the text.
///
/// # Errors
/// [`PackError`], when what is built in does not load.
pub fn bounds() -> Result<Vec<(String, String)>, PackError> {
    let parsed = parse_rules(TEXT)?.into_iter();
    Ok(parsed.map(|it| (it.rule.id, it.rule.says)).collect())
}

/// Compares the pack with every bound.
pub(super) fn excesses(pack: &Pack) -> Result<Excesses, PackError> {
    let bounds = parse_rules(TEXT)?;
    let asker = Asker::new(pack, &bounds);
    let mut found: BTreeMap<RuleNumber, (BTreeSet<RuleNumber>, Vec<String>)> = BTreeMap::new();
    let mut too_long = BTreeSet::new();
    for profession in pack.dictionary().professions() {
        for action in ActionName::ALL {
            for (bound, rule, answer) in asker.ask(profession, *action)? {
                match answer {
                    Answer::Impossible => {}
                    Answer::TooLong => {
                        too_long.insert(rule);
                    }
                    Answer::Possible => {
                        let (rules, professions) = found.entry(bound).or_default();
                        rules.insert(rule);
                        if professions.last().is_none_or(|last| last != profession) {
                            professions.push(profession.to_owned());
                        }
                    }
                }
            }
        }
    }
    let beyond = found
        .into_iter()
        .filter_map(|(bound, (rules, professions))| {
            let bound = &bounds.get(bound.index())?.rule;
            let rules = rules.into_iter().filter_map(|rule| pack.rule(rule));
            Some(Excess {
                bound: bound.id.clone(),
                says: bound.says.clone(),
                professions,
                rules: rules
                    .map(|rule| format!("line {}: {}", rule.line, rule.id))
                    .collect(),
            })
        });
    Ok(Excesses {
        beyond: beyond.collect(),
        too_long,
    })
}

/// A pack and the bounds in one vocabulary.
struct Asker<'a> {
    pack: &'a Pack,
    bounds: &'a [ParsedRule],
    dictionary: Dictionary,
    /// That the instant is one at which the pack is in force.
    in_force: Predicate,
}

impl<'a> Asker<'a> {
    fn new(pack: &'a Pack, bounds: &'a [ParsedRule]) -> Self {
        let ours = pack.dictionary().professions();
        let professions = ours.chain(PROFESSIONS);
        Self {
            pack,
            bounds,
            dictionary: Dictionary::new(pack.matrix().types(), professions),
            in_force: in_force(pack),
        }
    }

    /// Which rule of the pack goes beyond which bound for this profession and action.
    fn ask(
        &self,
        profession: &str,
        action: ActionName,
    ) -> Result<Vec<(RuleNumber, RuleNumber, Answer)>, PackError> {
        let lowering = Lowering {
            dictionary: &self.dictionary,
            matrix: self.pack.matrix(),
            principal: principal_kind(profession),
            profession,
            action,
            #[cfg(test)]
            mutant: None,
        };
        let bounds = lower_rules(self.bounds, &lowering)?;
        let rules = self.rules(profession, action);
        if bounds.is_empty() || rules.iter().all(|it| it.effect == Effect::Deny) {
            return Ok(Vec::new());
        }
        let before = before(&|action| self.rules(profession, action).to_vec(), action);
        let said = circumstances(action);
        let mut all: Vec<Stated<'_>> = vec![(&self.in_force, true), (&said, true)];
        all.extend(stated(&before));
        let forbids = rules.iter().filter(|it| it.effect == Effect::Deny);
        all.extend(forbids.map(|it| (&it.condition, false)));
        let permits = || rules.iter().filter(|it| it.effect == Effect::Permit);
        let types = self.dictionary.type_names().len();
        let mut answers = Vec::new();
        for bound in &bounds {
            for permit in permits() {
                let mut asked = all.clone();
                asked.extend([(&permit.condition, true), (&bound.condition, true)]);
                let answer = possible(&asked, principal_kind(profession), types);
                answers.push((bound.rule, permit.rule, answer));
            }
        }
        Ok(answers)
    }

    fn rules(&self, profession: &str, action: ActionName) -> &'a [Conditioned] {
        let ordinal = self.pack.dictionary().profession_ordinal(profession);
        self.pack.lowered(ordinal, action)
    }
}

/// That the instant is one at which the pack is in force.
pub(super) fn in_force(pack: &Pack) -> Predicate {
    let moment = |instant: base::Instant| Moment::Fixed(instant.millis());
    let time = |left, order, right| Predicate::Test(Test::Time(TimeTest { left, order, right }));
    let validity = pack.validity();
    let begun = time(moment(validity.from()), Order::NotAfter, Moment::Now);
    let ended = time(moment(validity.until()), Order::NotAfter, Moment::Now);
    if validity.until() == base::Instant::MAX {
        begun
    } else {
        begun.and(ended.negated())
    }
}

/// What the rules of a bound are written in.
const TEXT: &str = include_str!("../../packs/bounds.cedar");

/// The professions that bounds name, which a pack need not know.
const PROFESSIONS: [&str; 17] = [
    "medecin",
    "chirurgien_dentiste",
    "sage_femme",
    "pharmacien",
    "infirmier",
    "masseur_kinesitherapeute",
    "pedicure_podologue",
    "autre_paramedical",
    "biologiste_labo",
    "psychologue",
    "travailleur_social",
    "coordination",
    "medecin_travail",
    "auditeur",
    "assureur",
    "mutuelle",
    "banque",
];

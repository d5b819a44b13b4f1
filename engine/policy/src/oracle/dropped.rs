//! Every prohibition and every condition of the shipped packs left out, one at a time: what opens
//! by that is told by the comparison with the pack as it is shipped, and what is not told opens
//! nothing that Cedar would find.

use super::Draw;
use super::judge::judge;
use super::run::{first_seed, professions};
use super::world::{Asker, World};
use crate::action::circumstances;
use crate::facts::{DocumentFacts, DossierFacts, Secrecy};
use crate::inspect::gain::{Gains, gains};
use crate::pack::{ParsedRule, parse_rules, parse_set};
use crate::predicate::{Circumstance, Known, Request};
use crate::schema::{ActionName, ResourceKind};
use crate::{Effect, Pack, PackError, builtin_files};
use base::Flags;
use cedar_policy::pst::{self, BinaryOp, Clause, Expr, Literal, UnaryOp};
use cedar_policy::{Entities, Policy, PolicySet};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn whatever_opens_when_a_condition_is_left_out_is_told() {
    std::thread::scope(|scope| {
        for name in ["dmp-2011", "dmp-2023"] {
            scope.spawn(move || each_left_out(name));
        }
    });
}

fn each_left_out(name: &str) {
    let files = builtin_files(name).expect("it is built in");
    let old = Pack::builtin(name).expect("it loads");
    let set = parse_set(files.policies).expect("it parses");
    let rules = parse_rules(files.policies).expect("it parses");
    let ground = Ground::draw(&old, &set);
    let (mut tried, mut told, mut invalid) = (0, 0, 0);
    let (mut silent, mut unseen) = (Vec::new(), Vec::new());
    for (at, rule) in rules.iter().enumerate() {
        for (what, changed) in without_one(rule) {
            let changed = changed.map(text_of);
            let new = match old.with_rule(at, changed.as_deref()) {
                Ok(new) => new,
                // What guards an attribute's type cannot be left out: no such pack loads.
                Err(PackError::Invalid { .. }) => {
                    invalid += 1;
                    continue;
                }
                Err(error) => panic!("{what}: {error}\n{changed:?}"),
            };
            let what = format!("{} without {what}", rule.rule.id);
            let actions = actions_of(&old, &new, at);
            let compared = gains(&old, &new).expect("of one vocabulary");
            assert!(compared.too_long.is_empty(), "{what}: too long");
            let seen = ground.opened(&new, &actions);
            let cedar = || cedar_of(&rules, at, changed.as_deref());
            tried += 1;
            if compared.gained.is_empty() {
                assert!(seen.is_none(), "{name}, not told: {what}: {seen:?}");
                ground.same_for_cedar(&cedar(), &actions, &what);
                silent.push(what);
                continue;
            }
            told += 1;
            named(&compared, rule, &what);
            match seen {
                Some((action, case)) => ground.confirm(&cedar(), (action, case), &what),
                None => unseen.push(what),
            }
        }
    }
    println!(
        "{name}: {tried} left out, {told} told, {} open nothing",
        silent.len()
    );
    println!("open nothing: {silent:#?}\ntold but not met with: {unseen:#?}");
    assert!(
        tried > 150 && told > 100 && invalid < 10,
        "{tried}, {told}, {invalid}"
    );
    assert!(unseen.len() * 20 < told, "a weak ground: {unseen:#?}");
}

/// The finding names the rule that lost something.
fn named(compared: &Gains, rule: &ParsedRule, what: &str) {
    let named = format!(": {}", rule.rule.id);
    let of = |rules: &[String]| rules.iter().any(|it| it.ends_with(&named));
    let found = compared.gained.iter().any(|gain| match rule.rule.effect {
        Effect::Permit => gain.own && of(&gain.rules),
        Effect::Deny => gain.own && of(&gain.forbade),
    });
    assert!(found, "{what}: {:?}", compared.gained);
}

/// The rule with one of its conditions left out, and for a prohibition without the whole of it.
fn without_one(rule: &ParsedRule) -> Vec<(String, Option<pst::Template>)> {
    let body = rule.policy.body();
    let permits = rule.rule.effect == Effect::Permit;
    let mut all = Vec::new();
    if !permits {
        all.push(("all of it".to_owned(), None));
    }
    for (at, clause) in body.clauses().iter().enumerate() {
        let (expression, when) = match clause {
            Clause::When(expression) => (expression, true),
            Clause::Unless(expression) => (expression, false),
        };
        for (what, weaker) in weakened(expression, permits == when, true) {
            let mut clauses = body.clauses().clone();
            let weaker = Arc::new(weaker);
            clauses[at] = if when {
                Clause::When(weaker)
            } else {
                Clause::Unless(weaker)
            };
            let changed = body.clone().try_with_clauses(clauses);
            all.push((what, Some(changed.expect("no slots"))));
        }
    }
    all
}

/// The expression with one of its parts left out so that it holds more often, or, where `more` is
/// false, less often. `alone` says that it is a condition by itself.
fn weakened(expression: &Expr, more: bool, alone: bool) -> Vec<(String, Expr)> {
    let joins = if more { BinaryOp::And } else { BinaryOp::Or };
    if let Expr::BinaryOp { op, left, right } = expression
        && [BinaryOp::And, BinaryOp::Or].contains(op)
    {
        let mut all = Vec::new();
        for (one, other, first) in [(left, right, true), (right, left, false)] {
            let parts = weakened(one, more, *op == joins);
            all.extend(parts.into_iter().map(|(what, part)| {
                let (part, other) = (Arc::new(part), Arc::clone(other));
                let (left, right) = if first { (part, other) } else { (other, part) };
                let op = *op;
                (what, Expr::BinaryOp { op, left, right })
            }));
        }
        all
    } else if let Expr::UnaryOp { op, expr } = expression
        && *op == UnaryOp::Not
    {
        let inner = weakened(expr, !more, alone);
        let negated = |(what, inner)| {
            let (op, expr) = (*op, Arc::new(inner));
            (what, Expr::UnaryOp { op, expr })
        };
        inner.into_iter().map(negated).collect()
    } else if alone {
        let constant = Expr::Literal(Literal::Bool(more));
        vec![(expression.to_string(), constant)]
    } else {
        Vec::new()
    }
}

/// The text of one rule.
fn text_of(body: pst::Template) -> String {
    let body = pst::StaticPolicy::try_from(body).expect("no slots");
    let policy = Policy::from_pst(body.into()).expect("it was one before");
    policy.to_string()
}

/// Cedar's own set of the rules, with this one changed, or left out.
fn cedar_of(rules: &[ParsedRule], at: usize, changed: Option<&str>) -> PolicySet {
    let all = rules.iter().enumerate().map(|(number, rule)| {
        if number == at {
            changed.unwrap_or_default().to_owned()
        } else {
            text_of(rule.policy.body().clone())
        }
    });
    parse_set(&all.collect::<String>()).expect("it parsed before")
}

/// The actions that the rule speaks of, under either pack.
fn actions_of(old: &Pack, new: &Pack, at: usize) -> Vec<ActionName> {
    let id = &old.rules()[at].id;
    let speaks = |action: &ActionName| {
        [old, new].into_iter().any(|pack| {
            pack.dictionary().professions().any(|profession| {
                let ordinal = pack.dictionary().profession_ordinal(profession);
                let rules = pack.lowered(ordinal, *action).iter();
                let mut rules = rules.filter_map(|it| pack.rule(it.rule));
                rules.any(|rule| rule.id == *id)
            })
        })
    };
    ActionName::ALL.iter().copied().filter(speaks).collect()
}

/// Cases by action, in small random worlds.
struct Ground<'a> {
    set: &'a PolicySet,
    worlds: Vec<(World, Entities)>,
    cases: BTreeMap<ActionName, Vec<Case>>,
}

struct Case {
    world: usize,
    asker: Asker,
    dossier: usize,
    facts: DossierFacts,
    document: usize,
    of: DocumentFacts,
    /// Whether the pack as it is shipped permits it.
    before: bool,
}

impl<'a> Ground<'a> {
    fn draw(pack: &Pack, set: &'a PolicySet) -> Self {
        let seed = first_seed();
        println!("first seed {seed}");
        let mut codes = professions(pack);
        codes.extend(std::iter::repeat_n("medecin".to_owned(), 2 * codes.len()));
        let (mut worlds, mut cases) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
        for at in 0..WORLDS {
            let draw = Draw::new(seed.wrapping_add(at as u64));
            let world = World::draw(&draw, &codes);
            for action in ActionName::ALL {
                for _ in 0..EACH {
                    let document = draw.below(world.documents.len());
                    let dossier = world.documents[document].dossier;
                    let mut asker = world.asker(&draw, dossier);
                    let facts = world.dossier_facts(&asker.session, dossier);
                    let of = world.document_facts(&asker.session, document, pack.dictionary());
                    asker.circumstances = said(&draw, *action, asker.circumstances);
                    let mut case = Case {
                        world: at,
                        asker,
                        dossier,
                        facts,
                        document,
                        of,
                        before: false,
                    };
                    case.before = permits(pack, &case, *action);
                    cases.entry(*action).or_default().push(case);
                }
            }
            let entities = world.entities(pack);
            worlds.push((world, entities));
        }
        Self { set, worlds, cases }
    }

    /// A case that the shipped pack refuses and this one permits.
    fn opened(&self, new: &Pack, actions: &[ActionName]) -> Option<(ActionName, usize)> {
        let mut of = actions.iter().filter_map(|action| {
            let mut cases = self.cases[action].iter();
            let at = cases.position(|case| !case.before && permits(new, case, *action));
            Some((*action, at?))
        });
        of.next()
    }

    /// Cedar says so too.
    fn confirm(&self, new: &PolicySet, (action, at): (ActionName, usize), what: &str) {
        let case = &self.cases[&action][at];
        assert!(self.cedar(new, case, action), "{what}: Cedar refuses");
        assert!(
            !self.cedar(self.set, case, action),
            "{what}: Cedar permitted"
        );
    }

    fn same_for_cedar(&self, new: &PolicySet, actions: &[ActionName], what: &str) {
        for action in actions {
            for case in self.cases[action].iter().take(ASKED_OF_CEDAR) {
                let before = self.cedar(self.set, case, *action);
                assert_eq!(before, case.before, "{what}, {action:?}, as shipped");
                let after = self.cedar(new, case, *action);
                assert!(before || !after, "{what}, {action:?}: it opens for Cedar");
            }
        }
    }

    fn cedar(&self, set: &PolicySet, case: &Case, action: ActionName) -> bool {
        let (world, entities) = &self.worlds[case.world];
        chain(action).into_iter().all(|one| {
            let circumstances = said_of(one, action, case);
            let session = case.asker.session.clone();
            let asker = Asker {
                session,
                circumstances,
            };
            let resource = match one.resource() {
                ResourceKind::Dossier => case.dossier,
                ResourceKind::Document => case.document,
            };
            judge(set, entities, &asker, world.now, one, resource).allowed
        })
    }
}

/// What an action is asked behind, and itself at last: as `action` and the lens ask it.
fn chain(action: ActionName) -> Vec<ActionName> {
    use ActionName as A;
    match (action, action.resource()) {
        (A::Read | A::Count | A::History, _) => vec![A::Consult, action],
        (A::Trace, _) => vec![A::Consult, A::History, action],
        (A::Replace, _) => vec![A::Consult, A::Read, A::Deposit, action],
        (_, ResourceKind::Document) => vec![A::Consult, A::Read, action],
        (_, ResourceKind::Dossier) => vec![action],
    }
}

/// The circumstances of one question of the chain.
fn said_of(one: ActionName, action: ActionName, case: &Case) -> u16 {
    if one == action || one == ActionName::History {
        case.asker.circumstances
    } else if one == ActionName::Deposit {
        let flags = case.of.flags_at(case.facts.at());
        let cumulates = Flags::MASQUE_PS.with(Flags::INVISIBLE_PATIENT);
        let carried = [
            (Flags::MASQUE_PS, Circumstance::Masks),
            (Flags::INVISIBLE_PATIENT, Circumstance::HidesFromHolder),
            (
                Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
                Circumstance::HidesFromRepresentatives,
            ),
            (cumulates, Circumstance::Cumulates),
        ];
        let carried = carried.iter().filter(|(flag, _)| flags.contains(*flag));
        carried.fold(0, |bits, (_, one)| bits | one.bit())
    } else {
        0
    }
}

/// Circumstances that a request for the action can have.
fn said(draw: &Draw, action: ActionName, first: u16) -> u16 {
    let can_be = circumstances(action);
    let mut bits = first;
    for _ in 0..4_000 {
        let request = Request {
            actor: "",
            structure: "",
            speciality: "",
            purpose: base::Purpose::Care,
            secret: false,
            circumstances: bits,
        };
        let request = Some(&request);
        if can_be.holds(Known {
            request,
            ..Known::default()
        }) {
            return bits;
        }
        let all = Circumstance::ALL.iter();
        let some = all.filter(|_| draw.once_in(3));
        bits = some.fold(0, |bits, one| bits | one.bit());
    }
    panic!("no request for {action:?} is possible");
}

/// The lowered rules asked one by one, the last question first: most are refused there.
fn permits(pack: &Pack, case: &Case, action: ActionName) -> bool {
    let session = &case.asker.session;
    let profession = pack.dictionary().profession_ordinal(&session.profession);
    chain(action).into_iter().rev().all(|one| {
        let request = Request {
            actor: &session.actor,
            structure: &session.structure,
            speciality: &session.speciality,
            purpose: session.purpose,
            secret: session.secrecy == Secrecy::Secret,
            circumstances: said_of(one, action, case),
        };
        let known = Known {
            request: Some(&request),
            dossier: Some(&case.facts),
            document: (one.resource() == ResourceKind::Document).then_some(&case.of),
            now: Some(case.facts.at()),
        };
        let rules = pack.lowered(profession, one);
        let any = |effect| {
            let mut of = rules.iter().filter(move |it| it.effect == effect);
            of.any(|it| it.condition.holds(known))
        };
        any(Effect::Permit) && !any(Effect::Deny)
    })
}

const WORLDS: usize = 700;
const EACH: usize = 6;
const ASKED_OF_CEDAR: usize = 150;

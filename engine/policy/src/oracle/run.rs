//! The comparisons: shipped packs, random rules, planted faults.

use super::Draw;
use super::grammar;
use super::judge::{Verdict, judge};
use super::world::{Asker, World};
use crate::decision::{Decision, Rules};
use crate::facts::{DocumentFacts, DossierFacts, Secrecy};
use crate::fixture::{LAUNCH, REFORM};
use crate::inspect::way::{Answer, possible};
use crate::lower::{Lowering, Mutant};
use crate::pack::{Conditioned, ParsedRule, lower_rules, parse_rules, parse_set, principal_kind};
use crate::predicate::block::Columns;
use crate::predicate::{Known, Request};
use crate::schema::{ActionName, ResourceKind};
use crate::{Lens, Pack, Relations, SecondOpinion, builtin_files};
use base::Purpose;
use cedar_policy::{Entities, PolicySet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many cases or sets of rules: as many as every run must have, more by night.
fn count(always: usize, nightly: usize) -> usize {
    if std::env::var_os("LIASSE_NIGHTLY").is_some() {
        nightly
    } else {
        always
    }
}

/// Where the random worlds begin: a fixed seed, or another one by `LIASSE_SEED`.
pub(super) fn first_seed() -> u64 {
    let given = std::env::var("LIASSE_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    given.unwrap_or(20_261_122)
}

pub(super) fn professions(pack: &Pack) -> Vec<String> {
    let all = pack.dictionary().professions();
    all.filter(|code| *code != crate::PROFESSION_PATIENT)
        .map(str::to_owned)
        .collect()
}

fn agree(pack: &Pack, ours: &Decision, cedar: &Verdict) -> bool {
    let rules = ours.rules().iter().filter_map(|rule| pack.rule(rule));
    let rules: BTreeSet<_> = rules.map(|rule| rule.id.clone()).collect();
    let same = ours.is_allowed() == cedar.allowed && rules == cedar.rules && !cedar.failed;
    if !same {
        println!("ours {:?} by {rules:?}", ours.outcome());
        println!(
            "Cedar's {} by {:?}, failed {}",
            cedar.allowed, cedar.rules, cedar.failed
        );
    }
    same
}

/// One world of a shipped pack; answers how many cases were compared and how many allowed, and how
/// many documents a guard led to.
fn compare_pack(
    pack: &Arc<Pack>,
    (set, second): (&PolicySet, &SecondOpinion),
    seed: u64,
) -> (usize, usize, usize) {
    let draw = Draw::new(seed);
    let world = World::draw(&draw, &professions(pack));
    let entities = world.entities(pack);
    let (mut cases, mut allowed) = (0, 0);
    for dossier in 0..world.dossiers.len() {
        for _ in 0..4 {
            let asker = world.asker(&draw, dossier);
            let facts = world.dossier_facts(&asker.session, dossier);
            let lens = pack.lens(&asker.session, world.now);
            let seen = lens.scope(&facts);
            let bare = Asker {
                session: asker.session.clone(),
                circumstances: 0,
            };
            let ask = |action, resource| judge(set, &entities, &bare, world.now, action, resource);
            let gate = ask(ActionName::Consult, dossier);
            let agreed = agree(pack, seen.gate_decision(), &gate);
            assert!(agreed, "gate, seed {seed}");
            let mut columns = Columns::new();
            columns.dossier(facts.clone());
            let mut shown = Vec::new();
            for at in
                (0..world.documents.len()).filter(|at| world.documents[*at].dossier == dossier)
            {
                let document = world.document_facts(&asker.session, at, pack.dictionary());
                let read = ask(ActionName::Read, at);
                let ours = seen.decide(ActionName::Read, 0, Some(&document));
                assert!(agree(pack, &ours, &read), "read, seed {seed}");
                let shows = gate.allowed && read.allowed;
                assert_eq!(seen.shows(&document), shows, "shows, seed {seed}");
                // It makes a world of its own for each document: asked of some.
                if cases % SECOND_OPINION_EVERY == 0 {
                    assert_eq!(second.sees(&seen, &document), shows, "second, seed {seed}");
                }
                let sees = seen.sees(&document).is_allowed();
                assert_eq!(sees, shows, "sees, seed {seed}");
                columns.push(&document);
                shown.push(shows);
                cases += 1;
                allowed += usize::from(shows);
                let action = *draw.pick(ActionName::ALL);
                let resource = match action.resource() {
                    ResourceKind::Dossier => dossier,
                    ResourceKind::Document => at,
                };
                let cedar = judge(set, &entities, &asker, world.now, action, resource);
                let of = matches!(action.resource(), ResourceKind::Document).then_some(&document);
                let ours = seen.decide(action, asker.circumstances, of);
                assert!(agree(pack, &ours, &cedar), "{action:?}, seed {seed}");
            }
            lanes(&world, &lens, (dossier, pack), (columns, shown), seed);
        }
    }
    let guarded = guarded(pack, (&world, &entities), (set, &draw), seed);
    (cases, allowed, guarded)
}

/// All 64 lanes, and some of the next block: the same documents and dossiers again.
fn lanes(
    world: &World,
    lens: &Lens,
    (dossier, pack): (usize, &Pack),
    (mut columns, mut shown): (Columns, Vec<bool>),
    seed: u64,
) {
    while shown.len() < LANES {
        let other = (dossier + shown.len()) % world.dossiers.len();
        let before = shown.len();
        shown.extend(beside(world, lens, other, pack, &mut columns));
        if shown.len() == before {
            let other = 1 - other;
            shown.extend(beside(world, lens, other, pack, &mut columns));
        }
    }
    let sight = lens.over(&columns);
    let blocks = [sight.block(0), sight.block(1)];
    for (at, shows) in shown.into_iter().enumerate() {
        let seen = blocks[at / 64] >> (at % 64) & 1 == 1;
        assert_eq!(seen, shows, "lane {at}, seed {seed}");
    }
}

/// A dossier of the world in the same columns, and what the lens shows of it.
fn beside(
    world: &World,
    lens: &Lens,
    dossier: usize,
    pack: &Pack,
    columns: &mut Columns,
) -> Vec<bool> {
    let session = lens.session();
    let facts = world.dossier_facts(session, dossier);
    let seen = lens.scope(&facts);
    columns.dossier(facts);
    let all = 0..world.documents.len();
    let of = all.filter(|at| world.documents[*at].dossier == dossier);
    of.map(|at| {
        let document = world.document_facts(session, at, pack.dictionary());
        columns.push(&document);
        seen.shows(&document)
    })
    .collect()
}

/// What a session is shown of the whole world when its guard drives: the documents of the dossiers
/// to which one of these relations holds, decided in blocks; nothing else is looked at.
fn driven(world: &World, lens: &Lens, pack: &Pack, guard: Relations) -> BTreeSet<usize> {
    let (mut columns, mut places) = (Columns::new(), Vec::new());
    for dossier in 0..world.dossiers.len() {
        let facts = world.dossier_facts(lens.session(), dossier);
        if guard.iter().any(|relation| facts.holds(relation)) {
            columns.dossier(facts);
            for at in
                (0..world.documents.len()).filter(|at| world.documents[*at].dossier == dossier)
            {
                columns.push(&world.document_facts(lens.session(), at, pack.dictionary()));
                places.push(at);
            }
        }
    }
    let blocks: Vec<_> = lens.over(&columns).blocks().collect();
    let seen = |lane: usize| blocks[lane / 64] >> (lane % 64) & 1 == 1;
    let places = places.into_iter().enumerate();
    places
        .filter(|(lane, _)| seen(*lane))
        .map(|(_, at)| at)
        .collect()
}

/// The exact permitted set: every document of the world that Cedar permits, whatever its dossier.
fn permitted(
    world: &World,
    set: &PolicySet,
    entities: &Entities,
    asker: &Asker,
) -> BTreeSet<usize> {
    let ask = |action, resource| judge(set, entities, asker, world.now, action, resource).allowed;
    let gates: Vec<_> = (0..world.dossiers.len())
        .map(|dossier| ask(ActionName::Consult, dossier))
        .collect();
    let all = 0..world.documents.len();
    all.filter(|at| gates[world.documents[*at].dossier] && ask(ActionName::Read, *at))
        .collect()
}

/// Somebody of the world who looks over her dossiers; `None` when the one drawn is no professional.
fn over_a_panel(world: &World, draw: &Draw) -> Option<Asker> {
    let mut asker = world.asker(draw, 0);
    asker.session.purpose = Purpose::Panel;
    asker.circumstances = 0;
    (!asker.session.is_person()).then_some(asker)
}

/// The guard-driven set is the exact permitted set; how many documents that was.
fn guarded(
    pack: &Arc<Pack>,
    (world, entities): (&World, &Entities),
    (set, draw): (&PolicySet, &Draw),
    seed: u64,
) -> usize {
    let Some(asker) = over_a_panel(world, draw) else {
        return 0;
    };
    let lens = pack.lens(&asker.session, world.now);
    let guard = lens.gate_rules().guard().expect("a panel has a guard");
    let exact = permitted(world, set, entities, &asker);
    let driven = driven(world, &lens, pack, guard);
    assert_eq!(driven, exact, "guard-driven, seed {seed}");
    exact.len()
}

/// A guard that lacks any one of its relations is caught by that comparison.
#[test]
fn a_guard_that_lacks_one_relation_loses_documents() {
    let seed = first_seed();
    println!("first seed {seed}");
    let files = builtin_files("dmp-2023").expect("it is built in");
    let set = parse_set(files.policies).expect("it parses");
    let mut alive = Vec::new();
    for at in 0..600 {
        let draw = Draw::new(seed.wrapping_add(at));
        let world = World::draw(&draw, &["medecin".to_owned()]);
        let Some(asker) = over_a_panel(&world, &draw) else {
            continue;
        };
        let lens = REFORM.lens(&asker.session, world.now);
        let guard = lens.gate_rules().guard().expect("a panel has a guard");
        if alive.is_empty() {
            alive = guard.iter().collect();
            assert!(alive.len() > 4, "{alive:?}");
        }
        let exact = permitted(&world, &set, &world.entities(&REFORM), &asker);
        alive.retain(|lacking| {
            let rest = guard.iter().filter(|relation| relation != lacking);
            let rest = rest.fold(Relations::NONE, Relations::with);
            driven(&world, &lens, &REFORM, rest) == exact
        });
        if alive.is_empty() {
            println!("each relation was missed within {} worlds", at + 1);
            return;
        }
    }
    panic!("not missed: {alive:?}");
}

#[test]
fn shipped_packs_decide_as_cedar_does() {
    let seed = first_seed();
    println!("first seed {seed}");
    let least = count(100_000, 500_000);
    let packs = [(&*LAUNCH, "dmp-2011"), (&*REFORM, "dmp-2023")];
    std::thread::scope(|scope| {
        for (pack, name) in packs {
            scope.spawn(move || compare_worlds(pack, name, seed, least));
        }
    });
}

/// Worlds from `seed` on, until there were at least so many cases.
fn compare_worlds(pack: &Arc<Pack>, name: &str, seed: u64, least: usize) {
    let files = builtin_files(name).expect("it is built in");
    let set = parse_set(files.policies).expect("it parses");
    let second = SecondOpinion::new(pack).expect("it loaded");
    let (mut cases, mut allowed, mut guarded, mut world) = (0, 0, 0, 0);
    while cases < least {
        let one = compare_pack(pack, (&set, &second), seed.wrapping_add(world));
        cases += one.0;
        allowed += one.1;
        guarded += one.2;
        world += 1;
    }
    println!("{name}: {cases} cases of {world} worlds agree, {allowed} allowed");
    println!("{name}: guards led to {guarded} documents, all that Cedar permits and no others");
    assert!(
        guarded > cases / 50,
        "guards led to hardly anything: a weak test"
    );
    assert!(
        allowed * 20 > cases,
        "hardly anything is allowed: a weak test"
    );
}

/// One random set of rules with the cases it is asked.
struct Trial {
    seed: u64,
    rules: Vec<ParsedRule>,
    cases: Vec<Case>,
}

struct Case {
    asker: Asker,
    action: ActionName,
    dossier: DossierFacts,
    document: Option<DocumentFacts>,
    cedar: Verdict,
}

impl Trial {
    fn draw(pack: &Pack, seed: u64) -> Self {
        let draw = Draw::new(seed);
        let codes = professions(pack);
        let actions = actions(seed);
        let text = grammar::rules(&draw, &codes, actions.of_dossier, actions.of_document);
        let rules =
            parse_rules(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        let set = parse_set(&text).expect("it was parsed before");
        let mut cases = Vec::new();
        for _ in 0..2 {
            let world = World::draw(&draw, &codes);
            let entities = world.entities(pack);
            for _ in 0..3 {
                let at = draw.below(world.documents.len());
                let home = world.documents[at].dossier;
                let asker = world.asker(&draw, home);
                let dossier = world.dossier_facts(&asker.session, home);
                for action in actions.asked() {
                    let of_document = action.resource() == ResourceKind::Document;
                    let resource = if of_document { at } else { home };
                    let cedar = judge(&set, &entities, &asker, world.now, action, resource);
                    assert!(
                        !cedar.failed,
                        "seed {seed}: a rule of the subset failed\n{text}"
                    );
                    let document = of_document
                        .then(|| world.document_facts(&asker.session, at, pack.dictionary()));
                    let asker = Asker {
                        session: asker.session.clone(),
                        ..asker
                    };
                    cases.push(Case {
                        asker,
                        action,
                        dossier: dossier.clone(),
                        document,
                        cedar,
                    });
                }
            }
        }
        Self { seed, rules, cases }
    }

    /// The number of cases in which some form of our answer is not Cedar's.
    fn mismatches(&self, pack: &Pack, mutant: Option<Mutant>) -> usize {
        let wrong = |case: &&Case| !self.answers(pack, case, mutant);
        self.cases.iter().filter(wrong).count()
    }

    fn answers(&self, pack: &Pack, case: &Case, mutant: Option<Mutant>) -> bool {
        let session = &case.asker.session;
        let lowering = Lowering {
            dictionary: pack.dictionary(),
            matrix: pack.matrix(),
            principal: principal_kind(&session.profession),
            profession: &session.profession,
            action: case.action,
            mutant,
        };
        let lowered = match (lower_rules(&self.rules, &lowering), mutant) {
            (Ok(lowered), _) => lowered,
            // A fault that makes the lowering refuse shows nothing wrong.
            (Err(_), Some(_)) => return true,
            (Err(error), None) => panic!("seed {}: {error}", self.seed),
        };
        let request = Request {
            actor: &session.actor,
            structure: &session.structure,
            speciality: &session.speciality,
            purpose: session.purpose,
            secret: session.secrecy == Secrecy::Secret,
            circumstances: case.asker.circumstances,
        };
        let now = Some(case.dossier.at());
        let asked = Known {
            request: Some(&request),
            ..Known::default()
        };
        let dossier = Known {
            dossier: Some(&case.dossier),
            now,
            ..asked
        };
        let all = Known {
            document: case.document.as_ref(),
            ..dossier
        };
        let bound = Rules::new(&lowered, asked);
        let scoped = bound.fold(dossier);
        let same = |ours: &Decision| {
            let ids = ours
                .rules()
                .iter()
                .map(|rule| self.rules[rule.index()].rule.id.clone());
            ours.is_allowed() == case.cedar.allowed
                && ids.collect::<BTreeSet<_>>() == case.cedar.rules
        };
        same(&Rules::new(&lowered, all).decide(all))
            && same(&bound.decide(all))
            && same(&scoped.decide(all))
            && scoped.allow(all) == case.cedar.allowed
            && self.wide(&bound, case)
            && could_be(pack, &lowering, &lowered, all)
            && {
                // Driven by the guard: what it does not lead to is not looked at.
                let led = |guard: Relations| guard.iter().any(|it| case.dossier.holds(it));
                (bound.guard().is_none_or(led) && bound.allow(all)) == case.cedar.allowed
            }
    }

    /// The case's document in every lane of a block but one, which changes with the trial and
    /// holds another, put to the scalar form.
    fn wide(&self, bound: &Rules, case: &Case) -> bool {
        let Some(document) = &case.document else {
            return true;
        };
        let mut other = *document;
        other.flags = base::Flags::NONE;
        other.status = base::Availability::Archived;
        let odd = self.seed % 64;
        let mut columns = Columns::new();
        columns.dossier(case.dossier.clone());
        for lane in 0..64 {
            columns.push(if lane == odd { &other } else { document });
        }
        let now = case.dossier.at();
        let known = Known {
            dossier: Some(&case.dossier),
            document: Some(&other),
            now: Some(now),
            ..Known::default()
        };
        let all = if case.cedar.allowed { u64::MAX } else { 0 };
        let expected = all & !(1 << odd) | u64::from(bound.allow(known)) << odd;
        bound.block(&columns, 0, u64::MAX, now) == expected
    }
}

/// What is there is never said to be impossible: all rules together, as each comes out here.
fn could_be(pack: &Pack, lowering: &Lowering<'_>, rules: &[Conditioned], all: Known<'_>) -> bool {
    let stated: Vec<_> = rules
        .iter()
        .map(|rule| (&rule.condition, rule.condition.holds(all)))
        .collect();
    let types = pack.dictionary().type_names().len();
    possible(&stated, lowering.principal, types) != Answer::Impossible
}

/// The actions a trial's rules and questions are about.
struct Actions {
    of_dossier: [ActionName; 2],
    of_document: [ActionName; 2],
}

/// Two of each kind, so that a few dozen trials in a row ask about all of them.
fn actions(seed: u64) -> Actions {
    let all = |kind| -> Vec<ActionName> {
        let all = ActionName::ALL.iter().copied();
        all.filter(|action| action.resource() == kind).collect()
    };
    let pair = |all: Vec<ActionName>| {
        let at = usize::try_from(seed % all.len() as u64).expect("below a usize");
        [all[at], all[(at + 1) % all.len()]]
    };
    Actions {
        of_dossier: pair(all(ResourceKind::Dossier)),
        of_document: pair(all(ResourceKind::Document)),
    }
}

impl Actions {
    fn asked(&self) -> [ActionName; 3] {
        let [own, other] = self.of_document;
        [own, self.of_dossier[0], other]
    }
}

#[test]
fn random_rules_decide_as_cedar_does() {
    let seed = first_seed();
    println!("first seed {seed}");
    let sets = count(3_000, 12_000) as u64;
    let half = move |from: u64, to: u64| {
        let (mut cases, mut allowed) = (0, 0);
        let mut outcomes = BTreeSet::new();
        for at in from..to {
            let trial = Trial::draw(&REFORM, seed.wrapping_add(at));
            assert_eq!(trial.mismatches(&REFORM, None), 0, "seed {}", trial.seed);
            cases += trial.cases.len();
            allowed += trial.cases.iter().filter(|case| case.cedar.allowed).count();
            let of = trial.cases.iter();
            outcomes.extend(of.map(|case| (case.action, case.cedar.allowed)));
        }
        assert_eq!(
            outcomes.len(),
            2 * ActionName::ALL.len(),
            "an action was never allowed, or never refused"
        );
        (cases, allowed)
    };
    let [one, other] = std::thread::scope(|scope| {
        let halves = [(0, sets / 2), (sets / 2, sets)];
        let begun = halves.map(|(from, to)| scope.spawn(move || half(from, to)));
        begun.map(|thread| thread.join().expect("the sets agree"))
    });
    let (cases, allowed) = (one.0 + other.0, one.1 + other.1);
    println!("{sets} sets of rules, {cases} cases agree, {allowed} allowed");
    assert!(
        allowed * 20 > cases,
        "hardly anything is allowed: a weak test"
    );
}

#[test]
fn every_planted_fault_of_the_lowering_is_caught() {
    let mut alive: Vec<Mutant> = Mutant::ALL.to_vec();
    let seed = first_seed();
    for at in 0..600 {
        if alive.is_empty() {
            println!(
                "all {} faults caught after {at} sets of rules",
                Mutant::ALL.len()
            );
            return;
        }
        let trial = Trial::draw(&REFORM, seed.wrapping_add(at));
        alive.retain(|mutant| trial.mismatches(&REFORM, Some(*mutant)) == 0);
    }
    panic!("not caught: {alive:?}");
}

/// Documents in columns, at least: more than a block.
const LANES: usize = 80;
/// One case in so many is put to the second opinion too.
const SECOND_OPINION_EVERY: usize = 8;

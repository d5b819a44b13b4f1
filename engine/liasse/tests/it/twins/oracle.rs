//! Proves that answers are those of Cedar asked document by document over a plain scan: which
//! documents, in which order, how many, how many by type and month, for random askers and
//! questions, with every pass and with random subsets of them.
//!
//! The model keeps what was deposited, masked and granted, in plain lists; words are made so that
//! looking for them in a text says what the index must say.

use super::store::{Dice, KINDS, Paper, Store, id, matricule};
use base::Availability;
use liasse::{
    DocumentId, Facet, Field, Flags, Grant, Instant, Order, Party, Pass, Passes, Purpose,
    SearchRequest, Session, Step,
};
use policy::{
    DocumentFacts, DossierFacts, DossierStatus, Policies, Relation, SecondOpinion, Secrecy,
    SessionFacts, Window,
};
use std::collections::BTreeMap;

/// What was done to a store of which the model knows everything.
struct Model {
    papers: Vec<(Paper, Instant)>,
    /// Dossier, whom, whether blocked rather than authorised, until when.
    grants: Vec<(usize, &'static str, bool, Instant)>,
    policies: Policies,
}

/// A professional who asks.
struct Who {
    actor: &'static str,
    profession: &'static str,
}

impl Model {
    fn make(seed: u64) -> (Store, Self) {
        let store = Store::create();
        let mut model = Self {
            papers: Vec::new(),
            grants: Vec::new(),
            policies: Policies::builtin_named("dmp-2011").unwrap(),
        };
        let mut dice = Dice::new(seed);
        for number in 0..30 {
            store.tick();
            // The first four open the dossiers, under numbers that nobody asks for.
            let patient = if number < 4 { number } else { dice.below(4) };
            let author = dice.of(&["auteur", "lecteur", "autre"]);
            let mut paper = Paper::new(number as u64, patient, author);
            paper.title = "Sans objet".to_owned();
            paper.kind = dice.of(&KINDS);
            paper.day = i64::try_from(dice.below(120)).unwrap();
            let count = 3 + dice.below(12);
            let words: Vec<&str> = (0..count).map(|_| dice.of(&MADE_UP)).collect();
            paper.text = words.join(" ");
            if dice.one_in(4) {
                paper.flags = Flags::MASQUE_PS;
            }
            store.deposit(&paper);
            model.papers.push((paper, store.now()));
        }
        for patient in 0..4 {
            for who in ASKERS {
                store.tick();
                let until = [Instant::MAX, store.now().plus_days(1)][dice.below(2)];
                let party = Party::Actor(who.actor.to_owned());
                let (grant, blocked) = match dice.below(5) {
                    0 | 1 => (Grant::Authorise { party, until }, false),
                    2 => (Grant::Block(party), true),
                    _ => continue,
                };
                store
                    .holder(patient)
                    .grant(&matricule(patient), grant)
                    .unwrap();
                model.grants.push((patient, who.actor, blocked, until));
            }
        }
        (store, model)
    }

    /// The documents that Cedar lets the asker see, among the first dossier's or all.
    fn seen(&self, who: &Who, purpose: Purpose, at: Instant) -> Vec<&Paper> {
        let facts = SessionFacts {
            actor: who.actor.to_owned(),
            profession: who.profession.to_owned(),
            speciality: String::new(),
            structure: format!("structure-of-{}", who.actor),
            purpose,
            secrecy: Secrecy::Open,
            patient: None,
        };
        let pack = self.policies.at(at).unwrap();
        let (lens, cedar) = (
            self.policies.lens(&facts, at).unwrap(),
            SecondOpinion::new(pack).unwrap(),
        );
        let dictionary = pack.dictionary();
        let shown = self.papers.iter().filter(|(paper, deposited)| {
            let id = format!("{:032x}", paper.patient + 1).parse().unwrap();
            let mut dossier = DossierFacts::new(id, DossierStatus::Active, at);
            for (_, _, blocked, until) in self
                .grants
                .iter()
                .filter(|(patient, actor, ..)| *patient == paper.patient && *actor == who.actor)
            {
                let relation = if *blocked {
                    Relation::Blocked
                } else {
                    Relation::Authorised
                };
                dossier.hold(relation, Window::new(Instant::MIN, *until));
            }
            let own = |it: &Paper| it.patient == paper.patient && it.author == who.actor;
            if self.papers.iter().any(|(it, _)| own(it)) {
                dossier.hold(Relation::Author, Window::ALWAYS);
                dossier.hold(Relation::AuthorStructure, Window::ALWAYS);
            }
            let depositor_structure = format!("structure-of-{}", paper.author);
            let depositor = policy::Party {
                actor: paper.author,
                structure: &depositor_structure,
                profession: "medecin",
            };
            let document = DocumentFacts {
                document: id_of(paper),
                kind: dictionary.type_ordinal(paper.kind),
                class: dictionary.class_ordinal("11"),
                author_profession: dictionary.profession_ordinal("medecin"),
                status: Availability::Approved,
                flags: paper.flags,
                hidden_until: Instant::MAX,
                created: paper.written(),
                deposited: *deposited,
                parties: facts.parties(depositor, depositor),
            };
            cedar.sees(&lens.scope(&dossier), &document)
        });
        shown.map(|(paper, _)| paper).collect()
    }
}

fn id_of(paper: &Paper) -> DocumentId {
    id(paper.number)
}

/// Words that must, may and must not stand in a text.
enum Asked {
    All(Vec<&'static str>),
    Any(Vec<&'static str>),
    But(&'static str, &'static str),
    Begins(String),
}

impl Asked {
    fn roll(dice: &mut Dice) -> Self {
        let (one, other) = (dice.of(&MADE_UP), dice.of(&MADE_UP));
        match dice.below(6) {
            0 => Self::All(Vec::new()),
            1 => Self::All(vec![one]),
            2 => Self::All(vec![one, other]),
            3 => Self::Any(vec![one, other, dice.of(&MADE_UP)]),
            4 if one != other => Self::But(one, other),
            _ => Self::Begins(one[..2 + dice.below(2)].to_owned()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::All(words) => words.join(" "),
            Self::Any(words) => words.join(" OR "),
            Self::But(one, other) => format!("{one} -{other}"),
            Self::Begins(start) => format!("{start}*"),
        }
    }

    fn holds(&self, text: &str) -> bool {
        let has = |word: &&str| text.split(' ').any(|held| held == *word);
        match self {
            Self::All(words) => words.iter().all(has),
            Self::Any(words) => words.iter().any(has),
            Self::But(one, other) => has(one) && !has(other),
            Self::Begins(start) => text.split(' ').any(|held| held.starts_with(start)),
        }
    }
}

/// One question of one asker, compared with the model.
fn compare(model: &Model, session: &Session, seen: &[&Paper], dice: &mut Dice, wide: bool) -> u64 {
    let patient = dice.below(4);
    let asked = Asked::roll(dice);
    let kind = dice.one_in(4).then(|| dice.of(&KINDS));
    let order = [Order::Relevance, Order::Newest, Order::Oldest][dice.below(3)];
    let mut request = SearchRequest::new(&asked.text())
        .order(order)
        .limit(100)
        .counted()
        .facet(Facet::Field(Field::Type))
        .timeline(Step::Month);
    if let Some(kind) = kind {
        request = request.require(Field::Type, vec![kind.to_owned()]);
    }
    if !wide {
        request = request.of(matricule(patient));
    }
    if dice.one_in(2) {
        let all = Pass::ALL.into_iter();
        let some = all.filter(|_| dice.one_in(2)).collect::<Vec<_>>();
        request.passes = some.into_iter().fold(Passes::NONE, Passes::with);
    }
    let mut expected: Vec<&Paper> = seen
        .iter()
        .filter(|it| wide || it.patient == patient)
        .filter(|it| asked.holds(&it.text) && kind.is_none_or(|kind| it.kind == kind))
        .copied()
        .collect();
    let answer = match session.ask(&request) {
        Ok(answer) => answer,
        Err(error) => {
            // Refused exactly where nothing of the dossier is seen.
            assert_eq!(error.code(), liasse::Code::Refused);
            let any = seen.iter().any(|it| it.patient == patient);
            assert!(!any && !wide, "{}", request.question.words);
            return 0;
        }
    };
    let got: Vec<_> = answer.hits.iter().map(|hit| &hit.entry).collect();
    let mut ids: Vec<_> = got.iter().map(|it| it.unique_id.clone()).collect();
    match order {
        Order::Newest => expected.sort_by_key(|it| (-it.day, id_of_entry(&got, it))),
        Order::Oldest => expected.sort_by_key(|it| (it.day, id_of_entry(&got, it))),
        Order::Relevance => {
            expected.sort_by_key(|it| it.unique_id.clone());
            let scores = answer.hits.iter().map(|hit| {
                let date = std::cmp::Reverse(hit.entry.creation_time);
                (std::cmp::Reverse(hit.score), date, hit.entry.document)
            });
            assert!(scores.is_sorted(), "by score, then date, then id");
            ids.sort();
        }
    }
    let expected_ids: Vec<_> = expected.iter().map(|it| it.unique_id.clone()).collect();
    assert_eq!(ids, expected_ids, "{} {order:?}", request.question.words);
    assert_eq!(answer.total, Some(expected.len() as u64));
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut months: BTreeMap<String, u64> = BTreeMap::new();
    for it in &expected {
        *kinds.entry(it.kind.to_owned()).or_default() += 1;
        *months
            .entry(it.written().to_string()[..7].to_owned())
            .or_default() += 1;
    }
    let facet: BTreeMap<String, u64> = answer.facets[0].groups.iter().cloned().collect();
    assert_eq!(facet, kinds);
    assert_eq!(answer.timeline, months.into_iter().collect::<Vec<_>>());
    assert!(model.papers.len() >= expected.len());
    expected.len() as u64
}

/// The random id that orders documents of one day; a document that is missing stands first.
fn id_of_entry(got: &[&liasse::DocumentEntry], paper: &Paper) -> Option<DocumentId> {
    let mut all = got.iter().filter(|it| it.unique_id == paper.unique_id);
    all.next().map(|it| it.document)
}

#[test]
fn answers_are_those_of_cedar_over_a_plain_scan() {
    let first: u64 = std::env::var("LIASSE_SEED").map_or(1, |text| text.parse().unwrap());
    println!("LIASSE_SEED={first}");
    let (mut asked, mut found) = (0, 0);
    for seed in first..first + STORES {
        let (store, model) = Model::make(seed);
        let mut dice = Dice::new(!seed);
        for who in ASKERS {
            for purpose in [Purpose::Care, Purpose::Panel] {
                let session = store.session((who.actor, who.profession), purpose);
                let seen = model.seen(&who, purpose, store.now());
                for _ in 0..QUESTIONS {
                    let wide = purpose == Purpose::Panel && dice.one_in(2);
                    found += compare(&model, &session, &seen, &mut dice, wide);
                    asked += 1;
                }
            }
        }
    }
    assert!(found > asked / 2, "{found} documents of {asked} questions");
    println!("{asked} questions asked, {found} documents found");
}

const ASKERS: [Who; 4] = [
    Who {
        actor: "lecteur",
        profession: "medecin",
    },
    Who {
        actor: "officine",
        profession: "pharmacien",
    },
    Who {
        actor: "soins",
        profession: "infirmier",
    },
    Who {
        actor: "usine",
        profession: "medecin_travail",
    },
];
/// Words that no stemmer changes.
const MADE_UP: [&str; 10] = [
    "bodok", "bodik", "bofuk", "zamik", "zamok", "zalok", "mirak", "mirok", "tuvik", "takok",
];
const STORES: u64 = 12;
const QUESTIONS: usize = 25;

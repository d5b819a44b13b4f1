//! Proves that answers are those of Cedar asked document by document over a plain scan: which
//! documents, in which order and on which page, how many, how many by every facet and month, for
//! random askers and questions, with every pass and with random subsets of them.
//!
//! The model keeps what was deposited, replaced, archived, flagged and granted, in plain lists;
//! words are made so that looking for them in a text says what the index must say.

use super::store::{Dice, KINDS, LABELS, Paper, Store, id, matricule};
use base::Availability;
use liasse::{
    Answer, DocumentId, Facet, Field, Flags, Grant, Grouping, Hit, Instant, Order, Party, Pass,
    Passes, Purpose, SearchRequest, Session, Statuses, Step,
};
use policy::{
    DocumentFacts, DossierFacts, DossierStatus, Policies, Relation, SecondOpinion, Secrecy,
    SessionFacts, Window,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was done to a store of which the model knows everything.
struct Model {
    papers: Vec<(Paper, Instant)>,
    /// What became of documents that are not approved any more, by their numbers.
    retired: BTreeMap<u64, Availability>,
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
            retired: BTreeMap::new(),
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
            paper.flags = match dice.below(12) {
                0..3 => Flags::MASQUE_PS,
                3 => Flags::INVISIBLE_PATIENT,
                4 => Flags::INVISIBLE_REPRESENTANTS_LEGAUX,
                _ => Flags::NONE,
            };
            model.retire(&store, &mut dice, &mut paper);
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

    /// Sometimes the next document replaces one of its author's, whose flags it inherits, or one
    /// is archived.
    fn retire(&mut self, store: &Store, dice: &mut Dice, next: &mut Paper) {
        let (roll, own) = (dice.below(6), |it: &Paper| {
            it.author == next.author && it.patient == next.patient
        });
        let there = self.papers.iter().map(|(paper, _)| paper);
        // Those that opened their dossier have ids of another draw.
        let there = there
            .filter(|it| it.number >= 4)
            .find(|it| own(it) && !self.retired.contains_key(&it.number));
        let Some(old) = there else {
            return;
        };
        if roll == 0 {
            next.replaces = Some(old.unique_id.clone());
            next.flags = old.flags;
            self.retired.insert(old.number, Availability::Deprecated);
        } else if roll == 1 {
            let author = store.session((old.author, "medecin"), Purpose::Care);
            author
                .set_status(id(old.number), Availability::Archived)
                .unwrap();
            self.retired.insert(old.number, Availability::Archived);
        }
    }

    fn status(&self, paper: &Paper) -> Availability {
        let retired = self.retired.get(&paper.number);
        retired.copied().unwrap_or(Availability::Approved)
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
                class: dictionary.class_ordinal(class(paper)),
                author_profession: dictionary.profession_ordinal("medecin"),
                status: self.status(paper),
                flags: paper.flags,
                hidden_until: if paper.flags.contains(Flags::INVISIBLE_PATIENT) {
                    deposited.plus_months(1)
                } else {
                    Instant::MAX
                },
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

    /// What BM25 makes of a text, by floating point, as `docs/search.md` has it, for words of
    /// weight 1; a prefix counts as the word that it stands for most often.
    fn share(&self, paper: &Paper) -> f64 {
        let count = |text: &str| u32::try_from(text.split(' ').count()).map_or(0.0, f64::from);
        let length = count(&paper.text) + count(&paper.title);
        let of = |word: &str| {
            let frequency = paper.text.split(' ').filter(|held| *held == word).count();
            let frequency = u32::try_from(frequency).map_or(0.0, f64::from);
            frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / 400.0))
        };
        match self {
            Self::All(words) | Self::Any(words) => words.iter().map(|word| of(word)).sum(),
            Self::But(one, _) => of(one),
            Self::Begins(start) => {
                let stands_for = MADE_UP.iter().filter(|word| word.starts_with(start));
                stands_for.map(|word| of(word)).fold(0.0, f64::max)
            }
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

/// All that can be counted.
fn facets(request: SearchRequest) -> SearchRequest {
    let kinds = Grouping {
        name: "kinds".to_owned(),
        field: Field::Type,
        groups: vec![
            (
                "first".to_owned(),
                vec![KINDS[0].to_owned(), KINDS[1].to_owned()],
            ),
            ("second".to_owned(), vec![KINDS[1].to_owned()]),
        ],
        rest: Some("rest".to_owned()),
    };
    let counted = FIELDS.map(Facet::Field).into_iter();
    let counted = counted.chain([Facet::Year, Facet::Groups(Arc::new(kinds))]);
    counted.fold(
        request.counted().timeline(Step::Month),
        SearchRequest::facet,
    )
}

/// The class of a document's type (TRE_A03).
fn class(paper: &Paper) -> &'static str {
    let kind = KINDS.iter().position(|kind| *kind == paper.kind);
    ["11", "10", "31", "10", "11"][kind.unwrap()]
}

/// What a document counts for in each facet.
fn values(paper: &Paper) -> Vec<Vec<String>> {
    let place = usize::try_from(paper.number % 3).unwrap();
    let mut labels = vec![LABELS[place].to_owned()];
    labels.extend(paper.flags.codes().map(str::to_owned));
    let authors = vec![paper.author.to_owned(), format!("second-{place}")];
    let kind = KINDS.iter().position(|kind| *kind == paper.kind).unwrap();
    let groups: &[&str] = match kind {
        0 => &["first"],
        1 => &["first", "second"],
        _ => &["rest"],
    };
    vec![
        vec![paper.kind.to_owned()],
        labels,
        authors.clone(),
        authors,
        vec!["medecin".to_owned()],
        vec![(paper.number % 5).to_string()],
        vec![class(paper).to_owned()],
        vec![format!("Maison {}", paper.number % 4)],
        vec![paper.written().to_string()[..4].to_owned()],
        groups.iter().map(|group| (*group).to_owned()).collect(),
    ]
}

/// The numbers are those of a plain count.
fn counted(answer: &Answer, expected: &[&Paper]) {
    assert_eq!(answer.total, Some(expected.len() as u64));
    let mut months: BTreeMap<String, u64> = BTreeMap::new();
    let mut facets = vec![BTreeMap::<String, u64>::new(); FIELDS.len() + 2];
    for paper in expected {
        let month = paper.written().to_string()[..7].to_owned();
        *months.entry(month).or_default() += 1;
        for (facet, values) in facets.iter_mut().zip(values(paper)) {
            for value in values {
                *facet.entry(value).or_default() += 1;
            }
        }
    }
    for (facet, told) in facets.iter().zip(&answer.facets) {
        let groups: BTreeMap<String, u64> = told.groups.iter().cloned().collect();
        assert_eq!(&groups, facet, "{}", told.name);
    }
    assert_eq!(answer.facets.len(), facets.len());
    assert_eq!(answer.timeline, months.into_iter().collect::<Vec<_>>());
}

/// All pages of an answer, each as long as the limit but the last, which are counted alike.
fn paged(session: &Session, request: &SearchRequest, first: Answer) -> Vec<Hit> {
    let limit = request.question.limit;
    let (mut hits, mut page) = (Vec::new(), first);
    loop {
        let (length, next) = (page.hits.len(), page.next.take());
        hits.append(&mut page.hits);
        let Some(next) = next else {
            assert!(length <= limit);
            return hits;
        };
        assert_eq!(
            length, limit,
            "a page behind which there is another is full"
        );
        page = session.ask(&request.clone().after(&next)).unwrap();
    }
}

/// One question of one asker, compared with the model.
fn compare(model: &Model, session: &Session, seen: &[&Paper], dice: &mut Dice, wide: bool) -> u64 {
    let patient = dice.below(4);
    let asked = Asked::roll(dice);
    let kind = dice.one_in(4).then(|| dice.of(&KINDS));
    let label = dice
        .one_in(5)
        .then(|| dice.of(&["N", "R", "MASQUE_PS", "INVISIBLE_PATIENT"]));
    let statuses = [Statuses::Approved, Statuses::All][dice.below(2)];
    let order = [Order::Relevance, Order::Newest, Order::Oldest][dice.below(3)];
    let (request, month) = dated(asked.text(), dice);
    let request = request.order(order).limit([1, 4, 100][dice.below(3)]);
    let mut request = facets(request.statuses(statuses));
    if let Some(kind) = kind {
        request = request.require(Field::Type, vec![kind.to_owned()]);
    }
    if let Some(label) = label {
        request = request.require(Field::Confidentiality, vec![label.to_owned()]);
    }
    if !wide {
        request = request.of(matricule(patient));
    }
    if dice.one_in(2) {
        let all = Pass::ALL.into_iter();
        let some = all.filter(|_| dice.one_in(2)).collect::<Vec<_>>();
        request.passes = some.into_iter().fold(Passes::NONE, Passes::with);
    }
    let expected: BTreeSet<u64> = seen
        .iter()
        .filter(|it| wide || it.patient == patient)
        .filter(|it| asked.holds(&it.text) && kind.is_none_or(|kind| it.kind == kind))
        .filter(|it| label.is_none_or(|label| values(it)[1].iter().any(|held| held == label)))
        .filter(|it| statuses == Statuses::All || model.status(it) == Availability::Approved)
        .filter(|it| month.is_none_or(|month| it.written().to_string().starts_with(month)))
        .map(|it| it.number)
        .collect();
    let all = model.papers.iter().map(|(paper, _)| paper);
    let expected: Vec<&Paper> = all.filter(|it| expected.contains(&it.number)).collect();
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
    counted(&answer, &expected);
    let hits = paged(session, &request, answer);
    if order == Order::Relevance {
        scored(&hits, &asked, &expected);
    }
    ordered(&hits, expected, order, &request.question.words)
}

/// The question, sometimes of one month, and sometimes with that month among its words.
fn dated(words: String, dice: &mut Dice) -> (SearchRequest, Option<&'static str>) {
    if words.is_empty() || !dice.one_in(4) {
        return (SearchRequest::new(&words), None);
    }
    let month = dice.of(&["2024-01", "2024-02", "2024-03"]);
    let words = if words.contains(" OR ") || dice.one_in(2) {
        format!("({words}) date:{month}")
    } else {
        // Behind the first word, wherever that stands.
        let cut = words.find(' ').unwrap_or(words.len());
        let (one, rest) = words.split_at(cut);
        format!("{one} date:{month}{rest}")
    };
    (SearchRequest::new(&words), Some(month))
}

/// The scores are what the model has, but for what integers leave off. No word is in the published
/// table; how much a prefix weighs is what the table says of its letters, the same for all.
fn scored(hits: &[Hit], asked: &Asked, expected: &[&Paper]) {
    let mut weight = match asked {
        Asked::All(_) | Asked::Any(_) | Asked::But(..) => Some((1_000_001.0 / 50.5_f64).ln()),
        Asked::Begins(_) => None,
    };
    for hit in hits {
        let own = |it: &&&Paper| it.unique_id == hit.entry.unique_id;
        let share = asked.share(expected.iter().find(own).unwrap());
        let score = u32::try_from(hit.score).map_or(f64::INFINITY, f64::from) / f64::from(1 << 20);
        let weighed = share * *weight.get_or_insert(score / share);
        let off = (score - weighed).abs();
        assert!(
            off <= weighed * 1e-4,
            "{score}, not {weighed}: {}",
            asked.text()
        );
    }
}

/// The answers are those expected, in the order asked for: by relevance that of the scores, each
/// of which the model has too.
fn ordered(hits: &[Hit], mut expected: Vec<&Paper>, order: Order, words: &str) -> u64 {
    let got: Vec<_> = hits.iter().map(|hit| &hit.entry).collect();
    let mut ids: Vec<_> = got.iter().map(|it| it.unique_id.clone()).collect();
    match order {
        Order::Newest => expected.sort_by_key(|it| (-it.day, id_of_entry(&got, it))),
        Order::Oldest => expected.sort_by_key(|it| (it.day, id_of_entry(&got, it))),
        Order::Relevance => {
            expected.sort_by_key(|it| it.unique_id.clone());
            let scores = hits.iter().map(|hit| {
                let date = std::cmp::Reverse(hit.entry.creation_time);
                (std::cmp::Reverse(hit.score), date, hit.entry.document)
            });
            assert!(scores.is_sorted(), "by score, then date, then id");
            ids.sort();
        }
    }
    let expected_ids: Vec<_> = expected.iter().map(|it| it.unique_id.clone()).collect();
    assert_eq!(ids, expected_ids, "{words} {order:?}");
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
/// Fields that are counted by.
const FIELDS: [Field; 8] = [
    Field::Type,
    Field::Confidentiality,
    Field::Author,
    Field::AuthorId,
    Field::Profession,
    Field::Reference,
    Field::Class,
    Field::Structure,
];
const STORES: u64 = 12;
const QUESTIONS: usize = 25;

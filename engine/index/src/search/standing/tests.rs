//! Proves that places that are kept find what places looked for anew find, whatever changes.

use super::*;
use crate::testing::{Fixture, document, hits, ordinal};
use crate::{Expr, Filter, Scores, Searcher, WordOptions};
use base::{DocumentSet, Entropy, SeededEntropy};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

const TEXTS: [&str; 4] = [
    "fievre et toux",
    "pas de fievre",
    "toux grasse depuis trois jours",
    "examen normal",
];

struct Asked {
    entropy: SeededEntropy,
    next: u32,
    held: BTreeSet<Ordinal>,
    standing: Standing,
}

impl Asked {
    fn below(&self, bound: u32) -> u32 {
        let mut bytes = [0; 4];
        self.entropy.fill(&mut bytes).unwrap();
        u32::from_le_bytes(bytes) % bound
    }

    /// Adds documents to the index, of whom some may answer, and takes others out.
    fn step(&mut self, fixture: &mut Fixture, commit: u64) {
        let mut touched = BTreeSet::new();
        for _ in 0..self.below(12) {
            let ordinal = ordinal(u64::from(self.below(9)), self.next);
            let text = TEXTS[self.below(4) as usize];
            let added = document(ordinal, commit, text);
            fixture.index.append(vec![added]);
            self.next += 1;
            if self.below(3) > 0 {
                self.held.insert(ordinal);
                touched.insert(ordinal.dossier());
            }
        }
        let held = self.held.iter().copied();
        let gone: Vec<_> = held.filter(|_| self.below(10) == 0).collect();
        for ordinal in gone {
            self.held.remove(&ordinal);
            touched.insert(ordinal.dossier());
        }
        self.standing.replace(self.held.iter().copied(), touched);
    }

    fn agree(&self, fixture: &Fixture, queries: &[Expr]) {
        let searcher = fixture.index.searcher();
        let set: DocumentSet = self.held.iter().copied().collect();
        let list: Vec<_> = self.held.iter().copied().collect();
        for query in queries {
            let anew = hits(&searcher, query, Filter::Documents(&set));
            assert_eq!(hits(&searcher, query, Filter::Ordered(&list)), anew);
            assert_eq!(hits_among(&searcher, query, &self.standing), anew);
        }
    }
}

#[test]
fn places_that_are_kept_find_what_is_found_anew() {
    let words = |text: &str| Expr::all_words(text, &WordOptions::default()).unwrap();
    let queries = [
        words("fievre"),
        words("toux"),
        words("fievre toux"),
        Expr::every(),
        Expr::not(words("toux")).unwrap(),
        Expr::prefix("fie", &WordOptions::default()).unwrap(),
    ];
    let mut fixture = Fixture::new("standing");
    let mut asked = Asked {
        entropy: SeededEntropy::new(11),
        next: 0,
        held: BTreeSet::new(),
        standing: Standing::default(),
    };
    let mut most = 0;
    for round in 1..=120_u64 {
        asked.step(&mut fixture, round);
        if round % 5 == 0 {
            fixture.flush();
        }
        if round % 30 == 0 {
            merge(&mut fixture);
        }
        // Not every change is followed by a search.
        if round % 3 > 0 {
            asked.agree(&fixture, &queries);
        }
        most = most.max(asked.standing.kept().segments.len());
    }
    assert!(most >= 4, "places were kept of {most} segments");
    let left = fixture.index.searcher();
    hits_among(&left, &queries[0], &asked.standing);
    let segments = fixture.index.segments().len();
    assert_eq!(asked.standing.kept().segments.len(), segments);
}

#[test]
fn places_are_looked_for_again_in_touched_dossiers_alone() {
    let mut fixture = Fixture::new("touched");
    let all: Vec<_> = (0..6).map(|nth| ordinal(u64::from(nth / 2), nth)).collect();
    for of in &all {
        fixture.index.append(vec![document(*of, 1, "toux")]);
    }
    fixture.flush();
    let searcher = fixture.index.searcher();
    let [segment] = searcher.snapshot.segments() else {
        panic!("one segment");
    };
    segment.prepare().unwrap();
    let mut standing = Standing::default();
    standing.extend(all.iter().copied(), []);
    let first = standing.places(segment);
    assert_eq!(first.len(), 6);
    standing.follow(searcher.snapshot.segments());
    assert!(Arc::ptr_eq(&first, &standing.places(segment)), "kept");
    let fewer = || all[1..5].iter().copied();
    standing.replace(fewer(), [all[0].dossier()]);
    standing.follow(searcher.snapshot.segments());
    let slots = |places: &[Place]| -> Vec<u32> { places.iter().map(|it| it.slot).collect() };
    assert_eq!(
        slots(&standing.places(segment)),
        [1, 2, 3, 4, 5],
        "one was touched"
    );
    standing.replace(fewer(), [all[5].dossier()]);
    standing.follow(searcher.snapshot.segments());
    let now = standing.places(segment);
    assert_eq!(slots(&now), [1, 2, 3, 4]);
    assert!(now.iter().map(|place| place.nth).eq(0..4));
    // Of more than that all are forgotten.
    standing.replace(
        fewer(),
        (0..=4096).map(|it| DossierNumber::new(it).unwrap()),
    );
    standing.follow(searcher.snapshot.segments());
    assert!(standing.kept().segments.is_empty());
}

fn hits_among(searcher: &Searcher, expr: &Expr, standing: &Standing) -> BTreeMap<Ordinal, u64> {
    let mut hits = BTreeMap::new();
    let mut each = |nth: usize, score| {
        assert!(hits.insert(standing.documents()[nth], score).is_none());
        ControlFlow::Continue(())
    };
    let searched = searcher.search_among(expr, standing, Scores::Wanted, &mut each);
    searched.unwrap();
    hits
}

fn merge(fixture: &mut Fixture) {
    let Some(plan) = fixture.index.plan_merge() else {
        return;
    };
    let slots = fixture.slots(plan.slots_needed());
    let work = fixture.index.rewrite(&plan, &slots).unwrap();
    work.record(&mut fixture.rows).unwrap();
    fixture.index.publish(work).unwrap();
}

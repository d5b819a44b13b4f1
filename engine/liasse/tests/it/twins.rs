//! Proves that no answer depends on what its reader may not see: pairs of stores that differ in
//! hidden documents, dossiers, flags, searches, erasures and layout answer alike, byte for byte.
//!
//! Ids are drawn from a stream that is set before each document, so that twins agree on them.
//! `LIASSE_TWINS` says how many bases there are, `LIASSE_SEED` the first seed; each failure names
//! its pair. `cargo xtask leaks` plants leaks in a copy of the engine and expects this to fail.

mod asking;
mod doing;
mod hidden;
mod oracle;
mod questions;
mod store;

use asking::{REQUESTS, answers};
use hidden::{AUTHOR, Asker, Hiding};
use liasse::{
    Consent, Declaration, FlagChange, Flags, Grant, Instant, Matter, Party, Purpose,
    RepresentativeRole, SearchRequest, Statuses,
};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Dice, Paper, Store, WORDS, id, matricule};

/// What both stores of a pair have, step by step.
struct Script {
    seed: u64,
    steps: usize,
}

impl Script {
    /// A store with four dossiers; the holders of the first two have authorised the askers. What
    /// lapses, expires or is come of age of in a month does so while the asker asks.
    fn begin(&self, asker: Asker) -> Store {
        let store = Store::create();
        let soon = store.now().plus_days(29);
        for patient in 0..4 {
            let number = 1 + patient as u64;
            store.tick();
            let author = store.session((AUTHOR, "medecin"), Purpose::Care);
            let opened = store::with_stream(900 + number, || {
                author.open_dossier(&matricule(patient), &liasse::Statement::agreed())
            });
            opened.unwrap();
            store.deposit(&self.paper(number, patient, AUTHOR));
        }
        for patient in 0..2 {
            store.tick();
            for actor in ["lecteur", "officine", AUTHOR] {
                let until = if patient == 1 && actor == "lecteur" {
                    soon
                } else {
                    Instant::MAX
                };
                let grant = Grant::Authorise {
                    party: Party::Actor(actor.to_owned()),
                    until,
                };
                let granted = store.holder(patient).grant(&matricule(patient), grant);
                granted.unwrap();
            }
        }
        let mut lapsing = self.paper(5, 0, AUTHOR);
        lapsing.flags = Flags::INVISIBLE_PATIENT;
        store.deposit(&lapsing);
        self.declare(&store, asker, soon);
        store.wait(26);
        store
    }

    /// What holders said and the host knows, where an asker's rules go by it.
    fn declare(&self, store: &Store, asker: Asker, soon: Instant) {
        if asker == Asker::Regulator {
            for patient in 1..4 {
                let (matter, answer) = (Matter::Etreat, Consent::Deny);
                let opposed = Grant::Consent { matter, answer };
                let own = store.holder(patient);
                own.grant(&matricule(patient), opposed).unwrap();
            }
        }
        if matches!(asker, Asker::Parent | Asker::Minor) {
            let parent = Declaration::Represented {
                person: "parent".to_owned(),
                role: RepresentativeRole::Legal,
                until: Instant::MAX,
            };
            for declared in [parent, Declaration::Majority(soon)] {
                store.engine().declare(&matricule(0), declared).unwrap();
            }
        }
    }

    fn paper(&self, number: u64, patient: usize, author: &'static str) -> Paper {
        let like = Paper::new(self.seed << 16 | number, patient, author);
        Paper {
            number,
            coded: number % 3 == 2,
            ..like
        }
    }

    /// Does one step, the same in every store.
    fn step(&self, store: &Store, nth: usize) {
        let mut dice = Dice::new(self.seed << 8 | nth as u64);
        store.tick();
        let (number, patient) = (10 + nth as u64, dice.below(3));
        let author = || store.session((AUTHOR, "medecin"), Purpose::Care);
        match dice.below(10) {
            0 => {
                let own = self.paper(number, 2, "lecteur");
                store.deposit(&own);
            }
            1 => {
                let mut paper = self.paper(number, 0, AUTHOR);
                paper.replaces = Some(self.paper(1, 0, AUTHOR).unique_id);
                // A step that was taken before replaced it already.
                let _ = store.deposit_as(&author(), &paper);
            }
            2 => {
                let change = FlagChange {
                    set: Flags::MASQUE_PS,
                    clear: Flags::NONE,
                };
                let mask = || store.holder(1).set_flags(id(2), change).unwrap();
                store::with_stream(number, mask);
            }
            3 => {
                let asked = SearchRequest::new(dice.of(&WORDS)).of(matricule(patient));
                author().ask(&asked).unwrap();
            }
            4 => {
                let panel = store.session((AUTHOR, "medecin"), Purpose::Panel);
                panel.ask(&SearchRequest::new(dice.of(&WORDS))).unwrap();
                let asked = SearchRequest::new(dice.of(&WORDS)).of(matricule(patient));
                panel.ask(&asked).unwrap();
            }
            5 => {
                author()
                    .entries(&matricule(patient), Statuses::All)
                    .unwrap();
            }
            _ => {
                store.deposit(&self.paper(number, patient, AUTHOR));
            }
        }
    }
}

/// A base, its twin-less answers per asker, and the pairs made of it.
fn compare(seed: u64) -> (u64, u64) {
    let script = Script { seed, steps: 8 };
    let asker = Asker::ALL[usize::try_from(seed).unwrap() % Asker::ALL.len()];
    let mut base = script.begin(asker);
    let plain = base.fork(4096);
    for nth in 0..script.steps {
        script.step(&plain, nth);
    }
    let expected = answers(&plain, asker, seed, &mut |_| ());
    let (mut pairs, mut long) = (0, 0);
    for (twin, tail_max) in (0..TWINS_OF_A_BASE).zip([4096, 4096, 1, 2, 3].into_iter().cycle()) {
        let mut hiding = Hiding::new(asker, seed << 16 | twin);
        let mut store = base.fork(tail_max);
        for nth in 0..script.steps {
            hiding.act(&mut store);
            script.step(&store, nth);
        }
        hiding.ensure(&mut store);
        let told = answers(&store, asker, seed, &mut |it| hiding.act_beside(it));
        for (nth, (plain, told)) in expected.iter().zip(&told).enumerate() {
            assert_eq!(
                plain, told,
                "seed {seed}, twin {twin}, {asker:?}, request {nth}"
            );
            long += u64::from(told.len() > 100);
        }
        pairs += 1;
    }
    (pairs, long)
}

/// Ends the comparison for all threads when one has found a difference.
struct Last<'a>(&'a AtomicU64);

impl Drop for Last<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(u64::MAX / 2, Ordering::Relaxed);
        }
    }
}

#[test]
fn twins_answer_alike() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let bases: u64 = number("LIASSE_TWINS").unwrap_or(100);
    let first: u64 = number("LIASSE_SEED").unwrap_or(1);
    println!("LIASSE_SEED={first} LIASSE_TWINS={bases}");
    let (next, pairs, long) = (AtomicU64::new(first), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let _last = Last(&next);
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + bases {
                        break;
                    }
                    let (some, said) = compare(seed);
                    pairs.fetch_add(some, Ordering::Relaxed);
                    long.fetch_add(said, Ordering::Relaxed);
                }
            });
        }
    });
    let (pairs, long) = (pairs.into_inner(), long.into_inner());
    assert_eq!(pairs, bases * TWINS_OF_A_BASE);
    let answers = pairs * REQUESTS as u64;
    assert!(
        long * 3 > answers,
        "many answers say something: {long} of {answers}"
    );
    println!("{answers} answers of {pairs} pairs of stores compared, {long} of them long");
}

/// Twins made of one base.
const TWINS_OF_A_BASE: u64 = 20;

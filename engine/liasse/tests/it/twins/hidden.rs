//! What a store has besides, and one asker may not see: the difference between twins.
//!
//! Invariant: nothing done here may be told to the asker by the rules: masked documents, other
//! dossiers, types she does not read, what is not announced to the holder yet, flags and versions
//! of these, what others ask and are granted, erasures of these, the root key, and how all lies
//! on disk.

use super::store::{Dice, Paper, Store, UNSEEN_BY_PHARMACISTS, WORDS, id, matricule};
use liasse::{FlagChange, Flags, Grant, Instant, Party, Purpose, Reindex, SearchRequest, Statuses};
use std::ops::ControlFlow;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// A physician whom the holders of dossiers 0 and 1 authorised, and who wrote in 2.
    Physician,
    /// A pharmacist whom they authorised.
    Pharmacist,
    /// The holder of dossier 0.
    Holder,
    /// A physician whom nobody authorised.
    Stranger,
    /// A physician who breaks the glass of dossier 0.
    Rescuer,
    /// Somebody who counts over all dossiers.
    Counter,
    /// The parent of the holder of dossier 0, who is a minor until the last requests.
    Parent,
    /// That minor herself, in secret.
    Minor,
    /// The regulating physician of a centre 15; the other holders have opposed.
    Regulator,
    /// Somebody who reads the traces of every dossier, and no document.
    Auditor,
}

impl Asker {
    pub(super) const ALL: [Self; 10] = [
        Self::Physician,
        Self::Pharmacist,
        Self::Holder,
        Self::Stranger,
        Self::Rescuer,
        Self::Counter,
        Self::Parent,
        Self::Minor,
        Self::Regulator,
        Self::Auditor,
    ];

    /// Whether she acts for the person of dossier 0, and reads its traces.
    const fn acts_for_a_person(self) -> bool {
        matches!(self, Self::Holder | Self::Parent | Self::Minor)
    }
}

/// One hidden act.
#[derive(Clone, Copy, Debug)]
enum Act {
    Masked(usize),
    Unseen(usize),
    Unannounced(usize),
    Kept(usize),
    Plain(usize),
    Replace,
    Flag,
    Read(usize),
    Panel,
    Grant(usize),
    Erase,
    EraseDossier(usize),
    Compact,
    Reindex,
    Rotate,
}

/// What was hidden in a store so far.
pub(super) struct Hiding {
    asker: Asker,
    dice: Dice,
    next: u64,
    kept: Vec<Paper>,
}

impl Hiding {
    pub(super) const fn new(asker: Asker, seed: u64) -> Self {
        Self {
            asker,
            dice: Dice::new(seed),
            next: FIRST_HIDDEN,
            kept: Vec::new(),
        }
    }

    /// Does a hidden act, or none.
    pub(super) fn act(&mut self, store: &mut Store) {
        if self.dice.one_in(2) {
            return;
        }
        match self.choose() {
            Some(act) => self.perform(store, act),
            None => store.reopen(),
        }
    }

    /// The same while somebody's sessions are open.
    pub(super) fn act_beside(&mut self, store: &Store) {
        if self.dice.one_in(2)
            && let Some(act) = self.choose()
        {
            self.perform(store, act);
        }
    }

    /// At least one document that the asker may not see.
    pub(super) fn ensure(&mut self, store: &mut Store) {
        while self.kept.is_empty() {
            if let Some(act) = self.choose() {
                self.perform(store, act);
            }
        }
    }

    /// What is done next; `None` is to open the store again.
    fn choose(&mut self) -> Option<Act> {
        let dice = &mut self.dice;
        let roll = dice.below(100);
        let foreign = 4 + dice.below(3);
        match roll {
            0..4 => return None,
            4..5 => return Some(Act::Reindex),
            5..6 => return Some(Act::Rotate),
            6..7 => return Some(Act::Compact),
            7..8 => return Some(Act::EraseDossier(foreign)),
            8..10 => return Some(Act::Erase),
            10..20 => return Some(Act::Flag),
            20..28 => return Some(Act::Replace),
            28..36 => return Some(Act::Plain(foreign)),
            _ => {}
        }
        let elsewhere = 1 + dice.below(3);
        let anywhere = dice.below(4);
        Some(match self.asker {
            Asker::Parent if roll < 56 => Act::Kept(0),
            Asker::Holder | Asker::Parent | Asker::Minor => match roll {
                36..76 => Act::Unannounced(0),
                76..82 => Act::Plain(elsewhere),
                82..92 => Act::Read(elsewhere),
                _ => Act::Grant(elsewhere),
            },
            Asker::Auditor => Act::Plain(foreign),
            Asker::Rescuer | Asker::Regulator => match roll {
                36..70 => Act::Masked(0),
                70..80 => Act::Plain(elsewhere),
                80..92 => Act::Read(anywhere),
                _ => Act::Grant(anywhere),
            },
            Asker::Counter => match roll {
                36..76 => Act::Masked(anywhere),
                76..88 => Act::Read(anywhere),
                88..94 => Act::Panel,
                _ => Act::Grant(anywhere),
            },
            Asker::Stranger => match roll {
                36..50 => Act::Masked(anywhere),
                50..56 => Act::Unannounced(anywhere),
                56..76 => Act::Plain(anywhere),
                76..88 => Act::Read(anywhere),
                88..94 => Act::Panel,
                _ => Act::Grant(anywhere),
            },
            Asker::Physician | Asker::Pharmacist => match roll {
                36..60 => Act::Masked(dice.below(3)),
                60..70 if self.asker == Asker::Pharmacist => Act::Unseen(dice.below(2)),
                60..70 => Act::Plain(2),
                70..78 => Act::Plain(3),
                78..88 => Act::Read(anywhere),
                88..94 => Act::Panel,
                _ => Act::Grant(anywhere),
            },
        })
    }

    fn perform(&mut self, store: &Store, act: Act) {
        match act {
            Act::Masked(patient) => {
                let mut paper = self.paper(patient);
                paper.flags = Flags::MASQUE_PS;
                self.deposit(store, paper);
            }
            Act::Unseen(patient) => {
                let mut paper = self.paper(patient);
                paper.kind = self.dice.of(&UNSEEN_BY_PHARMACISTS);
                self.deposit(store, paper);
            }
            Act::Unannounced(patient) => {
                let mut paper = self.paper(patient);
                paper.flags = Flags::INVISIBLE_PATIENT;
                self.deposit(store, paper);
            }
            Act::Kept(patient) => {
                let mut paper = self.paper(patient);
                paper.flags = Flags::INVISIBLE_REPRESENTANTS_LEGAUX;
                self.deposit(store, paper);
            }
            // For whoever counts over all, a document in another dossier hides nothing; nor for a
            // centre 15, unless its holder opposed.
            Act::Plain(patient) => {
                let mut paper = self.paper(patient);
                if matches!(self.asker, Asker::Counter | Asker::Regulator) {
                    paper.flags = Flags::MASQUE_PS;
                }
                self.deposit(store, paper);
            }
            Act::Replace => self.replace(store),
            Act::Flag => self.flag(store),
            Act::Read(patient) => self.read(store, patient),
            Act::Panel => {
                let other = store.session((OTHER, "medecin"), Purpose::Panel);
                other
                    .ask(&SearchRequest::new(self.dice.of(&WORDS)))
                    .unwrap();
                other.my_dossiers(None).unwrap();
            }
            Act::Grant(patient) => {
                let grant = Grant::Authorise {
                    party: Party::Actor(format!("tiers-{}", self.dice.below(3))),
                    until: Instant::MAX,
                };
                let granted = store.holder(patient).grant(&matricule(patient), grant);
                granted.unwrap();
            }
            Act::Erase => self.erase(store),
            Act::EraseDossier(patient) => {
                if self.kept.iter().any(|paper| paper.patient == patient) {
                    store.holder(patient).erase(&matricule(patient)).unwrap();
                    self.kept.retain(|paper| paper.patient != patient);
                }
            }
            Act::Compact => {
                store.engine().compact(0).unwrap();
            }
            Act::Reindex => {
                let mut on = |_| ControlFlow::Continue(());
                store
                    .engine()
                    .reindex(Reindex::Everything, &mut on)
                    .unwrap();
            }
            Act::Rotate => {
                store.engine().rotate_root().unwrap();
            }
        }
    }

    /// The next hidden document: some have many words that begin like those asked for, some have
    /// the words that others misspell, and some the uniqueId of a document the asker may see.
    fn paper(&mut self, patient: usize) -> Paper {
        let mut paper = Paper::new(self.next, patient, OTHER);
        self.next += 1;
        paper.coded = self.dice.one_in(4);
        match self.dice.below(5) {
            0 => {
                let prefix = ["br", "zo", "pa"][self.dice.below(3)];
                let letters = "bcdfghjk".chars();
                let words = letters.clone().flat_map(|one| {
                    let other = letters.clone();
                    other.map(move |other| format!(" {prefix}a{one}{other}ik"))
                });
                paper.text.extend(words);
            }
            1 => paper.unique_id = Paper::new(1, patient, OTHER).unique_id,
            2 => {
                for word in WORDS {
                    paper
                        .text
                        .extend([' '].into_iter().chain(word.chars().skip(1)));
                }
            }
            _ => {}
        }
        paper
    }

    fn deposit(&mut self, store: &Store, paper: Paper) {
        store.deposit(&paper);
        // The same uniqueId of the same structure again is told as present, and not kept.
        let again =
            |kept: &Paper| kept.patient == paper.patient && kept.unique_id == paper.unique_id;
        if !self.kept.iter().any(again) {
            self.kept.push(paper);
        }
    }

    fn replace(&mut self, store: &Store) {
        if self.kept.is_empty() {
            return;
        }
        let at = self.dice.below(self.kept.len());
        let old = &self.kept[at];
        if old.unique_id == Paper::new(1, 0, OTHER).unique_id {
            return;
        }
        let mut paper = Paper {
            replaces: Some(old.unique_id.clone()),
            kind: old.kind,
            flags: old.flags,
            ..Paper::new(self.next, old.patient, OTHER)
        };
        // It inherits the flags of the one it replaces.
        paper.unique_id += "-bis";
        self.next += 1;
        store.deposit(&paper);
        self.kept[at] = paper;
    }

    /// Flags of a hidden document, which stays hidden.
    fn flag(&mut self, store: &Store) {
        let Some(paper) = self.kept.last() else {
            return;
        };
        if paper.flags == Flags::NONE {
            let other = store.session((OTHER, "medecin"), Purpose::Care);
            let change = FlagChange {
                set: Flags::MASQUE_PS,
                clear: Flags::NONE,
            };
            let set = !self.asker.acts_for_a_person() || paper.patient != 0;
            if set && paper.patient < 4 {
                other.set_flags(id(paper.number), change).unwrap();
                self.kept.last_mut().unwrap().flags = Flags::MASQUE_PS;
            }
        }
    }

    fn read(&mut self, store: &Store, patient: usize) {
        let author = store.session((AUTHOR, "medecin"), Purpose::Care);
        let asked = SearchRequest::new(self.dice.of(&WORDS)).of(matricule(patient));
        author.ask(&asked).unwrap();
        author.entries(&matricule(patient), Statuses::All).unwrap();
        store.holder(patient).history(&matricule(patient)).unwrap();
        if let Some(paper) = self.kept.iter().find(|it| it.patient < 4) {
            let other = store.session((OTHER, "medecin"), Purpose::Care);
            other.fetch(id(paper.number)).unwrap();
        }
    }

    /// The holder erases a document that the asker may not see; what is not announced to her
    /// she cannot.
    fn erase(&mut self, store: &Store) {
        let holder_asks = self.asker.acts_for_a_person();
        let sees = |paper: &Paper| {
            let told = !paper.flags.contains(Flags::INVISIBLE_PATIENT);
            told && paper.patient < 4 && !(holder_asks && paper.patient == 0)
        };
        if let Some(at) = self.kept.iter().position(sees) {
            let paper = self.kept.remove(at);
            let erased = store.holder(paper.patient).erase_document(id(paper.number));
            erased.unwrap();
        }
    }
}

/// Who writes what the asker may see.
pub(super) const AUTHOR: &str = "auteur";
/// Who writes what she may not.
pub(super) const OTHER: &str = "autre";
/// Number of the first hidden document.
pub(super) const FIRST_HIDDEN: u64 = 1000;

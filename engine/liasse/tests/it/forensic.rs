//! Proves promise 3 by attack: many patients with marked words, copies of the whole store all
//! along, erasures of dossiers and of single documents, one by one and in batches; then a thief
//! with every copy and every key that still exists (see `attacker`) finds nothing of what was
//! erased and all of the rest. That she can find things is proved first.

use crate::attacker::{Frame, Loot, Marks, attack};
use crate::bench::{Bench, holder, options, session};
use liasse::{
    Deposit, Engine, Erasure, Kms, Matricule, Purpose, RootKey, SearchRequest, Session, Target,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How much is done.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    patients: usize,
    /// How many dossiers go, and of how many others one document.
    erased: usize,
    /// Operations between two copies.
    copied: usize,
    /// Patients between two restarts, which write index segments.
    restarted: usize,
}

const LARGE: Scale = Scale {
    patients: 1000,
    erased: 50,
    copied: 10,
    restarted: 100,
};
#[cfg(feature = "pkcs11")]
pub(crate) const MEDIUM: Scale = Scale {
    patients: 200,
    erased: 20,
    copied: 10,
    restarted: 25,
};
const SMALL: Scale = Scale {
    patients: 24,
    erased: 2,
    copied: 4,
    restarted: 6,
};

/// A patient: the first of a stretch loses her dossier, the second one of her two documents.
#[derive(Clone)]
struct Patient {
    number: usize,
    matricule: String,
    words: Vec<String>,
    writer: String,
}

/// Ten letters that no stemmer and no other patient shares.
fn word(number: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjkmnprtvwz";
    let digits = (0..8)
        .rev()
        .map(|at| LETTERS[number >> (4 * at) & 15] as char);
    format!("q{}k", digits.collect::<String>())
}

impl Patient {
    fn new(number: usize, scale: Scale) -> Self {
        let person = 1_800_175_000_000 + number as u64;
        let documents = if Self::part_of(number, scale) == Part::Document {
            2
        } else {
            1
        };
        Self {
            number,
            matricule: format!("{person}{:02}", 97 - person % 97),
            words: (0..documents).map(|at| word(number * 7 + at)).collect(),
            writer: format!("writer-{number:06}"),
        }
    }

    fn part_of(number: usize, scale: Scale) -> Part {
        match number % (scale.patients / scale.erased) {
            0 => Part::Dossier,
            1 => Part::Document,
            _ => Part::Stays,
        }
    }

    fn document(&self, at: usize) -> String {
        let (matricule, writer, word) = (&self.matricule, &self.writer, &self.words[at]);
        format!(
            r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.1^D-{}-{at}",
            "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
            "title": "Examen {word}", "creation_time": "2026-01-14T07:30:00+01:00",
            "authors": [{{"id": "1.2.250.1.71.4.2.1^{writer}"}}],
            "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
            "text": "Bilan {word} sans anomalie"}}"#,
            self.number
        )
    }

    fn ins(&self) -> Matricule {
        self.matricule.parse().unwrap()
    }

    /// All that tells of her.
    fn marks(&self) -> impl Iterator<Item = String> + '_ {
        let person = [self.matricule.clone(), self.writer.clone()];
        self.words.iter().cloned().chain(person)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Dossier,
    Document,
    Stays,
}

/// The marks that must be gone, and those that must be there.
fn split(patients: &[Patient], scale: Scale) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut gone, mut left) = (BTreeSet::new(), BTreeSet::new());
    for patient in patients {
        match Patient::part_of(patient.number, scale) {
            Part::Dossier => gone.extend(patient.marks()),
            Part::Document => {
                gone.insert(patient.words[0].clone());
                left.extend(patient.marks().skip(1));
            }
            Part::Stays => left.extend(patient.marks()),
        }
    }
    (gone, left)
}

/// The store, its copies, and how it is opened.
struct Scene<'a> {
    bench: &'a Bench,
    scale: Scale,
    root: &'a dyn Fn() -> RootKey,
    copies: Vec<PathBuf>,
    operations: usize,
}

impl Scene<'_> {
    fn open(&self) -> Engine {
        Engine::open(&self.bench.root.join("store"), (self.root)(), options()).unwrap()
    }

    /// Counts operations; a copy after every so many.
    fn done(&mut self, operations: usize) {
        self.operations += operations;
        if self.operations >= self.scale.copied {
            self.operations = 0;
            self.copy();
        }
    }

    fn copy(&mut self) {
        let copy = self
            .bench
            .root
            .join(format!("copy-{:04}", self.copies.len()));
        copy_store(&self.bench.root.join("store"), &copy);
        self.copies.push(copy);
    }

    fn fill(&mut self, patients: &[Patient]) {
        for stretch in patients.chunks(self.scale.restarted) {
            let engine = self.open();
            let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
            for some in stretch.chunks(self.scale.copied) {
                for at in 0..2 {
                    let documents: Vec<String> = some
                        .iter()
                        .filter(|patient| at < patient.words.len())
                        .map(|patient| patient.document(at))
                        .collect();
                    let begun: Vec<_> = documents
                        .iter()
                        .map(|it| doctor.begin_deposit(&Deposit::new(it.as_bytes()).opening()))
                        .collect();
                    for ticket in begun {
                        ticket.unwrap().wait().unwrap();
                    }
                    self.done(documents.len());
                }
                search_each(&doctor, some.first().unwrap());
            }
            drop(doctor);
            engine.close().unwrap();
        }
    }

    /// Erases: some one by one, the others in batches. Gives every receipt's caveat.
    fn erase(&mut self, patients: &[Patient]) -> BTreeSet<String> {
        let engine = self.open();
        let scale = self.scale;
        let chosen = patients
            .iter()
            .filter(|it| Patient::part_of(it.number, scale) != Part::Stays);
        let sessions: Vec<(Session, Target)> = chosen
            .map(|patient| {
                let holder = holder(&engine, &patient.ins());
                let target = match Patient::part_of(patient.number, scale) {
                    Part::Document => Target::Document(document_of(&holder, patient)),
                    Part::Dossier | Part::Stays => Target::Dossier(patient.ins()),
                };
                (holder, target)
            })
            .collect();
        let mut caveats = BTreeSet::new();
        let (single, batched) = sessions.split_at(sessions.len() / 5);
        let batches = single.chunks(1).chain(batched.chunks(10));
        for batch in batches {
            let asked: Vec<Erasure<'_>> = batch
                .iter()
                .map(|(session, target)| Erasure {
                    session,
                    target: target.clone(),
                })
                .collect();
            for outcome in engine.erase(&asked).unwrap() {
                let receipts = outcome.unwrap();
                assert_eq!(
                    receipts.iter().map(|it| it.number).collect::<Vec<_>>(),
                    [1, 2]
                );
                caveats.extend(receipts.into_iter().map(|it| it.caveat));
            }
            self.done(batch.len());
        }
        drop(sessions);
        engine.close().unwrap();
        caveats
    }
}

/// A search whose words are kept with its trace, under the patient's key.
fn search_each(doctor: &Session, patient: &Patient) {
    let request = SearchRequest::new(&patient.words[0]).of(patient.ins());
    // Whether she finds it is not the point: refusals leave words too.
    let _ = doctor.search(&request);
}

fn document_of(holder: &Session, patient: &Patient) -> liasse::DocumentId {
    let entries = holder
        .entries(&patient.ins(), liasse::Statuses::All)
        .unwrap();
    let wanted = entries
        .iter()
        .find(|it| it.title.contains(&patient.words[0]));
    wanted.unwrap().document
}

/// The whole directory; what never changes is linked, not copied.
fn copy_store(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_store(&entry.path(), &target);
        } else if from.ends_with("index") {
            std::fs::hard_link(entry.path(), target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Attacks copies of the copies: opening one recovers it.
fn attacked(
    bench: &Bench,
    copies: &[PathBuf],
    kms: &dyn Kms,
    marks: &Marks,
    known: &[Frame],
) -> Loot {
    let room = bench.root.join("attacked");
    std::fs::create_dir(&room).unwrap();
    let copied: Vec<PathBuf> = copies
        .iter()
        .map(|copy| {
            let to = room.join(copy.file_name().unwrap());
            copy_store(copy, &to);
            to
        })
        .collect();
    let loot = attack(&copied, kms, marks, known);
    std::fs::remove_dir_all(room).unwrap();
    loot
}

/// The whole play, on one kind of root. `kms` gives the key store as it is at the time.
pub(crate) fn play(
    bench: &Bench,
    scale: Scale,
    root: &dyn Fn() -> RootKey,
    kms: &dyn Fn() -> Box<dyn Kms>,
) {
    let patients: Vec<_> = (0..scale.patients)
        .map(|it| Patient::new(it, scale))
        .collect();
    let marks = Marks::new(patients.iter().flat_map(Patient::marks));
    let (gone, left) = split(&patients, scale);
    let store = bench.root.join("store");
    Engine::create(&store, root(), options())
        .unwrap()
        .close()
        .unwrap();
    let mut scene = Scene {
        bench,
        scale,
        root,
        copies: Vec::new(),
        operations: 0,
    };
    scene.fill(&patients);
    scene.copy();
    let before = attacked(
        bench,
        &scene.copies[scene.copies.len() - 1..],
        &*kms(),
        &marks,
        &[],
    );
    let all: BTreeSet<String> = gone.union(&left).cloned().collect();
    assert_eq!(
        before.marks, all,
        "the attacker reads everything before an erasure"
    );

    let caveats = scene.erase(&patients);
    assert!(
        caveats.iter().all(|it| !it.contains("not erasure")),
        "{caveats:?}"
    );
    scene.copy();
    let after = attacked(bench, &scene.copies, &*kms(), &marks, &before.frames);
    let found: Vec<_> = after.marks.difference(&left).collect();
    assert!(found.is_empty(), "of what was erased she found {found:?}");
    assert_eq!(after.marks, left, "what was not erased is readable");
    println!(
        "{} copies, {} things tried, {} opened, {} key trees",
        scene.copies.len(),
        after.tried,
        after.opened,
        after.trees
    );
    let report = Engine::verify(&store, root(), options()).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[test]
fn nothing_erased_is_found_in_any_copy_with_any_key_that_is_left() {
    let bench = Bench::new();
    let file = bench.root.join("key");
    let root = || bench.key();
    let kms = || Box::new(vault::KeyFile::open(&file).unwrap()) as Box<dyn Kms>;
    play(&bench, LARGE, &root, &kms);
}

/// What an older copy and its own root give: why a root is never in a backup, and the proof
/// that the attacker does not fail for want of skill.
#[test]
fn an_older_copy_with_its_own_root_gives_everything() {
    let bench = Bench::new();
    let (file, kept) = (bench.root.join("key"), bench.root.join("kept-key"));
    let root = || bench.key();
    let patients: Vec<_> = (0..SMALL.patients)
        .map(|it| Patient::new(it, SMALL))
        .collect();
    let marks = Marks::new(patients.iter().flat_map(Patient::marks));
    let store = bench.root.join("store");
    Engine::create(&store, root(), options())
        .unwrap()
        .close()
        .unwrap();
    let mut scene = Scene {
        bench: &bench,
        scale: SMALL,
        root: &root,
        copies: Vec::new(),
        operations: 0,
    };
    scene.fill(&patients);
    scene.copy();
    std::fs::copy(&file, &kept).unwrap();
    let old = scene.copies.last().unwrap().clone();
    scene.erase(&patients);
    let kms = vault::KeyFile::open(&kept).unwrap();
    let loot = attacked(&bench, &[old], &kms, &marks, &[]);
    let (gone, left) = split(&patients, SMALL);
    assert_eq!(loot.marks, gone.union(&left).cloned().collect());
}

/// The receipt of a passphrase store says that it is no erasure; here is why.
#[test]
fn a_passphrase_is_not_erasure() {
    let bench = Bench::new();
    let root = || RootKey::Passphrase("un mot de passe tres long".to_owned());
    let patients: Vec<_> = (0..SMALL.patients)
        .map(|it| Patient::new(it, SMALL))
        .collect();
    let marks = Marks::new(patients.iter().flat_map(Patient::marks));
    let store = bench.root.join("store");
    Engine::create(&store, root(), options())
        .unwrap()
        .close()
        .unwrap();
    let mut scene = Scene {
        bench: &bench,
        scale: SMALL,
        root: &root,
        copies: Vec::new(),
        operations: 0,
    };
    scene.fill(&patients);
    scene.copy();
    let old = scene.copies.last().unwrap().clone();
    let caveats = scene.erase(&patients);
    assert!(
        caveats.iter().all(|it| it.contains("not erasure")),
        "{caveats:?}"
    );
    // Whoever kept a copy has the old file beside it, and types the same words.
    let file = old.join("passphrase");
    let kms = vault::Passphrase::open(&file, "un mot de passe tres long".as_bytes()).unwrap();
    let loot = attacked(&bench, &[old], &kms, &marks, &[]);
    let (gone, left) = split(&patients, SMALL);
    assert_eq!(loot.marks, gone.union(&left).cloned().collect());
}

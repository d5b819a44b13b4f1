//! Proves promise 3 by attack: many patients with marked words, copies of the whole store all
//! along, erasures of dossiers and of single documents, one by one and in batches; then a thief
//! with every copy and every key that still exists (see `attacker`) finds nothing of what was
//! erased and all of the rest. That she can find things is proved first.

use crate::attacker::{Frame, Loot, Marks, Taken, attack};
use crate::bench::{Bench, holder, session};
use crate::sinks::{Fragile, to};
use base::OsEntropy;
use liasse::{
    Deposit, Engine, Erasure, Kms, Matricule, Purpose, RootKey, SearchRequest, Session, Target,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use store::Catalog;
use vault::kms::Use;
use vault::{Ground, KeyTree};

const SINKS: [&str; 2] = ["sink-0", "sink-1"];
/// The thief's arms, of which none may be missing.
const ARMS: [&str; 28] = [
    "bodies",
    "copies: body keys",
    "copies: heads",
    "copies: kept words",
    "copies: top rows",
    "copies: units",
    "copies: was she there",
    "copies: who wrote",
    "copies: words of traces",
    "index files",
    "index pages",
    "pages: body keys",
    "pages: heads",
    "pages: kept words",
    "pages: top rows",
    "pages: units",
    "pages: was she there",
    "pages: who wrote",
    "pages: words of traces",
    "sinks: body keys",
    "sinks: heads",
    "sinks: kept words",
    "sinks: top rows",
    "sinks: units",
    "sinks: was she there",
    "sinks: who wrote",
    "sinks: words of traces",
    "terms",
];

/// What must tell of nobody.
const SILENT: [&str; 3] = ["bytes", "copies: other tables", "sinks: other tables"];

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

pub(crate) const LARGE: Scale = Scale {
    patients: 1000,
    erased: 50,
    copied: 10,
    restarted: 100,
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

/// The marks that must be there, with the names of ids, and with what index files say. Whatever
/// else an arm finds is too much.
fn left_named(
    patients: &[Patient],
    scale: Scale,
    ids: &BTreeMap<[u8; 16], String>,
) -> BTreeSet<String> {
    let (mut gone, mut left) = split(patients, scale);
    for mark in gone.clone() {
        gone.insert(format!("dossier of {mark}"));
        gone.insert(format!("document Examen {mark}"));
    }
    left.extend(ids.values().filter(|it| !gone.contains(*it)).cloned());
    left.insert("listed segment".to_owned());
    left
}

/// The store, its copies, and how it is opened.
struct Scene<'a> {
    bench: &'a Bench,
    scale: Scale,
    root: &'a dyn Fn() -> RootKey,
    sinks: [Arc<Fragile>; 2],
    copies: Vec<Taken>,
    operations: usize,
}

impl<'a> Scene<'a> {
    /// A new store with two sinks.
    fn new(bench: &'a Bench, scale: Scale, root: &'a dyn Fn() -> RootKey) -> Self {
        let sinks = SINKS.map(|name| Fragile::new(bench, name));
        let scene = Self {
            bench,
            scale,
            root,
            sinks,
            copies: Vec::new(),
            operations: 0,
        };
        let engine = Engine::create(&bench.root.join("store"), root(), to(&scene.sinks));
        engine.unwrap().close().unwrap();
        scene
    }

    fn open(&self) -> Engine {
        let store = self.bench.root.join("store");
        Engine::open(&store, (self.root)(), to(&self.sinks)).unwrap()
    }

    /// Counts operations; a copy after every so many.
    fn done(&mut self, operations: usize) {
        self.operations += operations;
        if self.operations >= self.scale.copied {
            self.operations = 0;
            self.copy();
        }
    }

    /// Copies the store and its sinks.
    fn copy(&mut self) {
        let name = format!("copy-{:04}", self.copies.len());
        let taken = Taken::in_folder(&self.bench.root.join(name));
        Taken::in_folder(&self.bench.root).copy_to(&taken);
        self.copies.push(taken);
    }

    /// What an attempt that did not commit may leave in the file: a top row under a root that
    /// was staged for it.
    fn attempt(&mut self, kms: &dyn Kms) {
        self.copy();
        let copy = &self.copies.last().unwrap().store;
        let catalog = Catalog::open(copy, store::Options::default()).unwrap();
        let rows = catalog.snapshot().unwrap();
        let opened = KeyTree::open(&*rows, kms, catalog.store()).unwrap();
        let writer = || kms.load(catalog.store(), Use::Open).unwrap().writer;
        let (tree, before, now) = (opened.tree(), writer(), rows.counters().instant);
        let claim = tree.claim(&*rows, kms, None, Ground::Succession, &OsEntropy);
        let claim = claim.unwrap();
        let mut transaction = catalog.begin(store::Spending::Reserve, now).unwrap();
        claim.put(&mut transaction).unwrap();
        transaction.commit().unwrap();
        claim.make(&*catalog.snapshot().unwrap(), kms).unwrap();
        let stage = tree.stage(kms, &OsEntropy).unwrap();
        let mut transaction = catalog.begin(store::Spending::Reserve, now).unwrap();
        let rotation = stage.replace(&mut transaction, &[], kms, &OsEntropy);
        transaction.commit().unwrap();
        // The copy stands for what the store's own file may hold: the store stays the writer.
        kms.hand_over(writer(), before).unwrap();
        drop((rotation.unwrap(), rows, opened));
        catalog.close().unwrap();
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
                some.iter().take(2).for_each(|it| search_each(&doctor, it));
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
    for word in &patient.words {
        let request = SearchRequest::new(word).of(patient.ins());
        // Whether she finds it is not the point: refusals leave words too.
        let _ = doctor.search(&request);
    }
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

impl Taken {
    fn in_folder(folder: &Path) -> Self {
        Self {
            store: folder.join("store"),
            sinks: SINKS.map(|name| folder.join(name)).to_vec(),
        }
    }

    fn copy_to(&self, to: &Self) {
        std::fs::create_dir_all(to.store.parent().unwrap()).unwrap();
        copy_folder(&self.store, &to.store);
        for (from, to) in self.sinks.iter().zip(&to.sinks) {
            copy_folder(from, to);
        }
    }
}

/// A whole directory; what never changes is linked, not copied.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    let changes = from.ends_with("store") || from.ends_with("body");
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if changes {
            std::fs::copy(entry.path(), target).unwrap();
        } else if let Err(error) = std::fs::hard_link(entry.path(), target) {
            // A sink's file that a newer snapshot made useless meanwhile.
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        }
    }
}

/// Attacks copies of the copies: opening one recovers it, and a later attack wants them raw.
fn attacked(
    bench: &Bench,
    copies: &[Taken],
    kms: &dyn Kms,
    marks: &Marks,
    known: &[Frame],
) -> Loot {
    let room = bench.root.join("attacked");
    let copied: Vec<Taken> = copies
        .iter()
        .map(|copy| {
            let name = copy.store.parent().unwrap().file_name().unwrap();
            let to = Taken::in_folder(&room.join(name));
            copy.copy_to(&to);
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
    let mut scene = Scene::new(bench, scale, root);
    scene.fill(&patients);
    scene.copy();
    let newest = &scene.copies[scene.copies.len() - 1..];
    let before = attacked(bench, newest, &*kms(), &marks, &[]);
    let all: BTreeSet<String> = gone.union(&left).cloned().collect();
    let found: BTreeSet<String> = before.marks().intersection(&all).cloned().collect();
    assert_eq!(
        found, all,
        "the attacker reads everything before an erasure"
    );

    scene.attempt(&*kms());
    let caveats = scene.erase(&patients);
    assert!(
        caveats.iter().all(|it| !it.contains("not erasure")),
        "{caveats:?}"
    );
    scene.copy();
    let (kms, marks) = (kms(), marks.with(&before.ids));
    let after = attack(&scene.copies, &*kms, &marks, &before.frames);
    println!("{} copies", scene.copies.len());
    judge(&after, &left_named(&patients, scale, &before.ids));
    let store = bench.root.join("store");
    let report = Engine::verify(&store, root(), to(&scene.sinks)).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

/// The thief is not clumsy: with the keys of the time she reads everything.
fn assert_reads_all(loot: &Loot, gone: &BTreeSet<String>, left: &BTreeSet<String>) {
    let found = loot.marks();
    let unread: Vec<_> = gone.union(left).filter(|it| !found.contains(*it)).collect();
    assert!(unread.is_empty(), "{unread:?}");
}

/// Each arm has tried, has seen the living, and has found nothing of the erased.
fn judge(loot: &Loot, left: &BTreeSet<String>) {
    let mut failures = Vec::new();
    for (name, arm) in &loot.arms {
        let (tried, opened, found) = (arm.tried, arm.opened, arm.marks.len());
        println!("{name}: {tried} tried, {opened} opened, {found} facts");
        let stolen: Vec<_> = arm.marks.difference(left).take(5).collect();
        if !stolen.is_empty() {
            failures.push(format!("{name}: found {stolen:?}"));
        }
        if tried == 0 || arm.marks.is_disjoint(left) {
            failures.push(format!("{name}: sees nothing"));
        }
    }
    for (name, arm) in &loot.silent {
        let (tried, found) = (arm.tried, &arm.marks);
        println!("{name}: {tried} looked at, {} facts", found.len());
        if tried == 0 || !found.is_empty() {
            failures.push(format!("{name}: of {tried}: {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let silent: Vec<_> = loot.silent.keys().map(String::as_str).collect();
    assert_eq!(silent, SILENT);
    let names: Vec<_> = loot.arms.keys().map(String::as_str).collect();
    assert_eq!(names, ARMS);
    let unread: Vec<_> = left.difference(&loot.marks()).cloned().collect();
    assert!(
        unread.is_empty(),
        "what was not erased is readable: {unread:?}"
    );
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
    let mut scene = Scene::new(&bench, SMALL, &root);
    scene.fill(&patients);
    scene.copy();
    std::fs::copy(&file, &kept).unwrap();
    let old = scene.copies.last().unwrap().clone();
    scene.erase(&patients);
    let kms = vault::KeyFile::open(&kept).unwrap();
    let loot = attacked(&bench, &[old], &kms, &marks, &[]);
    let (gone, left) = split(&patients, SMALL);
    assert_reads_all(&loot, &gone, &left);
}

/// The receipt of a passphrase store says that it is no erasure; here is why.
#[test]
fn a_passphrase_is_not_erasure() {
    let bench = Bench::new();
    let root = || RootKey::Passphrase("un mot de passe tres long".to_owned().into());
    let patients: Vec<_> = (0..SMALL.patients)
        .map(|it| Patient::new(it, SMALL))
        .collect();
    let marks = Marks::new(patients.iter().flat_map(Patient::marks));
    let mut scene = Scene::new(&bench, SMALL, &root);
    scene.fill(&patients);
    scene.copy();
    let old = scene.copies.last().unwrap().clone();
    let caveats = scene.erase(&patients);
    assert!(
        caveats.iter().all(|it| it.contains("not erasure")),
        "{caveats:?}"
    );
    // Whoever kept a copy has the old file beside it, and types the same words.
    let file = old.store.join("passphrase");
    let kms = vault::Passphrase::open(&file, "un mot de passe tres long".as_bytes()).unwrap();
    let loot = attacked(&bench, &[old], &kms, &marks, &[]);
    let (gone, left) = split(&patients, SMALL);
    assert_reads_all(&loot, &gone, &left);
}

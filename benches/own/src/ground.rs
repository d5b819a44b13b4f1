//! A store with specimen dossiers, made anew for each run.
//!
//! Invariants: the same dossiers in every run; one physician deposited them all, so that the
//! rules let her read them all; the first dossier has 50 current documents.

use liasse::{
    Deposit, Deposited, DocumentId, Engine, Matricule, Options, Purpose, RootKey, SearchRequest,
    Session, SessionRequest, Statuses, Ticket, new_key_file,
};
use specimen::{Document, Dossier, World};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// Why a bench cannot run.
pub type Failure = Box<dyn std::error::Error>;

/// A store, and who works with it.
pub struct Ground {
    folder: Folder,
    engine: Engine,
    care: Session,
    panel: Session,
    elsewhere: Session,
    dossiers: Vec<Held>,
    words: Words,
}

/// A dossier that is in the store.
pub struct Held {
    /// Whose it is.
    pub patient: Matricule,
    /// Its documents, in the order of their deposit.
    pub documents: Vec<DocumentId>,
    /// Two words that one of its documents holds.
    pub two_words: String,
}

/// Words to look for.
struct Words {
    rare: String,
    common: String,
}

/// Documents that were not deposited yet, one after the other.
pub struct Fresh {
    made_from: Vec<Document>,
    count: Cell<usize>,
}

impl Ground {
    /// Makes a store in a new folder below `parent`.
    ///
    /// # Errors
    /// What the engine gives; or when what is to be measured does not answer as it should.
    pub fn make(parent: &Path) -> Result<Self, Failure> {
        let folder = Folder::new(parent)?;
        let key = folder.0.join("root.key");
        new_key_file(&key)?;
        let store = folder.0.join("store");
        let engine = Engine::create(&store, RootKey::File(key), Options::default())?;
        let care = engine.session(physician(PHYSICIAN, Purpose::Care))?;
        let panel = engine.session(physician(PHYSICIAN, Purpose::Panel))?;
        let elsewhere = engine.session(physician(COLLEAGUE, Purpose::Care))?;
        let specimens = specimens();
        let words = Words::of(&specimens)?;
        let dossiers: Result<_, Failure> = specimens.iter().map(|one| fill(&care, one)).collect();
        let ground = Self {
            folder,
            engine,
            care,
            panel,
            elsewhere,
            dossiers: dossiers?,
            words,
        };
        ground.check()?;
        Ok(ground)
    }

    /// The folder the store lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// The physician at the care of one patient.
    #[must_use]
    pub const fn care(&self) -> &Session {
        &self.care
    }

    /// The physician over all her patients.
    #[must_use]
    pub const fn panel(&self) -> &Session {
        &self.panel
    }

    /// Another physician, at the care of patients of her own.
    #[must_use]
    pub const fn elsewhere(&self) -> &Session {
        &self.elsewhere
    }

    /// The dossiers; the first has 50 current documents.
    #[must_use]
    pub fn dossiers(&self) -> &[Held] {
        &self.dossiers
    }

    /// A search for a word that few documents hold.
    #[must_use]
    pub fn rare(&self) -> SearchRequest {
        SearchRequest::new(&self.words.rare)
    }

    /// A search for a word that most documents hold.
    #[must_use]
    pub fn common(&self) -> SearchRequest {
        SearchRequest::new(&self.words.common)
    }

    /// A line about what lies in the store.
    ///
    /// # Errors
    /// What the engine gives.
    pub fn describe(&self) -> Result<String, Failure> {
        let stats = self.engine.stats()?;
        let bytes: u64 = stats.bytes.iter().map(|(_, bytes)| bytes).sum();
        Ok(format!(
            "{} dossiers, {} documents, {bytes} bytes",
            stats.dossiers, stats.documents
        ))
    }

    /// Asks once for everything that is measured.
    fn check(&self) -> Result<(), Failure> {
        let first = self.dossiers.first().ok_or("no dossier")?;
        let listed = self.care.entries(&first.patient, Statuses::Approved)?;
        expect(
            listed.len() == BUSY_DOCUMENTS,
            "the first dossier lists its documents",
        )?;
        for held in &self.dossiers {
            let request = SearchRequest::new(&held.two_words).of(held.patient.clone());
            expect(
                !self.care.search(&request)?.is_empty(),
                "two words of a document find it",
            )?;
        }
        let hits = self.panel.search(&self.rare())?;
        expect(!hits.is_empty(), "the rare word is found")?;
        let hits = self.panel.search(&self.common())?;
        expect(
            hits.len() == self.common().question.limit,
            "the common word fills a page",
        )?;
        let document = first.documents.first().ok_or("no document")?;
        expect(
            !self.care.fetch(*document)?.is_empty(),
            "a document is fetched",
        )
    }
}

impl Fresh {
    /// Documents like those of the store, for the same patients.
    #[must_use]
    pub fn new() -> Self {
        let made_from = specimens()
            .into_iter()
            .filter_map(|mut one| one.documents.pop());
        Self {
            made_from: made_from.collect(),
            count: Cell::new(0),
        }
    }

    /// The next document, as CDA.
    #[must_use]
    pub fn cda(&self) -> Vec<u8> {
        let number = self.count.get();
        self.count.set(number + 1);
        let like = &self.made_from[number % self.made_from.len()];
        renamed(like, &format!("77.{number}")).cda().into_bytes()
    }
}

impl Default for Fresh {
    fn default() -> Self {
        Self::new()
    }
}

/// Documents of patients who are not in the store, as CDA.
pub fn of_others() -> impl Iterator<Item = Vec<u8>> {
    let world = World::new(OTHERS_SEED);
    let documents = (OTHERS_FIRST..).flat_map(move |patient| world.documents(patient));
    documents.map(|document| document.cda().into_bytes())
}

/// Dossiers to fill a store with; the first is filled up to its 50 documents.
fn specimens() -> Vec<Dossier> {
    let mut dossiers = specimen::sample(PATIENTS, 0);
    if let Some(first) = dossiers.first_mut() {
        let like: Vec<Document> = first.documents.drain(..).collect();
        let copies = like.iter().cycle().take(BUSY_DOCUMENTS).enumerate();
        first.documents = copies
            .map(|(number, one)| renamed(one, &format!("55.{number}")))
            .collect();
    }
    dossiers.retain(|dossier| !dossier.documents.is_empty());
    dossiers
}

/// The same document under another identifier, the first of its set.
fn renamed(like: &Document, unique_id: &str) -> Document {
    let mut document = like.clone();
    document.unique_id = unique_id.to_owned();
    document.set_id = format!("{unique_id}.1");
    document.version = 1;
    document.replaces = None;
    document
}

/// Deposits a dossier, several documents in flight.
fn fill(session: &Session, dossier: &Dossier) -> Result<Held, Failure> {
    let mut waiting: VecDeque<Ticket<Deposited>> = VecDeque::new();
    let mut documents = Vec::new();
    for document in &dossier.documents {
        let bytes = document.cda().into_bytes();
        waiting.push_back(session.begin_deposit(&Deposit::new(&bytes).opening())?);
    }
    for ticket in waiting {
        documents.push(ticket.wait()?.document);
    }
    let last = dossier.documents.last().ok_or("an empty dossier")?;
    let words: Vec<String> = words(&last.text()).into_iter().collect();
    let two_words = [words.first(), words.last()].map(|word| word.map_or("", String::as_str));
    Ok(Held {
        patient: dossier.patient.matricule.parse()?,
        documents,
        two_words: two_words.join(" "),
    })
}

impl Words {
    fn of(dossiers: &[Dossier]) -> Result<Self, Failure> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for document in dossiers.iter().flat_map(|dossier| &dossier.documents) {
            for word in words(&document.text()) {
                *counts.entry(word).or_default() += 1;
            }
        }
        let by_count = || counts.iter().map(|(word, count)| (*count, word));
        let common = by_count().max().ok_or("no words")?.1.clone();
        let some = by_count().filter(|(count, _)| *count >= RARE_DOCUMENTS_MIN);
        let rare = some.min().ok_or("no rare word")?.1.clone();
        Ok(Self { rare, common })
    }
}

/// The long plain words of a text, each once.
fn words(text: &str) -> BTreeSet<String> {
    let plain = |word: &&str| word.len() >= 5 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    text.split(|c: char| !c.is_alphanumeric())
        .filter(plain)
        .map(str::to_owned)
        .collect()
}

fn physician(actor: &str, purpose: Purpose) -> SessionRequest {
    SessionRequest {
        actor: actor.to_owned(),
        profession: "medecin".to_owned(),
        speciality: None,
        structure: None,
        purpose,
        patient: None,
        secret: false,
    }
}

fn expect(holds: bool, what: &'static str) -> Result<(), Failure> {
    if holds {
        Ok(())
    } else {
        Err(format!("it does not hold that {what}").into())
    }
}

/// A folder that is removed with all it holds.
struct Folder(PathBuf);

impl Folder {
    fn new(parent: &Path) -> Result<Self, Failure> {
        let path = parent.join(format!("liasse-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const PHYSICIAN: &str = "899900000001";
const COLLEAGUE: &str = "899900000002";
const OTHERS_SEED: u64 = 5;
const OTHERS_FIRST: u64 = 70_000_000;
/// Patients of the store.
const PATIENTS: usize = 100;
/// Documents of the first dossier.
const BUSY_DOCUMENTS: usize = 50;
/// Documents that hold the rare word, at least.
const RARE_DOCUMENTS_MIN: usize = 3;

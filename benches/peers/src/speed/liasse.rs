//! Liasse as hosts use it: a key for each patient, rules, index, journal, all on.

use super::{BATCH, Contender, Document, Engine, Kept, Listed, World};
use crate::peer::Fault;
use liasse::{
    Clock as _, Deposit, Deposited, DocumentId, Facet, Field, Flags, Grant, Instant, Matricule,
    Options, Party, Purpose, RootKey, SearchRequest, Session, SessionRequest, Statuses,
    SystemClock, Ticket, new_key_file,
};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// A store in a folder.
pub struct Liasse {
    engine: liasse::Engine,
    writer: Session,
    care: Session,
    panel: Session,
    documents: BTreeMap<u32, DocumentId>,
    patients: specimen::World,
    matricules: Vec<Matricule>,
}

impl Liasse {
    /// Makes or opens a store in a folder.
    ///
    /// # Errors
    /// What the engine says.
    pub fn begin(folder: &Path, kept: Kept, world: &World) -> Result<Self, Fault> {
        let (key, store) = (folder.join("key"), folder.join("store"));
        let engine = match kept {
            Kept::No => {
                new_key_file(&key)?;
                liasse::Engine::create(&store, RootKey::File(key), Options::default())?
            }
            Kept::Yes => liasse::Engine::open(&store, RootKey::File(key), Options::default())?,
        };
        let mut begun = Self {
            writer: engine.session(physician("hopital", Purpose::Care))?,
            care: engine.session(physician("generaliste", Purpose::Care))?,
            panel: engine.session(physician("generaliste", Purpose::Panel))?,
            engine,
            documents: BTreeMap::new(),
            patients: specimen::World::new(7),
            matricules: Vec::new(),
        };
        for patient in 0..world.patients {
            let text = begun.patients.patient(u64::from(patient)).matricule;
            let matricule = format!("{text}@{}", specimen::Patient::INS_ROOT);
            begun.matricules.push(matricule.parse()?);
        }
        if kept == Kept::Yes {
            for patient in world.some_patients() {
                begun.learn(patient)?;
            }
        }
        Ok(begun)
    }

    /// Learns the ids of a patient's documents.
    fn learn(&mut self, patient: u32) -> Result<(), Fault> {
        let matricule = self.matricule(patient)?;
        for entry in self.care.entries(&matricule, Statuses::Approved)? {
            self.documents
                .insert(number(&entry.unique_id)?, entry.document);
        }
        Ok(())
    }

    fn holder(&self, patient: u32) -> Result<(Session, Matricule), Fault> {
        let matricule = self.matricule(patient)?;
        let holder = self.engine.session(SessionRequest {
            patient: Some(matricule.clone()),
            structure: None,
            profession: "patient".to_owned(),
            ..physician("titulaire", Purpose::Holder)
        })?;
        Ok((holder, matricule))
    }

    fn matricule(&self, patient: u32) -> Result<Matricule, Fault> {
        let matricule = self.matricules.get(usize::try_from(patient)?);
        Ok(matricule.ok_or("no such patient")?.clone())
    }

    /// What is deposited for a document.
    #[must_use]
    pub fn form(&self, it: &Document) -> Vec<u8> {
        let written = Instant::from_millis(FIRST_DAY_MILLIS).plus_days(i64::from(it.day));
        let matricule = self.patients.patient(u64::from(it.patient)).matricule;
        format!(
            "{{\"liasse_document\": 1, \"unique_id\": \"1.2.250.1.999.5^{}\", \
             \"type\": {{\"code\": \"{}\"}}, \"title\": \"{}\", \"creation_time\": \"{written}\", \
             \"patient\": {{\"ins\": {{\"matricule\": \"{matricule}\", \"oid\": \"{}\"}}}}, \
             \"text\": \"{}\"}}",
            it.number,
            it.kind,
            it.title,
            specimen::Patient::INS_ROOT,
            it.text
        )
        .into_bytes()
    }

    /// Takes in the documents of these numbers, a hundred under way at once; all are durable when
    /// it returns.
    ///
    /// # Errors
    /// What the engine says.
    pub fn take_in(&self, world: &World, numbers: Range<u32>) -> Result<(), Fault> {
        let mut waiting = VecDeque::with_capacity(BATCH + 1);
        for number in numbers {
            let it = world.document(number);
            let form = self.form(&it);
            waiting.push_back(self.writer.begin_deposit(&deposit(&it, &form))?);
            settle(&mut waiting, BATCH)?;
        }
        settle(&mut waiting, 0)
    }

    /// What is done once all documents are there: the physician is authorised, what waits is put
    /// into segments, and room is given back.
    ///
    /// # Errors
    /// What the engine says.
    pub fn end_load(&self, world: &World) -> Result<(), Fault> {
        for patient in 0..world.panel() {
            let (holder, matricule) = self.holder(patient)?;
            let grant = Grant::Authorise {
                party: Party::Actor("generaliste".to_owned()),
                until: Instant::MAX,
            };
            // A patient without a document has no dossier.
            if holder.entries(&matricule, Statuses::All).is_ok() {
                holder.grant(&matricule, grant)?;
            }
        }
        self.engine.settle()?;
        self.engine.compact(0)?;
        Ok(())
    }

    fn numbers(&self, session: &Session, asked: &SearchRequest) -> Result<Vec<u32>, Fault> {
        let hits = session.search(asked)?;
        hits.iter()
            .map(|hit| number(&hit.entry.unique_id))
            .collect()
    }
}

impl Engine for Liasse {
    fn name(&self) -> &'static str {
        Contender::Liasse.name()
    }

    fn load(&mut self, world: &World) -> Result<(), Fault> {
        self.take_in(world, 0..world.documents)?;
        self.end_load(world)
    }

    fn list(&mut self, patient: u32) -> Result<Vec<Listed>, Fault> {
        let entries = self
            .care
            .entries(&self.matricule(patient)?, Statuses::Approved)?;
        let listed = entries.into_iter().map(|entry| {
            Ok(Listed {
                number: number(&entry.unique_id)?,
                kind: entry.type_code,
                title: entry.title,
            })
        });
        listed.collect()
    }

    fn fetch(&mut self, number: u32) -> Result<Vec<u8>, Fault> {
        let document = self.documents.get(&number).ok_or("no document")?;
        Ok(self.care.fetch(*document)?)
    }

    fn inside(&mut self, patient: u32, words: [&str; 2]) -> Result<Vec<u32>, Fault> {
        let asked = SearchRequest::new(&words.join(" "))
            .of(self.matricule(patient)?)
            .limit(1_000)
            .without_snippets();
        self.numbers(&self.care, &asked)
    }

    fn top(&mut self, word: &str) -> Result<Vec<u32>, Fault> {
        let asked = SearchRequest::new(word).without_snippets();
        self.numbers(&self.panel, &asked)
    }

    fn count(&mut self, word: &str) -> Result<u64, Fault> {
        Ok(self.panel.count(&SearchRequest::new(word))?)
    }

    fn facets(&mut self, word: &str) -> Result<BTreeMap<String, u64>, Fault> {
        let asked = SearchRequest::new(word)
            .limit(0)
            .facet(Facet::Field(Field::Type));
        let answer = self.panel.ask(&asked)?;
        let groups = answer.facets.into_iter().flat_map(|facet| facet.groups);
        Ok(groups.collect())
    }

    fn deposit(&mut self, document: &Document) -> Result<(), Fault> {
        let form = self.form(document);
        self.writer.deposit(&deposit(document, &form))?;
        Ok(())
    }

    fn erase(&mut self, patient: u32) -> Result<Option<Duration>, Fault> {
        let (holder, matricule) = self.holder(patient)?;
        let begun = SystemClock.now();
        holder.erase(&matricule)?;
        let kept = self.engine.receipts()?;
        let first = kept.iter().rfind(|kept| kept.receipt.number == 1);
        let first = first.ok_or("an erasure without a first receipt")?;
        let millis = first.at.millis() - begun.millis();
        Ok(Some(Duration::from_millis(u64::try_from(millis)?)))
    }

    fn bytes(&mut self) -> Option<u64> {
        let kinds = self.engine.stats().ok()?.bytes.into_iter();
        let kept = kinds.filter(|(kind, _)| *kind != "journal");
        Some(kept.map(|(_, bytes)| bytes).sum())
    }
}

/// The deposit of a document in this form, which opens the dossier where there is none.
fn deposit<'a>(it: &Document, form: &'a [u8]) -> Deposit<'a> {
    let mut deposit = Deposit::new(form).opening();
    if it.masked {
        deposit.flags = Flags::MASQUE_PS;
    }
    deposit
}

/// Waits for the oldest deposits until few are under way.
fn settle(waiting: &mut VecDeque<Ticket<Deposited>>, most: usize) -> Result<(), Fault> {
    while waiting.len() > most
        && let Some(ticket) = waiting.pop_front()
    {
        ticket.wait()?;
    }
    Ok(())
}

/// A document's number, of its uniqueId.
fn number(unique_id: &str) -> Result<u32, Fault> {
    let (_, number) = unique_id.rsplit_once('^').ok_or("no number")?;
    Ok(number.parse()?)
}

fn physician(actor: &str, purpose: Purpose) -> SessionRequest {
    SessionRequest {
        actor: actor.to_owned(),
        profession: "medecin".to_owned(),
        speciality: None,
        structure: Some(format!("structure-{actor}")),
        purpose,
        patient: None,
        secret: false,
    }
}

/// 2015-01-01.
const FIRST_DAY_MILLIS: i64 = 1_420_070_400_000;

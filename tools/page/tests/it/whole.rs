//! Proves that a store written by the engine is read from its page alone, by a reader that shares
//! no code with it: what is in it, what leads there, what binds it, and who read what.

use liasse::{
    Deposit, DocumentEntry, Engine, FlagChange, Flags, HistoryLine, Matricule, Options, Purpose,
    RootKey, SearchRequest, Session, SessionRequest, Statuses,
};
use page::Reader;
use page::archive::Fields;
use page::dossiers::{Dossier, bytes};
use page::reader::number;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was deposited for one patient, and what the engine says of it.
struct Told {
    matricule: String,
    /// Entries with what was deposited, in order.
    documents: Vec<(DocumentEntry, Vec<u8>)>,
    history: Vec<HistoryLine>,
}

/// A closed store, its key file, and what it holds.
struct Kept {
    root: PathBuf,
    told: Vec<Told>,
    indexed: u64,
}

impl Kept {
    /// More dossiers than a unit of aliases takes, one of more documents than a head takes and
    /// with a body of many frames, one that is erased, flags that change, a root that turns.
    fn new() -> Self {
        let root = std::env::temp_dir().join(format!("liasse-page-{}", std::process::id()));
        std::fs::create_dir(&root).unwrap();
        liasse::new_key_file(&root.join("key")).unwrap();
        let key = RootKey::File(root.join("key"));
        let engine = Engine::create(&root.join("store"), key, Options::default()).unwrap();
        let mut request = asking("doctor", Purpose::Care);
        request.profession = "medecin".to_owned();
        let doctor = engine.session(request).unwrap();
        let world = specimen::World::new(7);
        let patients = (0..PATIENTS).map(|patient| fill(&doctor, &world.dossier(patient)));
        let mut matricules: Vec<_> = patients.collect();
        more(&doctor, &matricules[3]);
        let gone: Matricule = matricules.remove(5).parse().unwrap();
        holder(&engine, &gone).erase(&gone).unwrap();
        engine.rotate_root().unwrap();
        hide(&doctor, &matricules[3].parse().unwrap());
        let told = matricules.into_iter().map(|it| tell(&engine, &doctor, it));
        let told = told.collect();
        let indexed = engine.stats().unwrap().documents;
        engine.close().unwrap();
        Self {
            root,
            told,
            indexed,
        }
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.root.join("store"), &self.root.join("key")).unwrap()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn asking(actor: &str, purpose: Purpose) -> SessionRequest {
    SessionRequest {
        actor: actor.to_owned(),
        profession: "patient".to_owned(),
        speciality: None,
        structure: None,
        purpose,
        patient: None,
        secret: false,
    }
}

fn holder(engine: &Engine, patient: &Matricule) -> Session {
    let mut request = asking("holder", Purpose::Holder);
    request.patient = Some(patient.clone());
    engine.session(request).unwrap()
}

fn fill(session: &Session, dossier: &specimen::Dossier) -> String {
    for document in &dossier.documents {
        let cda = document.cda();
        session
            .deposit(&Deposit::new(cda.as_bytes()).opening())
            .unwrap();
    }
    let matricule = dossier.patient.matricule.clone();
    if dossier.documents.is_empty() {
        let paper = paper(&matricule, "only", "Rien");
        session
            .deposit(&Deposit::new(paper.as_bytes()).opening())
            .unwrap();
    }
    matricule
}

/// A document of the JSON form.
fn paper(matricule: &str, unique: &str, text: &str) -> String {
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.8.1^{unique}",
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "{unique}", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{matricule}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "{text}"}}"#
    )
}

fn more(session: &Session, matricule: &str) {
    let long: String = (0..200_000).map(|word| format!("mot{word} ")).collect();
    for number in 0..MORE {
        let text = if number == 7 { &long } else { "Bref" };
        let paper = paper(matricule, &format!("more {number}"), text);
        session.deposit(&Deposit::new(paper.as_bytes())).unwrap();
    }
}

fn hide(session: &Session, matricule: &Matricule) {
    let entries = session.entries(matricule, Statuses::All).unwrap();
    let change = FlagChange {
        set: Flags::MASQUE_PS,
        clear: Flags::NONE,
    };
    session.set_flags(entries[0].document, change).unwrap();
    let mut request = SearchRequest::new("bref");
    request.patient = Some(matricule.clone());
    session.search(&request).unwrap();
}

fn tell(engine: &Engine, doctor: &Session, matricule: String) -> Told {
    let patient: Matricule = matricule.parse().unwrap();
    let entries = doctor.entries(&patient, Statuses::All).unwrap();
    let documents = entries.into_iter().map(|entry| {
        let body = doctor.fetch(entry.document).unwrap();
        (entry, body)
    });
    let documents = documents.collect();
    engine.settle().unwrap();
    let history = holder(engine, &patient).history(&patient).unwrap();
    Told {
        matricule,
        documents,
        history,
    }
}

/// The dossiers by their matricules, as the units of aliases name them.
fn by_matricule(reader: &Reader) -> BTreeMap<String, Dossier> {
    let aliases = reader.units(1).unwrap();
    let named = aliases.iter().filter(|(key, _)| key[0] != 0);
    let dossiers = named.map(|(key, value)| {
        let key = std::str::from_utf8(key).unwrap();
        let (_, matricule) = key.split_once('^').unwrap();
        let of = u64::from_le_bytes(value[16..].try_into().unwrap());
        let dossier = reader.dossier(of).unwrap();
        assert_eq!(bytes(&dossier.state, "id").unwrap(), value[..16]);
        (matricule.to_owned(), dossier)
    });
    dossiers.collect()
}

fn same_entry(told: &DocumentEntry, read: &Fields) {
    let texts = [
        ("unique_id", &told.unique_id),
        ("title", &told.title),
        ("kind.code", &told.type_code),
        ("class.code", &told.class_code),
    ];
    for (field, said) in texts {
        assert_eq!(read[field], format!("{said:?}"), "{field}");
    }
    let created = told.creation_time.millis();
    assert_eq!(read["created"], created.to_string());
    assert_eq!(bytes(read, "entry").unwrap(), told.entry.as_bytes());
}

/// Everything the page tells of a closed store, under its owner's keys.
#[test]
fn a_store_is_read_from_its_page_alone() {
    let kept = Kept::new();
    let reader = kept.reader();
    let dossiers = by_matricule(&reader);
    assert_eq!(dossiers.len(), kept.told.len());
    assert_eq!(reader.dossiers().unwrap().len(), kept.told.len());
    let mut framed = 0;
    for told in &kept.told {
        let dossier = &dossiers[&told.matricule];
        assert_eq!(dossier.entries.len(), told.documents.len());
        for (entry, body) in &told.documents {
            let id = format!("{:?}", entry.document.as_bytes());
            let read = dossier
                .entries
                .iter()
                .find(|read| read["document"] == id)
                .unwrap();
            same_entry(entry, read);
            let document = reader.document(dossier, read).unwrap().unwrap();
            assert!(document.body == *body, "{}", entry.title);
            let characters = String::from_utf8(document.text).unwrap().chars().count();
            assert_eq!(read["text_length"], characters.to_string());
            framed += usize::from(document.body.len() > 1 << 20);
            leads(&reader, entry.document.as_bytes(), dossier, read);
        }
    }
    assert_eq!(framed, 1);
    assert!(dossiers.values().any(|it| it.entries.len() > 300));
    bound(&reader, &kept, &dossiers);
}

/// The unit of document ids leads to where the document is, and covers its bucket.
fn leads(reader: &Reader, id: &[u8; 16], dossier: &Dossier, entry: &Fields) {
    let ordinal = dossier.number << 24 | number(entry, "number").unwrap();
    let items = reader.unit_of(3, id).unwrap();
    let found = items.iter().find(|(key, _)| key == id);
    assert_eq!(found.unwrap().1, ordinal.to_le_bytes());
}

/// What the newest commit's entry binds is what is there; and each trace is told by the page as
/// the holder is told it.
fn bound(reader: &Reader, kept: &Kept, dossiers: &BTreeMap<String, Dossier>) {
    let log = reader.log().unwrap();
    let commit = log.newest_commit().unwrap();
    let (manifest, segments) = reader.segments().unwrap();
    let [state, keys, index, _, rows] = commit.digests;
    assert_eq!(state, reader.state_root().unwrap());
    assert_eq!(keys, reader.keys.root);
    assert_eq!(index, manifest);
    assert_eq!(rows, reader.catalog.check_sum().unwrap());
    assert_eq!(
        (commit.store, commit.epoch),
        (reader.store, reader.keys.epoch)
    );
    let documents: u64 = segments.iter().map(|it| u64::from(it.documents)).sum();
    assert_eq!(documents, kept.indexed);
    for segment in &segments {
        let terms = segment
            .files
            .iter()
            .find(|(kind, _)| *kind == "term")
            .unwrap();
        assert!(!terms.1.is_empty());
    }
    let mut words = 0;
    for told in &kept.told {
        let dossier = &dossiers[&told.matricule];
        let handle = bytes(&dossier.state, "audit").unwrap().try_into().unwrap();
        let slot = number(&dossier.state, "audit_slot").unwrap();
        let slot = u32::try_from(slot).unwrap();
        let traces = reader
            .traces(&log, handle, slot, Some(&dossier.key))
            .unwrap();
        let others = traces.iter().filter(|it| it.who[0] != "holder");
        let read = others.map(|it| (it.at, it.who[0].clone(), it.purpose[1] == 1));
        let lines = told.history.iter();
        let lines = lines.map(|it| (it.at.millis(), it.actor.clone(), it.permitted));
        assert_eq!(sorted(read), sorted(lines));
        let queries = traces.iter().filter_map(|it| it.words.as_ref());
        words += queries.filter(|(query, _)| query == "bref").count();
    }
    assert_eq!(words, 1);
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<_> = all.collect();
    all.sort();
    all
}

const PATIENTS: u64 = 60;
const MORE: usize = 400;

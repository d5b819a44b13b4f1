//! A scratch directory with a store that has a history: deposits, readings, a bris de glace, an
//! erasure; copies of it from before, and what an auditor noted then.

use crate::raw::{Raw, copy_all};
use liasse::{
    AuditReport, AuditRequest, Auditor, Deposit, Depth, Engine, Matricule, Notebook, Options,
    Purpose, RootKey, Session, SessionRequest,
};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A scratch directory, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let path =
            std::env::temp_dir().join(format!("liasse-audit-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The store and its past; made once, and only copied.
pub(crate) struct Scene {
    pub(crate) folder: Folder,
}

impl Scene {
    pub(crate) fn shared() -> &'static Self {
        static SCENE: OnceLock<Scene> = OnceLock::new();
        SCENE.get_or_init(Self::make)
    }

    /// `early` is the store before the second half of its history, `late` before its last acts,
    /// `store` as it is, `other` another store; each with the key file of its time.
    fn make() -> Self {
        let folder = Folder::new();
        for name in ["store", "other"] {
            liasse::new_key_file(&folder.path(&format!("{name}.key"))).unwrap();
            let engine = Engine::create(&folder.path(name), key(&folder, name), options()).unwrap();
            for person in 1..5 {
                deposit(&doctor(&engine), person, "A", &words(person, 1));
                deposit(&doctor(&engine), person, "B", &words(person, 2));
            }
            engine.close().unwrap();
        }
        let scene = Self { folder };
        scene.note();
        scene.keep_as("early");
        let engine = scene.open();
        let doctor = doctor(&engine);
        for person in 1..4 {
            deposit(&doctor, person, "C", &words(person, 3));
            assert!(
                !doctor
                    .entries(&ins(person), liasse::Statuses::All)
                    .unwrap()
                    .is_empty()
            );
        }
        let rescuer = session(&engine, "rescuer", "medecin", Purpose::EmergencyBtg);
        rescuer.break_glass(&ins(2), "coma").unwrap();
        holder(&engine, 4).erase(&ins(4)).unwrap();
        deposit(&doctor, 1, "D", &words(1, 4));
        drop((doctor, rescuer));
        engine.close().unwrap();
        scene.note();
        scene.keep_as("late");
        let engine = scene.open();
        deposit(&self::doctor(&engine), 3, "D", &words(3, 4));
        engine.close().unwrap();
        scene.note();
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    pub(crate) fn key(&self, name: &str) -> RootKey {
        key(&self.folder, name)
    }

    /// A copy of the store as it was at one time, with its key file and the notebook.
    pub(crate) fn copy(&self, name: &str) -> (Folder, Raw) {
        let copy = Folder::new();
        copy_all(&self.path(name), &copy.path("store"));
        copy_all(&self.path("notebook"), &copy.path("notebook"));
        fs::copy(self.path("store.key"), copy.path("store.key")).unwrap();
        // One that holds the log's key, and no page.
        fs::create_dir(copy.path("log-key")).unwrap();
        fs::copy(self.path("notebook/key"), copy.path("log-key/key")).unwrap();
        let raw = Raw::new(&copy.path("store"));
        (copy, raw)
    }

    fn open(&self) -> Engine {
        Engine::open(&self.path("store"), self.key("store"), options()).unwrap()
    }

    fn keep_as(&self, name: &str) {
        copy_all(&self.path("store"), &self.path(name));
        let key = format!("{name}.key");
        fs::copy(self.path("store.key"), self.path(&key)).unwrap();
    }

    /// The auditor notes the signed checkpoint.
    fn note(&self) {
        let key = self.key("store");
        let auditor = audited(&self.path("store"), Depth::AuditKeys, Some(&key));
        let (text, verifier) = auditor.checkpoint().unwrap();
        fs::create_dir_all(self.path("notebook")).unwrap();
        fs::write(self.path("notebook/key"), verifier).unwrap();
        let (mut notebook, unread) = Notebook::open(&self.path("notebook")).unwrap();
        assert!(unread.is_empty());
        notebook.add(&text).unwrap();
    }
}

pub(crate) fn audited(store: &Path, depth: Depth, root: Option<&RootKey>) -> Auditor {
    Auditor::open(store, depth, root, &options()).unwrap()
}

/// Audits a store, with the notebook beside it when that is asked for.
pub(crate) fn report(folder: &Folder, depth: Depth, with_notebook: bool) -> AuditReport {
    noted(folder, depth, with_notebook.then_some("notebook"))
}

/// Audits a store with one of the notebooks beside it.
pub(crate) fn noted(folder: &Folder, depth: Depth, notebook: Option<&str>) -> AuditReport {
    let root = (depth > Depth::Keyless).then(|| key(folder, "store"));
    let auditor = match Auditor::open(&folder.path("store"), depth, root.as_ref(), &options()) {
        Ok(auditor) => auditor,
        Err(error) => {
            let mut report = AuditReport::default();
            assert_eq!(error.class(), liasse::Class::Corrupt, "{error}");
            report.again("S6", "the store", error.message()).unwrap();
            return report;
        }
    };
    let notebook = notebook.map(|name| Notebook::open(&folder.path(name)).unwrap().0);
    let mut request = AuditRequest::default();
    request.notebook = notebook.as_ref();
    auditor
        .audit(request, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

pub(crate) fn key(folder: &Folder, name: &str) -> RootKey {
    RootKey::File(folder.path(&format!("{name}.key")))
}

pub(crate) fn options() -> Options {
    let mut options = Options::default();
    options.store.reserve_bytes = 0;
    // Copies are what these tests are about.
    options.ground = liasse::Ground::TakeOver;
    options.store.segment_bytes_max = 6 << 10;
    options
}

pub(crate) fn session(engine: &Engine, actor: &str, profession: &str, purpose: Purpose) -> Session {
    engine
        .session(SessionRequest {
            actor: actor.to_owned(),
            profession: profession.to_owned(),
            speciality: None,
            structure: Some("structure-1".to_owned()),
            purpose,
            patient: None,
            secret: false,
        })
        .unwrap()
}

pub(crate) fn doctor(engine: &Engine) -> Session {
    session(engine, "doctor", "medecin", Purpose::Care)
}

pub(crate) fn holder(engine: &Engine, person: u64) -> Session {
    engine
        .session(SessionRequest {
            actor: format!("holder-{person}"),
            profession: "patient".to_owned(),
            speciality: None,
            structure: None,
            purpose: Purpose::Holder,
            patient: Some(ins(person)),
            secret: false,
        })
        .unwrap()
}

pub(crate) fn ins(person: u64) -> Matricule {
    matricule(person).parse().unwrap()
}

fn matricule(person: u64) -> String {
    let number = 1_800_175_000_000 + person;
    format!("{number}{:02}", 97 - number % 97)
}

pub(crate) fn deposit(
    session: &Session,
    person: u64,
    unique: &str,
    text: &str,
) -> liasse::Deposited {
    let paper = format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.1^{unique}",
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "Examen {unique}", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "{text}"}}"#,
        matricule(person)
    );
    session
        .deposit(&Deposit::new(paper.as_bytes()).opening())
        .unwrap()
}

/// Words that do not pack well, the same number for every person.
pub(crate) fn words(person: u64, number: u64) -> String {
    let mut seed = person * 1000 + number;
    let mut text = String::new();
    for _ in 0..200 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.push_str(&format!("w{:08x} ", seed >> 32));
    }
    text
}

//! A scratch directory with an open store, and sessions on it.

use liasse::{
    Deposit, Deposited, Engine, Ground, Matricule, Options, Purpose, RootKey, SeededEntropy,
    Session, SessionRequest,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A scratch directory, removed at the end.
pub(crate) struct Bench {
    pub(crate) root: PathBuf,
    ground: Ground,
}

impl Bench {
    /// An empty directory with a key file.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("liasse-it-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir(&root).unwrap();
        liasse::new_key_file(&root.join("key")).unwrap();
        Self {
            root,
            ground: Ground::Succession,
        }
    }

    pub(crate) fn create(&self) -> Engine {
        Engine::create(&self.root.join("store"), self.key(), options()).unwrap()
    }

    pub(crate) fn open(&self) -> liasse::Result<Engine> {
        let mut options = options();
        options.ground = self.ground;
        Engine::open(&self.root.join("store"), self.key(), options)
    }

    pub(crate) fn key(&self) -> RootKey {
        RootKey::File(self.root.join("key"))
    }

    /// What a crash at this moment would leave, as another bench.
    pub(crate) fn crashed(&self) -> Self {
        let mut copy = Self::new();
        // A crash leaves the files where they are, a copy does not.
        copy.ground = Ground::TakeOver;
        std::fs::remove_file(copy.root.join("key")).unwrap();
        copy_all(&self.root, &copy.root);
        copy
    }

    pub(crate) fn verify(&self) {
        self.verify_at("store", options());
    }

    pub(crate) fn verify_at(&self, name: &str, options: Options) {
        let store = self.root.join(name);
        let report = Engine::verify(&store, self.key(), options).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

pub(crate) fn options() -> Options {
    Options::default()
}

/// Options whose ids and keys are repeatable; for ids only, never for two stores at once.
pub(crate) fn seeded(seed: u64) -> Options {
    let mut options = Options::default();
    options.entropy = Arc::new(SeededEntropy::new(seed));
    options
}

/// A session of an actor with this id, profession and purpose.
pub(crate) fn session(engine: &Engine, who: (&str, &str), purpose: Purpose) -> Session {
    let (actor, profession) = who;
    engine.session(request(actor, profession, purpose)).unwrap()
}

pub(crate) fn request(actor: &str, profession: &str, purpose: Purpose) -> SessionRequest {
    SessionRequest {
        actor: actor.to_owned(),
        profession: profession.to_owned(),
        speciality: None,
        structure: Some(format!("structure-of-{actor}")),
        purpose,
        patient: None,
        secret: false,
    }
}

/// The holder's own session.
pub(crate) fn holder(engine: &Engine, patient: &Matricule) -> Session {
    let mut request = request("holder", "patient", Purpose::Holder);
    request.structure = None;
    request.patient = Some(patient.clone());
    engine.session(request).unwrap()
}

/// A generated patient with a few documents.
pub(crate) fn dossier(rank: usize) -> specimen::Dossier {
    let world = specimen::World::new(7);
    let some = (0..).filter(|number| (4..20).contains(&world.documents(*number).len()));
    world.dossier(some.into_iter().nth(rank).unwrap())
}

/// Deposits the documents of a generated patient; her matricule and what was deposited.
pub(crate) fn fill(session: &Session, rank: usize) -> (Matricule, Vec<Deposited>) {
    let dossier = dossier(rank);
    let deposited = dossier
        .documents
        .iter()
        .map(|document| session.deposit(&Deposit::new(document.cda().as_bytes()).opening()))
        .collect::<Result<_, _>>()
        .unwrap();
    (dossier.patient.matricule.parse().unwrap(), deposited)
}

pub(crate) fn copy_all(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_all(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

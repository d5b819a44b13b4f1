//! What the tests of this room share: keys out of a real key tree, and specimen traces.

use crate::draft::{Draft, TraceSeal, WordsSeal};
use crate::fact::{Commit, Fact};
use crate::log::Log;
use crate::origin::Origin;
use crate::trace::{Act, Agent, Decision, Secrecy, Trace, Verb, Words};
use base::rows::MapRows;
use base::{
    AuditHandle, CommitSeq, Digest, DocumentId, DossierId, Instant, Purpose, SeededEntropy,
    SessionId, StoreId,
};
use std::path::PathBuf;
use std::sync::Arc;
use vault::{AuditKey, DossierKey, EntryKey, KeyFile, KeyTree, Slot};

/// The store of the tests.
pub(crate) const STORE: StoreId = StoreId::from_bytes([7; 16]);

/// Keys out of a key tree.
pub(crate) struct Keys {
    pub(crate) tree: Arc<KeyTree>,
    pub(crate) kms: KeyFile,
    pub(crate) rows: MapRows,
    pub(crate) entropy: SeededEntropy,
    path: PathBuf,
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Keys {
    pub(crate) fn new(seed: u64) -> Self {
        let entropy = SeededEntropy::new(seed);
        let name = format!("liasse-journal-{}-{seed}.key", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&path);
        let kms = KeyFile::create(&path, &entropy).unwrap();
        let mut rows = MapRows::new();
        let tree = KeyTree::create(&mut rows, &kms, STORE, &entropy).unwrap();
        Self {
            tree,
            kms,
            rows,
            entropy,
            path,
        }
    }

    pub(crate) fn audit(&self, slot: u32) -> AuditKey {
        self.tree
            .audit_key(&self.rows, Slot::new(slot).unwrap())
            .unwrap()
    }

    pub(crate) fn entry_key(&self, patient: u32, period: u32) -> EntryKey {
        self.audit(patient).entry_key(&self.audit(period))
    }

    pub(crate) fn dossier(&self, slot: u32) -> DossierKey {
        self.tree
            .dossier_key(&self.rows, Slot::new(slot).unwrap())
            .unwrap()
    }

    pub(crate) fn draft(&self, patient: u32, trace: &Trace, words: Option<&Words>) -> Draft {
        let seal = TraceSeal {
            store: STORE,
            handle: handle(patient),
            key: &self.entry_key(patient, PERIOD),
            entropy: &self.entropy,
        };
        let key = self.dossier(patient);
        let words = words.map(|words| WordsSeal { words, key: &key });
        Draft::trace(&seal, trace, words.as_ref()).unwrap()
    }
}

/// The slot of the period's key in these tests.
pub(crate) const PERIOD: u32 = 1_000_000;

pub(crate) fn handle(patient: u32) -> AuditHandle {
    let mut bytes = [0xA0; 16];
    bytes[..4].copy_from_slice(&patient.to_le_bytes());
    AuditHandle::from_bytes(bytes)
}

pub(crate) fn dossier(patient: u32) -> DossierId {
    DossierId::from_bytes(*handle(patient).as_bytes())
}

pub(crate) fn document(number: u8) -> DocumentId {
    DocumentId::from_bytes([number; 16])
}

pub(crate) fn at(text: &str) -> Instant {
    Instant::from_rfc3339(text).unwrap()
}

pub(crate) fn agent(purpose: Purpose) -> Agent {
    Agent {
        actor: "899700000001".into(),
        profession: "10".into(),
        speciality: "SM26".into(),
        structure: "750000001".into(),
        purpose,
        session: SessionId::from_bytes([3; 16]),
        secrecy: Secrecy::Open,
    }
}

pub(crate) fn trace(patient: u32, act: Act) -> Trace {
    Trace {
        at: at("2026-03-14T15:09:26.535Z"),
        dossier: Some(dossier(patient)),
        agent: agent(Purpose::Care),
        decision: Decision::Permit,
        pack: "dmp-2011/1".into(),
        act,
    }
}

pub(crate) fn disclosed(patient: u32, documents: &[u8]) -> Trace {
    let documents = documents.iter().copied().map(document).collect();
    trace(patient, Act::Disclosed { documents })
}

pub(crate) fn listed(patient: u32) -> Trace {
    let act = Act::Accessed {
        verb: Verb::Entries,
        documents: Vec::new(),
    };
    trace(patient, act)
}

pub(crate) fn commit(seq: u64) -> Fact {
    let millis = i64::try_from(seq).unwrap() * 1000;
    Fact::Commit(Commit {
        store: STORE,
        seq: CommitSeq::new(seq),
        at: Instant::from_millis(1_700_000_000_000 + millis),
        epoch: 1,
        format: 1,
        state: Digest::from_bytes([1; 32]),
        keys: Digest::from_bytes([2; 32]),
        manifest: Digest::from_bytes([3; 32]),
        policy: Digest::from_bytes([4; 32]),
        rows: Digest::from_bytes([5; 32]),
    })
}

/// Small drafts of clear facts with handles, which need no keys.
pub(crate) fn facts(first: u64, count: u64) -> Vec<Draft> {
    (first..first + count)
        .map(|number| {
            let patient = u32::try_from(number % 5).unwrap();
            let handle = (patient != 0).then(|| handle(patient));
            Draft::fact(&commit(number), handle).unwrap()
        })
        .collect()
}

/// A log of `count` entries and the rows it is kept in.
pub(crate) fn log_of(count: u64) -> (Log, MapRows) {
    let mut rows = MapRows::new();
    let mut log = Log::create(&mut rows, origin()).unwrap();
    let mut first = 0;
    while first < count {
        let group = (count - first).min(97);
        let _ = log.append(&mut rows, facts(first, group)).unwrap();
        first += group;
    }
    (log, rows)
}

pub(crate) fn origin() -> Origin {
    Origin::of_store(STORE, 0)
}

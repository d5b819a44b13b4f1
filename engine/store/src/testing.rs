//! What the tests of this room share: a store with keys, and made-up dossiers.

use crate::{
    Alias, Catalog, Coded, Dossier, DossierSeal, Entry, Options, Spending, Transaction, Units,
};
use base::disk::{Disk, FaultyDisk};
use base::{
    CommitSeq, DocumentId, DossierId, DossierNumber, Entropy, EntryId, Instant, RowRead,
    SeededEntropy, StoreId,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use vault::{DossierKey, KeyFile, KeyTree, Kms, Slot};

pub(crate) const NOW: Instant = Instant::from_millis(1_700_000_000_000);
pub(crate) const STORE: StoreId = StoreId::from_bytes([5; 16]);

/// A folder under the system's temporary folder, removed at the end.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("liasse-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store on a faulty disk, with a key tree.
pub(crate) struct Bench {
    pub(crate) disk: FaultyDisk,
    pub(crate) catalog: Catalog,
    pub(crate) tree: Arc<KeyTree>,
    pub(crate) kms: KeyFile,
    pub(crate) entropy: SeededEntropy,
    _folder: Folder,
}

pub(crate) fn options() -> Options {
    Options {
        reserve_bytes: 0,
        segment_bytes_max: 64 << 10,
        cache_bytes: 4 << 20,
    }
}

impl Bench {
    pub(crate) fn new(seed: u64) -> Self {
        let entropy = SeededEntropy::new(seed);
        let folder = Folder::new();
        std::fs::create_dir_all(&folder.0).unwrap();
        let kms = KeyFile::create(&folder.0.join("key"), &entropy).unwrap();
        let disk = FaultyDisk::new();
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let catalog = Catalog::create_on(shared, STORE, NOW, options()).unwrap();
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
        let tree = KeyTree::create(&mut transaction, &kms as &dyn Kms, STORE, &entropy).unwrap();
        Units::create(&tree, &mut transaction, &entropy).unwrap();
        transaction.commit().unwrap();
        Self {
            disk,
            catalog,
            tree,
            kms,
            entropy,
            _folder: folder,
        }
    }

    pub(crate) fn begin(&self) -> Transaction {
        self.catalog.begin(Spending::Ordinary, NOW).unwrap()
    }

    pub(crate) fn key(&self, rows: &dyn RowRead, slot: u32) -> DossierKey {
        self.tree
            .dossier_key(rows, Slot::new(slot).unwrap())
            .unwrap()
    }
}

pub(crate) fn seal(key: &DossierKey) -> DossierSeal<'_> {
    DossierSeal { store: STORE, key }
}

pub(crate) fn dossier(number: u64, entropy: &dyn Entropy) -> Dossier {
    let id = DossierId::random(entropy).unwrap();
    let mut dossier = Dossier::open(id, DossierNumber::new(number).unwrap(), NOW);
    dossier.aliases.push(Alias {
        matricule: format!("9990000{number:08}"),
        authority: "1.2.250.1.213.1.4.10".to_string(),
        from: NOW,
        until: Instant::MAX,
    });
    dossier
}

pub(crate) fn entry(title: &str, entropy: &dyn Entropy) -> Entry {
    let document = DocumentId::random(entropy).unwrap();
    let mut entry = Entry::new(document, EntryId::random(entropy).unwrap(), NOW);
    entry.title = title.to_string();
    entry.unique_id = format!("1.2.250.1.999.{}", entry.document);
    entry.kind = Coded {
        code: "11502-2".to_string(),
        system: "2.16.840.1.113883.6.1".to_string(),
        label: "CR d'examens biologiques".to_string(),
    };
    entry.commit = CommitSeq::new(1);
    entry
}

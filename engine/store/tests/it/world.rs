//! A store with keys on a faulty disk, and a model in plain maps that says what must be there.

use base::disk::FaultyDisk;
use base::{
    DocumentId, DocumentNumber, DossierId, DossierNumber, Entropy, EntryId, Flags, Instant,
    RowRead, SeededEntropy, StoreId,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{
    Body, Catalog, Counter, DocumentName, Dossier, DossierSeal, Entry, Head, Options,
    SealedDocument, SealedHead, Spending, StoreError, Transaction, UnitChanges, UnitKind, Units,
    open_body, open_text, remove_rows,
};
use vault::{DossierKey, KeyFile, KeyTree, Slot};

pub(crate) const NOW: Instant = Instant::from_millis(1_700_000_000_000);
pub(crate) const STORE: StoreId = StoreId::from_bytes([5; 16]);

/// What must be in the store after one commit.
#[derive(Clone, Default)]
pub(crate) struct Model {
    pub(crate) dossiers: BTreeMap<u64, ModelDossier>,
    pub(crate) erased: Vec<(u64, DossierId)>,
}

/// What must be in one dossier.
#[derive(Clone)]
pub(crate) struct ModelDossier {
    pub(crate) id: DossierId,
    pub(crate) slot: u32,
    pub(crate) documents: Vec<ModelDocument>,
}

/// What must be said of one document.
#[derive(Clone, PartialEq)]
pub(crate) struct ModelDocument {
    pub(crate) id: DocumentId,
    pub(crate) title: String,
    pub(crate) body: Vec<u8>,
    pub(crate) flags: Flags,
}

/// What a comparison of a store with its model found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Something is refused as damaged: loud, and so not silent.
    Refused(StoreError),
    /// Something is there and is not what it was.
    Wrong(String),
    /// Something is not there, and no error says so.
    Missing(String),
}

/// Keys, and a source of choices.
pub(crate) struct World {
    pub(crate) tree: Arc<KeyTree>,
    pub(crate) entropy: SeededEntropy,
    random: u64,
    folder: PathBuf,
}

pub(crate) fn options() -> Options {
    let mut options = Options::default();
    options.reserve_bytes = 0;
    options.segment_bytes_max = 20_000;
    options.cache_bytes = 4 << 20;
    options
}

impl World {
    /// Makes a store on `disk`.
    pub(crate) fn create(disk: &FaultyDisk, seed: u64) -> (Self, Catalog) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("liasse-store-it-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let entropy = SeededEntropy::new(seed);
        let kms = KeyFile::create(&folder.join("key"), &entropy).unwrap();
        let catalog = Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, options()).unwrap();
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
        let tree = KeyTree::create(&mut transaction, &kms, STORE, &entropy).unwrap();
        Units::create(&tree, &mut transaction, &entropy).unwrap();
        transaction.commit().unwrap();
        let world = Self {
            tree,
            entropy,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            folder,
        };
        (world, catalog)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 8) % bound
    }

    pub(crate) fn key(&self, rows: &dyn RowRead, slot: u32) -> DossierKey {
        self.tree
            .dossier_key(rows, Slot::new(slot).unwrap())
            .unwrap()
    }

    /// Makes random changes in a transaction and in the model.
    pub(crate) fn change(
        &mut self,
        transaction: &mut Transaction,
        model: &mut Model,
    ) -> Result<(), StoreError> {
        for _ in 0..=self.below(3) {
            let known: Vec<u64> = model.dossiers.keys().copied().collect();
            let choice = self.below(10);
            if known.len() < 3 || (choice == 0 && known.len() < 20) {
                self.open_dossier(transaction, model)?;
                continue;
            }
            let number = known[usize::try_from(self.below(known.len() as u64)).unwrap()];
            match choice {
                1 => self.erase(transaction, model, number)?,
                2 | 3 => self.flag(transaction, model, number)?,
                _ => self.deposit(transaction, model, number)?,
            }
        }
        Ok(())
    }

    fn open_dossier(
        &mut self,
        transaction: &mut Transaction,
        model: &mut Model,
    ) -> Result<(), StoreError> {
        let number = transaction.take_dossier()?;
        let slot = u32::try_from(transaction.take(Counter::DossierSlot)).unwrap();
        let id = DossierId::random(&self.entropy).unwrap();
        let mut head = Head::new(&Dossier::open(id, number, NOW), slot);
        self.store(transaction, &mut head)?;
        let units = Units::open(STORE, &self.tree, transaction)?;
        let value = number.number().to_le_bytes().to_vec();
        let alias = UnitChanges::from([(id.as_bytes().to_vec(), Some(value))]);
        units.change(transaction, UnitKind::Dossier, alias, &self.entropy)?;
        let dossier = ModelDossier {
            id,
            slot,
            documents: Vec::new(),
        };
        model.dossiers.insert(number.number(), dossier);
        Ok(())
    }

    fn deposit(
        &mut self,
        transaction: &mut Transaction,
        model: &mut Model,
        number: u64,
    ) -> Result<(), StoreError> {
        let Some(dossier) = model.dossiers.get_mut(&number) else {
            return Ok(());
        };
        let key = self.key(transaction, dossier.slot);
        let mut head = open(transaction, number, &key)?;
        let document = ModelDocument {
            id: DocumentId::random(&self.entropy).unwrap(),
            title: format!("title {}", self.below(1 << 40)),
            body: vec![u8::try_from(self.below(256)).unwrap(); 200],
            flags: Flags::NONE,
        };
        let mut body = document.body.clone();
        let mut noise = vec![0; usize::try_from(self.below(4000)).unwrap()];
        self.entropy.fill(&mut noise).unwrap();
        body.extend_from_slice(&noise);
        let name = DocumentName {
            store: STORE,
            dossier: dossier.id,
            document: document.id,
        };
        let sealed = SealedDocument::seal(name, &body, &document.title, &self.entropy)?;
        let ordinal = DossierNumber::new(number)
            .unwrap()
            .ordinal(head.next_document()?);
        let (place, digest) = transaction.append(ordinal, sealed.as_sealed())?;
        let entry_id = EntryId::random(&self.entropy).unwrap();
        let mut entry = Entry::new(document.id, entry_id, NOW);
        entry.title.clone_from(&document.title);
        let stored = Body {
            key: sealed.key(),
            digest,
            place,
        };
        head.push(transaction, seal(&key), &mut entry, Some(stored))?;
        self.store(transaction, &mut head)?;
        dossier.documents.push(ModelDocument { body, ..document });
        Ok(())
    }

    fn flag(
        &mut self,
        transaction: &mut Transaction,
        model: &mut Model,
        number: u64,
    ) -> Result<(), StoreError> {
        let Some(dossier) = model.dossiers.get_mut(&number) else {
            return Ok(());
        };
        if dossier.documents.is_empty() {
            return Ok(());
        }
        let at = usize::try_from(self.below(dossier.documents.len() as u64)).unwrap();
        let document = DocumentNumber::new(u32::try_from(at).unwrap()).unwrap();
        let key = self.key(transaction, dossier.slot);
        let mut head = open(transaction, number, &key)?;
        let entry = head.entry(transaction, seal(&key), document)?;
        let mut entry = entry.expect("the model has it");
        let id = EntryId::random(&self.entropy).unwrap();
        let seq = transaction.seq();
        entry.supersede(id, Flags::MASQUE_PS, entry.status, NOW, seq);
        head.set_entry(transaction, seal(&key), &entry)?;
        self.store(transaction, &mut head)?;
        dossier.documents[at].flags = Flags::MASQUE_PS;
        Ok(())
    }

    fn erase(
        &mut self,
        transaction: &mut Transaction,
        model: &mut Model,
        number: u64,
    ) -> Result<(), StoreError> {
        let Some(dossier) = model.dossiers.remove(&number) else {
            return Ok(());
        };
        let key = self.key(transaction, dossier.slot);
        let mut head = open(transaction, number, &key)?;
        for place in head.bodies(transaction, seal(&key))? {
            transaction.release(place)?;
        }
        let number = DossierNumber::new(number).unwrap();
        remove_rows(transaction, number)?;
        transaction.set_leaf(number, None)?;
        let units = Units::open(STORE, &self.tree, transaction)?;
        let alias = UnitChanges::from([(dossier.id.as_bytes().to_vec(), None)]);
        units.change(transaction, UnitKind::Dossier, alias, &self.entropy)?;
        model.erased.push((number.number(), dossier.id));
        Ok(())
    }

    fn store(&self, transaction: &mut Transaction, head: &mut Head) -> Result<(), StoreError> {
        let key = self.key(transaction, head.slot());
        let leaf = head.store(transaction, seal(&key), &self.entropy)?;
        transaction.set_leaf(head.number(), Some(leaf))
    }

    /// Compares everything in the store with the model.
    pub(crate) fn compare(&self, catalog: &Catalog, model: &Model) -> Vec<Difference> {
        let mut found = Vec::new();
        let rows = match catalog.snapshot() {
            Ok(rows) => rows,
            Err(error) => return vec![Difference::Refused(error)],
        };
        let units = match Units::open(STORE, &self.tree, &*rows) {
            Ok(units) => units,
            Err(error) => return vec![Difference::Refused(error)],
        };
        for (number, dossier) in &model.dossiers {
            match units.lookup(&*rows, UnitKind::Dossier, dossier.id.as_bytes()) {
                Ok(Some(value)) if value == number.to_le_bytes() => {}
                Ok(Some(_)) => found.push(Difference::Wrong("alias".to_string())),
                Ok(None) => found.push(Difference::Missing("alias".to_string())),
                Err(error) => found.push(Difference::Refused(error)),
            }
            match self.compare_dossier(catalog, &*rows, *number, dossier) {
                Ok(()) => {}
                Err(difference) => found.push(difference),
            }
        }
        for (number, id) in &model.erased {
            let number = DossierNumber::new(*number).unwrap();
            match SealedHead::read(&*rows, number) {
                Ok(None) => {}
                Ok(Some(_)) => found.push(Difference::Wrong("an erased dossier".to_string())),
                Err(error) => found.push(Difference::Refused(error)),
            }
            match units.lookup(&*rows, UnitKind::Dossier, id.as_bytes()) {
                Ok(None) => {}
                Ok(Some(_)) => found.push(Difference::Wrong("an erased alias".to_string())),
                Err(error) => found.push(Difference::Refused(error)),
            }
        }
        found
    }

    fn compare_dossier(
        &self,
        catalog: &Catalog,
        rows: &dyn RowRead,
        number: u64,
        expected: &ModelDossier,
    ) -> Result<(), Difference> {
        let number = DossierNumber::new(number).unwrap();
        let head = SealedHead::read(rows, number).map_err(Difference::Refused)?;
        let head = head.ok_or_else(|| Difference::Missing("a dossier".to_string()))?;
        let slot = Slot::new(head.slot())
            .map_err(|_| Difference::Refused(StoreError::DamagedRow { table: "heads" }))?;
        let key = self
            .tree
            .dossier_key(rows, slot)
            .map_err(|_| Difference::Refused(StoreError::DamagedRow { table: "key tree" }))?;
        let listing = head.open(rows, seal(&key)).map_err(Difference::Refused)?;
        if listing.entries().count() != expected.documents.len() {
            return Err(Difference::Missing("an entry".to_string()));
        }
        for (entry, document) in listing.entries().zip(&expected.documents) {
            let name = DocumentName {
                store: STORE,
                dossier: expected.id,
                document: document.id,
            };
            let same = entry.document() == document.id
                && entry.title() == document.title
                && entry.flags() == document.flags;
            if !same {
                return Err(Difference::Wrong("an entry".to_string()));
            }
            let stored = listing
                .body(rows, seal(&key), entry.number())
                .map_err(Difference::Refused)?
                .ok_or_else(|| Difference::Missing("a body".to_string()))?;
            let packing = stored.place.packing();
            let sealed = catalog
                .read_body(stored.place)
                .map_err(Difference::Refused)?;
            let body = open_body(name, &stored.key, stored.place, &sealed);
            let sealed = catalog
                .read_text(stored.place)
                .map_err(Difference::Refused)?;
            let text = open_text(name, &stored.key, packing, &sealed);
            if body.map_err(Difference::Refused)? != document.body
                || text.map_err(Difference::Refused)? != document.title
            {
                return Err(Difference::Wrong("a body".to_string()));
            }
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn seal(key: &DossierKey) -> DossierSeal<'_> {
    DossierSeal { store: STORE, key }
}

fn open(rows: &dyn RowRead, number: u64, key: &DossierKey) -> Result<Head, StoreError> {
    let number = DossierNumber::new(number).unwrap();
    let head = SealedHead::read(rows, number)?.expect("the model has it");
    head.open_for_change(seal(key))
}

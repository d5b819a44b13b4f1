//! Proves that a store written by each earlier version of the format can still be read.
//!
//! `LIASSE_WRITE_FIXTURE=1` makes the fixture of the current format anew, which is right only
//! before that format was ever released.

use crate::world::{NOW, STORE, options, seal};
use base::{
    DocumentId, DossierId, DossierNumber, Entropy, EntryId, RowRead, SeededEntropy, StoreId,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{
    Alias, Body, Catalog, Counter, DocumentName, Dossier, Entry, Head, SealedDocument, SealedHead,
    Spending, StoreError, UnitChanges, UnitKind, Units, Upgraded, open_body, open_text, state_tree,
    upgrade,
};
use vault::{
    Destruction, Epoch, Forgetting, KeyTree, Kms, KmsError, KmsState, Secret, Slot, Staging, Use,
    Writer,
};

const DOSSIERS: u64 = 3;

/// A root that is known, so that the fixture needs no key file.
struct KnownRoot;

impl Kms for KnownRoot {
    fn kind(&self) -> &'static str {
        "fixture"
    }

    fn forgetting(&self) -> Forgetting {
        Forgetting::BestEffort
    }

    fn load(&self, _: StoreId, _: Use) -> Result<KmsState, KmsError> {
        Ok(KmsState {
            writer: Writer::NOBODY,
            active: Epoch::FIRST,
            next_staged: false,
            retired: Vec::new(),
        })
    }

    fn hand_over(&self, _: Writer, _: Writer) -> Result<(), KmsError> {
        Err(KmsError::OtherWriter)
    }

    fn stage(&self, _: Writer, _: Epoch, _: &dyn Entropy) -> Result<Staging, KmsError> {
        Err(KmsError::NotWrappedHere)
    }

    fn activate(&self, _: Writer, _: Epoch) -> Result<(), KmsError> {
        Err(KmsError::NotWrappedHere)
    }

    fn destroy(&self, _: Writer, _: Epoch, _: &dyn Entropy) -> Result<Destruction, KmsError> {
        Err(KmsError::NotWrappedHere)
    }

    fn wrap(
        &self,
        _: Epoch,
        _: &[u8],
        secret: &Secret,
        _: &dyn Entropy,
    ) -> Result<Vec<u8>, KmsError> {
        Ok(secret.expose().iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn unwrap(&self, _: Epoch, _: &[u8], wrapped: &[u8]) -> Result<Secret, KmsError> {
        let bytes: Vec<u8> = wrapped.iter().map(|byte| byte ^ 0x5a).collect();
        let secret = bytes.first_chunk().map(Secret::from_bytes);
        secret.ok_or(KmsError::NotWrappedHere)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1")
}

fn dossier_id(number: u64) -> DossierId {
    DossierId::from_bytes([u8::try_from(number + 1).unwrap(); 16])
}

fn document_id(number: u64, document: u32) -> DocumentId {
    let mut bytes = [u8::try_from(number + 1).unwrap(); 16];
    bytes[12..].copy_from_slice(&(document + 1).to_le_bytes());
    DocumentId::from_bytes(bytes)
}

fn documents(number: u64) -> u32 {
    [0, 7, 270][usize::try_from(number).unwrap()]
}

fn title(document: u32) -> String {
    format!("Compte rendu fictif {document}")
}

fn matricule(number: u64) -> Vec<u8> {
    format!("99900000000{number:04}").into_bytes()
}

fn name(number: u64, document: u32) -> DocumentName {
    DocumentName {
        store: STORE,
        dossier: dossier_id(number),
        document: document_id(number, document),
    }
}

fn write(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    let entropy = SeededEntropy::new(1);
    let catalog = Catalog::create(folder, STORE, NOW, options()).unwrap();
    let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
    let tree = KeyTree::create(&mut transaction, &KnownRoot, STORE, &entropy).unwrap();
    let units = Units::create(&tree, &mut transaction, &entropy).unwrap();
    for number in 0..DOSSIERS {
        let dossier_number = transaction.take_dossier().unwrap();
        let slot = u32::try_from(transaction.take(Counter::DossierSlot)).unwrap();
        let key = tree
            .dossier_key(&transaction, Slot::new(slot).unwrap())
            .unwrap();
        let mut dossier = Dossier::open(dossier_id(number), dossier_number, NOW);
        dossier.aliases.push(Alias {
            matricule: String::from_utf8(matricule(number)).unwrap(),
            authority: "1.2.250.1.213.1.4.10".to_string(),
            from: NOW,
            until: base::Instant::MAX,
        });
        let mut head = Head::new(&dossier, slot);
        for document in 0..documents(number) {
            let body = title(document).repeat(3);
            let name = name(number, document);
            let sealed =
                SealedDocument::seal(name, body.as_bytes(), &title(document), &entropy).unwrap();
            let ordinal = dossier_number.ordinal(head.next_document().unwrap());
            let (place, digest) = transaction.append(ordinal, sealed.as_sealed()).unwrap();
            let mut entry = Entry::new(name.document, EntryId::from_bytes([1; 16]), NOW);
            entry.title = title(document);
            let body = Body {
                key: sealed.key(),
                digest,
                place,
            };
            head.push(&transaction, seal(&key), &mut entry, Some(body))
                .unwrap();
        }
        let leaf = head.store(&mut transaction, seal(&key), &entropy).unwrap();
        let leaves = BTreeMap::from([(dossier_number, Some(leaf))]);
        state_tree::update(&mut transaction, &leaves).unwrap();
        let value = number.to_le_bytes().to_vec();
        let alias = UnitChanges::from([(matricule(number), Some(value))]);
        units
            .change(&mut transaction, UnitKind::Alias, alias, &entropy)
            .unwrap();
    }
    transaction.commit().unwrap();
    catalog.close().unwrap();
}

fn read(folder: &Path) {
    let catalog = Catalog::open_read_only(folder, options()).unwrap();
    assert_eq!(catalog.format().version, 1);
    assert_eq!(catalog.format().created, NOW);
    let rows = catalog.snapshot().unwrap();
    let tree = KeyTree::open(&*rows, &KnownRoot, STORE).unwrap();
    let tree = Arc::clone(tree.tree());
    let units = Units::open(STORE, &tree, &*rows).unwrap();
    for number in 0..DOSSIERS {
        let found = units.lookup(&*rows, UnitKind::Alias, &matricule(number));
        assert_eq!(found.unwrap().unwrap(), number.to_le_bytes());
        read_dossier(&catalog, &*rows, &tree, number);
    }
    let verified = catalog.verify(&mut || ()).unwrap();
    assert_eq!((verified.dossiers, verified.frames), (3, 277));
    assert_eq!(verified.damage, []);
}

fn read_dossier(catalog: &Catalog, rows: &dyn RowRead, tree: &KeyTree, number: u64) {
    let dossier = DossierNumber::new(number).unwrap();
    let head = SealedHead::read(rows, dossier).unwrap().unwrap();
    let slot = Slot::new(head.slot()).unwrap();
    let key = tree.dossier_key(rows, slot).unwrap();
    let listing = head.open(rows, seal(&key)).unwrap();
    let state = listing.dossier().unwrap();
    assert_eq!(state.id(), dossier_id(number));
    let alias = state.aliases().next().unwrap();
    assert_eq!(alias.matricule().as_bytes(), matricule(number));
    assert_eq!(
        listing.entries().count() as u64,
        u64::from(documents(number))
    );
    for (document, entry) in (0..).zip(listing.entries()) {
        assert_eq!(entry.document(), document_id(number, document));
        assert_eq!(entry.title(), title(document));
        let body = listing.body(rows, seal(&key), entry.number());
        let body = body.unwrap().unwrap();
        let packing = body.place.packing();
        let sealed = catalog.read_body(body.place).unwrap();
        let plain = open_body(name(number, document), &body.key, body.place, &sealed).unwrap();
        assert_eq!(plain, title(document).repeat(3).as_bytes());
        let sealed = catalog.read_text(body.place).unwrap();
        let text = open_text(name(number, document), &body.key, packing, &sealed).unwrap();
        assert_eq!(text, title(document));
    }
}

#[test]
fn a_store_of_format_1_is_read() {
    if std::env::var("LIASSE_WRITE_FIXTURE").is_ok_and(|set| set == "1") {
        write(&folder());
    }
    read(&folder());
}

#[test]
fn upgrade_says_what_it_finds() {
    let newest = Upgraded { from: 1, to: 1 };
    assert_eq!(upgrade(&folder()), Ok(newest));
    let elsewhere = std::env::temp_dir().join("liasse-store-no-such-folder");
    assert_eq!(upgrade(&elsewhere), Err(StoreError::NotAStore));
}

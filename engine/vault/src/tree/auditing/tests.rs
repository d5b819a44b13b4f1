//! The file opens traces and nothing else, and only while it is the store's newest.

use super::*;
use crate::kms::KeyFile;
use crate::place::Place;
use crate::testing::Scratch;
use crate::tree::Finished;
use base::OsEntropy;
use base::Table;
use base::rows::MapRows;
use std::sync::Arc;

const STORE: StoreId = StoreId::from_bytes([5; 16]);

struct Fixture {
    kms: KeyFile,
    rows: MapRows,
    tree: Arc<KeyTree>,
    scratch: Scratch,
}

fn fixture(name: &str) -> Fixture {
    let scratch = Scratch::new(name);
    let kms = KeyFile::create(&scratch.path("key"), &OsEntropy).unwrap();
    let mut rows = MapRows::new();
    let tree = KeyTree::create(&mut rows, &kms, STORE, &OsEntropy).unwrap();
    Fixture {
        kms,
        rows,
        tree,
        scratch,
    }
}

impl Fixture {
    fn forget(&mut self, grove: Grove, number: u32) {
        let stage = self.tree.stage(&self.kms, &OsEntropy).unwrap();
        let slots = [(grove, slot(number))];
        let rotation = stage.replace(&mut self.rows, &slots, &self.kms, &OsEntropy);
        let rotation = rotation.unwrap();
        self.tree = Arc::clone(rotation.tree());
        let retiring = rotation.activate(&self.rows, &self.kms).ok().unwrap();
        let finished = retiring.destroy(&self.kms, &OsEntropy).ok().unwrap();
        assert!(matches!(finished, Finished::Forgotten(_)));
    }

    fn write(&self, name: &str) -> std::path::PathBuf {
        let path = self.scratch.path(name);
        self.tree.write_audit_keys(&path).unwrap();
        path
    }

    fn read(&self, path: &Path) -> Result<AuditKeys, AuditKeyError> {
        AuditKeys::of_file(path, &self.rows, STORE)
    }
}

fn slot(number: u32) -> Slot {
    Slot::new(number).unwrap()
}

const PLACE: Place<'static> = Place {
    store: STORE,
    table: Table::new("traces"),
    row: b"row",
    version: 1,
    codec: 0,
    dictionary: 0,
};

/// It opens what any audit key of the tree seals, and has no key of dossiers, segments or units;
/// nor does any 32 bytes of the file equal one.
#[test]
fn the_file_opens_traces_and_nothing_else() {
    let mut fixture = fixture("audit-keys");
    for round in 0..2 {
        let path = fixture.write(&format!("audit-{round}"));
        let keys = fixture.read(&path).unwrap();
        for number in [1, 7, 40_000_000] {
            let own = fixture.tree.audit_key(&fixture.rows, slot(number)).unwrap();
            let sealed = own.seal(&PLACE, b"who", &OsEntropy).unwrap();
            let key = keys.audit_key(&fixture.rows, slot(number)).unwrap();
            assert!(key.open(&PLACE, &sealed).is_ok());
            for grove in [Grove::Dossier, Grove::Segment, Grove::Unit] {
                assert!(!keys.leads_to(&fixture.rows, grove, slot(number)));
                let leaf = fixture.tree.leaf(&fixture.rows, grove, slot(number));
                let (leaf, above) = (leaf.unwrap(), fixture.tree.top.grove(grove).unwrap());
                let bytes = fs::read(&path).unwrap();
                let mut windows = bytes.windows(32);
                assert!(!windows.any(|it| it == leaf.expose() || it == above.secret().expose()));
            }
        }
        assert!(keys.leads_to(&fixture.rows, Grove::Audit, slot(1)));
        // In the second round the audit grove has rows, and so has another.
        fixture.forget(Grove::Dossier, 1);
        fixture.forget(Grove::Audit, 3);
    }
}

/// An erasure leaves the file in force; retention, which gives the audit grove a fresh key,
/// does not.
#[test]
fn a_file_from_before_a_fresh_key_is_outdated() {
    let mut fixture = fixture("audit-outdated");
    let first = fixture.write("first");
    fixture.forget(Grove::Dossier, 1);
    assert!(fixture.read(&first).is_ok());
    fixture.forget(Grove::Audit, 1);
    assert!(matches!(fixture.read(&first), Err(AuditKeyError::Outdated)));
    let second = fixture.write("second");
    assert!(fixture.read(&second).is_ok());
    fixture.forget(Grove::Audit, 2);
    assert!(matches!(
        fixture.read(&second),
        Err(AuditKeyError::Outdated)
    ));
}

#[test]
fn another_file_is_told() {
    let fixture = fixture("audit-others");
    let path = fixture.write("audit");
    let refused = fixture.tree.write_audit_keys(&path).unwrap_err();
    let there = io::ErrorKind::AlreadyExists;
    assert!(matches!(&refused, AuditKeyError::System(error) if error.kind() == there));
    let other = AuditKeys::of_file(&path, &fixture.rows, StoreId::from_bytes([6; 16]));
    assert!(matches!(other, Err(AuditKeyError::OtherStore)));
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        fs::write(&path, altered).unwrap();
        let told = fixture.read(&path);
        assert!(matches!(told, Err(AuditKeyError::NotOne)), "byte {at}");
    }
    fs::write(&path, &bytes[1..]).unwrap();
    assert!(matches!(fixture.read(&path), Err(AuditKeyError::NotOne)));
    fs::write(&path, &bytes).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    fs::set_permissions(&path, open).unwrap();
    let loose = fixture.read(&path);
    assert!(matches!(
        loose,
        Err(AuditKeyError::LoosePermissions { mode: 0o640 })
    ));
}

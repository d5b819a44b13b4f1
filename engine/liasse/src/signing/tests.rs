//! Proves that a store of an earlier version is opened once without a signature of its log, and
//! that a store that signs is not.

use super::*;
use crate::{Class, Engine, Options, RootKey, new_key_file};
use base::Table;
use base::disk::{Disk, FaultyDisk};
use store::{Catalog, Spending};

/// Changes rows behind the engine's back.
fn behind(disk: &Arc<FaultyDisk>, change: impl FnOnce(&mut Transaction)) {
    let disk = Arc::clone(disk) as Arc<dyn Disk>;
    let catalog = Catalog::open_on(disk, store::Options::default()).expect("it opens");
    let now = catalog.snapshot().expect("rows").counters().instant;
    let mut transaction = catalog.begin(Spending::Reserve, now).expect("begun");
    change(&mut transaction);
    transaction.commit().expect("committed");
    catalog.close().expect("closed");
}

fn unsigned(transaction: &mut Transaction) {
    let removed = transaction.remove(Table::new("journal_head"), &[1]);
    removed.expect("it is taken away");
}

#[test]
fn a_log_is_signed_from_the_first_opening_on_and_never_again_without() {
    let name = format!("liasse-signing-{}-key", std::process::id());
    let path = std::env::temp_dir().join(name);
    let _ = std::fs::remove_file(&path);
    new_key_file(&path).expect("a key file");
    let root = || RootKey::File(path.clone());
    let disk = Arc::new(FaultyDisk::new());
    let create = Engine::create_on(Arc::clone(&disk) as _, root(), Options::default());
    let engine = create.expect("a store");
    let core = Arc::clone(&engine.shared().core);
    let (rows, keys) = core.current.state();
    let number = slot(&*rows).expect("a slot");
    let unit = keys.unit_key(&*rows, number).expect("a key");
    let before = core
        .signing
        .seal(&unit, &place(core.store, BEFORE), &*core.entropy);
    let before = row(number.number(), &before.expect("sealed"));
    drop((unit, rows, keys, core));
    engine.close().expect("closed");
    // As an earlier version left it.
    behind(&disk, |transaction| {
        transaction.put(ENGINE, ROW, &before).expect("put");
        unsigned(transaction);
    });
    let open = || Engine::open_on(Arc::clone(&disk) as _, root(), Options::default());
    open().expect("it opens").close().expect("closed");
    open().expect("it opens again").close().expect("closed");
    behind(&disk, unsigned);
    let error = open().err().expect("it is refused");
    assert_eq!(error.class(), Class::Corrupt, "{error}");
    let _ = std::fs::remove_file(&path);
}

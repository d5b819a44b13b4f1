//! Proves that no log is gone on with that the store's key did not sign: not without a signature,
//! not with the row of a key from before logs were signed, and not after a failure.

use super::*;
use crate::core::Core;
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

/// The row in which a store from before logs were signed held its key: it opens with the store's
/// keys, and whoever has a copy of that time has it.
fn from_before(core: &Core) -> Vec<u8> {
    let (rows, keys) = core.current.state();
    let number = slot(&*rows).expect("a slot");
    let unit = keys.unit_key(&*rows, number).expect("a key");
    let before = Place {
        version: 1,
        ..place(core.store)
    };
    let sealed = core.signing.seal(&unit, &before, &*core.entropy);
    row(number.number(), &sealed.expect("sealed"))
}

#[test]
fn no_log_is_opened_without_its_signature_not_even_as_a_store_from_before() {
    let name = format!("liasse-signing-{}-key", std::process::id());
    let path = std::env::temp_dir().join(name);
    let _ = std::fs::remove_file(&path);
    new_key_file(&path).expect("a key file");
    let root = || RootKey::File(path.clone());
    let disk = Arc::new(FaultyDisk::new());
    let create = Engine::create_on(Arc::clone(&disk) as _, root(), Options::default());
    let engine = create.expect("a store");
    let before = from_before(&engine.shared().core);
    engine.close().expect("closed");
    let open = || Engine::open_on(Arc::clone(&disk) as _, root(), Options::default());
    open().expect("it opens").close().expect("closed");
    behind(&disk, unsigned);
    let refused = || open().err().expect("it is refused").class();
    assert_eq!(refused(), Class::Corrupt);
    // As a copy from before the log was signed left it, row by row.
    behind(&disk, |transaction| {
        transaction.put(ENGINE, ROW, &before).expect("put");
    });
    assert_eq!(refused(), Class::Corrupt);
    let _ = std::fs::remove_file(&path);
}

//! Proves that no log is gone on with that the store's key did not sign: not without a signature,
//! not with the row of a key from before logs were signed, and not after a failure.

use super::*;
use crate::Class;
use crate::core::Core;
use crate::ground::Ground;
use base::Table;

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
    let (ground, engine) = Ground::with_store("signing");
    let before = from_before(&engine.shared().core);
    engine.close().expect("closed");
    ground.open().expect("it opens").close().expect("closed");
    ground.behind(unsigned);
    let refused = || ground.open().err().expect("it is refused").class();
    assert_eq!(refused(), Class::Corrupt);
    // As a copy from before the log was signed left it, row by row.
    ground.behind(|transaction| {
        transaction.put(ENGINE, ROW, &before).expect("put");
    });
    assert_eq!(refused(), Class::Corrupt);
}

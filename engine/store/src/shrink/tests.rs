//! Proves that a catalog gives its free pages back and keeps its rows.

use super::*;
use crate::Spending;
use crate::testing::{NOW, STORE, options};
use base::disk::FaultyDisk;
use base::{RowRead, RowWrite, Table};

const TABLE: Table = Table::new("rows");

#[test]
fn free_pages_are_given_back_and_rows_stay() {
    let disk = FaultyDisk::new();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let catalog = Catalog::create_on(Arc::clone(&shared), STORE, NOW, options()).unwrap();
    for removed in [false, true] {
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
        for number in 0..2000_u32 {
            let key = number.to_be_bytes();
            if !removed {
                transaction.put(TABLE, &key, &[7; 1000]).unwrap();
            } else if number % 10 != 0 {
                transaction.remove(TABLE, &key).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
    catalog.close().unwrap();
    let shrunk = shrink_on(Arc::clone(&shared), options()).unwrap();
    assert!(shrunk.to * 3 < shrunk.from, "{shrunk:?}");
    let catalog = Catalog::open_on(shared, options()).unwrap();
    let rows = catalog.snapshot().unwrap();
    for number in 0..2000_u32 {
        let row = rows.row(TABLE, &number.to_be_bytes()).unwrap();
        assert_eq!(row.is_some(), number % 10 == 0);
    }
}

#[test]
fn a_store_that_is_open_is_not_shrunk() {
    let folder = crate::testing::Folder::new();
    let _open = Catalog::create(&folder.0, STORE, NOW, options()).unwrap();
    assert_eq!(
        shrink(&folder.0, options()),
        Err(StoreError::LockedElsewhere)
    );
}

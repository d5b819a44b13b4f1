//! Proves that what the system says is told to the one who must act.

use super::*;

#[test]
fn the_systems_errors_are_sorted() {
    let sorted = |number| system(&io::Error::from_raw_os_error(number));
    for number in [ENOSPC, EDQUOT] {
        assert_eq!(sorted(number), StoreError::Full);
    }
    for number in [EROFS, EACCES, EPERM] {
        assert_eq!(sorted(number), StoreError::ReadOnly);
    }
    let broken = io::Error::from_raw_os_error(5);
    assert_eq!(system(&broken), StoreError::Environment(broken.kind()));
    let full = redb::StorageError::Io(io::Error::from_raw_os_error(ENOSPC));
    assert_eq!(storage(full), StoreError::Full);
    assert_eq!(
        storage(redb::StorageError::PreviousIo),
        StoreError::Poisoned
    );
    let closed = || redb::StorageError::DatabaseClosed;
    assert_eq!(storage(closed()), StoreError::Closed);
    let read = rows(Table::new("rows"))(closed());
    assert_eq!(StoreError::from(read), StoreError::Closed);
}

#[test]
fn no_text_of_others_passes_through() {
    let telling = io::Error::other("/home/somebody/DUPONT.xml");
    let error = system(&telling);
    assert!(!format!("{error} {error:?}").contains("DUPONT"));
    let corrupted = redb::StorageError::Corrupted("DUPONT".to_string());
    let error = storage(corrupted);
    assert!(!format!("{error} {error:?}").contains("DUPONT"));
    let table = Table::new("rows");
    let corrupted = redb::StorageError::Corrupted("DUPONT".to_string());
    let error = rows(table)(corrupted);
    assert!(!format!("{error} {error:?}").contains("DUPONT"));
}

//! Proves that a snapshot holds every row, that a catalog is rebuilt from it and from the
//! deltas after it, and that only a delta that belongs there is applied.

use super::*;
use crate::roll::{RollReader, Tip};
use crate::testing::{Bench, NOW, STORE, options};
use crate::{Catalog, Rebuilding, StoreError, Transaction};
use base::disk::{Crash, Disk, FaultPlan, FaultyDisk};
use base::{Digest, RowRead, RowWrite, SeededEntropy, Table};

const ONE: Table = Table::new("one");
const TWO: Table = Table::new("two");

fn tip(commit: u64) -> Tip {
    Tip {
        commit: base::CommitSeq::new(commit),
        binding: Digest::ZERO,
    }
}

fn header(before: Option<u64>, after: u64) -> RollHeader {
    RollHeader {
        store: STORE,
        created: NOW,
        format: crate::FORMAT_VERSION,
        epoch: 1,
        before: before.map(tip),
        after: tip(after),
    }
}

fn key() -> Arc<SigningKey> {
    Arc::new(SigningKey::random(&SeededEntropy::new(3)).unwrap())
}

fn snapshot(bench: &Bench) -> Vec<u8> {
    let rows = bench.catalog.snapshot().unwrap();
    let commit = rows.counters().commit.number();
    let mut file = Vec::new();
    let mut export = Export::begin(rows, header(None, commit), key()).unwrap();
    export.read_to_end(&mut file).unwrap();
    file
}

/// Commits and gives the delta of the commit.
fn delta(transaction: Transaction) -> Vec<u8> {
    let commit = transaction.seq().number();
    let prepared = transaction.prepare().unwrap();
    let (mut writer, mut file) = RollWriter::begin(header(Some(commit - 1), commit));
    for items in prepared.items() {
        file.extend(writer.chunk(&items).unwrap());
    }
    file.extend(writer.end(&key()));
    prepared.commit().unwrap();
    file
}

fn filled() -> Bench {
    let bench = Bench::new(4);
    let mut transaction = bench.begin();
    for number in 0..2000_u32 {
        let value = vec![b'v'; 700];
        transaction.put(ONE, &number.to_be_bytes(), &value).unwrap();
    }
    transaction.put(TWO, b"gone", b"soon").unwrap();
    transaction.commit().unwrap();
    bench
}

fn rows(catalog: &Catalog) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let rows = catalog.snapshot().unwrap();
    let mut found = Vec::new();
    for name in rows.table_names().unwrap() {
        rows.visit_named(&name, None, &mut |key, value| {
            found.push((name.clone(), key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    }
    found.retain(|(name, ..)| name != "rebuilt_from");
    found.sort();
    found
}

fn rebuild(disk: &FaultyDisk, file: &[u8]) -> Result<Rebuilding, StoreError> {
    let mut reader = RollReader::open(file)?;
    Rebuilding::begin_on(Arc::new(disk.clone()), options(), &mut reader)
}

/// A restore beside another one into the same folder takes nothing from it.
#[test]
fn a_restore_under_way_is_not_begun_again_beside_it() {
    let bench = filled();
    let file = snapshot(&bench);
    let folder = crate::testing::Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let disk = || Arc::new(base::disk::FolderDisk::new(&folder.0));
    let begin = || {
        let mut reader = RollReader::open(&file[..]).unwrap();
        Rebuilding::begin_on(disk(), options(), &mut reader)
    };
    let first = begin().unwrap();
    let resumed = Rebuilding::resume_on(disk(), options());
    assert_eq!(resumed.err(), Some(StoreError::LockedElsewhere));
    assert_eq!(begin().err(), Some(StoreError::LockedElsewhere));
    let made = Catalog::create(&folder.0, STORE, NOW, options());
    assert_eq!(made.err(), Some(StoreError::LockedElsewhere));
    let catalog = first.into_catalog().unwrap();
    assert_eq!(begin().err(), Some(StoreError::LockedElsewhere));
    catalog.finish_rebuilding().unwrap();
    assert_eq!(begin().err(), Some(StoreError::NotEmpty));
    catalog.close().unwrap();
    Catalog::open(&folder.0, options()).unwrap();
}

#[test]
fn a_catalog_is_rebuilt_from_a_snapshot_and_the_deltas_after_it() {
    let bench = filled();
    let first = snapshot(&bench);
    let mut transaction = bench.begin();
    transaction.remove(TWO, b"gone").unwrap();
    transaction.put(ONE, b"new", b"row").unwrap();
    let second = delta(transaction);
    let mut transaction = bench.begin();
    transaction.put(TWO, b"later", b"still").unwrap();
    let third = delta(transaction);
    let disk = FaultyDisk::new();
    let mut rebuilding = rebuild(&disk, &first).unwrap();
    let apply = |rebuilding: &mut Rebuilding, file: &[u8]| {
        rebuilding.apply(&mut RollReader::open(file).unwrap())
    };
    assert!(matches!(
        apply(&mut rebuilding, &third),
        Err(StoreError::OtherRoll { .. })
    ));
    apply(&mut rebuilding, &second).unwrap();
    drop(rebuilding);
    let resumed = Rebuilding::resume_on(Arc::new(disk.clone()), options()).unwrap();
    let mut rebuilding = resumed.unwrap();
    let cut = &third[..third.len() - 1];
    assert_eq!(apply(&mut rebuilding, cut), Err(StoreError::DamagedRoll));
    apply(&mut rebuilding, &third).unwrap();
    assert_eq!(rebuilding.proofs().unwrap().len(), 3);
    let catalog = rebuilding.into_catalog().unwrap();
    assert_eq!(rows(&catalog), rows(&bench.catalog));
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    assert_eq!(
        Catalog::open_on(Arc::clone(&shared), options()).err(),
        Some(StoreError::NotAStore)
    );
    let mut transaction = catalog.begin(crate::Spending::Ordinary, NOW).unwrap();
    transaction.forget_proofs().unwrap();
    transaction.commit().unwrap();
    catalog.finish_rebuilding().unwrap();
    catalog.close().unwrap();
    let catalog = Catalog::open_on(shared, options()).unwrap();
    let rows = catalog.snapshot().unwrap();
    assert_eq!(rows.row(TWO, b"later").unwrap(), Some(b"still".to_vec()));
    assert_eq!(rows.weigh_named("rebuilt_from").unwrap().0, 0);
}

#[test]
fn a_rebuilding_cut_short_at_any_write_is_no_store_and_can_be_begun_again() {
    let bench = filled();
    let file = snapshot(&bench);
    let disk = FaultyDisk::new();
    let rebuilt = rebuild(&disk, &file).unwrap();
    let operations = disk.operations();
    drop(rebuilt);
    for cut in (1..=operations).step_by(7) {
        let disk = FaultyDisk::new();
        disk.set_plan(FaultPlan {
            broken_at: Some(cut),
            ..FaultPlan::default()
        });
        assert!(rebuild(&disk, &file).is_err(), "operation {cut}");
        disk.set_plan(FaultPlan::default());
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        assert_eq!(
            Catalog::open_on(shared, options()).err(),
            Some(StoreError::NotAStore)
        );
        let catalog = rebuild(&disk, &file).unwrap().into_catalog().unwrap();
        assert_eq!(rows(&catalog), rows(&bench.catalog));
    }
}

/// X12: a snapshot over what was rebuilt takes its place whole, wherever it is cut, altered, or
/// cut short: until then what was there is there.
#[test]
fn a_snapshot_takes_the_place_of_what_was_rebuilt_whole_or_not_at_all() {
    let bench = filled();
    let (first, before) = (snapshot(&bench), rows(&bench.catalog));
    let mut transaction = bench.begin();
    transaction.remove(TWO, b"gone").unwrap();
    transaction.put(TWO, b"later", b"still").unwrap();
    transaction.commit().unwrap();
    let (second, after) = (snapshot(&bench), rows(&bench.catalog));
    let disk = FaultyDisk::new();
    let mut rebuilding = rebuild(&disk, &first).unwrap();
    let mut apply = |file: &[u8]| rebuilding.apply(&mut RollReader::open(file)?);
    for cut in [second.len() - 1, second.len() / 2, 500] {
        assert_eq!(apply(&second[..cut]), Err(StoreError::DamagedRoll));
        let mut altered = second.clone();
        altered[cut / 2] ^= 1;
        assert_eq!(apply(&altered), Err(StoreError::DamagedRoll));
    }
    drop(rebuilding);
    let resume = |disk: &FaultyDisk| {
        let resumed = Rebuilding::resume_on(Arc::new(disk.clone()), options()).unwrap();
        resumed.expect("a catalog on its way")
    };
    let mut rebuilding = resume(&disk);
    assert_eq!(rebuilding.proofs().unwrap().len(), 1);
    disk.start_recording();
    let mut reader = RollReader::open(&*second).unwrap();
    rebuilding.apply(&mut reader).unwrap();
    disk.mark(1);
    drop(rebuilding);
    let (events, mut replay) = (disk.events(), disk.replay());
    for at in (0..=events).step_by(events.div_ceil(40)) {
        replay.advance(at);
        for crash in [Crash::KeepNothing, Crash::KeepAll, Crash::Seeded(at as u64)] {
            let left = replay.power_cut(crash);
            let (done, rebuilt) = (replay.mark().is_some(), resume(&left));
            assert_eq!(rebuilt.proofs().unwrap().len(), 1);
            let found = rows(&rebuilt.into_catalog().unwrap());
            assert!(found == after || (!done && found == before), "event {at}");
        }
    }
    assert_eq!(rows(&resume(&disk).into_catalog().unwrap()), after);
}

//! Proves that a store opens, refuses, locks, commits and recovers as its page says.

#[cfg(unix)]
mod closing;

use super::*;
use crate::testing::Folder;
use crate::{Codec, Packing, SealedBody, SegmentDamage};
use base::disk::{FaultPlan, FaultyDisk, OpenMode};
use base::{Ordinal, RowRead, RowWrite, Table, rows};
use std::fs;

const TABLE: Table = Table::new("notes");
const NOW: Instant = Instant::from_millis(1_700_000_000_000);
const STORE: StoreId = StoreId::from_bytes([5; 16]);

fn options() -> Options {
    Options {
        reserve_bytes: 0,
        segment_bytes_max: 4096,
        ..Options::default()
    }
}

fn create(disk: &FaultyDisk) -> Catalog {
    Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, options()).unwrap()
}

fn open(disk: &FaultyDisk) -> Result<Catalog, StoreError> {
    Catalog::open_on(Arc::new(disk.clone()), options())
}

fn begin(catalog: &Catalog) -> Transaction {
    catalog.begin(Spending::Ordinary, NOW).unwrap()
}

fn put(catalog: &Catalog, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    let mut transaction = catalog.begin(Spending::Ordinary, NOW)?;
    transaction.put(TABLE, key, value).unwrap();
    transaction.commit().map(drop)
}

fn get(catalog: &Catalog, key: &[u8]) -> Option<Vec<u8>> {
    catalog.snapshot().unwrap().row(TABLE, key).unwrap()
}

fn append(catalog: &Catalog, number: u64, body: &[u8]) -> BodyPlace {
    let mut transaction = begin(catalog);
    let sealed = SealedBody {
        body,
        text: b"text",
        packing: Packing {
            body: Codec::ZSTD,
            text: Codec::RAW,
        },
    };
    let place = transaction.append(Ordinal::from_value(number), sealed);
    transaction.commit().unwrap();
    place.unwrap().0
}

/// The rows of the table that the test writes, as an open catalog shows them.
fn shown(disk: &FaultyDisk) -> Option<Option<Vec<u8>>> {
    let catalog = Catalog::open_on(Arc::new(disk.copy()), options()).ok()?;
    let rows = catalog.snapshot().ok()?;
    rows.row(Table::new("rows"), b"one").ok()
}

#[test]
fn a_page_of_an_older_commit_is_found_wherever_it_changes_what_is_shown() {
    let disk = FaultyDisk::new();
    let catalog = Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, options()).unwrap();
    let mut older = Vec::new();
    for round in 0..6_u8 {
        let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
        transaction
            .put(Table::new("rows"), b"one", &[round])
            .unwrap();
        transaction.commit().unwrap();
        older.push(disk.copy());
    }
    catalog.close().unwrap();
    let pages = |disk: &FaultyDisk| Catalog::check_pages(Arc::new(disk.clone()), options());
    assert_eq!(pages(&disk), Ok(()));
    let (_, length) = disk
        .files()
        .into_iter()
        .find(|it| it.0 == "catalog.redb")
        .unwrap();
    let (mut rolled_back, mut harmless) = (0, 0);
    for older in &older {
        for page in (4096..length).step_by(4096) {
            let stale = disk.copy();
            if !matches!(
                stale.make_stale(older, "catalog.redb", page, 4096),
                Ok(true)
            ) {
                continue;
            }
            match (shown(&stale), pages(&stale)) {
                (Some(Some(row)), Ok(())) => {
                    assert_eq!(row, [5], "page at {page} passed");
                    harmless += 1;
                }
                (Some(Some(row)), Err(_)) if row != [5] => rolled_back += 1,
                (_, Err(_)) => {}
                (shown, Ok(())) => panic!("page at {page} passed, and shows {shown:?}"),
            }
        }
    }
    assert!(
        rolled_back > 0,
        "no page took the store back; {harmless} were free"
    );
}

#[test]
fn rows_of_a_transaction_conform() {
    let catalog = create(&FaultyDisk::new());
    rows::conformance(&mut begin(&catalog)).unwrap();
}

#[test]
fn a_commit_is_seen_by_later_snapshots_only_and_after_reopening() {
    let folder = Folder::new();
    let catalog = Catalog::create(&folder.0, STORE, NOW, options()).unwrap();
    let before = catalog.snapshot().unwrap();
    put(&catalog, b"k", b"v").unwrap();
    assert_eq!(before.row(TABLE, b"k").unwrap(), None);
    assert_eq!(get(&catalog, b"k").unwrap(), b"v");
    assert_eq!(catalog.snapshot().unwrap().counters().commit.number(), 1);
    let dropped = {
        let mut transaction = begin(&catalog);
        transaction.put(TABLE, b"k", b"other").unwrap();
        transaction.seq()
    };
    assert_eq!(
        begin(&catalog).seq(),
        dropped,
        "a dropped transaction leaves no trace"
    );
    drop(before);
    catalog.close().unwrap();
    let catalog = Catalog::open(&folder.0, options()).unwrap();
    assert_eq!(get(&catalog, b"k").unwrap(), b"v");
    assert_eq!(catalog.store(), STORE);
    assert_eq!(catalog.format().created, NOW);
}

#[test]
fn the_commit_instant_never_goes_backwards() {
    let catalog = create(&FaultyDisk::new());
    put(&catalog, b"k", b"v").unwrap();
    let earlier = Instant::from_millis(5);
    let transaction = catalog.begin(Spending::Ordinary, earlier).unwrap();
    assert_eq!(transaction.instant(), NOW);
}

#[test]
fn bodies_are_read_back_and_segments_roll_over() {
    let disk = FaultyDisk::new();
    let catalog = create(&disk);
    let places: Vec<_> = (0..20)
        .map(|number| append(&catalog, number, &[u8::try_from(number).unwrap(); 900]))
        .collect();
    assert!(places.last().unwrap().segment() > 3);
    let large = append(&catalog, 20, &[9; 9000]);
    catalog.close().unwrap();
    let catalog = open(&disk).unwrap();
    for (number, place) in places.iter().enumerate() {
        let body = catalog.read_body(*place).unwrap();
        assert_eq!(body, [u8::try_from(number).unwrap(); 900]);
        assert_eq!(catalog.read_text(*place).unwrap(), b"text");
    }
    assert_eq!(catalog.read_body(large).unwrap(), [9; 9000]);
    let segments = catalog.snapshot().unwrap().segments().unwrap();
    let files = disk.files();
    let lengths = files.iter().filter(|(name, _)| name.starts_with("body/"));
    assert_eq!(
        segments.iter().map(|(_, row)| row.end).collect::<Vec<_>>(),
        lengths.map(|(_, length)| *length).collect::<Vec<_>>()
    );
}

/// In the order in which they lie, from behind, and here and there: always the same bytes.
#[test]
fn what_is_read_ahead_is_what_lies_there() {
    let disk = FaultyDisk::new();
    let catalog = create(&disk);
    let mut places: Vec<_> = (0..40)
        .map(|number| append(&catalog, number, &[u8::try_from(number).unwrap(); 300]))
        .collect();
    places.push(append(&catalog, 40, &[40; 9000]));
    let orders: [fn(usize) -> usize; 3] = [|at| at, |at| 40 - at, |at| at * 17 % 41];
    for order in orders {
        let mut ahead = catalog.documents_ahead();
        for at in 0..41 {
            let place = places[order(at)];
            let whole = [
                catalog.read_body(place).unwrap(),
                catalog.read_text(place).unwrap(),
            ];
            assert_eq!(ahead.sealed(place).unwrap(), whole.concat());
        }
    }
    // A place that names another frame's length, and a segment that was cut.
    let mut ahead = catalog.documents_ahead();
    assert!(ahead.sealed(places[0]).is_ok());
    let mut moved = places[1].to_bytes();
    moved[4] ^= 1;
    let moved = BodyPlace::from_bytes(&moved).unwrap();
    assert!(ahead.sealed(moved).is_err());
    let last = places[39];
    let file = disk.open("body/00000001.seg", OpenMode::Write).unwrap();
    file.set_length(40).unwrap();
    let cut = catalog
        .documents_ahead()
        .sealed(places[0])
        .map(<[u8]>::to_vec);
    let (segment, damage) = (1, SegmentDamage::Cut);
    assert_eq!(cut, Err(StoreError::DamagedSegment { segment, damage }));
    assert!(ahead.sealed(last).is_ok());
}

#[test]
fn a_transaction_builds_on_a_prepared_one_and_falls_with_it() {
    let catalog = create(&FaultyDisk::new());
    let mut first = begin(&catalog);
    first.put(TABLE, b"a", b"1").unwrap();
    let first = first.prepare().unwrap();
    let mut second = begin(&catalog);
    assert_eq!(second.row(TABLE, b"a").unwrap().unwrap(), b"1");
    assert_eq!(get(&catalog, b"a"), None);
    second.put(TABLE, b"b", b"2").unwrap();
    let second = second.prepare().unwrap();
    first.commit().unwrap();
    second.commit().unwrap();
    assert_eq!(get(&catalog, b"b").unwrap(), b"2");

    let mut third = begin(&catalog);
    third.put(TABLE, b"c", b"3").unwrap();
    let third = third.prepare().unwrap();
    let mut fourth = begin(&catalog);
    fourth.put(TABLE, b"d", b"4").unwrap();
    drop(third);
    assert_eq!(fourth.commit(), Err(StoreError::Orphaned));
    put(&catalog, b"e", b"5").unwrap();
    assert_eq!(get(&catalog, b"c"), None);
    assert_eq!(get(&catalog, b"d"), None);
}

#[test]
fn prepared_transactions_commit_in_order_or_not_at_all() {
    let catalog = create(&FaultyDisk::new());
    let first = begin(&catalog).prepare().unwrap();
    let second = begin(&catalog).prepare().unwrap();
    assert!(matches!(second.commit(), Err(StoreError::Bug(_))));
    assert_eq!(first.commit(), Err(StoreError::Orphaned));
    put(&catalog, b"k", b"v").unwrap();
}

#[test]
fn each_reason_not_to_open_has_its_own_error() {
    let folder = Folder::new();
    let open = || Catalog::open(&folder.0, options()).map(drop);
    assert_eq!(open(), Err(StoreError::NotAStore));
    fs::create_dir_all(&folder.0).unwrap();
    assert_eq!(open(), Err(StoreError::NotAStore));
    let create = || Catalog::create(&folder.0, STORE, NOW, options());
    fs::write(folder.0.join("mine.txt"), "x").unwrap();
    assert_eq!(create().map(drop), Err(StoreError::NotEmpty));
    fs::remove_file(folder.0.join("mine.txt")).unwrap();

    let catalog = create().unwrap();
    put(&catalog, b"k", b"v").unwrap();
    assert_eq!(open(), Err(StoreError::LockedElsewhere));
    assert_eq!(create().map(drop), Err(StoreError::NotEmpty));
    catalog.close().unwrap();
    open().unwrap();

    let format = folder.0.join("FORMAT");
    let text = fs::read_to_string(&format).unwrap();
    fs::write(&format, text.replace("format: 1", "format: 2")).unwrap();
    assert_eq!(open(), Err(StoreError::NewerFormat { found: 2, known: 1 }));
    fs::write(&format, text.replace("format: 1", "format: 0")).unwrap();
    assert_eq!(open(), Err(StoreError::OlderFormat { found: 0 }));
    fs::write(&format, &text[..20]).unwrap();
    assert!(matches!(open(), Err(StoreError::DamagedFormat { .. })));
    fs::write(&format, &text).unwrap();

    let file = folder.0.join("catalog.redb");
    let whole = fs::read(&file).unwrap();
    for keep in [0, 100, 4096, whole.len() / 2, whole.len() - 4096] {
        fs::write(&file, &whole[..keep]).unwrap();
        let opened = open();
        assert_eq!(
            opened,
            Err(StoreError::TruncatedCatalog),
            "{keep} bytes kept"
        );
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(open(), Err(StoreError::TruncatedCatalog));
    fs::write(&file, vec![7; 100_000]).unwrap();
    assert!(matches!(open(), Err(StoreError::DamagedCatalog { .. })));
}

#[test]
fn a_reader_follows_a_writer_and_changes_nothing() {
    let folder = Folder::new();
    let writer = Catalog::create(&folder.0, STORE, NOW, options()).unwrap();
    put(&writer, b"k", b"1").unwrap();
    let place = append(&writer, 1, b"body");
    let reader = Catalog::open_read_only(&folder.0, options()).unwrap();
    assert_eq!(get(&reader, b"k").unwrap(), b"1");
    assert_eq!(reader.read_body(place).unwrap(), b"body");
    put(&writer, b"k", b"2").unwrap();
    assert_eq!(get(&reader, b"k").unwrap(), b"2");
    let refused = reader.begin(Spending::Ordinary, NOW).map(drop);
    assert_eq!(refused, Err(StoreError::ReadOnly));
    assert_eq!(reader.sweep(), Err(StoreError::ReadOnly));
    drop(reader);
    writer.close().unwrap();
    let alone = Catalog::open_read_only(&folder.0, options()).unwrap();
    assert_eq!(get(&alone, b"k").unwrap(), b"2");
}

#[test]
fn an_unfinished_create_is_done_again() {
    for broken_at in 1..40 {
        let disk = FaultyDisk::new();
        disk.set_plan(FaultPlan {
            broken_at: Some(broken_at),
            ..FaultPlan::default()
        });
        let first = Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, options());
        let done = first.is_ok();
        drop(first);
        disk.set_plan(FaultPlan::default());
        match open(&disk) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error, StoreError::NotAStore, "{broken_at}");
                assert!(!done);
                create(&disk).close().unwrap();
            }
        }
        put(&open(&disk).unwrap(), b"k", b"v").unwrap();
    }
}

#[test]
fn a_sweep_removes_orphans_cuts_tails_and_names_damage() {
    let disk = FaultyDisk::new();
    let catalog = create(&disk);
    let places: Vec<_> = (0..12).map(|n| append(&catalog, n, &[1; 900])).collect();
    catalog.close().unwrap();
    let tail = disk.open("body/00000003.seg", OpenMode::Write).unwrap();
    let end = tail.length().unwrap();
    tail.write_at(end, b"written, never committed").unwrap();
    let orphan = disk.open("body/00000077.seg", OpenMode::CreateNew).unwrap();
    orphan.write_at(0, b"never named").unwrap();
    disk.remove("body/00000001.seg").unwrap();
    let cut = disk.open("body/00000002.seg", OpenMode::Write).unwrap();
    cut.set_length(1000).unwrap();

    let catalog = open(&disk).unwrap();
    assert_eq!(disk.files().len(), 6, "opening alone removes nothing");
    let swept = catalog.sweep().unwrap();
    assert_eq!(swept.orphans, [77]);
    assert_eq!(swept.cut, [(3, 24)]);
    assert_eq!(
        swept.damage,
        [(1, SegmentDamage::Missing), (2, SegmentDamage::Cut)]
    );
    let read = |place: &BodyPlace| catalog.read_body(*place).map(drop);
    let damaged = |segment, damage| Err(StoreError::DamagedSegment { segment, damage });
    assert_eq!(read(&places[0]), damaged(1, SegmentDamage::Missing));
    assert_eq!(read(&places[7]), damaged(2, SegmentDamage::Cut));
    assert_eq!(read(&places[10]), Ok(()));
    let again = append(&catalog, 13, &[3; 900]);
    assert_eq!(catalog.read_body(again).unwrap(), [3; 900]);
    assert!(catalog.sweep().unwrap().orphans.is_empty());
}

#[test]
fn a_failed_sync_poisons_until_reopened_and_loses_nothing_acknowledged() {
    for sync_fails_at in 1..30 {
        let disk = FaultyDisk::new();
        let catalog = create(&disk);
        let place = append(&catalog, 0, b"acknowledged");
        put(&catalog, b"acknowledged", b"1").unwrap();
        disk.set_plan(FaultPlan {
            sync_fails_at: Some(sync_fails_at),
            ..FaultPlan::default()
        });
        let mut transaction = begin(&catalog);
        transaction.put(TABLE, b"doubtful", b"1").unwrap();
        let sealed = SealedBody {
            body: b"doubtful",
            text: b"",
            packing: Packing::default(),
        };
        transaction.append(Ordinal::from_value(1), sealed).unwrap();
        if transaction.commit().is_ok() {
            continue;
        }
        assert!(catalog.is_poisoned());
        let refused = put(&catalog, b"later", b"1");
        assert_eq!(refused, Err(StoreError::Poisoned), "{sync_fails_at}");
        assert_eq!(catalog.close(), Err(StoreError::Poisoned));
        disk.set_plan(FaultPlan::default());
        let catalog = open(&disk).unwrap();
        assert_eq!(get(&catalog, b"acknowledged").unwrap(), b"1");
        assert_eq!(catalog.read_body(place).unwrap(), b"acknowledged");
        put(&catalog, b"later", b"1").unwrap();
    }
}

#[test]
fn a_full_disk_refuses_for_certain_and_works_again_with_space() {
    let mut refused = 0;
    for full_at in 1..60 {
        let disk = FaultyDisk::new();
        let catalog = create(&disk);
        put(&catalog, b"k", b"1").unwrap();
        disk.set_plan(FaultPlan {
            full_at: Some(full_at),
            ..FaultPlan::default()
        });
        let mut transaction = begin(&catalog);
        transaction.put(TABLE, b"big", &vec![1; 3_000_000]).unwrap();
        let outcome = transaction.commit();
        disk.set_plan(FaultPlan::default());
        if outcome.is_err() {
            refused += 1;
            assert_eq!(outcome, Err(StoreError::Full), "at {full_at}");
            assert!(!catalog.is_poisoned());
            assert_eq!(get(&catalog, b"big"), None);
        }
        assert_eq!(get(&catalog, b"k").unwrap(), b"1");
        put(&catalog, b"k", b"2").unwrap();
        assert_eq!(get(&catalog, b"k").unwrap(), b"2");
        catalog.close().unwrap();
        assert_eq!(get(&open(&disk).unwrap(), b"k").unwrap(), b"2");
    }
    assert!(refused > 2, "{refused}");
}

#[test]
fn the_reserve_is_for_traces_only() {
    let disk = FaultyDisk::new();
    let with_reserve = Options {
        reserve_bytes: 1 << 20,
        ..options()
    };
    let catalog = Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, with_reserve).unwrap();
    let used: u64 = disk.files().iter().map(|(_, length)| *length).sum();
    disk.set_plan(FaultPlan {
        capacity: Some(used + (1 << 20) - 1),
        ..FaultPlan::default()
    });
    assert_eq!(put(&catalog, b"k", b"v"), Err(StoreError::Full));
    let mut trace = catalog.begin(Spending::Reserve, NOW).unwrap();
    trace.put(TABLE, b"trace", b"v").unwrap();
    trace.commit().unwrap();
    disk.set_plan(FaultPlan::default());
    put(&catalog, b"k", b"v").unwrap();
}

/// Whoever is told that a store was made has it, whoever else tried to make one there at the same
/// moment.
#[test]
fn of_two_that_make_a_store_at_once_one_does_and_keeps_it() {
    for round in 0..40 {
        let folder = Folder::new();
        let start = std::sync::Barrier::new(2);
        let make = |key: u8| {
            start.wait();
            let id = StoreId::from_bytes([key; 16]);
            let catalog = Catalog::create(&folder.0, id, NOW, options())?;
            put(&catalog, b"k", &[key])?;
            catalog.close()?;
            Ok::<_, StoreError>(key)
        };
        let made = std::thread::scope(|scope| {
            let both = [1, 2].map(|key| scope.spawn(move || make(key)));
            both.map(|one| one.join().unwrap())
        });
        let kept: Vec<u8> = made.iter().flatten().copied().collect();
        assert_eq!(kept.len(), 1, "{round}: {made:?}");
        let catalog = Catalog::open(&folder.0, options()).unwrap();
        assert_eq!(get(&catalog, b"k"), Some(kept), "{round}: {made:?}");
    }
}

/// The bytes of all files of a disk.
fn used(disk: &FaultyDisk) -> u64 {
    disk.files().iter().map(|(_, length)| *length).sum()
}

/// What a deposit that found no space had written is free again at once: the reserve is there for
/// the traces that come after it.
#[test]
fn a_body_that_finds_no_space_gives_back_what_it_took() {
    for segment_bytes_max in [4096, 1 << 20] {
        let disk = FaultyDisk::new();
        let settings = Options {
            segment_bytes_max,
            ..options()
        };
        let created = Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, settings);
        let catalog = created.unwrap();
        let kept = append(&catalog, 1, &[1; 900]);
        let before = used(&disk);
        disk.set_plan(FaultPlan {
            capacity: Some(before + (40 << 10)),
            ..FaultPlan::default()
        });
        let mut transaction = begin(&catalog);
        let body = vec![7; 60 << 10];
        let sealed = SealedBody {
            body: &body,
            text: &[],
            packing: Packing::default(),
        };
        let appended = transaction.append(Ordinal::from_value(2), sealed);
        let outcome = appended.and_then(|_| transaction.commit());
        assert_eq!(outcome, Err(StoreError::Full));
        assert_eq!(used(&disk), before, "segments of {segment_bytes_max}");
        put(&catalog, b"trace", b"kept").unwrap();
        assert!(catalog.read_body(kept).unwrap().starts_with(&[1; 900]));
        disk.set_plan(FaultPlan::default());
        let next = append(&catalog, 2, &[3; 900]);
        assert!(catalog.read_body(next).unwrap().starts_with(&[3; 900]));
        catalog.close().unwrap();
        assert_eq!(open(&disk).unwrap().sweep().unwrap(), Swept::default());
    }
}

/// The same where the rows find no space, of it and of what was built on it.
#[test]
fn a_commit_that_finds_no_space_gives_back_its_bodies() {
    let disk = FaultyDisk::new();
    let settings = Options {
        segment_bytes_max: 1 << 20,
        ..options()
    };
    let catalog = Catalog::create_on(Arc::new(disk.clone()), STORE, NOW, settings).unwrap();
    append(&catalog, 1, &[1; 900]);
    let bodies = || {
        let files = disk.files();
        let bodies = files.iter().filter(|(name, _)| name.starts_with("body/"));
        bodies.map(|(_, length)| *length).sum::<u64>()
    };
    let before = bodies();
    let fill = |number| {
        let mut transaction = begin(&catalog);
        let sealed = SealedBody {
            body: &[9; 5000],
            text: &[],
            packing: Packing::default(),
        };
        transaction.append(Ordinal::from_value(number), sealed)?;
        transaction.put(TABLE, &[0], &vec![1; 3 << 20]).unwrap();
        transaction.prepare()
    };
    let (first, second) = (fill(2).unwrap(), fill(3).unwrap());
    assert!(bodies() > before + 10_000);
    disk.set_plan(FaultPlan {
        capacity: Some(used(&disk)),
        ..FaultPlan::default()
    });
    assert_eq!(first.commit(), Err(StoreError::Full));
    assert_eq!(second.commit(), Err(StoreError::Orphaned));
    assert_eq!(bodies(), before);
    disk.set_plan(FaultPlan::default());
    put(&catalog, b"k", b"v").unwrap();
}

/// A store whose newest segment is gone takes documents into the next one; what is missing stays
/// missing, and is named.
#[test]
fn a_current_segment_that_is_missing_or_cut_takes_no_more_bodies() {
    for damage in [SegmentDamage::Missing, SegmentDamage::Cut] {
        let disk = FaultyDisk::new();
        let catalog = create(&disk);
        let lost = append(&catalog, 1, &[1; 900]);
        catalog.close().unwrap();
        let name = format!("body/{:08}.seg", lost.segment());
        if damage == SegmentDamage::Missing {
            disk.remove(&name).unwrap();
        } else {
            let file = disk.open(&name, OpenMode::Write).unwrap();
            file.set_length(lost.offset() + 100).unwrap();
        }
        let catalog = open(&disk).unwrap();
        for number in 2..4 {
            let place = append(&catalog, number, &[2; 900]);
            assert_ne!(place.segment(), lost.segment());
            assert!(catalog.read_body(place).unwrap().starts_with(&[2; 900]));
        }
        let told = StoreError::DamagedSegment {
            segment: lost.segment(),
            damage,
        };
        assert_eq!(catalog.read_body(lost), Err(told));
        let swept = catalog.sweep().unwrap();
        assert_eq!(swept.damage, [(lost.segment(), damage)]);
    }
}

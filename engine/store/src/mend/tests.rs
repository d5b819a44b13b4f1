//! Proves that frames which moved are found again and put where the catalog says, and that what
//! is not found stays damage.

use super::*;
use crate::testing::{Bench, NOW, STORE, options};
use crate::{Packing, SealedBody, Spending};
use base::disk::FaultyDisk;
use base::disk::OpenMode;

fn ordinal(number: u64) -> Ordinal {
    Ordinal::from_value(number)
}

/// Appends a body to a store and says where it lies.
fn append(bench: &Bench, number: u64, body: &[u8]) -> BodyPlace {
    let mut transaction = bench.begin();
    let sealed = SealedBody {
        body,
        text: b"text",
        packing: Packing::default(),
    };
    let (place, _) = transaction.append(ordinal(number), sealed).unwrap();
    transaction.commit().unwrap();
    place
}

/// The store as a restore finds it, with segment 1 changed by `change`.
fn changed(bench: &Bench, change: impl FnOnce(&dyn Disk)) -> Catalog {
    let disk: Arc<dyn Disk> = Arc::new(FaultyDisk::copy(&bench.disk));
    change(&*disk);
    Catalog::open_on(disk, options()).unwrap()
}

#[test]
fn a_frame_that_moved_is_found_and_put_where_the_catalog_says() {
    let bench = Bench::new(6);
    let places: Vec<_> = (0..4).map(|at| append(&bench, at, &[7; 30_000])).collect();
    assert!(places[3].segment() > places[0].segment(), "two segments");
    let last = places[3].segment();
    let catalog = changed(&bench, |disk| {
        // As after a compaction: the bytes of segment `last` lie elsewhere, in a file that the
        // catalog does not name, whose number its header repeats.
        let whole = disk.open(&segment_file(last), OpenMode::Read).unwrap();
        let mut bytes = vec![0; usize::try_from(whole.length().unwrap()).unwrap()];
        whole.read_at(0, &mut bytes).unwrap();
        bytes[8..12].copy_from_slice(&77_u32.to_le_bytes());
        let moved = disk.open(&segment_file(77), OpenMode::CreateNew).unwrap();
        moved.write_at(0, &bytes).unwrap();
        disk.remove(&segment_file(last)).unwrap();
    });
    assert!(!catalog.is_whole(places[3], ordinal(3)).unwrap());
    assert!(catalog.is_whole(places[0], ordinal(0)).unwrap());
    assert!(!catalog.is_whole(places[0], ordinal(1)).unwrap());
    let missing = BTreeMap::from([(ordinal(3), places[3])]);
    let found = catalog.mend(&missing).unwrap();
    assert!(found.contains(&ordinal(3)));
    assert!(catalog.is_whole(places[3], ordinal(3)).unwrap());
    assert_eq!(catalog.read_body(places[3]).unwrap(), [7; 30_000]);
    let swept = catalog.sweep().unwrap();
    assert_eq!((swept.orphans, swept.damage), (vec![77], Vec::new()));
}

#[test]
fn what_is_not_found_stays_damage_and_the_store_works_on() {
    let bench = Bench::new(6);
    let places: Vec<_> = (0..4).map(|at| append(&bench, at, &[7; 30_000])).collect();
    let catalog = changed(&bench, |disk| {
        for segment in [places[0].segment(), places[3].segment()] {
            let file = disk.open(&segment_file(segment), OpenMode::Write).unwrap();
            file.set_length(32).unwrap();
        }
    });
    let missing = (0..).map(ordinal).zip(places.iter().copied()).collect();
    assert!(catalog.mend(&missing).unwrap().is_empty());
    for (at, place) in (0..).zip(&places) {
        assert!(!catalog.is_whole(*place, ordinal(at)).unwrap());
        assert!(matches!(
            catalog.read_body(*place),
            Err(StoreError::DamagedSegment { .. })
        ));
    }
    assert!(
        catalog.sweep().unwrap().damage.is_empty(),
        "all are as long as they were"
    );
    let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
    let sealed = SealedBody {
        body: b"new",
        text: b"",
        packing: Packing::default(),
    };
    let (place, _) = transaction.append(ordinal(9), sealed).unwrap();
    transaction.commit().unwrap();
    assert_eq!(catalog.read_body(place).unwrap(), b"new");
    let disk = Arc::clone(catalog.disk());
    let range = place.offset()..place.offset() + place.frame_bytes();
    check_segment(&disk, STORE, place.segment(), range).unwrap();
}

#[test]
fn a_gap_that_no_document_names_is_closed_and_one_of_a_document_is_not() {
    let bench = Bench::new(6);
    let places: Vec<_> = (0..3).map(|at| append(&bench, at, &[7; 15_000])).collect();
    let segment = places[0].segment();
    assert_eq!(places[2].segment(), segment, "one segment");
    let rows = bench.catalog.snapshot().unwrap().segments().unwrap();
    let row = rows.into_iter().find(|it| it.0 == segment).unwrap();
    let mut digests = Vec::new();
    let files = &bench.catalog.inner().bodies;
    files
        .visit_frames(segment, 0..row.1.end, &mut |_, frame| {
            digests.push(frame.digest);
            Ok(true)
        })
        .unwrap();
    let named = |at: usize| (places[at].offset(), (places[at], digests[at]));
    let torn = || {
        changed(&bench, |disk| {
            let file = disk.open(&segment_file(segment), OpenMode::Write).unwrap();
            file.write_at(places[1].offset(), &[0; 10_000]).unwrap();
        })
    };
    let all = BTreeMap::from([named(0), named(1), named(2)]);
    assert_eq!(torn().close_gaps(row, &all), Ok(None));
    let catalog = torn();
    let living = BTreeMap::from([named(0), named(2)]);
    let chain = catalog.close_gaps(row, &living).unwrap().unwrap();
    assert_ne!(chain, row.1.chain);
    let mut transaction = catalog.begin(Spending::Ordinary, NOW).unwrap();
    transaction.rechain(segment, chain).unwrap();
    transaction.commit().unwrap();
    let mended = SegmentRow { chain, ..row.1 };
    assert_eq!(catalog.check_frames(segment, mended, &mut |_| {}), Ok(3));
    assert_eq!(catalog.verify(&mut || ()).unwrap().damage, []);
    assert_eq!(catalog.read_body(places[0]).unwrap(), [7; 15_000]);
    assert_eq!(catalog.read_body(places[2]).unwrap(), [7; 15_000]);
    // A segment of which nothing is missing keeps its chain.
    assert_eq!(bench.catalog.close_gaps(row, &all), Ok(Some(row.1.chain)));
}

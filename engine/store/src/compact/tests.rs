//! Proves that compaction takes back what nothing names, loses nothing, resumes, and keeps
//! the files that readers still need.

use super::*;
use crate::head::{Body, Head};
use crate::meta::{self, SegmentRow};
use crate::testing::{self, Bench, STORE, seal};
use crate::{Catalog, DocumentName, Packing, SealedDocument, Spending, StoredBody, open_body};
use base::disk::FaultyDisk;
use base::limit::{SEGMENT_BYTES_MIN, SEGMENT_SHARE};
use base::{Instant, Ordinal, RowWrite as _};
use std::sync::Arc;

/// A store with 12 dossiers of 12 documents; every second document of each is forgotten.
fn half_dead(bench: &Bench) {
    for number in 0..12 {
        let dossier = testing::dossier(number, &bench.entropy);
        let mut transaction = bench.begin();
        let slot = u32::try_from(number).unwrap();
        let key = bench.key(&transaction, slot);
        let mut head = Head::new(&dossier, slot);
        for document in 0..12_u8 {
            let mut entry = testing::entry(&format!("title {document}"), &bench.entropy);
            entry.document = base::DocumentId::from_bytes([document + 1; 16]);
            let name = name(dossier.id, document);
            let body = body_of(number, document);
            let sealed = SealedDocument::seal(name, &body, "", &bench.entropy).unwrap();
            let ordinal = dossier.number.ordinal(head.next_document().unwrap());
            let (place, digest) = transaction.append(ordinal, sealed.as_sealed()).unwrap();
            let body = Body {
                key: sealed.key(),
                digest,
                place,
            };
            head.push(&transaction, seal(&key), &mut entry, Some(body))
                .unwrap();
        }
        for document in (0..12).step_by(2) {
            let document = DocumentNumber::new(document).unwrap();
            let place = head.forget(&transaction, seal(&key), document).unwrap();
            transaction.release(place.unwrap()).unwrap();
        }
        let leaf = head
            .store(&mut transaction, seal(&key), &bench.entropy)
            .unwrap();
        transaction.set_leaf(dossier.number, Some(leaf)).unwrap();
        transaction.commit().unwrap();
    }
}

fn name(dossier: base::DossierId, document: u8) -> DocumentName {
    DocumentName {
        store: STORE,
        dossier,
        document: base::DocumentId::from_bytes([document + 1; 16]),
    }
}

/// Bytes that do not compress.
fn body_of(number: u64, document: u8) -> Vec<u8> {
    let mut out = vec![0; 3000];
    let seed = number * 100 + u64::from(document);
    Entropy::fill(&base::SeededEntropy::new(seed), &mut out).unwrap();
    out
}

fn body(bench: &Bench, rows: &Snapshot, number: u64, document: u32) -> Option<StoredBody> {
    let number = DossierNumber::new(number).unwrap();
    let head = SealedHead::read(rows, number).unwrap().unwrap();
    let key = bench.key(rows, head.slot());
    let document = DocumentNumber::new(document).unwrap();
    let listing = head.open(rows, seal(&key)).unwrap();
    listing.body(rows, seal(&key), document).unwrap()
}

fn check(bench: &Bench, catalog: &Catalog) {
    let rows = catalog.snapshot().unwrap();
    for number in 0..12 {
        for document in 0..12_u8 {
            let stored = body(bench, &rows, number, u32::from(document));
            assert_eq!(stored.is_some(), document % 2 == 1);
            let Some(stored) = stored else { continue };
            let sealed = catalog.read_body(stored.place).unwrap();
            let dossier = DossierNumber::new(number).unwrap();
            let head = SealedHead::read(&*rows, dossier).unwrap().unwrap();
            let key = bench.key(&*rows, head.slot());
            let listing = head.open(&*rows, seal(&key)).unwrap();
            let name = name(listing.dossier().unwrap().id(), document);
            let plain = open_body(name, &stored.key, stored.place, &sealed).unwrap();
            assert_eq!(plain, body_of(number, document));
        }
    }
    assert_eq!(catalog.verify(&mut || ()).unwrap().damage, []);
}

fn step(bench: &Bench, compaction: &mut Compaction, bytes_max: u64) -> Step {
    let mut transaction = bench.begin();
    let mut key_of = |rows: &dyn RowRead, slot| Ok(bench.key(rows, slot));
    let step = compaction
        .step(
            &bench.catalog,
            &mut transaction,
            &mut key_of,
            &bench.entropy,
            bytes_max,
        )
        .unwrap();
    transaction.commit().unwrap();
    step
}

fn body_bytes(bench: &Bench) -> u64 {
    let files = bench.disk.files();
    let bodies = files.iter().filter(|(name, _)| name.starts_with("body/"));
    bodies.map(|(_, length)| *length).sum()
}

#[test]
fn dead_bodies_are_taken_back_and_live_ones_stay() {
    let bench = Bench::new(1);
    half_dead(&bench);
    let before = body_bytes(&bench);
    let mut largest = before;
    let mut drained = 0;
    while let Some(mut compaction) =
        Compaction::plan(&bench.catalog.snapshot().unwrap(), &Choice::of(30)).unwrap()
    {
        while step(&bench, &mut compaction, 10_000) == Step::More {
            largest = largest.max(body_bytes(&bench));
        }
        drained += 1;
        check(&bench, &bench.catalog);
    }
    assert!(drained > 4, "{drained}");
    let after = body_bytes(&bench);
    assert!(after * 10 < before * 7, "{before} to {after}");
    let one_segment = testing::options().segment_bytes_max;
    assert!(largest <= before + 2 * one_segment, "{largest} of {before}");
}

#[test]
fn a_compaction_that_was_cut_short_is_taken_up_again() {
    let bench = Bench::new(2);
    half_dead(&bench);
    let snapshot = bench.catalog.snapshot().unwrap();
    let mut cut_short = Compaction::plan(&snapshot, &Choice::of(30))
        .unwrap()
        .unwrap();
    assert_eq!(step(&bench, &mut cut_short, 10_000), Step::More);
    let snapshot = bench.catalog.snapshot().unwrap();
    let mut again = Compaction::plan(&snapshot, &Choice::of(100))
        .unwrap()
        .unwrap();
    assert_eq!(again.segment(), cut_short.segment());
    while step(&bench, &mut again, 10_000) == Step::More {}
    check(&bench, &bench.catalog);
}

#[test]
fn a_file_stays_while_a_reader_or_a_pin_needs_it() {
    let bench = Bench::new(3);
    half_dead(&bench);
    let reader = bench.catalog.snapshot().unwrap();
    let mut compaction = Compaction::plan(&reader, &Choice::of(30)).unwrap().unwrap();
    let segment = compaction.segment();
    let there = || {
        bench
            .catalog
            .inner()
            .bodies
            .length(segment)
            .unwrap()
            .is_some()
    };
    let pin = bench.catalog.pin_segments();
    while step(&bench, &mut compaction, 1 << 20) == Step::More {}
    assert!(there());
    let old = (0..12)
        .filter_map(|number| body(&bench, &reader, number, 1))
        .find(|stored| stored.place.segment() == segment)
        .unwrap();
    bench.catalog.read_body(old.place).unwrap();
    drop(reader);
    bench.begin().commit().unwrap();
    assert!(there(), "the pin keeps it");
    drop(pin);
    assert!(!there());
}

/// What lives in one segment fits beside all others on a disk that is full but for the reserve, or
/// is a small part of them: in a store of one dossier as in one of millions.
#[test]
fn a_segment_holds_a_part_of_what_lives() {
    let disk = FaultyDisk::new();
    let settings = crate::Options::default();
    let made = Catalog::create_on(Arc::new(disk), STORE, Instant::from_millis(0), settings);
    let catalog = made.unwrap();
    let body = vec![7; 1 << 20];
    for number in 0..20 {
        let mut transaction = catalog
            .begin(Spending::Ordinary, Instant::from_millis(0))
            .unwrap();
        let sealed = SealedBody {
            body: &body,
            text: &[],
            packing: Packing::default(),
        };
        transaction
            .append(Ordinal::from_value(number), sealed)
            .unwrap();
        transaction.commit().unwrap();
    }
    let segments = catalog.snapshot().unwrap().segments().unwrap();
    let ends: Vec<_> = segments.iter().map(|(_, row)| row.end).collect();
    assert_eq!(ends.len(), 3, "{ends:?}");
    assert!(ends.iter().all(|end| *end <= SEGMENT_BYTES_MIN), "{ends:?}");
    assert_eq!(catalog.segment_bytes().unwrap(), SEGMENT_BYTES_MIN);

    let mut transaction = catalog
        .begin(Spending::Ordinary, Instant::from_millis(0))
        .unwrap();
    for segment in 100..164 {
        let row = SegmentRow {
            end: 12 << 20,
            dead: 4 << 20,
            ..segments[0].1
        };
        let key = u32::to_be_bytes(segment);
        transaction
            .put(meta::SEGMENTS, &key, &row.to_bytes(segment))
            .unwrap();
    }
    transaction
        .put(meta::SEGMENTS, &[0, 0, 0, 99], b"damaged")
        .unwrap();
    transaction.commit().unwrap();
    let live: u64 = ends.iter().sum::<u64>() + 64 * (8 << 20);
    assert_eq!(catalog.segment_bytes().unwrap(), live / SEGMENT_SHARE);
}

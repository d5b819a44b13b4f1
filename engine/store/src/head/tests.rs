//! Proves that dossiers are read back as written, in parts, under new keys, without what was
//! forgotten, and that an altered, older or missing row is damage.

use super::*;
use crate::testing::{self, Bench, STORE, seal};
use crate::{DocumentName, Entry, SealedDocument, Transaction, open_body, open_text};
use base::{Availability, CommitSeq, EntryId, Flags, RowWrite};
use std::collections::BTreeMap;
use vault::Grove;

const SLOT: u32 = 0;

fn number(number: u64) -> DossierNumber {
    DossierNumber::new(number).unwrap()
}

fn document(number: u32) -> DocumentNumber {
    DocumentNumber::new(number).unwrap()
}

fn store_head(bench: &Bench, transaction: &mut Transaction, head: &mut Head) {
    let key = bench.key(transaction, head.slot());
    let leaf = head.store(transaction, seal(&key), &bench.entropy).unwrap();
    state_tree::update(transaction, &BTreeMap::from([(head.number(), Some(leaf))])).unwrap();
}

fn create(bench: &Bench, dossier: &crate::Dossier) {
    let mut transaction = bench.begin();
    store_head(bench, &mut transaction, &mut Head::new(dossier, SLOT));
    transaction.commit().unwrap();
}

fn deposit(bench: &Bench, dossier: &crate::Dossier, titles: &[String]) -> Vec<Entry> {
    let mut transaction = bench.begin();
    let head = SealedHead::read(&transaction, dossier.number)
        .unwrap()
        .unwrap();
    let key = bench.key(&transaction, head.slot());
    let mut head = head.open_for_change(seal(&key)).unwrap();
    let mut entries = Vec::new();
    for title in titles {
        let mut entry = testing::entry(title, &bench.entropy);
        let name = DocumentName {
            store: STORE,
            dossier: dossier.id,
            document: entry.document,
        };
        let sealed = SealedDocument::seal(name, title.as_bytes(), title, &bench.entropy).unwrap();
        let ordinal = dossier.number.ordinal(head.next_document().unwrap());
        let (place, digest) = transaction.append(ordinal, sealed.as_sealed()).unwrap();
        let body = Body {
            key: sealed.key(),
            digest,
            place,
        };
        let number = head.push(&transaction, seal(&key), &mut entry, Some(body));
        assert_eq!(number.unwrap(), entry.number);
        entries.push(entry);
    }
    store_head(bench, &mut transaction, &mut head);
    transaction.commit().unwrap();
    entries
}

fn list(bench: &Bench, dossier: &crate::Dossier) -> Listing {
    let rows = bench.catalog.snapshot().unwrap();
    let head = SealedHead::read(&*rows, dossier.number).unwrap().unwrap();
    let key = bench.key(&*rows, head.slot());
    head.open(&*rows, seal(&key)).unwrap()
}

fn fetch(bench: &Bench, listing: &Listing, number: DocumentNumber) -> Option<(Vec<u8>, String)> {
    let rows = bench.catalog.snapshot().unwrap();
    let key = bench.key(&*rows, listing.slot());
    let body = listing.body(&*rows, seal(&key), number).unwrap()?;
    let name = DocumentName {
        store: STORE,
        dossier: listing.dossier().unwrap().id(),
        document: listing.entry(number).unwrap().document(),
    };
    let packing = body.place.packing();
    let sealed = bench.catalog.read_body(body.place).unwrap();
    let text = bench.catalog.read_text(body.place).unwrap();
    Some((
        open_body(name, &body.key, body.place, &sealed).unwrap(),
        open_text(name, &body.key, packing, &text).unwrap(),
    ))
}

fn titles(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| format!("document {number}")).collect()
}

#[test]
fn a_dossier_of_many_documents_is_read_back_in_parts() {
    let bench = Bench::new(1);
    let dossier = testing::dossier(0, &bench.entropy);
    create(&bench, &dossier);
    let mut expected = Vec::new();
    for from in (0..600).step_by(50) {
        expected.extend(deposit(&bench, &dossier, &titles(from..from + 50)));
    }
    let listing = list(&bench, &dossier);
    assert!(listing.dossier().unwrap().to_dossier().unwrap() == dossier);
    assert_eq!(listing.documents(), 600);
    assert_eq!(listing.version(), 13);
    let read: Vec<_> = listing
        .entries()
        .map(|entry| entry.to_entry().unwrap())
        .collect();
    assert!(read == expected);
    for at in [0, 127, 128, 255, 256, 511, 512, 599] {
        let entry = listing.entry(document(at)).unwrap();
        let (body, text) = fetch(&bench, &listing, document(at)).unwrap();
        assert_eq!(entry.title(), format!("document {at}"));
        assert_eq!(body, entry.title().as_bytes());
        assert_eq!(text, entry.title());
        let found = listing.find(entry.document()).unwrap();
        assert_eq!(found.number(), document(at));
    }
    assert!(listing.entry(document(600)).is_none());
    let rows = bench.catalog.snapshot().unwrap();
    let (heads, _) = rows.weigh(HEADS).unwrap();
    let (keys, _) = rows.weigh(BODY_KEYS).unwrap();
    assert_eq!((heads, keys), (3, 5));
}

#[test]
fn a_change_in_a_closed_part_rewrites_that_part_alone() {
    let bench = Bench::new(2);
    let dossier = testing::dossier(0, &bench.entropy);
    create(&bench, &dossier);
    deposit(&bench, &dossier, &titles(0..520));
    let mut transaction = bench.begin();
    let sealed = SealedHead::read(&transaction, dossier.number)
        .unwrap()
        .unwrap();
    let key = bench.key(&transaction, sealed.slot());
    let mut head = sealed.open_for_change(seal(&key)).unwrap();
    let found = head.find(&transaction, seal(&key), &mut |entry| {
        entry.title() == "document 300"
    });
    assert_eq!(found.unwrap(), Some(document(300)));
    let found = head.find(&transaction, seal(&key), &mut |_| true);
    assert_eq!(found.unwrap(), Some(document(519)), "the newest first");
    let mut entry = head
        .entry(&transaction, seal(&key), document(300))
        .unwrap()
        .unwrap();
    entry.supersede(
        EntryId::from_bytes([9; 16]),
        Flags::MASQUE_PS,
        Availability::Approved,
        testing::NOW,
        CommitSeq::new(4),
    );
    head.set_entry(&transaction, seal(&key), &entry).unwrap();
    let before = transaction.bytes();
    store_head(&bench, &mut transaction, &mut head);
    assert!(transaction.bytes() > before);
    let untouched = transaction.row(HEADS, &row_key(number(0), 1)).unwrap();
    let old = bench.catalog.snapshot().unwrap();
    assert!(untouched == old.row(HEADS, &row_key(number(0), 1)).unwrap());
    transaction.commit().unwrap();
    let listing = list(&bench, &dossier);
    let changed = listing.entry(document(300)).unwrap();
    assert_eq!(changed.flags(), Flags::MASQUE_PS);
    assert_eq!(changed.version(), 2);
    assert_eq!(changed.earlier().next().unwrap().flags(), Flags::NONE);
    assert_eq!(listing.entry(document(299)).unwrap().version(), 1);
}

#[test]
fn a_forgotten_document_is_gone_and_the_rest_lives_under_the_new_key() {
    let bench = Bench::new(3);
    let dossier = testing::dossier(0, &bench.entropy);
    create(&bench, &dossier);
    deposit(&bench, &dossier, &titles(0..300));
    let mut transaction = bench.begin();
    let sealed = SealedHead::read(&transaction, dossier.number)
        .unwrap()
        .unwrap();
    let old_key = bench.key(&transaction, sealed.slot());
    let mut head = sealed.open_for_change(seal(&old_key)).unwrap();
    let place = head
        .forget(&transaction, seal(&old_key), document(7))
        .unwrap();
    transaction.release(place.unwrap()).unwrap();
    head.prepare_reseal(&transaction, seal(&old_key)).unwrap();
    let slot = vault::Slot::new(SLOT).unwrap();
    let stage = bench.tree.stage(&bench.kms, &bench.entropy).unwrap();
    let rotation = stage
        .replace(
            &mut transaction,
            &[(Grove::Dossier, slot)],
            &bench.kms,
            &bench.entropy,
        )
        .unwrap();
    let new_key = rotation.tree().dossier_key(&transaction, slot).unwrap();
    let leaf = head
        .store(&mut transaction, seal(&new_key), &bench.entropy)
        .unwrap();
    state_tree::update(
        &mut transaction,
        &BTreeMap::from([(dossier.number, Some(leaf))]),
    )
    .unwrap();
    transaction.commit().unwrap();

    let rows = bench.catalog.snapshot().unwrap();
    let read = |key| {
        let head = SealedHead::read(&*rows, dossier.number).unwrap().unwrap();
        head.open(&*rows, seal(key))
    };
    assert!(read(&old_key).is_err(), "nothing opens under the old key");
    let listing = read(&new_key).unwrap();
    assert_eq!(listing.entries().count(), 299);
    assert!(listing.entry(document(7)).is_none());
    assert_eq!(listing.documents(), 300);
    let body = |at| listing.body(&*rows, seal(&new_key), document(at)).unwrap();
    assert!(body(7).is_none());
    assert!(body(8).is_some() && body(299).is_some());
    let dead: u64 = rows
        .segments()
        .unwrap()
        .iter()
        .map(|(_, row)| row.dead)
        .sum();
    assert_eq!(dead, place.unwrap().frame_bytes());
}

#[test]
fn every_row_of_a_dossier_is_removed_at_its_end() {
    let bench = Bench::new(4);
    let dossier = testing::dossier(0, &bench.entropy);
    let other = testing::dossier(1, &bench.entropy);
    create(&bench, &dossier);
    create(&bench, &other);
    deposit(&bench, &dossier, &titles(0..300));
    let mut transaction = bench.begin();
    let sealed = SealedHead::read(&transaction, dossier.number)
        .unwrap()
        .unwrap();
    let key = bench.key(&transaction, SLOT);
    let mut head = sealed.open_for_change(seal(&key)).unwrap();
    let places = head.bodies(&transaction, seal(&key)).unwrap();
    assert_eq!(places.len(), 300);
    remove_rows(&mut transaction, dossier.number).unwrap();
    state_tree::update(&mut transaction, &BTreeMap::from([(dossier.number, None)])).unwrap();
    transaction.commit().unwrap();
    let rows = bench.catalog.snapshot().unwrap();
    assert!(SealedHead::read(&*rows, dossier.number).unwrap().is_none());
    assert!(SealedHead::read(&*rows, other.number).unwrap().is_some());
    assert_eq!(rows.weigh(HEADS).unwrap().0, 1);
    assert_eq!(rows.weigh(BODY_KEYS).unwrap().0, 0);
}

#[test]
fn an_altered_older_swapped_or_missing_row_is_damage_never_not_found() {
    let bench = Bench::new(5);
    let dossier = testing::dossier(0, &bench.entropy);
    let other = testing::dossier(1, &bench.entropy);
    create(&bench, &dossier);
    create(&bench, &other);
    deposit(&bench, &dossier, &titles(0..3));
    let old = bench.catalog.snapshot().unwrap();
    deposit(&bench, &dossier, &titles(3..5));
    let live = row_key(dossier.number, LIVE_PART);
    let rows = bench.catalog.snapshot().unwrap();
    let good = rows.row(HEADS, &live).unwrap().unwrap();
    let older = old.row(HEADS, &live).unwrap().unwrap();
    let of_other = rows.row(HEADS, &row_key(other.number, 0)).unwrap().unwrap();
    let mut altered = good.clone();
    *altered.last_mut().unwrap() ^= 1;
    for value in [Some(altered), Some(older), Some(of_other), None] {
        let mut transaction = bench.begin();
        match &value {
            Some(value) => transaction.put(HEADS, &live, value).unwrap(),
            None => transaction.remove(HEADS, &live).unwrap(),
        }
        let read = SealedHead::read(&transaction, dossier.number).map(drop);
        assert_eq!(read, Err(StoreError::damaged(HEADS)));
    }
    let mut transaction = bench.begin();
    let keys = row_key(dossier.number, 0);
    let older = old.row(BODY_KEYS, &keys).unwrap().unwrap();
    transaction.put(BODY_KEYS, &keys, &older).unwrap();
    let listing = list(&bench, &dossier);
    let key = bench.key(&transaction, SLOT);
    let body = listing
        .body(&transaction, seal(&key), document(0))
        .map(drop);
    assert_eq!(body, Err(StoreError::damaged(BODY_KEYS)));
    assert!(
        SealedHead::read(&transaction, number(77))
            .unwrap()
            .is_none()
    );
}

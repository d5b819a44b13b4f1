//! Proves that a sheaf reads back what was put in, whatever order, and that no bytes make it
//! panic or read what is not there.

use super::*;
use crate::testing;
use crate::view::{DossierView, EntryView};
use base::{DocumentNumber, SeededEntropy};

fn sheaf(entries: u32) -> (Sheaf, Dossier, Vec<Entry>) {
    let entropy = SeededEntropy::new(1);
    let dossier = testing::dossier(3, &entropy);
    let mut sheaf = Sheaf::live(&dossier);
    let entries: Vec<_> = (0..entries)
        .map(|number| {
            let mut entry = testing::entry(&format!("title {number}"), &entropy);
            entry.number = DocumentNumber::new(number).unwrap();
            sheaf.push(&entry);
            entry
        })
        .collect();
    (sheaf, dossier, entries)
}

fn read(sheaf: &Sheaf) -> Vec<Entry> {
    (0..sheaf.len())
        .map(|at| EntryView::new(sheaf.entry(at).unwrap()).to_entry().unwrap())
        .collect()
}

fn reopened(sheaf: &Sheaf) -> Sheaf {
    Sheaf::parse(sheaf.to_plain(), sheaf.kind).unwrap()
}

#[test]
fn state_and_entries_are_read_back() {
    let (sheaf, dossier, entries) = sheaf(20);
    for sheaf in [&sheaf, &reopened(&sheaf)] {
        let view = DossierView::new(sheaf.dossier().unwrap());
        assert!(view.to_dossier().unwrap() == dossier);
        assert_eq!(view.id(), dossier.id);
        assert!(read(sheaf) == entries);
        assert!(sheaf.entry(20).is_none());
        assert_eq!(EntryView::new(sheaf.entry(7).unwrap()).title(), "title 7");
    }
}

#[test]
fn one_entry_or_the_state_can_be_replaced() {
    let (mut sheaf, mut dossier, mut entries) = sheaf(5);
    entries[2].title = "a much longer title than it had before".to_string();
    sheaf.set_entry(2, &entries[2]);
    dossier.masking = crate::Masking::ByDefault;
    sheaf.set_dossier(&dossier);
    let sheaf = reopened(&sheaf);
    assert!(read(&sheaf) == entries);
    let view = DossierView::new(sheaf.dossier().unwrap());
    assert_eq!(view.masking(), crate::Masking::ByDefault);
}

#[test]
fn the_oldest_entries_can_be_split_off() {
    let (mut sheaf, _, entries) = sheaf(9);
    let old = reopened(&sheaf.split_off_oldest(6));
    assert!(old.dossier().is_none());
    assert!(read(&old) == entries[..6]);
    assert!(read(&reopened(&sheaf)) == entries[6..]);
    assert!(Sheaf::parse(old.to_plain(), SheafKind::Live).is_err());
}

#[test]
fn no_flipped_bit_and_no_cut_makes_it_panic() {
    let (sheaf, _, _) = sheaf(2);
    let plain = sheaf.to_plain();
    let bytes = plain.as_slice();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = Buffer::zeroed(bytes.len());
        damaged.as_mut_slice().copy_from_slice(bytes);
        damaged.as_mut_slice()[bit / 8] ^= 1 << (bit % 8);
        if let Ok(sheaf) = Sheaf::parse(damaged, SheafKind::Live) {
            let _ = DossierView::new(sheaf.dossier().unwrap()).to_dossier();
            let _ = read(&sheaf);
        }
    }
    for cut in 0..bytes.len() {
        let mut damaged = Buffer::zeroed(cut);
        damaged.as_mut_slice().copy_from_slice(&bytes[..cut]);
        assert!(
            Sheaf::parse(damaged, SheafKind::Live).is_err(),
            "cut at {cut}"
        );
    }
}

//! Proves that a sheaf reads back what was put in, whatever order, and that no bytes make it
//! panic or read what is not there.

use super::*;
use crate::testing;
use crate::view::{DossierView, EntryView};
use base::{DocumentNumber, SeededEntropy};
use page::archive::{Archives, blobs};

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

fn coded(text: &str) -> crate::Coded {
    crate::Coded {
        code: format!("code of {text}"),
        system: "1.2".to_owned(),
        label: String::new(),
    }
}

/// A dossier and an entry of which every list has members and every choice is made.
fn full() -> (Dossier, Entry) {
    let at = base::Instant::from_millis;
    let entropy = SeededEntropy::new(4);
    let mut dossier = testing::dossier(9, &entropy);
    let party = crate::Party {
        kind: crate::PartyKind::Structure,
        id: "a structure that has a long number".to_owned(),
    };
    dossier.traits = Some(crate::Traits {
        birth_name: "NOM".to_owned(),
        given_names: "PRENOM AUTRE".to_owned(),
        used_name: String::new(),
        sex: "F".to_owned(),
        born: at(-5),
        birth_place: "75056".to_owned(),
    });
    dossier.closing = Some(crate::Closing {
        at: at(6),
        reason: "reason".to_owned(),
        purge: at(7),
    });
    dossier.consents.samu.consent = Consent::Deny;
    dossier.masking = crate::Masking::ByDefault;
    dossier.blocks.push(crate::Block {
        party: party.clone(),
        since: at(8),
    });
    let tie = |from| crate::Tie {
        party: party.clone(),
        from: at(from),
        until: base::Instant::MAX,
    };
    dossier.team = vec![tie(10), tie(11)];
    dossier.representatives.push(crate::Representative {
        id: "r".to_owned(),
        role: crate::RepresentativeRole::Aidant,
        from: at(12),
        until: at(13),
    });
    dossier.majority = Some(at(14));
    let mut entry = testing::entry("exactly8", &entropy);
    let earlier = base::EntryId::from_bytes([7; 16]);
    let (flags, status) = (Flags::MASQUE_PS, Availability::Archived);
    entry.supersede(earlier, flags, status, at(15), base::CommitSeq::new(16));
    entry.invisible_until = Some(at(17));
    entry.class = coded("class");
    entry.events = vec![coded("one"), coded("two")];
    entry.authors.push(crate::Author {
        name: "x".repeat(70),
        ..crate::Author::default()
    });
    entry.source_patient_info = vec!["PID-5|NOM".to_owned(), String::new()];
    entry.hash = [3; 20];
    entry.size = 1 << 40;
    entry.comments = "y".repeat(300);
    entry.submission.content_type = coded("set");
    entry.submission.submitted = at(18);
    entry.replaces = Some(base::DocumentId::from_bytes([8; 16]));
    entry.text_length = 19;
    (dossier, entry)
}

/// The page is enough to read a head: what is read by its table is what was written.
#[test]
fn a_head_is_read_by_the_page_alone() {
    let (dossier, entry) = full();
    let mut sheaf = Sheaf::live(&dossier);
    sheaf.push(&entry);
    let plain = sheaf.to_plain();
    let found = blobs(plain.as_slice(), 1).unwrap();
    let page = Archives::of_the_page().unwrap();
    let told = |kind: &str, blob| -> Vec<_> {
        let fields = page.read(kind, blob).unwrap().into_iter();
        fields
            .map(|(path, said)| format!("{path} {said}"))
            .collect()
    };
    let (state, document) = (told("Dossier", found[0]), told("Entry", found[1]));
    let long = format!("comments {:?}", "y".repeat(300));
    let name = format!("authors[0].name {:?}", "x".repeat(70));
    let id = format!("id {:?}", dossier.id.as_bytes());
    let matricule = format!("aliases[0].matricule {:?}", dossier.aliases[0].matricule);
    for wanted in [
        &*id,
        "number 9",
        &matricule,
        "traits.birth_name \"NOM\"",
        "traits.given_names \"PRENOM AUTRE\"",
        "traits.used_name \"\"",
        "traits.born -5",
        "closing.at 6",
        "closing.reason \"reason\"",
        "closing.purge 7",
        "consents.samu.consent 2",
        "consents.deposit.consent 3",
        "masking 1",
        "blocks[0].party.kind 1",
        "blocks[0].party.id \"a structure that has a long number\"",
        "blocks[0].since 8",
        "team[1].from 11",
        "team[1].until 9223372036854775807",
        "representatives[0].id \"r\"",
        "representatives[0].role 2",
        "representatives[0].until 13",
        "majority 14",
        "changed 0",
    ] {
        assert!(
            state.iter().any(|line| line == wanted),
            "{wanted}: {state:#?}"
        );
    }
    for wanted in [
        "entry [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]",
        "version 2",
        "earlier[0].status 1",
        "earlier[0].until 15",
        "status 3",
        "flags 1",
        "invisible_until 17",
        "kind.code \"11502-2\"",
        "class.code \"code of class\"",
        "class.system \"1.2\"",
        "events[1].code \"code of two\"",
        &name,
        "legal_authenticator none",
        "source_patient_info[0] \"PID-5|NOM\"",
        "source_patient_info[1] \"\"",
        "service_end none",
        "title \"exactly8\"",
        &long,
        "size 1099511627776",
        "hash [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]",
        "submission.content_type.code \"code of set\"",
        "submission.submitted 18",
        "replaces [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]",
        "replaced_by none",
        "text_length 19",
        "changed 16",
    ] {
        assert!(
            document.iter().any(|line| line == wanted),
            "{wanted}: {document:#?}"
        );
    }
}

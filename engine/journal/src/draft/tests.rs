//! Proves that a sealed entry opens with its own keys at its own place and nowhere else, that
//! forgetting the patient's or the period's key closes it, and what it is a proof for.

use super::*;
use crate::log::Log;
use crate::testing::{
    Keys, PERIOD, STORE, agent, disclosed, document, dossier, handle, listed, origin, trace,
};
use crate::trace::Verb;
use base::rows::MapRows;
use base::{DocumentId, Purpose, SessionId};
use vault::{Grove, Slot};

fn words() -> Words {
    Words {
        query: "insuffisance cardiaque".into(),
        motive: String::new(),
    }
}

fn searched(patient: u32) -> Trace {
    let act = Act::Queried {
        verb: Verb::Search,
        documents: vec![document(4)],
    };
    trace(patient, act)
}

#[test]
fn an_entry_opens_with_its_own_keys_only() {
    let keys = Keys::new(1);
    let entry = keys.draft(1, &searched(1), Some(&words())).entry().clone();
    let own = keys.entry_key(1, PERIOD);
    assert!(entry.open_trace(STORE, &own).unwrap() == searched(1));
    assert!(entry.open_words(STORE, &keys.dossier(1)).unwrap() == words());
    let wrong = Some(UnsealError::Open(OpenError::WrongKey));
    assert_eq!(
        entry.open_trace(STORE, &keys.entry_key(2, PERIOD)).err(),
        wrong
    );
    assert_eq!(
        entry
            .open_trace(STORE, &keys.entry_key(1, PERIOD + 1))
            .err(),
        wrong
    );
    assert_eq!(entry.open_words(STORE, &keys.dossier(2)).err(), wrong);
    let elsewhere = StoreId::from_bytes([8; 16]);
    let moved = Some(UnsealError::Open(OpenError::Tampered));
    assert_eq!(entry.open_trace(elsewhere, &own).err(), moved);
}

#[test]
fn nothing_of_the_trace_or_the_words_is_in_clear() {
    let keys = Keys::new(2);
    let entry = keys.draft(1, &searched(1), Some(&words())).entry().clone();
    for secret in [
        "insuffisance",
        "cardiaque",
        "899700000001",
        "750000001",
        "dmp-2011",
    ] {
        let found = entry
            .bytes()
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret} is in clear");
    }
    let found = entry
        .bytes()
        .windows(16)
        .any(|part| part == document(4).as_bytes());
    assert!(!found, "a document id is in clear");
    let lengths = [1_usize, 2, 3].map(|count| {
        let documents: Vec<u8> = (0..u8::try_from(count).unwrap()).collect();
        keys.draft(1, &disclosed(1, &documents), None)
            .entry()
            .bytes()
            .len()
    });
    assert_eq!(
        lengths[0], lengths[1],
        "the length tells how many documents were read"
    );
}

#[test]
fn the_clear_head_is_bound_to_the_sealed_parts() {
    let keys = Keys::new(3);
    let entry = keys.draft(1, &searched(1), Some(&words())).entry().clone();
    for at in [4, 5, 8, 23] {
        let mut bytes = entry.bytes().to_vec();
        bytes[at] ^= 1;
        let altered = Entry::from_bytes(bytes).unwrap();
        let opened = altered.open_trace(STORE, &keys.entry_key(1, PERIOD));
        assert_eq!(
            opened.err(),
            Some(UnsealError::Open(OpenError::Tampered)),
            "{at}"
        );
        assert!(altered.open_words(STORE, &keys.dossier(1)).is_err(), "{at}");
    }
    for (at, byte) in [(1, 1), (1, 3), (2, 3)] {
        let mut bytes = entry.bytes().to_vec();
        bytes[at] = byte;
        let altered = Entry::from_bytes(bytes).unwrap();
        assert!(
            altered
                .open_trace(STORE, &keys.entry_key(1, PERIOD))
                .is_err()
        );
    }
}

#[test]
fn words_of_one_entry_do_not_open_beside_the_trace_of_another() {
    let keys = Keys::new(4);
    let one = keys.draft(1, &searched(1), Some(&words())).entry().clone();
    let two = keys.draft(1, &searched(1), Some(&words())).entry().clone();
    let mut writer = EntryWriter::new(one.header(), 0b110);
    writer.part(one.sealed_trace().unwrap()).unwrap();
    writer.part(two.sealed_words().unwrap()).unwrap();
    let mixed = writer.finish().unwrap();
    assert!(mixed.open_trace(STORE, &keys.entry_key(1, PERIOD)).is_ok());
    let opened = mixed.open_words(STORE, &keys.dossier(1));
    assert_eq!(opened.err(), Some(UnsealError::Open(OpenError::Tampered)));
}

#[test]
fn forgetting_a_key_closes_the_trace_and_leaves_the_log_whole() {
    let mut keys = Keys::new(5);
    let mut rows = MapRows::new();
    let mut log = Log::create(&mut rows, origin()).unwrap();
    let drafts = vec![
        keys.draft(1, &searched(1), Some(&words())),
        keys.draft(2, &listed(2), None),
    ];
    let _ = log.append(&mut rows, drafts).unwrap();
    let root = log.root();
    let forgotten = [(Grove::Dossier, 1), (Grove::Audit, PERIOD)];
    let slots = forgotten.map(|(grove, slot)| (grove, Slot::new(slot).unwrap()));
    let stage = keys.tree.stage(&keys.kms, &keys.entropy).unwrap();
    let rotation = stage
        .replace(&mut keys.rows, &slots, &keys.kms, &keys.entropy)
        .unwrap();
    keys.tree = rotation.tree().clone();
    let entry = log.entry(&rows, 0).unwrap();
    let closed = Some(UnsealError::Open(OpenError::WrongKey));
    assert_eq!(
        entry.open_trace(STORE, &keys.entry_key(1, PERIOD)).err(),
        closed
    );
    assert_eq!(entry.open_words(STORE, &keys.dossier(1)).err(), closed);
    let other = log.entry(&rows, 1).unwrap();
    assert_eq!(
        other.open_trace(STORE, &keys.entry_key(2, PERIOD)).err(),
        closed
    );
    let checked = crate::verify::verify_all(&rows).unwrap();
    assert!(checked.is_clean());
    assert_eq!(checked.root, root);
}

#[test]
fn a_draft_is_a_proof_for_what_it_names_and_nothing_else() {
    let keys = Keys::new(6);
    let shown = |trace: &Trace| keys.draft(1, trace, None).subjects().to_vec();
    let whole = Subject::Dossier(dossier(1));
    let content = |number| Subject::Document(dossier(1), document(number));
    assert_eq!(shown(&listed(1)), [whole]);
    assert_eq!(
        shown(&disclosed(1, &[1, 2])),
        [whole, content(1), content(2)]
    );
    assert_eq!(shown(&searched(1)), [whole, content(4)]);
    let metadata = Act::Accessed {
        verb: Verb::Entries,
        documents: vec![document(9)],
    };
    assert_eq!(
        shown(&trace(1, metadata)),
        [whole],
        "metadata are not content"
    );
    let mut refused = disclosed(1, &[1]);
    refused.decision = Decision::Deny;
    assert_eq!(shown(&refused), []);
    let denied = Act::Denied {
        verb: Verb::Fetch,
        document: Some(document(1)),
    };
    assert_eq!(shown(&trace(1, denied)), []);
    let mut counted = trace(
        1,
        Act::Counted {
            verb: Verb::Count,
            question: "diabete".into(),
        },
    );
    counted.dossier = None;
    counted.agent = agent(Purpose::Population);
    assert_eq!(
        shown(&counted),
        [Subject::Aggregate(SessionId::from_bytes([3; 16]))]
    );
}

#[test]
fn a_trace_that_does_not_fit_is_refused() {
    let keys = Keys::new(7);
    let seal = TraceSeal {
        store: STORE,
        handle: handle(1),
        key: &keys.entry_key(1, PERIOD),
        entropy: &keys.entropy,
    };
    let most = base::limit::TRACE_DOCUMENTS_MAX;
    let documents = |count| Act::Disclosed {
        documents: vec![DocumentId::from_bytes([1; 16]); count],
    };
    let long = Words {
        query: "x".repeat(base::limit::FIELD_BYTES_MAX),
        motive: "y".repeat(base::limit::FIELD_BYTES_MAX),
    };
    let key = keys.dossier(1);
    let words = WordsSeal {
        words: &long,
        key: &key,
    };
    let full = Draft::trace(&seal, &trace(1, documents(most)), Some(&words)).unwrap();
    assert!(full.entry().open_words(STORE, &key).unwrap() == long);
    let over = Draft::trace(&seal, &trace(1, documents(most + 1)), None);
    assert_eq!(over.err(), Some(JournalError::TooLong));
    let mut named = listed(1);
    named.agent.actor = "a".repeat(256);
    assert_eq!(
        Draft::trace(&seal, &named, None).err(),
        Some(JournalError::TooLong)
    );
}

#[test]
fn an_erasure_says_who_under_seal_and_how_far_in_clear() {
    use crate::fact::ErasureStage;
    let keys = Keys::new(8);
    let erased = trace(
        1,
        Act::Erased {
            documents: Vec::new(),
        },
    );
    let fact = Fact::Erasure {
        at: erased.at,
        stage: ErasureStage::Begun,
        epoch: 2,
        receipt: base::Digest::ZERO,
    };
    let seal = TraceSeal {
        store: STORE,
        handle: handle(1),
        key: &keys.entry_key(1, PERIOD),
        entropy: &keys.entropy,
    };
    let draft = Draft::trace_with_fact(&seal, &erased, None, &fact).unwrap();
    assert_eq!(draft.entry().fact(), Some(fact.clone()));
    assert!(
        draft
            .entry()
            .open_trace(STORE, &keys.entry_key(1, PERIOD))
            .unwrap()
            == erased
    );
    let unfit = Draft::trace_with_fact(&seal, &listed(1), None, &fact);
    assert!(matches!(unfit.err(), Some(JournalError::Bug(_))));
}

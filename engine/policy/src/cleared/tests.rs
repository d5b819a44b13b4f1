//! Proves that a value opens only for a proof that names all its subjects, and is made only for
//! what the lens allows.

use super::*;
use crate::fixture::{DOSSIER, LAUNCH, document, dossier, noon, professional};
use crate::{DossierLens, Relation, Secrecy, TraceFacts};
use base::rows::MapRows;
use base::{AuditHandle, DocumentId, Flags, Purpose, SeededEntropy, StoreId};
use journal::{Act, Agent, Decision, Draft, Outbox, Pending, Trace, TraceSeal, Verb};
use vault::{KeyFile, KeyTree, Slot};

const SESSION: SessionId = SessionId::from_bytes([5; 16]);

/// A proof that a trace of this act waits.
fn recorded(act: Act, of: Option<base::DossierId>) -> Recorded<Pending> {
    let entropy = SeededEntropy::new(3);
    let thread = format!("{:?}", std::thread::current().id());
    let name = format!("liasse-policy-{}-{thread}.key", std::process::id());
    let path = std::env::temp_dir().join(name);
    let kms = KeyFile::create(&path, &entropy).expect("a new file");
    let store = StoreId::from_bytes([7; 16]);
    let mut rows = MapRows::new();
    let tree = KeyTree::create(&mut rows, &kms, store, &entropy).expect("a new tree");
    std::fs::remove_file(&path).expect("it was made above");
    let key = |slot| {
        tree.audit_key(&rows, Slot::new(slot).expect("small"))
            .expect("it is there")
    };
    let trace = Trace {
        at: noon(),
        dossier: of,
        agent: Agent {
            actor: "actor-1".to_owned(),
            profession: "medecin".to_owned(),
            speciality: String::new(),
            structure: String::new(),
            purpose: Purpose::Care,
            session: SESSION,
            secrecy: journal::Secrecy::Open,
        },
        decision: Decision::Permit,
        pack: "dmp-2011 1.0.0".to_owned(),
        act,
    };
    let seal = TraceSeal {
        store,
        handle: AuditHandle::from_bytes([1; 16]),
        key: &key(0).entry_key(&key(1)),
        entropy: &entropy,
    };
    let draft = Draft::trace(&seal, &trace, None).expect("it is small");
    let admitted = Outbox::new(1 << 16).admit(draft, noon);
    admitted.unwrap_or_else(|_| panic!("the outbox is empty"))
}

fn disclosed(documents: &[u8]) -> Recorded<Pending> {
    let documents = documents
        .iter()
        .map(|byte| DocumentId::from_bytes([*byte; 16]))
        .collect();
    recorded(Act::Disclosed { documents }, Some(DOSSIER))
}

fn seen(relations: &[Relation]) -> DossierLens {
    LAUNCH
        .lens(&professional("medecin", Purpose::Care), noon())
        .scope(&dossier(relations))
}

#[test]
fn content_opens_for_the_proof_of_its_own_disclosure_only() {
    let lens = seen(&[Relation::Authorised]);
    let paper = document(&LAUNCH, "11488-4");
    let clear = || lens.clear(&paper, "content").expect("she sees it");
    assert_eq!(clear().release(&disclosed(&[9])), Ok("content"));
    assert_eq!(clear().release(&disclosed(&[1, 9])), Ok("content"));
    assert_eq!(clear().release(&disclosed(&[1])), Err(WrongProof));
    let listing = Act::Accessed {
        verb: Verb::Entries,
        documents: Vec::new(),
    };
    assert_eq!(
        clear().release(&recorded(listing, Some(DOSSIER))),
        Err(WrongProof)
    );
}

#[test]
fn a_list_opens_for_a_proof_that_names_each() {
    let lens = seen(&[Relation::Authorised]);
    let papers = [1, 2].map(|byte| {
        let document = DocumentId::from_bytes([byte; 16]);
        DocumentFacts {
            document,
            ..document_of_care()
        }
    });
    let all = || {
        Cleared::gathered(
            papers
                .iter()
                .map(|paper| lens.clear(paper, paper.document).expect("she sees it")),
        )
    };
    assert_eq!(all().subjects().len(), 2);
    assert_eq!(all().release(&disclosed(&[1])), Err(WrongProof));
    assert_eq!(
        all().release(&disclosed(&[2, 1])).map(|list| list.len()),
        Ok(2)
    );
}

fn document_of_care() -> DocumentFacts {
    document(&LAUNCH, "11488-4")
}

#[test]
fn what_the_lens_hides_is_not_cleared() {
    let mut masked = document_of_care();
    masked.flags = Flags::MASQUE_PS;
    let lens = seen(&[Relation::Authorised]);
    assert!(lens.clear(&masked, ()).is_none() && lens.clear_entry(&masked, ()).is_none());
    assert!(lens.clear_dossier(()).is_some());
    let stranger = seen(&[]);
    assert!(stranger.clear_dossier(()).is_none());
    assert!(stranger.clear(&document_of_care(), ()).is_none());
    let trace = TraceFacts {
        secrecy: Secrecy::Open,
        document: None,
    };
    assert!(
        lens.clear_trace(trace, ()).is_none(),
        "traces are the holder's"
    );
}

#[test]
fn numbers_over_many_dossiers_are_documents_of_a_panel_or_persons_of_a_population() {
    let counts = || vec![("a", 10), ("b", 11)];
    let draw = 3;
    let cells = || vec![("a", persons(12, draw)), ("b", persons(26, draw))];
    let of = |purpose| LAUNCH.lens(&professional("medecin", purpose), noon());
    let proof = recorded(
        Act::Counted {
            verb: Verb::Count,
            question: String::new(),
        },
        None,
    );
    for purpose in Purpose::ALL {
        let documents = of(*purpose).clear_counts(SESSION, counts());
        let census = of(*purpose).clear_census(SESSION, cells());
        match purpose {
            Purpose::Panel => {
                assert_eq!(documents.expect("hers").release(&proof), Ok(counts()));
                assert!(census.is_none());
            }
            Purpose::Population => {
                assert!(documents.is_none());
                let told = census.expect("numbers").release(&proof);
                assert_eq!(told, Ok(vec![("b", 33)]));
            }
            Purpose::Care
            | Purpose::EmergencyBtg
            | Purpose::EmergencySamu
            | Purpose::Holder
            | Purpose::Representative
            | Purpose::Audit
            | Purpose::Contract => assert!(documents.is_none() && census.is_none(), "{purpose}"),
        }
    }
}

fn persons(count: u64, draw: u64) -> Persons {
    Persons { count, draw }
}

/// No cell below 11, none that turns on one person with certainty, none that is off by a cell
/// or more, and right on average.
#[test]
fn a_number_of_persons_is_rounded_so_that_no_one_person_decides_it() {
    let cell = limit::POPULATION_CELL_MIN;
    for count in 0..500 {
        let told: Vec<_> = (0..cell).map(|draw| persons(count, draw).told()).collect();
        for one in told.iter().flatten() {
            assert!(
                one % cell == 0 && one.abs_diff(count) < cell,
                "{count} as {one}"
            );
            assert!(*one >= 2 * cell && count > cell);
        }
        if count >= 2 * cell {
            let sum: u64 = told.iter().map(|one| one.unwrap()).sum();
            assert_eq!(sum, count * cell, "not right on average");
        }
        // One person more moves the answer under one draw in eleven at most.
        let more = (0..cell).map(|draw| persons(count + 1, draw).told());
        let moved = told.iter().zip(more).filter(|(one, other)| *one != other);
        assert!(moved.count() <= 1, "{count}");
    }
}

//! Proves that receipts are told again to whoever began an erasure, of a document as of a
//! dossier, alone and in a batch, and to nobody else.

use crate::bench::{Bench, holder, request};
use crate::forgetting::{deposit, doctor, ins, paper};
use crate::sinks::{Fragile, to};
use liasse::{Code, DocumentId, Engine, Erasure, Purpose, Receipt, Session, Target};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Persons 1 with two documents and 2 with one, in a store with a sink that can be broken.
fn world() -> (Bench, Arc<Fragile>, Engine, [DocumentId; 3]) {
    let bench = Bench::new();
    let sink = Fragile::new(&bench, "sink");
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), to(&[Arc::clone(&sink)])).unwrap();
    let doctor = doctor(&engine);
    let first = deposit(&doctor, &paper(1, "A", "premier", ""));
    let second = deposit(&doctor, &paper(1, "B", "second", ""));
    let other = deposit(&doctor, &paper(2, "A", "autre", ""));
    drop(doctor);
    let documents = [first, second, other].map(|it| it.document);
    (bench, sink, engine, documents)
}

/// What a batch of one says.
fn batch(engine: &Engine, session: &Session, target: Target) -> liasse::Result<Vec<Receipt>> {
    let asked = [Erasure { session, target }];
    engine.erase(&asked).unwrap().remove(0)
}

#[test]
fn receipts_of_a_document_are_told_again_to_whoever_erased_it() {
    let (bench, sink, engine, [first, second, other]) = world();
    let asked = holder(&engine, &ins(1));
    sink.broken.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        let told = asked.erase_document(first).unwrap_err();
        assert_eq!(told.code(), Code::Sink, "{told}");
        assert_eq!(told.place(), None, "a holder is not told where it lies");
    }
    assert_eq!(engine.receipts().unwrap(), []);
    sink.broken.store(false, Ordering::SeqCst);
    // Asking once more completes it.
    let receipts = asked.erase_document(first).unwrap();
    assert_eq!(
        receipts.iter().map(|it| it.number).collect::<Vec<_>>(),
        [1, 2]
    );
    let kept = engine.receipts().unwrap();
    assert!(kept.iter().map(|it| &it.receipt).eq(&receipts));
    assert_eq!(engine.stats().unwrap().erasures_waiting, 0);
    // What is erased next has receipts of its own, and changes none.
    let next = asked.erase_document(second).unwrap();
    assert!(next[0].entry > receipts[1].entry);
    assert_eq!(asked.erase_document(first).unwrap(), receipts);
    assert_eq!(
        batch(&engine, &asked, Target::Document(first)).unwrap(),
        receipts
    );
    assert_eq!(
        batch(&engine, &asked, Target::Document(second)).unwrap(),
        next
    );
    drop(asked);
    // Of a batch each has its own.
    let third = deposit(&doctor(&engine), &paper(1, "C", "troisieme", "")).document;
    let fourth = deposit(&doctor(&engine), &paper(2, "B", "quatrieme", "")).document;
    let sessions = [1, 2].map(|person| holder(&engine, &ins(person)));
    let targets = [third, fourth].map(Target::Document);
    let both = sessions.iter().zip(targets);
    let both: Vec<_> = both
        .map(|(session, target)| Erasure { session, target })
        .collect();
    let said = |engine: &Engine| -> Vec<_> {
        let outcomes = engine.erase(&both).unwrap();
        outcomes.into_iter().map(Result::unwrap).collect()
    };
    let told = said(&engine);
    assert_ne!(told[0][0].entry, told[1][0].entry);
    assert_eq!(said(&engine), told);
    drop(both);
    drop(sessions);
    engine.close().unwrap();
    let store = bench.root.join("store");
    let engine = Engine::open(&store, bench.key(), to(&[sink])).unwrap();
    let again = holder(&engine, &ins(1));
    assert_eq!(again.erase_document(first).unwrap(), receipts);
    // To everybody else, and of anything else, it is a document that never was.
    let never = DocumentId::from_bytes([7; 16]);
    let unknown = again.erase_document(never).unwrap_err().to_string();
    let mut told = vec![again.erase_document(other).unwrap_err()];
    let mut delegate = request("delegate", "mandataire", Purpose::Representative);
    delegate.patient = Some(ins(1));
    for session in [
        engine.session(delegate).unwrap(),
        holder(&engine, &ins(2)),
        caring(&engine),
        doctor(&engine),
    ] {
        told.push(session.erase_document(first).unwrap_err());
        told.push(batch(&engine, &session, Target::Document(first)).unwrap_err());
    }
    for told in told {
        assert_eq!(
            (told.code(), told.to_string()),
            (Code::Refused, unknown.clone())
        );
    }
    // They outlive the dossier, beside its own.
    let whole = again.erase(&ins(1)).unwrap();
    assert!(whole[0].entry > next[1].entry);
    assert_eq!(again.erase_document(first).unwrap(), receipts);
    assert_eq!(
        batch(&engine, &again, Target::Dossier(ins(1))).unwrap(),
        whole
    );
    assert_eq!(again.erase(&ins(1)).unwrap(), whole);
    // Another dossier that goes changes nothing of it.
    holder(&engine, &ins(2)).erase(&ins(2)).unwrap();
    assert_eq!(again.erase(&ins(1)).unwrap(), whole);
    for session in [doctor(&engine), caring(&engine), holder(&engine, &ins(2))] {
        let told = [ins(1), ins(9)].map(|it| session.erase(&it).unwrap_err().to_string());
        assert_eq!(told[0], told[1]);
    }
}

/// One who says the holder's name and acts in another purpose.
fn caring(engine: &Engine) -> Session {
    let mut caring = request("holder", "patient", Purpose::Care);
    caring.patient = Some(ins(1));
    engine.session(caring).unwrap()
}

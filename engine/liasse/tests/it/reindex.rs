//! Proves that a damaged index is told, found and rebuilt, and that documents are analysed again
//! while the store works on.

use crate::bench::{Bench, dossier, fill, holder, options, session};
use liasse::{
    Code, Damaged, Deposit, Engine, Matricule, Options, Purpose, Reindex, SearchRequest, Session,
};
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

fn aside() -> Options {
    let mut options = options();
    options.damaged_index = Damaged::SetAside;
    options.index_tail_documents_max = 3;
    options
}

fn open(bench: &Bench, options: Options) -> liasse::Result<Engine> {
    Engine::open(&bench.root.join("store"), bench.key(), options)
}

/// A closed store with two dossiers in several segments.
fn ground(bench: &Bench) -> Vec<Matricule> {
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), aside()).unwrap();
    let doctor = session(&engine, ("doctor", "medecin"), Purpose::Care);
    let patients = (0..2).map(|rank| fill(&doctor, rank).0).collect();
    engine.settle().unwrap();
    engine.close().unwrap();
    patients
}

fn doctor(engine: &Engine) -> Session {
    session(engine, ("doctor", "medecin"), Purpose::Care)
}

fn answers(engine: &Engine, patients: &[Matricule]) -> liasse::Result<Vec<String>> {
    let doctor = doctor(engine);
    let mut told = Vec::new();
    for patient in patients {
        for query in [
            "patient",
            "traitement OR examen",
            "\"compte rendu\"",
            "date:2000..",
        ] {
            let asked = SearchRequest::new(query).of(patient.clone()).counted();
            let answer = doctor.ask(&asked)?;
            let hits = answer.hits.iter();
            let hits: Vec<_> = hits.map(|hit| (hit.entry.document, hit.score)).collect();
            told.push(format!("{:?} {hits:?}", answer.total));
        }
    }
    Ok(told)
}

fn files(bench: &Bench) -> Vec<PathBuf> {
    let folder = fs::read_dir(bench.root.join("store/index")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn go_on(_: liasse::Reindexed) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// One byte of each index file, one after another: the store refuses to open or to search and
/// names the file, `verify` finds it, `reindex` rebuilds it, and answers are those of before.
#[test]
fn a_tampered_index_is_told_found_and_rebuilt() {
    let bench = Bench::new();
    let patients = ground(&bench);
    let engine = open(&bench, options()).unwrap();
    let expected = answers(&engine, &patients).unwrap();
    engine.close().unwrap();
    let rounds = files(&bench).len().min(12);
    for round in 0..rounds {
        let files = files(&bench);
        let path = &files[round % files.len()];
        let name = format!("index/{}", path.file_name().unwrap().to_str().unwrap());
        let mut bytes = fs::read(path).unwrap();
        let at = bytes.len() * round / rounds;
        bytes[at] ^= 0x10;
        fs::write(path, &bytes).unwrap();
        match open(&bench, options()) {
            Err(error) => {
                assert_eq!((error.code(), error.place()), (Code::Corrupt, Some(&*name)));
                assert!(error.to_string().contains("liasse reindex"), "{error}");
            }
            Ok(engine) => {
                match answers(&engine, &patients) {
                    Ok(told) => assert_eq!(told, expected),
                    Err(error) => assert_eq!(error.place(), Some(&*name)),
                }
                drop(engine);
            }
        }
        let store = bench.root.join("store");
        let report = Engine::verify(&store, bench.key(), options()).unwrap();
        let places: Vec<_> = report
            .findings
            .iter()
            .map(|it| (it.invariant, &*it.place))
            .collect();
        assert_eq!(places, [("X2", &*name)]);
        let engine = open(&bench, aside()).unwrap();
        let done = engine.reindex(Reindex::Needed, &mut go_on).unwrap();
        assert!(done.documents > 0 && done.documents == done.of, "{done:?}");
        assert_eq!(answers(&engine, &patients).unwrap(), expected);
        engine.close().unwrap();
        bench.verify();
    }
}

/// While the index is set aside, searches are refused and everything else works.
#[test]
fn a_store_with_a_damaged_index_still_gives_documents() {
    let bench = Bench::new();
    let patients = ground(&bench);
    let path = files(&bench).pop().unwrap();
    fs::write(path, b"garbage").unwrap();
    let engine = open(&bench, aside()).unwrap();
    let refused = answers(&engine, &patients).unwrap_err();
    assert_eq!(refused.code(), Code::Corrupt);
    let entries = doctor(&engine)
        .entries(&patients[0], liasse::Statuses::All)
        .unwrap();
    assert!(!entries.is_empty());
    doctor(&engine).fetch(entries[0].document).unwrap();
    engine.reindex(Reindex::Needed, &mut go_on).unwrap();
    assert!(answers(&engine, &patients).is_ok());
    engine.close().unwrap();
    bench.verify();
}

/// Every document again, stopped after each step: searches are answered all along, deposits too,
/// and what was done stays done.
#[test]
fn everything_is_analysed_again_step_by_step() {
    let bench = Bench::new();
    let patients = ground(&bench);
    let engine = open(&bench, aside()).unwrap();
    let expected = answers(&engine, &patients).unwrap();
    let mut steps = 0;
    let first = engine
        .reindex(Reindex::Everything, &mut |now| {
            assert!(now.documents <= now.of && now.segments == 1);
            assert_eq!(answers(&engine, &patients).unwrap(), expected);
            steps += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!((steps, first.segments), (1, 1));
    let next = dossier(2).documents[0].cda();
    let deposited = |engine: &Engine| {
        let deposit = Deposit::new(next.as_bytes()).opening();
        doctor(engine).deposit(&deposit).unwrap();
    };
    let done = engine
        .reindex(Reindex::Everything, &mut |now| {
            if now.segments == 1 {
                deposited(&engine);
            }
            assert_eq!(answers(&engine, &patients).unwrap(), expected);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(done.segments > 1 && done.documents >= first.of, "{done:?}");
    engine.close().unwrap();
    let engine = open(&bench, aside()).unwrap();
    assert_eq!(answers(&engine, &patients).unwrap(), expected);
    let none = engine.reindex(Reindex::Needed, &mut go_on).unwrap();
    assert_eq!(
        (none.documents, none.segments),
        (0, 0),
        "nothing is outdated"
    );
    engine.close().unwrap();
    bench.verify();
}

/// An erasure comes between the steps of work that was planned before it: that work is planned
/// anew, and nothing of the erased is in the index behind it.
#[test]
fn work_on_the_index_that_began_before_an_erasure_is_redone() {
    let bench = Bench::new();
    let patients = ground(&bench);
    let engine = open(&bench, aside()).unwrap();
    let expected = answers(&engine, &patients[1..]).unwrap();
    let all = engine.stats().unwrap().documents;
    let mut receipts = Vec::new();
    let done = engine.reindex(Reindex::Everything, &mut |_| {
        if receipts.is_empty() {
            let holder = holder(&engine, &patients[0]);
            receipts = holder.erase(&patients[0]).unwrap();
        }
        ControlFlow::Continue(())
    });
    assert!(done.unwrap().segments > 1);
    assert_eq!(receipts.len(), 2);
    assert_eq!(answers(&engine, &patients[1..]).unwrap(), expected);
    let left = engine.stats().unwrap().documents;
    assert!(left < all, "{left} of {all}");
    engine.close().unwrap();
    let store = bench.root.join("store");
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let mut named = index::manifest_files(&*catalog.snapshot().unwrap()).unwrap();
    named.sort();
    let there = files(&bench);
    let there = there
        .iter()
        .map(|it| it.file_name().unwrap().to_str().unwrap().to_owned());
    let there: Vec<_> = there.collect();
    assert_eq!(there, named, "no file is left of what was overtaken");
    drop(catalog);
    // The index holds the documents of the store, and no other.
    bench.verify();
}

/// S15: slots that were taken for segments and name none are retired, so that the next erasure
/// replaces their keys.
#[test]
fn a_slot_that_was_taken_for_a_segment_names_one_or_is_retired() {
    let bench = Bench::new();
    let patients = ground(&bench);
    let engine = open(&bench, aside()).unwrap();
    let expected = answers(&engine, &patients).unwrap();
    let mut steps = 0;
    let stopped = engine.reindex(Reindex::Everything, &mut |_| {
        steps += 1;
        match steps {
            1 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    });
    assert_eq!(stopped.unwrap().segments, 2);
    assert_eq!(answers(&engine, &patients).unwrap(), expected);
    engine.close().unwrap();
    let store = bench.root.join("store");
    let catalog = store::Catalog::open_read_only(&store, store::Options::default()).unwrap();
    let rows = catalog.snapshot().unwrap();
    let named = index::manifest_files(&*rows).unwrap();
    let listed = store::retired(&*rows, vault::Grove::Segment).unwrap();
    let taken = rows.counters().next(store::Counter::SegmentSlot);
    for slot in 0..u32::try_from(taken).unwrap() {
        let name = format!("{slot:08x}.");
        let is_named = named.iter().any(|file| file.starts_with(&name));
        let is_listed = listed.iter().any(|it| it.number() == slot);
        assert!(is_named != is_listed, "slot {slot} of {taken}: {is_named}");
    }
    drop((rows, catalog));
    bench.verify();
}

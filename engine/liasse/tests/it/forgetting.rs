//! Proves what an erasure leaves of what it does not erase: other documents, deposits under way,
//! words and traces; that batches, linked dossiers and terms go as they should; that two
//! erasures, a failed one and a key store that is away end in a clear state.

use crate::bench::{Bench, holder, options, request, session};
use base::disk::{FaultPlan, FaultyDisk};
use liasse::{
    Code, Deposit, Engine, Erasure, FixedClock, Instant, Matricule, Options, Outcome, Purpose,
    SearchRequest, Session, Statuses, Target,
};
use std::sync::Arc;
use std::time::Duration;

/// A document of the JSON form, for a person numbered 0 to 99.
pub(crate) fn paper(person: u64, unique: &str, word: &str, replaces: &str) -> String {
    let replaces = match replaces {
        "" => String::new(),
        old => format!(r#""replaces": ["1.2.250.1.999.7.1^{old}"], "#),
    };
    format!(
        r#"{{"liasse_document": 1, "unique_id": "1.2.250.1.999.7.1^{unique}", {replaces}
        "type": {{"code": "11502-2", "system": "2.16.840.1.113883.6.1"}},
        "title": "Examen {word}", "creation_time": "2026-01-14T07:30:00+01:00",
        "patient": {{"ins": {{"matricule": "{}", "oid": "1.2.250.1.213.1.4.10"}}}},
        "text": "Bilan {word}"}}"#,
        matricule(person)
    )
}

pub(crate) fn matricule(person: u64) -> String {
    let number = 1_800_175_000_000 + person;
    format!("{number}{:02}", 97 - number % 97)
}

pub(crate) fn ins(person: u64) -> Matricule {
    matricule(person).parse().unwrap()
}

pub(crate) fn deposit(session: &Session, paper: &str) -> liasse::Deposited {
    session
        .deposit(&Deposit::new(paper.as_bytes()).opening())
        .unwrap()
}

fn titles(session: &Session, person: u64) -> Vec<String> {
    let entries = session.entries(&ins(person), Statuses::All).unwrap();
    entries.into_iter().map(|entry| entry.title).collect()
}

pub(crate) fn doctor(engine: &Engine) -> Session {
    session(engine, ("doctor", "medecin"), Purpose::Care)
}

fn auditor(engine: &Engine) -> Session {
    session(engine, ("auditor", "auditeur"), Purpose::Audit)
}

/// One document goes with its earlier versions; the others stay, also after reopening.
#[test]
fn an_erased_document_leaves_the_rest_of_its_dossier() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    let first = deposit(&doctor, &paper(1, "A", "premier", ""));
    let second = deposit(&doctor, &paper(1, "B", "second", "A"));
    let third = deposit(&doctor, &paper(1, "C", "troisieme", "B"));
    let other = deposit(&doctor, &paper(1, "D", "autre", ""));
    let receipts = holder(&engine, &ins(1))
        .erase_document(second.document)
        .unwrap();
    assert_eq!(
        receipts.iter().map(|it| it.number).collect::<Vec<_>>(),
        [1, 2]
    );
    for gone in [first.document, second.document] {
        assert_eq!(doctor.fetch(gone).unwrap_err().code(), Code::Refused);
    }
    drop(doctor);
    engine.close().unwrap();
    let engine = bench.open().unwrap();
    let doctor = self::doctor(&engine);
    for left in [third.document, other.document] {
        assert!(!doctor.fetch(left).unwrap().is_empty());
    }
    let mut left = titles(&doctor, 1);
    left.sort();
    assert_eq!(left, ["Examen autre", "Examen troisieme"]);
    // The name is free again, and the dossier takes documents as before.
    let again = deposit(&doctor, &paper(1, "A", "nouveau", ""));
    assert_eq!(again.outcome, Outcome::Kept);
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// Who may not see a document, or may not erase it, learns nothing from asking.
#[test]
fn only_the_holder_erases_a_document() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    let kept = deposit(&doctor, &paper(1, "A", "premier", "")).document;
    deposit(&doctor, &paper(2, "A", "premier", ""));
    let refused = doctor.erase_document(kept).unwrap_err();
    assert_eq!(refused.code(), Code::WriteRefused);
    let stranger = session(&engine, ("stranger", "medecin"), Purpose::Care);
    let missing = liasse::DocumentId::from_bytes([7; 16]);
    for document in [kept, missing] {
        let refused = [&stranger, &holder(&engine, &ins(2))]
            .map(|session| session.erase_document(document).unwrap_err().code());
        assert_eq!(refused, [Code::Refused; 2]);
    }
    assert_eq!(titles(&doctor, 1).len(), 1);
}

/// The motive of a bris de glace is kept when the dossier takes a new key, again and again; it
/// goes with the dossier, and the trace stays for the auditor alone.
#[test]
fn words_outlive_a_new_key_and_traces_outlive_the_dossier() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    let documents = ["A", "B", "C"].map(|it| deposit(&doctor, &paper(1, it, it, "")).document);
    let rescuer = session(&engine, ("rescuer", "medecin"), Purpose::EmergencyBtg);
    rescuer.break_glass(&ins(1), "coma profond").unwrap();
    let motive = || {
        let lines = holder(&engine, &ins(1)).history(&ins(1)).unwrap();
        let line = lines.into_iter().find(|line| line.what == "break_glass");
        line.unwrap().detail
    };
    assert_eq!(motive(), "motive: coma profond");
    for document in &documents[..2] {
        holder(&engine, &ins(1)).erase_document(*document).unwrap();
        assert_eq!(motive(), "motive: coma profond");
    }
    let erased = holder(&engine, &ins(1)).history(&ins(1)).unwrap();
    assert_eq!(erased.iter().filter(|line| line.what == "erase").count(), 2);

    assert_eq!(
        auditor(&engine).history(&ins(2)).unwrap_err().code(),
        Code::Refused
    );
    holder(&engine, &ins(1)).erase(&ins(1)).unwrap();
    let traces = auditor(&engine).history(&ins(1)).unwrap();
    assert!(
        traces
            .iter()
            .any(|it| it.actor == "rescuer" && it.detail == "motive: ")
    );
    assert!(
        traces
            .iter()
            .any(|it| it.what == "erase" && it.documents.is_empty())
    );
    assert!(
        traces
            .iter()
            .any(|it| it.what == "write" && it.documents == documents[..1])
    );
    // To all others she never was.
    let others = [
        session(&engine, ("auditor", "medecin"), Purpose::Audit),
        self::doctor(&engine),
        holder(&engine, &ins(1)),
    ];
    for other in &others {
        assert_eq!(other.history(&ins(1)).unwrap_err().code(), Code::Refused);
    }
    // A new dossier, and the traces of both.
    deposit(&doctor, &paper(1, "A", "retour", ""));
    let both = auditor(&engine).history(&ins(1)).unwrap();
    assert!(both.len() > traces.len());
    drop((doctor, rescuer, others));
    engine.close().unwrap();
    bench.verify();
}

/// A batch takes what it may, tells what it may not, and turns the root twice for all.
#[test]
fn a_batch_is_erased_under_one_pair_of_rotations() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    for person in 0..12 {
        deposit(&doctor, &paper(person, "A", "premier", ""));
    }
    let second = deposit(&doctor, &paper(9, "B", "second", "")).document;
    let holders: Vec<_> = (0..12).map(|it| holder(&engine, &ins(it))).collect();
    let mut asked: Vec<_> = (0..8)
        .map(|person| Erasure {
            session: &holders[person],
            target: Target::Dossier(ins(person as u64)),
        })
        .collect();
    asked.push(Erasure {
        session: &holders[9],
        target: Target::Document(second),
    });
    asked.push(Erasure {
        session: &doctor,
        target: Target::Dossier(ins(10)),
    });
    asked.push(asked[0].clone());
    let outcomes = engine.erase(&asked).unwrap();
    let codes: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().map(Vec::len).map_err(|error| error.code()))
        .collect();
    assert_eq!(codes[..9], [Ok(2); 9]);
    // Asked for twice, it is erased once and told twice.
    assert_eq!(codes[9..], [Err(Code::WriteRefused), Ok(2)]);
    for person in 0..12 {
        let listed = doctor.entries(&ins(person), Statuses::All);
        assert_eq!(listed.is_ok(), person >= 8, "person {person}");
    }
    assert_eq!(titles(&doctor, 9), ["Examen premier"]);
    drop(asked);
    drop((doctor, holders));
    engine.close().unwrap();
    let kms = vault::KeyFile::open(&bench.root.join("key")).unwrap();
    let state = vault::Kms::load(&kms, store_id(&bench), vault::Use::Open).unwrap();
    assert_eq!(
        state.active.number(),
        3,
        "two rotations for the whole batch"
    );
    bench.verify();
}

fn store_id(bench: &Bench) -> base::StoreId {
    let folder = bench.root.join("store");
    let catalog = store::Catalog::open_read_only(&folder, store::Options::default());
    catalog.unwrap().store()
}

/// Erasing one of two linked dossiers takes both; a link that was undone does not.
#[test]
fn linked_dossiers_go_together() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    for person in 1..=4 {
        deposit(&doctor, &paper(person, "A", "premier", ""));
    }
    engine.link(&ins(1), &ins(2)).unwrap();
    engine.link(&ins(2), &ins(3)).unwrap();
    engine.link(&ins(3), &ins(4)).unwrap();
    engine.unlink(&ins(4), &ins(3)).unwrap();
    assert_eq!(
        engine.link(&ins(1), &ins(9)).unwrap_err().code(),
        Code::Refused
    );
    assert_eq!(
        engine.link(&ins(1), &ins(1)).unwrap_err().code(),
        Code::Invalid
    );
    holder(&engine, &ins(1)).erase(&ins(1)).unwrap();
    for person in 1..=4 {
        let listed = doctor.entries(&ins(person), Statuses::All);
        assert_eq!(listed.is_ok(), person == 4, "person {person}");
    }
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// Deposits that run while documents are erased are kept, all of them, under a living key.
#[test]
fn deposits_under_way_survive_the_erasure_of_another_document() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    let gone: Vec<_> = (0..4)
        .map(|it| deposit(&doctor, &paper(1, &format!("G{it}"), "gone", "")).document)
        .collect();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let doctor = &doctor;
                scope.spawn(move || {
                    for number in 0..15 {
                        let unique = format!("W{writer}-{number}");
                        deposit(doctor, &paper(1, &unique, "kept", ""));
                    }
                })
            })
            .collect();
        for document in &gone {
            holder(&engine, &ins(1)).erase_document(*document).unwrap();
        }
        writers.into_iter().for_each(|it| it.join().unwrap());
    });
    assert_eq!(titles(&doctor, 1), vec!["Examen kept"; 45]);
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
    let engine = bench.open().unwrap();
    let doctor = self::doctor(&engine);
    for entry in doctor.entries(&ins(1), Statuses::All).unwrap() {
        assert!(!doctor.fetch(entry.document).unwrap().is_empty());
    }
}

/// A deposit begun for a dossier that is erased meanwhile does not bring it back.
#[test]
fn a_deposit_begun_before_an_erasure_is_dropped() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    let before = deposit(&doctor, &paper(1, "A", "premier", "")).dossier;
    let (mut dropped, mut kept) = (0, 0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut outcomes = Vec::new();
            for number in 0..200 {
                let paper = paper(1, &format!("W{number}"), "apres", "");
                let deposit = Deposit::new(paper.as_bytes()).opening();
                outcomes.push(doctor.deposit(&deposit).map(|it| it.dossier));
            }
            outcomes
        });
        holder(&engine, &ins(1)).erase(&ins(1)).unwrap();
        let mut erased = false;
        for outcome in writer.join().unwrap() {
            match outcome {
                Ok(dossier) if dossier != before => {
                    erased = true;
                    kept += 1;
                }
                Ok(_) => assert!(!erased, "the erased id came back"),
                Err(error) => {
                    assert_eq!(error.code(), Code::Changed);
                    dropped += 1;
                }
            }
        }
    });
    assert!(dropped <= 200 && kept + dropped > 0);
    if kept > 0 {
        assert_eq!(titles(&doctor, 1).len(), kept);
    }
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// Two threads erase the same dossier: it is erased once, and what both have are its receipts.
#[test]
fn two_erasures_of_one_dossier_end_in_one() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    let document = deposit(&doctor, &paper(1, "A", "premier", "")).document;
    deposit(&doctor, &paper(2, "A", "premier", ""));
    let owner = holder(&engine, &ins(1));
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let whole = || owner.erase(&ins(1));
        let one = || owner.erase_document(document);
        let threads = [scope.spawn(whole), scope.spawn(whole), scope.spawn(one)];
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let whole: Vec<_> = outcomes[..2].iter().flatten().collect();
    assert!(!whole.is_empty() && whole.iter().all(|it| *it == whole[0]));
    for outcome in &outcomes {
        match outcome {
            Ok(receipts) => assert_eq!(receipts.len(), 2),
            Err(error) => assert_eq!(error.code(), Code::Refused),
        }
    }
    assert_eq!(titles(&doctor, 2).len(), 1);
    drop((doctor, owner));
    assert_eq!(
        bench.open().err().unwrap().code(),
        Code::Busy,
        "another process waits outside"
    );
    engine.close().unwrap();
    bench.verify();
}

/// Of two processes the second is told that the first has the store, before anything is begun;
/// once the first is gone it erases. The second is this test again, in a process of its own.
#[test]
fn of_two_processes_one_erases() {
    const BESIDE: &str = "LIASSE_TEST_BESIDE";
    if let Some(root) = std::env::var_os(BESIDE) {
        let root = std::path::Path::new(&root);
        let key = liasse::RootKey::File(root.join("key"));
        match Engine::open(&root.join("store"), key, options()) {
            Ok(engine) => {
                let receipts = holder(&engine, &ins(1)).erase(&ins(1)).unwrap();
                println!("beside: {} receipts", receipts.len());
                engine.close().unwrap();
            }
            Err(told) => println!("beside: {}", told.code().name()),
        }
        return;
    }
    let bench = Bench::new();
    let beside = || {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "forgetting::of_two_processes_one_erases",
                "--nocapture",
            ])
            .env(BESIDE, &bench.root)
            .output()
            .unwrap();
        let said = String::from_utf8(child.stdout).unwrap();
        let line = said
            .split("beside: ")
            .nth(1)
            .unwrap_or_else(|| panic!("{said}"));
        line.lines().next().unwrap().to_owned()
    };
    let engine = bench.create();
    let doctor_here = doctor(&engine);
    for person in 1..4 {
        deposit(&doctor_here, &paper(person, "A", "premier", ""));
    }
    assert_eq!(beside(), "busy");
    assert_eq!(holder(&engine, &ins(2)).erase(&ins(2)).unwrap().len(), 2);
    assert_eq!(titles(&doctor_here, 1).len(), 1, "the other began nothing");
    drop(doctor_here);
    engine.close().unwrap();
    assert_eq!(beside(), "2 receipts");
    let engine = bench.open().unwrap();
    let doctor = doctor(&engine);
    for (person, left) in [(1, false), (2, false), (3, true)] {
        assert_eq!(doctor.entries(&ins(person), Statuses::All).is_ok(), left);
    }
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// A closed dossier is its holder's alone; it is reopened whole, or goes when its term is past.
#[test]
fn a_closed_dossier_is_reopened_or_goes_after_ten_years() {
    let bench = Bench::new();
    let closed = Instant::from_rfc3339("2026-03-01T12:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::new(closed));
    let mut options: Options = options();
    options.clock = Arc::clone(&clock) as _;
    let store = bench.root.join("store");
    let engine = Engine::create(&store, bench.key(), options).unwrap();
    let doctor = doctor(&engine);
    for person in 1..=3 {
        deposit(&doctor, &paper(person, "A", "premier", ""));
    }
    for person in 1..=2 {
        holder(&engine, &ins(person))
            .close_dossier(&ins(person), &liasse::Statement::NONE)
            .unwrap();
        let refused = doctor.entries(&ins(person), Statuses::All).unwrap_err();
        assert_eq!(refused.code(), Code::Refused);
        assert_eq!(titles(&holder(&engine, &ins(person)), person).len(), 1);
    }
    assert!(engine.purge_due().unwrap().is_empty());
    clock.set(closed.plus_months(60));
    holder(&engine, &ins(2))
        .reopen(&ins(2), &liasse::Statement::NONE)
        .unwrap();
    assert_eq!(titles(&doctor, 2), ["Examen premier"]);
    clock.set(closed.plus_months(120));
    let purged = engine.purge_due().unwrap();
    assert_eq!(purged.len(), 1);
    assert_eq!(purged[0].receipts.len(), 2);
    assert!(engine.purge_due().unwrap().is_empty());
    let gone = holder(&engine, &ins(1)).entries(&ins(1), Statuses::All);
    assert_eq!(gone.unwrap_err().code(), Code::Refused);
    for person in 2..=3 {
        assert_eq!(titles(&doctor, person), ["Examen premier"]);
    }
    let traces = auditor(&engine).history(&ins(1)).unwrap();
    assert!(
        traces
            .iter()
            .any(|it| it.what == "erase" && it.actor == "liasse")
    );
    drop(doctor);
    engine.close().unwrap();
    bench.verify();
}

/// Sealed bytes of what was erased leave the disk with `compact`, and the rest is still there.
#[test]
fn the_bodies_of_the_erased_leave_the_disk() {
    let bench = Bench::new();
    let engine = bench.create();
    let doctor = doctor(&engine);
    for person in 0..6 {
        deposit(&doctor, &paper(person, "A", "premier", ""));
    }
    let sizes = || {
        let bodies = std::fs::read_dir(bench.root.join("store/body")).unwrap();
        bodies
            .map(|it| it.unwrap().metadata().unwrap().len())
            .sum::<u64>()
    };
    for person in 0..5 {
        holder(&engine, &ins(person)).erase(&ins(person)).unwrap();
    }
    let before = sizes();
    let compacted = engine.compact(0).unwrap();
    assert_eq!(compacted.segments, 1);
    assert!(compacted.bytes > 0);
    assert_eq!(engine.compact(0).unwrap().segments, 0);
    assert_eq!(titles(&doctor, 5), ["Examen premier"]);
    let entries = doctor.entries(&ins(5), Statuses::All).unwrap();
    assert!(!doctor.fetch(entries[0].document).unwrap().is_empty());
    drop(doctor);
    engine.close().unwrap();
    let after = sizes();
    assert!(after < before, "{after} of {before} bytes");
    let shrunk = Engine::shrink(&bench.root.join("store")).unwrap();
    assert!(shrunk.to <= shrunk.from);
    bench.verify();
}

/// A batch takes only what sessions of its own engine ask for.
#[test]
fn a_session_of_another_engine_erases_nothing_here() {
    let (here, there) = (Bench::new(), Bench::new());
    let (one, two) = (here.create(), there.create());
    let doctor = doctor(&one);
    deposit(&doctor, &paper(1, "A", "premier", ""));
    let stranger = two
        .session(request("holder", "patient", Purpose::Care))
        .unwrap();
    let asked = [Erasure {
        session: &stranger,
        target: Target::Dossier(ins(1)),
    }];
    let outcome = one.erase(&asked).unwrap().remove(0);
    assert_eq!(outcome.unwrap_err().code(), Code::Invalid);
    assert_eq!(titles(&doctor, 1).len(), 1);
}

/// What a commit that never was may have sealed is not sealed with again, and its keys go.
#[test]
fn an_unclean_end_retires_the_slots_it_may_have_used() {
    let bench = Bench::new();
    let engine = bench.create();
    deposit(&doctor(&engine), &paper(1, "A", "premier", ""));
    let crashed = bench.crashed();
    engine.close().unwrap();
    let retired = |bench: &Bench| {
        let folder = bench.root.join("store");
        let catalog = store::Catalog::open_read_only(&folder, store::Options::default());
        let rows = catalog.unwrap().snapshot().unwrap();
        let groves = [vault::Grove::Dossier, vault::Grove::Unit];
        groves.map(|grove| store::retired(&*rows, grove).unwrap().len())
    };
    assert_eq!(retired(&bench), [0, 0]);
    let engine = crashed.open().unwrap();
    deposit(&doctor(&engine), &paper(2, "A", "premier", ""));
    engine.close().unwrap();
    let [dossiers, units] = retired(&crashed);
    assert!(
        dossiers >= 512 && units >= 512,
        "{dossiers} and {units} slots"
    );
    let engine = crashed.open().unwrap();
    assert_eq!(titles(&doctor(&engine), 1).len(), 1);
    holder(&engine, &ins(1)).erase(&ins(1)).unwrap();
    assert_eq!(titles(&doctor(&engine), 2).len(), 1);
    engine.close().unwrap();
    assert_eq!(retired(&crashed), [0, 0]);
    crashed.verify();
}

/// No space left, from any write of an erasure on: refused whole, or completed at the next open;
/// what was not erased is found as before.
#[test]
fn a_full_disk_leaves_nothing_half_erased() {
    let bench = Bench::new();
    let (key, kept) = (bench.root.join("key"), bench.root.join("kept-key"));
    let mut options: Options = options();
    options.store.reserve_bytes = 0;
    options.trace_gather = Duration::ZERO;
    let base = FaultyDisk::new();
    let engine = Engine::create_on(Arc::new(base.clone()), bench.key(), options.clone()).unwrap();
    for person in 1..=2 {
        deposit(&doctor(&engine), &paper(person, "A", "premier", ""));
    }
    engine.close().unwrap();
    std::fs::copy(&key, &kept).unwrap();
    for write in 1.. {
        std::fs::copy(&kept, &key).unwrap();
        let disk = base.copy();
        let open = || Engine::open_on(Arc::new(disk.clone()), bench.key(), options.clone());
        let engine = open().unwrap();
        disk.set_plan(FaultPlan {
            full_from: Some(write),
            ..FaultPlan::default()
        });
        let outcome = holder(&engine, &ins(1)).erase(&ins(1));
        disk.set_plan(FaultPlan::default());
        if outcome.is_ok() {
            assert!(write > 20, "an erasure writes, and was cut {write} times");
            return;
        }
        let _ = engine.close();
        let engine = open().unwrap();
        let doctor = doctor(&engine);
        let found = |person| {
            let hits = doctor.search(&SearchRequest::new("premier").of(ins(person)));
            hits.map(|hits| hits.len())
        };
        match found(1) {
            Ok(hits) => assert_eq!(hits, 1, "write {write}"),
            Err(error) => assert_eq!(error.code(), Code::Refused, "write {write}"),
        }
        assert_eq!(found(2).unwrap(), 1, "write {write}");
        let findings = engine.check().unwrap().findings;
        assert!(findings.is_empty(), "write {write}: {findings:?}");
    }
}

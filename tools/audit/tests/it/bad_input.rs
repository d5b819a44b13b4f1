//! Proves that what an auditor may be handed wrong is told for what it is: a log cut back, pages
//! of other logs, forks, clocks that jump, stores in use or in mid-erasure, missing keys.

use crate::bench::{
    Folder, Scene, audited, deposit, doctor, holder, key, noted, options, report, words,
};
use crate::raw::{Raw, copy_all};
use crate::tampering::{bind, newest};
use liasse::{
    Anchor, AuditReport, AuditRequest, Auditor, Code, Depth, Engine, FileAnchor, FixedClock,
    Instant, Notebook, RootKey, SearchRequest, TraceClass, Verdict, Witness, check_proof,
};
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;

fn evidence(folder: &Folder) -> usize {
    fs::read_dir(folder.path("notebook/evidence")).map_or(0, Iterator::count)
}

/// A notebook with a fork, and one of another log: the evidence is kept and named.
#[test]
fn a_notebook_with_a_fork_keeps_the_evidence_and_names_it() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let auditor = audited(&folder.path("store"), Depth::Keyless, None);
    let lines = auditor.unsigned_checkpoint().unwrap();
    let mut fields: Vec<_> = lines.lines().map(str::to_owned).collect();
    let (mut notebook, _) = Notebook::open(&folder.path("notebook")).unwrap();
    // Another root of the same size: somebody was shown another log.
    fields[2] = fields[2].chars().rev().skip(1).collect::<String>() + "=";
    fields[2] = format!("{}=", "A".repeat(43));
    notebook.add(&format!("{}\n", fields.join("\n"))).unwrap();
    let told = report(&folder, Depth::Keyless, true);
    let named: Vec<_> = told.findings.iter().map(|it| it.invariant).collect();
    assert!(named.contains(&"J11"), "{named:?}");
    assert!(told.findings.iter().any(|it| it.what.contains("forked")));
    assert!(told.findings.iter().all(|it| it.what.contains("evidence/")));
    assert!(evidence(&folder) > 0);
    // Evidence that is kept is not lost by auditing again.
    let kept = evidence(&folder);
    report(&folder, Depth::Keyless, true);
    assert_eq!(evidence(&folder), kept);
    // A page of another log.
    fields[0] = fields[0].replace("/0", "/7");
    notebook.add(&format!("{}\n", fields.join("\n"))).unwrap();
    let told = report(&folder, Depth::Keyless, true);
    assert!(
        told.findings
            .iter()
            .any(|it| it.what.contains("another log"))
    );
}

/// A proof is for one entry of one log, and its certificate for one erasure.
#[test]
fn a_proof_for_another_entry_or_log_does_not_hold() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let root = key(&folder, "store");
    let auditor = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
    let told = report(&folder, Depth::AuditKeys, false);
    let glass = told.accesses.unwrap().glass[0].clone();
    let one = auditor.prove(glass.entry, None).unwrap();
    let two = auditor.prove(glass.entry + 1, None).unwrap();
    let facts = check_proof(&one.proof, &one.entry, &one.key).unwrap();
    assert_eq!(
        (facts.index, facts.kind.as_str()),
        (glass.entry, "break_glass")
    );
    assert!(one.trace.unwrap().contains("rescuer"));
    let other = RootKey::File(scene.path("other.key"));
    let theirs = audited(&scene.path("other"), Depth::AuditKeys, Some(&other));
    let theirs = theirs.prove(2, None).unwrap();
    for (proof, entry, log) in [
        (&one.proof, &two.entry, &one.key),
        (&two.proof, &one.entry, &one.key),
        (&one.proof, &one.entry, &theirs.key),
        (&theirs.proof, &theirs.entry, &one.key),
    ] {
        let refused = check_proof(proof, entry, log).unwrap_err();
        assert_eq!(refused.code(), Code::Invalid);
    }
    let beyond = auditor.prove(u64::MAX, None).err().unwrap();
    assert_eq!(beyond.code(), Code::Invalid);
}

/// A clock that is set forward and back: the log stays in order, and the audit says so.
#[test]
fn clock_jumps_are_told_and_break_nothing() {
    let folder = Folder::new();
    liasse::new_key_file(&folder.path("store.key")).unwrap();
    let clock = Arc::new(FixedClock::new(Instant::from_millis(1_790_000_000_000)));
    let mut options = options();
    options.clock = Arc::clone(&clock) as _;
    let store = folder.path("store");
    let engine = Engine::create(&store, key(&folder, "store"), options).unwrap();
    let doctor = doctor(&engine);
    deposit(&doctor, 1, "A", "premier");
    clock.set(Instant::from_millis(1_790_000_000_000).plus_days(400));
    deposit(&doctor, 1, "B", "avance");
    clock.set(Instant::from_millis(1_790_000_000_000).plus_days(3));
    for number in 0..20 {
        deposit(&doctor, 1, &format!("C{number}"), "retour");
    }
    drop(doctor);
    engine.close().unwrap();
    let told = report(&folder, Depth::Full, false);
    assert_eq!(told.verdict(), Verdict::Clean, "{:?}", told.findings);
    let said: Vec<_> = told.remarks.iter().map(|it| it.what.as_str()).collect();
    assert!(said.iter().any(|it| it.contains("set forward")), "{said:?}");
    assert!(said.iter().any(|it| it.contains("set back")), "{said:?}");
}

/// Without the key, or with a wrong one, the audit says what it skipped, and is not clean.
#[test]
fn missing_keys_are_told_with_what_was_skipped() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    fs::copy(scene.path("other.key"), folder.path("store.key")).unwrap();
    let told = report(&folder, Depth::Full, true);
    assert_eq!(told.verdict(), Verdict::NotFully, "{:?}", told.findings);
    assert_eq!(told.depth, Depth::Keyless);
    let skipped: Vec<_> = told.skipped.iter().map(|it| it.what).collect();
    assert_eq!(skipped, ["traces", "seals", "index"]);
    // The key of a time before an erasure was overwritten since: the copy cannot be opened.
    let (folder, _) = scene.copy("early");
    let told = report(&folder, Depth::Full, false);
    assert!(
        told.findings.iter().any(|it| it.invariant == "V5"),
        "{:?}",
        told.findings
    );
}

/// A store that was killed, or is open, is audited as it lies, and nothing of it is changed.
#[test]
fn a_store_in_use_or_not_closed_is_audited_and_left_as_it_was() {
    let scene = Scene::shared();
    let (folder, raw) = scene.copy("store");
    let root = key(&folder, "store");
    let engine = Engine::open(&folder.path("store"), root, options()).unwrap();
    let doctor = doctor(&engine);
    for number in 0..12 {
        deposit(&doctor, 1, &format!("U{number}"), &words(1, 100 + number));
        let told = report(&folder, Depth::Full, true);
        assert_eq!(told.verdict(), Verdict::Clean, "{:?}", told.findings);
    }
    // As after a kill: a copy of what is on disk now.
    let left = Folder::new();
    copy_all(&folder.0, &left.0);
    let before = raw.bytes("catalog.redb");
    let copied = fs::read(left.path("store/catalog.redb")).unwrap();
    assert!(before.len() == copied.len());
    let told = report(&left, Depth::Full, true);
    assert_eq!(told.findings, []);
    // But its pages, and what nothing names.
    let skipped: Vec<_> = told.skipped.iter().map(|it| it.what).collect();
    assert_eq!(skipped, ["pages"]);
    assert_eq!(told.verdict(), Verdict::NotFully);
    assert!(fs::read(left.path("store/catalog.redb")).unwrap() == copied);
    drop(doctor);
    engine.close().unwrap();
}

/// What a writer takes out of the store while it is audited, merged index files and drained
/// segments, is not missing; nor was it looked at, which is told.
#[test]
fn what_leaves_the_store_while_it_is_audited_is_skipped_and_not_missing() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let store = folder.path("store");
    let engine = Engine::open(&store, key(&folder, "store"), options()).unwrap();
    let list = |name: &str| -> Vec<String> {
        let entries = fs::read_dir(store.join(name)).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    for (depth, person) in [(Depth::Keyless, 1), (Depth::Full, 2)] {
        let root = (depth == Depth::Full).then(|| key(&folder, "store"));
        let auditor = audited(&store, depth, root.as_ref());
        let before = (list("body"), list("index"));
        holder(&engine, person)
            .erase(&crate::bench::ins(person))
            .unwrap();
        engine.compact(0).unwrap();
        engine.settle().unwrap();
        let (bodies, index) = (list("body"), list("index"));
        assert!(before.0.iter().any(|name| !bodies.contains(name)));
        assert!(before.1.iter().any(|name| !index.contains(name)));
        let told = auditor.audit(AuditRequest::default(), &mut |_| ControlFlow::Continue(()));
        let told = told.unwrap();
        assert!(told.findings.is_empty(), "{depth:?}: {:?}", told.findings);
        assert!(told.is_overtaken() && told.verdict() == Verdict::NotFully);
        let skips = |step: &str| told.skipped.iter().any(|it| it.what == step);
        assert!(skips("bodies") && skips("files"), "{:?}", told.skipped);
        assert_eq!(skips("index"), depth == Depth::Full);
        let covered = |what: &str| told.covered.iter().find(|it| it.what == what).unwrap();
        for what in ["bytes of bodies", "index files, by their bytes"] {
            let covered = covered(what);
            assert!(covered.checked < covered.of, "{covered:?}");
        }
        drop(auditor);
        // Once nobody takes it out, what is not there is missing.
        let damaged = Folder::new();
        copy_all(&folder.0, &damaged.0);
        fs::remove_file(damaged.path("store/body").join(&bodies[0])).unwrap();
        let told = report(&damaged, depth, false);
        assert!(told.findings.iter().any(|it| it.place.contains(&bodies[0])));
    }
    engine.close().unwrap();
}

/// A newer state excuses what is not there only when the log goes on to it, a commit binds it and
/// the log's key signed it: whoever writes files can make up one that names nothing.
#[test]
fn a_newer_state_that_is_made_up_excuses_nothing() {
    let scene = Scene::shared();
    let gone = |edit: fn(&Raw, &str), notebook: Option<&str>| {
        let (folder, raw) = scene.copy("store");
        let auditor = audited(&folder.path("store"), Depth::Keyless, None);
        let name = raw.files("body").remove(0);
        edit(&raw, &name);
        fs::remove_file(raw.file(&name)).unwrap();
        let notebook = notebook.map(|name| Notebook::open(&folder.path(name)).unwrap().0);
        let mut request = AuditRequest::default();
        request.notebook = notebook.as_ref();
        let told = auditor.audit(request, &mut |_| ControlFlow::Continue(()));
        let told = told.unwrap();
        let missing = told.findings.iter().any(|it| it.invariant == "S11");
        (missing, told.is_overtaken())
    };
    // No commit binds it.
    let unbound: fn(&Raw, &str) = |raw, name| {
        let catalog = store::Catalog::open(&raw.folder, options().store).unwrap();
        let now = catalog.snapshot().unwrap().counters().instant;
        let mut transaction = catalog.begin(store::Spending::Ordinary, now).unwrap();
        unname(&mut transaction, name);
        transaction.commit().unwrap();
        catalog.close().unwrap();
    };
    assert_eq!(gone(unbound, None), (true, false));
    // A commit binds it that the key did not sign, which is seen by whoever knows the key.
    let unsigned: fn(&Raw, &str) = |raw, name| {
        bind(raw, newest(raw), |transaction| {
            unname(transaction, name);
            Vec::new()
        });
    };
    assert_eq!(gone(unsigned, Some("log-key")), (true, false));
    assert_eq!(gone(unsigned, None), (false, true), "nobody can tell");
}

/// Takes the row of a body segment away.
fn unname(transaction: &mut store::Transaction, name: &str) {
    let number: u32 = name[5..13].parse().unwrap();
    let table = base::Table::new("segments");
    base::RowWrite::remove(transaction, table, &number.to_be_bytes()).unwrap();
}

/// Rows and keys are of one state, however often the writer replaces them meanwhile.
#[test]
fn an_audit_beside_a_writer_that_replaces_keys_sees_one_state() {
    let (folder, _) = Scene::shared().copy("store");
    let store = folder.path("store");
    let engine = Engine::open(&store, key(&folder, "store"), options()).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut round = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                round += 1;
                let unique = format!("R{round}");
                let document = deposit(&doctor(&engine), 1, &unique, "passager").document;
                let erased = holder(&engine, 1).erase_document(document);
                erased.unwrap();
            }
            round
        });
        let root = key(&folder, "store");
        let told: Vec<_> = (0..12)
            .map(|_| {
                let auditor = Auditor::open(&store, Depth::Full, Some(&root), &options())?;
                auditor.audit(AuditRequest::default(), &mut |_| ControlFlow::Continue(()))
            })
            .collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(writer.join().unwrap() > 0);
        let mut opened = 0;
        for told in told {
            match told {
                Ok(told) => {
                    assert!(told.findings.is_empty(), "{:?}", told.findings);
                    opened += u64::from(told.checked("documents, opened") > 0);
                }
                // Its keys may be replaced each time that it is opened, which is told as such.
                Err(error) => assert_eq!(error.code(), Code::Busy, "{error}"),
            }
        }
        assert!(opened > 0, "no audit saw anything");
    });
    engine.close().unwrap();
}

/// A sink that fails leaves an erasure begun: the audit says that it is under way.
#[test]
fn a_store_in_mid_erasure_is_told_as_such() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("early");
    fs::copy(scene.path("early.key"), folder.path("store.key")).unwrap();
    fs::copy(scene.path("store.key"), folder.path("now.key")).unwrap();
    struct Broken;
    impl liasse::Sink for Broken {
        fn name(&self) -> String {
            "broken".to_owned()
        }
        fn list(&self) -> std::io::Result<Vec<String>> {
            Err(std::io::Error::other("planted"))
        }
        fn put(&self, _: &str, _: &mut dyn std::io::Read) -> std::io::Result<()> {
            Err(std::io::Error::other("planted"))
        }
        fn get(&self, _: &str) -> std::io::Result<Box<dyn std::io::Read>> {
            Err(std::io::Error::other("planted"))
        }
        fn remove(&self, _: &str) -> std::io::Result<()> {
            Err(std::io::Error::other("planted"))
        }
    }
    let fresh = Folder::new();
    liasse::new_key_file(&fresh.path("store.key")).unwrap();
    let mut options = options();
    options.sinks = liasse::Sinks::To(vec![Arc::new(Broken)]);
    let store = fresh.path("store");
    let engine = Engine::create(&store, key(&fresh, "store"), options.clone()).unwrap();
    deposit(&doctor(&engine), 1, "A", "parti");
    // The document is in a segment from here on, which holds it until the erasure goes on.
    engine.close().unwrap();
    let engine = Engine::open(&store, key(&fresh, "store"), options).unwrap();
    let told = holder(&engine, 1).erase(&crate::bench::ins(1)).unwrap_err();
    assert_eq!(told.code(), Code::Sink);
    let root = key(&fresh, "store");
    let host = audited(&store, Depth::AuditKeys, Some(&root));
    fs::create_dir(fresh.path("log-key")).unwrap();
    fs::write(fresh.path("log-key/key"), host.checkpoint().unwrap().1).unwrap();
    for depth in [Depth::Keyless, Depth::Full] {
        let told = noted(&fresh, depth, Some("log-key"));
        assert_eq!(told.verdict(), Verdict::Erasing, "{:?}", told.findings);
    }
    drop(engine);
}

/// An audit that is stopped as soon as it can be goes on where it stopped, comes further each time,
/// and tells the same in the end.
#[test]
fn an_audit_is_stopped_and_gone_on_with() {
    let scene = Scene::shared();
    let (folder, raw) = scene.copy("store");
    whole_and_in_turns(&folder, Verdict::Clean);
    // What leads to a document that is not there is told whichever run opens the dossiers.
    let (key, gone) = (part_of(0), part_of(1));
    let (kept, lost) = (raw.row("heads", &key), raw.row("heads", &gone));
    assert!(kept.is_some() && lost.is_some());
    raw.remove("heads", &gone);
    let told = whole_and_in_turns(&folder, Verdict::Findings);
    let stray = "the sealed units lead to a dossier that is not there";
    assert!(told.findings.iter().any(|it| it.what == stray), "{told:?}");
}

fn part_of(dossier: u8) -> Vec<u8> {
    vec![0, 0, 0, 0, dossier, 0, 0]
}

/// Audits a store at once, and in as many runs as it takes; both tell the same.
fn whole_and_in_turns(folder: &Folder, verdict: Verdict) -> AuditReport {
    let root = key(folder, "store");
    let auditor: Auditor = audited(&folder.path("store"), Depth::Full, Some(&root));
    let whole = auditor
        .audit(AuditRequest::default(), &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(whole.verdict(), verdict, "{:?}", whole.findings);
    let mut resume = None;
    for stop in 1..200 {
        let mut request = AuditRequest::default();
        request.resume = resume.take();
        let told = auditor
            .audit(request, &mut |_| ControlFlow::Break(()))
            .unwrap();
        let Some(mark) = told.stopped else {
            assert!(stop > 4, "it was stopped often");
            assert_eq!(told.verdict(), verdict);
            assert_eq!(told.covered, whole.covered);
            assert_eq!(told.findings, whole.findings);
            assert_eq!((told.more, told.bytes), (whole.more, whole.bytes));
            assert_eq!(told.remarks, whole.remarks);
            assert_eq!(told.gaps, whole.gaps);
            assert_eq!(told.erased, whole.erased);
            assert_eq!(told.accesses, whole.accesses);
            return told;
        };
        assert_ne!(told.verdict(), Verdict::Clean);
        resume = Some((mark, told));
    }
    panic!("it comes to its end");
}

/// The anchor refuses a store that was rolled back, and takes the newer one.
#[test]
fn an_anchor_refuses_a_store_that_was_rolled_back() {
    let folder = Folder::new();
    liasse::new_key_file(&folder.path("store.key")).unwrap();
    let anchor = Arc::new(FileAnchor::new(&folder.path("pin")));
    let mut options = options();
    options.anchor = Some(Arc::clone(&anchor) as Arc<dyn Anchor>);
    let store = folder.path("store");
    let engine = Engine::create(&store, key(&folder, "store"), options.clone()).unwrap();
    deposit(&doctor(&engine), 1, "A", "premier");
    engine.close().unwrap();
    copy_all(&store, &folder.path("old"));
    let engine = Engine::open(&store, key(&folder, "store"), options.clone()).unwrap();
    deposit(&doctor(&engine), 1, "B", "second");
    engine.pin().unwrap();
    engine.close().unwrap();
    copy_all(&store, &folder.path("new"));
    fs::remove_dir_all(&store).unwrap();
    fs::rename(folder.path("old"), &store).unwrap();
    let refused = Engine::open(&store, key(&folder, "store"), options.clone())
        .err()
        .unwrap();
    assert_eq!(refused.code(), Code::OlderCopy);
    assert!(refused.message().contains("rolled back"), "{refused}");
    fs::remove_dir_all(&store).unwrap();
    fs::rename(folder.path("new"), &store).unwrap();
    let engine = Engine::open(&store, key(&folder, "store"), options).unwrap();
    engine.close().unwrap();
    assert!(anchor.pinned().unwrap().is_some());
}

/// Retention closes old traces of one class; the log stays whole, and the audit says so.
#[test]
fn retention_closes_a_class_and_leaves_the_log_whole() {
    let folder = Folder::new();
    liasse::new_key_file(&folder.path("store.key")).unwrap();
    let start = Instant::from_millis(1_790_000_000_000);
    let clock = Arc::new(FixedClock::new(start));
    let mut options = options();
    options.clock = Arc::clone(&clock) as _;
    let engine = Engine::create(&folder.path("store"), key(&folder, "store"), options).unwrap();
    let doctor = doctor(&engine);
    let document = deposit(&doctor, 1, "A", "premier").document;
    doctor.fetch(document).unwrap();
    engine.settle().unwrap();
    clock.set(start.plus_days(200));
    doctor.fetch(document).unwrap();
    engine.settle().unwrap();
    let before = holder(&engine, 1).history(&crate::bench::ins(1)).unwrap();
    assert!(engine.retain(TraceClass::Reading, 3).unwrap() > 0);
    assert_eq!(engine.retain(TraceClass::Reading, 3).unwrap(), 0, "once");
    assert_eq!(
        engine.retain(TraceClass::Reading, 0).unwrap_err().code(),
        Code::Invalid
    );
    let after = holder(&engine, 1).history(&crate::bench::ins(1)).unwrap();
    let reads = |lines: &[liasse::HistoryLine], what: &str| {
        lines.iter().filter(|line| line.what == what).count()
    };
    assert_eq!(reads(&before, "disclose"), 2);
    assert_eq!(reads(&after, "disclose"), 1);
    assert_eq!(reads(&before, "write"), reads(&after, "write"));
    drop(doctor);
    engine.close().unwrap();
    let told = report(&folder, Depth::Full, false);
    assert_eq!(told.verdict(), Verdict::Clean, "{:?}", told.findings);
    assert!(told.accesses.unwrap().past > 0);
}

/// A witness signs what continues what she signed before, and nothing else.
#[test]
fn a_witness_answers_by_files_and_refuses_a_fork() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let root = key(&folder, "store");
    let late_key = RootKey::File(scene.path("late.key"));
    let late = audited(&scene.path("late"), Depth::AuditKeys, Some(&late_key));
    let now = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
    let (first, log_key) = late.checkpoint().unwrap();
    let (second, _) = now.checkpoint().unwrap();
    let file = folder.path("witness.key");
    let witness = Witness::open("witness.example", &file, &liasse::OsEntropy).unwrap();
    let at = Instant::from_millis(1_790_000_000_000);
    let request = late.witness_request(0, None).unwrap();
    let answer = witness.answer(&request, &log_key, None, at).unwrap();
    let names = [witness.verifier_key().unwrap()];
    let keys: Vec<&str> = names.iter().map(String::as_str).collect();
    let (cosigned, by) = liasse::with_cosignatures(&first, &log_key, &answer, &keys).unwrap();
    assert!(cosigned.starts_with(first.trim_end()));
    assert_eq!(by, [("witness.example".to_owned(), at)]);
    // The next one begins where the last one ended.
    let size = first.lines().nth(1).unwrap().parse().unwrap();
    let request = now.witness_request(size, None).unwrap();
    let again = Witness::open("witness.example", &file, &liasse::OsEntropy).unwrap();
    let answer = again.answer(&request, &log_key, Some(&first), at).unwrap();
    assert!(liasse::with_cosignatures(&second, &log_key, &answer, &keys).is_ok());
    assert!(liasse::with_cosignatures(&first, &log_key, &answer, &keys).is_err());
    for (old, last) in [(0, Some(&first)), (size, None), (size - 1, Some(&first))] {
        let request = now.witness_request(old, None).unwrap();
        let last = last.map(String::as_str);
        assert!(witness.answer(&request, &log_key, last, at).is_err());
    }
}

/// The log as static files, gone on with; a dossier's traces as AuditEvents, as far as their
/// reader may know.
#[test]
fn what_leaves_for_other_tools_is_whole() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let root = key(&folder, "store");
    let late_key = RootKey::File(scene.path("late.key"));
    let late = audited(&scene.path("late"), Depth::AuditKeys, Some(&late_key));
    let now = audited(&folder.path("store"), Depth::AuditKeys, Some(&root));
    let tiles = folder.path("tiles");
    let first = late.export(&tiles, None).unwrap();
    let second = now.export(&tiles, None).unwrap();
    assert!(second > first);
    let checkpoint = fs::read_to_string(tiles.join("checkpoint")).unwrap();
    assert_eq!(checkpoint, now.checkpoint().unwrap().0);
    let entries = tiles.join(format!("tile/entries/000.p/{second}"));
    assert!(entries.exists() && tiles.join(format!("tile/0/000.p/{second}")).exists());
    // What was exported is evidence against a log that does not continue it.
    let refused = late.export(&tiles, None).unwrap_err();
    assert_eq!(refused.code(), Code::OtherCopy, "{refused}");
    let mangled = checkpoint.replacen('\n', "\n1", 1);
    fs::write(tiles.join("checkpoint"), &mangled).unwrap();
    assert!(now.export(&tiles, None).is_err());
    let kept = fs::read_to_string(tiles.join("checkpoint")).unwrap();
    assert_eq!(kept, mangled);

    let engine = Engine::open(&folder.path("store"), root, options()).unwrap();
    let holder = holder(&engine, 2);
    let lines = holder.history(&crate::bench::ins(2)).unwrap();
    let events = holder
        .audit_events(&crate::bench::ins(2), "host", "192.0.2.1")
        .unwrap();
    let parsed: Vec<serde_json::Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // One for each document a trace names, or one for the dossier.
    assert!(parsed.len() >= lines.len());
    assert!(parsed.iter().all(|it| it["resourceType"] == "AuditEvent"));
    let glass = parsed
        .iter()
        .filter(|it| it.to_string().contains("break_glass"));
    assert_eq!(glass.count(), 1);
    assert!(!events.contains("coma"), "a motive is in no event");
    assert!(!events.contains("\"query\":\"\""), "FHIR has no empty text");

    // The same trace has the same id each time, and a search its words for who may read them.
    let asked = SearchRequest::new("fievre").of(crate::bench::ins(2));
    holder.search(&asked).unwrap();
    let by_id = |events: &str| -> BTreeMap<String, serde_json::Value> {
        let events = events
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let events = events.map(|it: serde_json::Value| (it["id"].to_string(), it));
        events.collect()
    };
    let again = || {
        let events = holder.audit_events(&crate::bench::ins(2), "host", "192.0.2.1");
        by_id(&events.unwrap())
    };
    let first = by_id(&events);
    assert_eq!(first.len(), parsed.len(), "no two have one id");
    // What is told stands in the log soon after it was admitted.
    let searched = |it: &serde_json::Value| it["entity"][1]["query"] == "ZmlldnJl";
    let told = (0..10_000).map(|_| again());
    let told = { told }.find(|told| told.values().any(searched)).unwrap();
    assert!(first.iter().all(|(id, event)| told.get(id) == Some(event)));
    // Numbers of the log would tell of others' work.
    let largest = parsed
        .iter()
        .filter_map(|it| it["id"].as_str()?.split('-').next()?.parse().ok());
    assert!(largest.max() < Some(parsed.len() as u64));
    drop(holder);
    engine.close().unwrap();
}

//! Proves what an auditor can do with the key of traces alone: everything about who read what, and
//! nothing of what was read.

use crate::bench::{Folder, Scene, deposit, doctor, key, options, words};
use liasse::{
    AuditReport, AuditRequest, Auditor, Code, Depth, Engine, FixedClock, Instant, Notebook,
    TraceClass, Verdict,
};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Writes the key of traces of the store in the folder.
fn hand_over(folder: &Folder, name: &str) {
    let root = key(folder, "store");
    let store = folder.path("store");
    let auditor = Auditor::open(&store, Depth::AuditKeys, Some(&root), &options()).unwrap();
    auditor.write_audit_key(&folder.path(name)).unwrap();
}

fn opened(folder: &Folder, file: &str) -> Auditor {
    let store = folder.path("store");
    Auditor::open_with_audit_key(&store, &folder.path(file), &options()).unwrap()
}

fn report(auditor: &Auditor) -> AuditReport {
    auditor
        .audit(AuditRequest::default(), &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

/// With the key of traces the audit counts what it counts with all keys, and no dossier opens:
/// not by the audit, not by an engine, nor does it sign.
#[test]
fn the_key_of_traces_opens_every_trace_and_nothing_of_a_dossier() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    hand_over(&folder, "audit.key");
    let with_all = crate::bench::report(&folder, Depth::AuditKeys, false);
    // The auditor is given this file, and not the store's key.
    let root = fs::read(folder.path("store.key")).unwrap();
    fs::remove_file(folder.path("store.key")).unwrap();
    let auditor = opened(&folder, "audit.key");
    assert_eq!(auditor.depth(), Depth::AuditKeys);
    let told = report(&auditor);
    assert_eq!(told.verdict(), Verdict::NotFully, "{:?}", told.findings);
    assert_eq!(
        skipped(&told),
        ["signatures"],
        "who wrote the log is not known"
    );
    let notebook = Notebook::open(&folder.path("log-key")).unwrap().0;
    let mut request = AuditRequest::default();
    request.notebook = Some(&notebook);
    let told = auditor.audit(request, &mut |_| ControlFlow::Continue(()));
    let told = told.unwrap();
    assert_eq!(told.verdict(), Verdict::Clean, "{:?}", told.findings);
    assert_eq!(told.accesses, with_all.accesses);
    assert!(told.accesses.as_ref().unwrap().opened > 10);
    assert_eq!(told.checked("documents, opened"), 0);
    assert_eq!(told.checked("items of sealed units"), 0);
    assert_eq!(auditor.checkpoint().unwrap_err().code(), Code::WrongKey);
    let again = auditor.write_audit_key(&folder.path("copy.key"));
    assert_eq!(again.unwrap_err().code(), Code::WrongKey);
    // As a root key it is none.
    let file = liasse::RootKey::File(folder.path("audit.key"));
    let engine = Engine::open(&folder.path("store"), file, options());
    assert!(engine.is_err());
    // Nor is any piece of the root file in it, but for the store's id.
    let bytes = fs::read(folder.path("audit.key")).unwrap();
    let mut pieces = bytes.windows(24);
    assert!(!pieces.any(|piece| root.windows(24).any(|other| other == piece)));
}

/// A trace is proved to a patient or a judge with it, under a checkpoint that the store signed.
#[test]
fn an_access_is_proved_with_the_key_of_traces() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    hand_over(&folder, "audit.key");
    let root = key(&folder, "store");
    let store = folder.path("store");
    let host = Auditor::open(&store, Depth::AuditKeys, Some(&root), &options()).unwrap();
    let (checkpoint, log_key) = host.checkpoint().unwrap();
    let auditor = opened(&folder, "audit.key");
    let glass = report(&auditor).accesses.unwrap().glass[0].entry;
    let signed = Some((checkpoint.as_str(), log_key.as_str()));
    let proved = auditor.prove(glass, signed).unwrap();
    assert!(proved.trace.unwrap().contains("rescuer"));
    let facts = liasse::check_proof(&proved.proof, &proved.entry, &log_key).unwrap();
    assert_eq!(facts.kind, "break_glass");
    assert_eq!(
        auditor.prove(glass, None).err().unwrap().code(),
        Code::WrongKey
    );
}

/// After keys of traces were destroyed the file is outdated, and the audit says what it skipped;
/// so it does with another store's file.
#[test]
fn an_outdated_or_foreign_key_of_traces_is_told() {
    let folder = Folder::new();
    liasse::new_key_file(&folder.path("store.key")).unwrap();
    let start = Instant::from_millis(1_790_000_000_000);
    let clock = Arc::new(FixedClock::new(start));
    let mut options = options();
    options.clock = Arc::clone(&clock) as _;
    let store = folder.path("store");
    let engine = Engine::create(&store, key(&folder, "store"), options).unwrap();
    let document = deposit(&doctor(&engine), 1, "A", &words(1, 1)).document;
    doctor(&engine).fetch(document).unwrap();
    engine.settle().unwrap();
    hand_over(&folder, "before.key");
    clock.set(start.plus_days(200));
    assert!(engine.retain(TraceClass::Reading, 3).unwrap() > 0);
    engine.close().unwrap();
    let told = report(&opened(&folder, "before.key"));
    assert_eq!(told.verdict(), Verdict::NotFully, "{:?}", told.findings);
    assert!(told.accesses.is_none());
    assert!(told.skipped.iter().any(|it| it.why.contains("older")));
    hand_over(&folder, "after.key");
    let told = report(&opened(&folder, "after.key"));
    assert_eq!(skipped(&told), ["signatures"], "{:?}", told.findings);
    assert!(told.findings.is_empty() && told.accesses.unwrap().past > 0);
    let (other, _) = Scene::shared().copy("store");
    hand_over(&other, "audit.key");
    fs::copy(other.path("audit.key"), folder.path("foreign.key")).unwrap();
    let told = report(&opened(&folder, "foreign.key"));
    assert_eq!(told.verdict(), Verdict::NotFully);
    assert!(
        told.skipped
            .iter()
            .any(|it| it.why.contains("another store"))
    );
}

fn skipped(told: &AuditReport) -> Vec<&str> {
    told.skipped.iter().map(|it| it.what).collect()
}

fn exit(folder: &Path, arguments: &[&str]) -> i32 {
    Command::new(env!("CARGO_BIN_EXE_liasse-audit"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
        .status
        .code()
        .unwrap()
}

#[test]
fn the_command_hands_over_the_key_of_traces_and_uses_it() {
    let (folder, _) = Scene::shared().copy("store");
    let write = [
        "audit-key",
        "store",
        "--key-file",
        "store.key",
        "-o",
        "audit.key",
    ];
    assert_eq!(exit(&folder.0, &write), 0);
    let mode =
        std::os::unix::fs::MetadataExt::mode(&fs::metadata(folder.path("audit.key")).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    assert_ne!(exit(&folder.0, &write), 0, "no file is overwritten");
    let check = ["check", "store", "--audit-key-file", "audit.key"];
    assert_eq!(exit(&folder.0, &check), 4);
    let noted = [&check[..], &["--notebook", "notebook"]].concat();
    assert_eq!(exit(&folder.0, &noted), 0);
    for more in [
        ["--full", "--json"],
        ["--keyless", "--json"],
        ["--key-file", "store.key"],
    ] {
        assert_eq!(exit(&folder.0, &[&check[..], &more[..]].concat()), 2);
    }
    let prove = [
        "prove",
        "store",
        "--entry",
        "3",
        "-o",
        "one",
        "--audit-key-file",
        "audit.key",
    ];
    assert_eq!(exit(&folder.0, &prove), 3, "it signs no checkpoint");
}

/// What is counted by day, profession and purpose is accesses; acts of all kinds are counted by
/// kind alone.
#[test]
fn accesses_are_counted_and_no_other_acts_among_them() {
    let (folder, _) = Scene::shared().copy("store");
    let accesses = crate::bench::report(&folder, Depth::AuditKeys, false)
        .accesses
        .unwrap();
    let of = |kinds: &[&str]| {
        kinds
            .iter()
            .filter_map(|kind| accesses.kinds.get(*kind))
            .sum()
    };
    let read: u64 = of(&["access", "query", "disclose"]);
    assert!(read > 0 && read < accesses.opened && of(&["write"]) > 0);
    for counted in [&accesses.days, &accesses.professions, &accesses.purposes] {
        assert_eq!(counted.values().sum::<u64>(), read);
    }
    assert!(
        !accesses.purposes.contains_key("holder"),
        "who erased, and read nothing"
    );
}

//! Proves that a backup is audited with its sinks, to the signature of each catalog file, with and
//! without keys, and is only read.

use crate::bench::{Folder, deposit, doctor, ins, key, options, words};
use liasse::{
    AuditReport, AuditRequest, Auditor, Depth, DirectorySink, Engine, Notebook, RootKey, Sink,
    Sinks, Sources,
};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// A store with a sink, a backup of it, and a commit after that in the sink alone; the log's key
/// in a notebook.
fn backed_up() -> Folder {
    let folder = Folder::new();
    liasse::new_key_file(&folder.path("store.key")).unwrap();
    let mut options = options();
    options.sinks = Sinks::To(vec![sink(&folder)]);
    let engine = Engine::create(
        &folder.path("store"),
        key(&folder, "store"),
        options.clone(),
    )
    .unwrap();
    let doctor = doctor(&engine);
    deposit(&doctor, 1, "A", &words(1, 1));
    deposit(&doctor, 2, "A", &words(2, 1));
    drop(doctor);
    // Closing writes the index, which the backup then holds.
    engine.close().unwrap();
    let engine = Engine::open(&folder.path("store"), key(&folder, "store"), options).unwrap();
    let doctor = self::doctor(&engine);
    engine.backup(&folder.path("backup")).unwrap();
    // A reading adds to the journal, and no body that the backup would lack.
    let listed = doctor.entries(&ins(1), liasse::Statuses::All).unwrap();
    assert_eq!(listed.len(), 1);
    drop(doctor);
    engine.close().unwrap();
    let root = key(&folder, "store");
    let store = folder.path("store");
    let auditor = Auditor::open(&store, Depth::AuditKeys, Some(&root), &self::options()).unwrap();
    fs::create_dir(folder.path("notebook")).unwrap();
    fs::write(folder.path("notebook/key"), auditor.checkpoint().unwrap().1).unwrap();
    folder
}

fn sink(folder: &Folder) -> Arc<dyn Sink> {
    Arc::new(DirectorySink::new(&folder.path("sink")))
}

fn audit(folder: &Folder, scratch: &str, depth: Depth, notebook: Option<&Notebook>) -> AuditReport {
    let sources = Sources::new(&folder.path("backup"), vec![sink(folder)]);
    let root: Option<RootKey> = (depth > Depth::Keyless).then(|| key(folder, "store"));
    let given = (depth, root.as_ref());
    let auditor = Auditor::open_backup(&sources, &folder.path(scratch), given, &options()).unwrap();
    let mut request = AuditRequest::default();
    request.notebook = notebook;
    auditor
        .audit(request, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

fn notebook(folder: &Folder) -> Notebook {
    Notebook::open(&folder.path("notebook")).unwrap().0
}

/// Whatever lies in a backup and is not of it may hold what was erased: keys too.
#[test]
fn what_lies_in_a_backup_and_is_not_of_it_is_found() {
    let folder = backed_up();
    let found = |scratch: &str| {
        let told = audit(&folder, scratch, Depth::Keyless, None);
        let found = told.findings.into_iter();
        found.map(|it| (it.invariant, it.place)).collect::<Vec<_>>()
    };
    assert_eq!(found("before"), []);
    let backup = folder.path("backup");
    fs::copy(folder.path("store.key"), backup.join("key")).unwrap();
    fs::write(backup.join("body/letter.xml"), "texte").unwrap();
    fs::write(backup.join("index/letter.xml"), "texte").unwrap();
    fs::write(backup.join("catalog/letter.xml"), "texte").unwrap();
    // What a backup that was cut short leaves.
    fs::write(backup.join("body/00000077.seg"), "texte").unwrap();
    fs::write(backup.join("BACKUP.part"), "texte").unwrap();
    let mut places: Vec<_> = found("after").into_iter().map(|it| it.1).collect();
    places.sort();
    let wanted = [
        "body/letter.xml",
        "catalog/letter.xml",
        "index/letter.xml",
        "key",
    ];
    assert_eq!(places, wanted.map(|name| format!("the backup: {name}")));
}

/// The files below a folder with their bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn signatures(report: &AuditReport) -> (u64, u64) {
    let covered = report.covered.iter();
    let mut covered = covered.filter(|it| it.what == "catalog files, by their signatures");
    covered.next().map(|it| (it.checked, it.of)).unwrap()
}

#[test]
fn a_backup_is_audited_with_its_sinks_and_left_as_it_was() {
    let folder = backed_up();
    let state = || {
        let backup = contents(&folder.path("backup"));
        (backup, contents(&folder.path("sink")))
    };
    let before = state();
    let full = audit(&folder, "full", Depth::Full, None);
    assert!(full.findings.is_empty(), "{:?}", full.findings);
    assert!(full.skipped.is_empty(), "{:?}", full.skipped);
    assert_eq!(full.checked("documents, opened"), 2);
    let (signed, of) = signatures(&full);
    assert!(
        signed == of && of > 1,
        "snapshot and deltas: {signed} of {of}"
    );
    let traces = audit(&folder, "traces", Depth::AuditKeys, None);
    assert!(traces.findings.is_empty(), "{:?}", traces.findings);
    assert_eq!(signatures(&traces), (of, of));
    let noted = audit(&folder, "noted", Depth::Keyless, Some(&notebook(&folder)));
    assert!(noted.findings.is_empty(), "{:?}", noted.findings);
    assert_eq!(signatures(&noted), (of, of), "the log's key is enough");
    let alone = audit(&folder, "alone", Depth::Keyless, None);
    assert!(alone.findings.is_empty(), "{:?}", alone.findings);
    assert_eq!(signatures(&alone), (0, of), "no key, no signature");
    let said = alone.skipped.iter().map(|it| it.what);
    assert_eq!(said.collect::<Vec<_>>(), ["signatures", "signatures"]);
    assert!(before == state(), "a backup is only read");
}

/// A catalog file whose content is whole and whose signature is not the store's: a restore would
/// refuse it, and the audit names it, with the store's key or with the log's.
#[test]
fn a_catalog_file_that_the_store_did_not_sign_is_found() {
    let folder = backed_up();
    // The newest commit is in the sink alone; a delta or a snapshot leads to it.
    let mut rolls = contents(&folder.path("sink"));
    rolls.retain(|(_, bytes)| bytes.starts_with(b"LIASSEK1"));
    let commit = |bytes: &[u8]| u64::from_le_bytes(bytes[96..104].try_into().unwrap());
    let newest = rolls.iter().map(|(_, bytes)| commit(bytes)).max().unwrap();
    for (path, mut bytes) in rolls {
        if commit(&bytes) == newest {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            fs::write(path, bytes).unwrap();
        }
    }
    for (depth, scratch) in [
        (Depth::Full, "full"),
        (Depth::AuditKeys, "traces"),
        (Depth::Keyless, "keyless"),
    ] {
        let report = audit(&folder, scratch, depth, Some(&notebook(&folder)));
        let found: Vec<_> = report.findings.iter().map(|it| it.invariant).collect();
        assert_eq!(found, ["X12"], "{scratch}: {:?}", report.findings);
        let (signed, of) = signatures(&report);
        assert_eq!(signed + 1, of, "{scratch}");
    }
}

#[test]
fn the_command_checks_a_backup_in_a_new_folder_only() {
    let folder = backed_up();
    let check = |scratch: &str| {
        Command::new(env!("CARGO_BIN_EXE_liasse-audit"))
            .args(["check", scratch, "--key-file", "store.key"])
            .args(["--backup", "backup", "--sink", "sink"])
            .current_dir(&folder.0)
            .output()
            .unwrap()
    };
    let told = check("scratch");
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(0), "{said}");
    assert!(
        said.contains("checked  catalog files, by their signatures"),
        "{said}"
    );
    assert_eq!(
        check("store").status.code(),
        Some(2),
        "a store is left alone"
    );
    let body = contents(&folder.path("backup/body")).remove(0).0;
    fs::remove_file(body).unwrap();
    assert_ne!(check("again").status.code(), Some(0));
}

/// The device is lost with all that was newer than the backup: what the store's engine was doing
/// then lies in a gap from there to the first opening of what came back.
#[test]
fn what_a_lost_device_took_with_it_lies_in_a_gap() {
    let folder = backed_up();
    fs::remove_dir_all(folder.path("store")).unwrap();
    fs::remove_dir_all(folder.path("sink")).unwrap();
    let sources = Sources::new(&folder.path("backup"), Vec::new()).without_sinks();
    let (store, root) = (folder.path("store"), || key(&folder, "store"));
    let restored = Engine::restore(&sources, &store, &root(), &options()).unwrap();
    let before = audit_of(&folder);
    assert!(before.gaps.is_empty(), "{:?}", before.gaps);
    let engine = Engine::open(&store, root(), options()).unwrap();
    engine.close().unwrap();
    let told = audit_of(&folder);
    assert_eq!(
        told.verdict(),
        liasse::Verdict::Clean,
        "{:?}",
        told.findings
    );
    let [gap] = told.gaps[..] else {
        panic!("one gap: {:?}", told.gaps);
    };
    assert!(gap.from <= before.committed && gap.to.is_some_and(|to| to >= before.committed));
    assert!(restored.commit < told.commit);
}

fn audit_of(folder: &Folder) -> AuditReport {
    crate::bench::noted(folder, Depth::Full, Some("notebook"))
}

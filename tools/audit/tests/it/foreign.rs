//! Proves what an audit says of things that lie in a store and are not of it: pipes and folders in
//! the place of files, and what nothing names.

use crate::bench::{Folder, Scene, key, options};
use crate::command::run;
use crate::raw::{Raw, copy_all};
use liasse::{Code, Engine};
use std::fs::{self, File};
use std::process::Command;

/// Puts a pipe in the place of a file. While what is returned lives somebody is at its other end:
/// who opens it all the same reads from a pipe, and does not wait for ever.
fn pipe(raw: &Raw, name: &str) -> File {
    fs::remove_file(raw.file(name)).unwrap();
    let made = Command::new("mkfifo").arg(raw.file(name)).status();
    assert!(made.unwrap().success());
    let both = File::options().read(true).write(true).open(raw.file(name));
    both.unwrap()
}

/// A pipe or a folder in the place of a file is a finding with its place, and nobody waits for it.
#[test]
fn a_pipe_in_the_place_of_a_file_is_found_and_not_waited_for() {
    for (folder_name, invariant) in [("index", "X2"), ("body", "S11")] {
        let (folder, raw) = Scene::shared().copy("store");
        let name = raw.files(folder_name).remove(0);
        let end = pipe(&raw, &name);
        for depth in [
            &["--keyless", "--notebook", "notebook"][..],
            &["--keyless", "--seconds", "2", "--state", "state"],
            &["--key-file", "store.key"],
        ] {
            let told = run(&folder, &[&["check", "store"], depth].concat());
            let said = String::from_utf8_lossy(&told.stdout).into_owned();
            assert_eq!(told.status.code(), Some(1), "{said}");
            let line = format!("{invariant}  {name}: a pipe, a device or a folder lies in");
            assert!(said.contains(&line), "{said}");
        }
        drop(end);
        fs::remove_file(raw.file(&name)).unwrap();
        fs::create_dir(raw.file(&name)).unwrap();
        let keyless = ["check", "store", "--keyless"];
        let told = run(&folder, &keyless);
        assert_eq!(told.status.code(), Some(1));
        // An engine says that the store is damaged, there or once it needs it.
        let root = key(&folder, "store");
        if let Err(error) = Engine::open(&raw.folder, root, options()) {
            assert_eq!(error.class(), liasse::Class::Corrupt, "{error}");
        }
    }
}

/// Nothing can be audited without a catalog, and no engine opens: both say why.
#[test]
fn a_pipe_in_the_place_of_the_catalog_is_told() {
    let (folder, raw) = Scene::shared().copy("store");
    let _end = pipe(&raw, "catalog.redb");
    let told = run(&folder, &["check", "store", "--keyless"]);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(3), "{said}");
    assert!(said.contains("no regular file"), "{said}");
    let refused = Engine::open(&raw.folder, key(&folder, "store"), options());
    let refused = refused.err().unwrap();
    assert_eq!(refused.code(), Code::CatalogDamaged, "{refused}");
    let (folder, raw) = Scene::shared().copy("store");
    let _end = pipe(&raw, "FORMAT");
    let told = run(&folder, &["check", "store", "--keyless"]);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(said.contains("FORMAT file is damaged"), "{said}");
    assert_eq!(told.status.code(), Some(3), "{said}");
}

/// Whatever lies at the top of a store and is not of it may hold what was erased: keys too.
#[test]
fn what_lies_at_the_top_of_a_store_and_is_not_of_it_is_found() {
    let (folder, raw) = Scene::shared().copy("store");
    let check = ["check", "store", "--keyless", "--notebook", "notebook"];
    fs::copy(raw.file("catalog.redb"), raw.file("catalog.redb.bak")).unwrap();
    copy_all(&raw.file("body"), &raw.file("old"));
    fs::write(raw.file("FORMAT.new"), b"").unwrap();
    fs::create_dir(raw.file("passphrase")).unwrap();
    let told = run(&folder, &check);
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{said}");
    for name in ["catalog.redb.bak", "old", "FORMAT.new"] {
        assert!(said.contains(&format!("S8  {name}: is ")), "{said}");
    }
    assert!(said.contains("S8  passphrase: a pipe, a device or a folder"));
    fs::remove_dir(raw.file("passphrase")).unwrap();
    // Nor does the name of a part that nothing reads here make one of it.
    for name in ["passphrase", "OPEN", "BACKUP"] {
        fs::copy(raw.file("catalog.redb"), raw.file(name)).unwrap();
        let told = run(&folder, &check);
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(said.contains(&format!("S8  {name}: is ")), "{said}");
        fs::remove_file(raw.file(name)).unwrap();
    }
    // Beside a writer too: it makes nothing there but FORMAT.new.
    let root = key(&folder, "store");
    let engine = Engine::open(&raw.folder, root, options()).unwrap();
    let told = run(&folder, &check);
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(1), "{said}");
    assert!(said.contains("S8  catalog.redb.bak: is ") && said.contains("S8  old: is "));
    assert!(said.contains("note  FORMAT.new: is "), "{said}");
    fs::remove_file(raw.file("catalog.redb.bak")).unwrap();
    fs::remove_dir_all(raw.file("old")).unwrap();
    assert_eq!(
        run(&folder, &check).status.code(),
        Some(0),
        "the mark of a writer is its own"
    );
    engine.close().unwrap();
    fs::remove_file(raw.file("FORMAT.new")).unwrap();
    assert_eq!(run(&folder, &check).status.code(), Some(0));
}

/// Where the catalog does not say which files it names, none is accused of being named by nothing.
#[test]
fn files_are_not_accused_by_a_catalog_that_cannot_be_read() {
    // A segment's row that holds none, and a key of the manifest that names no slot.
    for (table, key) in [("segments", None), ("index_manifest", Some(&b"s0"[..]))] {
        let (folder, raw) = Scene::shared().copy("store");
        let first = raw.rows(table).remove(0).0;
        raw.put(table, key.unwrap_or(&first), b"torn");
        let told = run(&folder, &["check", "store", "--keyless"]);
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        assert_eq!(told.status.code(), Some(1), "{said}");
        assert!(said.contains("skipped  files: "), "{said}");
        assert!(said.contains("could not be compared"), "{said}");
        assert!(!said.contains("is named by nothing"), "{said}");
    }
}

/// The slot file of a store that a passphrase keeps is a part of it, and another store's is not.
#[test]
fn the_slot_file_of_a_passphrase_is_a_part_of_its_own_store_alone() {
    let folder = Folder::new();
    for name in ["one", "other"] {
        let root = liasse::RootKey::Passphrase("un secret de banc".to_owned().into());
        let engine = Engine::create(&folder.path(name), root, options()).unwrap();
        engine.close().unwrap();
    }
    let findings = || {
        let auditor = crate::bench::audited(&folder.path("one"), liasse::Depth::Keyless, None);
        let mut on = |_| std::ops::ControlFlow::Continue(());
        let report = auditor.audit(liasse::AuditRequest::default(), &mut on);
        let findings = report.unwrap().findings.into_iter();
        findings
            .map(|it| (it.invariant, it.place))
            .collect::<Vec<_>>()
    };
    assert_eq!(findings(), []);
    let slots = |name: &str| folder.path(name).join("passphrase");
    fs::copy(slots("other"), slots("one")).unwrap();
    assert_eq!(findings(), [("S8", "passphrase".to_owned())]);
}

//! Proves what an audit says of things that lie in a store and are not of it: pipes and folders in
//! the place of files.

use crate::bench::{Scene, key, options};
use crate::command::run;
use crate::raw::Raw;
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

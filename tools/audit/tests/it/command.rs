//! Proves the contract of the command: what each exit code means, and that what is handed over is
//! checked without the store.

use crate::bench::{Folder, Scene, deposit, doctor, key, options, words};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn run(folder: &Folder, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_liasse-audit"))
        .args(arguments)
        .current_dir(&folder.0)
        .output()
        .unwrap()
}

fn exit(folder: &Folder, arguments: &[&str]) -> i32 {
    run(folder, arguments).status.code().unwrap()
}

#[test]
fn each_exit_code_says_one_thing() {
    let scene = Scene::shared();
    let (folder, raw) = scene.copy("store");
    let with_key = ["check", "store", "--key-file", "store.key"];
    assert_eq!(exit(&folder, &with_key), 0);
    let keyless = ["check", "store", "--keyless", "--notebook", "notebook"];
    assert_eq!(exit(&folder, &keyless), 0);
    // Without the log's key nobody knows who wrote the log.
    let unsigned = run(&folder, &["check", "store", "--keyless"]);
    assert_eq!(unsigned.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&unsigned.stdout).contains("skipped  signatures: "));
    assert_eq!(exit(&folder, &["check", "store", "--full"]), 2);
    assert_eq!(exit(&folder, &["check", "store", "--no-such-option"]), 2);
    assert_eq!(exit(&folder, &["check", "nowhere"]), 3);
    let sampled = |number: &str| run(&folder, &[&with_key[..], &["--sample", number]].concat());
    let none = sampled("0");
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("one at least"));
    // A sample is of what is opened.
    for less in ["--keyless", "--audit-keys"] {
        let less = [&with_key[..], &[less, "--sample", "1"]].concat();
        assert_eq!(exit(&folder, &less), 2);
    }
    let one = [
        &with_key[..],
        &["--sample", "1", "--seed", "0000000000000000"],
    ]
    .concat();
    let one = run(&folder, &one);
    assert_eq!(one.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&one.stdout).contains("outside the sample nothing was opened"));
    assert_eq!(sampled("1000").status.code(), Some(0), "all of them");
    std::fs::copy(scene.path("other.key"), folder.path("other.key")).unwrap();
    let wrong = ["check", "store", "--key-file", "other.key"];
    assert_eq!(exit(&folder, &wrong), 4);
    let told = run(&folder, &wrong);
    assert!(String::from_utf8_lossy(&told.stdout).contains("skipped  seals: "));
    raw.flip("heads", &[0, 0, 0, 0, 0, 0, 0], -1);
    let reports = [keyless.as_slice(), &["--json", "--html", "page.html"]].concat();
    let told = run(&folder, &reports);
    assert_eq!(told.status.code(), Some(1));
    let object: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(object["clean"], false);
    assert_eq!(object["findings"][0]["invariant"], "S5");
    let page = std::fs::read_to_string(folder.path("page.html")).unwrap();
    assert!(page.contains("NOT CLEAN") && page.contains("dossier 0"));
}

/// A file's name makes no line of its own, and tells a terminal nothing.
#[test]
fn a_name_in_the_store_forges_no_line() {
    let (folder, raw) = Scene::shared().copy("store");
    raw.write("x\nclean: forged\u{1b}[2J", b"");
    let told = run(&folder, &["check", "store", "--key-file", "store.key"]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("x\\nclean: forged\\u{1b}[2J"), "{told}");
    assert!(
        !told.lines().any(|line| line.starts_with("clean: forged")),
        "{told}"
    );
}

#[test]
fn what_is_handed_over_is_checked_without_the_store() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let prove = [
        "prove",
        "store",
        "--entry",
        "3",
        "-o",
        "one",
        "--key-file",
        "store.key",
    ];
    assert_eq!(exit(&folder, &prove), 0);
    std::fs::remove_dir_all(folder.path("store")).unwrap();
    let check = [
        "check-proof",
        "one.tlog-proof",
        "--entry",
        "one.entry",
        "--log-key",
        "one.key",
    ];
    let told = run(&folder, &[check.as_slice(), &["--json"]].concat());
    assert_eq!(told.status.code(), Some(0));
    let object: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(object["entry"], 3);
    let mut entry = std::fs::read(folder.path("one.entry")).unwrap();
    entry[5] ^= 1;
    std::fs::write(folder.path("one.entry"), entry).unwrap();
    assert_eq!(exit(&folder, &check), 1);
}

/// A log that contradicts what was noted, or that the store's key did not sign, is not noted,
/// signed, proved or exported.
#[test]
fn nothing_is_signed_of_a_log_that_is_not_the_stores_own() {
    let scene = Scene::shared();
    let (folder, raw) = scene.copy("store");
    let with_key = ["--key-file", "store.key"];
    let pages = || std::fs::read_dir(folder.path("notebook")).unwrap().count();
    let checkpoint = [&["checkpoint", "store"], with_key.as_slice()].concat();
    let noted = [checkpoint.as_slice(), &["--notebook", "notebook"]].concat();
    let signed = run(&folder, &checkpoint).stdout;
    let mut parts = std::str::from_utf8(&signed).unwrap().rsplitn(2, "\n\n");
    std::fs::write(folder.path("log.key"), parts.next().unwrap()).unwrap();
    let text = format!("{}\n", parts.next().unwrap());
    std::fs::write(folder.path("signed"), text).unwrap();
    let before = pages();
    assert_eq!(exit(&folder, &noted), 0);
    assert_eq!(pages(), before, "it was noted before");
    let prove = [
        &["prove", "store", "--entry", "3", "-o", "one"],
        with_key.as_slice(),
    ]
    .concat();
    let export = [&["export", "store", "-o", "tiles"], with_key.as_slice()].concat();
    let request = [
        &["witness-request", "store", "-o", "asked"],
        with_key.as_slice(),
    ]
    .concat();
    let given = ["--checkpoint", "signed", "--log-key", "log.key"];
    assert_eq!(exit(&folder, &[prove.as_slice(), &given].concat()), 0);
    raw.flip("journal_head", &[1], 9);
    for command in [&checkpoint, &noted, &prove, &export, &request] {
        let told = run(&folder, command);
        assert_eq!(told.status.code(), Some(3), "{command:?}");
        let why = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(
            why.contains("not the one that the store's key signed"),
            "{why}"
        );
    }
    assert_eq!(exit(&folder, &[prove.as_slice(), &given].concat()), 3);
    // A store that was rolled back: its signature is true, and the notebook knows better.
    std::fs::remove_dir_all(&raw.folder).unwrap();
    crate::raw::copy_all(&scene.path("late"), &raw.folder);
    std::fs::copy(scene.path("late.key"), folder.path("store.key")).unwrap();
    let told = run(&folder, &noted);
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&told.stdout).contains("J11  page "));
    assert_eq!(pages(), before + 1, "the evidence, and no page");
}

/// What a log exported is gone on with by that log alone: not by one that took another way from
/// the same beginning, however far it came, and not by an older checkpoint of its own.
#[test]
fn an_export_is_gone_on_with_by_its_own_log_alone() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let fork = folder.path("fork");
    crate::raw::copy_all(&scene.path("late"), &fork);
    std::fs::copy(scene.path("late.key"), folder.path("fork.key")).unwrap();
    let mut elsewhere = options();
    elsewhere.ground = liasse::Ground::TakeOver;
    let engine = liasse::Engine::open(&fork, key(&folder, "fork"), elsewhere).unwrap();
    let asking = doctor(&engine);
    for number in 5..9 {
        let id = format!("F{number}");
        deposit(&asking, 3, &id, &words(3, number));
    }
    drop(asking);
    engine.close().unwrap();
    let export = |store: &'static str, key| ["export", store, "--key-file", key, "-o", "tiles"];
    assert_eq!(exit(&folder, &export("store", "store.key")), 0);
    let first = files(&folder.path("tiles"));
    let told = run(&folder, &export("fork", "fork.key"));
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&told.stdout).contains("J11"));
    assert_eq!(files(&folder.path("tiles")), first);
    // The fork is longer: by its size alone it would have gone on.
    assert_eq!(
        exit(
            &folder,
            &["export", "fork", "--key-file", "fork.key", "-o", "other"]
        ),
        0
    );
    assert!(files(&folder.path("other")).len() > 1);
    assert_eq!(exit(&folder, &export("store", "store.key")), 0);
}

/// Nothing is written into the store that is looked at: the next audit would find it there.
#[test]
fn nothing_is_written_into_the_store() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    let before = files(&folder.path("store"));
    let handle = "0".repeat(32);
    let key = ["--key-file", "store.key"];
    let refused = [
        vec!["check", "store", "--keyless", "--html", "store/page.html"],
        vec!["check", "store", "--keyless", "--state", "store/body/state"],
        vec!["check", "store", "--keyless", "--notebook", "store"],
        vec!["checkpoint", "store", "--notebook", "store/new/notebook"],
        vec!["export", "store", "-o", "store/tiles"],
        vec!["prove", "store", "--entry", "3", "-o", "store/one"],
        vec![
            "certificate",
            "store",
            "--handle",
            &handle,
            "-o",
            "notebook/../store/it",
        ],
        vec!["audit-key", "store", "-o", "store/traces.key"],
        vec!["witness-request", "store", "-o", "store/asked"],
    ];
    for command in refused {
        let whole = if command.contains(&"--keyless") {
            command.clone()
        } else {
            [command.as_slice(), &key].concat()
        };
        let told = run(&folder, &whole);
        let why = String::from_utf8_lossy(&told.stderr).into_owned();
        assert_eq!(told.status.code(), Some(2), "{command:?}: {why}");
        assert!(why.contains("lies in the store"), "{command:?}: {why}");
    }
    assert_eq!(files(&folder.path("store")), before);
}

/// What is there already is not written over: a key, the log's key, an earlier proof.
#[test]
fn nothing_that_is_there_is_written_over() {
    let (folder, _) = Scene::shared().copy("store");
    let handle = {
        let told = run(&folder, &["check", "store", "--keyless", "--json"]);
        let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
        let erased = told["erased"].as_object().unwrap();
        erased.keys().next().unwrap().clone()
    };
    std::fs::copy(folder.path("store.key"), folder.path("one.key")).unwrap();
    let key = ["--key-file", "store.key"];
    let outputs = [
        vec!["prove", "store", "--entry", "3", "-o", "store"],
        vec!["prove", "store", "--entry", "3", "-o", "one"],
        vec![
            "certificate",
            "store",
            "--handle",
            &handle,
            "-o",
            "store.key",
        ],
        vec!["witness-request", "store", "-o", "store.key"],
        vec!["audit-key", "store", "-o", "store.key"],
        vec!["check", "store", "--html", "store.key"],
        vec!["check", "store", "--state", "store.key"],
    ];
    let before = files(&folder.0);
    for command in outputs {
        let told = run(&folder, &[command.as_slice(), &key].concat());
        assert_eq!(told.status.code(), Some(2), "{command:?}: {told:?}");
        assert_eq!(files(&folder.0), before, "{command:?}");
    }
    // A page takes the place of an earlier one.
    let page = ["check", "store", "--html", "page.html"];
    let page = [&page[..], &key, &["--notebook", "notebook"]].concat();
    assert_eq!(exit(&folder, &page), 0);
    assert_eq!(exit(&folder, &page), 0);
}

/// A notebook that is not there, or an empty one, contradicts nobody: neither goes unsaid.
#[test]
fn a_notebook_by_a_wrong_name_is_told() {
    let (folder, _) = Scene::shared().copy("store");
    let check = ["check", "store", "--keyless", "--notebook"];
    for name in ["notebok", "store.key"] {
        let told = run(&folder, &[&check[..], &[name]].concat());
        let why = String::from_utf8_lossy(&told.stderr).into_owned();
        assert_eq!(told.status.code(), Some(2), "{why}");
        assert!(why.contains("no notebook at"), "{why}");
    }
    assert!(!folder.path("notebok").exists());
    let first = run(&folder, &[&check[..], &["log-key"]].concat());
    let said = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(said.contains("held no page yet"), "{said}");
    let second = run(&folder, &[&check[..], &["log-key"]].concat());
    assert!(!String::from_utf8_lossy(&second.stdout).contains("no page yet"));
    let no_key = ["check", "store", "--key-file", "nowhere"];
    assert_eq!(exit(&folder, &no_key), 2);
}

/// Of a store that nobody has open and nobody closed, not everything was looked at.
#[test]
fn a_store_that_was_left_open_is_not_called_clean() {
    let (folder, raw) = Scene::shared().copy("store");
    let root = key(&folder, "store");
    let engine = liasse::Engine::open(&raw.folder, root, options()).unwrap();
    deposit(&doctor(&engine), 3, "L1", "texte");
    let check = ["check", "left", "--notebook", "notebook"];
    let check = [&check[..], &["--key-file", "store.key"]].concat();
    let beside = [&["check", "store"], &check[2..]].concat();
    assert_eq!(exit(&folder, &beside), 0, "a writer goes on with it");
    crate::raw::copy_all(&raw.folder, &folder.path("left"));
    std::fs::write(folder.path("left/index/stray.xml"), "texte").unwrap();
    let told = run(&folder, &check);
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(4), "{said}");
    assert!(said.contains(UNLOOKED), "{said}");
    assert!(said.contains("index/stray.xml"), "{said}");
    // That the catalog says it was closed is believed no more than that its folder does.
    let catalog = folder.path("left/catalog.redb");
    let mut bytes = std::fs::read(&catalog).unwrap();
    assert_ne!(bytes[LEFT_OPEN_AT] & LEFT_OPEN, 0);
    bytes[LEFT_OPEN_AT] &= !LEFT_OPEN;
    std::fs::write(&catalog, bytes).unwrap();
    let told = run(&folder, &check);
    let again = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(4), "{again}");
    assert!(again.contains(UNLOOKED), "{again}");
    engine.close().unwrap();
    assert_eq!(exit(&folder, &beside), 0);
}

/// A backup that lacks a file cannot be brought together: which one is told.
#[test]
fn a_backup_that_lacks_a_file_names_it() {
    let (folder, raw) = Scene::shared().copy("store");
    let root = key(&folder, "store");
    let engine = liasse::Engine::open(&raw.folder, root, options()).unwrap();
    engine.backup(&folder.path("backup")).unwrap();
    engine.close().unwrap();
    let name = raw.files("body").remove(0);
    std::fs::remove_file(folder.path("backup").join(&name)).unwrap();
    let check = ["check", "scratch", "--backup", "backup", "--keyless"];
    let told = run(&folder, &check);
    let why = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(3), "{why}");
    assert!(why.contains(&format!("the backup lacks {name}")), "{why}");
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
    files
}

/// What is said of a store that nobody goes on with.
const UNLOOKED: &str = "skipped  pages: the store was not closed";
/// Where redb's header says that it was not closed.
const LEFT_OPEN_AT: usize = 9;
const LEFT_OPEN: u8 = 2;

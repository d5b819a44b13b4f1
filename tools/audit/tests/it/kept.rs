//! Proves that what the auditor, a witness and a judge keep is whole and says what is true: pages
//! of the notebook, what a witness signed last, proofs, and the page of an audit.

use crate::bench::{Folder, Scene};
use crate::command::run;
use std::fs;
use std::process::Command;

fn exit(folder: &Folder, arguments: &[&str]) -> Option<i32> {
    run(folder, arguments).status.code()
}

/// The notebook has no key yet, and a page: the log of another store comes in neither as a page
/// nor by its key, which would accuse the true store from then on.
#[test]
fn the_key_of_a_log_that_contradicts_the_notebook_is_not_taken_in() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    crate::raw::copy_all(&scene.path("other"), &folder.path("other"));
    fs::copy(scene.path("other.key"), folder.path("other.key")).unwrap();
    fs::create_dir(folder.path("mine")).unwrap();
    let notebook = ["--notebook", "mine"];
    let keyless = [&["check", "store", "--keyless"], &notebook[..]].concat();
    assert_eq!(exit(&folder, &keyless), Some(4), "without the log's key");
    assert_eq!(
        exit(&folder, &["checkpoint", "store", "--key-file", "store.key"]),
        Some(0)
    );
    let noted = |store: &str, key: &str| {
        exit(
            &folder,
            &[&["checkpoint", store, "--key-file", key], &notebook[..]].concat(),
        )
    };
    assert_eq!(noted("other", "other.key"), Some(1));
    assert!(!folder.path("mine/key").exists());
    assert_eq!(noted("store", "store.key"), Some(0));
    assert!(folder.path("mine/key").exists());
    assert_eq!(exit(&folder, &keyless), Some(0));
}

/// A page is there whole, or not at all: one that was torn would accuse the store for ever.
#[test]
fn a_page_that_a_crash_cut_short_is_no_page() {
    let (folder, _) = Scene::shared().copy("store");
    fs::create_dir(folder.path("mine")).unwrap();
    fs::copy(folder.path("log-key/key"), folder.path("mine/key")).unwrap();
    // The system kills whoever writes a byte to a file.
    let killed = Command::new("sh")
        .args(["-c", "ulimit -c 0; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_liasse-audit"))
        .args(["checkpoint", "store", "--key-file", "store.key"])
        .args(["--notebook", "mine"])
        .current_dir(&folder.0)
        .output();
    assert!(!killed.unwrap().status.success());
    assert!(
        fs::read_dir(folder.path("mine")).unwrap().count() > 1,
        "it began"
    );
    let check = ["check", "store", "--keyless", "--notebook", "mine"];
    let told = run(&folder, &check);
    assert_eq!(told.status.code(), Some(0), "{told:?}");
}

/// Names that differ behind a dot are two proofs.
#[test]
fn a_proof_does_not_overwrite_another() {
    let (folder, _) = Scene::shared().copy("store");
    for entry in ["1", "3"] {
        let name = format!("acc.{entry}");
        let prove = [
            "prove",
            "store",
            "--key-file",
            "store.key",
            "--entry",
            entry,
        ];
        assert_eq!(
            exit(&folder, &[&prove[..], &["-o", &name]].concat()),
            Some(0)
        );
    }
    for entry in ["1", "3"] {
        let [proof, bytes, key] =
            ["tlog-proof", "entry", "key"].map(|ending| format!("acc.{entry}.{ending}"));
        let check = [
            "check-proof",
            &proof,
            "--entry",
            &bytes,
            "--log-key",
            &key,
            "--json",
        ];
        let told = run(&folder, &check);
        assert_eq!(told.status.code(), Some(0), "{told:?}");
        let object: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
        assert_eq!(object["entry"].to_string(), entry);
    }
    // What is no text is no proof, and the store has nothing to do with it.
    fs::write(folder.path("acc.1.tlog-proof"), [0xff, 0xfe, 0x00]).unwrap();
    let check = ["check-proof", "acc.1.tlog-proof", "--entry", "acc.1.entry"];
    let check = [&check[..], &["--log-key", "acc.1.key"]].concat();
    assert_eq!(exit(&folder, &check), Some(2));
}

/// A witness who is shown a fork says so by the exit code, and keeps both sides of it.
#[test]
fn a_witness_who_meets_a_fork_keeps_the_evidence() {
    let scene = Scene::shared();
    let (folder, _) = scene.copy("store");
    crate::raw::copy_all(&scene.path("late"), &folder.path("late"));
    fs::copy(scene.path("late.key"), folder.path("late.key")).unwrap();
    let asks = |store: &str, key: &str, old: &str, to: &str| {
        let ask = [
            "witness-request",
            store,
            "--key-file",
            key,
            "--old",
            old,
            "-o",
            to,
        ];
        assert_eq!(exit(&folder, &ask), Some(0));
    };
    let answered = |request: &str, last: &str, to: &str| {
        let who = [
            "--name",
            "w.example",
            "--witness-key",
            "w.key",
            "--log-key",
            "notebook/key",
        ];
        let files = ["--last", last, "-o", to];
        run(
            &folder,
            &[&["witness", request], &who[..], &files[..]].concat(),
        )
    };
    let answers = |request: &str| answered(request, "last", "answer");
    asks("late", "late.key", "0", "first");
    let told = answered("first", "same", "same");
    assert_eq!(told.status.code(), Some(2), "{told:?}");
    assert!(!folder.path("same").exists(), "nothing was signed");
    assert_eq!(answers("first").status.code(), Some(0));
    let last = fs::read_to_string(folder.path("last")).unwrap();
    let size = last.lines().nth(1).unwrap();
    asks("store", "store.key", size, "second");
    // A proof of another log: the same sizes, and another hash.
    let second = fs::read_to_string(folder.path("second")).unwrap();
    let mut lines: Vec<_> = second.lines().map(str::to_owned).collect();
    lines[1] = format!("{}=", "A".repeat(43));
    fs::write(folder.path("forked"), format!("{}\n", lines.join("\n"))).unwrap();
    fs::remove_file(folder.path("answer")).unwrap();
    for _ in 0..2 {
        let told = answers("forked");
        assert_eq!(told.status.code(), Some(1), "{told:?}");
        let said = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(said.contains("evidence is kept in last.fork-1"), "{said}");
    }
    let kept = fs::read_to_string(folder.path("last.fork-1")).unwrap();
    assert!(kept.contains(&last) && kept.contains(&lines.join("\n")));
    assert!(!folder.path("last.fork-2").exists(), "it is the same one");
    assert!(!folder.path("answer").exists(), "nothing was signed");
    assert_eq!(fs::read_to_string(folder.path("last")).unwrap(), last);
    assert_eq!(answers("second").status.code(), Some(0));
}

/// A page of an audit that was stopped, or did not get through the log, calls nothing absent that
/// it has not looked at.
#[test]
fn the_page_of_a_stopped_audit_says_what_was_not_looked_at() {
    let (folder, raw) = Scene::shared().copy("store");
    let page = || fs::read_to_string(folder.path("page")).unwrap();
    let report = ["--notebook", "notebook", "--html", "page", "--json"];
    let check = [&["check", "store", "--keyless"], &report[..]].concat();
    let turn = [&check[..], &["--state", "state", "--seconds", "0"]].concat();
    let told = run(&folder, &turn);
    assert_eq!(told.status.code(), Some(4));
    let object: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(object["log_read"], false);
    assert!(page().contains("not looked at yet"));
    for absent in ["always closed", "There was none", "1970"] {
        assert!(!page().contains(absent), "{absent}");
    }
    while run(&folder, &turn).status.code() != Some(0) {}
    assert!(page().contains("before its last opening the store was always closed"));
    assert!(page().contains("Erasures: 1") && !page().contains("not looked at yet"));
    // Entries that cannot be read: what stands behind them nobody knows.
    raw.remove("journal_entry", &1_u64.to_be_bytes());
    assert_eq!(exit(&folder, &check), Some(1));
    assert!(!page().contains("always closed in order") && !page().contains("There was none"));
}

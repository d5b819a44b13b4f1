//! Proves the contract of the command: what each exit code means, and that what is handed over is
//! checked without the store.

use crate::bench::{Folder, Scene};
use std::process::{Command, Output};

fn run(folder: &Folder, arguments: &[&str]) -> Output {
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
    assert_eq!(exit(&folder, &["check", "store", "--full"]), 2);
    assert_eq!(exit(&folder, &["check", "store", "--no-such-option"]), 2);
    assert_eq!(exit(&folder, &["check", "nowhere"]), 3);
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

//! Proves that what the auditor, a witness and a judge keep is whole and says what is true: pages
//! of the notebook, what a witness signed last, proofs, and the page of an audit.

use crate::bench::{Folder, Scene};
use crate::command::run;
use std::fs;
use std::process::Command;

fn exit(folder: &Folder, arguments: &[&str]) -> Option<i32> {
    run(folder, arguments).status.code()
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
    assert!(page().contains("The store was always closed in order"));
    assert!(page().contains("Erasures: 1") && !page().contains("not looked at yet"));
    // Entries that cannot be read: what stands behind them nobody knows.
    raw.remove("journal_entry", &1_u64.to_be_bytes());
    assert_eq!(exit(&folder, &check), Some(1));
    assert!(!page().contains("always closed in order") && !page().contains("There was none"));
}

//! Proves that Go's sumdb verifies what the auditor's commands hand over of a real store: its
//! files, the proof of an access, and the consistency that a witness is sent.

use crate::bench::{Folder, Scene, audited, deposit, doctor, key, options};
use crate::command::run;
use crate::verifier;
use liasse::{Depth, Engine};
use std::fs;

/// More entries than one tile and one bundle hold.
const DEPOSITS: u64 = 140;

fn done(folder: &Folder, arguments: &[&str]) {
    let arguments = [arguments, &["--key-file", "store.key"]].concat();
    let told = run(folder, &arguments);
    assert_eq!(told.status.code(), Some(0), "{told:?}");
}

/// The hashes of a text: its lines behind the first that begins so, up to an empty one.
fn hashes(text: &str, behind: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.starts_with(behind));
    let hashes = lines.skip(1).take_while(|line| !line.is_empty());
    hashes.map(|line| format!("{line}\n")).collect()
}

#[test]
fn go_verifies_what_the_commands_hand_over_of_a_store() {
    let Some(verify) = verifier::verifier() else {
        return;
    };
    let (folder, raw) = Scene::shared().copy("store");
    let root = key(&folder, "store");
    let (older, vkey) = audited(&raw.folder, Depth::AuditKeys, Some(&root))
        .checkpoint()
        .unwrap();
    let old = older.lines().nth(1).unwrap().to_owned();
    let engine = Engine::open(&raw.folder, root, options()).unwrap();
    let asking = doctor(&engine);
    for number in 0..DEPOSITS {
        deposit(&asking, 3, &format!("G{number}"), "une ligne");
    }
    drop(asking);
    engine.close().unwrap();
    done(&folder, &["export", "store", "-o", "tiles"]);
    done(&folder, &["prove", "store", "--entry", "260", "-o", "one"]);
    done(
        &folder,
        &["witness-request", "store", "--old", &old, "-o", "asked"],
    );
    let tiles = folder.path("tiles");
    let proof = fs::read_to_string(folder.path("one.tlog-proof")).unwrap();
    let asked = fs::read_to_string(folder.path("asked")).unwrap();
    fs::write(tiles.join("older"), older).unwrap();
    fs::write(tiles.join("index"), "260").unwrap();
    fs::write(tiles.join("inclusion"), hashes(&proof, "index 260")).unwrap();
    fs::write(tiles.join("consistency"), hashes(&asked, "old ")).unwrap();
    assert!(tiles.join("tile/0/000").exists(), "a whole tile");
    let told = verifier::run(&verify, &tiles, vkey.trim());
    assert_eq!(told, Ok("verified\n".to_owned()));
    // The proof of another access, and the way from another checkpoint, are not believed.
    fs::write(tiles.join("index"), "259").unwrap();
    assert!(verifier::run(&verify, &tiles, vkey.trim()).is_err());
    fs::write(tiles.join("index"), "260").unwrap();
    done(
        &folder,
        &["witness-request", "store", "--old", "1", "-o", "from-one"],
    );
    let other = fs::read_to_string(folder.path("from-one")).unwrap();
    fs::write(tiles.join("consistency"), hashes(&other, "old ")).unwrap();
    assert!(verifier::run(&verify, &tiles, vkey.trim()).is_err());
}

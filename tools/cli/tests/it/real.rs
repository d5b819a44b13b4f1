//! Proves the main job on the 94 real CI-SIS documents: kept or refused with reason and place,
//! found by their words, byte for byte the same, and nothing of them in clear on the disk.

use crate::bench::{Bench, files, lines, real_data};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn real_documents_are_kept_found_and_given_back() {
    let Some(folder) = real_data("cda") else {
        return;
    };
    let bench = Bench::with_store();
    let first = bench.import(&folder);
    assert_eq!(first.len(), 94);
    for told in &first {
        let said = told["reason"].is_string() && told["place"].is_string();
        assert!(
            told["outcome"] == "kept" || (told["outcome"] == "refused" && said),
            "{told}"
        );
    }
    let kept: Vec<&Value> = first.iter().filter(|it| it["outcome"] == "kept").collect();
    println!("{} of {} kept", kept.len(), first.len());
    assert!(kept.len() >= 90);
    let second = bench.import(&folder);
    let present = second
        .iter()
        .filter(|it| it["outcome"] == "already_present")
        .count();
    assert_eq!(present, kept.len());
    for (at, told) in kept.iter().enumerate() {
        let document = told["document"].as_str().unwrap();
        let out = format!("OUT-{at}");
        bench.ok(&[
            "fetch",
            "STORE",
            document,
            "--key-file",
            "KEY",
            "--as",
            "care.json",
            "-o",
            &out,
        ]);
        let given = std::fs::read(told["file"].as_str().unwrap()).unwrap();
        assert!(
            std::fs::read(bench.path(&out)).unwrap() == given,
            "{}",
            told["file"]
        );
    }
    for word in [
        "patient",
        "traitement",
        "allergie",
        "vaccination",
        "biologie",
    ] {
        let search = [
            "search",
            "STORE",
            word,
            "--key-file",
            "KEY",
            "--as",
            "panel.json",
            "--json",
        ];
        let found = lines(&bench.ok(&search));
        assert!(!found.is_empty(), "{word}");
    }
    bench.verify();
    nothing_in_clear(&bench, &folder);
}

/// No word of 8 bytes or more of any document, and no INS, stands in any file of the store.
fn nothing_in_clear(bench: &Bench, folder: &std::path::Path) {
    let mut words: BTreeMap<[u8; 8], BTreeSet<Vec<u8>>> = BTreeMap::new();
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap();
        let separates = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte < 0x80;
        for word in bytes.split(separates).filter(|word| word.len() >= 8) {
            let start = *word.first_chunk().unwrap();
            words.entry(start).or_default().insert(word.to_vec());
        }
    }
    assert!(words.len() > 5000, "the documents have words");
    for file in files(&bench.path("STORE")) {
        let bytes = std::fs::read(&file).unwrap();
        for at in 0..bytes.len().saturating_sub(8) {
            let start = *bytes[at..].first_chunk::<8>().unwrap();
            let Some(words) = words.get(&start) else {
                continue;
            };
            for word in words.iter().filter(|word| bytes[at..].starts_with(word)) {
                let shown = String::from_utf8_lossy(word).into_owned();
                assert!(
                    OWN_WORDS.contains(&shown.as_str()),
                    "{shown} in {}",
                    file.display()
                );
            }
        }
    }
}

/// Words of the store's own format that documents use too.
const OWN_WORDS: [&str; 1] = ["segments"];

//! The 94 real CI-SIS sample documents: each is read, or refused with a reason and a place.
//!
//! Run with `LIASSE_REAL_DATA` set to the folder that holds `cda/`.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The files, or `None` after saying loudly that the test is skipped.
fn documents() -> Option<Vec<(String, Vec<u8>)>> {
    let Some(data) = std::env::var_os("LIASSE_REAL_DATA") else {
        println!("SKIPPED: LIASSE_REAL_DATA is not set, no real document was read");
        return None;
    };
    let folder = PathBuf::from(data).join("cda");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("LIASSE_REAL_DATA holds a folder cda")
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|name| name == "xml"))
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let bytes = std::fs::read(&path).expect("the file can be read");
        (name.unwrap_or_default(), bytes)
    };
    Some(files.into_iter().map(read).collect())
}

#[test]
fn each_real_document_is_read_or_refused_with_a_reason() {
    let Some(documents) = documents() else {
        return;
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: String| *counts.entry(what).or_default() += 1;
    let mut refused = Vec::new();
    for (name, bytes) in &documents {
        match intake::read(bytes, None) {
            Ok(paper) => {
                count("read".to_owned());
                count(format!("class {}", paper.metadata.class_code));
                count(format!(
                    "authority {:?}",
                    paper.metadata.patient.ins.authority()
                ));
                let text = paper.text.as_ref().map_or(0, String::len);
                count(format!("text {}", if text == 0 { "none" } else { "some" }));
                for file in &paper.embedded {
                    count(format!("embedded {}", file.media_type));
                }
                for note in &paper.notes {
                    let note = format!("{note:?}");
                    let kind = note.split(['(', ' ']).next().unwrap_or_default();
                    count(format!("note {kind}"));
                }
                println!(
                    "{name}: {} {} {text}",
                    paper.sections.len(),
                    paper.embedded.len()
                );
            }
            Err(refusal) => {
                count("refused".to_owned());
                refused.push(format!("{name}: {refusal}"));
            }
        }
    }
    for (what, number) in &counts {
        println!("{number:5}  {what}");
    }
    println!("{}", refused.join("\n"));
    assert_eq!(documents.len(), 94);
    assert_eq!(counts.get("read"), Some(&94), "refused: {refused:?}");
}

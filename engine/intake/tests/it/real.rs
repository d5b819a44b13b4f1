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
    for (what, number) in [
        ("read", 94),
        ("text some", 90),
        ("text none", 4),
        ("embedded application/pdf", 49),
        ("embedded image/jpeg", 18),
        ("embedded image/png", 4),
        ("note InStyleSheet", 3),
        ("note UnreadableDate", 4),
        ("note WrongInsKey", 10),
    ] {
        assert_eq!(
            counts.get(what),
            Some(&number),
            "{what}; refused: {refused:?}"
        );
    }
}

/// All characters of the narratives, found without a parser: entries and comments cut out, then
/// what lies between `<text>` and its end, tags taken away.
fn characters_of_narratives(document: &str) -> String {
    let without = |text: &str, open: &str, close: &str| -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(open) {
            out.push_str(before);
            rest = after.split_once(close).map_or("", |(_, after)| after);
        }
        out + rest
    };
    let document = without(document, "<!--", "-->");
    let document = document.replace("<c:", "<").replace("</c:", "</");
    let document = without(&document, "<entry ", "</entry>");
    let document = without(&document, "<entry>", "</entry>");
    let body = document
        .split_once("<structuredBody")
        .map_or("", |(_, body)| body);
    let body = body.split("</structuredBody").next().unwrap_or_default();
    let mut narratives = String::new();
    for piece in body.split("<text").skip(1) {
        let narrative = piece.split_once("</text>").map_or("", |(text, _)| text);
        narratives.push_str(&without(&format!("<{narrative}"), "<", ">"));
    }
    let characters = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&apos;", "'"),
        ("&quot;", "\""),
        ("&#160;", " "),
        ("&#8224;", "\u{2020}"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(narratives, |text, (entity, character)| {
        text.replace(entity, character)
    });
    dense(&characters)
}

/// Without what the layout may add: white space, dashes of items, semicolons of cells.
fn dense(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '-' | ';'))
        .collect()
}

#[test]
fn no_character_of_a_real_narrative_is_lost_or_added() {
    let Some(documents) = documents() else {
        return;
    };
    let mut compared = 0_usize;
    for (name, bytes) in &documents {
        let paper = intake::read(bytes, None).expect("each real document is read");
        let text = std::str::from_utf8(bytes).expect("the samples are UTF-8");
        let read: String = paper
            .sections
            .iter()
            .filter(|section| section.source == intake::Source::Narrative)
            .map(|section| dense(&section.text))
            .collect();
        let expected = characters_of_narratives(text);
        assert!(
            read == expected,
            "{name}: {} read, {} expected",
            read.len(),
            expected.len()
        );
        compared += read.len();
    }
    println!("{compared} bytes of narrative compared");
    assert!(compared > 100_000);
}

//! Bodies of the fuzz targets, always compiled: each takes bytes and must not panic.
//!
//! For: `fuzz/`, and the tests here that run them over a corpus of nasty bytes.

use crate::analysis::{ANALYZER_VERSION, Analysed, DocumentText, PackedReader};
use crate::expr::{Expr, WordOptions};
use crate::manifest::{Head, SegmentRow};
use crate::sealed::trailer_length;
use crate::statistics::ReferenceStatistics;
use crate::synonyms::Synonyms;
use base::{CommitSeq, Ordinal};
use vault::Slot;

/// All bodies behind one door: the first byte chooses.
///
/// # Panics
/// When a body finds a fault.
pub fn any(bytes: &[u8]) {
    let Some((body, rest)) = bytes.split_first() else {
        return;
    };
    match body % 3 {
        0 => tokenizer(rest),
        1 => manifest_row(rest),
        _ => directory_footer(rest),
    }
}

/// Any text is analysed; its tokens come back in order of positions, and its words are found.
///
/// # Panics
/// When an invariant of the analysis breaks.
pub fn tokenizer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let document = DocumentText {
        ordinal: Ordinal::from_value(1),
        commit: CommitSeq::new(1),
        title: "",
        body: &text,
        codes: &[],
        date: None,
    };
    let Ok(analysed) = Analysed::new(&document) else {
        return;
    };
    let mut last = 0;
    let mut count = 0;
    for (position, token) in PackedReader::new(analysed.body.as_str()) {
        assert!(position >= last, "positions never fall");
        assert!(!token.is_empty() && token.len() <= base::limit::TOKEN_BYTES_MAX);
        last = position;
        count += 1;
    }
    assert_eq!(count, analysed.body.count());
    let options = WordOptions {
        synonyms: Some(Synonyms::built_in()),
        ..WordOptions::default()
    };
    for expr in [
        Expr::all_words(&text, &options),
        Expr::any_word_fuzzy(&text, &options),
        Expr::phrase(&text, &options),
        Expr::near(&text, 3, &options),
        Expr::prefix(&text, &options),
        Expr::fuzzy(&text, &options),
    ]
    .into_iter()
    .flatten()
    {
        let statistics = ReferenceStatistics::built_in();
        let _ = crate::snippet::snippet(&text, &expr, 80, &statistics);
    }
    assert_eq!(ANALYZER_VERSION, 2);
}

/// Any bytes are taken for a manifest row, and refused or read back the same.
///
/// # Panics
/// When a row that was read is written otherwise.
pub fn manifest_row(bytes: &[u8]) {
    let _ = Head::decode(bytes);
    let Ok(slot) = Slot::new(7) else { return };
    if let Ok(row) = SegmentRow::decode(slot, 2, bytes) {
        assert_eq!(row.encode(), bytes, "a row has one form");
    }
    if let Ok(row) = SegmentRow::decode(slot, 1, bytes) {
        assert!(
            row.encode().starts_with(bytes),
            "an older form is the beginning"
        );
    }
}

/// Any bytes are taken for the plain trailer of a sealed file of this size.
pub fn directory_footer(bytes: &[u8]) {
    if let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let _ = trailer_length(u64::from_le_bytes(*length), rest.len());
    }
}

#[cfg(test)]
mod tests;

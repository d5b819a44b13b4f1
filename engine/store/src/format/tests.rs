//! Proves that the FORMAT file is read back and that every damage is named.

use super::*;

fn format() -> Format {
    Format {
        version: 1,
        store: StoreId::from_bytes([7; 16]),
        created: Instant::from_millis(1_700_000_000_000),
    }
}

#[test]
fn the_text_is_read_back() {
    assert_eq!(Format::parse(&format().to_text()), Ok(format()));
}

#[test]
fn a_newer_format_is_named_even_when_the_rest_is_unknown() {
    let text = "liasse store\nformat: 9\nshards: 12\n";
    assert_eq!(
        Format::parse(text),
        Err(StoreError::NewerFormat { found: 9, known: 1 })
    );
}

#[test]
fn every_changed_or_missing_line_is_named() {
    let text = format().to_text();
    for line in 0..6 {
        let mut lines: Vec<_> = text.lines().map(str::to_string).collect();
        lines[line].insert(0, 'x');
        let damaged = Format::parse(&(lines.join("\n") + "\n"));
        assert_eq!(damaged, Err(StoreError::DamagedFormat { line: line + 1 }));
    }
    let more = [
        format!("{text}\n"),
        format!("{text}key"),
        text.replace(": 1\n", ": 01\n"),
    ];
    for more in more {
        let refused = Format::parse(&more);
        assert!(
            matches!(refused, Err(StoreError::DamagedFormat { .. })),
            "{more}"
        );
    }
    for cut in 0..text.len() {
        assert!(Format::parse(&text[..cut]).is_err(), "cut at {cut}");
    }
}

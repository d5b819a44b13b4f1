//! Proves that a matrix is read cell by cell and that anything else is refused with its line.

use super::*;

const GOOD: &str = "# note\nclass\ttype\tmedecin\tpharmacien\n10\tA\tpermit\tdeny?\n";

#[test]
fn cells_say_what_the_file_says() {
    let matrix = Matrix::parse(GOOD).expect("it is well formed");
    let cell = |kind, profession| matrix.cell(kind, profession);
    assert_eq!(
        cell("A", "medecin"),
        Some(Cell {
            effect: Effect::Permit,
            source: Source::Published
        })
    );
    assert_eq!(
        cell("A", "pharmacien"),
        Some(Cell {
            effect: Effect::Deny,
            source: Source::Assumed
        })
    );
    assert_eq!(cell("A", "banque"), None);
    assert_eq!(cell("B", "medecin"), None);
    assert!(matrix.permits("A", "medecin") && !matrix.permits("A", "pharmacien"));
}

#[test]
fn a_wrong_line_is_named() {
    for (text, line) in [
        ("", 1),
        ("kind\ttype\tmedecin\n", 1),
        ("class\ttype\tmedecin\tmedecin\n", 1),
        ("class\ttype\tmede cin\n", 1),
        ("class\ttype\tmedecin\n10\tA\n", 2),
        ("class\ttype\tmedecin\n10\tA\tpermit\tpermit\n", 2),
        ("class\ttype\tmedecin\n10\tA\tperhaps\n", 2),
        ("class\ttype\tmedecin\n\n10\tA\tdeny\n10\tA\tdeny\n", 4),
        ("class\ttype\tmedecin\n10\t\tdeny\n", 2),
    ] {
        let error = Matrix::parse(text).expect_err(text);
        let PackError::Line {
            file: "matrix.tsv",
            line: named,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(named, line, "{text}");
    }
}

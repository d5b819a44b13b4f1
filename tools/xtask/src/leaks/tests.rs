//! Proves that a change is made once, and that a place that is gone is told.

use super::{LEAKS, planted, tables, word};
use std::fs;
use std::path::Path;
use toml::Table;

fn change(text: &str) -> Table {
    text.parse().unwrap()
}

#[test]
fn a_change_is_made_in_its_one_place() {
    let swap = change("find = 'two'\nput = '2'");
    assert_eq!(planted("one two three", &swap).unwrap(), "one 2 three");
    assert!(planted("two two", &swap).is_err());
    assert!(planted("one", &swap).is_err());
    let tail = change("append = ' four'");
    assert_eq!(planted("three", &tail).unwrap(), "three four");
    assert!(planted("three", &change("find = 'three'")).is_err());
}

#[test]
fn every_leak_still_has_its_place_in_the_source() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).unwrap();
    let leaks: Table = fs::read_to_string(root.join(LEAKS))
        .unwrap()
        .parse()
        .unwrap();
    let all = tables(&leaks, "leak");
    assert_eq!(all.len(), 7);
    for leak in all {
        let changes = tables(leak, "change");
        assert!(!changes.is_empty(), "{}", word(leak, "name").unwrap());
        for change in changes {
            let text = fs::read_to_string(root.join(word(change, "file").unwrap())).unwrap();
            planted(&text, change).unwrap();
        }
    }
}

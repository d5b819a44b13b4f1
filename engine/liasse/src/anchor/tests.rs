//! Proves that a file keeps the newest pin.

use super::*;

#[test]
fn a_file_keeps_the_newest_pin() {
    let folder = std::env::temp_dir().join(format!("liasse-anchor-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let anchor = FileAnchor::new(&folder.join("pin"));
    assert!(anchor.pinned().unwrap().is_none());
    for text in ["log\n3\nroot\n", "log\n9\nroot\n"] {
        anchor.pin(text).unwrap();
        assert_eq!(anchor.pinned().unwrap().as_deref(), Some(text));
    }
    fs::remove_dir_all(&folder).unwrap();
}

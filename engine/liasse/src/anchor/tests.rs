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
    // Another of the same stem, whose pin is cut short by a full disk: its own file is in the way.
    let other = FileAnchor::new(&folder.join("pin.b"));
    fs::create_dir(folder.join("pin.b.new")).unwrap();
    assert!(other.pin("log\n1\nroot\n").is_err());
    let one = FileAnchor::new(&folder.join("pin.a"));
    one.pin("log\n2\nroot\n").unwrap();
    assert_eq!(one.pinned().unwrap().as_deref(), Some("log\n2\nroot\n"));
    fs::remove_dir_all(&folder).unwrap();
}

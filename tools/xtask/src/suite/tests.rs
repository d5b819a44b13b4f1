//! Proves that a missing tool is told with the way to get it.

use super::*;

#[test]
fn a_missing_tool_is_told_with_its_package() {
    let root = Path::new(".");
    assert_eq!(check(root, &[("cargo", "--version", "Rust")]), Ok(()));
    let missing = check(root, &[("no-such-tool", "--version", "no-such-package")]);
    let told = missing.unwrap_err();
    assert!(told.contains("no-such-tool"), "{told}");
    assert!(told.contains("install no-such-package"), "{told}");
}

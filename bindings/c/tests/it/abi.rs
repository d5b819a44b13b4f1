//! Proves that programs built with the header of an earlier commit still fit, and that a header
//! they do not fit would be told.

use crate::aloud::aloud;
use crate::workshop::{Folder, home, is_there};
use liasse_xtask::abi;

#[test]
fn the_binary_interface_is_the_one_committed() {
    if !is_there("abidiff") || !is_there("cc") || !cfg!(target_arch = "x86_64") {
        aloud!("SKIPPED: the binary interface, which wants abidiff and cc on x86-64");
        return;
    }
    let (folder, root) = (Folder::new("abi"), home().join("../.."));
    let header = abi::header(&root).unwrap();
    if let Err(differs) = abi::check(&root, &header, folder.path()) {
        panic!("{differs}");
    }
    for (what, now) in [
        ("uint64_t *count,", "uint32_t *count,"),
        ("    uint64_t documents;\n", ""),
        ("liasse_bytes_length(", "liasse_bytes_size("),
    ] {
        let changed = header.replacen(what, now, 1);
        assert_ne!(changed, header, "{what}");
        let told = abi::check(&root, &changed, folder.path());
        let told = told.expect_err(what);
        assert!(told.contains("the binary interface changed"), "{told}");
    }
}

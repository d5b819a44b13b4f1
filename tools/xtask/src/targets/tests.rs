//! Proves that what a machine lacks is seen.

use super::{answers, has_library};

#[test]
fn a_target_is_there_when_its_library_is() {
    assert!(has_library("x86_64-unknown-linux-gnu") || has_library("aarch64-unknown-linux-gnu"));
    assert!(!has_library("riscv32i-unknown-none-elf"));
    assert!(!has_library("no-such-target"));
}

#[test]
fn a_compiler_is_there_when_it_answers() {
    assert!(answers("rustc"));
    assert!(!answers("no-such-compiler"));
}

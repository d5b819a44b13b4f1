//! Proves what is written beside the library; `liasse-c` proves that it works installed.

use super::{abi, asked, compiler, functions, page, soname, version_script};
use std::path::Path;

const HEADER: &str = "/*\n * liasse.h: words.\n * .start \\n\n */\n#ifdef __cplusplus\n\
    extern \"C\" {\n#endif\n// Told by liasse_one(x).\nint32_t liasse_one(int x);\n\
    const char *liasse_two(void);\n#ifdef __cplusplus\n}\n#endif\n";

#[test]
fn what_the_header_declares_is_exported_and_nothing_else() {
    let names = functions(HEADER);
    assert_eq!(names, ["liasse_one", "liasse_two"]);
    assert_eq!(
        version_script(&names, "0.3.1"),
        "LIASSE_0.3 {\n  global:\n    liasse_one;\n    liasse_two;\n  local:\n    *;\n};\n"
    );
}

#[test]
fn an_abi_has_its_name_from_what_may_change_it() {
    assert_eq!(abi("0.1.9"), "0.1");
    assert_eq!(abi("1.4.0"), "1");
    assert_eq!(soname("0.1.9"), "libliasse.so.0.1");
    assert_eq!(soname("12.0.1"), "libliasse.so.12");
}

#[test]
fn another_target_is_linked_by_its_own_compiler() {
    assert_eq!(
        compiler("aarch64-unknown-linux-gnu"),
        "aarch64-linux-gnu-gcc"
    );
}

#[test]
fn the_manual_page_says_the_headers_words_as_they_stand() {
    let page = page::manual(HEADER, "0.1.0");
    assert!(page.contains("\nliasse.h: words.\n"), "{page}");
    assert!(page.contains("\n\\&.start \\en\n"), "{page}");
    assert!(page.contains("\nint32_t liasse_one(int x);\n"), "{page}");
}

#[test]
fn the_words_of_a_command_line_are_taken_or_told() {
    let told = |words: &[&str]| asked(words).map(drop).unwrap_err();
    let usual = asked(&[]).unwrap();
    assert_eq!(usual.place.prefix, Path::new("/usr/local"));
    assert_eq!(usual.place.destdir, None);
    assert_eq!((usual.profile, usual.target), ("release", None));
    let words = "--destdir d --prefix /usr --profile dev --target t";
    let all: Vec<_> = words.split(' ').collect();
    let all = asked(&all).unwrap();
    assert_eq!(all.place.prefix, Path::new("/usr"));
    assert_eq!(all.place.destdir.as_deref(), Some(Path::new("d")));
    assert_eq!((all.profile, all.target), ("dev", Some("t")));
    assert_eq!(told(&["--prefix"]), "--prefix wants a value");
    assert_eq!(
        told(&["--prefix", "usr"]),
        "--prefix wants an absolute path"
    );
    assert_eq!(told(&["--purge", "x"]), "cinstall does not know --purge");
}

//! Hashes and kinds of authors.

use super::{Author, AuthorKind, Sex, Sha1};
use crate::identity::Identifier;

#[test]
fn the_hash_is_sha_1() {
    let hash = Sha1::of(b"abc");
    assert_eq!(hash.to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_eq!(hash.bytes()[0], 0xA9);
}

#[test]
fn patients_and_devices_write_documents_too() {
    let id = |root: &str| Some(Identifier::new(root.to_owned(), Some("1".to_owned())));
    let mut author = Author {
        id: id("1.2.250.1.71.4.2.1"),
        ..Author::default()
    };
    assert_eq!(author.kind(), AuthorKind::Professional);
    author.id = id("1.2.250.1.213.1.4.8");
    assert_eq!(author.kind(), AuthorKind::Patient);
    author.device = Some(String::new());
    assert_eq!(author.kind(), AuthorKind::Device);
}

#[test]
fn sex_is_read_as_it_is_written() {
    for sex in [Sex::Female, Sex::Male, Sex::Undetermined] {
        assert_eq!(Sex::from_code(sex.code()), Some(sex));
    }
    assert_eq!(Sex::from_code("f"), None);
}

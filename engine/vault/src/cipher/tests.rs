//! A message opens to what was sealed, and to nothing when it was altered; both libraries make
//! the same bytes. The published vectors are `known_answers`.

use super::Cipher;
use crate::seal::OpenError;

fn pattern(label: &str, count: usize) -> Vec<u8> {
    let mut out = vec![0; count];
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(label.as_bytes())
        .finalize_xof()
        .fill(&mut out);
    out
}

/// Nobody reads bytes whose tag did not hold: not as they decrypt, nor as they were.
#[test]
fn what_was_altered_is_wiped() {
    let cipher = Cipher::new(&[7; 32]);
    for length in [1, 15, 64, 1000, 4096, 70_000] {
        let plain = pattern("altered", length);
        let mut sealed = plain.clone();
        let tag = cipher.encrypt(&[1; 12], b"place", &mut sealed);
        assert_ne!(sealed, plain);
        let mut opened = sealed.clone();
        cipher
            .decrypt(&[1; 12], b"place", &mut opened, &tag)
            .unwrap();
        assert_eq!(opened, plain);
        let mut other = tag;
        other[length % 16] ^= 1;
        let mut flipped = sealed.clone();
        flipped[length / 2] ^= 0x80;
        for (bytes, nonce, aad, tag) in [
            (&sealed, [1; 12], &b"place"[..], other),
            (&sealed, [2; 12], b"place", tag),
            (&sealed, [1; 12], b"plac", tag),
            (&flipped, [1; 12], b"place", tag),
        ] {
            let mut bytes = bytes.clone();
            let told = cipher.decrypt(&nonce, aad, &mut bytes, &tag);
            assert_eq!(told, Err(OpenError::Tampered));
            assert!(bytes.iter().all(|byte| *byte == 0), "{length}");
        }
    }
}

/// A store is the same whichever library a build has: lengths around every block and page.
#[cfg(feature = "aws-lc")]
#[test]
fn both_libraries_make_the_same_bytes() {
    use super::portable;
    let edges = [
        0,
        64,
        128,
        192,
        256,
        320,
        512,
        1024,
        2048,
        4096,
        65_536,
        1 << 20,
    ];
    let lengths = edges
        .iter()
        .flat_map(|edge: &usize| edge.saturating_sub(17)..edge + 18);
    for length in lengths {
        let key = *pattern(&format!("key {length}"), 32).first_chunk().unwrap();
        let nonce = *pattern(&format!("nonce {length}"), 12)
            .first_chunk()
            .unwrap();
        let (plain, aad) = (pattern("plain", length), pattern("aad", length % 97));
        let (ours, theirs) = (portable::Cipher::new(&key), Cipher::new(&key));
        let (mut left, mut right) = (plain.clone(), plain.clone());
        let tags = (
            ours.encrypt(&nonce, &aad, &mut left),
            theirs.encrypt(&nonce, &aad, &mut right),
        );
        assert!(left == right && tags.0 == tags.1, "{length}");
        ours.decrypt(&nonce, &aad, &mut right, &tags.1).unwrap();
        theirs.decrypt(&nonce, &aad, &mut left, &tags.0).unwrap();
        assert!(left == plain && right == plain, "{length}");
    }
}

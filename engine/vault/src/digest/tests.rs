//! Parts are framed, domains are apart, buckets need their key.

use super::*;

#[test]
fn parts_are_framed() {
    let digests = [
        digest("d", &[b"ab", b"c"]),
        digest("d", &[b"a", b"bc"]),
        digest("d", &[b"abc"]),
        digest("d", &[b"abc", b""]),
        digest("d", &[]),
        digest("da", &[b"bc"]),
    ];
    for (at, one) in digests.iter().enumerate() {
        assert!(
            digests[at + 1..].iter().all(|other| other != one),
            "digest {at}"
        );
    }
}

#[test]
fn a_digest_made_in_steps_is_the_same() {
    let mut hasher = Hasher::new("d");
    hasher.part(b"ab");
    hasher.part(b"c");
    assert_eq!(hasher.finish(), digest("d", &[b"ab", b"c"]));
}

/// However the bytes of a run are cut, its digest is the same; another byte, length or domain is
/// another.
#[test]
fn a_run_hashes_alike_however_it_is_cut() {
    let bytes: Vec<u8> = (0..5000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let run = |domain, pieces: &[&[u8]]| {
        let mut hasher = RunHasher::new(domain);
        pieces.iter().for_each(|piece| hasher.more(piece));
        hasher.finish()
    };
    let whole = run("d", &[&bytes]);
    for cut in [0, 1, 1024, 4999] {
        assert_eq!(run("d", &[&bytes[..cut], &bytes[cut..]]), whole, "{cut}");
    }
    assert_ne!(run("d", &[&bytes[1..]]), whole);
    assert_ne!(run("e", &[&bytes]), whole);
}

#[test]
fn a_bucket_depends_on_key_kind_and_bytes() {
    let key = |byte| BucketKey::new(Secret::from_bytes(&[byte; 32]));
    let one = key(1).bucket(1, b"value");
    assert_eq!(one, key(1).bucket(1, b"value"));
    assert_ne!(one, key(2).bucket(1, b"value"));
    assert_ne!(one, key(1).bucket(2, b"value"));
    assert_ne!(one, key(1).bucket(1, b"valuf"));
}

#[test]
fn short_and_long_derivations_are_one_stream() {
    let key = Secret::from_bytes(&[1; 32]);
    for length in [0, 1, 32, 90, 94, 95, 96, 97, 128, 5000] {
        let part = vec![7; length];
        let mut stream = [0; 64];
        derive(&key, "label", &[&part, b"x"], &mut stream);
        let secret = derive_secret(&key, "label", &[&part, b"x"]);
        assert!(secret.expose() == &stream[..32], "{length}");
    }
}

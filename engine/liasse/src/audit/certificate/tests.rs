//! Proves what the commits of a certificate must say of the keys.

use super::*;

fn commits(of: [(u64, u8); 4]) -> Vec<CertifiedCommit> {
    let commits = (0..).zip(of).map(|(entry, (epoch, keys))| CertifiedCommit {
        entry,
        commit: entry,
        at: Instant::from_millis(0),
        epoch,
        keys: Digest::from_bytes([keys; 32]),
        state: Digest::ZERO,
        manifest: Digest::ZERO,
    });
    commits.collect()
}

#[test]
fn the_keys_are_replaced_when_an_erasure_begins_and_before_it_ends() {
    assert!(replaced(&commits([(1, 1), (2, 2), (2, 2), (3, 3)])).is_ok());
    for not in [
        [(1, 1), (1, 2), (1, 2), (2, 3)],
        [(1, 1), (2, 1), (2, 1), (3, 3)],
        [(1, 1), (2, 2), (2, 2), (2, 3)],
        [(1, 1), (2, 2), (2, 2), (3, 2)],
    ] {
        assert!(replaced(&commits(not)).is_err(), "{not:?}");
    }
    assert!(replaced(&commits([(1, 1), (2, 2), (2, 2), (3, 3)])[1..]).is_err());
}

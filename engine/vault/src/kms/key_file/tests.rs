//! A key file keeps the contract, refuses loose permissions, and forgets for good.

use super::super::conformance::conformance;
use super::*;
use crate::testing::Scratch;
use base::OsEntropy;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

#[test]
fn conforms() {
    let scratch = Scratch::new("key-file-conforms");
    let path = scratch.path("key");
    KeyFile::create(&path, &OsEntropy).unwrap();
    conformance(&mut || Ok(Box::new(KeyFile::open(&path)?)), &OsEntropy).unwrap();
}

#[test]
fn a_file_others_may_read_is_refused_with_the_fix() {
    let scratch = Scratch::new("key-file-loose");
    let path = scratch.path("key");
    let key = KeyFile::create(&path, &OsEntropy).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    for mode in [0o640, 0o604, 0o660, 0o620, 0o777] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let refused = KeyFile::open(&path).err().unwrap().to_string();
        assert!(
            refused.contains(&format!("chmod 600 {}", path.display())),
            "{refused}"
        );
        let later = key.stage(Writer::NOBODY, Epoch::FIRST.next(), &OsEntropy);
        assert!(
            matches!(later, Err(KmsError::LoosePermissions { .. })),
            "checked at each use"
        );
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    assert!(KeyFile::open(&path).is_ok());
}

#[test]
fn a_key_file_is_never_overwritten() {
    let scratch = Scratch::new("key-file-exists");
    let path = scratch.path("key");
    KeyFile::create(&path, &OsEntropy).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(
        KeyFile::create(&path, &OsEntropy),
        Err(KmsError::Exists { .. })
    ));
    assert!(before == fs::read(&path).unwrap());
}

/// After `destroy` no 32 bytes of the old slot are left in the file; and losing any one stripe
/// of a slot would have been enough.
#[test]
fn a_destroyed_slot_leaves_nothing_and_one_stripe_is_enough() {
    let scratch = Scratch::new("key-file-destroyed");
    let path = scratch.path("key");
    let key = KeyFile::create(&path, &OsEntropy).unwrap();
    let store = StoreId::from_bytes([1; 16]);
    key.load(store, Use::Create).unwrap();
    let secret = Secret::random(&OsEntropy).unwrap();
    let wrapped = key.wrap(Epoch::FIRST, b"c", &secret, &OsEntropy).unwrap();
    let before = fs::read(&path).unwrap();
    for stripe in [0, 1, 1999, 3998, 3999] {
        let mut cut = before.clone();
        cut[139_264 + stripe * 32] ^= 1;
        fs::write(&path, &cut).unwrap();
        let refused = key.unwrap(Epoch::FIRST, b"c", &wrapped).err();
        assert_eq!(refused, Some(KmsError::NotWrappedHere), "stripe {stripe}");
    }
    fs::write(&path, &before).unwrap();
    assert!(key.unwrap(Epoch::FIRST, b"c", &wrapped).is_ok());

    key.stage(Writer::NOBODY, Epoch::new(2), &OsEntropy)
        .unwrap();
    key.activate(Writer::NOBODY, Epoch::new(2)).unwrap();
    key.destroy(Writer::NOBODY, Epoch::FIRST, &OsEntropy)
        .unwrap();
    let after = fs::read(&path).unwrap();
    let stripes = |bytes: &[u8]| -> std::collections::BTreeSet<Vec<u8>> {
        bytes[8192..]
            .chunks(32)
            .map(<[u8]>::to_vec)
            .filter(|s| s != &vec![0; 32])
            .collect()
    };
    let old: std::collections::BTreeSet<_> = before[139_264..139_264 + 128_000]
        .chunks(32)
        .map(<[u8]>::to_vec)
        .collect();
    assert_eq!(stripes(&after).intersection(&old).count(), 0);
}

/// The state record being written when power fails may be torn: the other one still counts.
#[test]
fn a_torn_state_record_falls_back_to_the_other() {
    let scratch = Scratch::new("key-file-torn");
    let path = scratch.path("key");
    let key = KeyFile::create(&path, &OsEntropy).unwrap();
    let store = StoreId::from_bytes([1; 16]);
    key.load(store, Use::Create).unwrap();
    key.stage(Writer::NOBODY, Epoch::new(2), &OsEntropy)
        .unwrap();
    let before = fs::read(&path).unwrap();
    key.activate(Writer::NOBODY, Epoch::new(2)).unwrap();
    let after = fs::read(&path).unwrap();
    let changed: Vec<usize> = (0..8192).filter(|at| before[*at] != after[*at]).collect();
    assert!(
        changed.iter().all(|at| at / 4096 == changed[0] / 4096),
        "one record is written"
    );
    for cut in 1..changed.len() {
        let mut torn = before.clone();
        for at in &changed[..cut] {
            torn[*at] = after[*at];
        }
        fs::write(&path, &torn).unwrap();
        let active = key.load(store, Use::Open).unwrap().active;
        assert_eq!(active, Epoch::FIRST, "torn after {cut} bytes");
    }
    fs::write(&path, &after).unwrap();
    assert_eq!(key.load(store, Use::Open).unwrap().active, Epoch::new(2));
}

#[test]
fn damage_and_strange_files_are_told() {
    let scratch = Scratch::new("key-file-damage");
    let path = scratch.path("key");
    KeyFile::create(&path, &OsEntropy).unwrap();
    let good = fs::read(&path).unwrap();
    for (bytes, what) in [
        (vec![], "empty"),
        (good[..5000].to_vec(), "cut"),
        (vec![0; 270_336], "zero"),
    ] {
        fs::write(&path, bytes).unwrap();
        assert!(
            matches!(KeyFile::open(&path), Err(KmsError::Damaged { .. })),
            "{what}"
        );
    }
    assert!(matches!(
        KeyFile::open(&scratch.path("none")),
        Err(KmsError::Environment { .. })
    ));
}

/// The process dies within a call, after any of its writes; every write is whole or torn. The
/// call is then repeated, and nothing is lost or left over.
#[test]
fn a_crash_within_a_call_is_made_good_by_repeating_it() {
    let scratch = Scratch::new("key-file-within");
    let path = scratch.path("key");
    let key = KeyFile::create(&path, &OsEntropy).unwrap();
    let store = StoreId::from_bytes([1; 16]);
    key.load(store, Use::Create).unwrap();
    let secret = Secret::random(&OsEntropy).unwrap();
    let next = Epoch::FIRST.next();
    type Call<'a> = (&'a str, Box<dyn Fn() -> KmsState + 'a>);
    let state = || key.load(store, Use::Open).unwrap();
    let calls: [Call<'_>; 3] = [
        (
            "stage",
            Box::new(|| {
                key.stage(Writer::NOBODY, next, &OsEntropy).unwrap();
                state()
            }),
        ),
        (
            "activate",
            Box::new(|| {
                key.activate(Writer::NOBODY, next).unwrap();
                state()
            }),
        ),
        (
            "destroy",
            Box::new(|| {
                key.destroy(Writer::NOBODY, Epoch::FIRST, &OsEntropy)
                    .unwrap();
                state()
            }),
        ),
    ];
    for (name, call) in calls {
        let before = fs::read(&path).unwrap();
        let expected = call();
        let after = fs::read(&path).unwrap();
        // In the order they are written: the slot, then the record that names it.
        let slot = regions(&before, &after, 8192..270_336);
        let record = regions(&before, &after, 0..8192);
        for written in 0..=slot.len() + record.len() {
            let mut torn = before.clone();
            for at in slot.iter().chain(&record).take(written) {
                torn[at.clone()].copy_from_slice(&after[at.clone()]);
            }
            fs::write(&path, &torn).unwrap();
            assert_eq!(call(), expected, "{name} after {written} writes");
            let active = state().active;
            let wrapped = key.wrap(active, b"c", &secret, &OsEntropy).unwrap();
            let opened = key.unwrap(active, b"c", &wrapped).unwrap();
            assert!(
                opened.expose() == secret.expose(),
                "{name} after {written} writes"
            );
        }
        fs::write(&path, &after).unwrap();
    }
}

/// The parts of `within` that differ, cut at a few places each, as torn writes would be.
fn regions(
    before: &[u8],
    after: &[u8],
    within: std::ops::Range<usize>,
) -> Vec<std::ops::Range<usize>> {
    let changed: Vec<usize> = within.filter(|at| before[*at] != after[*at]).collect();
    let step = changed.len().div_ceil(5).max(1);
    changed
        .chunks(step)
        .map(|part| part[0]..part[part.len() - 1] + 1)
        .collect()
}

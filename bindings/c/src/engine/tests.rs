//! Proves that the version is told the same way everywhere, and which root keys are refused.

use super::*;
use crate::code::LIASSE_E_VALUE;
use std::ptr;

#[test]
fn the_versions_agree() {
    let parts: Vec<u32> = liasse::VERSION
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert_eq!(
        LIASSE_VERSION_NUMBER,
        parts[0] * 1_000_000 + parts[1] * 1000 + parts[2]
    );
    assert_eq!(liasse_version_number(), LIASSE_VERSION_NUMBER);
    assert_eq!(VERSION.to_str(), Ok(liasse::VERSION));
}

#[test]
fn one_root_key_is_wanted() {
    let case = |key_file: *const c_char, passphrase: *const c_char| {
        let struct_size = size_of::<OpenOptions>();
        let given = OpenOptions {
            struct_size,
            key_file,
            passphrase,
            pack: ptr::null(),
            kms: ptr::null(),
            sinks: ptr::null(),
            sink_count: 0,
            sinks_waived: ptr::null(),
            recheck: LIASSE_RECHECK_OFF,
            kms_deadline_ms: 0,
            ground: LIASSE_GROUND_SUCCESSION,
            damaged_index: LIASSE_INDEX_REFUSED,
            anchor_file: ptr::null(),
            synonyms: ptr::null(),
            synonyms_length: 0,
            frequencies: ptr::null(),
            frequencies_length: 0,
        };
        // SAFETY: the texts are literals or NULL.
        unsafe { root(&given) }
    };
    let (some, none) = (c"x".as_ptr(), ptr::null());
    assert!(matches!(case(some, none), Ok(RootKey::File(_))));
    assert!(matches!(case(none, some), Ok(RootKey::Passphrase(_))));
    assert_eq!(
        case(none, none).err().map(|fault| fault.code()),
        Some(LIASSE_E_VALUE)
    );
    assert_eq!(
        case(some, some).err().map(|fault| fault.code()),
        Some(LIASSE_E_VALUE)
    );
}

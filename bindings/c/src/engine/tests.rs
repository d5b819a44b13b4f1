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
        let given = OpenOptions {
            key_file,
            passphrase,
            ..nothing()
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

#[test]
fn purposes_are_durable_that_are_said_to_be() {
    let purposes = [session::LIASSE_PURPOSE_CARE, 8, 10];
    let case = |durable_purpose_count| {
        let given = OpenOptions {
            key_file: c"x".as_ptr(),
            durable_purposes: purposes.as_ptr(),
            durable_purpose_count,
            ..nothing()
        };
        // SAFETY: the text is a literal, and the numbers are as many at least.
        unsafe { how(&raw const given) }.map(|(_, options)| options.durable_purposes)
    };
    assert_eq!(case(0).ok(), Some(Vec::new()));
    assert_eq!(case(2).ok(), Some(vec![Purpose::Care, Purpose::Audit]));
    assert_eq!(
        case(3).err().map(|fault| fault.code()),
        Some(LIASSE_E_VALUE)
    );
}

/// Options that ask for nothing.
fn nothing() -> OpenOptions {
    OpenOptions {
        struct_size: size_of::<OpenOptions>(),
        key_file: ptr::null(),
        passphrase: ptr::null(),
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
        durable_purposes: ptr::null(),
        durable_purpose_count: 0,
        signers: ptr::null(),
        signer_count: 0,
    }
}

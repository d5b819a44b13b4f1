//! Proves that a program's own key signs checkpoints through its table, and that what it does not
//! truly sign does not leave.

use super::*;
use crate::code::{LIASSE_E_KEY_STORE, LIASSE_E_POINTER, LIASSE_E_STRUCT_SIZE};
use liasse::{Code, Engine, RootKey, SeededEntropy};
use vault::SigningKey;

/// A device of the program's: signs with the key that user points to.
unsafe extern "C" fn sign(
    user: *mut c_void,
    lines: *const u8,
    length: usize,
    signature: *mut u8,
) -> i32 {
    if user.is_null() {
        return 7;
    }
    // SAFETY: the key outlives the engine.
    let key = unsafe { &*user.cast::<SigningKey>() };
    // SAFETY: the library says how long the lines are.
    let lines = unsafe { std::slice::from_raw_parts(lines, length) };
    // SAFETY: there is room for a signature.
    unsafe { signature.cast::<[u8; 64]>().write(key.sign(lines)) };
    0
}

fn table(user: Option<&SigningKey>, public_key: [u8; 32]) -> SignerOptions {
    SignerOptions {
        struct_size: size_of::<SignerOptions>(),
        user: user.map_or(std::ptr::null_mut(), |key| {
            std::ptr::from_ref(key).cast_mut().cast()
        }),
        public_key,
        sign: Some(sign),
    }
}

#[test]
fn a_key_of_the_programs_signs_checkpoints_and_one_that_does_not_lets_none_leave() {
    let folder = std::env::temp_dir().join(format!("liasse-c-signer-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    let key = |seed| SigningKey::random(&SeededEntropy::new(seed)).unwrap();
    let (one, other) = (key(1), key(2));
    let mut made = 0;
    let mut asked = |tables: &[SignerOptions]| {
        made += 1;
        let root = folder.join(format!("{made}.key"));
        liasse::new_key_file(&root).unwrap();
        let mut options = liasse::Options::default();
        // SAFETY: the tables are as many as is said, and their keys outlive the engine.
        options.signers = unsafe { host(tables.as_ptr(), tables.len()) }.ok().unwrap();
        let store = folder.join(format!("{made}.store"));
        let engine = Engine::create(&store, RootKey::File(root), options).unwrap();
        let told = (engine.checkpoint(), engine.signer_keys().unwrap());
        engine.close().unwrap();
        told
    };
    let truly = [
        table(Some(&one), one.public()),
        table(Some(&other), other.public()),
    ];
    let (checkpoint, keys) = asked(&truly);
    let signatures = |text: &str| text.lines().filter(|it| it.starts_with('\u{2014}')).count();
    assert_eq!(signatures(&checkpoint.unwrap()), 3);
    assert_eq!(keys.len(), 2);
    for wrong in [table(Some(&other), one.public()), table(None, one.public())] {
        let (checkpoint, keys) = asked(&[truly[0], wrong]);
        assert_eq!(checkpoint.unwrap_err().code(), Code::KeyStore);
        assert_eq!(keys.len(), 2);
    }
    assert_eq!(crate::code::of(Code::KeyStore), LIASSE_E_KEY_STORE);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_table_that_is_none_is_told() {
    let given = table(None, [0; 32]);
    let refused = |given: SignerOptions| {
        // SAFETY: there is one, which lives during the call.
        unsafe { host(&raw const given, 1) }
            .err()
            .map(|it| it.code())
    };
    let (lacks, short) = (
        SignerOptions {
            sign: None,
            ..given
        },
        SignerOptions {
            struct_size: 8,
            ..given
        },
    );
    assert_eq!(refused(lacks), Some(LIASSE_E_POINTER));
    assert_eq!(refused(short), Some(LIASSE_E_STRUCT_SIZE));
    // SAFETY: none is asked for.
    let none = unsafe { host(std::ptr::null(), 0) };
    assert!(none.is_ok_and(|none| none.is_empty()));
}

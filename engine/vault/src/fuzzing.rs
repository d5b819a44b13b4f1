//! Bodies of the fuzz targets: each takes any bytes and must not panic.
//!
//! For: libFuzzer (`fuzz/`) and the seeded driver in the tests. Each body first hands the bytes
//! to a parser as they are, then makes a valid object from them, checks that it opens to the
//! same, alters it where the bytes say, and checks that it is refused.

use crate::block::KeyBlock;
use crate::body::{BodyKey, BodyReader};
use crate::file::{FileCipher, PageKind};
use crate::kms;
use crate::leaf::DossierKey;
use crate::place::Place;
use crate::seal::OpenError;
use crate::secret::{Plain, Secret};
use crate::tree;
use base::{SeededEntropy, StoreId, Table};

/// How far the bytes came: the driver checks that it reaches more than the first refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// They were refused as they are.
    Refused,
    /// They were read as they are.
    Read,
}

/// The body of a target.
pub type Target = fn(&[u8]) -> Reached;

/// Every target by its name.
pub const TARGETS: &[(&str, Target)] = &[
    ("open_record", fuzz_open_record),
    ("open_body", fuzz_open_body),
    ("key_block", fuzz_key_block),
    ("key_node", fuzz_key_node),
    ("top_record", fuzz_top_record),
    ("key_file", fuzz_key_file),
    ("file_page", fuzz_file_page),
];

/// The target that the first byte chooses, over the rest: one door for libFuzzer.
///
/// # Panics
/// When a target finds a fault.
pub fn any(data: &[u8]) {
    if let Some((choice, rest)) = data.split_first()
        && let Some((_, target)) = TARGETS.get(usize::from(*choice) % TARGETS.len())
    {
        target(rest);
    }
}

/// A sealed record.
///
/// # Panics
/// When a record does not open to what was sealed, or opens altered.
pub fn fuzz_open_record(data: &[u8]) -> Reached {
    let key = DossierKey::new(fixed_secret());
    let reached = reached(key.open(&PLACE, data).is_ok());
    let sealed = key
        .seal(&PLACE, data, &SeededEntropy::new(1))
        .expect("seeded entropy never ends");
    assert!(key.open(&PLACE, &sealed).is_ok_and(|plain| *plain == *data));
    assert!(key.open(&PLACE, &altered(&sealed, data)).is_err());
    reached
}

/// A sealed body, whole and in frames.
///
/// # Panics
/// When the two ways to read a body disagree, or a body opens altered.
pub fn fuzz_open_body(data: &[u8]) -> Reached {
    let key = BodyKey::from_secret(fixed_secret());
    let reached = reached(key.open_body(&PLACE, data).is_ok());
    let entropy = SeededEntropy::new(1);
    let sealed = key
        .seal_body(&PLACE, data, &entropy)
        .expect("seeded entropy never ends");
    assert!(
        key.open_body(&PLACE, &sealed)
            .is_ok_and(|plain| *plain == *data)
    );
    assert!(key.open_body(&PLACE, &altered(&sealed, data)).is_err());
    let once = key.open_body(&PLACE, data).is_ok();
    let framed = data.first() == Some(&2);
    assert_eq!(
        read_frames(&key, data).is_some(),
        once && framed,
        "the two readers agree"
    );
    reached
}

/// The plaintext of a key block.
///
/// # Panics
/// When a block that was read cannot be used.
pub fn fuzz_key_block(data: &[u8]) -> Reached {
    let Ok(mut block) = KeyBlock::parse(Plain::new(data.to_vec())) else {
        return Reached::Refused;
    };
    for number in 0..block.len().min(100) {
        let number = u32::try_from(number)
            .ok()
            .and_then(|n| base::DocumentNumber::new(n).ok());
        let Some(number) = number else { break };
        assert!(
            block.row(number).is_some(),
            "a row below the length is there"
        );
        block.forget(number);
        assert!(
            block.body_key(number).is_none(),
            "a forgotten row has no key"
        );
    }
    Reached::Read
}

/// A node of the key tree, at the address that the first six bytes name.
///
/// # Panics
/// When a node that opened has no keys.
pub fn fuzz_key_node(data: &[u8]) -> Reached {
    reached(tree::probe_node(STORE, &fixed_secret(), data))
}

/// The key tree's top record.
pub fn fuzz_top_record(data: &[u8]) -> Reached {
    reached(tree::probe_top(data) || tree::probe_writers(data))
}

/// A state record of a key file.
pub fn fuzz_key_file(data: &[u8]) -> Reached {
    reached(kms::probe_record(data))
}

/// A page of an encrypted file, with its header and tag.
///
/// # Panics
/// When a page does not open to what was sealed, or opens altered.
pub fn fuzz_file_page(data: &[u8]) -> Reached {
    let segment = fixed_secret();
    let Some((header, rest)) = data.split_first_chunk() else {
        return Reached::Refused;
    };
    if FileCipher::open(&segment, "0.idx", header).is_ok() {
        return Reached::Read;
    }
    let made = FileCipher::create(&segment, "0.idx", &SeededEntropy::new(1));
    let (header, _) = made.expect("seeded entropy never ends");
    let Ok(file) = FileCipher::open(&segment, "0.idx", &header) else {
        return Reached::Refused;
    };
    let mut page = rest.to_vec();
    let tag = file.seal_page(0, PageKind::Inner, &mut page);
    let moved = file.open_page(1, PageKind::Inner, &mut page.clone(), &tag);
    assert_eq!(moved, Err(OpenError::Tampered));
    assert!(file.open_page(0, PageKind::Inner, &mut page, &tag).is_ok() && page == rest);
    Reached::Refused
}

fn read_frames(key: &BodyKey, data: &[u8]) -> Option<()> {
    let mut reader = BodyReader::begin(data, key, &PLACE).ok()?;
    while reader.next_frame().ok()?.is_some() {}
    Some(())
}

/// `sealed` with one byte altered, the one that `data` chooses.
fn altered(sealed: &[u8], data: &[u8]) -> Vec<u8> {
    let mut altered = sealed.to_vec();
    let choice = data.iter().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31) ^ usize::from(*byte)
    });
    let at = choice % altered.len();
    altered[at] ^= 1 << (choice % 8);
    altered
}

const fn reached(read: bool) -> Reached {
    if read {
        Reached::Read
    } else {
        Reached::Refused
    }
}

/// The key of every target: a driver may seal under it, so as to come past the tag.
fn fixed_secret() -> Secret {
    Secret::from_bytes(&[7; 32])
}

const STORE: StoreId = StoreId::from_bytes([1; 16]);
const PLACE: Place<'static> = Place {
    store: STORE,
    table: Table::new("fuzz"),
    row: b"row",
    version: 1,
    codec: 0,
    dictionary: 0,
};

#[cfg(test)]
mod tests;

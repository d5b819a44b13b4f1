//! Where a document's bytes come from when they are not in memory: a file, or the host.
//!
//! Invariants: no more than the limit is ever held; a callback that gives more than it was asked
//! for is an error before a byte of it is looked at.

use crate::callback;
use crate::error::Fault;
use liasse::{Code, DEPOSIT_BYTES_MAX};
use std::ffi::c_void;
use std::fs::File;
use std::io::{ErrorKind, Read};

/// Writes at most capacity bytes to buffer and returns how many; 0 at the end, a negative number
/// when it cannot.
pub type ReadCallback =
    Option<unsafe extern "C" fn(user: *mut c_void, buffer: *mut u8, capacity: usize) -> i64>;

/// The bytes of a file.
pub(crate) fn file(path: &str, most: u64) -> Result<Vec<u8>, Fault> {
    let file = File::open(path).map_err(|error| unreadable(error.kind()))?;
    let length = file.metadata().map_or(0, |about| about.len());
    check(length, most)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let read = file.take(DEPOSIT_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(error.kind()))?;
    check_held(&bytes, most)?;
    Ok(bytes)
}

/// The bytes a callback gives, part by part.
pub(crate) fn called(read: impl Fn(*mut u8, usize) -> i64, most: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let mut part = vec![0; PART_BYTES];
    loop {
        let (to, capacity) = (part.as_mut_ptr(), part.len());
        let count = callback::run(|| read(to, capacity));
        let count = usize::try_from(count).map_err(|_| Fault::callback("deposit.read"))?;
        let given = part
            .get(..count)
            .ok_or_else(|| Fault::callback("deposit.read"))?;
        if given.is_empty() {
            return Ok(bytes);
        }
        bytes.extend_from_slice(given);
        check_held(&bytes, most)?;
    }
}

fn check_held(bytes: &[u8], most: u64) -> Result<(), Fault> {
    check(u64::try_from(bytes.len()).unwrap_or(u64::MAX), most)
}

/// Refuses a length that is more than the engine takes or the deposit may need memory for.
fn check(length: u64, most: u64) -> Result<(), Fault> {
    if length > DEPOSIT_BYTES_MAX {
        let (message, hint) = ("the document is longer than a deposit may be", "split it");
        return Err(liasse::Error::new(Code::Limit, message, hint).into());
    }
    if length > most {
        return Err(Fault::budget("deposit"));
    }
    Ok(())
}

fn unreadable(kind: ErrorKind) -> Fault {
    let (message, hint) = ("the file of a deposit cannot be read", "check its path");
    let error = liasse::Error::new(Code::Io, message, hint);
    Fault::from(error.at(kind.to_string()))
}

const PART_BYTES: usize = 64 << 10;

//! Where a document's bytes come from when they are not in memory: a file, or the host.
//!
//! Invariants: each part is granted before it is held, and no more than the limit is; a path that
//! leads to a pipe or a device is not waited for; a callback that gives more than it was asked for
//! is an error before a byte of it is looked at.

use crate::budget::{self, Granted};
use crate::callback;
use crate::error::Fault;
use base::disk::{is_no_file, open_regular};
use liasse::{Code, DEPOSIT_BYTES_MAX};
use std::ffi::c_void;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Writes at most capacity bytes to buffer and returns how many; 0 at the end, a negative number
/// when it cannot.
pub type ReadCallback =
    Option<unsafe extern "C" fn(user: *mut c_void, buffer: *mut u8, capacity: usize) -> i64>;

/// Bytes of a document, with the memory that was granted to its deposit for them.
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    pub(crate) granted: Granted<'static>,
    most: u64,
}

impl Held {
    /// None yet, of a deposit that may need `most`; 0 is any. What the smallest deposit needs,
    /// which is granted here, is room for a part as well.
    fn new(most: u64) -> Result<Self, Fault> {
        let (bytes, granted) = (Vec::new(), budget::nothing());
        let mut held = Self {
            bytes,
            granted,
            most,
        };
        held.granted.deposit(0, most)?;
        Ok(held)
    }

    /// Asks for the memory of a document so long.
    fn grow(&mut self, length: usize) -> Result<(), Fault> {
        if u64::try_from(length).is_ok_and(|length| length <= DEPOSIT_BYTES_MAX) {
            return self.granted.deposit(length, self.most);
        }
        let (message, hint) = ("the document is longer than a deposit may be", "split it");
        Err(liasse::Error::new(Code::Limit, message, hint).into())
    }

    fn push(&mut self, part: &[u8]) -> Result<(), Fault> {
        self.grow(self.bytes.len().saturating_add(part.len()))?;
        self.bytes.extend_from_slice(part);
        Ok(())
    }
}

/// The bytes of a file.
pub(crate) fn file(path: &str, most: u64) -> Result<Held, Fault> {
    let mut file = open_regular(Path::new(path)).map_err(|error| unreadable(&error))?;
    let length = file.metadata().map_err(|error| unreadable(&error))?.len();
    let mut held = Held::new(most)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    held.grow(length)?;
    held.bytes.reserve_exact(length);
    let mut part = vec![0; PART_BYTES];
    loop {
        let count = match file.read(&mut part) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read.map_err(|error| unreadable(&error))?,
        };
        match part.get(..count) {
            None | Some([]) => return Ok(held),
            Some(given) => held.push(given)?,
        }
    }
}

/// The bytes a callback gives, part by part.
pub(crate) fn called(read: impl Fn(*mut u8, usize) -> i64, most: u64) -> Result<Held, Fault> {
    let mut held = Held::new(most)?;
    let mut part = vec![0; PART_BYTES];
    loop {
        let (to, capacity) = (part.as_mut_ptr(), part.len());
        let count = callback::run(|| read(to, capacity));
        let count = usize::try_from(count).map_err(|_| Fault::callback("deposit.read"))?;
        let given = part
            .get(..count)
            .ok_or_else(|| Fault::callback("deposit.read"))?;
        if given.is_empty() {
            return Ok(held);
        }
        held.push(given)?;
    }
}

fn unreadable(error: &io::Error) -> Fault {
    let (message, hint) = ("the file of a deposit cannot be read", "check its path");
    let why = if is_no_file(error) {
        "no regular file: give what a pipe or a device holds by read".to_owned()
    } else {
        // The kind alone: the system's texts are in its language.
        error.kind().to_string()
    };
    Fault::from(liasse::Error::new(Code::Io, message, hint).at(why))
}

const PART_BYTES: usize = 64 << 10;

//! Keys of the host's own that sign checkpoints beside the store's, as tables of a function.
//!
//! Invariant: a signature is believed only when the key that the table names verifies it, which
//! the engine sees to; a function that fails lets no checkpoint leave.

#![allow(unsafe_code, reason = "calls functions of the host's")]

use crate::callback;
use crate::error::Fault;
use crate::input::{self, Options};
use liasse::CheckpointSigner;
use std::ffi::c_void;
use std::io;
use std::sync::Arc;

/// A key of the program's own, in a device or a service, that signs each checkpoint beside the
/// store's key. While one key takes the place of another, name both: what both signed is the old
/// one's word for the new.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SignerOptions {
    /// sizeof(liasse_signer).
    pub struct_size: usize,
    /// Passed to sign.
    pub user: *mut c_void,
    /// The public key, of Ed25519.
    pub public_key: [u8; 32],
    /// Writes the 64 bytes of the signature over lines to signature, and returns 0; anything else
    /// when it cannot: then no checkpoint leaves. Any number of threads at a time may call it, from
    /// liasse_engine_checkpoint alone, until liasse_engine_close returns.
    pub sign: Option<
        unsafe extern "C" fn(
            user: *mut c_void,
            lines: *const u8,
            length: usize,
            signature: *mut u8,
        ) -> i32,
    >,
}

// SAFETY: `repr(C)`, a size, a pointer, bytes that fill words and a pointer to a function; zeroes
// are a size, NULLs and bytes; no padding at the end.
unsafe impl Options for SignerOptions {
    const NAME: &'static str = "options.signers";
    const SIZE_FIRST: usize = size_of::<Self>();
}

/// The signers that tables stand for.
///
/// # Safety
/// Rule 4 of the header for the tables, rule 6 for their functions.
pub(crate) unsafe fn host(
    tables: *const SignerOptions,
    count: usize,
) -> Result<Vec<Arc<dyn CheckpointSigner>>, Fault> {
    // SAFETY: the caller's promise is this function's own.
    let tables = unsafe { input::options_array(tables, count) }?;
    let signers = tables.into_iter().map(|given| {
        let sign = given.sign.ok_or_else(|| Fault::pointer("signer.sign"))?;
        Ok(Arc::new(HostSigner {
            user: given.user,
            public_key: given.public_key,
            sign,
        }) as Arc<dyn CheckpointSigner>)
    });
    signers.collect()
}

/// A key of the host's.
struct HostSigner {
    user: *mut c_void,
    public_key: [u8; 32],
    sign: unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut u8) -> i32,
}

// SAFETY: the host promises that any thread may call its function with its pointer; Liasse only
// passes the pointer on.
unsafe impl Send for HostSigner {}
// SAFETY: as above.
unsafe impl Sync for HostSigner {}

impl CheckpointSigner for HostSigner {
    fn public_key(&self) -> [u8; 32] {
        self.public_key
    }

    fn sign(&self, lines: &[u8]) -> io::Result<[u8; 64]> {
        let mut signature = [0; 64];
        let (sign, user) = (self.sign, self.user);
        let to = signature.as_mut_ptr();
        let code = callback::run(|| {
            // SAFETY: the host's function with its own pointer; the others are ours, live, and as
            // long as we say.
            unsafe { sign(user, lines.as_ptr(), lines.len(), to) }
        });
        match code {
            0 => Ok(signature),
            _ => Err(io::Error::other("the program's signer does not sign")),
        }
    }
}

#[cfg(test)]
mod tests;

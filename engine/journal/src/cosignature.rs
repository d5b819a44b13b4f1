//! Cosignatures of witnesses (c2sp.org/tlog-cosignature, version 1).
//!
//! Invariant: a witness signs the whole body of the checkpoint and the time, and nothing else.

use crate::note::VerifierKey;

/// Whether `signature` is a true timestamped signature over the body of a checkpoint.
pub(crate) fn verify_timestamped(key: &VerifierKey, body: &[u8], signature: &[u8]) -> bool {
    let Some((time, signature)) = signature.split_first_chunk::<8>() else {
        return false;
    };
    let seconds = u64::from_be_bytes(*time);
    i64::try_from(seconds).is_ok() && key.verify_raw(&message(seconds, body), signature)
}

/// What a witness signs.
pub(crate) fn message(seconds: u64, body: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {seconds}\n").as_bytes(), body].concat()
}

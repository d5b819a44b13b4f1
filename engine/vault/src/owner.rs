//! Whose a file is: made its owner's alone, and told when others may read it.
//!
//! For: every file that keeps key bytes. Not for: what is in it. Invariant: where the system
//! says it in bits, a file that is made lets nobody else in from its first moment.

use std::fs::{Metadata, OpenOptions};

/// A file that is made is its owner's alone.
#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// Whose a file is, it has from its folder.
#[cfg(not(unix))]
pub(crate) const fn private(_: &mut OpenOptions) {}

/// Who may do what with a file, as bits.
#[cfg(unix)]
pub(crate) fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777
}

/// Where it is not told in bits, nobody else is let in by them.
#[cfg(not(unix))]
pub(crate) const fn mode(_: &Metadata) -> u32 {
    0
}

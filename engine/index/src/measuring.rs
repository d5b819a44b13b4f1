//! What the benches measure and nobody else may use: our directory as tantivy sees it.
//!
//! Not for: hosts or other rooms; they have [`crate::Index`].

use crate::budget::Budget;
use crate::directory::{FOLDER, SegmentDirectory};
use base::Entropy;
use base::disk::Disk;
use std::io;
use std::sync::Arc;
use tantivy::Directory;
use vault::{SegmentKey, Slot};

/// The sealed directory of one segment, nothing of it decrypted yet.
///
/// # Errors
/// When the folder cannot be made.
pub fn sealed_directory(
    disk: Arc<dyn Disk>,
    slot: Slot,
    key: SegmentKey,
    entropy: Arc<dyn Entropy>,
) -> io::Result<Box<dyn Directory>> {
    disk.create_folder(FOLDER)?;
    let budget = Budget::new(base::limit::INDEX_ARENA_BYTES_MAX);
    let directory = SegmentDirectory::new(disk, slot, key, entropy, budget);
    Ok(Box::new(directory))
}

//! The log as static files that any tlog tool reads (c2sp.org/tlog-tiles).
//!
//! ```text
//! checkpoint                  the signed note
//! tile/<L>/<N>[.p/<W>]        hashes
//! tile/entries/<N>[.p/<W>]    entries, each behind a big-endian u16 length
//! ```
//! Invariant: the files are those of the size of the checkpoint, whatever was appended since.

use crate::checkpoint::SignedCheckpoint;
use crate::error::{JournalError, LogPlace};
use crate::log::Log;
use crate::tile::{HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, read_tile, tile_width};
use base::RowRead;
use std::ops::ControlFlow;

/// Takes one file: its path, with slashes, and its bytes.
pub type FileSink<'a> = dyn FnMut(&str, &[u8]) -> ControlFlow<()> + 'a;

impl Log {
    /// Gives the files of the log at `checkpoint` that were not full when it had `exported`
    /// entries, the checkpoint last, until the sink breaks.
    ///
    /// # Errors
    /// [`JournalError::NoEntry`] when the log is shorter than the checkpoint,
    /// [`JournalError::Corrupt`] when a row is missing, and what the rows give.
    pub fn export(
        &self,
        rows: &dyn RowRead,
        exported: u64,
        checkpoint: &SignedCheckpoint,
        sink: &mut FileSink<'_>,
    ) -> Result<(), JournalError> {
        let size = checkpoint.checkpoint().size;
        if size > self.size() {
            return Err(JournalError::NoEntry { index: size });
        }
        for level in 0_u8.. {
            let shift = u32::from(level) * u32::from(TILE_HEIGHT);
            let hashes = size.checked_shr(shift).unwrap_or(0);
            if hashes == 0 {
                break;
            }
            let full = exported.checked_shr(shift).unwrap_or(0) / TILE_WIDTH;
            for index in full..hashes.div_ceil(TILE_WIDTH) {
                if level == 0 && self.export_bundle(rows, index, size, sink)?.is_break() {
                    return Ok(());
                }
                let width = tile_width((level, index), size);
                let tile = read_tile(rows, (level, index))?.unwrap_or_default();
                let hashes = usize::try_from(width).ok();
                let hashes = hashes.and_then(|width| tile.get(..width * HASH_BYTES));
                let hashes = hashes.ok_or(JournalError::Corrupt {
                    place: LogPlace::Tile { level, index },
                })?;
                let path = file_path(&level.to_string(), index, width);
                if sink(&path, hashes).is_break() {
                    return Ok(());
                }
            }
        }
        let _ = sink("checkpoint", checkpoint.text().as_bytes());
        Ok(())
    }

    fn export_bundle(
        &self,
        rows: &dyn RowRead,
        index: u64,
        size: u64,
        sink: &mut FileSink<'_>,
    ) -> Result<ControlFlow<()>, JournalError> {
        let first = index * TILE_WIDTH;
        let last = (first + TILE_WIDTH).min(size);
        let mut bundle = Vec::new();
        self.entries(rows, first..last, &mut |_, entry| {
            // An entry is at most 65,535 bytes long.
            let length = u16::try_from(entry.bytes().len()).unwrap_or(u16::MAX);
            bundle.extend_from_slice(&length.to_be_bytes());
            bundle.extend_from_slice(entry.bytes());
            ControlFlow::Continue(())
        })?;
        Ok(sink(&file_path("entries", index, last - first), &bundle))
    }
}

/// `tile/<level>/<index>`, three digits to an element, with the width when it is partial.
fn file_path(level: &str, index: u64, width: u64) -> String {
    let mut number = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        number = format!("x{:03}/{number}", rest % 1000);
        rest /= 1000;
    }
    let partial = if width < TILE_WIDTH {
        format!(".p/{width}")
    } else {
        String::new()
    };
    format!("tile/{level}/{number}{partial}")
}

#[cfg(test)]
mod tests;

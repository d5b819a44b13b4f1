//! What lies in files without a seal: every byte of every copy, whatever it belongs to.

use super::{Arm, Marks};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) struct Clear<'a> {
    marks: &'a Marks,
    /// The files of the copy before, by their path inside it.
    before: BTreeMap<PathBuf, Vec<u8>>,
    pub(super) arm: Arm,
}

impl<'a> Clear<'a> {
    pub(super) fn new(marks: &'a Marks) -> Self {
        Self {
            marks,
            before: BTreeMap::new(),
            arm: Arm::default(),
        }
    }

    /// Reads all files below a folder; what is as in the copy before is passed over.
    pub(super) fn read_folder(&mut self, folder: &Path) {
        self.read_below(folder, Path::new(""));
    }

    fn read_below(&mut self, folder: &Path, inside: &Path) {
        for entry in std::fs::read_dir(folder.join(inside)).unwrap() {
            let name = inside.join(entry.unwrap().file_name());
            let path = folder.join(&name);
            if path.is_dir() {
                self.read_below(folder, &name);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let before = self.before.remove(&name).unwrap_or_default();
            self.read(&bytes, &before);
            self.before.insert(name, bytes);
        }
    }

    /// Looks for marks in blocks, each with the beginning of the next.
    pub(super) fn read(&mut self, bytes: &[u8], before: &[u8]) {
        for from in (0..bytes.len()).step_by(BLOCK_BYTES) {
            let to = bytes.len().min(from + BLOCK_BYTES + MARK_BYTES_MAX);
            if before.get(from..to) != Some(&bytes[from..to]) {
                self.arm.tried += 1;
                self.marks.scan(&bytes[from..to], &mut self.arm.marks);
            }
        }
    }
}

const BLOCK_BYTES: usize = 4096;
/// No mark is longer.
const MARK_BYTES_MAX: usize = 64;

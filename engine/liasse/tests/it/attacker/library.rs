//! The files of the index: every one of every copy, under every key of a segment that can still
//! be derived, and each page of one that opens.

use super::hoard::slots;
use super::{Arm, Keys, Loot, Marks};
use index::SegmentKeys;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Counter, Snapshot};
use vault::{
    FILE_HEADER_BYTES, FileCipher, FileHeader, PAGE_BYTES, PageKind, SegmentKey, Slot, TAG_BYTES,
};

pub(super) struct Library {
    keys: Arc<Keys>,
    living: Vec<(Slot, SegmentKey)>,
    /// Where a copy of each file lies, by its name and its header.
    files: BTreeMap<(String, FileHeader), PathBuf>,
    /// Files that opened, and under the key of which slot.
    opened: BTreeMap<(String, FileHeader), (Slot, FileCipher)>,
    tried: usize,
}

impl Library {
    pub(super) fn new(keys: Arc<Keys>) -> Self {
        let living = slots(keys.rows.counters(), Counter::SegmentSlot)
            .map(|slot| (slot, keys.key(slot).unwrap()))
            .collect();
        Self {
            keys,
            living,
            files: BTreeMap::new(),
            opened: BTreeMap::new(),
            tried: 0,
        }
    }

    /// Takes the files of a copy; each is tried under what the living tree gives over the nodes
    /// of that copy.
    pub(super) fn add_copy(&mut self, store: &Path, rows: &Snapshot) {
        let keys = Arc::clone(&self.keys);
        let crossed: Vec<_> = slots(rows.counters(), Counter::SegmentSlot)
            .filter_map(|slot| Some((slot, keys.tree.segment_key(rows, slot).ok()?)))
            .collect();
        for entry in std::fs::read_dir(store.join("index")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            if let Some(header) = bytes.first_chunk::<FILE_HEADER_BYTES>() {
                let file = (name, *header);
                self.open(&file, &crossed);
                self.files.entry(file).or_insert(path);
            }
        }
    }

    fn open(&mut self, file: &(String, FileHeader), keys: &[(Slot, SegmentKey)]) {
        for (slot, key) in keys {
            self.tried += 1;
            if let Ok(cipher) = key.open_file(&file.0, &file.1) {
                self.opened.insert(file.clone(), (*slot, cipher));
            }
        }
    }

    /// Every file under every living key; every page of those that open. One that opens must be
    /// of a segment that the newest manifest lists: its words are searched there.
    pub(super) fn rob(mut self, listed: &BTreeSet<u32>, marks: &Marks, loot: &mut Loot) {
        let files: Vec<_> = self.files.keys().cloned().collect();
        let living = std::mem::take(&mut self.living);
        for file in &files {
            self.open(file, &living);
        }
        let (mut names, mut pages) = (Arm::default(), Arm::default());
        (names.tried, names.opened) = (self.tried, self.opened.len());
        for (file, (slot, cipher)) in &self.opened {
            let known = listed.contains(&slot.number());
            let what = if known { "listed" } else { "unlisted" };
            names.marks.insert(format!("{what} segment"));
            let bytes = std::fs::read(&self.files[file]).unwrap();
            let plain = plain(cipher, &bytes, &mut pages);
            marks.scan(&plain, &mut pages.marks);
            if !plain.is_empty() {
                pages.marks.insert(format!("{what} segment"));
            }
        }
        loot.arms.insert("index files".to_owned(), names);
        loot.arms.insert("index pages".to_owned(), pages);
    }
}

/// What the pages of a file hold: header | pages | tag of each | length u64 | its tag.
fn plain(cipher: &FileCipher, bytes: &[u8], arm: &mut Arm) -> Vec<u8> {
    let (rest, tag) = bytes.split_last_chunk::<TAG_BYTES>().unwrap();
    let (rest, length) = rest.split_last_chunk::<8>().unwrap();
    let mut length = *length;
    let (kind, end) = (PageKind::Last, u64::MAX);
    cipher.open_page(end, kind, &mut length, tag).unwrap();
    let length = usize::try_from(u64::from_le_bytes(length)).unwrap();
    let (mut plain, tags) = rest[FILE_HEADER_BYTES..].split_at(length);
    let last = length.div_ceil(PAGE_BYTES) - 1;
    let mut out = Vec::new();
    for (at, tag) in tags.as_chunks::<TAG_BYTES>().0.iter().enumerate() {
        let page;
        (page, plain) = plain.split_at(plain.len().min(PAGE_BYTES));
        let kind = if at == last {
            PageKind::Last
        } else {
            PageKind::Inner
        };
        let mut page = page.to_vec();
        arm.tried += 1;
        cipher.open_page(at as u64, kind, &mut page, tag).unwrap();
        arm.opened += 1;
        out.extend(page);
    }
    out
}

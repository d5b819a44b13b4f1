//! The tests' own way into a store's files, behind the engine's back.

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::fs;
use std::path::{Path, PathBuf};

/// The files of a closed store, to be tampered with.
pub(crate) struct Raw {
    pub(crate) folder: PathBuf,
}

/// A row: key and value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

impl Raw {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }

    pub(crate) fn rows(&self, table: &str) -> Vec<Row> {
        let database = self.database();
        let read = database.begin_read().unwrap();
        let Ok(rows) = read.open_table(definition(table)) else {
            return Vec::new();
        };
        let all = rows.iter().unwrap();
        all.map(|row| {
            let (key, value) = row.unwrap();
            (key.value().to_vec(), value.value().to_vec())
        })
        .collect()
    }

    pub(crate) fn row(&self, table: &str, key: &[u8]) -> Option<Vec<u8>> {
        let rows = self.rows(table).into_iter();
        rows.into_iter()
            .find(|(own, _)| own == key)
            .map(|(_, value)| value)
    }

    /// Sets or removes rows, in one commit.
    pub(crate) fn change(&self, table: &str, changes: &[(Vec<u8>, Option<Vec<u8>>)]) {
        let database = self.database();
        let write = database.begin_write().unwrap();
        {
            let mut rows = write.open_table(definition(table)).unwrap();
            for (key, value) in changes {
                match value {
                    Some(value) => rows.insert(key.as_slice(), value.as_slice()).unwrap(),
                    None => rows.remove(key.as_slice()).unwrap(),
                };
            }
        }
        write.commit().unwrap();
    }

    pub(crate) fn put(&self, table: &str, key: &[u8], value: &[u8]) {
        self.change(table, &[(key.to_vec(), Some(value.to_vec()))]);
    }

    pub(crate) fn remove(&self, table: &str, key: &[u8]) {
        assert!(self.row(table, key).is_some(), "{table}");
        self.change(table, &[(key.to_vec(), None)]);
    }

    /// Flips a bit of a value; counted from its end when `at` is negative.
    pub(crate) fn flip(&self, table: &str, key: &[u8], at: isize) {
        let mut value = self.row(table, key).unwrap();
        let length = isize::try_from(value.len()).unwrap();
        let at = usize::try_from(if at < 0 { length + at } else { at }).unwrap();
        value[at] ^= 0x10;
        self.put(table, key, &value);
    }

    pub(crate) fn swap(&self, table: &str, one: &[u8], two: &[u8]) {
        let (first, second) = (self.row(table, one), self.row(table, two));
        assert_ne!(first, second, "{table}");
        self.change(table, &[(one.to_vec(), second), (two.to_vec(), first)]);
    }

    /// Gives the rows of a table that `wanted` picks the values they have in `other`, and removes
    /// those it lacks; how many that changed.
    pub(crate) fn replay(
        &self,
        other: &Self,
        table: &str,
        wanted: &dyn Fn(&[u8]) -> bool,
    ) -> usize {
        let (now, then) = (self.rows(table), other.rows(table));
        let mut changes: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
        for (key, value) in &then {
            let known = now.iter().find(|(own, _)| own == key);
            if wanted(key) && known.map(|(_, own)| own) != Some(value) {
                changes.push((key.clone(), Some(value.clone())));
            }
        }
        for (key, _) in &now {
            if wanted(key) && !then.iter().any(|(own, _)| own == key) {
                changes.push((key.clone(), None));
            }
        }
        self.change(table, &changes);
        changes.len()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.file(name), bytes).unwrap();
    }

    /// The files in a folder of the store, with that folder, in order.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.file(folder))
            .unwrap()
            .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().display()))
            .collect();
        names.sort();
        names
    }

    /// Where the frames of a segment begin, with their lengths.
    pub(crate) fn frames(&self, name: &str) -> Vec<(usize, usize)> {
        let bytes = self.bytes(name);
        let (mut frames, mut at) = (Vec::new(), 32);
        while at < bytes.len() {
            let length = |from: usize| {
                let field = bytes[at + from..at + from + 4].try_into().unwrap();
                usize::try_from(u32::from_le_bytes(field)).unwrap()
            };
            let frame = 32 + length(4) + length(8);
            frames.push((at, frame));
            at += frame;
        }
        frames
    }

    fn database(&self) -> Database {
        Database::open(self.file("catalog.redb")).unwrap()
    }
}

fn definition(table: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(table)
}

pub(crate) fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

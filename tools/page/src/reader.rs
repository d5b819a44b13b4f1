//! A store and its keys: the sections of the directory and of `FORMAT`.

use crate::archive::Fields;
use crate::catalog::Catalog;
use crate::keys::{Grove, Keys};
use crate::seal::Bytes32;
use std::path::{Path, PathBuf};

/// A store that nobody has open, and the keys to it.
pub struct Reader {
    folder: PathBuf,
    /// The rows.
    pub catalog: Catalog,
    /// The keys.
    pub keys: Keys,
    /// The store's id.
    pub store: [u8; 16],
}

impl Reader {
    /// Opens a store by its key file.
    ///
    /// # Errors
    /// When either is not as the page says.
    pub fn open(folder: &Path, key_file: &Path) -> Result<Self, String> {
        let read = |file: &Path| std::fs::read(file).map_err(|error| error.to_string());
        let store = store_of(&read(&folder.join("FORMAT"))?)?;
        let catalog = Catalog::open(&folder.join("catalog.redb"))?;
        let keys = Keys::open(&read(key_file)?, &catalog, store)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            catalog,
            keys,
            store,
        })
    }

    /// A file of the store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        let read = std::fs::read(self.folder.join(name));
        read.map_err(|error| format!("{name}: {error}"))
    }

    /// The key of a slot.
    ///
    /// # Errors
    /// When a node on the way is not as the page says.
    pub fn key(&self, grove: Grove, slot: u32) -> Result<Bytes32, String> {
        self.keys.slot(&self.catalog, self.store, grove, slot)
    }
}

/// The store's id in `FORMAT`.
fn store_of(format: &[u8]) -> Result<[u8; 16], String> {
    let text = std::str::from_utf8(format).map_err(|error| error.to_string())?;
    let lines: Vec<_> = text.split_terminator('\n').collect();
    let [first, version, store, created, catalog, body] = lines[..] else {
        return Err(format!("{} lines in FORMAT", lines.len()));
    };
    let known = first == "liasse store"
        && version == "format: 1"
        && created.starts_with("created: ")
        && catalog == "catalog: redb 4, tables of docs/format.md"
        && body == "body: segments, LIASSEB1";
    let digits = store
        .strip_prefix("store: ")
        .filter(|digits| known && digits.len() == 32);
    let digits = digits.ok_or("a FORMAT of other lines")?;
    let number = u128::from_str_radix(digits, 16).map_err(|error| error.to_string())?;
    Ok(number.to_be_bytes())
}

/// The number in a field.
///
/// # Errors
/// When it has none.
pub fn number(fields: &Fields, name: &str) -> Result<u64, String> {
    let said = fields.get(name).ok_or_else(|| format!("no field {name}"))?;
    said.parse().map_err(|_| format!("{name} is {said}"))
}

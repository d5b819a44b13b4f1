//! The FORMAT file: what a store is, readable without a key.
//!
//! ```text
//! liasse store
//! format: 1
//! store: 32 hexadecimal digits
//! created: RFC 3339
//! catalog: redb 4, tables of docs/format.md
//! body: segments, LIASSEB1
//! ```
//! Lines end with `\n`; unknown keys are refused, so a later format must raise its number.
//! Invariants: written once at create, under another name first; changed only by `upgrade`.

use crate::error::StoreError;
use base::disk::{Disk, OpenMode};
use base::{Instant, StoreId};
use std::io;

/// What the FORMAT file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The version of the format.
    pub version: u32,
    /// The store's id.
    pub store: StoreId,
    /// When the store was made.
    pub created: Instant,
}

impl Format {
    /// The FORMAT file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{TITLE}\nformat: {}\nstore: {}\ncreated: {}\ncatalog: {CATALOG}\nbody: {BODY}\n",
            self.version, self.store, self.created
        )
    }

    /// Reads the FORMAT file's text, of whatever version.
    ///
    /// # Errors
    /// [`StoreError::DamagedFormat`], [`StoreError::NewerFormat`].
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        Self::parse_up_to(FORMAT_VERSION, text)
    }

    /// The same, for somebody who knows the formats up to `known`.
    fn parse_up_to(known: u32, text: &str) -> Result<Self, StoreError> {
        let mut lines = text.split('\n').zip(1..);
        let mut line = |key: &str| match lines.next() {
            Some((text, line)) => match text.strip_prefix(key) {
                Some(value) => Ok((value, line)),
                None => Err(StoreError::DamagedFormat { line }),
            },
            None => Err(StoreError::DamagedFormat { line: 0 }),
        };
        let at = |line| StoreError::DamagedFormat { line };
        let (rest, number) = line(TITLE)?;
        if !rest.is_empty() {
            return Err(at(number));
        }
        let (value, number) = line("format: ")?;
        let version: u32 = value.parse().map_err(|_| at(number))?;
        if version > known {
            return Err(StoreError::NewerFormat {
                found: version,
                known,
            });
        }
        let (value, number) = line("store: ")?;
        let store = value.parse().map_err(|_| at(number))?;
        let (value, number) = line("created: ")?;
        let created = Instant::from_rfc3339(value).map_err(|_| at(number))?;
        for (key, known) in [("catalog: ", CATALOG), ("body: ", BODY), ("", "")] {
            let (value, number) = line(key)?;
            if value != known {
                return Err(at(number));
            }
        }
        let format = Self {
            version,
            store,
            created,
        };
        // Nothing lies behind the last line, and nothing is written in other words.
        if format.to_text() == text {
            Ok(format)
        } else {
            Err(StoreError::DamagedFormat { line: 0 })
        }
    }

    /// Reads the FORMAT file on `disk`.
    pub(crate) fn read(disk: &dyn Disk) -> Result<Self, StoreError> {
        Self::read_named(disk, FILE, FORMAT_VERSION)
    }

    /// The same, for somebody who knows the formats up to `known`.
    pub(crate) fn read_up_to(known: u32, disk: &dyn Disk) -> Result<Self, StoreError> {
        Self::read_named(disk, FILE, known)
    }

    /// Reads the file under its unfinished name.
    pub(crate) fn read_unfinished(disk: &dyn Disk) -> Result<Self, StoreError> {
        Self::read_named(disk, UNFINISHED, FORMAT_VERSION)
    }

    fn read_named(disk: &dyn Disk, name: &str, known: u32) -> Result<Self, StoreError> {
        let file = match disk.open(name, OpenMode::Read) {
            Ok(file) => file,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(StoreError::NotAStore);
            }
            Err(error) if base::disk::is_no_file(&error) => {
                return Err(StoreError::DamagedFormat { line: 0 });
            }
            Err(error) => return Err(error.into()),
        };
        let length = usize::try_from(file.length()?).unwrap_or(usize::MAX);
        if length > FILE_BYTES_MAX {
            return Err(StoreError::DamagedFormat { line: 0 });
        }
        let mut bytes = vec![0; length];
        file.read_at(0, &mut bytes)?;
        let text = String::from_utf8(bytes).map_err(|_| StoreError::DamagedFormat { line: 0 })?;
        Self::parse_up_to(known, &text)
    }

    /// Writes the file under its unfinished name and makes it durable.
    pub(crate) fn write_unfinished(&self, disk: &dyn Disk) -> Result<(), StoreError> {
        let file = match disk.open(UNFINISHED, OpenMode::CreateNew) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                disk.open(UNFINISHED, OpenMode::Write)?
            }
            other => other?,
        };
        file.set_length(0)?;
        file.write_at(0, self.to_text().as_bytes())?;
        file.sync()?;
        Ok(disk.sync_folder("")?)
    }

    /// Gives the unfinished file its name; from here on the folder is a store.
    pub(crate) fn finish(disk: &dyn Disk) -> Result<(), StoreError> {
        disk.rename(UNFINISHED, FILE)?;
        Ok(disk.sync_folder("")?)
    }
}

/// The format this version writes, and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;
/// The name of the file.
pub(crate) const FILE: &str = "FORMAT";
/// Its name before the store is complete.
pub(crate) const UNFINISHED: &str = "FORMAT.new";
const TITLE: &str = "liasse store";
const CATALOG: &str = "redb 4, tables of docs/format.md";
const BODY: &str = "segments, LIASSEB1";
const FILE_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests;

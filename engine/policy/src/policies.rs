//! Several packs, of which the one in force at the instant decides.
//!
//! Invariants: never two packs in force at once; in a gap nothing is permitted; a set is
//! immutable, so that replacing it is one pointer and a session never sees half of it.

use crate::error::PackError;
use crate::facts::SessionFacts;
use crate::lens::Lens;
use crate::pack::{Pack, builtin_set};
use base::{Cursor, Instant, limit};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The packs of a store.
#[derive(Clone)]
pub struct Policies {
    packs: Vec<Arc<Pack>>,
}

impl Policies {
    /// A set of packs whose validities do not overlap.
    ///
    /// # Errors
    /// [`PackError::NoPack`], [`PackError::Overlap`].
    pub fn new(packs: Vec<Pack>) -> Result<Self, PackError> {
        let mut packs: Vec<_> = packs.into_iter().map(Arc::new).collect();
        packs.sort_by_key(|pack| pack.validity().from());
        for pair in packs.windows(2) {
            if let [first, second] = pair
                && second.validity().from() < first.validity().until()
            {
                let name = |pack: &Pack| format!("{} {}", pack.name(), pack.version());
                let begins = second.validity().from();
                let (first, second) = (name(first), name(second));
                return Err(PackError::Overlap {
                    first,
                    second,
                    begins,
                });
            }
        }
        if packs.is_empty() {
            return Err(PackError::NoPack);
        }
        if packs.len() > limit::PACKS_MAX {
            return Err(PackError::TooManyPacks {
                limit: limit::PACKS_MAX,
            });
        }
        Ok(Self { packs })
    }

    /// The packs of a host: a directory that is one pack, or whose directories are one each.
    /// Files beside them, and directories whose names begin with a dot, are left alone.
    ///
    /// # Errors
    /// [`PackError`], with the directory of the pack it is about.
    pub fn open(directory: &Path) -> Result<Self, PackError> {
        if directory.join("pack.txt").exists() {
            return Self::new(vec![Pack::open(directory)?]);
        }
        let mut packs = Vec::new();
        for name in Self::names(directory)? {
            // Refused before they are all read and lowered.
            if packs.len() >= limit::PACKS_MAX {
                return Err(PackError::TooManyPacks {
                    limit: limit::PACKS_MAX,
                });
            }
            let pack = Pack::open(&directory.join(&name));
            packs.push(pack.map_err(|error| PackError::In {
                pack: name,
                error: Box::new(error),
            })?);
        }
        Self::new(packs)
    }

    /// The directories of the packs in a directory of several; none when it is one itself.
    pub(crate) fn names(directory: &Path) -> Result<Vec<String>, PackError> {
        if directory.join("pack.txt").exists() {
            return Ok(Vec::new());
        }
        directories(directory)
    }

    /// What a host names: what is built in ([`Self::builtin_named`]), else a directory.
    ///
    /// # Errors
    /// [`PackError::Unknown`] when it is neither; what [`Self::open`] gives.
    pub fn named(name: &str) -> Result<Self, PackError> {
        if builtin_set(name).is_some() {
            Self::builtin_named(name)
        } else if Path::new(name).is_dir() {
            Self::open(Path::new(name))
        } else if Path::new(name).exists() {
            Err(PackError::NoDirectory)
        } else {
            Err(PackError::Unknown)
        }
    }

    /// The packs of a canonical form, as [`Self::canonical`] writes it.
    ///
    /// # Errors
    /// [`PackError`]; what was written by this version gives none.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, PackError> {
        let mut cursor = Cursor::new(bytes);
        let mut packs = Vec::new();
        while cursor.remaining() > 0 {
            let pack = cursor.bytes().map_err(|_| PackError::NotCanonical)?;
            packs.push(Pack::from_canonical(pack)?);
        }
        Self::new(packs)
    }

    /// The default: `dmp-2011` alone.
    ///
    /// # Errors
    /// [`PackError`]; a test keeps the packs that are built in loadable.
    pub fn builtin() -> Result<Self, PackError> {
        Self::builtin_named("dmp-2011")
    }

    /// What is built in, by name: one pack without an end, `dmp-2011` or `dmp-2023`; or `dmp`,
    /// both, of which the first ends when the second begins. A process reads each once.
    ///
    /// # Errors
    /// [`PackError::Unknown`].
    pub fn builtin_named(name: &str) -> Result<Self, PackError> {
        static READ: Mutex<BTreeMap<String, Policies>> = Mutex::new(BTreeMap::new());
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(policies) = read.get(name) {
            return Ok(policies.clone());
        }
        let set = builtin_set(name).ok_or(PackError::Unknown)?;
        let packs: Result<_, _> = set.into_iter().map(Pack::parse).collect();
        let policies = Self::new(packs?)?;
        read.insert(name.to_owned(), policies.clone());
        Ok(policies)
    }

    /// The pack in force at the instant.
    #[must_use]
    pub fn at(&self, at: Instant) -> Option<&Arc<Pack>> {
        self.packs.iter().find(|pack| pack.validity().contains(at))
    }

    /// What the session may see at the instant; `None` when no pack is in force, and then
    /// nothing may be shown.
    #[must_use]
    pub fn lens(&self, session: &SessionFacts, at: Instant) -> Option<Lens> {
        self.at(at).map(|pack| pack.lens(session, at))
    }

    /// The packs, in the order of their validity.
    pub fn packs(&self) -> impl Iterator<Item = &Arc<Pack>> {
        self.packs.iter()
    }

    /// All packs in a canonical form, for the digest that the journal binds.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for pack in &self.packs {
            base::bytes::put_bytes(&mut bytes, pack.canonical());
        }
        bytes
    }
}

/// The directories in this one, in the order of their names.
fn directories(of: &Path) -> Result<Vec<String>, PackError> {
    let unreadable = |error: std::io::Error| PackError::Unreadable {
        file: "the directory of packs",
        kind: error.kind(),
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(of).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests;

//! Opening a store to be audited: as it lies, beside its writer, or out of a backup.
//!
//! Invariant: a store that needs recovery is recovered in memory, over files that are only read.

use super::{Auditor, Depth, Keys, Turning};
use crate::answer::Finding;
use crate::backup::{Sources, refresh};
use crate::core::Core;
use crate::engine::{self, Options, RootKey};
use crate::error::{Class, Code, Error, Result};
use base::disk::{Disk, FolderDisk, ShadowDisk};
use std::path::Path;
use std::sync::Arc;
use store::{Catalog, Rebuilding, StoreError};
use vault::{KeyTree, Opened};

impl Auditor {
    /// Opens the store in `directory` for an audit of this depth, with the key it needs.
    ///
    /// # Errors
    /// [`Code::NotAStore`], [`Code::NewerFormat`], a catalog that is cut or cannot be opened at
    /// all, and what the system gives. A key that does not open the store is no error: the audit
    /// goes as deep as it can, and says what it skipped.
    pub fn open(
        directory: &Path,
        depth: Depth,
        root: Option<&RootKey>,
        options: &Options,
    ) -> Result<Self> {
        let (catalog, disk) = catalog_of(directory, options)?;
        let catalog = Arc::new(catalog);
        let rows = catalog.snapshot()?;
        let store = catalog.store();
        let in_use = disk
            .list("")
            .map_err(StoreError::from)?
            .iter()
            .any(|name| name == store::OPEN_MARK);
        let mut found = Vec::new();
        let keys = match root {
            Some(root) if depth > Depth::Keyless => keys_of(&disk, root, options, &rows, store)
                .unwrap_or_else(|error| {
                    note(&mut found, &error);
                    Keys::Wrong(error)
                }),
            Some(_) | None => Keys::None,
        };
        let (core, shut) = match (&keys, root) {
            (Keys::Open(..), Some(root)) if depth == Depth::Full => {
                match core_of(directory, root, options) {
                    Ok(core) => (Some(core), None),
                    Err(error) => {
                        note(&mut found, &error);
                        (None, Some(error))
                    }
                }
            }
            (Keys::Open(..) | Keys::None | Keys::Wrong(_), _) => (None, None),
        };
        Ok(Self {
            catalog,
            rows,
            store,
            in_use,
            keys,
            core,
            shut,
            found,
        })
    }

    /// Opens a backup with its sinks, brought together in `scratch`, a new directory that may be
    /// thrown away afterwards; the backup is only read.
    ///
    /// # Errors
    /// As [`Self::open`], and those of [`refresh`].
    pub fn open_backup(
        sources: &Sources,
        scratch: &Path,
        (depth, root): (Depth, Option<&RootKey>),
        options: &Options,
    ) -> Result<Self> {
        refresh(sources, scratch)?;
        let disk: Arc<dyn Disk> = Arc::new(FolderDisk::new(scratch));
        let rebuilding = Rebuilding::resume_on(disk, store::Options::default())?;
        let rebuilding = rebuilding.ok_or_else(|| {
            Error::new(
                Code::NotAStore,
                "the backup holds no catalog",
                "check its path",
            )
        })?;
        let catalog = rebuilding.into_catalog()?;
        catalog.finish_rebuilding()?;
        catalog.close()?;
        Self::open(scratch, depth, root, options)
    }
}

/// The catalog as it lies; recovered in memory when its last writer did not close it.
pub(crate) fn catalog_of(directory: &Path, options: &Options) -> Result<(Catalog, Arc<dyn Disk>)> {
    let disk: Arc<dyn Disk> = Arc::new(FolderDisk::new(directory));
    match Catalog::open_read_only_on(Arc::clone(&disk), options.store) {
        Err(StoreError::NeedsRecovery) => {
            let shadow: Arc<dyn Disk> = Arc::new(ShadowDisk::new(disk));
            let catalog = Catalog::open_on(Arc::clone(&shadow), options.store)?;
            Ok((catalog, shadow))
        }
        opened => Ok((opened?, disk)),
    }
}

fn keys_of(
    disk: &Arc<dyn Disk>,
    root: &RootKey,
    options: &Options,
    rows: &store::Snapshot,
    store: base::StoreId,
) -> Result<Keys> {
    let kms = crate::root::open_kms(disk, root, options)?;
    let opened = KeyTree::open(rows, &*kms, store)?;
    let turning = match &opened {
        Opened::Ready(_) => Turning::No,
        Opened::Activate(_) | Opened::Destroy(_) | Opened::RotateAgain(_) => Turning::Yes,
    };
    Ok(Keys::Open(Arc::clone(opened.tree()), turning))
}

fn core_of(directory: &Path, root: &RootKey, options: &Options) -> Result<Arc<Core>> {
    let (catalog, disk) = catalog_of(directory, options)?;
    engine::reader(catalog, disk, root, options.clone())
}

/// What keeps the keys from being used is a finding when it is the store's fault.
fn note(found: &mut Vec<Finding>, error: &Error) {
    let invariant = match (error.class(), error.code()) {
        (_, Code::OlderCopy) => "V5",
        (Class::Corrupt, _) => match error.place() {
            Some(place) if place.contains("key_nodes") => "V9",
            Some(place) if place.starts_with("index") || place.contains("manifest") => "X2",
            Some(_) | None => "V3",
        },
        (Class::Refused | Class::Misuse | Class::Retry | Class::Environment | Class::Bug, _) => {
            return;
        }
    };
    let place = error.place().unwrap_or("catalog.redb").to_owned();
    let what = error.message().to_owned();
    let finding = Finding {
        invariant,
        place,
        what,
    };
    if !found.contains(&finding) {
        found.push(finding);
    }
}

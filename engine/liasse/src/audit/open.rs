//! Opening a store to be audited: as it lies, beside its writer, or out of a backup.
//!
//! Invariant: a store that needs recovery is recovered in memory, over files that are only read.

use super::{Auditor, Depth, Keys, Standing, Turning};
use crate::answer::Finding;
use crate::backup::{Sources, refresh};
use crate::core::Core;
use crate::engine::{self, Options, RootKey};
use crate::error::{Class, Code, Error, Result};
use crate::upkeep::{ENGINE, RUNNING};
use base::RowRead as _;
use base::disk::{Disk, FolderDisk, ShadowDisk};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex};
use store::{Catalog, Rebuilding, Snapshot, StoreError};
use vault::{AuditKeyError, AuditKeys, KeyTree, Opened};

/// The keys that an audit was given.
#[derive(Clone, Copy)]
enum Given<'a> {
    None,
    /// The root of all keys.
    Root(&'a RootKey),
    /// A file with the key of traces.
    Traces(&'a Path),
}

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
        let given = match root {
            Some(root) if depth > Depth::Keyless => Given::Root(root),
            Some(_) | None => Given::None,
        };
        Self::open_with(directory, depth, given, options)
    }

    /// Opens the store for an audit with the keys of traces alone, which
    /// [`Auditor::write_audit_key`] put into a file.
    ///
    /// # Errors
    /// As [`Self::open`]; a file that opens no traces of this store is no error either.
    pub fn open_with_audit_key(directory: &Path, file: &Path, options: &Options) -> Result<Self> {
        Self::open_with(directory, Depth::AuditKeys, Given::Traces(file), options)
    }

    fn open_with(
        directory: &Path,
        depth: Depth,
        given: Given<'_>,
        options: &Options,
    ) -> Result<Self> {
        let (catalog, disk, recovered) = catalog_of(directory, options)?;
        let catalog = Arc::new(catalog);
        let mut rows = catalog.snapshot()?;
        let store = catalog.store();
        let standing = standing(&catalog, &mut rows, recovered)?;
        let mut found = Vec::new();
        let keys = match given {
            Given::Root(root) => loop {
                let keys = keys_of(&disk, root, options, &rows, store);
                let older = keys
                    .as_ref()
                    .err()
                    .is_some_and(|it| it.code() == Code::OlderCopy);
                let newer = catalog.snapshot()?;
                // A writer may have replaced the root between the two.
                if !older || newer.counters().commit == rows.counters().commit {
                    break keys;
                }
                rows = newer;
            },
            Given::Traces(file) => AuditKeys::of_file(file, &*rows, store)
                .map(Keys::Traces)
                .map_err(unusable),
            Given::None => Ok(Keys::None),
        };
        let keys = keys.unwrap_or_else(|error| {
            note(&mut found, &error);
            Keys::Wrong(error)
        });
        let mut opened = Self {
            catalog,
            rows,
            store,
            standing,
            keys,
            core: None,
            shut: None,
            rolls: Vec::new(),
            found,
            proving: Mutex::default(),
        };
        if let (Keys::Open(..), Given::Root(root), Depth::Full) = (&opened.keys, given, depth) {
            match core_of(directory, root, options) {
                Ok((core, turning)) => opened.go_deeper(core, turning)?,
                Err(error) => {
                    note(&mut opened.found, &error);
                    opened.shut = Some(error);
                }
            }
        }
        Ok(opened)
    }

    /// From here on everything is what the engine over the store sees, rows and keys alike: a
    /// writer may have gone on since they were opened before it.
    fn go_deeper(&mut self, core: Arc<Core>, turning: Turning) -> Result<()> {
        let view = core.view()?;
        self.catalog = Arc::clone(&core.catalog);
        self.rows = Arc::clone(&view.rows);
        self.keys = Keys::Open(Arc::clone(&view.keys), turning);
        self.core = Some(core);
        Ok(())
    }

    /// Writes the key of the store's traces into a new file that only its owner can read. It
    /// opens every trace, and no dossier, document or word; it stays in force until the keys of
    /// some class and month of traces are destroyed.
    ///
    /// # Errors
    /// [`Code::WrongKey`] when the auditor has not all keys, [`Code::Exists`], [`Code::Io`].
    pub fn write_audit_key(&self, file: &Path) -> Result<()> {
        match &self.keys {
            Keys::Open(tree, _) => tree.write_audit_keys(file).map_err(unusable),
            Keys::Wrong(error) => Err(error.clone()),
            Keys::None | Keys::Traces(_) => Err(Error::new(
                Code::WrongKey,
                "the store's own key is needed to write the key of its traces",
                "give the store's key file or passphrase",
            )),
        }
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
        let strays = sources.strays()?;
        let disk: Arc<dyn Disk> = Arc::new(FolderDisk::new(scratch));
        let rebuilding = Rebuilding::resume_on(disk, store::Options::default())?;
        let rebuilding = rebuilding.ok_or_else(|| {
            Error::new(
                Code::NotAStore,
                "the backup holds no catalog",
                "check its path",
            )
        })?;
        let rolls = rebuilding.proofs()?;
        let catalog = rebuilding.into_catalog()?;
        catalog.finish_rebuilding()?;
        catalog.close()?;
        let opened = Self::open(scratch, depth, root, options)?;
        let standing = match opened.standing {
            Standing::Closed => Standing::Closed,
            Standing::InUse | Standing::Left | Standing::Backup => Standing::Backup,
        };
        let mut found = opened.found;
        found.extend(strays.into_iter().map(|name| Finding {
            invariant: "S8",
            place: format!("the backup: {name}"),
            what: "is no part of a backup".to_owned(),
        }));
        Ok(Self {
            rolls,
            standing,
            found,
            ..opened
        })
    }
}

/// The catalog as it lies; recovered in memory when its last writer did not close it, and whether
/// it was.
fn catalog_of(directory: &Path, options: &Options) -> Result<(Catalog, Arc<dyn Disk>, bool)> {
    let disk: Arc<dyn Disk> = Arc::new(FolderDisk::new(directory));
    match Catalog::open_read_only_on(Arc::clone(&disk), options.store) {
        Err(StoreError::NeedsRecovery) => {
            let shadow: Arc<dyn Disk> = Arc::new(ShadowDisk::new(disk));
            let catalog = Catalog::open_on(Arc::clone(&shadow), options.store)?;
            Ok((catalog, shadow, true))
        }
        opened => Ok((opened?, disk, false)),
    }
}

/// Whether somebody goes on with the store: by its rows and the system's locks, not by its mark in
/// the folder or redb's in the catalog, which whoever holds the disk can put there or take away.
fn standing(catalog: &Catalog, rows: &mut Arc<Snapshot>, recovered: bool) -> Result<Standing> {
    let runs = |rows: &Snapshot| Ok::<_, Error>(rows.row(ENGINE, RUNNING)?.is_some());
    if !runs(rows)? {
        return Ok(Standing::Closed);
    }
    if !recovered && catalog.is_written()? {
        return Ok(Standing::InUse);
    }
    // Its writer may have closed it since its rows were read.
    *rows = catalog.snapshot()?;
    Ok(if runs(rows)? {
        Standing::Left
    } else {
        Standing::Closed
    })
}

fn keys_of(
    disk: &Arc<dyn Disk>,
    root: &RootKey,
    options: &Options,
    rows: &Snapshot,
    store: base::StoreId,
) -> Result<Keys> {
    let kms = crate::root::open_kms(disk, root, options)?;
    let opened = crate::root::open_tree(rows, &*kms, store)?;
    Ok(Keys::Open(Arc::clone(opened.tree()), turning(&opened)))
}

const fn turning(opened: &Opened) -> Turning {
    match opened {
        Opened::Ready(_) => Turning::No,
        Opened::Activate(_) | Opened::Destroy(_) | Opened::RotateAgain(_) => Turning::Yes,
    }
}

/// Why a file with the key of traces is of no use.
fn unusable(error: AuditKeyError) -> Error {
    let message = error.to_string();
    let (code, hint) = match error {
        AuditKeyError::Tree(error) => return error.into(),
        AuditKeyError::System(error) if error.kind() == ErrorKind::AlreadyExists => {
            (Code::Exists, "name a new file")
        }
        AuditKeyError::System(_) => (Code::Io, "check the file and its permissions"),
        AuditKeyError::LoosePermissions { .. } => (Code::KeyStore, "run chmod 600 on it"),
        AuditKeyError::NotOne | AuditKeyError::OtherStore | AuditKeyError::Outdated => (
            Code::WrongKey,
            "ask whoever holds the store's key for a new one: liasse-audit audit-key",
        ),
    };
    Error::new(code, message, hint)
}

fn core_of(directory: &Path, root: &RootKey, options: &Options) -> Result<(Arc<Core>, Turning)> {
    for _ in 0..TRIES {
        let (catalog, disk, _) = catalog_of(directory, options)?;
        match engine::reader(catalog, disk, root, options.clone()) {
            Ok((core, opened)) => {
                let view = core.view()?;
                let bound = KeyTree::root_digest_in(view.rows());
                if bound.is_err() || bound == Ok(view.keys.root_digest()) {
                    drop(view);
                    return Ok((core, turning(&opened)));
                }
            }
            // It was not when its keys were looked at first.
            Err(error) if error.code() == Code::OlderCopy => {}
            Err(error) => return Err(error),
        }
    }
    let what = "its keys were replaced each time that it was opened";
    Err(Error::new(
        Code::Busy,
        what,
        "audit it again, or a backup of it",
    ))
}

/// What keeps the keys from being used is a finding when it is the store's fault.
fn note(found: &mut Vec<Finding>, error: &Error) {
    if let Some(finding) = finding_of(error)
        && !found.contains(&finding)
    {
        found.push(finding);
    }
}

/// What an error says of the store; `None` when it is not the store's fault.
pub(super) fn finding_of(error: &Error) -> Option<Finding> {
    let invariant = match (error.class(), error.code()) {
        (_, Code::OlderCopy) => "V5",
        (Class::Corrupt, _) => match error.place() {
            Some(place) if place.contains("key_nodes") => "V9",
            Some(place) if place.starts_with("index") || place.contains("manifest") => "X2",
            Some(_) | None => "V3",
        },
        (Class::Refused | Class::Misuse | Class::Retry | Class::Environment | Class::Bug, _) => {
            return None;
        }
    };
    Some(Finding {
        invariant,
        place: error.place().unwrap_or("catalog.redb").to_owned(),
        what: error.message().to_owned(),
    })
}

/// How often a store is opened anew whose keys a writer replaces meanwhile.
const TRIES: usize = 16;

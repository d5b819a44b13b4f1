//! How an engine reaches the root key it is given.
//!
//! For: opening and making what keeps a root. Not for: what is done with the root; see `vault`.
//! Invariant: a key that does not fit is told in words that say which key to bring.

use crate::engine::{Options, RootKey};
use crate::error::{Code, Error, RESTORE, Result};
use base::disk::Disk;
use base::{RowRead, StoreId};
use journal::Log;
use std::sync::Arc;
use store::StoreError;
use vault::{KeyFile, KeyTree, Kms, Opened, Passphrase, PassphraseCost, Timed};

pub(crate) fn create_kms(
    disk: &Arc<dyn Disk>,
    root: &RootKey,
    options: &Options,
) -> Result<Arc<dyn Kms>> {
    Ok(match root {
        RootKey::File(path) => Arc::new(KeyFile::open(path)?),
        RootKey::Passphrase(text) => Arc::new(Passphrase::create_on(
            Arc::clone(disk),
            PASSPHRASE_FILE,
            text.as_bytes(),
            PassphraseCost::STANDARD,
            &*options.entropy,
        )?),
        RootKey::Kms(kms) => in_time(kms, options),
    })
}

/// A host's KMS, whose calls end in time whatever it does.
fn in_time(kms: &Arc<dyn Kms>, options: &Options) -> Arc<dyn Kms> {
    Arc::new(Timed::new(Arc::clone(kms), options.kms_deadline))
}

pub(crate) fn open_kms(
    disk: &Arc<dyn Disk>,
    root: &RootKey,
    options: &Options,
) -> Result<Arc<dyn Kms>> {
    Ok(match root {
        RootKey::File(path) => Arc::new(KeyFile::open(path)?),
        RootKey::Passphrase(text) => {
            if !has_slots(&**disk)? {
                return Err(Error::new(
                    Code::WrongKey,
                    "the store was not created with a passphrase",
                    "give the key file that it was created with",
                ));
            }
            let disk = Arc::clone(disk);
            let opened = Passphrase::open_on(disk, PASSPHRASE_FILE, text.as_bytes());
            Arc::new(opened.map_err(loose)?)
        }
        RootKey::Kms(kms) => in_time(kms, options),
    })
}

/// Opens the key tree. What says that the copy or the key is an older one stands in clear: when
/// it is not what the last commit bound, it is damage and no more.
pub(crate) fn open_tree(rows: &dyn RowRead, kms: &dyn Kms, store: StoreId) -> Result<Opened> {
    KeyTree::open(rows, kms, store).map_err(|error| {
        if is_bound(rows) {
            return error.into();
        }
        let message = "the top of the key tree is not what the last commit bound";
        Error::new(Code::Corrupt, message, RESTORE).at("catalog.redb, table key_nodes")
    })
}

/// Whether the top of the key tree is what the journal says, as far as it says something.
fn is_bound(rows: &dyn RowRead) -> bool {
    let last = Log::open(rows).and_then(|log| log.last_commit(rows));
    match (last, KeyTree::root_digest_in(rows)) {
        (Ok(Some((_, commit))), Ok(found)) => commit.keys == found,
        (Ok(_) | Err(_), _) => true,
    }
}

/// Whether what a passphrase opens is there: a directory that becomes a store again lacks it
/// until somebody brings it, since no backup holds it.
///
/// # Errors
/// [`Code::WrongKey`] when it is not.
pub(crate) fn require_slots(disk: &dyn Disk, root: &RootKey) -> Result<()> {
    if !matches!(root, RootKey::Passphrase(_)) || has_slots(disk)? {
        return Ok(());
    }
    Err(Error::new(
        Code::WrongKey,
        "a root kept by a passphrase needs its slot file, which is in no backup",
        "put the copy of STORE/passphrase that was kept apart into the new directory, and try \
         again; without it nothing opens this store",
    ))
}

fn has_slots(disk: &dyn Disk) -> Result<bool> {
    let names = match disk.list("") {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(StoreError::from)?,
    };
    Ok(names.iter().any(|name| name == PASSPHRASE_FILE))
}

/// Says where the slot file lies, which has no path of its own.
fn loose(error: vault::KmsError) -> Error {
    if let vault::KmsError::LoosePermissions { mode, .. } = error {
        let message = format!("others may read the slot file of the passphrase (mode {mode:04o})");
        let hint = "run: chmod 600 STORE/passphrase, STORE being the store's directory";
        return Error::new(Code::KeyStore, message, hint);
    }
    error.into()
}

const PASSPHRASE_FILE: &str = "passphrase";

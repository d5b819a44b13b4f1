//! A rebuilt directory becomes a store.
//!
//! ```text
//! open      the key tree under the root: an older catalog is refused here
//! believe   what the catalog was made of is signed by the store's key, and is what its last
//!           commit entry binds
//! mend      bodies that moved, found; bodies that are lost, named
//! commit    a new origin of the log, whose first entry names the old checkpoint; the index is
//!           made anew when files of it are missing
//! claim     the root key is this directory's to change from here on, and no other's
//! name      FORMAT gets its name
//! ```
//! Invariants: nothing is written before the root has opened the catalog and the signatures
//! held; a promotion cut short leaves no store, and a restore from the beginning completes it.

use super::ledger::Ledger;
use super::ledger::system;
use super::mend::{Lost, mend};
use super::rebuild::{Made, Refreshed, Sources, refresh_with, tidied};
use crate::claim;
use crate::engine::{Engine, Options, RootKey};
use crate::error::{Code, Error, Result};
use crate::{signing, upkeep};
use base::Digest;
use base::disk::{Disk, FolderDisk};
use index::{clear_manifest, manifest_digest, manifest_files};
use journal::{Commit, Draft, Fact, Log};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use store::{Catalog, FORMAT_VERSION, Rebuilding, RollProof, Spending, Transaction, state_tree};
use vault::{Claim, Ground, KeyTree, SigningKey};

/// What a restore brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The last commit that was brought back.
    pub commit: u64,
    /// The epoch of the root key.
    pub epoch: u64,
    /// Documents whose bytes are in no backup: listed and found, but not read.
    pub lost: Vec<Lost>,
    /// Whether index files were missing: the first opening then analyses all texts anew.
    pub index_anew: bool,
    /// The name of the log from here on.
    pub origin: String,
}

impl Engine {
    /// Restores a store into a directory that is new, or that an earlier restore began to fill.
    /// Open it afterwards with [`Engine::open`], which completes what was under way.
    ///
    /// # Errors
    /// [`Code::OlderCopy`] when something was erased after the newest catalog that was brought,
    /// [`Code::WrongKey`], [`Code::Corrupt`] with the name of the file, and those of [`refresh`].
    pub fn restore(
        sources: &Sources,
        directory: &Path,
        root: &RootKey,
        options: &Options,
    ) -> Result<Restored> {
        sources.check()?;
        let disk: Arc<dyn Disk> = Arc::new(FolderDisk::new(directory));
        crate::root::require_slots(&*disk, root)?;
        let made = Made::directory(directory)?;
        let outcome = Self::restore_on(sources, &disk, root, options);
        Ok(tidied(outcome, directory, made)?.1)
    }

    /// As [`Self::restore`], on any disk.
    ///
    /// # Errors
    /// As [`Self::restore`].
    pub fn restore_on(
        sources: &Sources,
        disk: &Arc<dyn Disk>,
        root: &RootKey,
        options: &Options,
    ) -> Result<(Refreshed, Restored)> {
        crate::root::require_slots(&**disk, root)?;
        let refreshed = refresh_with(sources, Arc::clone(disk), options.store)?;
        Ok((refreshed, promote_on(disk, root, options)?))
    }
}

/// Makes a store of a directory that [`refresh`] filled.
///
/// # Errors
/// As [`Engine::restore`].
pub fn promote(directory: &Path, root: &RootKey, options: &Options) -> Result<Restored> {
    promote_on(&(Arc::new(FolderDisk::new(directory)) as _), root, options)
}

fn promote_on(disk: &Arc<dyn Disk>, root: &RootKey, options: &Options) -> Result<Restored> {
    crate::root::require_slots(&**disk, root)?;
    let kms = &*crate::root::open_kms(disk, root, options)?;
    let rebuilding = Rebuilding::resume_on(Arc::clone(disk), options.store)?;
    let rebuilding = rebuilding.ok_or_else(unfilled)?;
    let proofs = rebuilding.proofs()?;
    let ledger = Ledger::read(&**disk)?;
    let catalog = rebuilding.into_catalog()?;
    let rows = catalog.snapshot()?;
    let opened = crate::root::open_tree(&*rows, kms, catalog.store()).map_err(older)?;
    let keys = Arc::clone(opened.tree());
    let signing = signing::believe(&*rows, &keys, catalog.store(), &Log::open(&*rows)?)?;
    believe(&rows, &keys, &proofs, &signing)?;
    let mended = mend(&catalog, &keys, &ledger)?;
    let index = manifest_files(&*rows)?;
    let held = |name: &String| ledger.files.contains_key(&format!("index/{name}"));
    let index_anew = !index.iter().all(held);
    let (commit, epoch) = (rows.counters().commit.number(), keys.epoch().number());
    // Whoever restores says that the store before it is gone.
    let place = (claim::location(&**disk), Ground::TakeOver);
    let claim = keys.claim(&*rows, kms, place.0, place.1, &*options.entropy)?;
    drop(rows);
    // From here on the sweep may remove files that the ledger names.
    Ledger::remove(&**disk)?;
    let origin = commit_anew(
        &catalog,
        &keys,
        options,
        (index_anew, &claim, &mended.chains, &signing),
    )?;
    claim.make(&*catalog.snapshot()?, kms)?;
    let kept = if index_anew { &[][..] } else { &index };
    remove_index_files_but(&**disk, kept)?;
    // INVARIANT(X12): the last step; everything before it can be done again.
    catalog.finish_rebuilding()?;
    catalog.close()?;
    Ok(Restored {
        commit,
        epoch,
        lost: mended.lost,
        index_anew,
        origin,
    })
}

/// An older backup that was tried before this one left files that no manifest names.
fn remove_index_files_but(disk: &dyn Disk, kept: &[String]) -> Result<()> {
    let there = match disk.list("index") {
        // No backup brought an index.
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        there => there.map_err(system)?,
    };
    for name in there.iter().filter(|name| !kept.contains(name)) {
        disk.remove(&format!("index/{name}")).map_err(system)?;
    }
    Ok(())
}

/// Whether this is what the store wrote: every file is signed, and the last commit entry of the
/// log binds the state of the dossiers, the keys and the index.
fn believe(
    rows: &store::Snapshot,
    keys: &KeyTree,
    proofs: &[RollProof],
    signing: &SigningKey,
) -> Result<()> {
    if let Some(forged) = proofs.iter().find(|proof| !proof.is_signed_by(signing)) {
        let commit = forged.header.after.commit.number();
        return Err(forgery(format!("the catalog file of commit {commit}")));
    }
    let log = Log::open(rows)?;
    let Some((_, bound)) = log.last_commit(rows)? else {
        return Err(forgery("the journal".to_owned()));
    };
    let tip = proofs.last().map(|proof| proof.header.after);
    let same = tip.is_some_and(|tip| tip.binding == log.root())
        && bound.seq == rows.counters().commit
        && bound.state == state_tree::root(rows)?
        && bound.keys == keys.root_digest()
        && bound.manifest == manifest_digest(rows)?
        && bound.rows == store::row_sum(rows)?;
    if same {
        Ok(())
    } else {
        Err(forgery("the catalog".to_owned()))
    }
}

/// The commit that makes it a store of its own: its log has a name that no checkpoint of the
/// older one bears.
fn commit_anew(
    catalog: &Catalog,
    keys: &KeyTree,
    options: &Options,
    (index_anew, claim, chains, signing): (bool, &Claim, &[(u32, Digest)], &SigningKey),
) -> Result<String> {
    let mut transaction = catalog.begin(Spending::Reserve, options.clock.now())?;
    let mut log = Log::open(&transaction)?;
    let last = log.last_commit(&transaction)?;
    // The rules are rows like any other: what was in force still is.
    let policy = last.map_or(Digest::ZERO, |(_, last)| last.policy);
    let before = Fact::Restored {
        at: transaction.instant(),
        origin: log.origin().as_str().to_owned(),
        size: log.size(),
        root: log.root(),
    };
    for (segment, chain) in chains {
        transaction.rechain(*segment, *chain)?;
    }
    transaction.forget_proofs()?;
    upkeep::leave_behind(&mut transaction)?;
    claim.put(&mut transaction)?;
    if index_anew {
        clear_manifest(&mut transaction)?;
    }
    let origin = log.origin().next_of_store(catalog.store());
    log.rename(&mut transaction, origin)?;
    let bound = bound(&mut transaction, catalog, keys, policy)?;
    let drafts = vec![
        Draft::fact(&before, None)?,
        Draft::fact(&Fact::Commit(bound), None)?,
    ];
    // Nothing is shown for these entries, so that nobody asks for their proofs.
    drop(log.append(&mut transaction, drafts)?);
    log.sign(&mut transaction, signing)?;
    transaction.commit()?;
    Ok(log.origin().as_str().to_owned())
}

fn bound(
    transaction: &mut Transaction,
    catalog: &Catalog,
    keys: &KeyTree,
    policy: Digest,
) -> Result<Commit> {
    Ok(Commit {
        store: catalog.store(),
        seq: transaction.seq(),
        at: transaction.instant(),
        epoch: keys.epoch().number(),
        format: FORMAT_VERSION,
        state: transaction.state_root()?,
        keys: keys.root_digest(),
        manifest: manifest_digest(transaction)?,
        policy,
        rows: transaction.row_sum()?,
    })
}

fn older(error: Error) -> Error {
    if error.code() != Code::OlderCopy {
        return error;
    }
    Error::new(
        Code::OlderCopy,
        error.message().to_owned(),
        "bring the keyring sink, whose newest catalog files lead to that epoch, and restore again",
    )
}

fn forgery(place: String) -> Error {
    Error::new(
        Code::Corrupt,
        "it is not what the store wrote: its signature or its last commit does not hold",
        "bring another copy of the backup and of the sinks",
    )
    .at(place)
}

fn unfilled() -> Error {
    Error::new(
        Code::NotAStore,
        "the directory holds nothing that could become a store",
        "fill it from a backup and the keyring sinks first",
    )
}

//! The engine: making, opening and closing a store.
//!
//! For: hosts. Not for: what a session may do; see `session`. Invariants: an open engine has a
//! view; a store that could not be made leaves nothing behind; opening completes what a crash
//! left undone before anything is answered.

use crate::anchor;
use crate::answer::{PackInForce, Rechecks, Report, Stats};
use crate::ask::SessionRequest;
use crate::backup::{Shipping, Sinks, Source};
use crate::committer::{Committer, Room};
use crate::core::{Core, Current};
use crate::error::{Code, Error, Result};
use crate::gaps::{self, Left, Life};
use crate::group::Group;
pub use crate::options::Options;
use crate::rules::{self, Rules};
use crate::session::Session;
pub(crate) use crate::shared::Shared;
use crate::upkeep;
use crate::{claim, erasing, root as keeper, signer, signing};
use base::disk::{Disk, FolderDisk};
use base::{OsEntropy, StoreId, limit};
use index::{Access, Index, ReferenceStatistics, Synonyms};
use journal::{Algorithm, Checkpoint, Log, Origin, Outbox, VaultSigner};
use policy::Policies;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Catalog, Founding, Snapshot, Spending, StoreError, Units};
use vault::{KeyFile, KeyTree, Kms, Lent, Opened};
use zeroize::Zeroizing;

/// How the root key is reached.
#[non_exhaustive]
pub enum RootKey {
    /// A key file made by [`new_key_file`].
    File(PathBuf),
    /// A passphrase, wiped when it is dropped; what it wraps lies in the store.
    Passphrase(Zeroizing<String>),
    /// The host's own key store.
    Kms(Arc<dyn Kms>),
}

/// Makes a new key file, readable by its owner only.
///
/// # Errors
/// [`Code::Exists`] when there is a file; what the system gives.
pub fn new_key_file(path: &Path) -> Result<()> {
    KeyFile::create(path, &OsEntropy)?;
    Ok(())
}

/// An open store.
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

impl Engine {
    /// Makes a store in a new or empty directory, and opens it.
    ///
    /// # Errors
    /// [`Code::Exists`] when something is there, [`Code::Busy`] while another process makes one
    /// there, [`Code::WrongKey`] when the key belongs to
    /// another store, [`Code::Pack`], and what the system gives. Nothing is left behind.
    pub fn create(directory: &Path, root: RootKey, options: Options) -> Result<Self> {
        options.sinks.are_apart_from(directory)?;
        let there = directory.exists();
        std::fs::create_dir_all(directory).map_err(StoreError::from)?;
        let created = Self::create_on(Arc::new(FolderDisk::new(directory)), root, options);
        if created.is_err() && !there {
            // What is not empty is not ours; the next attempt finds it and says so.
            let _ = std::fs::remove_dir(directory);
        }
        created
    }

    /// Makes a store on an empty disk, and opens it.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_on(disk: Arc<dyn Disk>, root: RootKey, options: Options) -> Result<Self> {
        Policies::named(&options.pack)?;
        let store = StoreId::random(&*options.entropy)?;
        let now = options.clock.now();
        let founding = Founding::begin(Arc::clone(&disk))?;
        let filled = Catalog::begin_in(&founding, store, now, options.store)
            .map_err(Error::from)
            .and_then(|catalog| Self::fill(catalog, &disk, root, options));
        if filled.is_err() {
            founding.abandon(store);
        }
        filled
    }

    /// Opens a store.
    ///
    /// # Errors
    /// [`Code::NotAStore`], [`Code::WrongKey`], [`Code::Busy`] when another process has it,
    /// [`Code::OlderCopy`], [`Code::OtherCopy`] unless [`Options::ground`] is to take over,
    /// [`Code::NewerFormat`], damage, and what the system gives. A keyring sink that fails keeps
    /// no store shut: what waits for it is told by [`Engine::stats`].
    pub fn open(directory: &Path, root: RootKey, options: Options) -> Result<Self> {
        options.sinks.are_apart_from(directory)?;
        Self::open_on(Arc::new(FolderDisk::new(directory)), root, options)
    }

    /// Opens the store on `disk`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: Arc<dyn Disk>, root: RootKey, options: Options) -> Result<Self> {
        let _span = tracing::debug_span!("open").entered();
        let catalog = Catalog::open_on(Arc::clone(&disk), options.store)?;
        let kms = keeper::open_kms(&disk, &root, &options)?;
        let rows = catalog.snapshot()?;
        store::check_small_rows(&*rows)?;
        let opened = keeper::open_tree(&*rows, &*kms, catalog.store())?;
        Self::start(catalog, kms, opened, disk, options)
    }

    /// Begins a session. The host has verified who asks.
    ///
    /// # Errors
    /// [`Code::PurposeRefused`] for a purpose that is never allowed, [`Code::Invalid`] for a
    /// field that is wrong or missing.
    pub fn session(&self, request: SessionRequest) -> Result<Session> {
        Session::begin(Arc::clone(&self.shared), request)
    }

    /// The packs this store works under, in the order of their validity.
    #[must_use]
    pub fn policies(&self) -> Vec<PackInForce> {
        self.shared.core.policies.list()
    }

    /// Replaces the rules by those of a directory that holds one pack, or several in directories
    /// of their own. They are kept in the store, named in the journal, and decide from the next
    /// request on, of sessions that are open too. A request that has begun ends under the rules
    /// it began with.
    ///
    /// # Errors
    /// [`Code::Pack`] with file, line, rule and reason when a pack is not valid, or two overlap;
    /// what the disk gives. The rules in force stay in force.
    pub fn reload_policies(&self, directory: &Path) -> Result<Vec<PackInForce>> {
        let name = directory.to_string_lossy();
        let policies = Policies::builtin_named(&name).or_else(|_| Policies::open(directory))?;
        let fresh = Arc::new(self.shared.core.policies.ready(policies)?);
        let work = move |group: &mut Group<'_>| rules::load(group, fresh);
        // Alone: every later group binds the rules that this one brings into force.
        let loaded = self
            .shared
            .submit_alone(Spending::Ordinary, work, |(), _| Ok(()));
        loaded.wait()?;
        Ok(self.policies())
    }

    /// What the second opinion of [`crate::Recheck::Returned`] was asked since the rules were
    /// loaded.
    #[must_use]
    pub fn rechecks(&self) -> Rechecks {
        self.shared.core.policies.rechecks()
    }

    /// Sizes and counts. Walks the pages of the catalog: seconds on a large store.
    ///
    /// # Errors
    /// What the catalog gives.
    pub fn stats(&self) -> Result<Stats> {
        self.shared.stats()
    }

    /// Checks the whole store while it is open. The log is told that it was, and how much was
    /// found.
    ///
    /// # Errors
    /// What keeps the check from going on at all; where nothing was found, what keeps the log from
    /// being told.
    pub fn check(&self) -> Result<Report> {
        let _span = tracing::debug_span!("check").entered();
        crate::verify::check(&self.shared)
    }

    /// The journal's checkpoint, signed by the store's key: size and root of its log. Whoever
    /// keeps one can tell later whether the log was altered. Each of [`Options::signers`] signs it
    /// too.
    ///
    /// # Errors
    /// What the catalog gives; [`Code::KeyStore`] when one of them does not sign it.
    pub fn checkpoint(&self) -> Result<String> {
        let core = &self.shared.core;
        let view = core.view()?;
        let log = Log::open(view.rows())?;
        let own = signing::believe(view.rows(), &view.keys, core.store, &log)?;
        let origin = log.origin().as_str().to_owned();
        let signer = VaultSigner::new(&origin, Algorithm::Ed25519, &own);
        let signed = signer.and_then(|signer| Checkpoint::of(&log).sign(&signer));
        let signed = signed.map_err(|_| base::Bug::new("the store's key signs its own log"))?;
        Ok(signer::also_signed(signed, &core.signers)?
            .text()
            .to_owned())
    }

    /// The keys that verify what [`Options::signers`] sign of this store's checkpoints, in their
    /// order.
    ///
    /// # Errors
    /// What the catalog gives; [`Code::KeyStore`] for a key that is none.
    pub fn signer_keys(&self) -> Result<Vec<String>> {
        let core = &self.shared.core;
        let log = Log::open(core.view()?.rows())?;
        let keys = core.signers.iter().map(|it| {
            let key = signer::verifier(&**it, log.origin().as_str())?;
            Ok(key.to_string())
        });
        keys.collect()
    }

    /// The key that verifies this store's checkpoints, as name, id and key.
    ///
    /// # Errors
    /// What the catalog gives.
    pub fn checkpoint_key(&self) -> Result<String> {
        let core = &self.shared.core;
        let log = Log::open(core.view()?.rows())?;
        let signer = VaultSigner::new(log.origin().as_str(), Algorithm::Ed25519, &core.signing);
        let signer = signer.map_err(|_| base::Bug::new("an origin is a key's name"))?;
        Ok(journal::NoteSigner::verifier_key(&signer).to_string())
    }

    /// Waits until what was handed over before, traces among it, is committed, and until the
    /// index has done the work that is due.
    ///
    /// # Errors
    /// [`Code::Poisoned`] when traces were lost with a commit that failed.
    pub fn settle(&self) -> Result<()> {
        let committer = self.shared.committer.lock();
        let committer = committer.unwrap_or_else(PoisonError::into_inner);
        let settled = committer.settled();
        drop(committer);
        settled.wait()
    }

    /// Commits what waits, flushes the index, and closes the store. Whatever of it is still held
    /// finds it closed ([`Code::Closed`]): another may open it, and a host's KMS is let go of, for
    /// which a call of it that is under way on another thread is waited for.
    ///
    /// # Errors
    /// [`Code::Poisoned`] when an earlier commit had failed, and what the disk gives.
    pub fn close(self) -> Result<()> {
        let committer = self.shared.committer.lock();
        let stopped = committer.unwrap_or_else(PoisonError::into_inner).stop();
        // The store is given up also where the last commit failed.
        let ended = self.shared.core.end();
        stopped.and(ended)
    }

    #[cfg(test)]
    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn fill(
        catalog: Catalog,
        disk: &Arc<dyn Disk>,
        root: RootKey,
        options: Options,
    ) -> Result<Self> {
        let kms = keeper::create_kms(disk, &root, &options)?;
        let store = catalog.store();
        let mut transaction = catalog.begin(Spending::Ordinary, options.clock.now())?;
        let keys = KeyTree::create(&mut transaction, &*kms, store, &*options.entropy)?;
        let log = Log::create(&mut transaction, Origin::of_store(store, 0))?;
        Units::create(&keys, &mut transaction, &*options.entropy)?;
        let signing = signing::plant(&mut transaction, &keys, store, &*options.entropy)?;
        log.sign(&mut transaction, &signing)?;
        let sealing = (store, &*options.entropy);
        rules::keep_first(&mut transaction, &keys, sealing, &options.pack)?;
        transaction.commit()?;
        // INVARIANT(S18): what is a store by its FORMAT has its keys, its log and its rules.
        catalog.finish_creation()?;
        Self::start(catalog, kms, Opened::Ready(keys), Arc::clone(disk), options)
    }

    fn start(
        catalog: Catalog,
        kms: Arc<dyn Kms>,
        opened: Opened,
        disk: Arc<dyn Disk>,
        options: Options,
    ) -> Result<Self> {
        let ground = options.ground;
        let room = Room::new(options.waiting_bytes_max);
        let state = (catalog.snapshot()?, opened.tree());
        let core = core(catalog, kms, state, disk, options, Access::Owner)?;
        let view = core.view()?;
        let mut log = Log::open(view.rows())?;
        signing::believe(view.rows(), &view.keys, core.store, &log)?;
        drop(view);
        anchor::moor(&core, &log)?;
        let named = rules::are_named(&core, &log)?;
        claim::claim(&core, &mut log, ground)?;
        core.shipping.begin()?;
        let turned = erasing::complete_rotation(&core, opened);
        if erasing::waiting(core.view()?.rows())? > 0 {
            crate::tail::rebuild(&core)?;
        }
        let mut steps = erasing::AtOpen {
            core: &core,
            log: &mut log,
        };
        let completed = turned.and_then(|()| erasing::resume(&mut steps));
        erasing::may_wait(completed)?;
        let committer = Committer::start(Arc::clone(&core), log, Arc::clone(&room))?;
        let committer = Mutex::new(committer);
        let shared = Arc::new(Shared {
            core,
            committer,
            room,
            erasing: Mutex::default(),
            compacting: Mutex::default(),
        });
        if !named {
            let in_force = shared.core.policies.in_force();
            let work = move |group: &mut Group<'_>| rules::announce(group, &in_force);
            let announced = shared.submit(Spending::Reserve, work, |(), _| Ok(()));
            announced.wait()?;
        }
        Ok(Self { shared })
    }
}

/// An engine that only reads, over a catalog that was opened for it, and how its keys were found;
/// nothing is changed.
pub(crate) fn reader(
    catalog: Catalog,
    disk: Arc<dyn Disk>,
    root: &RootKey,
    options: Options,
) -> Result<(Arc<Core>, Opened)> {
    let kms = keeper::open_kms(&disk, root, &options)?;
    let rows = catalog.snapshot()?;
    let opened = keeper::open_tree(&*rows, &*kms, catalog.store())?;
    // INVARIANT(X2): of one state, though a writer beside it goes on.
    let state = (rows, opened.tree());
    let core = core(catalog, kms, state, disk, options, Access::Reader)?;
    crate::tail::rebuild(&core)?;
    Ok((core, opened))
}

fn core(
    catalog: Catalog,
    kms: Arc<dyn Kms>,
    (rows, keys): (Arc<Snapshot>, &Arc<KeyTree>),
    disk: Arc<dyn Disk>,
    options: Options,
    access: Access,
) -> Result<Arc<Core>> {
    let store = catalog.store();
    let current = Current::new(Arc::clone(&rows), Arc::clone(keys));
    let (words, index, policies) = read((store, &rows), keys, disk, (&options, access), &current)?;
    let (synonyms, statistics) = words;
    let signing = Arc::new(signing::open(&*rows, keys, store)?);
    let source = Source {
        store,
        created: catalog.format().created,
        format: catalog.format().version,
        current: Arc::clone(&current),
        signing: Arc::clone(&signing),
        entropy: Arc::clone(&options.entropy),
        keep: options.sink_keep,
        ground: options.ground,
    };
    let sinks = match access {
        Access::Owner => options.sinks,
        Access::Reader => Sinks::default(),
    };
    let (left, mark, life) = match access {
        Access::Owner => gaps::take_over(catalog.disk(), &*rows, keys, (store, &options.entropy))?,
        Access::Reader => (Left::Unknown(None), None, Life::default()),
    };
    let empty = Outbox::new(limit::TRACES_WAITING_BYTES_MAX);
    let core = Arc::new(Core {
        store,
        policies,
        catalog: Arc::new(catalog),
        kms: Lent::new(kms),
        index,
        synonyms,
        statistics,
        clock: options.clock,
        entropy: options.entropy,
        outbox: mark.into_iter().fold(empty, Outbox::noting),
        left,
        life,
        anchor: options.anchor,
        signing,
        signers: options.signers,
        on_lost_traces: options.on_lost_traces,
        trace_gather: options.trace_gather,
        durable_purposes: options.durable_purposes.clone(),
        shipping: Shipping::new(&sinks, source)?,
        signing_slot: signing::slot(&*rows)?,
        lost: AtomicBool::new(false),
        promises: crate::promise::Promises::default(),
        tried: upkeep::Tried::default(),
        destroyed: crate::roots::Destroyed::default(),
        cut_short: Mutex::default(),
        current,
        changes: crate::changes::Changes::new(rows.counters().commit),
        panels: crate::shown::Panels::default(),
        heads: crate::heads::Heads::default(),
        questions: crate::census::Questions::read(&*rows)?,
        tail: crate::tail::Whole::default(),
    });
    core.begin(rows, keys)?;
    Ok(core)
}

/// The words, the index and the rules. To parse the packs takes as long as all the rest of opening,
/// and is done beside it.
fn read(
    (store, rows): (StoreId, &Snapshot),
    keys: &Arc<KeyTree>,
    disk: Arc<dyn Disk>,
    (options, access): (&Options, Access),
    current: &Arc<Current>,
) -> Result<(Words, Index, Rules)> {
    let packs = || Rules::open(rows, keys, store, options.recheck);
    let (rules, (words, index)) = beside(packs, || {
        let words = (options.words.synonyms()?, options.words.statistics()?);
        let index_options = crate::tail::index_options((store, access), options, &words.1);
        let index = Index::open(disk, rows, Arc::clone(current) as _, index_options)?;
        Ok((words, index))
    })?;
    Ok((words, index, rules))
}

/// What a search reads besides the index.
type Words = (Arc<Synonyms>, Arc<ReferenceStatistics>);

/// Does one thing on a thread of its own beside the other.
fn beside<A: Send, B>(
    there: impl FnOnce() -> Result<A> + Send,
    here: impl FnOnce() -> Result<B>,
) -> Result<(A, B)> {
    std::thread::scope(|scope| {
        let named = std::thread::Builder::new().name("liasse-open".to_owned());
        let there = named
            .spawn_scoped(scope, there)
            .map_err(|error| Error::new(Code::Io, error.kind().to_string(), "try again"))?;
        let here = here();
        let there = there.join();
        let there = there.map_err(|_| base::Bug::new("a thread of the opening panicked"))?;
        Ok((there?, here?))
    })
}

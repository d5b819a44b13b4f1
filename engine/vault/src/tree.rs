//! The key tree: every leaf key of a store below one root key that can be destroyed.
//!
//! ```text
//! root key (KMS, epoch e) - wraps - top key - seals - top record: one key per grove
//! grove key - node (128 keys) - node (128) - node (128) - node (64) - leaf keys
//! ```
//! A node that was never rewritten has no row: its children's keys are derived from its key.
//! Forgetting a leaf writes every node from the grove to the leaf as a row, each sealed under a
//! fresh random key used for that one message, with a fresh key in the forgotten leaf's slot and
//! the others' keys as they were; then it seals the top record under a fresh top key, wrapped by
//! the root of the next epoch. See `docs/format.md` and `docs/decisions/0004`.
//!
//! Invariants: a tree is one epoch's and never changes; no node key seals two messages; what a
//! forgotten leaf's key was made of exists only under the older root; rows are only ever read
//! for nodes whose parent says they are kept, so an absent or added row is corruption.

mod auditing;
mod cache;
mod claim;
#[cfg(test)]
mod forensics;
mod leaves;
mod node;
mod opening;
mod rotation;
mod top;

pub use auditing::{AuditKeyError, AuditKeys};
pub use claim::{Claim, Ground, Location};
pub use opening::Opened;
pub use rotation::{Finished, Forgotten, Halted, Retiring, Rotation, Stage};

use crate::kms::{Epoch, Kms, KmsError, Staging, Use, Writer};
use crate::leaf::{AuditKey, DossierKey, SegmentKey, UnitKey};
use crate::seal::OpenError;
use crate::secret::Secret;
use base::entropy::NoEntropy;
use base::id::TooLarge;
use base::{Bug, Digest, Entropy, RowError, RowRead, RowWrite, StoreId, Table};
use cache::NodeCache;
use leaves::LeafCache;
use node::{Address, Child, ChildPlace, Keys};
use std::sync::{Arc, OnceLock};
use thiserror::Error;
use top::Top;

/// The four groves: what a leaf key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grove {
    /// Patients' data keys.
    Dossier,
    /// Patients' audit keys and the periods' of the journal.
    Audit,
    /// Segments of the index.
    Segment,
    /// Sealed units.
    Unit,
}

impl Grove {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Dossier, Self::Audit, Self::Segment, Self::Unit];

    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Dossier => 0,
            Self::Audit => 1,
            Self::Segment => 2,
            Self::Unit => 3,
        }
    }
}

/// A leaf of a grove. Every slot has a key from the start; who uses it is the store's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u32);

impl Slot {
    /// How many leaves a grove has: 134,217,728.
    pub const COUNT: u32 = node::LEAVES;

    /// The slot with this number.
    ///
    /// # Errors
    /// [`TooLarge`] when the grove has no such leaf.
    pub const fn new(number: u32) -> Result<Self, TooLarge> {
        if number < Self::COUNT {
            Ok(Self(number))
        } else {
            Err(TooLarge {
                limit: Self::COUNT as u64 - 1,
            })
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// Why the key tree could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The catalog could not be read or written.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The KMS refused or failed.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The rows are those of another epoch than this tree's.
    #[error("the key tree was used with rows of another epoch")]
    OtherEpoch,
    /// The transaction a rotation wrote in is not what the rows show.
    #[error("the rotation's transaction is not committed")]
    NotCommitted,
    /// There is no key tree in these rows.
    #[error("the catalog holds no key tree")]
    Absent,
    /// There is a key tree in these rows already.
    #[error("the catalog holds a key tree already")]
    Present,
    /// The catalog is an older copy, whose root was destroyed.
    #[error(
        "this is an older copy of the store (key epoch {catalog}, the key is at {active}): \
         something was erased since"
    )]
    OlderCopy {
        /// The catalog's epoch.
        catalog: Epoch,
        /// The active epoch.
        active: Epoch,
    },
    /// The key is older than the catalog.
    #[error(
        "the key is an older copy (epoch {active}) than the store (epoch {catalog}): bring the \
         newest key"
    )]
    OlderKey {
        /// The catalog's epoch.
        catalog: Epoch,
        /// The active epoch.
        active: Epoch,
    },
    /// Another copy of the store was opened for writing since.
    #[error("this directory is not the copy of the store that was last opened for writing")]
    OtherCopy,
    /// The copy lies elsewhere than the one that was last opened for writing.
    #[error("this directory was copied or moved after the store was last opened for writing")]
    Elsewhere,
    /// A node of the tree does not open or is not there.
    #[error("the key tree is damaged in row {row}")]
    Damaged {
        /// Which row, in hexadecimal.
        row: NodeRow,
        /// How it does not open; `None` when it is not there.
        cause: Option<OpenError>,
    },
    /// A version this engine does not know wrote it.
    #[error("the key tree is of a version this engine does not know")]
    UnknownVersion,
    /// A fault of ours.
    #[error(transparent)]
    Bug(#[from] Bug),
}

pub use node::NodeRow;

/// The leaf keys of one epoch.
///
/// Readers hold the tree that goes with their snapshot of the catalog: keys of an older tree
/// open older rows, until the tree is dropped or [`KeyTree::purge`]d.
pub struct KeyTree {
    store: StoreId,
    top: Top,
    shared: Arc<Shared>,
}

/// What the trees of one store share.
struct Shared {
    nodes: NodeCache,
    leaves: LeafCache,
    /// In whose name they change roots; nobody's until [`Claim::make`].
    writer: OnceLock<Writer>,
}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            nodes: NodeCache::new(),
            leaves: LeafCache::new(),
            writer: OnceLock::new(),
        })
    }

    fn writer(&self) -> Writer {
        self.writer.get().copied().unwrap_or(Writer::NOBODY)
    }
}

impl KeyTree {
    /// Plants a new tree and binds `kms` to `store`.
    ///
    /// # Errors
    /// [`TreeError::Present`] when the rows hold a tree; what rows, KMS or entropy give.
    pub fn create(
        rows: &mut dyn RowWrite,
        kms: &dyn Kms,
        store: StoreId,
        entropy: &dyn Entropy,
    ) -> Result<Arc<Self>, TreeError> {
        if rows.row(TABLE, TOP_ROW)?.is_some() {
            return Err(TreeError::Present);
        }
        let state = kms.load(store, Use::Create)?;
        let groves = Top::fresh_groves(entropy)?;
        let top = Top::write(
            rows,
            kms,
            store,
            state.active,
            Staging::Fresh,
            groves,
            entropy,
        )?;
        Ok(Arc::new(Self {
            store,
            top,
            shared: Shared::new(),
        }))
    }

    /// Opens the tree in `rows` and tells what a rotation that was cut short still needs.
    ///
    /// Destroys nothing and writes nothing.
    ///
    /// # Errors
    /// [`TreeError::OlderCopy`], [`TreeError::OlderKey`], damage, or what the KMS gives.
    pub fn open(rows: &dyn RowRead, kms: &dyn Kms, store: StoreId) -> Result<Opened, TreeError> {
        opening::open(rows, kms, store)
    }

    /// The digest of the top record in `rows`, for comparison with the journal without a key.
    ///
    /// # Errors
    /// [`TreeError::Absent`] and what the rows give.
    pub fn root_digest_in(rows: &dyn RowRead) -> Result<Digest, TreeError> {
        Ok(Top::digest_of(&Top::row(rows)?))
    }

    /// The store this tree belongs to.
    #[must_use]
    pub const fn store(&self) -> StoreId {
        self.store
    }

    /// The epoch of the root it lies under.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.top.epoch
    }

    /// The digest of the top record. It changes with every rotation and binds the journal's
    /// commit entries to this state of the keys.
    #[must_use]
    pub const fn root_digest(&self) -> Digest {
        self.top.digest
    }

    /// A patient's data key.
    ///
    /// # Errors
    /// [`TreeError`] when a node of its path does not open.
    pub fn dossier_key(&self, rows: &dyn RowRead, slot: Slot) -> Result<DossierKey, TreeError> {
        Ok(DossierKey::new(self.leaf(rows, Grove::Dossier, slot)?))
    }

    /// A patient's audit key, or a period's.
    ///
    /// # Errors
    /// As [`Self::dossier_key`].
    pub fn audit_key(&self, rows: &dyn RowRead, slot: Slot) -> Result<AuditKey, TreeError> {
        Ok(AuditKey::new(self.leaf(rows, Grove::Audit, slot)?))
    }

    /// A segment's key.
    ///
    /// # Errors
    /// As [`Self::dossier_key`].
    pub fn segment_key(&self, rows: &dyn RowRead, slot: Slot) -> Result<SegmentKey, TreeError> {
        Ok(SegmentKey::new(self.leaf(rows, Grove::Segment, slot)?))
    }

    /// A sealed unit's key.
    ///
    /// # Errors
    /// As [`Self::dossier_key`].
    pub fn unit_key(&self, rows: &dyn RowRead, slot: Slot) -> Result<UnitKey, TreeError> {
        Ok(UnitKey::new(self.leaf(rows, Grove::Unit, slot)?))
    }

    /// Begins a rotation: the KMS makes the next epoch's root.
    ///
    /// # Errors
    /// What the KMS gives.
    pub fn stage(
        self: &Arc<Self>,
        kms: &dyn Kms,
        entropy: &dyn Entropy,
    ) -> Result<Stage, TreeError> {
        Stage::begin(self, kms, entropy)
    }

    /// Opens every node kept in `rows` and says how many there are.
    ///
    /// # Errors
    /// The first damage found.
    pub fn verify(&self, rows: &dyn RowRead) -> Result<u64, TreeError> {
        let mut count = 0;
        for grove in Grove::ALL {
            self.verify_below(
                rows,
                Address::grove(grove),
                &self.top.grove(grove)?,
                &mut count,
            )?;
        }
        Ok(count)
    }

    /// Wipes the cached nodes and leaf keys of this tree and of the trees before and after it.
    /// Leaf keys can still be asked for.
    pub fn purge(&self) {
        self.shared.nodes.clear();
        self.shared.leaves.clear();
    }

    /// How many bytes the caches take, and how many of these the system keeps out of swap.
    #[must_use]
    pub fn cache_bytes(&self) -> (usize, usize) {
        let (nodes, leaves) = (self.shared.nodes.memory(), self.shared.leaves.memory());
        (nodes.0 + leaves.0, nodes.1 + leaves.1)
    }

    fn leaf(&self, rows: &dyn RowRead, grove: Grove, slot: Slot) -> Result<Secret, TreeError> {
        let at = self.top.grove(grove)?;
        if let Some(key) = self.shared.leaves.key(grove, slot, at.secret()) {
            return Ok(key);
        }
        let key = self.leaf_below(rows, grove, at.copy(), slot)?;
        self.shared.leaves.keep(grove, slot, at.secret(), &key);
        Ok(key)
    }

    fn leaf_below(
        &self,
        rows: &dyn RowRead,
        grove: Grove,
        mut at: Child,
        slot: Slot,
    ) -> Result<Secret, TreeError> {
        let mut address = Address::grove(grove);
        loop {
            let place = address.child_toward(slot);
            let child = match at {
                Child::Derived(key) => Child::Derived(node::derived_child(&key, place)),
                Child::Kept(key) => self.kept_child(rows, address, &key, place)?,
            };
            match address.child(place) {
                Some(below) => {
                    at = child;
                    address = below;
                }
                None => return Ok(child.into_secret()),
            }
        }
    }

    fn kept_child(
        &self,
        rows: &dyn RowRead,
        address: Address,
        key: &Secret,
        place: ChildPlace,
    ) -> Result<Child, TreeError> {
        if let Some(child) = self.shared.nodes.child(address, key, place) {
            return Ok(child);
        }
        let keys = self.read(rows, address, key)?;
        self.shared.nodes.insert(address, key, &keys);
        keys.child(place).ok_or(NO_CHILD.into())
    }

    fn read(&self, rows: &dyn RowRead, address: Address, key: &Secret) -> Result<Keys, TreeError> {
        let row = rows.row(TABLE, &address.row())?;
        let opened = row.map(|row| Keys::open(self.store, address, key, row));
        let cause = match opened {
            Some(Ok(keys)) => return Ok(keys),
            Some(Err(cause)) => Some(cause),
            None => None,
        };
        match rows.row(TABLE, TOP_ROW)? {
            Some(top) if Top::digest_of(&top) == self.top.digest => Err(TreeError::Damaged {
                row: address.name(),
                cause,
            }),
            Some(_) | None => Err(TreeError::OtherEpoch),
        }
    }

    fn verify_below(
        &self,
        rows: &dyn RowRead,
        address: Address,
        at: &Child,
        count: &mut u64,
    ) -> Result<(), TreeError> {
        let Child::Kept(key) = at else { return Ok(()) };
        let keys = self.read(rows, address, key)?;
        *count += 1;
        for place in address.children() {
            if let Some(below) = address.child(place) {
                let child = keys.child(place).ok_or(NO_CHILD)?;
                self.verify_below(rows, below, &child, count)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod probes;

pub(crate) use claim::probe_writers;
#[cfg(all(test, feature = "pkcs11"))]
pub(crate) use forensics::assert_thief_finds_nothing;
pub(crate) use node::probe_node;
#[cfg(test)]
pub(crate) use probes::{assert_inner_node, derived_leaf, node_address, node_opens, open_top};
pub(crate) use top::probe_top;
#[cfg(test)]
pub(crate) use {claim::probe_writers_seed, node::probe_node_seeds, top::probe_top_seeds};

/// The table the tree's rows lie in.
pub const TABLE: Table = Table::new("key_nodes");
const TOP_ROW: &[u8] = &[0];
const NO_CHILD: Bug = Bug::new("a node of the key tree has no such child");

#[cfg(test)]
mod tests;

//! What the engine's threads share: the catalog, the keys, the index, the rules, the clock.
//!
//! Invariants: a [`View`] is one epoch of catalog, keys and index, and never changes; what a
//! reader sees was committed; nothing is answered after the traces of an answer were lost.

use crate::anchor::Anchor;
use crate::backup::Shipping;
use crate::changes::Changes;
use crate::error::{Code, Error, Result};
use crate::gaps::{Left, Life};
use crate::options::LostTraces;
use crate::rules::Rules;
use crate::signer::CheckpointSigner;
use base::{Clock, Entropy, Instant, Purpose, RowRead, StoreId};
use index::{Index, IndexError, ReferenceStatistics, Searcher, SegmentKeys, Synonyms};
use journal::Moment;
use journal::{Log, Outbox};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;
use store::{Catalog, Snapshot, Units};
use vault::{KeyTree, Lent, SegmentKey, SigningKey, Slot};

/// One epoch of the store.
pub(crate) struct View {
    pub(crate) rows: Arc<Snapshot>,
    pub(crate) keys: Arc<KeyTree>,
    pub(crate) units: Units,
    pub(crate) searcher: Searcher,
    _pin: Pin,
}

/// How many views there are, by the epoch of their keys.
#[derive(Default)]
struct Pins {
    views: Mutex<BTreeMap<u64, usize>>,
    fewer: Condvar,
}

/// One view, counted as long as it lives.
struct Pin {
    pins: Arc<Pins>,
    epoch: u64,
}

impl Pin {
    fn new(pins: &Arc<Pins>, epoch: u64) -> Self {
        let mut views = pins.views.lock().unwrap_or_else(PoisonError::into_inner);
        *views.entry(epoch).or_default() += 1;
        let pins = Arc::clone(pins);
        Self { pins, epoch }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let views = self.pins.views.lock();
        let mut views = views.unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = views.get_mut(&self.epoch) {
            *count -= 1;
            if *count == 0 {
                views.remove(&self.epoch);
            }
        }
        self.pins.fewer.notify_all();
    }
}

/// What the engine's threads share.
pub(crate) struct Core {
    pub(crate) store: StoreId,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) kms: Lent,
    pub(crate) index: Index,
    pub(crate) policies: Rules,
    pub(crate) synonyms: Arc<Synonyms>,
    pub(crate) statistics: Arc<ReferenceStatistics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) outbox: Outbox,
    /// What the engine before this one left noted of traces that waited.
    pub(crate) left: Left,
    /// Which opening of the store this is.
    pub(crate) life: Life,
    pub(crate) anchor: Option<Arc<dyn Anchor>>,
    pub(crate) trace_gather: Duration,
    /// Purposes whose traces are durable before anything is shown, besides emergencies.
    pub(crate) durable_purposes: Vec<Purpose>,
    pub(crate) signing: Arc<SigningKey>,
    /// The host's own keys for checkpoints.
    pub(crate) signers: Vec<Arc<dyn CheckpointSigner>>,
    /// Told of traces that are lost.
    pub(crate) on_lost_traces: Option<LostTraces>,
    pub(crate) shipping: Shipping,
    /// The unit key under which the signing key lies; marks are sealed under it too.
    pub(crate) signing_slot: Slot,
    pub(crate) lost: AtomicBool,
    pub(crate) promises: crate::promise::Promises,
    pub(crate) tried: crate::upkeep::Tried,
    pub(crate) destroyed: crate::roots::Destroyed,
    pub(crate) cut_short: Mutex<Option<crate::erasing::CutShort>>,
    pub(crate) current: Arc<Current>,
    pub(crate) changes: Changes,
    pub(crate) panels: crate::shown::Panels,
    pub(crate) heads: crate::heads::Heads,
    pub(crate) questions: crate::census::Questions,
    pub(crate) tail: crate::tail::Whole,
}

/// Whether readers are shown what is committed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Use {
    #[default]
    Open,
    Closed,
}

/// The keys and rows in use, for the index to ask segment keys of.
pub(crate) struct Current {
    /// Held by whoever makes another state the one in use.
    turn: Mutex<Use>,
    state: RwLock<(Arc<Snapshot>, Arc<KeyTree>)>,
    view: RwLock<Option<Arc<View>>>,
    pins: Arc<Pins>,
}

impl Current {
    pub(crate) fn new(rows: Arc<Snapshot>, keys: Arc<KeyTree>) -> Arc<Self> {
        Arc::new(Self {
            turn: Mutex::default(),
            state: RwLock::new((rows, keys)),
            view: RwLock::default(),
            pins: Arc::default(),
        })
    }

    /// Waits until no reader holds keys older than those in use; `false` when one still does.
    pub(crate) fn wait_for_readers(&self, patience: Duration) -> bool {
        let epoch = self.state().1.epoch().number();
        let views = self.pins.views.lock();
        let views = views.unwrap_or_else(PoisonError::into_inner);
        let older = |views: &mut BTreeMap<u64, usize>| {
            views
                .first_key_value()
                .is_some_and(|(held, _)| *held < epoch)
        };
        let waited = self.pins.fewer.wait_timeout_while(views, patience, older);
        let (mut views, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !older(&mut views)
    }

    /// The rows and keys of the last commit.
    pub(crate) fn state(&self) -> (Arc<Snapshot>, Arc<KeyTree>) {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn view(&self) -> Option<Arc<View>> {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_state(&self, rows: Arc<Snapshot>, keys: Arc<KeyTree>) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = (rows, keys);
    }
}

impl SegmentKeys for Current {
    fn key(&self, slot: Slot) -> std::result::Result<SegmentKey, IndexError> {
        let (rows, keys) = self.state();
        keys.segment_key(&*rows, slot).map_err(|_| IndexError::Key)
    }
}

impl Core {
    /// The last committed state.
    pub(crate) fn view(&self) -> Result<Arc<View>> {
        let view = self.current.view().ok_or_else(Error::closed)?;
        if !self.catalog.is_out_of_space() {
            return Ok(view);
        }
        self.catalog.revive()?;
        self.republish()?;
        self.current.view().ok_or_else(Error::closed)
    }

    /// The last committed state, once the index holds all of it: for whoever searches.
    pub(crate) fn searched_view(&self) -> Result<Arc<View>> {
        self.tail.wait()?;
        self.view()
    }

    /// The instant a verb works at: the later of the clock and the last commit.
    pub(crate) fn now(&self, view: &View) -> Instant {
        self.clock.now().max(view.rows.counters().instant)
    }

    /// The same instant, beside what the clock says.
    pub(crate) fn moment(&self, view: &View) -> Moment {
        let clock = self.clock.now();
        let told = clock.max(view.rows.counters().instant);
        Moment { clock, told }
    }

    /// Makes the last committed state, whose keys these are, the one that readers see.
    pub(crate) fn publish(&self, keys: &Arc<KeyTree>) -> Result<()> {
        let turn = self.current.turn.lock();
        let turn = turn.unwrap_or_else(PoisonError::into_inner);
        self.show(*turn, keys)
    }

    /// Has readers search what the index holds beside its segments; the state they see stays, and a
    /// writer in another process may be beyond it.
    pub(crate) fn search_anew(&self) -> Result<()> {
        let turn = self.current.turn.lock();
        let turn = turn.unwrap_or_else(PoisonError::into_inner);
        let (rows, keys) = self.current.state();
        self.show_rows(*turn, rows, &keys)
    }

    /// As [`Self::publish`], under the keys in use: what is durable was opened anew inside.
    pub(crate) fn republish(&self) -> Result<()> {
        let turn = self.current.turn.lock();
        let turn = turn.unwrap_or_else(PoisonError::into_inner);
        // INVARIANT(X5): asked for in turn, so that no older keys come behind newer ones.
        let (_, keys) = self.current.state();
        self.show(*turn, &keys)
    }

    /// Makes a state that the index was opened for the first one that readers see.
    pub(crate) fn begin(&self, rows: Arc<Snapshot>, keys: &Arc<KeyTree>) -> Result<()> {
        let turn = self.current.turn.lock();
        let turn = turn.unwrap_or_else(PoisonError::into_inner);
        self.show_rows(*turn, rows, keys)
    }

    fn show(&self, turn: Use, keys: &Arc<KeyTree>) -> Result<()> {
        self.show_rows(turn, self.catalog.snapshot()?, keys)
    }

    fn show_rows(&self, turn: Use, rows: Arc<Snapshot>, keys: &Arc<KeyTree>) -> Result<()> {
        if turn == Use::Closed {
            return Err(Error::closed());
        }
        let units = Units::open(self.store, keys, &*rows)?;
        self.current.set_state(Arc::clone(&rows), Arc::clone(keys));
        let keys = Arc::clone(keys);
        let pin = Pin::new(&self.current.pins, keys.epoch().number());
        let view = View {
            rows,
            keys,
            units,
            searcher: self.index.searcher(),
            _pin: pin,
        };
        *self
            .current
            .view
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(view));
        Ok(())
    }

    /// The traces that waited are lost with their commit: nothing more is answered.
    pub(crate) fn traces_lost(&self, waited: usize) {
        if waited > 0 {
            crate::measure::traces_lost(waited);
            self.lost.store(true, Ordering::SeqCst);
            self.outbox.close();
            if let Some(tell) = &self.on_lost_traces {
                tell(waited);
            }
        }
    }

    /// Whether the index has work that is due.
    pub(crate) fn index_is_due(&self) -> bool {
        // A segment of a tail that lacks documents would say that it holds them.
        self.tail.is_whole() && (self.index.flush_is_due() || self.index.plan_merge().is_some())
    }

    /// The index's due work: flush, then merges. Runs on the committer, when no group is under
    /// way.
    pub(crate) fn keep_index(self: &Arc<Self>, log: &mut Log) -> Result<()> {
        let _span = tracing::debug_span!("keep_index").entered();
        if self.index.flush_is_due() {
            crate::upkeep::flush(self, log)?;
        }
        while crate::upkeep::merge(self, log)? {}
        Ok(())
    }

    /// Whether no trace was lost.
    pub(crate) fn health(&self) -> Result<()> {
        if self.lost.load(Ordering::SeqCst) {
            return Err(Error::new(
                Code::Poisoned,
                "traces were lost with a commit that failed",
                "open the store again: the journal will show the gap",
            ));
        }
        Ok(())
    }

    /// Ends the store, whoever still holds a part of the engine: nothing more is shown of it, its
    /// catalog is free for another, and the key store is let go of.
    pub(crate) fn end(&self) -> Result<()> {
        self.outbox.close();
        self.shipping.stop();
        let turn = self.current.turn.lock();
        *turn.unwrap_or_else(PoisonError::into_inner) = Use::Closed;
        let view = self.current.view.write();
        drop(view.unwrap_or_else(PoisonError::into_inner).take());
        let closed = self.catalog.close();
        drop(self.kms.take_back());
        Ok(closed?)
    }

    /// Flushes the index and ends the store's use.
    pub(crate) fn close(self: &Arc<Self>, log: &mut Log) -> Result<()> {
        self.outbox.close();
        if self.tail.is_whole() && self.index.tail_size().0 > 0 {
            crate::upkeep::flush(self, log)?;
        }
        // Without the mark of a clean end the next open writes a gap over what was lost.
        self.health()?;
        crate::upkeep::mark_clean(self, log)?;
        crate::anchor::moor(self, log)
    }
}

/// What a view's rows are read through.
impl View {
    pub(crate) fn rows(&self) -> &dyn RowRead {
        &*self.rows
    }
}

impl From<store::StoreError> for Error {
    fn from(error: store::StoreError) -> Self {
        crate::translate::store(&error)
    }
}

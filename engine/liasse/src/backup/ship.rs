//! Bringing the sinks up to date: one lane for each, fed by the committer.
//!
//! For: every commit's delta, in order; what an erasure asks of the sinks before a root goes.
//! Not for: what is in a delta, nor what a lane does with it; see `lane` and `runner`.
//! Invariants: a commit waits for no sink, an erasure for all of them; no sink is touched before
//! this copy of the store is the one that is written.

use super::attached::Attached;
use super::lane::Lane;
use super::sink::Sinks;
use crate::answer::SinkStats;
use crate::core::Current;
use crate::error::Result;
use base::{CommitSeq, Digest, Entropy, Instant, RowRead, RowWrite, StoreId};
use journal::Log;
use std::sync::Arc;
use std::time::Duration;
use store::{Items, Prepared, RollHeader, Snapshot, Tip};
use vault::{Ground, KeyTree, SigningKey};

/// The sinks of an open store.
pub(crate) struct Shipping {
    lanes: Vec<Lane>,
    attached: Arc<Attached>,
    /// Why some sinks are waived; `None` when nobody waived any.
    waived: Option<String>,
    source: Arc<Source>,
}

/// What a catalog file is made from.
pub(crate) struct Source {
    pub(crate) store: StoreId,
    pub(crate) created: Instant,
    pub(crate) format: u32,
    pub(crate) current: Arc<Current>,
    pub(crate) signing: Arc<SigningKey>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// How long a sink keeps files from before the last rotation.
    pub(crate) keep: Duration,
    /// On what ground this copy of the store is the one that is written.
    pub(crate) ground: Ground,
}

/// What one commit changed, on its way to the sinks.
pub(crate) struct Shipped {
    pub(super) before: Tip,
    pub(super) after: Tip,
    pub(super) epoch: u64,
    pub(super) chunks: Vec<Items>,
}

impl Source {
    /// The last committed state, and the header of its snapshot.
    pub(super) fn state(&self) -> Result<(RollHeader, Arc<Snapshot>)> {
        let (rows, keys) = self.current.state();
        Ok((self.header_of(&rows, &keys)?, rows))
    }

    /// The header of a snapshot of these rows.
    pub(crate) fn header_of(&self, rows: &Snapshot, keys: &KeyTree) -> Result<RollHeader> {
        let after = Tip {
            commit: rows.counters().commit,
            binding: Log::open(rows)?.root(),
        };
        Ok(self.header(None, after, keys.epoch().number()))
    }

    pub(super) fn header(&self, before: Option<Tip>, after: Tip, epoch: u64) -> RollHeader {
        RollHeader {
            store: self.store,
            created: self.created,
            format: self.format,
            epoch,
            before,
            after,
        }
    }
}

impl Shipped {
    pub(super) fn bytes(&self) -> usize {
        self.chunks.iter().map(Items::len).sum()
    }
}

impl Shipping {
    /// The sinks, of which none is touched before [`Self::begin`].
    ///
    /// # Errors
    /// [`Code::Corrupt`] when what the store remembers of its sinks cannot be read.
    pub(crate) fn new(sinks: &Sinks, source: Source) -> Result<Self> {
        let (rows, _) = source.current.state();
        let attached = Arc::new(Attached::open(&*rows, sinks)?);
        let newest = rows.counters().commit;
        let lanes = sinks.named().iter().enumerate();
        let lanes = lanes.map(|(at, sink)| Lane::new(at, sink, &attached, newest));
        let why: Vec<_> = sinks.waivers().into_iter().map(|it| it.why).collect();
        Ok(Self {
            lanes: lanes.collect(),
            attached,
            waived: (!why.is_empty()).then(|| why.join(", ")),
            source: Arc::new(source),
        })
    }

    /// Starts a thread for each sink; what was committed meanwhile waits for it.
    pub(crate) fn begin(&self) -> Result<()> {
        let mut lanes = self.lanes.iter();
        lanes.try_for_each(|lane| lane.begin(&self.source))
    }

    /// What catalog files are made from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// What the sinks are to hear of a commit once it is durable and readers see it.
    pub(crate) fn wrap(
        &self,
        prepared: &Prepared,
        bindings: (Digest, Digest),
        keys: &KeyTree,
    ) -> Option<Shipped> {
        let commit = prepared.seq();
        (!self.lanes.is_empty()).then(|| Shipped {
            before: Tip {
                commit: CommitSeq::new(commit.number().saturating_sub(1)),
                binding: bindings.0,
            },
            after: Tip {
                commit,
                binding: bindings.1,
            },
            epoch: keys.epoch().number(),
            chunks: prepared.items(),
        })
    }

    /// Hands a commit to every sink; waits for none.
    pub(crate) fn push(&self, shipped: Option<Shipped>) {
        let Some(shipped) = shipped.map(Arc::new) else {
            return;
        };
        for lane in &self.lanes {
            lane.push(&shipped);
        }
    }

    /// Whether every sink that this store remembers was named or waived: asked before anything is
    /// begun that older catalogs do not survive.
    ///
    /// # Errors
    /// [`Code::Sink`] with the sink that was not, and what to do.
    pub(crate) fn require_named(&self) -> Result<()> {
        self.attached.require()
    }

    /// Waits until every sink holds the last commit in files that can be read back whole: after
    /// it the older root is not needed.
    ///
    /// # Errors
    /// [`Code::Sink`] with the sink and what it said. Nothing is lost: the step that waited can
    /// be tried again, and is when the store is opened.
    pub(crate) fn require(&self) -> Result<()> {
        // INVARIANT(X11): whoever activates a root asks here first, each time anew.
        self.attached.require()?;
        let asked: Vec<_> = self.lanes.iter().map(|lane| (lane, lane.ask())).collect();
        asked
            .into_iter()
            .try_for_each(|(lane, asked)| lane.wait(asked))
    }

    /// Keeps in the store which sinks it has, so that they are not forgotten.
    pub(crate) fn remember(&self, rows: &mut dyn RowWrite) -> Result<()> {
        self.attached.remember(rows)
    }

    /// Waits a while until it is known which sinks those are that were named.
    pub(crate) fn wait_for_looks(&self) {
        self.attached.settle();
    }

    /// The sinks of the store as ids and labels: those that `rows` remember, and those that were
    /// found since.
    pub(crate) fn known(&self, rows: &dyn RowRead) -> Result<Vec<String>> {
        self.attached.known(rows)
    }

    /// What a receipt says of the sinks; whoever erases reads it, so that it names no place.
    pub(crate) fn words(&self) -> String {
        let labels: Vec<_> = self.lanes.iter().map(Lane::label).collect();
        match (labels.is_empty(), &self.waived) {
            (true, None) => "this store has no sink".to_owned(),
            (true, Some(why)) => format!("no sink: waived ({why})"),
            (false, None) => format!("held by {}", labels.join(", ")),
            (false, Some(why)) => format!("held by {}; another waived ({why})", labels.join(", ")),
        }
    }

    /// How far each sink is, for operators.
    pub(crate) fn stats(&self) -> Vec<SinkStats> {
        self.lanes.iter().map(Lane::stats).collect()
    }

    /// Gives the sinks a moment to take what waits, and ends the threads; what they do not
    /// take, the next open makes up for.
    pub(crate) fn stop(&self) {
        for lane in &self.lanes {
            lane.stop();
        }
    }
}

impl Drop for Shipping {
    fn drop(&mut self) {
        self.stop();
    }
}
